"""Which code a head is held against, and how it is called."""

import numpy as np
import pytest

from sphcode import SphericalCode, best_known
from sphcode.classifiers import reference as module
from sphcode.classifiers.reference import choose_reference

CROSS = SphericalCode(np.vstack([np.eye(4), -np.eye(4)]))


def test_a_row_of_the_table_is_best_known_with_source_and_date():
    row = best_known(3, 24)
    chosen = choose_reference(3, 24, search=False)
    assert chosen.kind == "table"
    assert chosen.source == f"best known ({row.source}, {row.date})"
    assert chosen.one_vs_rest_distance == pytest.approx(1 - row.max_cosine, abs=1e-15)


def test_a_larger_code_serves_fewer_points(monkeypatch):
    monkeypatch.setattr(module, "SEARCH_SIZE", 0)
    chosen = choose_reference(4, 23)
    assert chosen.one_vs_rest_distance >= 0.5


def test_without_a_row_nothing_is_called_best_known():
    assert best_known(9, 23) is None
    chosen = choose_reference(9, 23)
    assert chosen.kind in {"construction", "search"}
    assert chosen.source.startswith("best available (")
    assert chosen.label == "best available"


def test_a_candidate_that_reaches_the_ceiling_ends_the_choice(monkeypatch):
    monkeypatch.setattr(module, "_search", lambda *_: pytest.fail("searched in vain"))
    chosen = choose_reference(64, 100, ceiling=1.0, search=True)
    assert chosen.one_vs_rest_distance == pytest.approx(1.0, abs=1e-12)
    assert chosen.source.startswith("best available (construction ")


def test_the_heads_own_code_is_named_when_it_wins(monkeypatch):
    for rival in ("_table_row", "_construction"):
        monkeypatch.setattr(module, rival, lambda *_: None)
    monkeypatch.setattr(module, "SEARCH_SIZE", 0)
    chosen = choose_reference(4, 8, own=CROSS)
    assert chosen.source == "best available (midpoint code of this head)"
    assert chosen.one_vs_rest_distance == pytest.approx(1.0, abs=1e-14)
    assert choose_reference(4, 8) is None


def test_the_heads_own_code_does_not_win_ties():
    assert choose_reference(4, 8, own=CROSS).kind != "midpoint"


def test_the_same_seed_gives_the_same_reference():
    module._search.cache_clear()
    first = choose_reference(9, 23, rng=3)
    module._search.cache_clear()
    second = choose_reference(9, 23, rng=3)
    assert first.one_vs_rest_distance == second.one_vs_rest_distance
    assert first.source == second.source
