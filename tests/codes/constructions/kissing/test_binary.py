"""Linear algebra over two elements against brute force."""

import numpy as np
import pytest

from sphcode.codes.constructions.kissing.binary import annihilator, as_bits, as_vector, solve, span


def parity(a, b):
    return (a & b).bit_count() % 2


@pytest.mark.parametrize("seed", range(10))
def test_solve_and_annihilator_against_all_vectors(seed):
    rng = np.random.default_rng(seed)
    rows = [int(row) for row in rng.integers(0, 2**7, 5)]
    kernel = {x for x in range(2**7) if all(parity(x, row) == 0 for row in rows)}
    basis = annihilator(rows, 7)
    assert 2 ** len(basis) == len(kernel)
    assert {as_bits(word) for word in span(np.array([as_vector(v, 7) for v in basis]))} == kernel
    wanted = int(rng.integers(0, 2**7))
    equations = [(row, parity(wanted, row)) for row in rows]
    assert solve(equations) ^ wanted in kernel


def test_contradiction():
    with pytest.raises(ArithmeticError, match="contradict"):
        solve([(0b01, 1), (0b10, 1), (0b11, 1)])
