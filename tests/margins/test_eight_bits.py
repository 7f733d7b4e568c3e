import naive
import numpy as np
import pytest

from sphcode import one_vs_rest
from sphcode.margins import device, eight_bits, screen
from sphcode.margins.eight_bits import rounded
from sphcode.margins.rows import Rows
from sphcode.margins.screen import Screen

torch = pytest.importorskip("torch")


@pytest.fixture
def unit(monkeypatch):
    """Multiply in bfloat16 and in 8 bits on any processor, and whiten also few rows."""
    monkeypatch.setattr(device, "bfloat16_unit", lambda: "vector")
    monkeypatch.setattr(eight_bits, "has_unit", lambda: True)
    monkeypatch.setattr(screen, "WHITENED_CLASSES", 1)
    monkeypatch.setattr(screen, "WHITENING_SHARE", np.inf)


ROWS = {
    "random": naive.random_unit(300, 20, seed=1),
    "zero row": np.vstack([np.zeros(20), naive.random_unit(300, 20, seed=2)]),
    "norms far apart": naive.random_unit(300, 20, seed=3) * 10.0 ** np.linspace(-6, 6, 300)[:, None],
    "duplicates": np.vstack([naive.random_unit(200, 20, seed=4), naive.random_unit(200, 20, seed=4)[:9]]),
}


@pytest.mark.parametrize("kept", [0, screen.KEPT_BYTES])
@pytest.mark.parametrize("name", ROWS)
def test_answers_are_those_of_other_products(monkeypatch, unit, name, kept):
    monkeypatch.setattr(screen, "KEPT_BYTES", kept)
    rows, found = ROWS[name], []
    product = eight_bits.product
    monkeypatch.setattr(eight_bits, "product", lambda *both: found.append(1) or product(*both))
    result = one_vs_rest(rows, device="cpu")
    assert found
    assert result.certified.all()
    monkeypatch.setattr(eight_bits, "has_unit", lambda: False)
    other = one_vs_rest(rows, device="cpu")
    assert np.abs(result.distances - other.distances).max() <= 1e-13 * np.linalg.norm(rows, axis=1).max()
    assert (result.lower <= other.upper).all()
    assert (other.lower <= result.upper).all()


@pytest.mark.parametrize("worth", ["nothing", "the contrary"])
def test_wrong_products_cost_time_only(monkeypatch, unit, worth):
    product, rng = eight_bits.product, np.random.default_rng(0)

    def wrong(vectors, rows):
        scores = product(vectors, rows)
        return rng.permuted(scores, axis=1) if worth == "nothing" else -scores

    monkeypatch.setattr(eight_bits, "product", wrong)
    rows = ROWS["random"]
    result = one_vs_rest(rows, device="cpu")
    assert result.certified.all()
    assert np.abs(result.distances - one_vs_rest(rows).distances).max() <= 1e-13


def test_scores_are_near_those_that_they_stand_for(unit):
    raw = (naive.random_unit(100, 40, seed=5) + 30.0).astype(np.float32)
    factors = 1.0 / np.linalg.norm(raw.astype(float), axis=1)
    screened = Screen.of(Rows(raw, factors=factors), "cpu")
    vectors = naive.random_unit(7, 40, seed=6).astype(np.float32)
    exact = vectors @ screened.screened(slice(None)).T
    whole, grains = rounded(vectors)
    scores = screened.whole_scores(whole, slice(0, 100)) * grains[:, None] * screened.eight.grains
    assert np.abs(scores * screened.factors - exact).max() < 0.02 * np.abs(exact).max()


def test_a_function_of_torch_that_is_wrong_is_not_used(monkeypatch):
    monkeypatch.setattr(eight_bits, "bfloat16_unit", lambda: "vector")
    monkeypatch.setattr(eight_bits, "processor_flags", lambda: "flags : fma avx512_vnni")
    eight_bits.has_unit.cache_clear()
    assert eight_bits.has_unit()
    for product in (lambda a, b: a.int() @ b.int() + 1, lambda a, b: a.no_such_method()):
        eight_bits.has_unit.cache_clear()
        monkeypatch.setattr(torch, "_int_mm", product)
        assert not eight_bits.has_unit()
    eight_bits.has_unit.cache_clear()
    monkeypatch.setattr(eight_bits, "processor_flags", lambda: "")
    assert not eight_bits.has_unit()
    eight_bits.has_unit.cache_clear()
