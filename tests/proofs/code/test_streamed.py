"""Codes with a formula, block by block: against all pairs in exact arithmetic, and rows that are refused."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from sphcode import verify
from sphcode.codes.constructions import construct_named
from sphcode.errors import InvalidInputError
from sphcode.proofs import verify as verifying
from sphcode.proofs.code import streamed as module
from sphcode.proofs.code.streamed import largest_streamed

RNG = np.random.default_rng(3)
SIGNS = np.array([row for row in np.ndindex(3, 3, 3, 3) if np.count_nonzero(np.array(row) - 1) == 2]) - 1


def found(rows, dim, radicand=1):
    return largest_streamed(len(rows), dim, lambda start, stop: rows[start:stop], radicand)


@pytest.mark.parametrize("block", [2048, 5, 23])
def test_whole_rows_against_all_pairs(block, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    rows = RNG.permutation(SIGNS)[:17]
    products = {Fraction(int(a @ b), 2) for i, a in enumerate(rows) for b in rows[:i]}
    result = found(rows, 4)
    assert str(result.cosine) == str(max(products))
    assert [Fraction(int(value.p), int(value.q)) for value in result.inner_products] == sorted(products)


@pytest.mark.parametrize("name", ["e7", "coxeter-todd", "paley_lines", "600-cell", "julin_layers", "hoffman-singleton"])
def test_constructions_have_the_cosine_of_their_formula(name, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 101)
    code = construct_named(name, **({"q": 9} if name == "paley_lines" else {}))
    result = largest_streamed(code.n_points, code.dim, code.integer_rows, code.radicand)
    assert float(result.cosine.ball()) == pytest.approx(float(code.cosine), abs=1e-15)


def test_equal_points_have_cosine_one():
    assert str(found(np.vstack([SIGNS, SIGNS[:1]]), 4).cosine) == "1"


@pytest.mark.parametrize("dim", [3, 2])
def test_rows_that_span_more_dimensions_are_refused(dim):
    """The last row leaves the space of the others."""
    rows = np.array([[1, -1, 0, 0], [0, 1, -1, 0], [1, 0, -1, 0], [0, 0, 1, -1]])
    if dim == 3:
        assert str(found(rows, dim).cosine) == "1/2"
        return
    with pytest.raises(InvalidInputError, match="lie in 2 dimensions"):
        found(rows, dim)


def test_rows_with_roots_that_span_more_dimensions_are_refused():
    rows = np.zeros((3, 3, 2), dtype=np.int64)
    rows[0, 0, 1] = rows[1, 1, 1] = rows[2, 2, 1] = 1
    assert str(found(rows, 3, 2).cosine) == "0"
    with pytest.raises(InvalidInputError, match="lie in 2 dimensions"):
        found(rows, 2, 2)


@pytest.mark.parametrize(
    "rows", [[[1, 0], [1, 1]], [[0, 0], [0, 0]], [[2**40, 0], [0, 2**40]], [[2**26, 0], [0, 2**26]]]
)
def test_other_rows_are_refused(rows):
    with pytest.raises(InvalidInputError, match="`rows` must"):
        found(np.array(rows), 2)


def test_rows_that_are_missing_are_noticed():
    with pytest.raises(InvalidInputError, match="`rows` must"):
        largest_streamed(5, 4, lambda start, stop: SIGNS[start : stop - 1])


def test_irrational_norms_are_refused():
    with pytest.raises(InvalidInputError, match="one norm"):
        found(np.array([[[1, 1], [0, 0]], [[0, 0], [1, 1]]]), 2, 2)


def test_large_codes_are_examined_only_if_asked_for(monkeypatch):
    monkeypatch.setattr(verifying, "LARGE", 100)
    monkeypatch.setattr(module, "_BLOCK", 50)
    code = construct_named("e8")
    with pytest.raises(InvalidInputError, match="more than 100 points, got e8 with 240"):
        verify(code)
    events = []
    verdict = verify(code, large=True, progress=events.append)
    assert (verdict.accepted, verdict.level) == (True, "optimal")
    assert "the largest cosine is 1/2" in verdict.reason
    assert [event.done for event in events] == sorted(event.done for event in events)
    assert events[-1].done == 1
    with pytest.raises(InvalidInputError, match="exact rows"):
        verify(construct_named("polygon", n_points=101), large=True)
    assert "block by block" in verify(code, large=True, digits=30).reason
    monkeypatch.setattr(verifying, "LARGE", 240)
    assert verify(code).accepted


def test_a_code_without_exact_rows_is_examined_by_its_points():
    verdict = verify(construct_named("polygon", n_points=7))
    assert verdict.accepted
    assert "7 points in dimension 2 with max cosine <= 0.62348980185873" in verdict.claim


def test_a_formula_that_gives_a_point_twice_is_refused():
    rows = np.vstack([SIGNS, SIGNS[:1]])
    source = SimpleNamespace(
        n_points=len(rows), dim=4, label="a lie", radicand=1, integer_rows=lambda start, stop: rows[start:stop]
    )
    with pytest.raises(InvalidInputError, match="pairwise different"):
        verify(source)


def test_a_code_of_two_norms_is_examined_by_its_points():
    verdict = verify(construct_named("hadamard", dim=8))
    assert verdict.accepted
    assert "8 with max cosine <= 0.353553" in verdict.claim
