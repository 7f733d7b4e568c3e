import pickle

import naive
import numpy as np

from sphcode.margins.screen import Screen, StoredRows


def observed_error(screen, weights):
    """The largest error of a float32 score of a unit vector, against float64."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((200, weights.shape[1]))
    directions[0] = weights.mean(axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    scores = directions.astype(np.float32) @ screen.copy.T
    exact = directions @ ((weights.astype(float) - screen.origin) / screen.unit).T
    return np.abs(scores - exact).max()


def test_errors_of_scores_are_below_the_margin():
    rng = np.random.default_rng(1)
    common = np.append(3.0, np.zeros(63))
    for rows in (rng.standard_normal((500, 64)), rng.standard_normal((500, 64)) + 20 * common, 1e-9 * common + common):
        weights = np.atleast_2d(rows) * np.ones((500, 1))
        screen = Screen.of(weights)
        assert observed_error(screen, weights) <= screen.margin


def test_float32_rows_are_screened_as_they_are_stored():
    weights = naive.random_unit(300, 40, seed=2).astype(np.float32)
    screen = Screen.of(weights)
    assert screen.copy is weights
    assert observed_error(screen, weights) <= screen.margin
    assert screen.rows(np.array([3, 5])).tolist() == weights[[3, 5]].astype(float).tolist()


def test_float32_rows_far_from_zero_are_centred():
    weights = (naive.random_unit(300, 40, seed=3) + 50.0).astype(np.float32)
    screen = Screen.of(weights)
    assert screen.copy is not weights
    assert observed_error(screen, weights) <= screen.margin


def test_mapped_rows_travel_as_a_path(tmp_path):
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.ascontiguousarray(np.load(tmp_path / "rows.npy", mmap_mode="r"))
    for array, expected in ((mapped, rows), (mapped[1:], rows[1:])):
        message = pickle.dumps(StoredRows(array))
        assert b"rows.npy" in message
        assert pickle.loads(message).array.tolist() == expected.tolist()
    message = pickle.dumps(StoredRows(rows))
    assert b"rows.npy" not in message
    assert pickle.loads(message).array.tolist() == rows.tolist()
