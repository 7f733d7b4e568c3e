from sphcode.codes.store import Case, shipped
from sphcode.codes.stored import stored_code, stored_sizes


def test_every_stored_code_is_the_row_of_the_table():
    assert (10, 100) in stored_sizes()
    for dim, n_points in stored_sizes()[::7]:
        code, row = stored_code(dim, n_points), shipped().rows[Case("points", dim, n_points)]
        assert code.points.shape == (n_points, dim)
        # A row above may be better, and then serves less a point.
        assert code.max_cosine <= float(row.max_cosine) + 1e-12


def test_a_smaller_size_is_a_larger_code_less_some_points():
    whole, part = stored_code(10, 100), stored_code(10, 98)
    assert (part.points == whole.points[:98]).all()
    assert part.max_cosine <= whole.max_cosine
    assert part.provenance["stored"] == whole.provenance
    assert stored_code(10, 101) is None
    assert stored_code(23, 2) is None
