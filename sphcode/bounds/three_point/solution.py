"""The three-point program solved at one cosine: a ThreePointSolution holds exactly what a certificate needs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._progress import Progress, ProgressCallback
from sphcode.bounds.sdp.extended import Extended, Workers, cholesky
from sphcode.bounds.sdp.primal_dual import Iterate, Outcome, initial_iterate, minimise
from sphcode.bounds.sdp.sampled_program import Operators, SampledProgram
from sphcode.bounds.three_point.checkpoint import Checkpoint
from sphcode.bounds.three_point.program import three_point_program

__all__ = ["ThreePointSolution", "program_key", "solve_three_point"]

Floats = NDArray[np.float64]

#: Multiples of the identity to start from; the primal one grows with the dimension, as the bound does.
_PRIMAL_START, _DUAL_START = 10.0, 10.0


@dataclass(frozen=True, eq=False)
class ThreePointSolution:
    """A feasible point of the three-point program, up to rounding.

    Attributes
    ----------
    dim, cosine, degree
        The program: dimension, max cosine (exact), D.
    value, dual_value : float
        1 + the objective of the primal point and of the dual one; the optimum lies between them up to the residuals.
    linear : array, shape (2D + 1,)
        The coefficients a_k >= 0.
    factors : mapping of str to array
        For each semidefinite block, named as in `three_point`, the lower triangular L with L L^T = the block in its
        plain basis.
    record : mapping
        gap, residuals, iterations, seconds, precision and the reason why the solver ended.
    """

    dim: int
    cosine: Fraction
    degree: int
    value: float
    dual_value: float
    linear: Floats
    factors: Mapping[str, Floats]
    record: Mapping[str, Any]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the solver."""
        return bool(self.record["reason"] == "interrupted")


def solve_three_point(
    dim: int,
    cosine: Fraction,
    degree: int,
    *,
    tolerance: float = 1e-7,
    max_iterations: int = 100,
    workers: int = 1,
    checkpoint: Checkpoint | str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> ThreePointSolution:
    """Solve the three-point program and return the best point found, whatever ended the solver.

    Parameters
    ----------
    dim : int
        Dimension, at least 3.
    cosine : Fraction
        Max cosine, > -1 and < 1.
    degree : int
        D; the polynomials have total degree 2D.
    tolerance : float
        Relative gap (with the loss by infeasibility) at which the solver ends.
    max_iterations : int
        Iterations after which it ends in any case.
    workers : int
        Threads; the result is the same for any number.
    checkpoint : path, optional
        File (.npz) that holds the last iterate; an existing one of the same program is resumed. Of a `Checkpoint`, the
        value joins those of the programs solved before.
    progress : callable, optional
        Receives an event per iteration: done and expected iterations, the bound so far and its relative gap.
    """
    program = three_point_program(dim, float(cosine), degree)
    threads = Workers(workers)
    try:
        operators = Operators(program, threads)
        key = program_key(dim, cosine, degree)
        store = Checkpoint(checkpoint) if isinstance(checkpoint, (str, Path)) else checkpoint
        watch = _Watch(key, store, tolerance, progress)
        begin = watch.resumed(len(program.blocks))
        if begin is None:
            begin = initial_iterate(operators, _PRIMAL_START * dim, _DUAL_START)
        try:
            outcome = minimise(operators, begin, tolerance=tolerance, max_iterations=max_iterations, observe=watch)
        except KeyboardInterrupt:
            if watch.best is None:
                raise
            outcome = replace(watch.best, reason="interrupted")
    finally:
        threads.close()
    if store is not None and outcome.reason != "interrupted":
        store.values[key] = 1 + outcome.primal
    record = outcome.record() | {"precision": "double-double, 106 bits", "equations": program.n_rows}
    return ThreePointSolution(
        dim=dim,
        cosine=cosine,
        degree=degree,
        value=1 + outcome.primal,
        dual_value=1 + outcome.dual,
        linear=np.maximum(outcome.iterate.x.high, 0.0),
        factors=_plain_factors(program, outcome.iterate),
        record=record,
    )


def program_key(dim: int, cosine: Fraction, degree: int) -> str:
    """Return the name of a program in a checkpoint."""
    return json.dumps({"cosine": str(cosine), "degree": degree, "dim": dim})


def _plain_factors(program: SampledProgram, iterate: Iterate) -> dict[str, Floats]:
    factors = {}
    for block, X in zip(program.blocks, iterate.X, strict=True):
        basis = Extended(block.basis)
        lower = cholesky(basis @ X @ basis.T)
        assert lower is not None, "iterates are positive definite"
        factors[block.name] = np.tril(lower.high)
    return factors


class _Watch:
    """Looks at each iterate: reports progress and keeps a checkpoint."""

    def __init__(
        self, key: str, checkpoint: Checkpoint | None, tolerance: float, progress: ProgressCallback | None
    ) -> None:
        self.key, self.checkpoint, self.tolerance, self.progress = key, checkpoint, tolerance, progress
        self.best: Outcome | None = None
        self.done = 0

    def resumed(self, n_blocks: int) -> Iterate | None:
        """Return the iterate of the checkpoint, if there is one of this program."""
        found = None if self.checkpoint is None else self.checkpoint.resumed(self.key, n_blocks)
        if found is None:
            return None
        iterate, self.done = found
        return iterate

    def __call__(self, outcome: Outcome) -> bool:
        if self.best is None or outcome.gap + outcome.primal_residual < self.best.gap + self.best.primal_residual:
            self.best = outcome
        done = self.done + outcome.iterations
        if self.checkpoint is not None:
            self.checkpoint.save(self.key, outcome.iterate, done)
        if self.progress is not None:
            # Once the gap closes it does so by about a factor of three per iteration.
            left = math.ceil(math.log(max(outcome.gap / self.tolerance, 1.0)) / math.log(3)) + 1
            self.progress(Progress("three-point", done, done + left, 1 + outcome.primal, "points", outcome.gap))
        return False
