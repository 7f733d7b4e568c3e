"""Three-point certificates: the polynomials are the definition's, true claims are accepted, false ones are not."""

import base64
import itertools
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from malformed import CHANGES, assert_refused

from sphcode import verify
from sphcode.errors import FileFormatError
from sphcode.proofs.bound import three_point_residual
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.three_point import (
    MAX_DEGREE,
    PRECISION,
    _read,
    encoded,
    proven_residuals,
    value_below,
)
from sphcode.proofs.bound.three_point_residual import (
    Residuals,
    _coefficient_sum,
    _Grid,
    _symmetric_coefficient_sum,
    block_sizes,
    bound_residuals,
    descending,
    one_and_two,
    pairs,
    triples,
)
from sphcode.proofs.rounding import exact_end

PATH = Path(__file__).parent / "three_point.json"  # n = 3, s = 1/2, D = 4, by the project's own solver
EXACT = Path(str(files("sphcode.data") / "ceilings" / "4-10.json"))


@pytest.fixture
def certificate():
    return json.loads(PATH.read_text())


def decoded(text):
    return np.frombuffer(base64.b64decode(text), dtype="<f8").copy()


def test_thirteen_points_do_not_kiss_but_the_certificate_says_fourteen(certificate):
    verdict = check_bound(certificate)
    assert verdict.accepted
    assert 0 <= verdict.slack <= 1e-8
    assert "at most 13.244184" in verdict.claim
    assert verify(PATH).accepted


@pytest.mark.parametrize(("n_points", "accepted"), [(13, False), (14, True), (100, True)])
def test_claims_about_the_cosine(certificate, n_points, accepted):
    certificate["claim"] = {"n_points": n_points, "max_cosine_at_least": "1/2"}
    assert check_bound(certificate).accepted is accepted


@pytest.mark.parametrize(
    "claim",
    [
        {"max_cosine": "1/2", "n_points_at_most": "13.2441"},
        {"max_cosine": "1/2", "n_points_at_most": "12"},
        {"max_cosine": "0.500001", "n_points_at_most": "13.2441846"},
        {"max_cosine": "0.49999", "n_points_at_most": "13.2441846"},
    ],
)
def test_other_claims_do_not_follow(certificate, claim):
    certificate["claim"] = claim
    assert not check_bound(certificate).accepted


def test_another_dimension_does_not_follow(certificate):
    certificate["dim"] = 4
    assert not check_bound(certificate).accepted


@pytest.mark.parametrize("name", ["linear", *block_sizes(4)])
def test_every_number_counts(certificate, name):
    """Each matrix and the a_k, moved by a part in a thousand, spoil the polynomials."""
    holder = certificate if name == "linear" else certificate["factors"]
    values = decoded(holder[name])
    values *= 1 + 1e-3 * np.random.default_rng(0).standard_normal(len(values))
    if np.abs(values).max() < 1e-3:
        values += 1e-2
    holder[name] = encoded(values)
    assert not check_bound(certificate).accepted


def test_a_negative_coefficient_is_refused(certificate):
    values = decoded(certificate["linear"])
    values[3] = -1e-12
    certificate["linear"] = encoded(values)
    assert check_bound(certificate).reason == "the numbers a_k must be >= 0"


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        lambda c, m: c.update(degree=21),
        lambda c, m: c.update(linear=c["linear"][:-4]),
        lambda c, m: c.update(linear="not base64"),
        lambda c, m: m.update(b=encoded(np.ones(4))),
        lambda c, m: m.update(F0=encoded(np.full(15, np.nan))),
        lambda c, m: m.update(F0=encoded(np.ones(30))),
        lambda c, m: m.update(F0=encoded(np.ones(5))),
        lambda c, m: c.update(factors=[]),
        lambda c, m: c.update(claim={"max_cosine": "1", "n_points_at_most": "14"}),
        lambda c, m: c.update(claim={"max_cosine": "1/2", "n_points_at_most": "0"}),
    ],
)
def test_malformed_certificates(certificate, change, tmp_path, capsys):
    change(certificate, certificate["factors"])
    assert_refused(certificate, tmp_path, capsys)


def test_a_small_file_cannot_ask_for_a_long_check(certificate):
    """Matrices of one column would keep the file of a large degree small: they are refused before any work is done."""
    certificate["degree"] = MAX_DEGREE
    certificate["linear"] = encoded(np.ones(2 * MAX_DEGREE + 1))
    certificate["factors"] = {name: encoded(np.ones(size)) for name, size in block_sizes(MAX_DEGREE).items()}
    assert len(json.dumps(certificate)) < 100_000
    with pytest.raises(FileFormatError, match=r"factors\.b` must hold a triangle of 3 numbers, got 2"):
        check_bound(certificate)


