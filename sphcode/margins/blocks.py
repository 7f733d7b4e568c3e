"""Blocks of classes: threads, processes or a cluster solve their one-vs-rest distances, a checkpoint keeps them."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._progress import Progress, ProgressCallback
from sphcode._workers import Workers, thread_mapper
from sphcode.margins.checkpoint import Checkpoint
from sphcode.margins.column_generation import Columns
from sphcode.margins.device import full_precision, torch_device
from sphcode.margins.rows import Rows
from sphcode.margins.screen import Screen

#: So many scores of a run, at least, are recomputed in float64: an error in 0.1 % of them is missed once in 20000 runs.
RECOMPUTED_SCORES = 10_000


@dataclass(frozen=True)
class Solved:
    """What came out for a block of classes.

    Attributes
    ----------
    norm, lower, upper : ndarray, shape (n,)
        Norms of the nearest points, and the bounds.
    directions : ndarray, shape (n, dim)
    supports, shares : list of ndarray
        Of the nearest points.
    scale : float
        Largest norm of a row of the matrix.
    believed : bool
        Whether all scores that were recomputed lay within their error.
    """

    norm: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    directions: NDArray[np.float64]
    supports: list[NDArray[np.int64]]
    shares: list[NDArray[np.float64]]
    scale: float
    believed: bool

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays, for a checkpoint."""
        plain = {name: np.asarray(getattr(self, name)) for name in ("norm", "lower", "upper", "directions", "scale")}
        joined = {name: np.concatenate(getattr(self, name)) for name in ("supports", "shares")}
        sizes = np.array([len(ids) for ids in self.supports])
        return {**plain, **joined, "sizes": sizes, "believed": np.asarray(self.believed)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Solved:
        """Return what `arrays` came from."""
        ends = np.cumsum(arrays["sizes"])[:-1]
        return cls(
            norm=arrays["norm"],
            lower=arrays["lower"],
            upper=arrays["upper"],
            directions=arrays["directions"],
            supports=np.split(arrays["supports"], ends),
            shares=np.split(arrays["shares"], ends),
            scale=float(arrays["scale"]),
            believed=bool(arrays["believed"]),
        )


@dataclass(frozen=True)
class Problem:
    """Everything that a worker needs to know: the rows, and how they are measured.

    Attributes
    ----------
    rows : Rows
    without : ndarray of int
        Classes that are left out of every hull.
    n_measured : int
        Number of classes in all blocks.
    tol : float
    sampled : int
        Scores of each block and round that are recomputed.
    device : str
        "auto", "cpu" or "cuda": where scores are computed.
    name : str
        Under which a process keeps the screen between blocks.
    """

    rows: Rows
    without: NDArray[np.int64]
    n_measured: int
    tol: float
    sampled: int
    device: str
    name: str

    def screen(self) -> Screen:
        """Return the screen of the rows, made once in a process."""
        if self.name not in _SCREENS:
            _SCREENS.clear()
            place = torch_device(self.device, float(self.n_measured) * self.rows.size, self.rows.size)
            _SCREENS[self.name] = Screen.of(self.rows, place).with_root(self.n_measured)
        return _SCREENS[self.name]


#: The screen of the problem at work in this process; never more than one.
_SCREENS: dict[str, Screen] = {}


def solve_block(problem: Problem, classes: NDArray[np.int64]) -> Solved:
    """Solve for a block of classes."""
    columns = Columns(problem.screen(), classes, problem.tol, problem.sampled, problem.without)
    with full_precision() if columns.screen.low else nullcontext():
        columns.run()
    lower, upper = columns.bounds()
    supports, shares = columns.combinations()
    scale = columns.screen.scale
    return Solved(columns.norm, lower, upper, columns.directions, supports, shares, scale, columns.believed)


def solve_blocks(
    rows: Rows,
    classes: NDArray[np.int64],
    tol: float,
    block: int,
    workers: Workers,
    device: str,
    progress: ProgressCallback | None,
    without: NDArray[np.int64],
    resume: Checkpoint | None = None,
) -> Iterator[Solved]:
    """Solve all blocks, by as many threads as `workers` says, or by what it is; in the order of the classes.

    Those that a checkpoint holds are read there, others are added to it.
    """
    blocks = [classes[start : start + block] for start in range(0, len(classes), block)]
    sampled = -(-RECOMPUTED_SCORES // len(blocks))
    problem = Problem(rows, without, len(classes), tol, sampled, device, secrets.token_hex(8))
    journal = None if resume is None else resume.journal(rows, classes, without, tol, block, device)
    former = 0 if journal is None else journal.count
    if isinstance(workers, int) and former < len(blocks):
        problem.screen()  # before threads would make it twice
    place, counted, best = 0, 0, math.inf
    try:
        with thread_mapper(workers) as run:
            done = () if journal is None else map(Solved.of_arrays, journal.records())
            for part in chain(done, run(partial(solve_block, problem), blocks[former:])):
                if journal is not None and place >= former:
                    journal.append(part.arrays())
                place, counted, best = place + 1, counted + len(part.norm), min(best, float(part.norm.min()))
                if progress is not None:
                    progress(Progress("one-vs-rest", counted, len(classes), best, "distance"))
                yield part
                del part  # not kept while the next is solved
    finally:
        _SCREENS.pop(problem.name, None)
        if journal is not None:
            journal.close()
