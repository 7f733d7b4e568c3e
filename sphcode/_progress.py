"""Progress of long work as events, and their words; the library never prints, command line and notebooks show them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds of a stage from which its speed says how long it will last.
_TELLING = 1.0


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


class Stages:
    """The words for events that follow one another: time left is judged by the speed of the stage."""

    def __init__(self) -> None:
        self.name, self.start, self._done = "", time.monotonic(), 0.0

    def entered(self, event: Progress) -> bool:
        """Whether the event is the first of another stage, whose clock then starts."""
        if event.stage == self.name:
            return False
        self.name, self.start, self._done = event.stage, time.monotonic(), event.done
        return True

    def text(self, event: Progress) -> str:
        """Return an event in one line."""
        parts = [event.stage]
        if event.total:
            share = min(1.0, event.done / event.total)
            parts.append(f"{100 * share:3.0f} %")
            left = self._left(event) if share < 1 else None
            if left is not None:
                parts.append(f"{'at most' if event.at_most else 'about'} {duration(left)} left")
        if event.best is not None:
            parts.append(f"{event.unit} {event.best:.12g}")
        if event.gap is not None:
            parts.append(f"gap {event.gap:.1e}")
        return ", ".join(parts)

    def _left(self, event: Progress) -> float | None:
        """Seconds left at the speed since the stage was first told of; None until that says something."""
        if event.left is not None:
            return event.left
        passed, done = time.monotonic() - self.start, event.done - self._done
        return passed * (event.total - event.done) / done if passed >= _TELLING and done > 0 else None


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