def random_program(degree, seed=0):
    rng = np.random.default_rng(seed)
    factors = {name: rng.standard_normal((size, size)) for name, size in block_sizes(degree).items()}
    return rng.random(2 * degree + 1), factors


def test_bounds_hold_for_random_polynomials():
    """R1 and R2 as sums over permutations, in floats, never exceed what is proven of them, and come near."""
    dim, degree, s = 5, 3, 0.3
    linear, factors = random_program(degree)
    residuals = bound_residuals(dim, fmpq(3, 10), degree, linear, factors)
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, s, (300, 3))
    first = np.array([abs(naive_first(dim, degree, s, linear, factors, u)) for u in points[:, 0]])
    second = np.array([abs(naive_second(dim, degree, s, factors, *point)) for point in points])
    assert 0.05 * float(residuals.first) < first.max() <= float(residuals.first)
    assert 0.005 * float(residuals.second) < second.max() <= float(residuals.second)
    b = factors["b"] @ factors["b"].T
    objective = linear.sum() + b[0, 0] + (factors["F0"] @ factors["F0"].T).sum()
    assert float(residuals.objective) == pytest.approx(objective, rel=1e-12)
    assert isinstance(residuals.objective, arb)


def chebyshev(k, x):
    return np.polynomial.chebyshev.chebval(x, [0] * k + [1])


def gegenbauer(dim, k, x):
    before, now = 1.0, x
    if k == 0:
        return 1.0
    for j in range(1, k):
        before, now = now, ((2 * j + dim - 2) * x * now - j * before) / (j + dim - 2)
    return now


def naive_zonal(dim, degree, factors, u, v, t):
    """sum_k <F_k, S_k(u, v, t)>, S_k the mean over all six permutations."""
    total = 0.0
    for k in range(degree + 1):
        F = factors[f"F{k}"] @ factors[f"F{k}"].T
        for x, y, z in itertools.permutations((u, v, t)):
            root = np.sqrt(complex((1 - x * x) * (1 - y * y)))
            radial = root**k * gegenbauer(dim - 1, k, (z - x * y) / root) if root else 0.0 + (k == 0)
            left = np.array([chebyshev(j, x) for j in range(degree - k + 1)])
            right = np.array([chebyshev(j, y) for j in range(degree - k + 1)])
            total += np.real(radial) * (left @ F @ right) / 6
    return total


def naive_first(dim, degree, s, linear, factors, u):
    b = factors["b"] @ factors["b"].T
    x = (2 * u - s + 1) / (s + 1)
    total = 1 + 2 * b[0, 1] + b[1, 1] + sum(a * gegenbauer(dim, k, u) for k, a in enumerate(linear))
    total += 3 * naive_zonal(dim, degree, factors, u, u, 1 - 1e-15)
    for name, size, weight in (("q0", degree + 1, 1.0), ("q1", degree, (u + 1) * (s - u))):
        total += weight * np.sum((np.array([chebyshev(j, x) for j in range(size)]) @ factors[name]) ** 2)
    return total


def naive_second(dim, degree, s, factors, u, v, t):
    total = (factors["b"] @ factors["b"].T)[1, 1] + naive_zonal(dim, degree, factors, u, v, t)
    X = [(2 * y - s + 1) / (s + 1) for y in (u, v, t)]
    p = [(y + 1) * (s - y) for y in (u, v, t)]

    def T(k, y):
        return chebyshev(k, y)

    def g(a, b, c, x, y, z):
        return T(a, x) * (T(b, y) * T(c, z) + T(c, y) * T(b, z))

    determinant = 1 + 2 * u * v * t - u * u - v * v - t * t
    for w, weight, half in (("1", 1.0, degree), ("d", determinant, degree - 2)):
        trivial = [
            sum(T(a, X[0]) * T(b, X[1]) * T(c, X[2]) for a, b, c in set(itertools.permutations(index)))
            for index in triples(half)
        ]
        sign = [np.linalg.det([[T(k, x) for x in X] for k in index]) for index in descending(half)]
        x, y, z = X
        images = [(g(*i, x, y, z), g(*i, y, x, z), g(*i, z, x, y)) for i in pairs(half)]
        f = np.array([2 * h - h1 - h2 for h, h1, h2 in images])
        f1 = np.array([h1 - h2 for _, h1, h2 in images])
        square = np.sum((np.array(trivial) @ factors[f"{w}t"]) ** 2)
        if sign:
            square += np.sum((np.array(sign) @ factors[f"{w}a"]) ** 2)
        if images:
            square += np.sum((f @ factors[f"{w}e"]) ** 2) / 2 + 3 * np.sum((f1 @ factors[f"{w}e"]) ** 2) / 2
        total += weight * square
    for part, sign in (("s", 1), ("a", -1)):
        for x, y, z, weight in ((*X, p[0]), (X[1], X[2], X[0], p[1]), (X[2], X[0], X[1], p[2])):
            basis = one_and_two(degree - 1, part)
            row = [T(i, x) * (T(j, y) * T(k, z) + sign * T(k, y) * T(j, z)) for i, j, k in basis]
            total += weight * np.sum((np.array(row) @ factors[f"p{part}"]) ** 2)
    return total


