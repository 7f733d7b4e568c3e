"""Optimality is claimed only where a bound meets the code exactly, or a theorem names the number."""

import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpz_poly

from sphcode.proofs.code.check import prove_code
from sphcode.proofs.finding import Reason
from sphcode.proofs.optimality import THEOREMS, cited_optimal, judge, proven_optimal
from sphcode.proofs.sharp import Surd, check_zeros


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("tetrahedron", "optimal"),
        ("octahedron", "optimal"),
        ("five of the octahedron", "optimal"),
        ("half cube", "optimal"),
        ("e8", "optimal"),
        ("heptagon", "optimal"),
        ("icosahedron", "optimal"),
        ("snub cube", "optimal-cited"),
        ("3,13", "optimal-cited"),
        ("3,19", "strict-local"),
    ],
)
def test_levels(codes, name, level):
    assert judge(prove_code(codes[name], 130))[0] == level


def test_the_square_in_space_is_not_optimal():
    square = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]], dtype=float)
    proof = prove_code(square, 100)
    assert judge(proof)[0] == "exists"
    assert proof.radius == np.inf


def test_sharp_data_with_a_wrong_number_prove_nothing():
    exact = tuple(Surd(fmpq(numerator, 2), fmpq(0), 1) for numerator in (-2, -1, 0, 1))
    assert proven_optimal(8, 240, 6720, exact) is not None
    assert proven_optimal(8, 239, 6720, exact) is None
    assert proven_optimal(7, 240, 6720, exact) is None
    assert proven_optimal(4, 24, 96, exact) is None


def test_stored_certificates_are_about_their_cosine_only():
    """(4, 10) by a three-point certificate of 1/6, (4, 120) by one of (1 + sqrt(5)) / 4 in any form of the root."""
    exact = tuple(Surd(fmpq(*value), fmpq(0), 1) for value in ((-2, 3), (1, 6)))
    assert proven_optimal(4, 10, 30, exact) == "the three-point bound"
    assert proven_optimal(4, 10, 30, (exact[0], Surd(fmpq(1, 5), fmpq(0), 1))) is None
    assert proven_optimal(4, 11, 30, exact) is None
    golden = (Surd(fmpq(-1), fmpq(0), 1), Surd(fmpq(1, 4), fmpq(1, 12), 45))
    assert proven_optimal(4, 120, 720, golden) == "the linear programming bound"
    conjugate = (golden[0], Surd(fmpq(1, 4), fmpq(-1, 12), 45))
    assert proven_optimal(4, 120, 720, conjugate) is None


def test_theorems_are_about_irreducible_polynomials_and_their_codes(codes):
    for theorem in THEOREMS.values():
        factors = fmpz_poly(list(theorem.polynomial)).factor()[1]
        assert len(factors) == 1
        assert factors[0][1] == 1
        roots = [float(root.real) for root, _ in fmpz_poly(list(theorem.polynomial)).complex_roots() if root.imag == 0]
        assert sum(abs(root - float(theorem.near)) < 1e-6 for root in roots) == 1
    with ctx.workprec(200):
        for (dim, n_points), theorem in THEOREMS.items():
            for root, _ in fmpz_poly(list(theorem.polynomial)).complex_roots():
                right = abs(float(root.real) - float(theorem.near)) < 1e-6
                assert root.imag != 0 or (cited_optimal(dim, n_points, root.real) is not None) == right
        assert cited_optimal(3, 24, arb("0.7230784683335085")) is None


def test_a_polynomial_of_too_many_zeros_is_not_multiplied_out():
    zeros = [(Surd(fmpq(k, 50), fmpq(0), 1), 2) for k in range(-49, -29)] + [(Surd(fmpq(1, 2), fmpq(0), 1), 1)]
    one = [Surd(fmpq(1), fmpq(0), 1)]
    assert check_zeros(3, 12, zeros[-1][0], zeros, one).reason is Reason.TOO_LARGE
    assert check_zeros(3, 12, zeros[-1][0], zeros[1:], one).reason is Reason.INVALID
