"""Three-point bounds that a code attains, decided exactly: positive semidefinite matrices of rational numbers.

The certificate (kind `three-point-exact`) holds what one of kind `three-point` holds (see there for P_k, S_k and the
weights w), but the matrices themselves instead of factors, in bases of monomials. It proves "every code of N points in
R^dim has max cosine >= s" without any loss. With h(u) = q_0(u) + (u + 1)(s - u) q_1(u), these are identities:

    1 + sum a_k P_k(u) + 2 b_12 + b_22 + 3 sum <F_k, S_k(u, u, 1)> + h(u) = 0,
    b_22 + sum <F_k, S_k(u, v, t)> + sum_w w(u, v, t) Q_w(u, v, t) = 0,
    sum a_k + b_11 + <F_0, J> = N - 1,

all a_k are >= 0 and all matrices positive semidefinite. Suppose that N points have max cosine < s. The sums of a_k P_k
over all their pairs, of <F_k, S_k> over all their triples, and N (1, N - 1) b (1, N - 1)' are nonnegative. Equal points
contribute N (N - 1) to the total of these sums, by the third identity. So by the first two, the total is minus the sum
of h over the pairs of different points and of all w Q_w over the triples of different points. But h, w and Q_w are
nonnegative at inner products in [-1, s]; hence h vanishes at every inner product, and the max cosine is at most the
largest zero of h in [-1, s). At that cosine N points are impossible by the theorem of Rankin or Levenshtein.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from flint import Ordering, arb, fmpq, fmpq_mat, fmpq_mpoly_ctx, fmpq_poly, fmpz

from sphcode.errors import FileFormatError
from sphcode.proofs.gegenbauer import expand
from sphcode.proofs.rounding import exact_end
from sphcode.proofs.sharp import fewer_points, read_fraction
from sphcode.proofs.three_point_residual import block_sizes, descending, halves, one_and_two, pairs, triples

__all__ = ["MAX_DEGREE", "check_three_point_exact"]

#: With the size of the numbers, of a list's common denominator too, it keeps a check below minutes.
MAX_DEGREE = 8
_MAX_BITS = 1000

_RING = fmpq_mpoly_ctx.get(["u", "v", "t"], Ordering.degrevlex)
_VARIABLES = _RING.gens()


def check_three_point_exact(dim: int, n_points: int, cosine: fmpq, certificate: Mapping[str, Any]) -> tuple[bool, str]:
    """Return whether the certificate proves that n_points points have max cosine >= `cosine`, and a reason.

    Raises FileFormatError if the certificate does not define matrices of the right sizes.
    """
    degree, linear, matrices = _read(certificate)
    if dim < 3 or not -1 < cosine < 1:
        raise FileFormatError("a three-point certificate needs `dim` >= 3 and a cosine > -1")
    if min(linear) < 0:
        return False, "the numbers a_k must be >= 0"
    for name, matrix in matrices.items():
        if not _is_semidefinite(matrix):
            return False, f"the matrix {name} is not positive semidefinite"
    b, zonal = matrices["b"], [matrices[f"F{k}"] for k in range(degree + 1)]
    u, one = fmpq_poly([0, 1]), fmpq_poly([1])
    powers = [u**k for k in range(degree + 1)]
    h = _square(matrices["q0"], powers) + (u + 1) * (cosine - u) * _square(matrices["q1"], powers)
    first = 1 + expand(dim, linear) + 2 * b[0, 1] + b[1, 1] + 3 * _zonal(dim, zonal, u, u, one) + h
    if first != 0:
        return False, "the identity for pairs does not hold"
    if b[1, 1] + _zonal(dim, zonal, *_VARIABLES) + _weighted_squares(degree, cosine, matrices) != 0:
        return False, "the identity for triples does not hold"
    if sum(linear) + b[0, 0] + sum(zonal[0].entries()) != n_points - 1:
        return False, f"the objective is not {n_points} - 1"
    largest = _largest_zero(h, cosine)
    if largest is not None and not fewer_points(dim, n_points, largest):
        return False, "codes with smaller cosines among the zeros are not excluded"
    return True, f"polynomials of degree {2 * degree}: exactly {n_points} points at this cosine, none below"


def _largest_zero(h: fmpq_poly, cosine: fmpq) -> fmpq | None:
    """Return an upper end of the largest zero of h in [-1, s), None if there is none there."""
    while h != 0 and h(cosine) == 0:
        h = h / fmpq_poly([-cosine, 1])
    if h == 0:
        return cosine
    zeros = [zero.real for zero, _ in h.numer().complex_roots() if zero.imag == 0] if h.degree() > 0 else []
    limit = arb(cosine.p) / arb(cosine.q)
    inside = [exact_end(zero.upper()) for zero in zeros if not (zero > limit or zero < -1)]
    return max(inside, default=None)


def _zonal(dim: int, matrices: Sequence[fmpq_mat], u: Any, v: Any, t: Any) -> Any:
    """Return sum_k <F_k, S_k(u, v, t)> for polynomials u, v, t."""
    return sum(_unsymmetric_zonal(dim, matrices, *order) for order in ((u, v, t), (t, u, v), (t, v, u))) / 3


def _unsymmetric_zonal(dim: int, matrices: Sequence[fmpq_mat], u: Any, v: Any, t: Any) -> Any:
    """Return sum_k ((1-u^2)(1-v^2))^(k/2) P_k((t-uv) / ((1-u^2)(1-v^2))^(1/2)) <F_k, (u^i v^j)>, P_k of R^(dim-1)."""
    cosine, weight = t - u * v, (1 - u * u) * (1 - v * v)
    left, right = ([x**i for i in range(len(matrices))] for x in (u, v))
    total, before, now = 0 * u, 0 * u, 0 * u + 1
    for k, matrix in enumerate(matrices):
        total += now * _bilinear(matrix, left, right)
        before, now = now, ((2 * k + dim - 3) * cosine * now - k * weight * before) / (k + dim - 3) if k else cosine
    return total


def _weighted_squares(degree: int, cosine: fmpq, matrices: Mapping[str, fmpq_mat]) -> Any:
    """Return sum_w w Q_w."""
    u, v, t = _VARIABLES
    weights = {"1": 1, "d": 1 + 2 * u * v * t - u * u - v * v - t * t}
    total = 0 * u
    for name, half in halves(degree):
        for part, basis in (("t", _invariant(half)), ("a", _alternating(half))):
            if basis:
                total += weights[name] * _square(matrices[f"{name}{part}"], basis)
        standard = _standard(half)
        if standard:
            first, second = (_square(matrices[f"{name}e"], basis) for basis in zip(*standard, strict=True))
            total += weights[name] * (first + 3 * second) / 2
    for part, sign in (("s", 1), ("a", -1)):
        basis = [_monomial(i, j, k) + sign * _monomial(i, k, j) for i, j, k in one_and_two(degree - 1, part)]
        if basis:
            one = (u + 1) * (cosine - u) * _square(matrices[f"p{part}"], basis)
            total += one + one.compose(v, u, t) + one.compose(t, v, u)
    return total


def _monomial(i: int, j: int, k: int) -> Any:
    u, v, t = _VARIABLES
    return u**i * v**j * t**k


def _invariant(half: int) -> list[Any]:
    return [sum(_monomial(*order) for order in set(permutations(index))) for index in triples(half)]


def _alternating(half: int) -> list[Any]:
    def determinant(i: int, j: int, k: int) -> Any:
        even = _monomial(i, j, k) + _monomial(j, k, i) + _monomial(k, i, j)
        return even - _monomial(i, k, j) - _monomial(k, j, i) - _monomial(j, i, k)

    return [determinant(*index) for index in descending(half)]


def _standard(half: int) -> list[tuple[Any, Any]]:
    found = []
    for a, b, c in pairs(half):
        g = _monomial(a, b, c) + _monomial(a, c, b)
        g1 = _monomial(b, a, c) + _monomial(c, a, b)
        g2 = _monomial(b, c, a) + _monomial(c, b, a)
        found.append((2 * g - g1 - g2, g1 - g2))
    return found


def _square(matrix: fmpq_mat, basis: Sequence[Any]) -> Any:
    return _bilinear(matrix, basis, basis)


def _bilinear(matrix: fmpq_mat, left: Sequence[Any], right: Sequence[Any]) -> Any:
    """Return sum_ij M_ij left_i right_j, over as many elements as the matrix has rows."""
    n = matrix.nrows()
    return sum(left[i] * sum(right[j] * matrix[i, j] for j in range(n)) for i in range(n))


def _is_semidefinite(matrix: fmpq_mat) -> bool:
    """Eliminate exactly: pivots must be >= 0, and a pivot of 0 must have zeros in its row."""
    rows = matrix.tolist()
    for k, row in enumerate(rows):
        pivot = row[k]
        if pivot < 0 or (pivot == 0 and any(row[k + 1 :])):
            return False
        for i in range(k + 1, len(rows)):
            if row[i]:
                factor = row[i] / pivot
                for j in range(i, len(rows)):
                    rows[i][j] -= factor * row[j]
    return True


def _read(certificate: Mapping[str, Any]) -> tuple[int, list[fmpq], dict[str, fmpq_mat]]:
    degree = certificate.get("degree")
    if not isinstance(degree, int) or isinstance(degree, bool) or not 1 <= degree <= MAX_DEGREE:
        raise FileFormatError(f"`degree` must be an integer from 1 to {MAX_DEGREE}, got {degree!r}")
    linear = _numbers(certificate.get("linear"), 2 * degree + 1, "linear")
    content, sizes = certificate.get("matrices"), block_sizes(degree)
    if not isinstance(content, Mapping) or set(content) != set(sizes):
        raise FileFormatError(f"`matrices` must be an object with the keys {', '.join(sizes)}")
    matrices = {}
    for name, n in sizes.items():
        lower = iter(_numbers(content[name], n * (n + 1) // 2, f"matrices.{name}"))
        matrix = fmpq_mat(n, n)
        for i in range(n):
            for j in range(i + 1):
                matrix[i, j] = matrix[j, i] = next(lower)
        matrices[name] = matrix
    return degree, linear, matrices


def _numbers(content: object, count: int, name: str) -> list[fmpq]:
    if not isinstance(content, list) or len(content) != count:
        raise FileFormatError(f"`{name}` must be a list of {count} numbers (a matrix by rows, up to the diagonal)")
    numbers, denominator = [], fmpz(1)
    for value in content:
        number = read_fraction(value, name)
        denominator = denominator.lcm(number.q)
        if max(denominator.bit_length(), number.p.bit_length()) > _MAX_BITS:
            raise FileFormatError(f"`{name}`: numerators and the common denominator must have at most {_MAX_BITS} bits")
        numbers.append(number)
    return numbers
