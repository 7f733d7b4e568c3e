"""Exact three-point certificates: stored ones are accepted, anything changed is not, and the polynomials are right."""

import copy
import itertools
import json
from importlib.resources import files

import numpy as np
import pytest
from flint import fmpq, fmpq_mat, fmpq_poly
from malformed import CHANGES, assert_refused

from sphcode.proofs.check_bound import check_bound
from sphcode.proofs.three_point_exact import (
    _VARIABLES,
    _is_semidefinite,
    _largest_zero,
    _weighted_squares,
    _zonal,
)
from sphcode.proofs.three_point_residual import block_sizes

FOLDER = files("sphcode.data") / "bounds"
NAMES = ("4-10", "20-56", "21-50", "21-77")


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


@pytest.mark.parametrize("name", ["linear", *block_sizes(3)])
def test_every_number_counts(petersen, name):
    holder = petersen if name == "linear" else petersen["matrices"]
    for place in range(len(holder[name])):
        changed = copy.deepcopy(petersen)
        numbers = (changed if name == "linear" else changed["matrices"])[name]
        numbers[place] = str(fmpq(*map(int, f"{numbers[place]}/1".split("/")[:2])) + fmpq(1, 2**40))
        assert not check_bound(changed).accepted


def test_an_indefinite_matrix_and_a_negative_coefficient_are_named(petersen):
    changed = copy.deepcopy(petersen)
    changed["matrices"]["F3"] = ["-1/1000000"]
    assert check_bound(changed).reason == "the matrix F3 is not positive semidefinite"
    petersen["linear"][0] = "-1/1000000"
    assert check_bound(petersen).reason == "the numbers a_k must be >= 0"


def matrix(rows):
    return fmpq_mat([[fmpq(value) for value in row] for row in rows])


def test_semidefinite():
    assert _is_semidefinite(matrix([[0, 0], [0, 0]]))
    assert not _is_semidefinite(matrix([[0, 1], [1, 0]]))
    assert not _is_semidefinite(matrix([[0, 1], [1, 5]]))
    assert not _is_semidefinite(matrix([[1, 2], [2, 3]]))
    assert _is_semidefinite(matrix([[1, 2], [2, 4]]))
    assert not _is_semidefinite(matrix([[0, 0], [0, -1]]))
    rng = np.random.default_rng(0)
    for rank in (1, 3, 5):
        factor = rng.integers(-9, 10, (5, rank))
        gram = factor @ factor.T
        assert _is_semidefinite(matrix(gram.tolist()))
        # One eigenvalue less: in the middle of the matrix, and only just.
        gram[2, 2] -= int(np.ceil(1 / np.linalg.inv(gram)[2, 2])) if rank == 5 else 1
        assert np.linalg.eigvalsh(gram)[0] < 0
        assert not _is_semidefinite(matrix(gram.tolist()))


def test_largest_zero():
    s, u = fmpq(1, 6), fmpq_poly([0, 1])
    squares = (u + fmpq(2, 3)) ** 2
    assert abs(_largest_zero((s - u) * squares, s) + fmpq(2, 3)) < fmpq(1, 10**9)
    assert _largest_zero((s - u) ** 3 * (u**2 + 1), s) is None
    assert _largest_zero((s - u) * (u - fmpq(1, 2)) ** 2, s) is None
    close = s - fmpq(1, 10**9)
    assert _largest_zero((s - u) * (u - close) ** 2 * squares, s) >= close
    assert _largest_zero(fmpq_poly([0]), s) == s


def random_matrices(degree):
    rng = np.random.default_rng(0)
    grams = {}
    for name, size in block_sizes(degree).items():
        factor = rng.integers(-3, 4, (size, size))
        grams[name] = factor @ factor.T
    return grams, {name: matrix(gram.tolist()) for name, gram in grams.items()}


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
        value = polynomial(*(fmpq(*float(x).as_integer_ratio()) for x in point))
        assert int(value.p) / int(value.q) == pytest.approx(naive_zonal(dim, degree, grams, *point), rel=1e-9)


def test_weighted_squares_are_nonnegative_where_the_weights_are():
    """Each sum of squares alone has the sign of its weight at any real triple, and is symmetric."""
    degree, s = 4, 0.25
    _, exact = random_matrices(degree)
    rng = np.random.default_rng(2)
    for name in exact:
        if name[0] not in "1dp":
            continue
        alone = {key: value if key == name else fmpq_mat(value.nrows(), value.nrows()) for key, value in exact.items()}
        polynomial = _weighted_squares(degree, fmpq(1, 4), alone)
        for point in rng.integers(-8, 9, (20, 3)):
            u, v, t = (float(x) / 5 for x in point)
            least = min((x + 1) * (s - x) for x in (u, v, t))
            most = max((x + 1) * (s - x) for x in (u, v, t))
            determinant = 1 + 2 * u * v * t - u * u - v * v - t * t
            signs = {"1": (1, 1), "d": (determinant, determinant), "p": (least, most)}[name[0]]
            values = {polynomial(*(fmpq(int(x), 5) for x in order)) for order in itertools.permutations(point)}
            assert len(values) == 1
            value = values.pop()
            assert value >= 0 or signs[0] < 0
            assert value <= 0 or signs[1] > 0


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        lambda c, m: c.update(degree=9),
        lambda c, m: c["linear"].pop(),
        lambda c, m: c["linear"].__setitem__(0, "1/0"),
        lambda c, m: c["linear"].__setitem__(0, "0*sqrt(2)"),
        lambda c, m: c["linear"].__setitem__(0, f"1/{2**1001}"),
        lambda c, m: c["linear"].__setitem__(0, float("nan")),
        lambda c, m: m.update(b=["1", "0"]),
        lambda c, m: c.update(matrices=[]),
        lambda c, m: c.update(claim={"max_cosine": "1/6", "n_points_at_most": "10"}),
        lambda c, m: c.update(claim={"n_points": 10, "max_cosine_at_least": "-1"}),
    ],
)
def test_malformed_certificates(petersen, change, tmp_path, capsys):
    change(petersen, petersen["matrices"])
    assert_refused(petersen, tmp_path, capsys)
