import numpy as np
import pytest

from sphcode.symmetry import catalogue
from sphcode.symmetry.irreducibles import representations
from sphcode.symmetry.unions import Unions


def group(name):
    return representations([np.array(g) for g in catalogue.generators(name)])


@pytest.mark.parametrize(
    ("name", "degrees", "n_points", "cosine"),
    [("M22", [1, 21], 100, 1 / 11), ("PSL(3,4)", [1, 20], 162, 1 / 7), ("PGammaL(2,16)", [1, 16], 85, 3 / 20),
     ("2^4:15", [15], 128, 1 / 5)],
)  # fmt: skip
def test_known_codes(name, degrees, n_points, cosine):
    own = group(name)
    found = []
    for last in [k for k, degree in enumerate(own.degrees) if degree == degrees[-1]]:
        parts = (0, last) if len(degrees) == 2 else (last,)
        for union in Unions(own, parts, (n_points, n_points), lambda _: cosine + 0.05, np.random.default_rng(0)):
            points = own.points(parts, union.orbits, union.coordinates)
            products = points @ points.T
            np.fill_diagonal(products, -1.0)
            assert abs(products.max() - union.max_cosine) < 1e-12
            found.append(union.max_cosine)
    assert abs(min(found) - cosine) < 1e-8


@pytest.mark.parametrize(("name", "parts_of"), [("A5", (3, 3)), ("7:6", (6,)), ("A5", (5,))])
def test_the_bound_never_cuts_the_optimum(name, parts_of):
    own = group(name)
    parts = []
    for degree in parts_of:
        parts.append(next(k for k, d in enumerate(own.degrees) if d == degree and k not in parts))
    best = {}
    for cut in (False, True):
        unions = Unions(own, parts, (20, 40), lambda _: 0.7, np.random.default_rng(0), most_orbits=2, cut=cut)
        values = {}
        for union in unions:
            values[union.n_points] = min(values.get(union.n_points, 1.0), union.max_cosine)
        best[cut] = values
        assert unions.examined >= unions.solved > 0
    assert best[True].keys() == best[False].keys()
    assert all(abs(best[True][size] - value) < 1e-6 for size, value in best[False].items())
