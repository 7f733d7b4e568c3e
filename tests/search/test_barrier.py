import naive
import numpy as np
import pytest

from sphcode.codes.constructions import construct
from sphcode.search.barrier import Constraints, interior_point, newton
from sphcode.search.polish import polish
from sphcode.search.sphere import unit

NOBODY = np.zeros(0, np.int64)


def noisy(code, size=1e-6):
    return unit(code + size * np.random.default_rng(0).standard_normal(code.shape))


def test_constraints_are_the_nearest_pairs_and_balance_on_average():
    points = naive.random_unit(60, 6, 2)
    pairs = Constraints(points, 1e-4)
    cosines = np.sort((points @ points.T)[np.tril_indices(60, -1)])[::-1]
    assert len(pairs.first) <= 2.5 * 300
    assert np.allclose(np.sort(pairs.level - pairs.slack)[::-1], cosines[: len(pairs.first)])
    assert pairs.multipliers.sum() == pytest.approx(1.0)
    assert np.allclose(pairs.slack * pairs.multipliers, 1e-4)
    assert pairs.in_doubt()


def test_interior_point_and_newton_end_at_the_icosahedron():
    code = construct(3, 12).points
    points = noisy(code)
    pairs, made = interior_point(points, NOBODY, 1e-6, 1e-14, 100, lambda: False)
    assert 0 < made < 100
    contacts = pairs.multipliers > pairs.slack
    first, second, stress = pairs.first[contacts], pairs.second[contacts], pairs.multipliers[contacts]
    assert len(first) == 30
    spread, residual = newton(points, NOBODY, first, second, stress, stop=lambda: False)
    assert spread < 1e-14
    assert residual < 1e-13
    assert np.einsum("ij,ij->i", points[first], points[second]) == pytest.approx(np.full(30, 0.2**0.5), abs=1e-14)


def test_both_end_when_told_to():
    points = noisy(construct(3, 12).points)
    before = points.copy()
    pairs, made = interior_point(points, NOBODY, 1e-6, 1e-14, 100, lambda: True)
    assert made == 0
    assert np.array_equal(points, before)
    assert newton(points, NOBODY, pairs.first, pairs.second, pairs.multipliers, stop=lambda: True) == (np.inf, np.inf)


def test_a_structured_code_with_many_contacts_is_polished():
    # Some 4 contacts for each unknown, of which the method takes 2.5 as a rule; sharpened, it is centred as it is.
    found = polish(noisy(construct(16, 256).points, 1e-5), 1e-3)
    assert found.critical
    assert found.max_cosine == pytest.approx(0.25, abs=1e-15)
    assert len(found.first) == 14_336
