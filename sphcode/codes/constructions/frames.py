"""Codes from Hadamard matrices, equiangular lines and complex mutually unbiased bases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, fail
from sphcode.codes.constructions.construction import Construction, Family, from_integers
from sphcode.codes.constructions.exact import Exact, cosine_of_turn, inverse_sqrt, rational
from sphcode.codes.constructions.finite_field import field, prime_power, prime_powers

IntArray = NDArray[np.int64]

#: The spectrum of complex bases over the field of q elements has 2p + 1 lines, p the characteristic; listed up to here.
_MAX_LISTED_PRIME = 1000


@cache
def hadamard_kind(order: int) -> tuple[str, int] | None:
    """Return how a Hadamard matrix of this order is made: ("one", 1), ("double", n/2), ("paley", q), ("paley2", q)."""
    if order <= 2:
        return ("one", 1) if order == 1 else ("double", 1)
    if order % 4:
        return None
    if (order - 1) % 4 == 3 and prime_power(order - 1):
        return "paley", order - 1
    if (order // 2 - 1) % 4 == 1 and prime_power(order // 2 - 1):
        return "paley2", order // 2 - 1
    return ("double", order // 2) if hadamard_kind(order // 2) else None


def hadamard_matrix(order: int) -> IntArray:
    """Return a Hadamard matrix by Sylvester's doubling and Paley's two constructions, the first column all 1."""
    kind = hadamard_kind(order)
    if kind is None:
        raise fail("order", "the order of a Sylvester or Paley Hadamard matrix", order)
    method, size = kind
    if method == "one":
        return np.ones((1, 1), dtype=np.int64)
    if method == "double":
        return np.kron(hadamard_matrix(size), np.array([[1, 1], [1, -1]]))
    core = _conference_matrix(size)
    if method == "paley":
        matrix = core + np.eye(order, dtype=np.int64)
    else:
        matrix = np.kron(core, [[1, 1], [1, -1]]) + np.kron(np.eye(size + 1, dtype=np.int64), [[1, -1], [-1, -1]])
    return matrix * matrix[:, :1]


def _conference_matrix(q: int) -> IntArray:
    """Return Paley's conference matrix of order q + 1: C C^T = q I; symmetric for q = 1 mod 4, skew for q = 3."""
    f, x = field(q), np.arange(q)
    squares = np.zeros(q, dtype=np.int64)
    squares[f.multiply(x[1:], x[1:])] = 1
    minus_one = f.powers[(q - 1) // 2]
    difference = f.add(x[:, None], f.multiply(minus_one, x)[None, :])
    matrix = np.zeros((q + 1, q + 1), dtype=np.int64)
    matrix[1:, 1:] = np.where(difference == 0, 0, 2 * squares[difference] - 1)
    matrix[0, 1:] = 1
    matrix[1:, 0] = 1 if q % 4 == 1 else -1
    return matrix


def hadamard(dim: int) -> Construction:
    """Return the 4 dim points of the orthoplex and of the rows of a Hadamard matrix with both signs, at 1/sqrt(dim).

    For dim = 2^m the second part is the first-order Reed-Muller code.
    """
    dim = check_int("dim", dim, minimum=4)
    if hadamard_kind(dim) is None:
        below = next(n for n in range(dim - 1, 0, -1) if hadamard_kind(n))
        above = next(n for n in itertools.count(dim + 1) if hadamard_kind(n))
        raise fail(
            "dim", f"the order of a Sylvester or Paley Hadamard matrix (the nearest are {below} and {above})", dim
        )
    root = math.isqrt(dim)
    is_square = root * root == dim

    def vectors() -> IntArray:
        rows = np.concatenate([np.eye(dim, dtype=np.int64) * (root if is_square else 1), hadamard_matrix(dim)])
        return np.stack([rows, -rows], axis=1).reshape(4 * dim, dim)

    unit_rows, integer_rows = from_integers(vectors, dim)
    near = inverse_sqrt(dim)
    return Construction(
        name="hadamard",
        params={"dim": dim},
        dim=dim,
        n_points=4 * dim,
        cosine=near,
        reference="Sylvester 1867; Paley 1933; Conway and Sloane, chapter 3",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        attained_by=2 * dim + 1,
        design_strength=3,
        spectrum_formula=lambda: [
            (near, 2 * dim * dim),
            (rational(0), 4 * dim * (dim - 1)),
            (-near, 2 * dim * dim),
            (rational(-1), 2 * dim),
        ],
    )


def _equiangular(n_lines: int, cosine: Exact) -> Iterable[tuple[Exact, int]]:
    """Return the spectrum of equiangular lines with both points of each."""
    return [(cosine, n_lines * (n_lines - 1)), (-cosine, n_lines * (n_lines - 1)), (rational(-1), n_lines)]


def paley_lines(q: int) -> Construction:
    """Return q + 1 equiangular lines in (q + 1) / 2 dimensions as 2 (q + 1) points at 1/sqrt(q), q = 1 mod 4."""
    q = check_int("q", q, minimum=5)
    if q % 4 != 1 or prime_power(q) is None:
        below = [p for p in prime_powers(q) if p % 4 == 1][-1:]
        above = next(p for p in itertools.count(q + 1) if p % 4 == 1 and prime_power(p))
        nearest = " and ".join(str(p) for p in (*below, above))
        raise fail("q", f"a prime power equal to 1 mod 4 (the nearest are {nearest})", q)
    dim = (q + 1) // 2

    def vectors() -> IntArray:
        # The rows of sqrt(q) I + C, a multiple of a projector, as coefficients of 1 and sqrt(q).
        rows = np.stack([_conference_matrix(q), np.eye(q + 1, dtype=np.int64)], axis=2)
        return np.stack([rows, -rows], axis=1).reshape(2 * (q + 1), q + 1, 2)

    unit_rows, integer_rows = from_integers(vectors, dim, radicand=q)
    return Construction(
        name="paley_lines",
        params={"q": q},
        dim=dim,
        n_points=2 * (q + 1),
        cosine=inverse_sqrt(q),
        reference="Paley 1933; van Lint and Seidel 1966",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=q,
        attained_by=3,
        proven_optimal=q == 5,
        design_strength=5 if q == 5 else 3,
        spectrum_formula=partial(_equiangular, q + 1, inverse_sqrt(q)),
    )


def steiner_lines(v: int, block: int = 2) -> Construction:
    """Return the equiangular lines of a Steiner system of pairs (block = 2) or triples (block = 3) on v points.

    With r = (v - 1) / (block - 1) blocks on a point and a Hadamard matrix of order r + 1 there are v (r + 1) lines in
    v r / block dimensions at 1/r; the code has both points of each line.
    """
    v = check_int("v", v, minimum=4)
    block = check_int("block", block, minimum=2, maximum=3)
    if not _has_steiner(v, block):
        below = next((n for n in range(v - 1, 3, -1) if _has_steiner(n, block)), None)
        above = next(n for n in itertools.count(v + 1) if _has_steiner(n, block))
        nearest = " and ".join(str(n) for n in (below, above) if n)
        raise fail("v", f"the size of a Steiner system with a Hadamard matrix (the nearest are {nearest})", v)
    r = (v - 1) // (block - 1)
    dim, n_lines = v * r // block, v * (r + 1)

    def vectors() -> IntArray:
        blocks_on = [[] for _ in range(v)]  # type: list[list[int]]
        for index, points in enumerate(_steiner_blocks(v, block)):
            for point in points:
                blocks_on[point].append(index)
        signs = hadamard_matrix(r + 1)[:, 1:]
        rows = np.zeros((v, r + 1, dim), dtype=np.int64)
        for point, blocks in enumerate(blocks_on):
            rows[point][:, blocks] = signs
        lines = rows.reshape(n_lines, dim)
        return np.stack([lines, -lines], axis=1).reshape(2 * n_lines, dim)

    unit_rows, integer_rows = from_integers(vectors, dim)
    return Construction(
        name="steiner_lines",
        params={"v": v, "block": block},
        dim=dim,
        n_points=2 * n_lines,
        cosine=rational(1, r),
        reference="Fickus, Mixon and Tremain, Steiner equiangular tight frames, 2012",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        attained_by=3,
        design_strength=5 if dim == 7 else 3,
        spectrum_formula=partial(_equiangular, n_lines, rational(1, r)),
    )


def _has_steiner(v: int, block: int) -> bool:
    exists = block == 2 or v % 6 == 3 or (v + 1) & v == 0
    return v > 3 and exists and (v - 1) % (block - 1) == 0 and hadamard_kind((v - 1) // (block - 1) + 1) is not None


def _steiner_blocks(v: int, block: int) -> list[tuple[int, ...]]:
    """Return all pairs, or a Steiner triple system: lines over the field of 2 elements, or Bose's for v = 3 mod 6."""
    if block == 2:
        return list(itertools.combinations(range(v), 2))
    if (v + 1) & v == 0:
        return [(a - 1, b - 1, (a ^ b) - 1) for a, b in itertools.combinations(range(1, v + 1), 2) if a ^ b > b]
    n = v // 3  # odd; x * y = (x + y) / 2 is an idempotent commutative quasigroup
    half = (n + 1) // 2
    triples: list[tuple[int, ...]] = [(x, x + n, x + 2 * n) for x in range(n)]
    for x, y in itertools.combinations(range(n), 2):
        middle = (x + y) * half % n
        triples.extend((x + n * i, y + n * i, middle + n * ((i + 1) % 3)) for i in range(3))
    return triples


def complex_bases(q: int) -> Construction:
    """Return q + 1 complex mutually unbiased bases times the fourth roots of unity: 4 q (q + 1) points in R^(2q).

    q is an odd prime power; the largest cosine is 1/sqrt(q). Coordinates are real and imaginary parts of the vectors
    chi(a x^2 + b x) / sqrt(q), x running through the field, and of the standard basis.
    """
    q = check_int("q", q, minimum=3)
    parts = prime_power(q)
    if parts is None or q % 2 == 0:
        below = [p for p in prime_powers(q - 1) if p % 2][-1:]
        above = next(p for p in itertools.count(q + 1) if p % 2 and prime_power(p))
        raise fail("q", f"an odd prime power (the nearest are {' and '.join(str(p) for p in (*below, above))})", q)
    p, n_points = parts[0], 4 * q * (q + 1)

    def spectrum() -> Iterable[tuple[Exact, int]]:
        pairs: dict[Exact, int] = {rational(-1): n_points // 2}
        pairs[rational(0)] = (q + 1) * (4 * q * (4 * q - 1) // 2 - 2 * q)
        # Words of two different bases, or a word and e_x with x != 0: all 4p-th roots of unity equally often.
        each = (2 * q + 4) * q * q * (q - 1) // p
        for step in range(4 * p):
            cosine = _over_sqrt(cosine_of_turn(step, 4 * p), q)
            pairs[cosine] = pairs.get(cosine, 0) + each
        for step in range(4):  # a word and e_0
            cosine = _over_sqrt(cosine_of_turn(step, 4), q)
            pairs[cosine] = pairs.get(cosine, 0) + 4 * q * q
        return pairs.items()

    return Construction(
        name="complex_bases",
        params={"q": q},
        dim=2 * q,
        n_points=n_points,
        cosine=inverse_sqrt(q),
        reference="Alltop 1980; Wootters and Fields 1989",
        unit_rows=partial(_complex_rows, q),
        attained_by=4 * q + 1,
        design_strength=3,
        spectrum_formula=spectrum if p <= _MAX_LISTED_PRIME else None,
    )


def _complex_rows(q: int, start: int, stop: int) -> NDArray[np.float64]:
    f, x = field(q), np.arange(q)
    index = np.arange(start, stop)
    phase = 1j ** (index % 4)
    vector = index // 4
    rows = np.zeros((stop - start, q), dtype=np.complex128)
    axis = vector < q
    rows[axis, vector[axis]] = 1
    a, b = (vector[~axis] - q) // q, (vector[~axis] - q) % q
    exponent = f.trace(f.add(f.multiply(a[:, None], f.multiply(x, x)), f.multiply(b[:, None], x)))
    rows[~axis] = np.exp(2j * np.pi * np.arange(f.p) / f.p)[exponent] / math.sqrt(q)
    rows *= phase[:, None]
    return np.concatenate([rows.real, rows.imag], axis=1)


def _over_sqrt(number: Exact, q: int) -> Exact:
    """Return number / sqrt(q)."""
    value = number.value * inverse_sqrt(q).value
    if number.value in (-1, 0, 1):
        return {-1: -inverse_sqrt(q), 0: rational(0), 1: inverse_sqrt(q)}[int(number.value)]
    return Exact(f"{number.text}/sqrt({q})", Fraction(value))


def _hadamard_members(dim: int) -> Iterable[Construction]:
    largest = next((n for n in range(dim, 3, -1) if hadamard_kind(n)), None)
    return [] if largest is None else [hadamard(largest)]


def _paley_members(dim: int) -> Iterable[Construction]:
    largest = [q for q in prime_powers(2 * dim - 1) if q % 4 == 1][-1:]
    return [paley_lines(q) for q in largest]


def _steiner_members(dim: int) -> Iterable[Construction]:
    for block in (2, 3):
        sizes = [v for v in range(4, 3 * math.isqrt(dim) + 4) if v * ((v - 1) // (block - 1)) <= block * dim]
        largest = next((v for v in reversed(sizes) if _has_steiner(v, block)), None)
        if largest is not None:
            yield steiner_lines(largest, block)


def _complex_members(dim: int) -> Iterable[Construction]:
    largest = [q for q in prime_powers(dim // 2) if q % 2][-1:]
    return [complex_bases(q) for q in largest]


FAMILIES = (
    Family(
        "hadamard",
        "orthoplex and rows of a Hadamard matrix, 4 dim points at 1/sqrt(dim); first-order Reed-Muller for dim = 2^m",
        {"dim": "the order of a Sylvester or Paley Hadamard matrix, >= 4"},
        hadamard,
        _hadamard_members,
    ),
    Family(
        "paley_lines",
        "q + 1 equiangular lines in (q + 1)/2 dimensions at 1/sqrt(q), both points of each",
        {"q": "a prime power equal to 1 mod 4"},
        paley_lines,
        _paley_members,
    ),
    Family(
        "steiner_lines",
        "equiangular lines of a Steiner system, both points of each",
        {"v": "number of points of the system", "block": "2 (pairs) or 3 (triples)"},
        steiner_lines,
        _steiner_members,
    ),
    Family(
        "complex_bases",
        "q + 1 complex unbiased bases with four phases, 4q(q + 1) points in 2q dimensions at 1/sqrt(q)",
        {"q": "an odd prime power"},
        complex_bases,
        _complex_members,
    ),
)
