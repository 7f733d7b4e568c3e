import numpy as np
import pytest

from sphcode import construct, generate
from sphcode.search.parents import Parent
from sphcode.table.relaxed import TRIES, relaxed


def parent(points, origin="(5, 16)"):
    cosines = points @ points.T - 2 * np.eye(len(points))
    return Parent(points, float(cosines.max()), origin)


@pytest.fixture(scope="module")
def larger():
    return parent(generate(4, 21, effort=20_000).points)


def test_a_larger_code_less_a_point_is_better_relaxed(larger):
    code, origin, effort = relaxed([larger], 20, np.random.default_rng(0))
    assert code.points.shape == (20, 4)
    assert code.max_cosine < larger.max_cosine - 1e-3
    assert code.max_cosine == pytest.approx(parent(code.points).max_cosine, abs=1e-14)
    assert origin == "20 of the 21 points of (5, 16), relaxed"
    assert effort >= code.effort > 0


def test_the_same_stream_gives_the_same_code(larger):
    first, again = (relaxed([larger], 20, np.random.default_rng(3))[0].points for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_smaller_codes_are_none_to_take_points_from(larger):
    assert relaxed([larger], 21, np.random.default_rng(0)) is None
    assert relaxed([], 21, np.random.default_rng(0)) is None


def test_parents_take_turns(larger):
    # The icosahedron is better than what the others leave of 12 points, and is found in the last place too.
    best = parent(np.hstack([construct(3, 12).code().points, np.zeros((12, 1))]), "an equator")
    code, origin, _ = relaxed([*[larger] * (TRIES - 1), best], 11, np.random.default_rng(0))
    assert code.max_cosine <= best.max_cosine + 1e-12
    assert origin
