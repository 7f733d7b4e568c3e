import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import naive
import numpy as np
import pytest

from sphcode import SphericalCode, nearest
from sphcode.errors import InvalidInputError


def cosines_of(W):
    rows = W / np.linalg.norm(W, axis=1, keepdims=True)
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    return cosines


@pytest.mark.parametrize(("n", "dim", "top"), [(2, 2, 1), (12, 3, 11), (300, 3, 2), (500, 40, 1), (90, 7, 5)])
def test_against_all_pairs(n, dim, top):
    W = np.random.default_rng(n).standard_normal((n, dim))
    cosines = cosines_of(W)
    result = nearest(W, top=top, bins=45, block=64)
    order = np.argsort(-cosines, axis=1)[:, :top]
    assert np.array_equal(result.index.reshape(n, top), order)
    assert np.abs(result.cosine.reshape(n, top) - np.take_along_axis(cosines, order, axis=1)).max() <= 1e-15
    angles = np.arccos(cosines[np.triu_indices(n, 1)].clip(-1, 1))
    assert result.histogram.tolist() == np.histogram(angles, 45, (0, np.pi))[0].tolist()
    assert result.max_cosine == pytest.approx(cosines.max(), abs=1e-15)
    assert cosines[result.closest_pair] == cosines.max()
    assert result.min_angle == pytest.approx(angles.min(), abs=1e-13)


def test_duplicates_are_told_from_near_duplicates():
    W = np.random.default_rng(1).standard_normal((50, 6))
    W[7], W[30], W[20] = 3 * W[2], W[2], W[9] + 1e-5
    result = nearest(W)
    assert result.duplicates.tolist() == [[2, 7], [2, 30], [7, 30]]
    assert result.near_duplicates.tolist() == [[9, 20]]
    assert result.n_close == 4
    assert result.max_cosine == pytest.approx(1.0, abs=1e-15)
    assert result.max_cosine <= 1.0


def test_same_answer_for_threads_maps_and_processes(tmp_path):
    W = np.random.default_rng(5).standard_normal((300, 9))
    W[200] = W[10]
    alone = nearest(W, top=3, bins=30, block=64)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for workers in (3, map, pool):
            other = nearest(W, top=3, bins=30, block=64, workers=workers)
            assert other.cosine.tobytes() == alone.cosine.tobytes()
            assert other.to_dict() == alone.to_dict()


def test_equal_rows_only():
    result = nearest(np.ones((40, 3)))
    assert len(result.duplicates) == result.n_close == 780
    assert not len(result.near_duplicates)
    assert result.min_angle == pytest.approx(0, abs=1e-14)


def test_ties_beyond_the_candidates_are_settled_in_float64():
    rng = np.random.default_rng(2)
    W = np.vstack([np.eye(60), -np.eye(60)]) + 1e-9 * rng.standard_normal((120, 60))
    cosines = cosines_of(W)
    result = nearest(W)
    assert np.array_equal(result.index, cosines.argmax(axis=1))
    assert result.cosine == pytest.approx(cosines.max(axis=1), abs=1e-16)


@pytest.mark.parametrize("n", [17, 300])
def test_agrees_with_the_code(n):
    code = SphericalCode(naive.random_unit(n, 3, seed=n))
    result = nearest(code.points)
    assert result.max_cosine == pytest.approx(code.max_cosine, abs=1e-15)
    assert result.closest_pair == code.closest_pair
    assert result.min_angle == pytest.approx(code.min_angle, abs=1e-14)


def test_norms_do_not_matter():
    W = naive.random_unit(60, 4, seed=3)
    scales = np.geomspace(1e-200, 1e200, 60)[:, None]
    assert nearest(W * scales).cosine == pytest.approx(nearest(W).cosine, abs=1e-15)


def test_json_and_progress():
    events = []
    result = nearest(naive.random_unit(30, 3, seed=4), block=10, bins=3, progress=events.append)
    assert json.loads(json.dumps(result.to_dict()))["histogram"] == result.histogram.tolist()
    assert [event.done / event.total for event in events] == sorted(event.done / event.total for event in events)
    assert events[-1].done == events[-1].total


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"weights": [[1, 0], [0, 0], [0, 1]]},
            "`weights` must be free of zero rows, got 1 of them, the first is row 1",
        ),
        ({"weights": np.eye(3), "top": 3}, "`top` must be an integer from 1 to 2"),
        ({"weights": np.eye(3), "bins": 0}, "`bins` must be"),
        ({"weights": np.eye(3), "workers": 0}, "`workers` must be"),
        ({"weights": np.eye(3), "near_duplicate_cosine": 1.5}, "`near_duplicate_cosine` must be"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        nearest(**arguments)
