"""Positive stresses of codes with rational inner products, solved for exactly.

The contact forces at x_i balance, sum_j w_ij x_j = t (sum_j w_ij) x_i, if and only if their inner products with points
x_k that span the space do: sum_j w_ij (G_jk - t G_ik) = 0. That is a linear system over the rationals.
"""

from __future__ import annotations

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from sphcode.proofs.code.contact_system import ContactSystem
from sphcode.proofs.code.exact_gram import ExactGram
from sphcode.proofs.code.gram import spanning_points
from sphcode.proofs.code.kantorovich import factorise
from sphcode.proofs.code.stress import LocalProof, positive_multipliers

#: Larger systems are left to balls: exact elimination takes time that grows with the cube.
_MAX_CONTACTS = 400


def prove_stationary(
    gram: ExactGram, floats: NDArray[np.float64], suggested: NDArray[np.float64] | None = None
) -> LocalProof | None:
    """Prove "kkt" for a rational code, whether rigid or not, or return None; `suggested` are weights to stay near."""
    contacts = gram.contacts
    if len(contacts) > _MAX_CONTACTS:
        return None
    if suggested is None:
        jacobian = ContactSystem(len(floats), floats.shape[1], contacts).jacobian(floats)
        factors = factorise(jacobian, 0.0)
        if factors is None:
            return None
        suggested = positive_multipliers(jacobian, factors, len(contacts))[: len(contacts)]
    weights = _nearest_balanced(gram, floats, suggested)
    if weights is None or not all(weight > 0 for weight in weights):
        return None
    stress = np.array([int(weight.p) / int(weight.q) for weight in weights])
    rounding = 2.0**-52 * np.linalg.norm(stress)
    error = float((np.linalg.norm(stress - suggested) + 2 * rounding) * (1 + 1e-8))
    return LocalProof("kkt", "positive stress proven, but the contacts do not fix the points", suggested, error)


def _nearest_balanced(
    gram: ExactGram, floats: NDArray[np.float64], suggested: NDArray[np.float64]
) -> list[fmpq] | None:
    """Return exact weights that balance, those that are free to choose as suggested; None when only 0 balances."""
    contacts, values = gram.contacts.tolist(), [value[0] for value in gram.values]
    basis = spanning_points(floats)
    table = [[values[label] for label in row] for row in gram.labels[:, basis].tolist()]
    cosine = values[gram.largest]
    columns = []
    for i, j in contacts:
        column = [fmpq(0)] * (len(floats) * len(basis))
        for point, other in ((i, j), (j, i)):
            for k, (near, far) in enumerate(zip(table[point], table[other], strict=True)):
                column[point * len(basis) + k] = far - cosine * near
        columns.append(column)
    reduced, rank = fmpq_mat(columns).transpose().rref()
    pivots = [next(column for column in range(len(contacts)) if reduced[row, column] != 0) for row in range(rank)]
    free = sorted(set(range(len(contacts))) - set(pivots))
    if not free:
        return None
    weights = [fmpq(*float(value).as_integer_ratio()) for value in suggested]
    for row, pivot in enumerate(pivots):
        weights[pivot] = sum((-reduced[row, column] * weights[column] for column in free), fmpq(0))
    return weights
