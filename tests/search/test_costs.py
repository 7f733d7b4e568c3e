import pytest

from sphcode.search import costs


def test_polishing_costs_grow_with_the_code():
    for dim in (3, 8, 64):
        steps = [costs.polish_step(dim, n) for n in (10, 50, 200, 1000)]
        operations = [costs.factorisation(dim, n) for n in (10, 50, 200, 1000)]
        assert steps[0] < steps[1] * 1.0001 <= steps[3] * 1.001
        assert operations == sorted(operations)
        # Never more than the dense factorisation.
        assert operations[-1] <= (1000 * (dim - 1)) ** 3


def test_lists_are_cheaper_where_they_are_used():
    assert costs.listed_evaluation(3, 10_000) == pytest.approx(900.0 / 30_000)
    assert costs.listed_evaluation(3, 300) == 1.0
    assert costs.listed_evaluation(16, 512) == 0.25
    assert costs.listed_evaluation(64, 1000) == 1.0
    assert costs.unknowns(3, 100) == 200
