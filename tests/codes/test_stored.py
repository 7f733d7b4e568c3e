import pytest

from sphcode import best_known
from sphcode.codes.stored import stored_code, stored_sizes


def test_every_stored_code_is_the_row_of_the_table():
    assert len(stored_sizes()) >= 5
    for dim, n_points in stored_sizes():
        code = stored_code(dim, n_points)
        assert code.points.shape == (n_points, dim)
        assert code.max_cosine == pytest.approx(best_known(dim, n_points).max_cosine, abs=1e-12)


def test_a_smaller_size_is_a_larger_code_less_some_points():
    whole, part = stored_code(10, 100), stored_code(10, 98)
    assert (part.points == whole.points[:98]).all()
    assert part.max_cosine <= whole.max_cosine
    assert part.provenance["stored"] == whole.provenance
    assert stored_code(10, 101) is None
    assert stored_code(9, 2) is None
