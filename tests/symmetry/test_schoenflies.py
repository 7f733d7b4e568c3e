"""Names of point groups: orbits of each group, in general position and on axes, have the name of that group."""

import numpy as np
import pytest

from sphcode import symmetry_group
from sphcode.search.groups import named_group

NAMES = [
    "C1", "Cs", "Ci", "C2", "C3", "C4", "C5", "C2v", "C3v", "C4v", "C2h", "C3h", "C4h", "S4", "S6", "S8", "D2", "D3",
    "D4", "D5", "D2h", "D3h", "D4h", "D2d", "D3d", "D4d", "T", "Td", "Th", "O", "Oh", "I", "Ih",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_two_orbits_in_general_position(name):
    elements = named_group(name, 3)
    points = np.concatenate([elements @ row for row in ([0.36, 0.48, 0.8], [2 / 3, -1 / 3, 2 / 3], [0.6, 0.0, -0.8])])
    points = points[np.sort(np.unique(np.round(points, 9), axis=0, return_index=True)[1])]
    group = symmetry_group(points)
    assert group.point_group == name
    assert group.order == len(elements)


def ring(n, height=0.0, turn=0.0):
    angles = 2.0 * np.pi * (np.arange(n) + turn) / n
    radius = np.sqrt(1.0 - height**2)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles), np.full(n, height)], axis=1)


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (ring(5), "D5h"),
        (ring(4), "D4h"),
        (ring(12)[[0, 3]], "C2v"),
        (ring(12)[[0, 6]], "Dinfh"),
        (ring(20)[[0, 2, 3]], "Cs"),
        (ring(20)[[0, 2, 3, 10, 12, 13]], "C2h"),
        (np.vstack([ring(5, 0.6), ring(5, -0.6)]), "D5h"),
        (np.vstack([ring(5, 0.6), ring(5, -0.6, 0.5)]), "D5d"),
        (np.vstack([ring(5, 0.6), [[0, 0, 1]]]), "C5v"),
        (np.vstack([ring(7, 0.2), ring(7, -0.2, 0.1)]), "D7"),
    ],
)  # fmt: skip
def test_rings(points, name):
    assert symmetry_group(points).point_group == name


def test_higher_dimensions_have_no_such_name():
    assert symmetry_group(np.eye(4)).point_group is None
