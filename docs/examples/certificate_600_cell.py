"""Derive the exact certificate that the 600-cell is optimal (stored as data/ceilings/4-120.json).

The 600-cell is a design of strength 11, and 12 is the only degree up to 19 whose double sum over it is not zero.
So f = (t + 1) (t - s) prod (t - r)^2 q(t) over its inner products proves optimality if q is a cubic such that the
coefficient f_12 is zero, the others are not negative, and q > 0 on [-1, s] (Andreev 1999; Cohn and Kumar 2007). A
linear program finds such a cubic; three of its coefficients are rounded, the fourth is solved for in Q(sqrt 5).

Run: python docs/examples/certificate_600_cell.py FILE
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from flint import fmpq, fmpq_poly
from scipy.optimize import linprog

from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.schemas import BOUND_SCHEMA
from sphcode.proofs.sharp import _gegenbauer_coefficients, _Polynomial

ZEROS = [
    ["1/4+1/4*sqrt(5)", 1],
    ["1/2", 2],
    ["-1/4+1/4*sqrt(5)", 2],
    ["0", 2],
    ["1/4+-1/4*sqrt(5)", 2],
    ["-1/2", 2],
    ["-1/4+-1/4*sqrt(5)", 2],
    ["-1", 1],
]


def product_of_zeros():
    result = _Polynomial(fmpq_poly([1]), fmpq_poly([0]), 5)
    for text, power in ZEROS:
        rational, _, rest = text.partition("+")
        a, b = Fraction(rational), Fraction(rest.partition("*")[0] or 0)
        factor = _Polynomial(
            fmpq_poly([fmpq(-a.numerator, a.denominator), 1]), fmpq_poly([fmpq(-b.numerator, b.denominator)]), 5
        )
        for _ in range(power):
            result = result * factor
    return result


def to_float(number):
    return float(number.ball().mid())


def certificate():
    base = product_of_zeros()
    powers = [_Polynomial(fmpq_poly([0] * j + [1]), fmpq_poly([0]), 5) for j in range(4)]
    exact = [_gegenbauer_coefficients(4, base * power) for power in powers]
    rows = np.array([[to_float(c) for c in column] + [0.0] * (18 - len(column)) for column in exact])
    grid = np.vander(np.linspace(-1, (1 + 5**0.5) / 4, 400), 4, increasing=True)
    others = [k for k in range(18) if k != 12]
    below = np.vstack([np.column_stack([-rows[:, others].T, np.ones(17)]), np.column_stack([-grid, np.ones(400)])])
    equal = np.column_stack([rows[:, [12, 0]].T, np.zeros(2)])
    best = linprog([0, 0, 0, 0, -1], A_ub=below, b_ub=np.zeros(417), A_eq=equal, b_eq=[0, 1], bounds=(None, None))
    rounded = [Fraction(value).limit_denominator(100) for value in best.x[1:4]]
    # f_12 = sum_j q_j L_j = 0, divided by L_0 = a + b sqrt 5
    lead, rest = exact[0][12], [column[12] for column in exact[1:]]
    a, b = lead.rational, lead.factor
    fractions = [fmpq(q.numerator, q.denominator) for q in rounded]
    c = sum((number.rational * q for number, q in zip(rest, fractions, strict=True)), fmpq(0))
    d = sum((number.factor * q for number, q in zip(rest, fractions, strict=True)), fmpq(0))
    norm = a * a - 5 * b * b
    constant = f"{-(a * c - 5 * b * d) / norm}+{-(a * d - b * c) / norm}*sqrt(5)"
    return {
        "schema": BOUND_SCHEMA,
        "kind": "delsarte-zeros",
        "dim": 4,
        "claim": {"n_points": 120, "max_cosine_at_least": ZEROS[0][0]},
        "zeros": ZEROS,
        "cofactor": [constant, *map(str, rounded)],
    }


if __name__ == "__main__":
    found = certificate()
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1) + "\n")
    print(check_bound(found))
