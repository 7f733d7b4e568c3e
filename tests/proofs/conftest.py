"""Codes for the tests of the checker: local optima in float64, found once by a search, and codes with a formula."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest


def half_cube():
    return np.array([v for v in itertools.product((1, -1), repeat=5) if np.prod(v) > 0]) / np.sqrt(5)


def icosahedron():
    golden = (1 + np.sqrt(5)) / 2
    rows = [v for a in (1, -1) for b in (golden, -golden) for v in ((0, a, b), (a, b, 0), (b, 0, a))]
    return np.array(rows) / np.sqrt(1 + golden**2)


def root_system_e8():
    rows = []
    for i, j in itertools.combinations(range(8), 2):
        for signs in itertools.product((1, -1), repeat=2):
            row = np.zeros(8)
            row[[i, j]] = signs
            rows.append(row / np.sqrt(2))
    rows += [np.array(v) / np.sqrt(8) for v in itertools.product((1, -1), repeat=8) if np.prod(v) > 0]
    return np.array(rows)


def snub_cube():
    tribonacci = float(np.real(np.roots([1, -1, -1, -1])[0]))
    rows = []
    for shift, signs in itertools.product(range(3), itertools.product((1, -1), repeat=3)):
        row = np.array(signs) * np.array([1, 1 / tribonacci, tribonacci])
        if np.prod(signs) < 0:
            row = row[[1, 0, 2]]
        rows.append(np.roll(row, shift))
    return np.array(rows) / np.linalg.norm(rows[0])


@pytest.fixture(scope="session")
def codes():
    """Points by name; the keys "d,n" are optima without a formula."""
    stored = json.loads((Path(__file__).parent / "codes.json").read_text())
    found = {name: np.array(rows) for name, rows in stored.items()}
    return found | {
        "icosahedron": icosahedron(),
        "snub cube": snub_cube(),
        "half cube": half_cube(),
        "e8": root_system_e8(),
        "tetrahedron": np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3),
        "cube": np.array(list(itertools.product((1, -1), repeat=3))) / np.sqrt(3),
        "octahedron": np.vstack([np.eye(3), -np.eye(3)]),
        "five of the octahedron": np.vstack([np.eye(3), -np.eye(3)])[:5],
        "heptagon": np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(7) / 7]),
    }
