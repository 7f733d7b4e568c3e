import json

import naive
import numpy as np
import pytest
from scipy.optimize import linprog

from sphcode import SphericalCode, one_vs_rest
from sphcode.errors import InvalidInputError, OpenBoundsWarning
from sphcode.margins.screen import Screen


def check(W, tol=1e-12, certified=True, **options):
    """Measure, compare with NNLS, and check every invariant of the result."""
    result = one_vs_rest(W, **options)
    W = np.asarray(W, dtype=float)
    scale = np.linalg.norm(W, axis=1).max()
    truth = naive.one_vs_rest(W)[result.classes]
    assert np.abs(truth - result.distances).max() <= tol * scale
    assert (result.lower <= truth + 1e-13 * scale).all()
    assert (truth <= result.upper + 1e-13 * scale).all()
    assert (result.lower <= result.distances).all()
    assert (result.distances <= result.upper).all()
    assert result.certified.all() == certified
    for k, ids, weights, u, distance in zip(
        result.classes, result.supports, result.support_weights, result.directions, result.distances, strict=True
    ):
        assert k not in ids
        assert (weights > 0).all()
        assert weights.sum() == pytest.approx(1, abs=1e-13)
        assert np.linalg.norm(W[k] - weights @ W[ids]) == pytest.approx(distance, abs=1e-13 * scale)
        assert not u.any() or np.linalg.norm(u) == pytest.approx(1, abs=1e-14)
    return result


def cross_polytope(dim):
    return np.vstack([np.eye(dim), -np.eye(dim)])


KNOWN = {
    "simplex": (np.eye(8) - 1 / 8) / np.linalg.norm(np.eye(8)[0] - 1 / 8),
    "cross-polytope": cross_polytope(20),
    "cube": np.array(np.meshgrid(*[[-1.0, 1.0]] * 6)).reshape(6, -1).T / np.sqrt(6),
    "polygon": np.c_[np.cos(2 * np.pi * np.arange(11) / 11), np.sin(2 * np.pi * np.arange(11) / 11)],
}
VALUES = {"simplex": 8 / 7, "cross-polytope": 1.0, "cube": 1 / 3, "polygon": 1 - np.cos(2 * np.pi / 11)}


@pytest.mark.parametrize("name", KNOWN)
def test_closed_forms(name):
    result = check(KNOWN[name])
    assert np.abs(result.distances - VALUES[name]).max() <= 1e-14
    assert (result.upper - result.lower).max() <= 1e-13


@pytest.mark.parametrize(("n", "dim"), [(40, 3), (200, 10), (120, 64), (6, 50), (2, 5)])
def test_random_unit_rows(n, dim):
    result = check(naive.random_unit(n, dim, seed=n))
    assert (result.upper - result.lower).max() <= 1e-13
    assert not result.inside_hull.any()


def test_clustered_unit_rows():
    rng = np.random.default_rng(2)
    W = np.repeat(naive.random_unit(12, 8, seed=3), 10, axis=0) + 0.1 * rng.standard_normal((120, 8))
    result = check(W / np.linalg.norm(W, axis=1, keepdims=True))
    assert (result.upper - result.lower)[result.distances >= 1e-3].max() <= 1e-13


def test_column_generation_with_ties_beyond_every_candidate_list():
    result = check(cross_polytope(150), classes=[0, 7, 299])
    assert np.abs(result.distances - 1).max() <= 1e-14


def test_raw_rows_inside_the_hull():
    rng = np.random.default_rng(4)
    W = rng.standard_normal((60, 6)) * np.exp(rng.standard_normal((60, 1)))
    result = check(W)
    assert 0 < result.inside_hull.sum() < 60
    for k in range(60):
        others = np.delete(W, k, axis=0)
        hull = linprog(np.zeros(59), A_eq=np.vstack([others.T, np.ones(59)]), b_eq=[*W[k], 1])
        assert result.inside_hull[k] == (hull.status == 0)


