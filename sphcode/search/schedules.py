"""Smoothing schedules: with which exponents, and for how long, the largest cosine is replaced by a smooth function.

The exponent of the first stage decides which optimum a start falls into, and no single one is right for all codes, so
the search uses several. Numbers were chosen on d = 3, N <= 60; see docs/search.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Codes of more unknowns than the first are sharpened before they are judged and polished; of more than the second,
#: every start is taken on to sharper exponents.
_SHARPENED_UNKNOWNS, _MANY_UNKNOWNS = 50, 2000
#: Codes of more unknowns have so many optima that random starts hardly meet the best, and a wrong one again and again.
_FEW_OPTIMA_UNKNOWNS = 120


@dataclass(frozen=True)
class Schedule:
    """Stages (k, iterations, gradient tolerance): the exponent of a stage is 2^k.

    `screened` schedules end near a critical point, so that the largest cosine tells which starts are worth polishing;
    after the others the polish does most of the way, and every start is polished.
    """

    stages: tuple[tuple[int, int, float], ...]
    screened: bool = True

    @property
    def squarings(self) -> int:
        """The last stage's k."""
        return self.stages[-1][0]

    @property
    def iterations(self) -> int:
        """Most energy evaluations of one start, line searches apart."""
        return sum(stage[1] for stage in self.stages)

    def gap(self, cosine: Any) -> Any:
        """About how far a largest cosine (or an array of them) reached by this schedule is above the critical one."""
        return (1.0 - cosine) / 2.0**self.squarings

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the arguments of `kernels.descent.descend`."""
        return np.array([stage[:2] for stage in self.stages]), np.array([stage[2] for stage in self.stages])

    def sized(self, n_unknowns: int) -> Schedule:
        """Return the schedule for a code of this many unknowns: large codes are taken on to sharper exponents."""
        if n_unknowns <= _MANY_UNKNOWNS:
            return self
        tail = ((9, 100, 1e-3), (11, 200, 1e-3), (13, 300, 1e-3), (15, 300, 1e-3))
        return Schedule(tuple(stage for stage in self.stages if stage[0] < tail[0][0]) + tail)

    def limited(self, effort: float) -> Schedule:
        """Return the schedule with its iterations cut in proportion, so that one start takes at most about `effort`."""
        share = min(1.0, effort / (1.1 * self.iterations + len(self.stages)))
        stages = tuple((k, max(1, int(share * iterations)), tol) for k, iterations, tol in self.stages)
        return Schedule(stages, self.screened)


SCHEDULES = {
    "soft": Schedule(((0, 60, 1e-3), (3, 60, 1e-3), (7, 40, 1e-2))),
    "medium": Schedule(((4, 60, 1e-3), (7, 40, 1e-2)), screened=False),
    "sharp": Schedule(((5, 40, 1e-2),), screened=False),
    "slow": Schedule(((0, 300, 1e-6), (3, 100, 1e-4), (6, 100, 1e-3), (10, 60, 1e-2))),
}

#: After a move of basin hopping: the code is near a good one already.
HOP = Schedule(((4, 40, 1e-2), (7, 60, 1e-2), (9, 60, 1e-2)))

#: For codes with an imposed symmetry: a start is cheap, and its basins are few.
SYMMETRIC = Schedule(tuple((k, 20 if k == 0 else 40, 1e-3) for k in (0, 2, 4, 6, 8, 10)))

#: What a descended start is taken on with when it may be near the best. Its largest cosine is then within some 0.5 % of
#: 1 - (its critical value), most often 0.1 %, where a start at exponent 2^7 is 1 to 2 % off and cannot be judged.
SHARPEN = Schedule(((9, 100, 1e-3), (11, 100, 1e-3), (13, 100, 1e-3)))


def sharpened(n_unknowns: int) -> bool:
    """Whether starts of codes of this size are sharpened."""
    return _SHARPENED_UNKNOWNS < n_unknowns <= _MANY_UNKNOWNS


def many_optima(n_unknowns: int) -> bool:
    """Whether codes of this size are searched by hopping, more than by independent starts."""
    return n_unknowns > _FEW_OPTIMA_UNKNOWNS
