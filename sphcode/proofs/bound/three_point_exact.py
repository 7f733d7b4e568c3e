"""Three-point bounds that a code attains, decided exactly: matrices of numbers of a real quadratic field.

The certificate (kind `three-point-exact`) holds what one of kind `three-point` holds (see there for P_k, S_k and the
weights w), but with exact numbers "a", "b*sqrt(m)" or "a+b*sqrt(m)" of one m, in bases of monomials, and each matrix as
V' G V: `vectors` are the rows of V, polynomials in those bases, and `gram` the rows of G up to the diagonal. It proves
"every code of N points in R^dim has max cosine >= s" without any loss. With h(u) = q_0(u) + (u + 1)(s - u) q_1(u),
these are identities:

    1 + sum a_k P_k(u) + 2 b_12 + b_22 + 3 sum <F_k, S_k(u, u, 1)> + h(u) = 0,
    b_22 + sum <F_k, S_k(u, v, t)> + sum_w w(u, v, t) Q_w(u, v, t) = 0,
    sum a_k + b_11 + <F_0, J> = N - 1,

all a_k are >= 0 and all G positive definite. Suppose that N points have max cosine < s. The sums of a_k P_k
over all their pairs, of <F_k, S_k> over all their triples, and N (1, N - 1) b (1, N - 1)' are nonnegative. Equal points
contribute N (N - 1) to the total of these sums, by the third identity. So by the first two, the total is minus the sum
of h over the pairs of different points and of all w Q_w over the triples of different points. But h, w and Q_w are
nonnegative at inner products in [-1, s]; hence h vanishes at every inner product, and the max cosine is at most the
largest zero of h in [-1, s). At that cosine N points are impossible by the theorem of Rankin or Levenshtein.

The identities hold as polynomials in u, v, t and r modulo r^2 - m, where r stands for sqrt(m). The sign of a_k is found
by squaring, and the pivots of G are positive balls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, permutations
from typing import Any

from flint import Ordering, arb, arb_poly, ctx, fmpq, fmpq_mpoly_ctx, fmpq_poly, fmpz

from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import BoundClaim
from sphcode.proofs.bound.three_point_residual import block_sizes, descending, halves, one_and_two, pairs, triples
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.gegenbauer import values
from sphcode.proofs.rounding import exact_end
from sphcode.proofs.sharp import Surd, fewer_points, read_surd

__all__ = ["MAX_DEGREE", "check_three_point_exact"]

#: With the size of the numbers, of a list's common denominator too, it keeps a check below minutes.
MAX_DEGREE = 8
_MAX_BITS = 1000
#: Bits of the balls that show matrices to be definite; too few could only refuse a certificate.
_PRECISION = 512

_RING = fmpq_mpoly_ctx.get(["u", "v", "t", "r"], Ordering.degrevlex)
*_VARIABLES, _ROOT = _RING.gens()


@dataclass(frozen=True)
class _Matrix:
    """V' G V: the rows of V and of G."""

    vectors: Sequence[Sequence[Surd]]
    gram: Sequence[Sequence[Surd]]

    def value(self, left: Sequence[Any], right: Sequence[Any]) -> Any:
        """Return left V' G V right'."""
        f, g = ([_dot(_elements(vector), basis) for vector in self.vectors] for basis in (left, right))
        return _dot(f, [_dot(_elements(row), g) for row in self.gram])

    def square(self, basis: Sequence[Any]) -> Any:
        """Return basis V' G V basis'."""
        return self.value(basis, basis)

    def numbers(self) -> Iterator[Surd]:
        return chain(*self.vectors, *self.gram)


def _elements(numbers: Sequence[Surd]) -> list[Any]:
    """Return the numbers as polynomials in r."""
    return [number.rational + number.factor * _ROOT for number in numbers]


def _dot(left: Sequence[Any], right: Sequence[Any]) -> Any:
    """Return the sum of products, over as many as the shorter one has."""
    return sum((x * y for x, y in zip(left, right, strict=False) if x != 0), 0 * _ROOT)


@dataclass(frozen=True)
class _Proof:
    """The content of a certificate; polynomials are zero if they are modulo r^2 - radicand."""

    degree: int
    cosine: Surd
    radicand: int
    linear: Sequence[Surd]
    matrices: Mapping[str, _Matrix]

    def is_zero(self, polynomial: Any) -> bool:
        return bool(self.reduced(polynomial) == 0)

    def reduced(self, polynomial: Any) -> Any:
        """Return the polynomial of degree at most 1 in r that is equal for r = sqrt(radicand)."""
        return divmod(polynomial, _ROOT**2 - self.radicand)[1]


