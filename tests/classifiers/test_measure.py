import naive
import numpy as np
import pytest

from sphcode import compare
from sphcode.classifiers.measure import measure


@pytest.mark.parametrize("exponent", [-1000, -965, -664, -532, -300, 300, 664, 996, 1010])
@pytest.mark.parametrize("center", [False, True])
def test_any_scale_of_the_whole_matrix(exponent, center):
    rows = np.random.default_rng(1).standard_normal((6, 3))
    expected, result = compare(rows, center=center), compare(np.ldexp(rows, exponent), center=center)
    assert result.min_one_vs_rest == expected.min_one_vs_rest
    assert result.warnings == expected.warnings
    raw, raw_expected = result.to_dict()["raw"], expected.to_dict()["raw"]
    assert raw["norms"]["max"] == np.ldexp(raw_expected["norms"]["max"], exponent)
    assert raw["norms"]["coefficient_of_variation"] == raw_expected["norms"]["coefficient_of_variation"]
    assert raw["zero_rows"]["count"] == 0


def test_only_a_row_of_zeros_is_a_zero_row():
    rows = np.random.default_rng(2).standard_normal((9, 4)) * 10.0 ** np.linspace(-200, 200, 9)[:, None]
    rows[3] = 0.0
    result = compare(rows)
    assert list(result.raw.zero_rows) == [3]
    assert len(result.unit.rows) == 8
    assert any("norms of the rows differ by a factor above 1e+08" in said for said in result.warnings)
    assert not set(result.raw.never_argmax) & {0, 1, 2}


def test_rows_that_equal_the_mean_have_no_direction_when_centred():
    rows = naive.random_unit(6, 3, seed=3)
    rows[5] = rows[:5].mean(axis=0)
    unit, _ = measure(rows, None, center=True)
    assert list(unit.classes) == [0, 1, 2, 3, 4]
