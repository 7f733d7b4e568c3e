"""Collapse metrics against plain NumPy, their known values, and their refusals."""

import math

import naive
import numpy as np
import pytest

from sphcode import hardmax_value
from sphcode.classifiers import collapse
from sphcode.errors import InvalidInputError


@pytest.fixture(scope="module", params=[(12, 5), (4, 7)], ids=["more classes than dim", "fewer classes than dim"])
def sample(request):
    n_classes, dim = request.param
    rng = np.random.default_rng(n_classes)
    centres = rng.standard_normal((n_classes, dim))
    labels = rng.permutation(np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, 300)]))
    features = 3.0 * centres[labels] + rng.standard_normal((len(labels), dim))
    weights = centres + 0.3 * rng.standard_normal(centres.shape)
    return weights, features, labels


@pytest.mark.parametrize("block", [4096, 64])
def test_statistics_agree_with_plain_numpy(sample, block, monkeypatch):
    monkeypatch.setattr(collapse, "_BLOCK", block)
    weights, features, labels = sample
    found = collapse.class_statistics(features, labels, len(weights))
    means, within, variances, counts = naive.class_moments(features, labels, len(weights))
    np.testing.assert_allclose(found.class_means, means, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.within_class_covariance, within, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.class_variances, variances, rtol=1e-12)
    np.testing.assert_array_equal(found.class_counts, counts)
    assert np.trace(within) == pytest.approx(counts @ variances / counts.sum(), rel=1e-12)


@pytest.mark.parametrize("block", [1024, 3])
def test_metrics_agree_with_plain_numpy(sample, block, monkeypatch):
    monkeypatch.setattr(collapse, "_PAIR_BLOCK", block)
    weights, features, labels = sample
    means, within, variances, _ = naive.class_moments(features, labels, len(weights))
    pairs = [
        (collapse.gnc1(means, within), naive.gnc1(means, within)),
        (collapse.gnc3(weights, means), naive.gnc3(weights, means)),
        (collapse.gnc3(weights, means, center=False), naive.gnc3(weights, means, center=False)),
        (collapse.cdnv(means, variances), naive.cdnv(means, variances)),
        (collapse.ncc_accuracy(features, labels, means), naive.ncc_accuracy(features, labels, means)),
        (hardmax_value(weights, collapse.unit_rows(means, "class_means")), naive.hardmax_value(weights, means)),
        (collapse.uniformity(weights), naive.uniformity(weights)),
        (collapse.frame_potential(weights), naive.frame_potential(weights)),
        (collapse.effective_rank(weights), naive.effective_rank(weights)),
    ]
    for found, expected in pairs:
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_perfect_collapse():
    corners = np.vstack([np.eye(4), -np.eye(4)])
    features, labels = np.repeat(corners, 3, axis=0) * 7.0, np.repeat(np.arange(8), 3)
    found = collapse.class_statistics(features, labels, 8)
    assert collapse.gnc1(found.class_means, found.within_class_covariance) == 0.0
    assert collapse.gnc3(corners, found.class_means) == 0.0
    assert collapse.cdnv(found.class_means, found.class_variances) == 0.0
    assert collapse.ncc_accuracy(features, labels, found.class_means) == 1.0
    assert collapse.frame_potential(corners) == pytest.approx(1.0, abs=1e-15)
    assert collapse.effective_rank(corners) == pytest.approx(4.0, abs=1e-12)
    assert collapse.norm_spread(corners) == 0.0


def test_simplex_attains_the_uniformity_bound():
    simplex = np.eye(5) - 0.2
    assert collapse.uniformity(simplex) == pytest.approx(-4 * 5 / 4, abs=1e-12)


def test_near_means_lose_no_digits():
    means = np.eye(3)
    means[1] = means[0] + [0.0, 1e-9, 0.0]
    assert collapse.cdnv(means, np.ones(3)) == pytest.approx((1e18 + 0.5 + 0.5) / 3, rel=1e-12)


def test_equal_means_give_infinity():
    assert collapse.cdnv(np.ones((3, 2)) / 3, np.ones(3)) == math.inf
    assert collapse.cdnv(np.ones((3, 2)) / 3, np.zeros(3)) == math.inf


def test_norm_spread_and_effective_rank_of_one_direction():
    assert collapse.norm_spread([[1.0, 0.0], [3.0, 0.0]]) == 0.5
    assert collapse.effective_rank([[1.0, 0.0], [3.0, 0.0]]) == pytest.approx(1.0, abs=1e-12)


def test_self_duality_skips_rows_without_direction():
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    directions = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    assert collapse.self_duality(weights, directions) == 0.0
    assert collapse.self_duality(weights, np.zeros((3, 2))) == 1.0


def test_torch_tensors_are_taken_as_they_are(sample):
    torch = pytest.importorskip("torch")
    weights, features, labels = sample
    tensor = torch.tensor(weights, requires_grad=True)
    assert collapse.effective_rank(tensor) == collapse.effective_rank(weights)
    coarse = collapse.class_statistics(torch.tensor(features).bfloat16(), torch.tensor(labels), len(weights))
    exact = collapse.class_statistics(features, labels, len(weights))
    np.testing.assert_allclose(coarse.class_means, exact.class_means, atol=4e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: collapse.class_statistics(np.ones((3, 2)), [0, 1], 2), "`features` must be a matrix of 2 rows"),
        (lambda: collapse.class_statistics(np.ones((2, 2)), [0, 0], 2), "none for class 1"),
        (lambda: collapse.class_statistics(np.ones((2, 2)), [0, 2], 2), "classes from 0 to 1"),
        (lambda: collapse.class_statistics(np.ones((2, 2)), [0.0, 1.0], 2), "a list of integers"),
        (lambda: collapse.class_statistics([[1, 2], [0, 0]], [0, 1], 2), "a bad one, row 1"),
        (lambda: collapse.class_statistics([[1, 2], [0, math.nan]], [0, 1], 2, normalize=False), "row 1"),
        (lambda: collapse.gnc1(np.eye(3), np.eye(2)), "`within_class_covariance` must be of shape"),
        (lambda: collapse.gnc3(np.eye(3), np.eye(2)), "`class_means` must be of the weights' shape"),
        (lambda: collapse.gnc3(np.eye(3), np.ones((3, 3))), "free of zero rows"),
        (lambda: collapse.self_duality(np.eye(3), np.eye(2)), "`directions`"),
        (lambda: collapse.cdnv(np.eye(3), [1.0, -1.0, 0.0]), "`class_variances`"),
        (lambda: collapse.ncc_accuracy(np.ones((2, 3)), [0, 1], np.eye(2)), "`features` must be of shape"),
        (lambda: collapse.unit_rows(np.zeros((3, 3)), "class_means"), "`class_means` must be free of zero rows"),
        (lambda: collapse.effective_rank(np.zeros((2, 2))), "non-zero row"),
        (lambda: collapse.norm_spread(np.zeros((2, 2))), "non-zero row"),
        (lambda: collapse.uniformity([[1, 0], [math.nan, 1]]), "free of NaN"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()