def check_three_point_exact(claim: BoundClaim, certificate: Mapping[str, Any]) -> Finding:
    """Check whether the certificate proves its claim about n_points points.

    Raises FileFormatError if the certificate does not define matrices of the right sizes.
    """
    dim, n_points = claim.dim, claim.n_points
    assert n_points is not None
    proof = _read(certificate)
    degree, matrices = proof.degree, proof.matrices
    if dim < 3 or not (proof.cosine.ball() > -1 and proof.cosine.ball() < 1):
        raise FileFormatError("a three-point certificate needs `dim` >= 3 and a cosine > -1")
    if any(_is_negative(value) for value in proof.linear):
        return Finding(Reason.INVALID, "the numbers a_k must be >= 0")
    for name, matrix in matrices.items():
        if not _is_definite(matrix.gram):
            return Finding(Reason.INVALID, f"the matrix {name} is not positive definite on its vectors")
    zonal = [matrices[f"F{k}"] for k in range(degree + 1)]
    u, one = _VARIABLES[0], _ROOT**0
    cosine, *linear = _elements([proof.cosine, *proof.linear])
    units = ((one, 0 * one), (0 * one, one))
    b = [[matrices["b"].value(left, right) for left in units] for right in units]
    powers = [u**k for k in range(degree + 1)]
    h = matrices["q0"].square(powers) + (u + 1) * (cosine - u) * matrices["q1"].square(powers)
    first = 1 + _dot(linear, [*islice(values(dim, u), 2 * degree + 1)]) + 2 * b[0][1] + b[1][1]
    if not proof.is_zero(first + 3 * _zonal(dim, zonal, u, u, one) + h):
        return Finding(Reason.INVALID, "the identity for pairs does not hold")
    if not proof.is_zero(b[1][1] + _zonal(dim, zonal, *_VARIABLES) + _weighted_squares(degree, cosine, matrices)):
        return Finding(Reason.INVALID, "the identity for triples does not hold")
    if not proof.is_zero(sum(linear) + b[0][0] + zonal[0].square([one] * (degree + 1)) - (n_points - 1)):
        return Finding(Reason.INVALID, f"the objective is not {n_points} - 1")
    largest = _largest_zero(*_parts_in_u(proof.reduced(h)), proof.cosine, proof.radicand)
    if largest is not None and not fewer_points(dim, n_points, largest):
        return Finding(Reason.INVALID, "codes with smaller cosines among the zeros are not excluded")
    detail = f"polynomials of degree {2 * degree}: at most {n_points} points at this cosine, fewer below"
    return Finding(Reason.PROVEN, detail, 0.0)


def _parts_in_u(polynomial: Any) -> tuple[fmpq_poly, fmpq_poly]:
    """Return f and g for the polynomial f(u) + g(u) r."""
    parts: tuple[dict[int, fmpq], dict[int, fmpq]] = ({}, {})
    for (power, _, _, root), coefficient in polynomial.to_dict().items():
        parts[root][power] = coefficient
    f, g = (fmpq_poly([part.get(k, 0) for k in range(max(part, default=0) + 1)]) for part in parts)
    return f, g


def _largest_zero(f: fmpq_poly, g: fmpq_poly, cosine: Surd, radicand: int) -> fmpq | None:
    """Return an upper end of the largest zero in [-1, s) of f + g sqrt(radicand), None if there is none there.

    The zeros are among those of the product with the conjugate, which is rational. In it s and its conjugate are zeros
    of the same minimal polynomial.
    """
    limit, root = cosine.ball(), arb(radicand).sqrt()
    norm = f**2 - g**2 * radicand
    if norm == 0:
        return exact_end(limit.upper())
    conjugate = Surd(cosine.rational, -cosine.factor, cosine.radicand).ball()
    square = cosine.rational**2 - cosine.factor**2 * cosine.radicand
    minimal = fmpq_poly([square, -2 * cosine.rational, 1]) if cosine.factor else fmpq_poly([-cosine.rational, 1])
    candidates = [conjugate] if cosine.factor else []
    while norm % minimal == 0:
        norm = norm // minimal
    if norm.degree() > 0:
        candidates += [zero.real for zero, _ in norm.numer().complex_roots() if zero.imag == 0]
    whole = arb_poly(f) + arb_poly(g) * root
    inside = [z for z in candidates if not (z > limit or z < -1) and whole(z).contains(0)]
    return max((exact_end(zero.upper()) for zero in inside), default=None)


def _is_negative(number: Surd) -> bool:
    """Compare the squares where the parts have different signs."""
    a, b = number.rational, number.factor
    return bool(min(a, b) < 0 and (max(a, b) <= 0 or (a < 0) == (a**2 > b**2 * number.radicand)))


def _is_definite(gram: Sequence[Sequence[Surd]]) -> bool:
    """Eliminate in balls; every pivot must be positive."""
    with ctx.workprec(_PRECISION):
        rows = [[number.ball() for number in row] for row in gram]
        for k, row in enumerate(rows):
            if not row[k] > 0:
                return False
            for i in range(k + 1, len(rows)):
                factor = row[i] / row[k]
                for j in range(i, len(rows)):
                    rows[i][j] -= factor * row[j]
    return True


