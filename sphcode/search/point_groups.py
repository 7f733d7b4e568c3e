"""The finite groups of orthogonal 3 x 3 matrices, by their Schoenflies names, and random ones for codes of many points.

The best known codes of many points often have one; above some 130 points most often the rotations of a polyhedron.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

#: The golden ratio.
_GOLDEN = (1 + 5**0.5) / 2
#: The half turn, quarter turn and fifth turn that make tetrahedral, octahedral and icosahedral rotations of the cyclic
#: shift of the axes.
_HALF = np.diag([-1.0, -1.0, 1.0])
_QUARTER = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_FIFTH = 0.5 * np.array([[1, -_GOLDEN, 1 / _GOLDEN], [_GOLDEN, 1 / _GOLDEN, -1], [1 / _GOLDEN, 1, _GOLDEN]])
_SHIFT = np.roll(np.eye(3), 1, axis=0)
#: Across the plane z = 0, across the plane y = 0, a half turn about the first axis, and all of it.
_LEVEL, _UPRIGHT = np.diag([1.0, 1.0, -1.0]), np.diag([1.0, -1.0, 1.0])
_ACROSS, _MINUS = np.diag([1.0, -1.0, -1.0]), -np.eye(3)

_POLYHEDRAL: dict[str, list[Matrix]] = {
    "T": [_SHIFT, _HALF],
    "Td": [_SHIFT, _HALF, -_QUARTER],
    "Th": [_SHIFT, _HALF, _MINUS],
    "O": [_SHIFT, _QUARTER],
    "Oh": [_SHIFT, _QUARTER, _MINUS],
    "I": [_SHIFT, _FIFTH],
    "Ih": [_SHIFT, _FIFTH, _MINUS],
}
#: C, D or S; the order of the axis; v, h or d.
_AXIAL = re.compile(r"([CDS])([1-9]\d{0,2})([vhd]?)")
_SPECIAL: dict[str, list[Matrix]] = {"Cs": [_LEVEL], "Ci": [_MINUS], "C1": [np.eye(3)]}


#: What `random_name` draws from, polyhedral groups first; rotations come more often than groups with mirrors, whose
#: best codes are worse at most sizes (measured at N = 270 and 480).
_ROTATIONS, _MIRRORED, _AXES = ("I", "O", "T"), ("Ih", "Oh", "Th", "Td"), (2, 3, 4, 5, 6)
#: Codes of at most so many points have axes of low order more often: with these shares of rotations of polyhedra, of
#: polyhedra with mirrors, and of axes of order 2 to 6, (3, 111) is met at three of three seeds, with the others at one
#: (300,000 evaluations of unions of orbits alone).
FEW_POINTS = 130
_FEW = (0.2, 0.1, (0.3, 0.3, 0.15, 0.15, 0.1))
_MANY = (0.5, 0.2, None)


def random_name(rng: np.random.Generator, n_points: int) -> str:
    """Return the name of a random point group: for many points half of the time the rotations of a polyhedron."""
    rotations, mirrored, orders = _FEW if n_points <= FEW_POINTS else _MANY
    choice = rng.random()
    if choice < rotations:
        return str(rng.choice(_ROTATIONS))
    if choice < rotations + mirrored:
        return str(rng.choice(_MIRRORED))
    return str(rng.choice(("C{}", "D{}", "D{}", "D{}", "C{}v", "D{}d", "D{}h"))).format(rng.choice(_AXES, p=orders))


def generators(name: str) -> list[Matrix] | None:
    """Return generators of the point group of this Schoenflies name (T, Oh, I, C5, C5v, D3d, S8, Cs, ...), or None."""
    if name in _POLYHEDRAL or name in _SPECIAL:
        return {**_POLYHEDRAL, **_SPECIAL}[name]
    found = _AXIAL.fullmatch(name)
    if found is None:
        return None
    kind, order, more = found[1], int(found[2]), found[3]
    turn, half_turn = _turn(order), _turn(2 * order) @ _LEVEL
    families = {
        "C": [turn],
        "Cv": [turn, _UPRIGHT],
        "Ch": [turn, _LEVEL],
        "D": [turn, _ACROSS],
        "Dh": [turn, _ACROSS, _LEVEL],
        "Dd": [half_turn, _ACROSS],
    }
    if kind == "S":
        return [_turn(order) @ _LEVEL] if order % 2 == 0 and not more else None
    return families.get(kind + more)


def _turn(order: int) -> Matrix:
    angle = 2.0 * np.pi / order
    matrix = np.eye(3)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return matrix
