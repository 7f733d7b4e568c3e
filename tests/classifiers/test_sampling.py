import numpy as np
import pytest

from sphcode import compare
from sphcode.classifiers.sampling import share_limit, shares_below


def test_the_smallest_of_a_large_population():
    # (1 - p)^M = 0.05 without a finite population
    assert share_limit(10**7, 59, 1) == pytest.approx(1 - 0.05 ** (1 / 59), rel=1e-4)
    assert share_limit(1000, 1000, 1) == 0
    assert share_limit(1000, 999, 1) == 0.001 or share_limit(1000, 999, 1) == 0


@pytest.mark.parametrize(("n_classes", "n_sampled", "rank"), [(300, 40, 1), (300, 40, 4), (300, 200, 20), (50, 10, 5)])
def test_the_statement_is_true_for_at_least_95_samples_of_100(n_classes, n_sampled, rank):
    rng = np.random.default_rng(rank)
    limit, true = share_limit(n_classes, n_sampled, rank), 0
    for _ in range(4000):
        value = np.sort(rng.choice(n_classes, n_sampled, replace=False))[rank - 1]
        true += value / n_classes <= limit  # `value` of the values 0 .. n - 1 are below it
    assert true >= 0.94 * 4000
    assert limit < 1


def test_rows_of_the_table():
    rows = shares_below(np.arange(200)[::-1] / 7, 5000)
    assert [row.rank for row in rows] == [1, 2, 20, 100]
    assert [row.value for row in rows] == [0, 1 / 7, 19 / 7, 99 / 7]
    assert rows[0].share_below < rows[1].share_below < rows[2].share_below < rows[3].share_below


def test_compare_says_what_a_sample_guarantees():
    rows = np.random.default_rng(0).standard_normal((300, 5))
    result = compare(rows, sample=59)
    first = result.to_dict()["sample_guarantee"][0]
    assert first["value"] == result.unit.minimum
    assert first["rank"] == 1
    assert first["confidence"] == 0.95
    assert first["share_below"] == share_limit(300, 59, 1)
    assert any("with 95 % confidence at most 4." in said for said in result.warnings)
    assert compare(rows).to_dict()["sample_guarantee"] is None