def _zonal(dim: int, matrices: Sequence[_Matrix], u: Any, v: Any, t: Any) -> Any:
    """Return sum_k <F_k, S_k(u, v, t)> for polynomials u, v, t."""
    return sum(_unsymmetric_zonal(dim, matrices, *order) for order in ((u, v, t), (t, u, v), (t, v, u))) / 3


def _unsymmetric_zonal(dim: int, matrices: Sequence[_Matrix], u: Any, v: Any, t: Any) -> Any:
    """Return sum_k ((1-u^2)(1-v^2))^(k/2) P_k((t-uv) / ((1-u^2)(1-v^2))^(1/2)) <F_k, (u^i v^j)>, P_k of R^(dim-1)."""
    cosine, weight = t - u * v, (1 - u * u) * (1 - v * v)
    left, right = ([x**i for i in range(len(matrices))] for x in (u, v))
    total, now = 0 * _ROOT, _ROOT**0
    before = now  # of no matter at k = 0
    for k, matrix in enumerate(matrices):
        total += now * matrix.value(left, right)
        before, now = now, ((2 * k + dim - 3) * cosine * now - k * weight * before) / (k + dim - 3) if k else cosine
    return total


def _weighted_squares(degree: int, cosine: Any, matrices: Mapping[str, _Matrix]) -> Any:
    """Return sum_w w Q_w."""
    u, v, t = _VARIABLES
    weights = {"1": 1, "d": 1 + 2 * u * v * t - u * u - v * v - t * t}
    total = 0 * u
    for name, half in halves(degree):
        for part, basis in (("t", _invariant(half)), ("a", _alternating(half))):
            if basis:
                total += weights[name] * matrices[f"{name}{part}"].square(basis)
        standard = _standard(half)
        if standard:
            first, second = (matrices[f"{name}e"].square(basis) for basis in zip(*standard, strict=True))
            total += weights[name] * (first + 3 * second) / 2
    for part, sign in (("s", 1), ("a", -1)):
        basis = [_monomial(i, j, k) + sign * _monomial(i, k, j) for i, j, k in one_and_two(degree - 1, part)]
        if basis:
            one = (u + 1) * (cosine - u) * matrices[f"p{part}"].square(basis)
            total += one + one.compose(v, u, t, _ROOT) + one.compose(t, v, u, _ROOT)
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


def _read(certificate: Mapping[str, Any]) -> _Proof:
    degree = certificate.get("degree")
    if not isinstance(degree, int) or isinstance(degree, bool) or not 1 <= degree <= MAX_DEGREE:
        raise FileFormatError(f"`degree` must be an integer from 1 to {MAX_DEGREE}, got {degree!r}")
    cosine = read_surd(certificate["claim"]["max_cosine_at_least"], "claim.max_cosine_at_least")
    linear = _numbers(certificate.get("linear"), 2 * degree + 1, "linear")
    content, sizes = certificate.get("matrices"), block_sizes(degree)
    if not isinstance(content, Mapping) or set(content) != set(sizes):
        raise FileFormatError(f"`matrices` must be an object with the keys {', '.join(sizes)}")
    matrices = {name: _matrix(content[name], size, f"matrices.{name}") for name, size in sizes.items()}
    numbers = [cosine, *linear, *chain.from_iterable(matrix.numbers() for matrix in matrices.values())]
    radicands = {number.radicand for number in numbers} - {1}
    if len(radicands) > 1:
        raise FileFormatError("all numbers must be of one quadratic field")
    return _Proof(degree, cosine, next(iter(radicands), 1), linear, matrices)


def _matrix(content: object, size: int, name: str) -> _Matrix:
    if not isinstance(content, Mapping) or set(content) != {"vectors", "gram"}:
        raise FileFormatError(f"`{name}` must be an object with the keys vectors and gram")
    rows = content["vectors"]
    if not isinstance(rows, list) or len(rows) > size:
        raise FileFormatError(f"`{name}.vectors` must be a list of at most {size} vectors")
    vectors = [_numbers(row, size, f"{name}.vectors") for row in rows]
    n = len(vectors)
    lower = iter(_numbers(content["gram"], n * (n + 1) // 2, f"{name}.gram"))
    half = [[next(lower) for _ in range(i + 1)] for i in range(n)]
    return _Matrix(vectors, [[half[max(i, j)][min(i, j)] for j in range(n)] for i in range(n)])


def _numbers(content: object, count: int, name: str) -> list[Surd]:
    if not isinstance(content, list) or len(content) != count:
        raise FileFormatError(f"`{name}` must be a list of {count} numbers (a matrix by rows, up to the diagonal)")
    numbers, denominator = [], fmpz(1)
    for value in content:
        number = read_surd(value, name)
        denominator = denominator.lcm(number.rational.q).lcm(number.factor.q)
        tops = (number.rational.p, number.factor.p)
        if max(denominator.bit_length(), *(top.bit_length() for top in tops)) > _MAX_BITS:
            raise FileFormatError(f"`{name}`: numerators and the common denominator must have at most {_MAX_BITS} bits")
        numbers.append(number)
    return numbers
