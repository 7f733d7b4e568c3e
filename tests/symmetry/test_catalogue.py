import math

import numpy as np
import pytest

from sphcode.errors import InvalidInputError
from sphcode.symmetry import catalogue
from sphcode.symmetry.fields import Field
from sphcode.symmetry.irreducibles import representations
from sphcode.symmetry.permutations import RandomElements, inverse, orbit_labels, stabiliser


def order(generators):
    """The order of a small group, all elements listed."""
    items = [tuple(range(len(generators[0])))]
    seen = set(items)
    for item in items:
        for g in generators:
            new = tuple(item[x] for x in g)
            if new not in seen:
                seen.add(new)
                items.append(new)
    return len(items)


@pytest.mark.parametrize("q", [4, 5, 8, 9, 16, 25, 27, 32])
def test_fields(q):
    field = Field(q)
    assert np.array_equal(np.sort(field.mul[1:, 1:], axis=1), np.tile(np.arange(1, q), (q - 1, 1)))
    x = np.arange(q)
    assert np.array_equal(field.mul[3][field.add[2]], field.add[field.mul[3, 2]][field.mul[3]])
    assert all(field.frobenius(int(v), field.degree) == v for v in x)


def test_at_least_forty_groups_of_permutations():
    assert len(catalogue.names()) >= 40
    for name in catalogue.names():
        for g in catalogue.generators(name):
            assert sorted(g) == list(range(len(g)))


@pytest.mark.parametrize(
    ("name", "count"),
    [("7:3", 21), ("AGammaL(1,8)", 168), ("PSL(2,7)", 168), ("PGL(2,9)", 720), ("PGammaL(2,9)", 1440), ("A6", 360),
     ("SL(2,5)", 120), ("ASL(2,3)", 216), ("AGL(2,3)", 432), ("PSL(3,3)", 5616), ("M11", 7920), ("S3wrS3", 1296),
     ("A5xC3", 180), ("2xAGammaL(1,8)", 336), ("PSU(3,3)", 6048)],
)  # fmt: skip
def test_orders(name, count):
    assert order(catalogue.generators(name)) == count


@pytest.mark.parametrize("name", ["7:6", "2^4:15", "PSL(2,7)", "A6", "M22", "C3wrA4"])
def test_dimensions_are_those_of_the_irreducibles(name):
    rows = [np.array(g) for g in catalogue.generators(name)]
    assert catalogue.degrees(name) == representations(rows).degrees


def test_unknown_name():
    with pytest.raises(InvalidInputError, match="`symmetry` must be one of the catalogue"):
        catalogue.generators("monster")


def test_permutations():
    rows = [np.array(g) for g in catalogue.generators("S5")]
    assert np.array_equal(rows[1][inverse(rows[1])], np.arange(5))
    assert set(orbit_labels([rows[0]], 5)) == {0, 1, 2, 3}
    assert order([tuple(g) for g in stabiliser(rows, 0)]) == math.factorial(4)
    words = RandomElements(rows, np.random.default_rng(0))
    assert len({tuple(words.element()) for _ in range(300)}) > 60
