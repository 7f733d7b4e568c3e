"""Decoding kernels against products with all words, one by one."""

import itertools

import naive
import numpy as np
import pytest

from sphcode.kernels import decoding


def ranked(products, m):
    order = np.argsort(-products, kind="stable")[:m]
    return order, products[order]


def lists(vectors, m):
    return np.full((vectors, m), -np.inf), np.zeros((vectors, m), dtype=np.int64)


def test_insert_keeps_order_and_earlier_ties():
    best, where = np.array([3.0, 2.0, 1.0]), np.array([7, 8, 9])
    decoding.insert(best, where, 2.0, 10)
    decoding.insert(best, where, 0.5, 11)
    decoding.insert(best, where, 5.0, 12)
    assert best.tolist() == [5.0, 3.0, 2.0]
    assert where.tolist() == [12, 7, 8]


@pytest.mark.parametrize("log", [2, 3, 4, 5])
def test_sign_words(log):
    rng = np.random.default_rng(log)
    n, m = 2**log, 5
    signs = rng.choice([-1, 1], (3, n)).astype(np.int8)
    x = rng.integers(-3, 4, (n, decoding.LANES)).astype(float)
    linear = np.array([[(-1) ** (w & i).bit_count() for i in range(n)] for w in range(n)])
    words = np.array([sign * form * row for form in signs for row in linear for sign in (1, -1)])
    best, where = lists(6, m)
    decoding.sign_words(x, signs, 100, best, where)
    for lane in range(6):
        order, products = ranked(words @ x[:, lane], m)
        assert (where[lane] == order + 100).all()
        assert (best[lane] == products).all()


@pytest.mark.parametrize("antipodal", [False, True])
def test_symbol_words(antipodal):
    rng = np.random.default_rng(3)
    q, places, behind, m = 5, 3, 1, 4
    plus = ((np.arange(q)[:, None] + np.arange(q)) % q).astype(np.uint16)
    symbols = rng.integers(0, q, (q, places)).astype(np.uint16)
    last = rng.integers(0, q, (q, behind)).astype(np.uint16)
    scores = rng.integers(-4, 5, (places, q, decoding.LANES)).astype(float)
    fixed = rng.integers(-4, 5, (behind, q, decoding.LANES)).astype(float)
    best, where = lists(5, m)
    decoding.symbol_words(scores, fixed, plus, symbols, last, antipodal, best, where)
    for lane in range(5):
        sums = []
        for c, r in itertools.product(range(q), range(q)):
            value = sum(scores[p, (symbols[r, p] + c) % q, lane] for p in range(places)) + fixed[0, last[r, 0], lane]
            sums += [value, -value] if antipodal else [value]
        order, values = ranked(np.array(sums), m)
        assert (where[lane] == order).all()
        assert (best[lane] == values).all()


def roots_of_d(n):
    rows = np.eye(n, dtype=int)
    return np.array([a * rows[i] + b * rows[j] for i, j in itertools.combinations(range(n), 2)
                     for a in (1, -1) for b in (1, -1)])  # fmt: skip


@pytest.mark.parametrize("n", [2, 3, 6])
def test_d_words(n):
    x = np.random.default_rng(n).integers(-2, 3, (500, n)).astype(float)
    best, where = np.empty(500), np.empty(500, dtype=np.int64)
    decoding.d_words(x, best, where)
    products = x @ roots_of_d(n).T
    assert (where == products.argmax(axis=1)).all()
    assert (best == products.max(axis=1)).all()


def test_e8_words():
    halves = [v for v in itertools.product((1, -1), repeat=8) if v.count(-1) % 2 == 0]
    words = np.concatenate([2 * roots_of_d(8), halves])
    x = np.concatenate([naive.random_unit(200, 8, seed=1), np.random.default_rng(2).integers(-2, 3, (800, 8))])
    best, where = np.empty(1000), np.empty(1000, dtype=np.int64)
    decoding.e8_words(x, best, where)
    assert (where == (x @ words.T).argmax(axis=1)).all()


def test_leech_words_of_a_toy_code():
    # Three octads and five words stand for those of the Golay code; the kernel asks for no structure.
    rng = np.random.default_rng(5)
    octads = np.array([sorted(rng.choice(24, 8, replace=False)) for _ in range(3)])
    bits = rng.integers(0, 2, (5, 24))
    rows = [4 * root for root in roots_of_d(24)]
    patterns = [v for v in itertools.product((1, -1), repeat=8) if v.count(-1) % 2 == 0]
    for places, pattern in itertools.product(octads, patterns):
        row = np.zeros(24, dtype=int)
        row[places] = 2 * np.array(pattern)
        rows.append(row)
    for place, word in itertools.product(range(24), bits):
        row = 1 - 2 * word
        row[place] *= -3
        rows.append(row)
    words = np.array(rows)
    x = rng.integers(-2, 3, (400, 24)).astype(float)
    x[:100] += np.sign(words[rng.integers(1104, len(words), 100)]) * 3  # near octads and words of signs
    best, where = np.empty(400), np.empty(400, dtype=np.int64)
    decoding.leech_words(x, octads, np.packbits(bits.astype(np.uint8), axis=1, bitorder="little"), best, where)
    products = x @ words.T
    assert (where == products.argmax(axis=1)).all()
    assert len({0 if w < 1104 else 1 if w < 1104 + 384 else 2 for w in where.tolist()}) == 3
