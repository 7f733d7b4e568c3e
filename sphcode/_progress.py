"""Progress of long work as events; the library never prints, the command line decides what to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One event of a long computation.

    Attributes
    ----------
    stage : str
        What is being done, in a word or two.
    done, total : float
        Work done and expected, in one unit that the computation chooses (evaluations, rows, pairs); `total` is
        0 when unknown.
    best : float or None
        Best value so far, if the computation has one, in the unit that `unit` names.
    unit : str
        What `best` is, e.g. "max cosine".
    gap : float or None
        Relative distance of the solver's two bounds on its optimum, if it has two; smaller is better.
    at_most : bool
        `total` is a cap that is seldom used up: most searches end sooner.
    left : float or None
        Seconds left, where the computation itself has an estimate from the start.
    """

    stage: str
    done: float
    total: float = 0.0
    best: float | None = None
    unit: str = ""
    gap: float | None = None
    at_most: bool = False
    left: float | None = None


ProgressCallback = Callable[[Progress], None]
