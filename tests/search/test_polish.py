import naive
import numpy as np
import pytest

from sphcode.kernels.descent import descend
from sphcode.search.descent.schedules import SCHEDULES
from sphcode.search.polish import polish


def test_a_code_of_many_unknowns_is_polished_from_a_rough_descent():
    points = naive.random_unit(230, 6, 1)
    none = np.zeros(0, np.int64)
    schedule = SCHEDULES["soft"]
    rough = descend(points[None], 230, (np.zeros((0, 6, 6)), none, none, none, np.zeros(0)), *schedule.arrays())[0][0]
    polished = polish(points, schedule.gap(rough))
    assert polished.critical
    assert polished.max_cosine < rough - schedule.gap(rough)
    again = polish(polished.points, 1e-9)
    assert again.critical
    assert again.max_cosine == pytest.approx(polished.max_cosine, abs=1e-14)
