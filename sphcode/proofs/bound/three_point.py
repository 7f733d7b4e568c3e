"""Three-point bounds (Bachoc and Vallentin 2008), from floats: positive semidefinite by construction, errors absorbed.

The certificate gives lower triangular factors L of positive semidefinite matrices L L' as float64 numbers, which are
taken exactly, and numbers a_k >= 0. With the matrices b (2 by 2), F_k and sums of squares it defines the polynomials

    R1(u)       = 1 + sum a_k P_k(u) + 2 b_12 + b_22 + 3 sum <F_k, S_k(u, u, 1)> + q_0(u) + (u + 1)(s - u) q_1(u),
    R2(u, v, t) = b_22 + sum <F_k, S_k(u, v, t)> + sum_w w(u, v, t) Q_w(u, v, t),

where P_k are Gegenbauer polynomials, S_k the symmetrised zonal matrices, q and Q sums of squares, and the weights w,
which are 1, p(u), p(v), p(t) with p(u) = (u + 1)(s - u) and the determinant 1 + 2uvt - u^2 - v^2 - t^2, are
nonnegative for the inner products u, v, t in [-1, s] of three points. A solver makes R1 and R2 zero up to rounding;
here |R1| <= e1 and |R2| <= e2 are proven on [-1, s] and its cube (`three_point_residual`). Summing over the pairs and
triples of a code of N points, for which the sums of a_k P_k, of F_k S_k and of b are all nonnegative, gives

    (N - 1) (1 - e1 - (N - 2) e2) <= sum a_k + b_11 + <F_0, J> = v.

A code of more points has subcodes of N points, so N points are impossible when this fails for N.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import BoundClaim
from sphcode.proofs.bound.three_point_residual import Residuals, block_sizes, bound_residuals
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.rounding import exact_end, float_down, short, to_arb

__all__ = ["MAX_DEGREE", "check_three_point", "encoded", "proven_residuals", "value_below"]

Floats = NDArray[np.float64]

#: A check takes about the fifth power of the degree in time, with matrices given in full: hours at the largest.
MAX_DEGREE = 20
#: Bits beyond those that the size of the numbers asks for.
PRECISION = 160


@dataclass(frozen=True, eq=False)
class _Program:
    degree: int
    linear: Floats
    factors: dict[str, Floats]


def check_three_point(claim: BoundClaim, certificate: Mapping[str, Any]) -> Finding:
    """Check whether the certificate proves its claim; the slack is by how many points it could be stronger.

    Raises FileFormatError if the certificate does not define matrices of the right sizes.
    """
    dim, cosine, n_points = claim.dim, claim.cosine, claim.n_points
    if n_points is None and claim.at_most < 1:
        raise FileFormatError("`claim.n_points_at_most` must be at least 1")
    program = _read(certificate)
    if dim < 3:
        raise FileFormatError(f"`dim` of a three-point certificate must be at least 3, got {dim}")
    if not -1 < cosine < 1:
        raise FileFormatError("the cosine of a three-point certificate must be > -1 and < 1")
    if program.linear.min() < 0:
        return Finding(Reason.INVALID, "the numbers a_k must be >= 0")
    with ctx.workprec(PRECISION):
        residuals = bound_residuals(dim, cosine, program.degree, program.linear, program.factors)
        excluded = n_points if n_points is not None else int(claim.at_most.floor()) + 1
        most = value_below(residuals, excluded)
        reason = (
            f"polynomials of degree {2 * program.degree}, errors about {_shown(residuals.first)} and "
            f"{_shown(residuals.second)}"
        )
        if most is None:
            return Finding(Reason.WEAKER, f"{reason}: nothing follows for {excluded} points")
        reason += f": at most {short(exact_end(most), up=True)} points at this cosine"
        if n_points is not None:
            return Finding.of(bool(most < n_points), reason, float_down(n_points - most))
        limit = to_arb(claim.at_most)
        return Finding.of(bool(most <= limit), reason, float_down(limit - most))


def value_below(residuals: Residuals, excluded: int) -> arb | None:
    """Return 1 + v / (1 - e1 - (N - 2) e2) for N = `excluded`: N points are impossible if it is below N.

    None if the denominator is not positive.
    """
    room = 1 - residuals.first - (excluded - 2) * residuals.second
    return (1 + residuals.objective / room).upper() if room > 0 else None


def proven_residuals(dim: int, cosine: fmpq, degree: int, linear: Floats, factors: Mapping[str, Floats]) -> Residuals:
    """Return what the checker will find for these numbers, for producers that choose a claim by it."""
    with ctx.workprec(PRECISION):
        return bound_residuals(dim, cosine, degree, linear, dict(factors))


def encoded(array: Floats) -> str:
    """Return float64 numbers as text, of a matrix the lower triangle by rows: base64 of their little-endian bytes."""
    if array.ndim == 2:
        array = array[np.tril_indices(len(array))]
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f8").tobytes()).decode()


def _decoded(text: object, name: str) -> Floats:
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
        values = np.frombuffer(data, dtype="<f8").astype(float)
    except (binascii.Error, ValueError):
        values = np.empty(0)
    if not len(values) or not np.isfinite(values).all():
        raise FileFormatError(f"`{name}` must be finite float64 numbers in base64")
    return values


def _read(certificate: Mapping[str, Any]) -> _Program:
    """Read degree, linear part and factors; their sizes follow from the degree."""
    degree = certificate.get("degree")
    if not isinstance(degree, int) or isinstance(degree, bool) or not 1 <= degree <= MAX_DEGREE:
        raise FileFormatError(f"`degree` must be an integer from 1 to {MAX_DEGREE}, got {degree!r}")
    linear = _decoded(certificate.get("linear"), "linear")
    if len(linear) != 2 * degree + 1:
        raise FileFormatError(f"`linear` must hold {2 * degree + 1} numbers, got {len(linear)}")
    content, sizes = certificate.get("factors"), block_sizes(degree)
    if not isinstance(content, Mapping) or set(content) != set(sizes):
        raise FileFormatError(f"`factors` must be an object with the keys {', '.join(sizes)}")
    factors = {}
    for name, size in sizes.items():
        values = _decoded(content[name], f"factors.{name}")
        # Thin matrices would let a small file ask for a long check.
        count = size * (size + 1) // 2
        if len(values) != count:
            raise FileFormatError(f"`factors.{name}` must hold a triangle of {count} numbers, got {len(values)}")
        factors[name] = np.zeros((size, size))
        factors[name][np.tril_indices(size)] = values
    return _Program(degree, linear, factors)


def _shown(value: arb) -> str:
    return str(value.str(2, radius=False))
