"""The best on record: unique rows, safe values, published ones where those of the package are not better."""

from decimal import Decimal

import pytest

from sphcode import best_known
from sphcode.codes.store import shipped
from sphcode.codes.table import best_known_at_least, published, rows, stored_as_good
from sphcode.errors import InvalidInputError


def test_rows_are_well_formed():
    assert len({(row.dim, row.n_points) for row in rows()}) == len(rows())
    for row in rows():
        assert row.source
        assert row.date
        assert -1 <= row.max_cosine < 1
        assert row.n_points >= 2


def test_rows_in_one_dimension_do_not_contradict_each_other():
    for dim in {row.dim for row in published().values()}:
        cosines = [row.max_cosine for row in published().values() if row.dim == dim]
        assert cosines == sorted(cosines)


def test_formula_rows():
    assert best_known(7, 8).max_cosine == pytest.approx(-1 / 7, abs=1e-16)
    assert best_known(3, 12).max_cosine == pytest.approx(5**-0.5, abs=1e-16)
    assert best_known(3, 12).one_vs_rest_distance == pytest.approx(1 - 5**-0.5, abs=1e-16)
    assert best_known(3, 12).proven_optimal


def test_missing_rows():
    assert best_known(3, 5000) is None
    assert best_known_at_least(3, 5000) is None
    with pytest.raises(InvalidInputError, match="`n_points` must be an integer >= 2, got 1"):
        best_known(3, 1)


def test_at_least():
    assert best_known_at_least(8, 239) == best_known(8, 240)
    assert best_known_at_least(3, 24) == best_known(3, 24)


def test_a_code_of_the_package_stands_where_it_is_better():
    better = [row for row in shipped().rows.values() if row.status == "better" and row.kind == "points"]
    assert len(better) >= 7
    for row in better:
        best, public = best_known(row.dim, row.n_points), published()[row.dim, row.n_points]
        assert best.digits == row.max_cosine
        assert best.source == f"sphcode table: {row.found_by.removesuffix(f' ({best.date})')}"
        # Rounded up, so that the code provably reaches it.
        assert Decimal(best.digits) < Decimal(public.digits) == Decimal(row.public)
    assert best_known(5, 41).date > "2026"
    assert best_known(10, 100).source.startswith("sphcode table: ")
    assert (10, 100) not in published()


def test_a_published_value_stands_where_ours_is_not_better():
    assert best_known(3, 24) == published()[3, 24]
    assert all(not row.source.startswith("sphcode") for row in published().values())


def test_only_codes_as_good_as_the_best_count_as_stored():
    assert stored_as_good(5, 41)
    assert not stored_as_good(3, 999)
