import pytest
from flint import fmpq

from sphcode import best_known
from sphcode.codes.store import Case
from sphcode.table.numbers import against_public, ceiling_value, derived, proven_cosine, public_row


def test_numbers_are_rounded_to_the_safe_side():
    found = derived("0.34", fmpq(1, 3))
    assert found["min_angle_deg"] == "70.123125929921"
    assert found["one_vs_rest_distance"] == "0.66"
    assert found["ceiling"] == "0.33333333333333333"
    # 100 (1 - 0.66 / (2/3)) = 1, rounded up.
    assert found["gap_percent"] == "1.000001"


def test_the_cosine_of_points_is_rounded_up():
    assert proven_cosine([[1.0, 0.0], [0.0, 2.0]]) == "0." + 30 * "0"
    assert proven_cosine([["1", "0"], ["1", "sqrt(8)"]]) == "0." + 29 * "3" + "4"


def test_a_ceiling_for_fewer_points_holds_and_one_for_more_does_not():
    claim = {"dim": 3, "claim": {"n_points": 9, "max_cosine_at_least": "1/4"}}
    assert ceiling_value(claim, Case("points", 3, 10)) == fmpq(1, 4)
    assert ceiling_value(claim, Case("points", 3, 8)) is None
    assert ceiling_value(claim, Case("lines", 3, 5)) == fmpq(1, 4)


def test_a_bound_on_the_number_of_points_is_a_ceiling_beyond_it():
    claim = {"dim": 3, "claim": {"n_points_at_most": "12.4", "max_cosine": "1/2"}}
    assert ceiling_value(claim, Case("points", 3, 13)) == fmpq(1, 2)
    assert ceiling_value(claim, Case("points", 3, 12)) is None


@pytest.mark.parametrize(
    ("claim", "status"),
    [("0.723078468333508538", "equal"), ("0.7230784683", "better"), ("0.72307847", "worse")],
)
def test_against_public(claim, status):
    assert against_public(claim, best_known(3, 24)) == status


def test_what_is_not_public():
    assert against_public("0.5", None) == "not listed"
    assert public_row(Case("lines", 3, 6)) is None
    assert public_row(Case("points", 3, 119)).source.startswith("Sloane")
