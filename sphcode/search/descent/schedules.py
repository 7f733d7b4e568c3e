"""Smoothing schedules: with which exponents, and for how long, the largest cosine is replaced by a smooth function.

The exponent of the first stage decides which optimum a start falls into, and no single one is right for all codes, so
the search uses several. Numbers were chosen on d = 3, N <= 60.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.search.regimes import is_listed

#: Large codes. On lists: iterations of a stage in units of the square root of the number of points, at most this many.
_LISTED_STAGES = ((3, 6), (5, 8), (7, 16), (9, 16), (11, 20), (13, 20))
_MOST_ROOT = 100.0
#: On tiles: most of it at low exponents, where it still converges, and where better optima are found (measured at
#: (64, 1000), commit 8f4756c); with lists at sharp exponents, which are several times cheaper and allow more: there all
#: stages converge, as each exponent is twice the last, so that what is left for the polish is known ((16, 512)).
_TILED_STAGES = ((3, 60), (5, 250), (7, 150), (9, 120), (11, 120), (13, 120), (15, 130))
_MIXED_STAGES = ((3, 200), (5, 500), (6, 500), (7, 800), (8, 800), (9, 1000), (10, 1500), (11, 2000))
_TOLERANCE = 1e-3


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

    def tailed(self) -> Schedule:
        """Return the schedule for a code of very many unknowns: it goes on to sharper exponents."""
        return Schedule(tuple(stage for stage in self.stages if stage[0] < TAIL[0][0]) + TAIL)

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

#: The same two by annealing: through every second exponent, converged at each. In more than three dimensions, where
#: optima are many, starts end at better codes so: of 60,000 evaluations at (14, 81) the best ends at cosine 0.2108, the
#: median at 0.2117, where "slow" has 0.2116 and 0.2126, "soft" 0.2144 and 0.2156; the best at (17, 83) are 0.1558,
#: 0.1605 and 0.1679. In three dimensions they end at one and the same code again and again.
ANNEALED = {
    "medium": Schedule((*((k, 100, 1e-4) for k in (1, 3, 5, 7)), (9, 100, 1e-3))),
    "slow": Schedule((*((k, 300, 1e-4) for k in (1, 3, 5, 7)), (9, 150, 1e-3))),
}

#: After a move of basin hopping: the code is near a good one already.
HOP = Schedule(((4, 40, 1e-2), (7, 60, 1e-2), (9, 60, 1e-2)))

#: After an exchange: softer and slower, so that the code around what was exchanged can follow.
EXCHANGE = Schedule(tuple((k, 60, 1e-3) for k in range(3, 10)))

#: For codes with an imposed symmetry: a start is cheap, and its basins are few.
SYMMETRIC = Schedule(tuple((k, 20 if k == 0 else 40, 1e-3) for k in (0, 2, 4, 6, 8, 10)))

#: The same where the best of many unions is looked for.
ROUGH = Schedule(tuple((k, 20 if k == 0 else 30, 1e-3) for k in (0, 3, 5, 7)))

#: What a descended start is taken on with when it may be near the best. Its largest cosine is then within some 0.5 % of
#: 1 - (its critical value), most often 0.1 %, where a start at exponent 2^7 is 1 to 2 % off and cannot be judged.
SHARPEN = Schedule(((9, 100, 1e-3), (11, 100, 1e-3), (13, 100, 1e-3)))

#: What may be better than the best is taken on with this, for a tenth of a polish: what it is worth is then known to
#: 1e-6 of 1 - s as a rule, where after the last it is to 1e-5 at (16, 87) and to 1e-3 at (10, 87).
JUDGE = Schedule(((13, 500, 1e-4), (15, 1000, 1e-4), (17, 1000, 1e-4)))

#: Where a step of the polish is dear, the code is first taken on to an exponent at which few steps are left.
DEAR = Schedule(((5, 1000, 1e-3), (7, 2000, 1e-3), (9, 2000, 1e-3), *((k, 1500, 1e-3) for k in range(11, 20, 2))))

#: The same where one factorisation serves several steps. Each exponent is twice the last, and converges in some 2000
#: (10, 400) to 12,000 iterations (16, 512): in steps of four, or cut short, descents end high above the optimum, and
#: the interior point goes down a long way of short steps. At (8, 240) they take longer than the steps that they save.
DENSE = Schedule(
    (
        *((k, 1000, 1e-3) for k in (5, 6)),
        *((k, 2000, 1e-3) for k in (7, 8, 9, 10)),
        *((k, 4000, 1e-3) for k in (11, 12)),
        *((k, 12_000, 1e-3) for k in range(13, 20)),
    )
)

#: What schedules of very many unknowns end with.
TAIL = ((9, 100, 1e-3), (11, 200, 1e-3), (13, 300, 1e-3), (15, 300, 1e-3))

#: Softer energies would undo a large code that is hopped from.
_SHARP = 9


def large_schedule(dim: int, n_points: int) -> Schedule:
    """Return the schedule of a random start of a large code."""
    if is_listed(dim, 0):
        root = min(n_points**0.5, _MOST_ROOT)
        return Schedule(tuple((k, int(factor * root), _TOLERANCE) for k, factor in _LISTED_STAGES))
    stages = _MIXED_STAGES if is_listed(dim, _MIXED_STAGES[-1][0]) else _TILED_STAGES
    return Schedule(tuple((k, iterations, _TOLERANCE) for k, iterations in stages))


def large_hop(dim: int, n_points: int) -> Schedule:
    """Return the schedule after a move of a large code."""
    return Schedule(tuple(stage for stage in large_schedule(dim, n_points).stages if stage[0] >= _SHARP))
