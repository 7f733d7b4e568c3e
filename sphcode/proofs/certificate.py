"""Certificate files: strict JSON, and the points of a code as exact numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from sphcode._files import reading
from sphcode._validate import UNIT_NORM_TOLERANCE
from sphcode.errors import FileFormatError
from sphcode.proofs.coordinates import RootSum, read_coordinate
from sphcode.proofs.integer_rows import integer_rows
from sphcode.proofs.rounding import read_exact
from sphcode.proofs.schemas import CODE_SCHEMA

#: Larger files are refused before they are read, and codes of more coordinates before anything is computed
#: (docs/proofs.md).
MAX_BYTES = 1 << 28
MAX_NUMBERS = 20_000_000
#: Precision at which exact coordinates are rounded to float64: what it leaves is far below that rounding.
_FLOAT_BITS = 96


@dataclass(frozen=True, eq=False)
class ExactPoints:
    """Points given by exact coordinates; what is meant are the normalised points.

    `floats` holds rows of norm 1 within 1e-6, shape (n_points, dim): the coordinates rounded to float64, normalised
    where `exact` has other norms. `exact` holds the coordinates, an integer matrix or rows of numbers; None where the
    float64 values are themselves the coordinates.
    """

    floats: NDArray[np.float64]
    exact: NDArray[np.int64] | list[list[RootSum]] | None = None

    def row(self, index: int) -> list[RootSum]:
        """Return the coordinates of the point `index` as they are given."""
        if isinstance(self.exact, list):
            return self.exact[index]
        values = (self.floats if self.exact is None else self.exact)[index].tolist()
        return [RootSum.rational(fmpq(*value.as_integer_ratio())) for value in values]

    def same_direction(self, first: int, second: int) -> bool:
        """Tell whether two points are the same when normalised: one row is a positive multiple of the other."""
        one, two = self.row(first), self.row(second)
        leading = int(np.argmax(np.abs(self.floats[first])))
        a, b = one[leading], two[leading]
        return (a * b).sign() > 0 and all(x * b == y * a for x, y in zip(one, two, strict=True))

    def unit(self, index: int) -> list[arb]:
        """Return the normalised point `index` as balls at the current precision."""
        row = [value.ball() for value in self.row(index)]
        norm = sum((value * value for value in row), arb(0)).sqrt()
        return [value / norm for value in row]


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the object in a JSON file; duplicate keys, NaN, infinity and files over 256 MiB are refused."""
    with reading(path, "a certificate (.json)"):
        if os.path.getsize(path) > MAX_BYTES:
            raise FileFormatError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
        try:
            content = json.loads(
                Path(path).read_text(encoding="utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant
            )
        except FileFormatError as error:
            raise FileFormatError(f"{path}: {error}") from None
        except RecursionError:
            raise FileFormatError(f"{path}: nested too deeply") from None
    if not isinstance(content, dict):
        raise FileFormatError(f"{path}: must hold one JSON object")
    return content


def read_points(rows: object) -> ExactPoints:
    """Return the points of a certificate or of an array.

    Numbers mean float64 values, texts exact numbers ("0.25", "-1/2", "(1 + sqrt(5))/2"). Rows have norm 1, or are whole
    numbers, halves of equal norm, or exact numbers other than decimals: these may have any norm.

    Raises FileFormatError unless they are at least 2 different rows of equal length >= 2, finite and of such norms.
    """
    exact: NDArray[np.int64] | list[list[RootSum]] | None = None
    any_norm = False
    try:
        listed: Any = rows if isinstance(rows, (list, tuple)) else ()
        if np.ma.is_masked(rows) or any(isinstance(value, bool) for row in listed for value in row):
            raise TypeError
        if any(isinstance(value, str) for row in listed for value in row):
            exact, any_norm = _read_texts(listed)
            balls: dict[RootSum, arb] = {}
            floats = np.array([_floats(row, any_norm, balls) for row in exact], dtype=np.float64)
        else:
            array = np.asarray(rows)
            if array.dtype.kind not in "fiu":
                raise TypeError
            floats = np.array(array, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError):
        raise FileFormatError("`points` must be rows of finite numbers, all of the same length") from None
    if floats.ndim != 2 or min(floats.shape) < 2:
        raise FileFormatError(f"`points` must be at least 2 rows of at least 2 numbers, got shape {floats.shape}")
    if floats.size > MAX_NUMBERS:
        raise FileFormatError(f"`points` must be at most {MAX_NUMBERS} numbers, got {floats.size}")
    if exact is None:
        exact = integer_rows(floats)
        any_norm = exact is not None
    off = np.abs(np.sqrt(np.einsum("ij,ij->i", floats, floats)) - 1.0)
    if not (off <= UNIT_NORM_TOLERANCE).all():
        if not any_norm or not np.isfinite(off).all() or not floats.any(axis=1).all():
            row = int(np.argmax(~(off <= UNIT_NORM_TOLERANCE)))
            required = f"finite rows of norm 1 (within {UNIT_NORM_TOLERANCE:g}) or of whole numbers"
            raise FileFormatError(f"`points` must be {required}, row {row} is not")
        floats = floats / np.sqrt(np.einsum("ij,ij->i", floats, floats))[:, None]
    different = len({tuple(row) for row in exact}) if isinstance(exact, list) else len(np.unique(floats, axis=0))
    if different != len(floats):
        raise FileFormatError(f"`points` must be pairwise different, got {len(floats) - different} repeated")
    return ExactPoints(floats, exact)


def _floats(row: list[RootSum], scaled: bool, known: dict[RootSum, arb]) -> list[float]:
    """Return a row in float64, each number rounded once; `scaled` by a power of two to a largest number near 1.

    Unscaled, rows of very small or large numbers would lose their direction. `known` keeps the balls of numbers.
    """
    with ctx.workprec(_FLOAT_BITS):
        for value in row:
            if value not in known:
                known[value] = value.ball()
        balls = [known[value] for value in row]
        parts = [ball.mid().man_exp() for ball in balls]
        sizes = [int(mantissa).bit_length() + int(exponent) for mantissa, exponent in parts if mantissa != 0]
        if scaled and sizes:
            balls = [ball * arb(2) ** -max(sizes) for ball in balls]
        return [float(ball) for ball in balls]


def _read_texts(rows: list[list[object]]) -> tuple[list[list[RootSum]], bool]:
    """Return exact coordinates, and whether they may have any norm: they are whole, or not all decimals."""
    try:
        decimals = [[read_exact(value, "points") for value in row] for row in rows]
    except FileFormatError:
        read = cache(read_coordinate)  # many points, few different coordinates
        return [[read(value) for value in row] for row in rows], True
    whole = all(value.q == 1 for row in decimals for value in row)
    return [[RootSum.rational(value) for value in row] for row in decimals], whole


def code_points(certificate: Mapping[str, Any]) -> ExactPoints:
    """Return the points of a code certificate, after checking `schema`, `dim` and `n_points` against them."""
    if certificate.get("schema") != CODE_SCHEMA:
        raise FileFormatError(f"`schema` must be {CODE_SCHEMA!r}, got {certificate.get('schema')!r}")
    if "points" not in certificate:
        raise FileFormatError("missing key `points`")
    points = read_points(certificate["points"])
    for key, size in zip(("n_points", "dim"), points.floats.shape, strict=True):
        stated = certificate.get(key, size)
        if stated != size or not isinstance(stated, int) or isinstance(stated, bool):
            raise FileFormatError(f"`{key}` is {certificate[key]!r}, but `points` has {size}")
    return points


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise FileFormatError("repeated keys in one JSON object")
    return content


def _no_constant(name: str) -> float:
    raise FileFormatError(f"{name} is not a finite number")
