"""Contacts proven equal by the symmetry of a part."""

import numpy as np
import pytest

from sphcode.proofs.circuits import partly_symmetric_zero
from sphcode.proofs.contact_system import ContactSystem, exact_zero, polish
from sphcode.proofs.contacts import find_contacts, find_rattlers
from sphcode.proofs.isometry import find_symmetries


def solved(points):
    contacts = find_contacts(points)
    held = np.setdiff1d(np.arange(len(points)), find_rattlers(*points.shape, contacts))
    contacts = np.searchsorted(held, contacts[np.isin(contacts, held).all(axis=1)])
    system = ContactSystem(len(held), points.shape[1], contacts)
    return system, *polish(system, points[held], 200)


def test_a_code_without_symmetry_that_has_one_contact_too_many(codes):
    points = codes["3,23"]
    assert find_symmetries(points) == []
    system, solution, cosine = solved(points)
    assert len(system.pairs) + system.n_points == system.rigid_rank + 1
    assert exact_zero(system, solution, cosine, 200) is None
    assert float(partly_symmetric_zero(system, solution, cosine, 200)) < 1e-50


@pytest.mark.parametrize("name", ["3,7", "3,13", "3,15 twisted"])
def test_no_proof_without_a_symmetric_circuit(codes, name):
    assert partly_symmetric_zero(*solved(codes[name]), 200) is None
