import numpy as np
import pytest

from sphcode import best_known, construct
from sphcode.search.known import constructed, known_code, stored


def test_the_better_of_construction_and_stored_code():
    for dim, n_points in [(3, 13), (3, 24), (4, 25), (5, 41), (8, 240)]:
        known = known_code(dim, n_points)
        both = [code for code in (constructed(dim, n_points), stored(dim, n_points)) if code is not None]
        assert known.max_cosine == min(code.max_cosine for code in both)
        code = known.form()
        assert (code.dim, code.n_points) == (dim, n_points)
        assert code.max_cosine == pytest.approx(known.max_cosine, abs=1e-12)


def test_what_a_construction_says():
    known = constructed(3, 12)
    assert (known.exact, known.proven_optimal) == (True, True)
    assert known.provenance["source"] == "construction icosahedron"
    assert np.array_equal(known.form().points, construct(3, 12).code().points)


def test_what_a_stored_code_says():
    known = stored(5, 41)
    assert (known.exact, known.proven_optimal, known.name) == (False, False, "stored code")
    assert known.max_cosine == pytest.approx(best_known(5, 41).max_cosine, abs=1e-12)
    assert stored(7, 1000) is None
