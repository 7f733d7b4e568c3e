"""Values that no caller should pass, and some that are merely odd."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np


class Rude:
    """Fails whatever it is asked."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __index__(self) -> int:
        raise RuntimeError("no index")

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __repr__(self) -> str:
        raise RuntimeError("no name")


def nested(depth: int) -> list[Any]:
    """A list in a list in a list ..."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


#: Made anew each time, as generators are used up.
SCALARS = (
    lambda: None,
    lambda: True,
    lambda: False,
    lambda: 0,
    lambda: 1,
    lambda: 2,
    lambda: 7,
    lambda: -1,
    lambda: 10**6,
    lambda: 10**6 + 1,
    lambda: 10**18,
    lambda: 2**63,
    lambda: -(2**64),
    lambda: 10**400,
    lambda: -(10**5000),
    lambda: 0.0,
    lambda: -0.0,
    lambda: 2.0,
    lambda: 1e-320,
    lambda: 1e308,
    lambda: math.nan,
    lambda: math.inf,
    lambda: -math.inf,
    lambda: 1j,
    lambda: Fraction(1, 3),
    lambda: Fraction(10**400, 3),
    lambda: np.int64(3),
    lambda: np.float32(0.25),
    lambda: np.longdouble("1e4000"),
    lambda: np.bool_(True),
    lambda: np.array(3),
    lambda: np.array([3.0]),
    lambda: np.datetime64("2026-01-01"),
    lambda: "",
    lambda: "3",
    lambda: "nan",
    lambda: "\u0663",
    lambda: "\udcff",
    lambda: "x" * 10_000,
    lambda: "a\0b",
    lambda: b"3",
    lambda: bytearray(b"x"),
    lambda: [],
    lambda: [1],
    lambda: (),
    lambda: {},
    lambda: {"a": 1},
    lambda: {1, 2},
    lambda: nested(300),
    lambda: range(3),
    lambda: range(10**15),
    lambda: iter([1, 2]),
    lambda: (x for x in "ab"),
    lambda: slice(1),
    lambda: ...,
    lambda: object(),
    lambda: int,
    lambda: len,
    lambda: random,
    lambda: Path("/nonexistent/file.npz"),
    Rude,
)


def array(rng: random.Random, numbers: np.random.Generator) -> Any:
    """A matrix, mostly of a kind that is refused."""
    rows, columns = rng.choice([(1, 1), (1, 3), (3, 1), (0, 3), (3, 0), (2, 2), (6, 3), (8, 4), (5, 2)])
    matrix = numbers.standard_normal((rows, columns))
    spoiled = matrix.copy()
    spoiled.flat[:1] = rng.choice([math.nan, math.inf, -math.inf, 1e308, 1e-320, 0.0])
    return rng.choice(
        [
            lambda: matrix,
            lambda: spoiled,
            lambda: matrix * rng.choice([0.0, 1e-300, 1e300]),
            lambda: matrix.astype(
                rng.choice([np.float16, np.float32, np.longdouble, complex, object, str, ">f8", bool])
            ),
            lambda: numbers.integers(-2, 3, (rows, columns)),
            lambda: matrix.astype(np.longdouble) * np.longdouble("1e4000"),
            lambda: np.ma.masked_array(matrix, matrix > 0),
            lambda: np.repeat(matrix, 2, axis=0),
            lambda: matrix[None],
            lambda: matrix.ravel(),
            lambda: matrix.tolist(),
            lambda: matrix[::-1, ::-1],
            lambda: iter(matrix),
            lambda: [[1, 2], [3]],
            lambda: [[1, "x"], [None, 2]],
            lambda: [[10**400, 1], [1, 2]],
            lambda: np.zeros((3, 2), dtype=[("x", "f8")]),
            lambda: np.broadcast_to(np.float64(1.0), (4, 3)),
            lambda: np.array([["2026-01-01"]], dtype="M8[D]"),
        ]
    )()


def value(rng: random.Random, numbers: np.random.Generator) -> Any:
    """Anything."""
    return array(rng, numbers) if rng.random() < 0.3 else rng.choice(SCALARS)()
