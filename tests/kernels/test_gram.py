import naive
import numpy as np
import pytest

from sphcode.kernels.gram import WHOLE, count_angles, exact_order, largest_scores, scan_pairs
from sphcode.margins.rows import Rows


def test_largest_scores_against_sorting():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((5, 83)).astype(np.float32)
    offset = rng.random(83).astype(np.float32)
    classes = np.array([3, 82, 0, 17, 40])
    factors = 0.5 + rng.random(83).astype(np.float32)
    ids, values = np.full((5, 9), -1), np.full((5, 9), -np.inf, dtype=np.float32)
    for first in (0, 40):  # two slices of the classes, into the same heaps
        largest_scores(
            scores[:, first : first + 40 + first].view(np.uint32), 0, first, classes, factors, offset, ids, values
        )
    expected = scores * factors - offset
    expected[np.arange(5), classes] = -np.inf
    order = np.argsort(-expected, axis=1)[:, :9]
    assert np.array_equal(np.sort(ids, axis=1), np.sort(order, axis=1))
    assert np.array_equal(values[:, 0], np.take_along_axis(expected, order, axis=1)[:, -1])


def test_largest_scores_above_the_limit_only():
    scores = np.array([[0.5, 0.9, 0.1, 0.7, 0.6]], dtype=np.float32)
    ids, values = np.full((1, 4), -1), np.full((1, 4), 0.55, dtype=np.float32)
    largest_scores(
        scores.view(np.uint32), 0, 0, np.array([1]), np.ones(5, np.float32), np.zeros(5, np.float32), ids, values
    )
    assert sorted(ids[0]) == [-1, -1, 3, 4]


def test_blocks_of_pairs_against_all_pairs():
    points = naive.random_unit(70, 3, seed=1)
    rows = Rows(points).arrays
    single = points.astype(np.float32)
    cosines = points @ points.T
    edges = np.cos(np.linspace(np.pi, 0, 13))
    cells = np.searchsorted(edges[1:-1], np.linspace(-1, 1, 64, endpoint=False), side="right")
    counts = np.zeros(12, dtype=np.int64)
    ids = np.full((70, 6), -1, dtype=np.int64)
    values, roots = np.full((70, 6), -np.inf, dtype=np.float32), np.full(70, -np.inf, dtype=np.float32)
    pairs, n_pairs = np.empty((100, 2), dtype=np.int64), 0
    for row in range(0, 70, 32):
        for column in range(row, 70, 32):
            scores = single[row : row + 32] @ single[column : column + 32].T
            n_pairs = scan_pairs(scores, rows, row, column, ids, values, roots, 0.99, 1e-6, pairs, n_pairs)
            count_angles(scores, rows, row, column, edges, cells, 1e-6, counts)
    upper = np.triu_indices(70, 1)
    assert counts.tolist() == np.histogram(cosines[upper], edges)[0].tolist()
    close = np.argwhere(np.triu(cosines >= 0.99, 1))
    assert n_pairs == len(close) > 0
    assert sorted(map(tuple, pairs[:n_pairs])) == sorted(map(tuple, close))
    refined = np.empty(ids.shape)
    exact_order(rows, np.arange(70), ids, refined)
    np.fill_diagonal(cosines, -np.inf)
    assert np.array_equal(ids, np.argsort(-cosines, axis=1)[:, :6])
    assert np.allclose(refined, -np.sort(-cosines, axis=1)[:, :6], atol=1e-15)


def test_scores_may_be_whole_numbers():
    scores = np.array([[-5, 70000, 3, -80000, 9]], dtype=np.int32)
    grains = np.array([1.0, 1e-3, 2.0, -1e-3, 1.0], dtype=np.float32)
    ids, values = np.full((1, 2), -1), np.full((1, 2), -np.inf, dtype=np.float32)
    largest_scores(scores.view(np.uint32), WHOLE, 0, np.array([4]), grains, np.zeros(5, np.float32), ids, values)
    assert sorted(ids[0]) == [1, 3]
    assert sorted(values[0].tolist()) == pytest.approx([70.0, 80.0])


def test_scores_may_be_the_bits_of_bfloat16():
    rng = np.random.default_rng(1)
    bits = (rng.standard_normal((3, 100)).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    wide = (bits.astype(np.uint32) << 16).view(np.float32)
    found = []
    for scores, places in ((bits, 16), (wide.view(np.uint32), 0)):
        ids, values = np.full((3, 7), -1), np.full((3, 7), -np.inf, dtype=np.float32)
        ones, zeros = np.ones(100, np.float32), np.zeros(100, np.float32)
        largest_scores(scores, places, 0, np.array([4, 5, 6]), ones, zeros, ids, values)
        found.append((ids, values))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(np.sort(found[0][1]), np.sort(np.take_along_axis(wide, found[0][0], axis=1)))
