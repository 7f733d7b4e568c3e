import pytest

from sphcode.search import costs


def test_polishing_costs_grow_with_the_code():
    for dim, sizes in (
        (3, (10, 50, 200, 1000)),
        (3, (2000, 10_000, 100_000)),
        (8, (10, 50, 200, 400)),
        (16, (400, 512, 1000)),
        (64, (100, 200, 1000)),
    ):
        steps = [costs.polish_step(dim, n) * n**2 * dim for n in sizes]
        assert steps[0] < steps[1] * 1.0001 <= steps[-1] * 1.001
        assert len({costs.is_dense(dim, n) for n in sizes}) == 1
    for dim in (3, 8, 64):
        operations = [costs.factorisation(dim, n) for n in (10, 50, 200, 1000)]
        assert operations == sorted(operations)
        # Never more than the dense factorisation.
        assert operations[-1] <= (1000 * (dim - 1)) ** 3


def test_lists_are_cheaper_where_they_are_used():
    assert costs.listed_evaluation(3, 10_000) == pytest.approx(440.0 / 30_000)
    assert costs.listed_evaluation(3, 140) == 1.0
    assert costs.listed_evaluation(16, 512) == 0.25
    assert costs.listed_evaluation(64, 1000) == 1.0
    assert costs.unknowns(3, 100) == 200


def test_overlaps_are_cheaper_where_they_are_listed():
    shares = [costs.overlap_evaluation(dim) for dim in (3, 4, 5, 6, 16)]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.5 < shares[-1] < 1.0
