import naive
import numpy as np
import pytest

from sphcode import one_vs_rest
from sphcode.errors import OpenBoundsWarning
from sphcode.margins import column_generation
from sphcode.margins.screen import Screen

ROWS = naive.random_unit(150, 12, seed=13)


def test_large_float32_rows_are_measured_as_they_are_stored(monkeypatch):
    single = ROWS.astype(np.float32)
    wide = one_vs_rest(single)
    monkeypatch.setattr("sphcode._validate.LARGE_BYTES", 0)
    monkeypatch.setattr("sphcode._validate.as_matrix", None)
    stored = one_vs_rest(single)
    assert np.abs(stored.distances - wide.distances).max() <= 1e-14
    assert stored.certified.all()
    assert (stored.lower <= wide.upper).all()
    assert (wide.lower <= stored.upper).all()
    for dtype in ("float16", "bfloat16"):
        if dtype == "bfloat16":
            import_bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
        rounded = ROWS.astype(np.float16 if dtype == "float16" else import_bfloat16)
        assert np.abs(one_vs_rest(rounded).distances - one_vs_rest(rounded.astype(np.float32)).distances).max() == 0


@pytest.mark.parametrize("wrong", [0.5, -0.5])
def test_scores_outside_their_error_are_found_and_nothing_is_certified(monkeypatch, wrong):
    monkeypatch.setattr(column_generation, "LEAST_SHARE", 1)
    rows = naive.random_unit(400, 12, seed=14)
    scored, rng = Screen.scores, np.random.default_rng(0)

    def broken(self, vectors, part):
        scores = scored(self, vectors, part)
        scores[rng.random(scores.shape) < 1e-3] += wrong
        return scores

    assert one_vs_rest(rows).certified.all()
    monkeypatch.setattr(Screen, "scores", broken)
    with pytest.warns(OpenBoundsWarning, match="scores were recomputed and found outside their error"):
        result = one_vs_rest(rows)
    assert not result.certified.any()


def test_a_score_that_is_too_high_within_its_error_costs_time_only(monkeypatch):
    rows = naive.random_unit(400, 12, seed=14)
    expected = one_vs_rest(rows)
    scored = Screen.scores

    def rounded(self, vectors, part):
        return scored(self, vectors, part) + np.float32(0.4 * self.margin)

    monkeypatch.setattr(Screen, "scores", rounded)
    result = one_vs_rest(rows)
    assert result.certified.all()
    assert np.abs(result.distances - expected.distances).max() <= 1e-14


def test_pivoting_is_not_even_compiled_in_few_dimensions(monkeypatch):
    monkeypatch.setattr("sphcode.kernels.columns.solve_easy_rows", None)
    weights = naive.random_unit(60, 4, seed=1)
    np.testing.assert_allclose(one_vs_rest(weights).distances, naive.one_vs_rest(weights), atol=1e-9)
    with pytest.raises(TypeError):
        one_vs_rest(naive.random_unit(60, column_generation.PIVOTED, seed=1))


def test_pivoting_and_wolfes_algorithm_answer_alike(monkeypatch):
    weights = naive.random_unit(120, column_generation.PIVOTED, seed=2)
    pivoted = one_vs_rest(weights)
    monkeypatch.setattr(column_generation, "PIVOTED", 1000)
    other = one_vs_rest(weights)
    assert (pivoted.lower <= other.upper).all()
    assert (other.lower <= pivoted.upper).all()
    np.testing.assert_allclose(pivoted.distances, other.distances, atol=1e-12)