@pytest.mark.parametrize(
    "path", [PATH, Path(str(files("sphcode.data") / "ceilings" / "4-10.json"))], ids=["floats", "exact"]
)
def test_the_checker_needs_only_numpy_and_flint(path):
    script = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('scipy', 'numba', 'cvxpy', 'matplotlib', 'torch'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "from sphcode.cli.main import main\n"
        f"raise SystemExit(main(['verify', {str(path)!r}]))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


def test_a_cosine_of_minus_one_is_refused(certificate):
    for claim in ({"n_points": 14, "max_cosine_at_least": "-1"}, {"max_cosine": "-1", "n_points_at_most": "14"}):
        with pytest.raises(FileFormatError, match="> -1"):
            check_bound({**certificate, "claim": claim})


def test_a_claim_may_be_all_that_follows(certificate):
    residuals = proven_residuals(3, fmpq(1, 2), 4, decoded(certificate["linear"]), _read(certificate).factors)
    with ctx.workprec(PRECISION):
        most = exact_end(value_below(residuals, 14))
    for shift, accepted in ((fmpq(0), True), (fmpq(1, 10**40), False)):
        certificate["claim"]["n_points_at_most"] = str(most - shift)
        assert check_bound(certificate).accepted is accepted


def test_errors_that_leave_nothing_over():
    assert value_below(Residuals(arb(3), arb(0), arb(1) / 4), 6) is None
    assert value_below(Residuals(arb(3), arb(1) / 2, arb(1) / 8), 6) is None
    assert value_below(Residuals(arb(3), arb(1) / 4, arb(1) / 8), 6) == 13


@pytest.mark.parametrize("degree", [True, 0, -1, MAX_DEGREE + 1, 4.0, "4", None, [4]])
def test_degrees(certificate, degree):
    with pytest.raises(FileFormatError, match="degree"):
        check_bound({**certificate, "degree": degree})


def test_the_degree_may_be_one(certificate):
    with pytest.raises(FileFormatError, match="must hold 3 numbers"):
        check_bound({**certificate, "degree": 1})


@pytest.mark.parametrize("k", range(5))
def test_coefficients_are_those_of_chebyshev(k):
    """The sum of sizes is 1 for T_k(x), 1 for the product of three, and 3 for the sum of one at each place."""
    grid = _Grid(fmpq(1, 3), 2)
    assert float(_coefficient_sum(grid, [row[k] for row in grid.x])) == pytest.approx(1, abs=1e-12)
    products = [grid.x[a][k] * grid.x[b][k] * grid.x[c][k] for a, b, c in grid.index]
    assert float(_symmetric_coefficient_sum(grid, products)) == pytest.approx(1, abs=1e-12)
    sums = [grid.x[a][k] + grid.x[b][k] + grid.x[c][k] for a, b, c in grid.index]
    assert float(_symmetric_coefficient_sum(grid, sums)) == pytest.approx(3, abs=1e-12)


def test_some_rows_at_a_time_give_the_same_residuals(certificate, monkeypatch):
    arguments = (3, fmpq(1, 2), 4, decoded(certificate["linear"]), _read(certificate).factors)
    whole = bound_residuals(*arguments)
    monkeypatch.setattr(three_point_residual, "_PRODUCT_WORK", 100)
    parts = bound_residuals(*arguments)
    for one, other in zip(vars(whole).values(), vars(parts).values(), strict=True):
        assert one.overlaps(other)
        assert abs(float(one) - float(other)) <= 1e-12 * abs(float(one))
