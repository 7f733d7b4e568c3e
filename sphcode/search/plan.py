"""The plan of a search: what a case is, what will be done about it, how much of each, and by which numbers.

A plan is made once, before anything is searched, and depends on its arguments alone. `print(plan)` shows all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from sphcode.search import costs, regimes
from sphcode.search.descent.schedules import (
    ANNEALED,
    DEAR,
    DENSE,
    EXCHANGE,
    HOP,
    SCHEDULES,
    SHARPEN,
    SYMMETRIC,
    TAIL,
    Schedule,
    large_hop,
    large_schedule,
)
from sphcode.search.settings import SETTINGS, Settings
from sphcode.search.strategies import parts

#: Evaluations an iteration of L-BFGS, line searches counted, at most (1.1 as a rule).
_LINE_SEARCHES = 2.0


@dataclass(frozen=True)
class Plan:
    """What a search of one case will do.

    Attributes
    ----------
    dim, n_points, antipodal, symmetry
        The case, as in `generate`.
    generators : tuple or None
        Those of the symmetry "given": permutations or matrices.
    effort : float
        Most evaluations.
    regime : str
        "few optima" (independent starts), "many optima" (hopping), or "large" (lists and tiles).
    unknowns : int
        N (d - 1).
    sharpens : bool
        Whether starts are taken on to sharper exponents before they are judged.
    evaluation, start, polish : float
        The cost of an evaluation, of one start (with its polish, if that is not left for later) and of a polish; 0
        where the code is too large to be polished.
    polish_later : bool
        Whether codes are compared as the descent leaves them, and only the best is polished.
    rough_gap : float
        Then, how far a code is above its critical value, in units of 1 - max cosine.
    schedules : mapping of str to Schedule
        Of random starts by strategy, of "symmetric" starts, after a "hop", and of "sharpen".
    first : str or None
        The strategy of the first round, which is then one start: what one start meets ends there.
    parts, late_parts : mapping of str to float
        The parts that strategies have in a round, and those once the best value was met often.
    least_effort, last_effort : float
        Effort before the search may end early; effort after which all of it is hopping from the best.
    settings : Settings
        The numbers that the above follows from, and those that decide while the search runs.
    """

    dim: int
    n_points: int
    antipodal: bool
    symmetry: str | None
    generators: tuple[Any, ...] | None
    effort: float
    regime: str
    unknowns: int
    sharpens: bool
    evaluation: float
    start: float
    polish: float
    polish_later: bool
    rough_gap: float
    schedules: Mapping[str, Schedule]
    first: str | None
    parts: Mapping[str, float]
    late_parts: Mapping[str, float]
    least_effort: float
    last_effort: float
    settings: Settings

    @property
    def large(self) -> bool:
        """Whether energies are evaluated on lists or tiles."""
        return self.regime == "large"

    @property
    def many_optima(self) -> bool:
        """Whether most of the work is hopping."""
        return self.regime == "many optima"

    @property
    def structured(self) -> bool:
        """Whether most of the work is with groups, and codes that have symmetry."""
        return self.many_optima and self.dim > self.settings.structured_above

    @property
    def most_parents(self) -> int:
        """How many parents are kept."""
        return self.settings.most_parents[self.structured]

    @property
    def parent_worth(self) -> float:
        """How far above the best, in units of 1 - s, a parent's expected value may be."""
        return self.settings.parent_worth[self.structured]

    @property
    def moves_widely(self) -> bool:
        """Whether hops also exchange points and turn caps: codes of few optima are met without, in less time.

        All values with 4 <= N <= 60 in three dimensions are; at N = 24 a hop with these moves takes 13 % more time.
        """
        return self.many_optima or self.large

    @property
    def judges(self) -> bool:
        """Whether rough codes are compared by what they are worth, and those that may be the best are polished.

        Descents and polishes know of no symmetry, so that none is imposed.
        """
        dense = costs.is_dense(self.dim, self.n_points, self.settings)
        free = not self.antipodal and self.symmetry is None
        return self.polish_later and bool(self.polish) and free and not (self.large or dense)

    @property
    def overrun(self) -> float:
        """The most by which a search may exceed its effort: one start and its polish, both as dear as they can be."""
        settings, schedules = self.settings, self.schedules
        start: float = max(schedule.iterations for name, schedule in schedules.items() if name != "sharpen")
        if not self.large:
            # Starts of one union of orbits are descended, and sharpened, together.
            start = settings.symmetric_batch * (start + schedules["sharpen"].iterations) + settings.draw_cost
        start *= self.evaluation
        if self.large and "symmetric" in schedules:
            batch = settings.symmetric_batch * (schedules["symmetric"].iterations + schedules["sharpen"].iterations)
            start = max(start, 2.0 * batch / settings.point_group_order + start)
        most = _LINE_SEARCHES * start
        if not self.polish:
            return most
        step = costs.polish_step(self.dim, self.n_points, settings)
        patient = regimes.is_patient(self.dim, self.n_points, settings)
        dense = costs.is_dense(self.dim, self.n_points, settings)
        sharpen = (DENSE if dense else DEAR).iterations * self.evaluation
        dear = sharpen if patient and step > settings.dear_step else 0.0
        steps = settings.most_dense_iterations if dense else settings.most_iterations[patient]
        return most + steps * step + _LINE_SEARCHES * dear

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as `sphcode generate --plan --json` prints it; infinite efforts are None."""
        facts = asdict(self)
        facts["overrun"] = self.overrun
        facts["last_effort"] = self.last_effort if np.isfinite(self.last_effort) else None
        facts["schedules"] = {
            name: [
                {"exponent": 2**k, "iterations": iterations, "tolerance": tolerance}
                for k, iterations, tolerance in schedule.stages
            ]
            for name, schedule in self.schedules.items()
        }
        facts["settings"] = [number._asdict() for number in self.settings.numbers()]
        return facts

    def __str__(self) -> str:
        lines = [
            f"{self.n_points} points on the unit sphere in R^{self.dim}: {self.regime}, {self.unknowns} unknowns",
            f"  lines             {'yes' if self.antipodal else 'no'}",
            f"  symmetry          {self.symmetry or 'none imposed'}",
            f"  effort            {self.effort:.6g} evaluations at most",
            f"  one evaluation    {self.evaluation:.3g}, one start {self.start:.4g}, one polish {self.polish:.4g}",
            f"  may be exceeded   by {self.overrun:.4g}, one start and its polish at their dearest",
            f"  polish            {self._polish_text()}",
            f"  ends early        after {self.least_effort:.6g} evaluations at least",
            "  last effort       "
            + (
                f"from {self.last_effort:.6g} on, hopping from the best"
                if np.isfinite(self.last_effort)
                else "as before"
            ),
            f"  first round       {'one start, ' + self.first if self.first else 'as all'}",
            "  parts             " + ", ".join(f"{name} {share:g}" for name, share in self.parts.items()),
            "  once met often    " + ", ".join(f"{name} {share:g}" for name, share in self.late_parts.items()),
            "  schedules         exponent x iterations",
        ]
        lines += [
            f"    {name:<15} " + ", ".join(f"2^{k} x {iterations}" for k, iterations, _ in schedule.stages)
            for name, schedule in self.schedules.items()
        ]
        lines.append("  settings          value; reason (where it was measured)")
        lines += [
            f"    {name:<19} {_text(value)}; {reason} ({measured})"
            for name, value, reason, measured in self.settings.numbers()
        ]
        return "\n".join(lines)

    def _polish_text(self) -> str:
        if not self.polish:
            return "none, the code is too large"
        if self.judges:
            return f"the best code, and up to {self.settings.candidates} that may be better, between rounds"
        return "the best code only, at the end" if self.polish_later else "each start or hop that may be the best"


def default_effort(dim: int, n_points: int, settings: Settings = SETTINGS) -> float:
    """Return the most evaluations of a search without `effort`: 20 s of one core to 2 minutes, or one start."""
    size = n_points**2 * dim
    effort, most = settings.operations / size, settings.most_evaluations
    large = regimes.is_large(dim, n_points, settings)
    if regimes.is_hard(dim, n_points, settings):
        effort, most = settings.hard_operations * effort, settings.hard_evaluations * most
    elif regimes.has_many_optima(dim, n_points, settings) and not large:
        # An evaluation costs more, and no fewer of them are needed.
        effort = max(effort, min(settings.many_evaluations, settings.hard_operations * effort))
    one_start = min(settings.least_evaluations, _start(dim, n_points, large, True, settings))
    return float(np.clip(effort, one_start, most))


def make_plan(
    dim: int,
    n_points: int,
    *,
    effort: float | None = None,
    antipodal: bool = False,
    symmetry: str | None = None,
    generators: tuple[Any, ...] | None = None,
    settings: Settings = SETTINGS,
) -> Plan:
    """Return the plan of a search; the arguments are those of `generate`."""
    unknowns = costs.unknowns(dim, n_points)
    large = regimes.is_large(dim, n_points, settings) and not antipodal and symmetry is None
    free = not antipodal and symmetry is None
    hopping = regimes.has_many_optima(dim, n_points, settings) and free and not large
    usual = default_effort(dim, n_points, settings)
    if effort is None:
        effort = usual
    possible = regimes.is_polishable(dim, n_points, settings)
    polish = settings.most_polish_steps * costs.polish_step(dim, n_points, settings) if possible else 0.0
    # What is dear by default is dear with more effort, too: (14, 77) is met with the default effort, and was missed by
    # four times as much when that polished at once, and made a tenth of the starts.
    later = polish > settings.dear_polish * min(effort, usual)
    # Where optima are many, a wrong value is met again and again: (3, 86) was left at one met 90 times. The best code
    # of a point group is met many times, too, and says little about others.
    enough = effort if hopping or large else settings.enough_effort * unknowns * max(1, dim - 2)
    draft = Plan(
        dim=dim,
        n_points=n_points,
        antipodal=antipodal,
        symmetry=symmetry,
        generators=generators,
        effort=effort,
        regime="large" if large else "many optima" if hopping else "few optima",
        unknowns=unknowns,
        sharpens=regimes.is_sharpened(dim, n_points, settings) and not large,
        evaluation=costs.listed_evaluation(dim, n_points, settings) if large else 1.0,
        start=_start(dim, n_points, large, not later, settings),
        polish=polish,
        polish_later=later,
        rough_gap=2.0 ** -large_schedule(dim, n_points).squarings if large else settings.rough_gap,
        schedules=_schedules(dim, n_points, large, settings),
        first=None,
        parts={},
        late_parts={},
        least_effort=enough if hopping or large else min(enough, settings.enough_share * effort),
        last_effort=settings.last_share * effort if hopping else np.inf,
        settings=settings,
    )
    shares = parts(draft)
    # Once the best value was met often, hopping from it has more, and among unions of orbits where optima are many.
    # The others keep their parts: where optima are many, a wrong value is met often.
    late = ("improve", "symmetric hop") if hopping else ("improve",)
    late_shares = {name: max(share, settings.last_parts) if name in late else share for name, share in shares.items()}
    return replace(draft, first=_first(draft, tuple(shares)), parts=shares, late_parts=late_shares)


def _first(plan: Plan, names: tuple[str, ...]) -> str | None:
    """Return the strategy whose one start comes first: a soft one, which is how the most regular codes are met."""
    if plan.large:
        return names[0]
    if plan.dim <= plan.settings.annealed_above:
        return None
    first = "slow" if regimes.is_annealed(plan.dim, plan.n_points, plan.settings) else "soft"
    return first if first in names else None


def _schedules(dim: int, n_points: int, large: bool, settings: Settings) -> dict[str, Schedule]:
    """Return the schedules by use."""
    if large:
        point_groups = regimes.has_point_groups(dim, n_points, settings)
        own = {"large": large_schedule(dim, n_points), "hop": large_hop(dim, n_points)}
        return {**own, "symmetric": SYMMETRIC, "sharpen": Schedule(TAIL)} if point_groups else own
    tailed = regimes.is_tailed(dim, n_points, settings)
    slow = {**ANNEALED, "exchange": EXCHANGE} if regimes.is_annealed(dim, n_points, settings) else {}
    used = {**SCHEDULES, **slow, "hop": HOP}
    own = {name: schedule.tailed() if tailed else schedule for name, schedule in used.items()}
    return {**own, "symmetric": SYMMETRIC, "sharpen": SHARPEN}


def _start(dim: int, n_points: int, large: bool, polishing: bool, settings: Settings) -> float:
    """Return about how much work one start takes, with or without polishing."""
    schedules = _schedules(dim, n_points, large, settings)
    evaluation = costs.listed_evaluation(dim, n_points, settings) if large else 1.0
    polishing = polishing and regimes.is_polishable(dim, n_points, settings)
    steps = settings.polish_steps * costs.polish_step(dim, n_points, settings) if polishing else 0.0
    return schedules["large" if large else "soft"].iterations * evaluation + steps


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_text(part) for part in value) + ")"
    return f"{value:g}" if isinstance(value, float) else str(value)
