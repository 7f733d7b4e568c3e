"""Exact three-point certificates: stored ones are accepted, anything changed is not, and the polynomials are right."""

import copy
import itertools
import json
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from flint import arb, fmpq, fmpq_poly
from malformed import CHANGES, assert_refused

from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.three_point_exact import (
    _ROOT,
    _VARIABLES,
    _is_definite,
    _is_negative,
    _largest_zero,
    _Matrix,
    _weighted_squares,
    _zonal,
)
from sphcode.proofs.bound.three_point_residual import block_sizes
from sphcode.proofs.sharp import Surd, read_fraction, read_surd

FOLDER = files("sphcode.data") / "ceilings"
NAMES = ("3-8", "4-10", "16-288", "20-56", "21-50", "21-77", "64-4224")


@pytest.fixture
def petersen():
    return json.loads((FOLDER / "4-10.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_stored(name):
    verdict = check_bound(json.loads((FOLDER / f"{name}.json").read_text()))
    assert verdict.accepted
    assert verdict.slack == 0
    assert f"every code of {name.split('-')[1]} points in R^{name.split('-')[0]}" in verdict.claim


@pytest.mark.parametrize(
    "change",
    [
        {"claim": {"n_points": 9, "max_cosine_at_least": "1/6"}},
        {"claim": {"n_points": 11, "max_cosine_at_least": "1/6"}},
        {"claim": {"n_points": 10, "max_cosine_at_least": "1/5"}},
        {"claim": {"n_points": 10, "max_cosine_at_least": "0.16666666666666667"}},
        {"claim": {"n_points": 10, "max_cosine_at_least": "0.1666"}},
        {"dim": 3},
        {"dim": 5},
    ],
)
def test_other_claims_do_not_follow(petersen, change):
    assert not check_bound({**petersen, **change}).accepted


def lists(certificate):
    """All lists of numbers."""
    yield certificate["linear"]
    for matrix in certificate["matrices"].values():
        yield from matrix["vectors"]
        yield matrix["gram"]


def test_every_number_counts(petersen):
    places = [(i, j) for i, numbers in enumerate(lists(petersen)) for j in range(len(numbers))]
    assert len(places) > 60
    for i, j in places:
        number = read_fraction(list(lists(petersen))[i][j], "number")
        for replacement in (str(number + fmpq(1, 2**40)), f"{number}+1/1024*sqrt(2)"):
            other = copy.deepcopy(petersen)
            list(lists(other))[i][j] = replacement
            assert not check_bound(other).accepted


@pytest.fixture(scope="module")
def antiprism():
    return (FOLDER / "3-8.json").read_text()


def test_some_numbers_of_a_quadratic_field_count(antiprism):
    rng = np.random.default_rng(0)
    for i in rng.choice(len(list(lists(json.loads(antiprism)))), 12, replace=False):
        other = json.loads(antiprism)
        numbers = list(lists(other))[i]
        j = rng.integers(len(numbers))
        surd = read_surd(numbers[j], "number")
        numbers[j] = f"{surd.rational}+{surd.factor + fmpq(1, 2**60)}*sqrt(2)"
        assert not check_bound(other).accepted


def test_the_conjugate_and_another_root_prove_nothing(antiprism):
    assert not check_bound(json.loads(antiprism.replace("sqrt(2)", "sqrt(3)"))).accepted
    conjugate = re.sub(r"\+(-?)([^*]*)\*", lambda m: f"+{'' if m[1] else '-'}{m[2]}*", antiprism)
    assert conjugate.count("*sqrt(2)") == antiprism.count("*sqrt(2)") > 100
    assert not check_bound(json.loads(conjugate)).accepted


def test_an_indefinite_matrix_and_a_negative_coefficient_are_named(petersen):
    other = copy.deepcopy(petersen)
    other["matrices"]["F2"]["gram"] = ["-1/1000000"]
    assert check_bound(other).reason == "the matrix F2 is not positive definite on its vectors"
    petersen["linear"][0] = "1/1000000+-1/1000000*sqrt(2)"
    assert check_bound(petersen).reason == "the numbers a_k must be >= 0"


def surd(a, b=0, m=1):
    return Surd(fmpq(a), fmpq(b), m)


def test_sign():
    assert not any(map(_is_negative, (surd(0), surd(3), surd(0, 1, 2), surd(-7, 5, 2), surd(17, -12, 2))))
    assert all(map(_is_negative, (surd(-1), surd(0, -1, 2), surd(7, -5, 2), surd(-17, 12, 2), surd(-1, -1, 2))))


def matrix(rows):
    return [[surd(int(value)) for value in row] for row in rows]


def test_definite():
    assert _is_definite([])
    for rows in ([[0]], [[0, 1], [1, 0]], [[1, 2], [2, 4]], [[1, 2], [2, 3]], [[1, 0], [0, 0]]):
        assert not _is_definite(matrix(rows))
    rng = np.random.default_rng(0)
    factor = rng.integers(-9, 10, (5, 5))
    gram = factor @ factor.T
    assert _is_definite(matrix(gram))
    # One eigenvalue less: in the middle of the matrix, and only just.
    gram[2, 2] -= int(np.ceil(1 / np.linalg.inv(gram)[2, 2]))
    assert np.linalg.eigvalsh(gram)[0] < 0
    assert not _is_definite(matrix(gram))
    # Determinants 3 - 2 sqrt(2) > 0 and 0.
    assert _is_definite([[surd(0, 1, 2), surd(0, 1, 2)], [surd(0, 1, 2), surd(-2, 3, 2)]])
    assert not _is_definite([[surd(0, 1, 2), surd(2)], [surd(2), surd(0, 2, 2)]])


def test_largest_zero():
    s, u, none = surd(fmpq(1, 6)), fmpq_poly([0, 1]), fmpq_poly([0])
    squares = (u + fmpq(2, 3)) ** 2
    assert abs(_largest_zero((s.rational - u) * squares, none, s, s.radicand) + fmpq(2, 3)) < fmpq(1, 10**9)
    assert _largest_zero((s.rational - u) ** 3 * (u**2 + 1), none, s, s.radicand) is None
    assert _largest_zero((s.rational - u) * (u - fmpq(1, 2)) ** 2, none, s, s.radicand) is None
    close = s.rational - fmpq(1, 10**9)
    assert _largest_zero((s.rational - u) * (u - close) ** 2 * squares, none, s, s.radicand) >= close
    assert _largest_zero(none, none, s, s.radicand) >= s.rational
    # -1 is an inner product, what is below it is none.
    assert _largest_zero((s.rational - u) * (u + 1), none, s, s.radicand) == -1
    assert _largest_zero((s.rational - u) * (u + fmpq(3, 2)), none, s, s.radicand) is None


def with_zeros(*zeros):
    """The parts f, g of f + g sqrt(2) with these zeros."""
    f, g = fmpq_poly([1]), fmpq_poly([0])
    for zero in zeros:
        plain, root = fmpq_poly([-zero.rational, 1]), -zero.factor
        f, g = f * plain + 2 * g * root, f * root + g * plain
    return f, g


def test_largest_zero_in_a_quadratic_field():
    s, conjugate = surd(fmpq(-1, 7), fmpq(2, 7), 2), surd(fmpq(-1, 7), fmpq(-2, 7), 2)
    above, below = surd(fmpq(-1, 4), fmpq(1, 2), 2), surd(fmpq(-1, 4), fmpq(-1, 2), 2)
    for zeros, largest in (
        ((s,), None),
        ((s, s, above), None),
        ((s, below, below), below),
        ((s, conjugate, below), conjugate),
        ((s, surd(fmpq(-2, 3)), below), surd(fmpq(-2, 3))),
    ):
        found = _largest_zero(*with_zeros(*zeros), s, s.radicand)
        assert found is None if largest is None else abs(arb(found) - largest.ball()) < 1e-9
    assert arb(_largest_zero(*2 * [fmpq_poly([0])], s, s.radicand)) > s.ball() - 1e-9


def test_identities_that_hold_for_all_cosines_exclude_no_code():
    """No three points have cosines <= -9/10: -1 is a sum of weighted squares. It holds for two, whatever their cosine.

    All identities are right and all matrices definite, h is 0, and the claim about two points is false: {x, -x}.
    """
    certificate = json.loads((Path(__file__).parent / "two_points.json").read_text())
    verdict = check_bound(certificate)
    assert not verdict.accepted
    assert verdict.reason == "codes with smaller cosines among the zeros are not excluded"
    # With another entry of b it is about three points, and true.
    certificate["claim"]["n_points"] = 3
    certificate["matrices"]["b"] = {"vectors": [["1", "0"], ["0", "1"]], "gram": ["2", "-1", "1"]}
    assert check_bound(certificate).accepted


def random_matrices(degree):
    """Return semidefinite matrices as arrays of floats and as V' G V with numbers a + b sqrt(2)."""
    rng = np.random.default_rng(0)
    floats, exact = {}, {}
    for name, size in block_sizes(degree).items():
        rank = size - size // 3
        vectors, roots = rng.integers(-3, 4, (2, rank, size))
        factor = rng.integers(-3, 4, (rank, rank))
        gram = factor @ factor.T
        span = vectors + np.sqrt(2) * roots
        floats[name] = span.T @ gram @ span
        rows = [
            [surd(int(a), int(b), 2) for a, b in zip(*pair, strict=True)] for pair in zip(vectors, roots, strict=True)
        ]
        exact[name] = _Matrix(rows, matrix(gram))
    return floats, exact


def value_at(polynomial, point):
    root = fmpq(*float(np.sqrt(2)).as_integer_ratio())
    value = polynomial(*point, root)
    return int(value.p) / int(value.q)


def naive_zonal(dim, degree, grams, u, v, t):
    """sum_k <F_k, S_k(u, v, t)> by the definition, in floats."""
    total = 0.0
    for k in range(degree + 1):
        for x, y, z in itertools.permutations((u, v, t)):
            root = np.sqrt((1 - x * x) * (1 - y * y))
            before, radial = 0.0, 1.0
            for j in range(k):
                a, b = (1, 1) if j == 0 else (2 * j + dim - 3, j + dim - 3)
                before, radial = radial, (a * (z - x * y) / root * radial - (j * before if j else 0)) / b
            powers = np.arange(degree - k + 1)
            total += root**k * radial * (x**powers @ grams[f"F{k}"] @ y**powers) / 6
    return total


def test_zonal_polynomials():
    dim, degree = 5, 3
    grams, exact = random_matrices(degree)
    polynomial = _zonal(dim, [exact[f"F{k}"] for k in range(degree + 1)], *_VARIABLES)
    for point in np.random.default_rng(1).uniform(-0.9, 0.9, (5, 3)):
        value = value_at(polynomial, [fmpq(*float(x).as_integer_ratio()) for x in point])
        assert value == pytest.approx(naive_zonal(dim, degree, grams, *point), rel=1e-9)


def test_weighted_squares_are_nonnegative_where_the_weights_are():
    """Each sum of squares alone has the sign of its weight at any real triple, and is symmetric."""
    degree, s = 4, 0.25
    _, exact = random_matrices(degree)
    rng = np.random.default_rng(2)
    for name in exact:
        if name[0] not in "1dp":
            continue
        alone = {key: value if key == name else _Matrix([], []) for key, value in exact.items()}
        polynomial = _weighted_squares(degree, fmpq(1, 4) * _ROOT**0, alone)
        for point in rng.integers(-8, 9, (20, 3)):
            u, v, t = (float(x) / 5 for x in point)
            least = min((x + 1) * (s - x) for x in (u, v, t))
            most = max((x + 1) * (s - x) for x in (u, v, t))
            determinant = 1 + 2 * u * v * t - u * u - v * v - t * t
            signs = {"1": (1, 1), "d": (determinant, determinant), "p": (least, most)}[name[0]]
            values = [value_at(polynomial, [fmpq(int(x), 5) for x in order]) for order in itertools.permutations(point)]
            assert np.ptp(values) <= 1e-12 * abs(values[0])
            assert values[0] > -1e-9 or signs[0] < 0
            assert values[0] < 1e-9 or signs[1] > 0


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        lambda c, m: c.update(degree=9),
        lambda c, m: c["linear"].pop(),
        lambda c, m: c["linear"].__setitem__(0, "1/0"),
        lambda c, m: c["linear"].__setitem__(0, "0*sqrt(4)"),
        lambda c, m: c["linear"].__setitem__(0, f"1/{2**1001}"),
        lambda c, m: c["linear"].__setitem__(0, float("nan")),
        lambda c, m: c["linear"].__setitem__(slice(2), ["0+1*sqrt(2)", "0+1*sqrt(3)"]),
        lambda c, m: m.update(b=["1", "0"]),
        lambda c, m: m["b"]["gram"].append("1"),
        lambda c, m: m["b"]["vectors"].append(m["b"]["vectors"][0]),
        lambda c, m: m["b"]["vectors"][0].append("1"),
        lambda c, m: m["b"].pop("vectors"),
        lambda c, m: m["F0"].update(vectors=m["F0"]["vectors"] * 3),
        lambda c, m: c.update(matrices=[]),
        lambda c, m: c.update(claim={"max_cosine": "1/6", "n_points_at_most": "10"}),
        lambda c, m: c.update(claim={"n_points": 10, "max_cosine_at_least": "-1"}),
    ],
)
def test_malformed_certificates(petersen, change, tmp_path, capsys):
    change(petersen, petersen["matrices"])
    assert_refused(petersen, tmp_path, capsys)
