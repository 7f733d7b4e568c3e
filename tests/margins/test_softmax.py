import json

import numpy as np
import pytest

from sphcode import best_known, one_vs_rest, softmax_code
from sphcode.margins.softmax import place_rattlers

EFFORT = 20_000


@pytest.mark.parametrize(("dim", "n"), [(2, 9), (3, 4), (3, 6), (3, 10), (3, 14), (4, 10), (5, 16), (6, 5)])
def test_distance_is_one_minus_the_best_known_cosine(dim, n):
    result = softmax_code(dim, n, rng=0, effort=EFFORT)
    row = best_known(dim, n)
    assert result.distances.minimum == pytest.approx(
        1 - (result.search.max_cosine if row is None else row.max_cosine), abs=1e-10
    )
    assert result.one_vs_rest_distance <= result.distances.minimum
    assert result.distances.certified.all()


@pytest.mark.parametrize(("dim", "n"), [(3, 19), (3, 20), (4, 27)])
def test_rattlers_end_at_deep_holes(dim, n):
    result = softmax_code(dim, n, rng=0, effort=EFFORT)
    before = one_vs_rest(result.search.code.points).distances
    assert result.rattlers
    assert result.code.max_cosine == pytest.approx(result.search.max_cosine, abs=1e-14)
    fixed = np.setdiff1d(np.arange(n), result.rattlers)
    assert result.code.points[fixed] == pytest.approx(result.search.code.points[fixed], abs=1e-15)
    for k in result.rattlers:
        cosine = np.delete(result.code.points @ result.code.points[k], k).max()
        after = result.distances.distances[k]
        assert after >= before[k] - 1e-13
        assert after > result.distances.minimum
        assert after == pytest.approx(1 - cosine, abs=1e-12)


def test_a_displaced_rattler_returns():
    result = softmax_code(3, 19, rng=0, effort=EFFORT)
    (k,) = result.rattlers
    moved = result.code.points.copy()
    moved[k] += [0.01, -0.01, 0.005]
    moved[k] /= np.linalg.norm(moved[k])
    placed = place_rattlers(moved, (k,))
    assert one_vs_rest(placed).distances[k] == pytest.approx(result.distances.distances[k], abs=1e-12)


def test_json():
    result = softmax_code(3, 7, rng=0, effort=EFFORT)
    assert json.loads(json.dumps(result.to_dict()))["rattlers"] == []
