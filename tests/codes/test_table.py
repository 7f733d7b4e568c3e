"""The reference table: unique rows, safe values, and the shipped codes that back our own rows."""

from decimal import Decimal
from importlib.resources import as_file, files

import pytest

from sphcode import SphericalCode, best_known
from sphcode.codes.table import best_known_at_least, rows
from sphcode.errors import InvalidInputError


def test_rows_are_well_formed():
    assert len({(row.dim, row.n_points) for row in rows()}) == len(rows())
    for row in rows():
        assert row.source
        assert row.date
        assert -1 <= row.max_cosine < 1
        assert row.n_points >= 2


def test_rows_in_one_dimension_do_not_contradict_each_other():
    for dim in {row.dim for row in rows()}:
        cosines = [row.max_cosine for row in rows() if row.dim == dim]
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


def test_shipped_codes_have_the_cosine_of_their_row():
    shipped = [item for item in (files("sphcode.data") / "codes").iterdir() if item.name.endswith(".npz")]
    own = {(row.dim, row.n_points) for row in rows() if row.source.startswith("sphcode")}
    found = set()
    for item in shipped:
        with as_file(item) as path:
            code = SphericalCode.load(path)
        row = best_known(code.dim, code.n_points)
        assert item.name == f"{code.dim}_{code.n_points}.npz"
        # The table is rounded up, so that the code provably reaches it.
        assert 0 <= Decimal(row.digits) - Decimal(code.max_cosine) < Decimal("1e-14")
        found.add((code.dim, code.n_points))
    assert found == own
    assert (10, 100) in own
