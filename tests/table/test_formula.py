import dataclasses

import pytest

from sphcode import construct, verify
from sphcode.table.formula import formula_claim


@pytest.mark.parametrize(
    ("case", "claim", "level"),
    [
        ((8, 240), "0.50000", "optimal"),
        ((13, 1154), "0.50000", "exists"),
        ((24, 20), "-0.05263", "optimal"),
        ((4, 120), "0.80902", "exists"),
    ],
)
def test_largest_cosine_and_level(case, claim, level):
    found = construct(*case)
    assert formula_claim(found, 5) == (claim, level)
    assert verify(found).level in (level, "optimal")


def test_what_has_no_exact_rows_has_no_claim():
    assert formula_claim(construct(3, 24), 5) is None
    # Rows of different norms are judged as other points are.
    assert formula_claim(construct(9, 15), 5) is None


def test_a_code_of_another_size_is_judged_by_its_rows():
    liar = dataclasses.replace(construct(8, 240), n_points=239)
    assert formula_claim(liar, 5) == ("0.50000", "exists")
    twice = dataclasses.replace(
        construct(8, 240), integer_rows=lambda start, stop: construct(8, 240).integer_rows(0, 1)
    )
    assert formula_claim(twice, 5) is None
