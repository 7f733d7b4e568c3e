"""Equality of contacts by symmetry, and the search for symmetries."""

import numpy as np
import pytest
from flint import arb

from sphcode.proofs.code import symmetry
from sphcode.proofs.code.contact_system import ContactSystem, polish
from sphcode.proofs.code.contacts import find_contacts
from sphcode.proofs.code.isometry import find_symmetries
from sphcode.proofs.code.kantorovich import factorise
from sphcode.proofs.code.symmetry import pair_orbits, symmetric_zero


def group_order(generators, n_points):
    """Order of the generated group, by listing it."""
    seen = {tuple(range(n_points))}
    queue = list(seen)
    while queue:
        element = queue.pop()
        for generator in generators:
            image = tuple(generator[list(element)].tolist())
            if image not in seen:
                seen.add(image)
                queue.append(image)
    return len(seen)


@pytest.mark.parametrize(
    ("name", "order"), [("icosahedron", 120), ("snub cube", 24), ("tetrahedron", 24), ("octahedron", 48), ("3,13", 8)]
)
def test_symmetries_generate_the_whole_group(codes, name, order):
    points = codes[name]
    generators = find_symmetries(points)
    gram = points @ points.T
    for generator in generators:
        assert gram[np.ix_(generator, generator)] == pytest.approx(gram, abs=1e-9)
    assert group_order(generators, len(points)) == order


def test_pair_orbits_of_a_transitive_group(codes):
    labels = pair_orbits(12, find_symmetries(codes["icosahedron"]))
    assert labels.max() == 3
    gram = np.round(codes["icosahedron"] @ codes["icosahedron"].T, 9)
    assert len({(int(a), float(b)) for a, b in zip(labels.ravel(), gram.ravel(), strict=True)}) == 4


@pytest.mark.parametrize("name", ["icosahedron", "snub cube", "3,8", "3,10", "3,14", "3,7"])
def test_contacts_are_proven_equal(codes, name):
    points = codes[name]
    system = ContactSystem(*points.shape, find_contacts(points))
    solution, cosine = polish(system, points, 200)
    labels = pair_orbits(len(points), find_symmetries(points))
    assert float(symmetric_zero(system, solution, cosine, labels, 200)) < 1e-50


def test_a_permutation_that_is_no_symmetry_proves_nothing(codes):
    points = codes["snub cube"]
    system = ContactSystem(24, 3, find_contacts(points))
    solution, cosine = polish(system, points, 200)
    swap = np.arange(24)
    swap[[0, 1]] = [1, 0]
    labels = pair_orbits(24, [*find_symmetries(points), swap])
    assert symmetric_zero(system, solution, cosine, labels, 200) is None


def test_points_far_from_any_symmetric_code_prove_nothing_whatever_the_equations_say(codes, monkeypatch):
    """The mean over the orbits must be so near that its largest eigenvalues are those of the code."""
    points = codes["snub cube"]
    system = ContactSystem(24, 3, find_contacts(points))
    solution, cosine = polish(system, points, 200)
    generators = find_symmetries(points)
    moved = [[value + (arb("0.05") if i == 0 else 0) for value in row] for i, row in enumerate(solution)]
    labels = pair_orbits(24, generators)
    found = factorise(np.eye(1, 2), 0.0)
    monkeypatch.setattr(symmetry, "factorise", lambda jacobian, error: found)
    monkeypatch.setattr(symmetry, "zero_radius", lambda *_: arb(0))
    assert symmetric_zero(system, solution, cosine, labels, 200) is not None
    assert symmetric_zero(system, moved, cosine, labels, 200) is None
