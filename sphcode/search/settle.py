"""The last mile: from a critical code to better ones so near that every descent of a smooth energy ends at one of them.

Good codes come in families whose values differ by 1e-9 to 1e-6 of one another and whose points by 1e-3 to 1e-2 of the
smallest distance: a point that is nearly free leans on one side of its cage or on the other. The codes of a family are
told apart by the polish alone, when it begins with a barrier that is small beside their differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search import costs, regimes
from sphcode.search.barrier import Rows
from sphcode.search.polish import Polished, polish
from sphcode.search.sphere import unit

if TYPE_CHECKING:
    from sphcode.search.workspace import Workspace

#: Powers of ten, log-uniform: the longest shift along an edge, in units of the smallest distance. From the code 4.5e-9
#: above the listed one of (3, 103), 16 of 100 shifts of 0.01 meet that, one of 0.03 and none of 0.1; at (3, 116) those
#: of 0.1 and 0.3 alone meet a better code (2 to 5 of 100). Random shifts along the softest modes of all met (3, 103)
#: not once in 1100.
_LONGEST = (-2.7, -0.5)
#: The polish begins at a gap of 2^-k of 1 - s for a random k between these: with 14 and less, it ends at (3, 103) where
#: it came from.
_BARRIERS = (9, 28)
#: What is added to the diagonal of the products of changes, in units of their mean: there may be more contacts than
#: unknowns.
_DAMPING = 1e-10
#: What no shift counts as, so that one may divide by it.
_NO_SHIFT = 1e-300
#: A better code is better by more than rounding.
_BETTER = 1e-12
#: Polishes that the effort must pay for, at their dearest: with 2 and 10 of them (16, 75) and (11, 71) come from 2.6e-7
#: and 7e-6 above their listed values to these.
_FEWEST = 4


@dataclass(frozen=True)
class Edges:
    """The ways out of a critical code: each opens one contact while all others keep their cosine.

    Along the edge of a contact the largest cosine rises by its multiplier, and falls again behind a ridge that is low
    where the multiplier is small: there another code of the family begins, with another contact in its place.

    frames (n_points, dim, dim - 1): a basis of each tangent space; changes (n_contacts, n_points (dim - 1) + 1): of
    cosine minus level of each contact, by the coordinates in the frames and by the level; factor: of their products.
    """

    points: NDArray[np.float64]
    frames: NDArray[np.float64]
    changes: NDArray[np.float64]
    factor: tuple[NDArray[np.float64], bool]

    @classmethod
    def of(cls, code: Polished) -> Edges:
        """Return the edges at a polished code with contacts."""
        from scipy.linalg import cho_factor

        n_points = len(code.points)
        rows = Rows(code.points, code.first, code.second)
        changes = np.zeros((len(code.first), n_points, rows.bases.shape[2]))
        contact = np.arange(len(code.first))
        changes[contact, code.first], changes[contact, code.second] = rows.at_first, rows.at_second
        flat = np.column_stack([changes.reshape(len(contact), -1), -np.ones(len(contact))])
        products = flat @ flat.T
        products[contact, contact] += _DAMPING * products.trace() / len(contact)
        return cls(code.points, rows.bases, flat, cho_factor(products, lower=True, overwrite_a=True))

    def opened(self, contact: int, distance: float) -> NDArray[np.float64]:
        """Return the code after the least shift that opens a contact, scaled to a longest shift of `distance`."""
        from scipy.linalg import cho_solve

        unit_vector = np.zeros(len(self.changes))
        unit_vector[contact] = -1.0
        shift = self.changes.T @ cho_solve(self.factor, unit_vector)
        shift = shift[:-1].reshape(len(self.points), -1)
        shift *= distance / max(np.linalg.norm(shift, axis=1).max(), _NO_SHIFT)
        return unit(self.points + np.einsum("nia,na->ni", self.frames, shift))


def is_settled(workspace: Workspace, effort: float) -> bool:
    """Whether so much effort pays for some edges of a code, and its optima are many."""
    plan = workspace.plan
    if not plan.many_optima or not plan.polish or regimes.is_tailed(plan.dim, plan.n_points, plan.settings):
        return False
    return effort >= _FEWEST * (plan.polish + costs.edges(plan.dim, plan.n_points))


def settle(workspace: Workspace, code: NDArray[np.float64], effort: float) -> NDArray[np.float64]:
    """Leave a critical code along random edges, each time polish it, and go on with better codes, for so much effort.

    Returns the best, which is `code` itself where it is not critical. The workspace keeps what is found.
    """
    plan, rng = workspace.plan, workspace.rng
    end = workspace.effort + effort
    first = plan.settings.known_gaps[0]
    best = polish(code, first * (1.0 - workspace.known), antipodal=plan.antipodal, stop=workspace.stopped)
    workspace.effort += best.effort
    edges = None
    while best.critical and workspace.effort < end and not workspace.stopped():
        if edges is None:
            edges = Edges.of(best)
            workspace.effort += costs.edges(plan.dim, plan.n_points)
        distance = 10.0 ** rng.uniform(*_LONGEST) * float(np.sqrt(2.0 - 2.0 * best.max_cosine))
        start = edges.opened(int(rng.integers(len(best.first))), distance)
        gap = (1.0 - best.max_cosine) * 2.0 ** -int(rng.integers(*_BARRIERS))
        found = polish(start, gap, antipodal=plan.antipodal, stop=workspace.stopped)
        workspace.take(found)
        if found.critical and found.max_cosine < best.max_cosine - _BETTER:
            best, edges = found, None
        if found.max_cosine <= workspace.task.target:
            break
    return best.points if best.critical else code