def test_duplicates_have_distance_zero():
    W = naive.random_unit(50, 6, seed=5)
    W[3] = W[7] = W[5]
    result = check(W)
    assert result.distances[[3, 5, 7]].tolist() == [0, 0, 0]
    assert result.inside_hull.nonzero()[0].tolist() == [3, 5, 7]


@pytest.mark.parametrize("distance", [1e-5, 1e-7, 1e-9, 1e-12])
def test_near_duplicates_stay_certified(distance):
    W = naive.random_unit(50, 6, seed=6)
    W[3] = W[5] + distance * naive.random_unit(1, 6, seed=7)[0]
    result = check(W)
    assert 0 < result.distances[3] <= distance


def test_degenerate_sets():
    check(np.ones((10, 4)))
    check(np.zeros((3, 4)))
    check(np.arange(30.0)[:, None] * np.ones(4))
    check(np.vstack([np.zeros(5), np.eye(5)]))
    check([[1, 0], [-1, 0]])
    cap = np.eye(10)[0] + 1e-3 * np.random.default_rng(8).standard_normal((80, 10))
    check(cap / np.linalg.norm(cap, axis=1, keepdims=True))


def test_great_circle_with_tiny_distances():
    angles = 2 * np.pi * np.arange(3000) / 3000
    basis = np.linalg.qr(np.random.default_rng(9).standard_normal((20, 20)))[0][:2]
    result = one_vs_rest(np.c_[np.cos(angles), np.sin(angles)] @ basis, classes=range(0, 3000, 100))
    assert np.abs(result.distances - (1 - np.cos(2 * np.pi / 3000))).max() <= 1e-14
    assert result.certified.all()


