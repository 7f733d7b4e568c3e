"""Rattlers are moved off contacts, and their clearance is a true lower bound."""

import numpy as np

from sphcode.proofs.code.contacts import find_contacts, find_rattlers
from sphcode.proofs.code.rattlers import clearances, loosen


def largest(points, index):
    return max(float(points[index] @ row) for k, row in enumerate(points) if k != index)


def test_a_rattler_against_the_wall_is_freed(codes):
    points = codes["3,19"].copy()
    contacts = find_contacts(points)
    (rattler,) = find_rattlers(19, 3, contacts)
    cosine = max(float(points[i] @ points[j]) for i, j in contacts)
    neighbour = int(np.argsort(points @ points[rattler])[-2])
    for share in np.linspace(0, 1, 10_001):
        trial = points[rattler] + share * points[neighbour]
        trial /= np.linalg.norm(trial)
        if trial @ points[neighbour] >= cosine:
            break
    points[rattler] = trial
    assert largest(points, rattler) >= cosine
    moved = loosen(points, [rattler], cosine)
    assert np.delete(moved, rattler, axis=0).tolist() == np.delete(points, rattler, axis=0).tolist()
    (gap,) = clearances(moved, [rattler], cosine, 1e-12)
    assert 1e-4 < gap <= cosine - largest(moved, rattler)


def test_a_free_rattler_stays(codes):
    points = codes["3,19"]
    assert loosen(points, find_rattlers(19, 3, find_contacts(points)), 0.9).tolist() == points.tolist()
