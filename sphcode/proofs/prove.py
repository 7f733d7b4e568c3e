"""Write a certificate for a code: the strongest claim that the checker will accept."""

from __future__ import annotations

import math
from typing import Any

from sphcode._validate import as_points, check_int
from sphcode.proofs.certificate import CODE_SCHEMA, read_points
from sphcode.proofs.largest_cosine import largest_cosine
from sphcode.proofs.rounding import decimal_up
from sphcode.proofs.verify import DEFAULT_DIGITS


def prove(points: Any, digits: int | None = None) -> dict[str, Any]:
    """Return a certificate (schema "sphcode.code/1") that a code with the stated max cosine exists.

    Parameters
    ----------
    points : array_like, shape (n_points, dim)
        Unit rows.
    digits : int, optional
        Decimal places of the claimed cosine.

    Raises
    ------
    InvalidInputError
        If `points` are not different unit rows, or `digits` is not from 1 to 10000.
    """
    rows = as_points(getattr(points, "points", points))
    shown = DEFAULT_DIGITS if digits is None else check_int("digits", digits, minimum=1, maximum=10_000)
    cosine = largest_cosine(read_points(rows), math.ceil(3.33 * shown) + 64)
    return {
        "schema": CODE_SCHEMA,
        "dim": rows.shape[1],
        "n_points": rows.shape[0],
        "claim": {"max_cosine": decimal_up(cosine, shown), "level": "exists"},
        "points": rows.tolist(),
    }