def near_duplicate(dim, distance, seed):
    """Rows of which two are nearly equal, so that some are inside the hull and within `distance` of another."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((3 * dim + 6, dim))
    W[1] = W[0] + distance * rng.standard_normal(dim)
    return W


@pytest.mark.parametrize("distance", [1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-7, 1e-5])
@pytest.mark.parametrize("dim", [2, 3, 4, 8, 16])
def test_rows_inside_the_hull_and_near_another_are_solved(dim, distance):
    for seed in range(6 if dim <= 4 else 1):
        W = near_duplicate(dim, distance, seed)
        result = one_vs_rest(W)
        truth = [naive.exact_one_vs_rest(W, k) for k in range(2)]
        assert result.certified.all()
        assert (result.lower[:2] <= truth).all()
        assert (truth <= result.upper[:2]).all()
        assert np.abs(result.distances[:2] - truth).max() <= 1e-13


def test_the_matrix_of_five_rows_whose_minimum_was_wrong():
    rng = np.random.default_rng(0)
    W = rng.standard_normal((5, 2))
    W[1] = W[0] + 1e-9 * rng.standard_normal(2)
    result = one_vs_rest(W)
    assert result.minimum <= 1e-15
    assert result.inside_hull.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("seed", range(8))
def test_a_tiny_column_leaves_no_row_open(seed):
    W = np.random.default_rng(seed).standard_normal((12, 4)) * [1, 1, 1, 1e-10]
    result = one_vs_rest(W)
    truth = np.array([naive.exact_one_vs_rest(W, k) for k in range(12)])
    assert result.certified.all()
    assert np.abs(result.distances - truth).max() <= 1e-13


@pytest.mark.parametrize("exponent", [-1060, -1000, -965, -549, -532, -515, -498, -201, 201, 498, 665, 996, 1019])
def test_any_scale(exponent):
    W = naive.random_unit(30, 4, seed=10)
    result = one_vs_rest(np.ldexp(W, exponent))
    back = [np.ldexp(values, -exponent) for values in (result.lower, result.distances, result.upper)]
    precision = max(1e-14, 2.0 ** (-1070 - exponent))
    assert np.abs(np.array(back) - one_vs_rest(W).distances).max() <= 10 * precision
    assert (back[0] <= back[1]).all()
    assert (back[1] <= back[2]).all()
    assert result.certified.all()


@pytest.mark.parametrize("scale", [1e-290, 1e-200, 1e-165, 1e-160, 1e-155, 1e200, 1e300])
def test_bounds_hold_at_any_scale(scale):
    W = np.random.default_rng(0).standard_normal((5, 3)) * scale
    result = one_vs_rest(W)
    truth = np.array([naive.exact_one_vs_rest(W, k) for k in range(5)])
    assert (result.lower <= truth).all()
    assert (truth <= result.upper).all()
    assert result.distances == pytest.approx(truth, rel=1e-13)


@pytest.mark.parametrize("apart", [1e-170, 1e-300, 1e-310])
@pytest.mark.parametrize("size", [1.0, 1e300])
def test_differences_whose_squares_vanish_are_within_the_bounds(apart, size):
    W = np.array([[size, 0.0], [size, apart], [size, 3 * apart]])
    result = one_vs_rest(W)
    assert (result.lower <= [apart, apart, 2 * apart]).all()
    assert (result.upper >= [apart, apart, 2 * apart]).all()


def test_norms_far_apart_have_true_bounds():
    W = np.random.default_rng(1).standard_normal((9, 4)) * 10.0 ** np.linspace(-12, 12, 9)[:, None]
    result = one_vs_rest(W)
    truth = np.array([naive.exact_one_vs_rest(W, k) for k in range(9)])
    assert (result.lower <= truth).all()
    assert (truth <= result.upper).all()


def test_candidates_along_the_whitened_rows_give_the_same_distances(monkeypatch):
    rng = np.random.default_rng(20)
    W = rng.standard_normal((600, 12)) / np.sqrt(np.arange(1, 13)) + 0.7 * np.eye(12)[0]
    nearest = one_vs_rest(W)
    monkeypatch.setattr("sphcode.margins.screen.WHITENED_CLASSES", 500)
    screen = Screen.of(W)
    assert screen.with_root(600).root is not None
    assert screen.with_root(1).root is None
    whitened = one_vs_rest(W)
    assert whitened.certified.all()
    assert np.abs(whitened.distances - nearest.distances).max() <= 1e-13


def test_translation_leaves_the_distances():
    W = naive.random_unit(60, 5, seed=11)
    moved = one_vs_rest(W + np.array([10.0, -3.0, 0.0, 7.0, 1.0]))
    assert np.abs(moved.distances - one_vs_rest(W).distances).max() <= 1e-13


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_low_precision_rows(dtype):
    W = naive.random_unit(40, 5, seed=12).astype(dtype)
    assert one_vs_rest(W).distances.tolist() == one_vs_rest(W.astype(float)).distances.tolist()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_torch_tensors(dtype):
    torch = pytest.importorskip("torch")
    W = torch.tensor(naive.random_unit(40, 5, seed=12), requires_grad=True).to(getattr(torch, dtype))
    expected = one_vs_rest(W.detach().double().numpy())
    assert one_vs_rest(W).distances.tolist() == expected.distances.tolist()


def test_memory_mapped_rows(tmp_path):
    W = naive.random_unit(40, 5, seed=12).astype(np.float32)
    np.save(tmp_path / "w.npy", W)
    mapped = np.load(tmp_path / "w.npy", mmap_mode="r")
    assert one_vs_rest(mapped).distances.tolist() == one_vs_rest(W).distances.tolist()


def test_same_bytes_for_any_number_of_workers():
    W = naive.random_unit(150, 12, seed=13)
    one, two = (one_vs_rest(W, block=16, workers=workers) for workers in (1, 2))
    assert one.directions.tobytes() == two.directions.tobytes()
    assert one.upper.tobytes() == two.upper.tobytes()


def test_some_classes_only():
    W = naive.random_unit(80, 6, seed=14)
    part = one_vs_rest(W, classes=[5, 70, 2])
    assert part.classes.tolist() == [5, 70, 2]
    assert part.distances == pytest.approx(one_vs_rest(W).distances[[5, 70, 2]], abs=1e-14)


def attainable(W, bias, k):
    """Whether some feature makes class k the argmax, by linear programming: max t, <p_j, h> + beta_j >= t."""
    others = np.delete(np.arange(len(W)), k)
    rows = np.hstack([-(W[k] - W[others]), np.ones((len(others), 1))])
    answer = linprog(
        [*np.zeros(W.shape[1]), -1],
        A_ub=rows,
        b_ub=bias[k] - bias[others],
        bounds=[(-1e6, 1e6)] * W.shape[1] + [(None, 1)],
    )
    return -answer.fun > 1e-9


def test_bias_decides_which_classes_can_be_the_argmax():
    rng = np.random.default_rng(15)
    W, bias = rng.standard_normal((60, 4)), rng.standard_normal(60)
    result = one_vs_rest(W, bias=bias)
    assert [attainable(W, bias, k) for k in range(60)] == (~result.inside_hull).tolist()
    assert 0 < result.inside_hull.sum() < 60
    assert (result.directions[:, -1] >= 0).all()
    flat = result.directions[:, -1] == 0
    assert flat.any()
    values = result.directions @ np.c_[W, bias].T
    own = values[np.arange(60), np.arange(60)]
    values[np.arange(60), np.arange(60)] = -np.inf
    outside = ~result.inside_hull
    assert (own - values.max(axis=1))[outside] == pytest.approx(result.distances[outside], abs=1e-12)


def test_zero_bias_changes_nothing():
    W = naive.random_unit(40, 5, seed=16)
    assert one_vs_rest(W, bias=np.zeros(40)).distances == pytest.approx(one_vs_rest(W).distances, abs=1e-14)


def test_uncertified_is_said_and_ends():
    result = one_vs_rest(naive.random_unit(30, 4, seed=17), tol=0.0)
    assert not result.certified.any()
    assert (result.lower > 0).all()
    assert result.minimum_is_open
    with pytest.warns(OpenBoundsWarning, match="30 of 30 distances are not certified: the minimum is from 0.07"):
        assert result.minimum == result.distances.min()


def test_the_minimum_has_two_sides():
    result = one_vs_rest(naive.random_unit(30, 4, seed=17))
    assert result.minimum_lower <= result.minimum <= result.minimum_upper
    assert result.minimum_upper - result.minimum_lower <= 1e-13
    assert not result.minimum_is_open
    assert result.to_dict()["minimum_lower"] == result.lower.min()


def test_result_is_small_and_json_able():
    result = one_vs_rest(np.eye(3))
    assert repr(result) == "OneVsRest(n_classes=3, minimum=1.22474487139, inside_hull=0, certified=3)"
    assert json.loads(json.dumps(result.to_dict()))["distances"] == result.distances.tolist()


def test_progress_counts_classes():
    events = []
    one_vs_rest(naive.random_unit(50, 4, seed=18), block=20, progress=events.append)
    assert [event.done for event in events] == [20, 40, 50]
    assert events[-1].best == one_vs_rest(naive.random_unit(50, 4, seed=18)).minimum


def test_margin_is_at_least_one_minus_max_cosine():
    code = SphericalCode(naive.random_unit(50, 4, seed=19))
    assert one_vs_rest(code.points).minimum >= code.one_vs_rest_distance


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": [[1.0, 2.0]]}, "`weights` must be a matrix of at least 2 rows"),
        ({"weights": [[1.0, np.nan], [0.0, 1.0]]}, "`weights` must be free of NaN"),
        ({"weights": np.eye(3), "bias": [1.0, 2.0]}, "`bias` must be 3 finite numbers"),
        ({"weights": np.eye(3), "bias": [1.0, 2.0, np.inf]}, "`bias` must be 3 finite numbers"),
        ({"weights": np.eye(3), "classes": [3]}, "`classes` must be integers from 0 to 2"),
        ({"weights": np.eye(3), "classes": []}, "`classes` must be a non-empty list"),
        ({"weights": np.eye(3), "tol": -1.0}, "`tol` must be"),
        ({"weights": np.eye(3), "workers": 0}, "`workers` must be"),
        ({"weights": np.eye(3), "block": 0}, "`block` must be"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        one_vs_rest(**arguments)
