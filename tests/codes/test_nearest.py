"""Nearest codewords against all inner products: every decoder, ties of whole numbers, bad input, tensors."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from sphcode import SphericalCode, construct, generate
from sphcode.codes.constructions import construct_named
from sphcode.codes.constructions.combine import direct_sum, pad, product, subset, with_antipodes
from sphcode.errors import InvalidInputError

NAMED = [
    ("orthoplex", {"dim": 7}),
    ("simplex", {"dim": 6}),
    ("a", {"dim": 5}),
    ("d", {"dim": 3}),
    ("d", {"dim": 9}),
    ("e8", {}),
    ("kerdock", {"dim": 4}),
    ("kerdock", {"dim": 64}),
    ("bch", {"dim": 8}),
    ("bch", {"dim": 32}),
    ("delsarte_goethals", {"dim": 16, "r": 1}),
    ("reed_solomon", {"q": 5, "length": 5, "k": 3, "antipodal": True}),
    ("reed_solomon", {"q": 4, "length": 6, "k": 3}),
    ("reed_solomon", {"q": 7, "length": 8, "k": 2}),
    ("reed_solomon", {"q": 3, "length": 4, "k": 4}),
    ("shortened", {"dim": 16, "s": 2}),
    ("laminated", {"dim": 16}),
    ("weil_orbits", {}),
    ("icosahedron", {}),
]
CODES = [construct_named(name, **params) for name, params in NAMED]
CODES += [
    direct_sum([construct_named("e8"), construct_named("orthoplex", dim=3), construct_named("simplex", dim=2)]),
    product(construct_named("d", dim=4), construct_named("simplex", dim=3)),
    subset(construct_named("kerdock", dim=16), 100),
    subset(construct_named("d", dim=6), 31),
    subset(construct_named("weil_orbits"), 200),
    with_antipodes(construct_named("simplex", dim=5)),
    pad(construct_named("e8"), 11),
]
IDS = [code.label for code in CODES]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("code", CODES, ids=IDS)
def test_the_largest_inner_product(code, dtype):
    x = np.random.default_rng(1).standard_normal((400, code.dim)).astype(dtype)
    products = x.astype(float) @ code.block(0, code.n_points).T
    error = 8 * code.dim * np.finfo(dtype).eps * np.linalg.norm(x.astype(float), axis=1)
    found = code.nearest(x)
    assert found.dtype == np.int64
    assert found.shape == (400,)
    top = -np.partition(-products, 1, axis=1)[:, :2]
    reached = products[np.arange(400), found]
    assert (reached >= top[:, 0] - error).all()
    clear = top[:, 0] - top[:, 1] > 2 * error
    assert clear.sum() > 300
    assert (found == products.argmax(axis=1))[clear].all()


@pytest.mark.parametrize("m", [2, 7, 40])
@pytest.mark.parametrize("code", CODES, ids=IDS)
def test_the_best_m(code, m):
    m = min(m, code.n_points)
    x = np.random.default_rng(2).standard_normal((2, 10, code.dim))
    products = x @ code.block(0, code.n_points).T
    found = code.nearest(x, m)
    assert found.shape == (2, 10, m)
    assert all(len(set(row.tolist())) == m for row in found.reshape(-1, m))
    reached = np.take_along_axis(products, found, axis=2)
    np.testing.assert_allclose(reached, -np.sort(-products, axis=2)[..., :m], atol=1e-12)
    assert (code.nearest(x) == found[..., 0]).mean() > 0.9  # but for ties by rounding


def whole_rows(code):
    """Rows of whole numbers in the coordinates of the unit rows, all of one norm, or None."""
    if code.integer_rows is None or code.integer_rows(0, 1).shape != (1, code.dim):
        return None
    rows = code.integer_rows(0, code.n_points)
    return rows if len(set((rows**2).sum(axis=1).tolist())) == 1 else None


WHOLE = [code for code in CODES if whole_rows(code) is not None]


@pytest.mark.parametrize("code", WHOLE, ids=[code.label for code in WHOLE])
def test_ties_of_whole_numbers_go_to_the_smallest_number(code):
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.integers(-2, 3, (3000, code.dim)), rng.integers(-9, 10, (1000, code.dim))])
    x = x[x.any(axis=1)]
    expected = (x @ whole_rows(code).T).argmax(axis=1)  # exact: int64
    for given in (x, x.astype(np.float32), x.astype(np.float64)):
        assert (code.nearest(given) == expected).all()


@pytest.mark.slow
def test_ties_in_the_leech_shell():
    code = construct(24, 196560)
    rows = code.integer_rows(0, code.n_points).astype(np.float64)
    x = np.random.default_rng(4).integers(-2, 3, (64, 24))
    assert (code.nearest(x) == (x @ rows.T).argmax(axis=1)).all()


def test_ties_of_the_leech_shell_on_few_places():
    # The vector's nearest words are known without all products: any with both +4, then octads, then words of signs.
    code = construct(24, 196560)
    assert code.nearest(np.eye(24, dtype=int)[5]) == code.index((4 * np.eye(24)[0] + 4 * np.eye(24)[5]) / np.sqrt(32))


def test_signs_and_zeros_of_e8_exhaustively():
    code = construct_named("e8")
    x = np.array([v for v in itertools.product((-1, 0, 1), repeat=8) if any(v)])
    assert (code.nearest(x) == (x @ code.integer_rows(0, 240).T).argmax(axis=1)).all()


@pytest.mark.parametrize("code", CODES, ids=IDS)
def test_rows_find_themselves(code):
    numbers = np.random.default_rng(5).integers(0, code.n_points, 300)
    rows = code.row(numbers)
    assert (code.nearest(rows) == numbers).all()
    assert (code.index(rows) == numbers).all()
    assert (code.index(rows.astype(np.float32)) == numbers).all()
    assert code.index(rows[0]) == numbers[0]
    with pytest.raises(InvalidInputError, match="`row` must be a row of the code"):
        code.index(1.001 * rows[0])
    with pytest.raises(InvalidInputError, match="`row` must be a row of the code, got row 1"):
        code.index([rows[0], rows[1] + 1e-6 * rows[0] + 1e-7])


def test_a_large_code():
    code = construct(1024, 1050624)
    numbers = np.random.default_rng(6).integers(0, code.n_points, 50)
    assert (code.nearest(code.row(numbers).astype(np.float32)) == numbers).all()


def test_any_code():
    code = generate(3, 7, rng=0, effort=2000).code
    assert (code.nearest(3.0 * code.points) == np.arange(7)).all()
    assert code.nearest(code.row(4)) == 4
    assert code.index(code.row([2, 3])).tolist() == [2, 3]
    assert code.decoder.method == "blocked products"
    both = SphericalCode(np.concatenate([code.points, -code.points]))
    assert both.nearest(-code.points, 2)[:, 0].tolist() == list(range(7, 14))


def test_blocks(monkeypatch):
    code = construct_named("weil_orbits")
    x = np.random.default_rng(7).standard_normal((20, 10))
    expected = code.nearest(x), code.nearest(x, 9)
    monkeypatch.setattr("sphcode.codes.nearest._BLOCK_SCORES", 20 * 37)
    assert (code.nearest(x) == expected[0]).all()
    assert (code.nearest(x, 9) == expected[1]).all()


@pytest.mark.parametrize("code", [CODES[5], CODES[7], CODES[11]], ids=["e8", "kerdock", "reed_solomon"])
def test_any_scale(code):
    x = np.random.default_rng(8).standard_normal((30, code.dim))
    expected = code.nearest(x)
    for power in (-1000, -70, 70, 1000):
        assert (code.nearest(np.ldexp(x, power)) == expected).all()
    assert (code.nearest(np.float32(x) * np.float32(2.0**120)) == code.nearest(np.float32(x))).all()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(7), "8 coordinates"),
        (np.ones((2, 9)), "8 coordinates"),
        (1.0, "8 coordinates"),
        ("abc", "8 coordinates"),
        (np.ones(8, dtype=complex), "8 coordinates"),
        ([[1.0] * 8, [1.0, np.nan] + [0.0] * 6], "`x` must be finite, got nan in row 1"),
        ([np.inf] + [0.0] * 7, "`x` must be finite, got inf in row 0"),
        (np.zeros((3, 8)), "zero rows"),
    ],
)
def test_bad_vectors(x, message):
    for code in (construct(8, 240), construct(8, 240).code()):
        with pytest.raises(InvalidInputError, match=message):
            code.nearest(x)


@pytest.mark.parametrize("m", [0, 241, 1.5, "3"])
def test_bad_m(m):
    with pytest.raises(InvalidInputError, match="`m` must be"):
        construct(8, 240).nearest(np.ones(8), m)


@pytest.mark.parametrize("i", [-1, 240, 1.5, "a", [0, 240]])
def test_bad_numbers(i):
    for code in (construct(8, 240), construct(8, 240).code()):
        with pytest.raises(InvalidInputError, match="`i` must be integers from 0 to 239"):
            code.row(i)


def test_empty_batch():
    code = construct(8, 240)
    assert code.nearest(np.zeros((0, 8))).shape == (0,)
    assert code.nearest(np.zeros((4, 0, 8)), 3).shape == (4, 0, 3)
    assert code.row([]).shape == (0, 8)


def test_tensors():
    torch = pytest.importorskip("torch")
    code = construct(8, 240)
    x = torch.randn(5, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    found = code.nearest(x)
    assert found.dtype == torch.int64
    assert found.tolist() == code.nearest(x.detach().numpy()).tolist()
    assert code.nearest(x.to(torch.bfloat16), 2).shape == (5, 2)
    assert code.index(torch.as_tensor(code.row([3, 4]))).tolist() == [3, 4]


def test_exact_cosines_agree():
    # One vector of whole numbers against fractions, so that the tests above do not rest on float products alone.
    code = construct_named("d", dim=5)
    rows = code.integer_rows(0, code.n_points)
    x = [3, -3, 1, 0, 2]
    cosines = [Fraction(sum(int(a) * b for a, b in zip(row, x, strict=True))) for row in rows]
    assert code.nearest(x) == cosines.index(max(cosines))
