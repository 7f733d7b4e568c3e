import numpy as np
import pytest

from sphcode.codes.constructions.finite_field import Field, field, prime_power, prime_powers


def test_prime_powers():
    assert prime_powers(32) == [2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, 23, 25, 27, 29, 31, 32]
    assert [prime_power(q) for q in (1, 2, 64, 81, 97, 100)] == [None, (2, 1), (2, 6), (3, 4), (97, 1), None]
    with pytest.raises(ValueError, match="not a prime power"):
        Field(12)


@pytest.mark.parametrize("q", [2, 3, 4, 5, 8, 9, 16, 25, 27, 49])
def test_axioms(q):
    f, elements = field(q), np.arange(q)
    a, b, c = np.meshgrid(elements, elements, elements[: min(q, 9)], indexing="ij")
    assert (f.add(a, b) == f.add(b, a)).all()
    assert (f.multiply(a, b) == f.multiply(b, a)).all()
    assert (f.add(f.add(a, b), c) == f.add(a, f.add(b, c))).all()
    assert (f.multiply(f.multiply(a, b), c) == f.multiply(a, f.multiply(b, c))).all()
    assert (f.multiply(a, f.add(b, c)) == f.add(f.multiply(a, b), f.multiply(a, c))).all()
    assert (f.add(elements, 0) == elements).all()
    assert (f.multiply(elements, 1) == elements).all()
    # Every row of either table is a permutation: there are negatives and inverses.
    for element in elements:
        assert sorted(f.add(elements, element)) == list(elements)
        assert element == 0 or sorted(f.multiply(elements, element)) == list(elements)


@pytest.mark.parametrize("q", [4, 9, 27, 64])
def test_powers_and_trace(q):
    f, elements = field(q), np.arange(q)
    assert (f.power(elements, 3) == f.multiply(f.multiply(elements, elements), elements)).all()
    assert (f.power(elements, q) == elements).all()
    traces = f.trace(elements)
    assert set(np.bincount(traces)) == {q // f.p}
    assert (f.trace(f.power(elements, f.p)) == traces).all()
    assert (f.trace(f.add(elements, 1)) == (traces + f.trace(1)) % f.p).all()
