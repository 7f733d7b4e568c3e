import math

import naive
import pytest

from sphcode import generate, refine
from sphcode.errors import Status
from sphcode.search.descent.engine import descend_large
from sphcode.search.descent.schedules import large_schedule


def test_descent_can_be_stopped_and_keeps_the_order_of_points():
    points = naive.random_unit(400, 3, 3)
    before = points.copy()
    cosine, evaluations = descend_large(points, large_schedule(3, 400), lambda: True)
    assert (points == before).all()
    assert evaluations == 1
    assert cosine == pytest.approx(naive.max_cosine(points), abs=1e-14)


def test_a_large_code_in_three_dimensions_converges():
    result = generate(3, 400, rng=0, constructions=False, effort=3000)
    assert result.status is Status.CONVERGED
    assert result.kkt_residual <= 1e-13
    assert result.contact_spread <= 1e-13
    # An infinite hexagonal packing has density pi / sqrt(12); a cap of half the angle each covers this share.
    assert 0.84 < 400 * (1.0 - math.cos(0.5 * math.acos(result.max_cosine))) / 2.0 < math.pi / math.sqrt(12)
    assert result.max_cosine == pytest.approx(naive.max_cosine(result.code.points), abs=1e-15)
    again = refine(result.code)
    assert again.status is Status.CONVERGED
    assert again.max_cosine == pytest.approx(result.max_cosine, abs=1e-14)


def test_a_large_code_does_not_depend_on_workers():
    one, two = (generate(3, 310, rng=0, constructions=False, effort=4000, workers=n) for n in (1, 2))
    assert (one.code.points == two.code.points).all()
    assert one.to_dict() | {"elapsed_s": 0} == two.to_dict() | {"elapsed_s": 0}


def test_many_dimensions_improve_with_effort():
    little, much = (generate(64, 300, rng=0, constructions=False, effort=effort) for effort in (20, 200))
    assert much.max_cosine < little.max_cosine
    assert much.status is Status.EFFORT


def test_time_stops_a_large_code():
    result = generate(64, 1000, rng=0, constructions=False, time_limit=2.0)
    assert result.status is Status.TIME
    assert result.elapsed < 20.0
    assert result.max_cosine < 0.6
