"""Three-point bounds as proven statements: solved in double-double arithmetic, certified, accepted by the checker."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from sphcode._progress import ProgressCallback
from sphcode.bounds.proven import Proven, accept
from sphcode.bounds.three_point.certificate import three_point_certificate
from sphcode.bounds.three_point.inverse import excluded_cosine
from sphcode.bounds.three_point.solution import ThreePointSolution, solve_three_point
from sphcode.errors import NotProvenError

__all__ = ["proven_cosine", "proven_n_points"]


def proven_n_points(
    dim: int,
    cosine: Fraction,
    degree: int,
    *,
    workers: int = 1,
    checkpoint: str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> Proven | None:
    """Return a proven upper bound on the number of points with max cosine <= `cosine`, or None.

    Arguments as for `solve_three_point`. Ctrl-C is raised again: of what was solved until then, little is proven.
    """
    solution = solve_three_point(dim, cosine, degree, workers=workers, checkpoint=checkpoint, progress=progress)
    if solution.interrupted:
        raise KeyboardInterrupt
    return _proven(solution, None)


def proven_cosine(
    dim: int,
    n_points: int,
    start: float,
    degree: int,
    *,
    workers: int = 1,
    checkpoint: str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> Proven | None:
    """Return a proven lower bound on the max cosine of `n_points` points, or None.

    Arguments as for `excluded_cosine`. After Ctrl-C it is the best proven so far, whose `solver` record has the reason
    "interrupted"; if nothing is proven yet, Ctrl-C is raised again.
    """
    found = excluded_cosine(
        dim,
        n_points,
        degree,
        start,
        lambda solution: _proven(solution, n_points),
        workers=workers,
        checkpoint=checkpoint,
        progress=progress,
    )
    if found.proof is None and found.interrupted:
        raise KeyboardInterrupt
    if found.proof is not None and found.interrupted:
        return replace(found.proof, solver=dict(found.proof.solver or {}) | {"reason": "interrupted"})
    return found.proof


def _proven(solution: ThreePointSolution, n_points: int | None) -> Proven | None:
    try:
        certificate = three_point_certificate(solution, n_points)
    except NotProvenError:
        return None
    record: dict[str, Any] = {"primal": solution.value, "dual": solution.dual_value}
    raw = solution.value if n_points is None else float(solution.cosine)
    return accept("three-point", certificate, raw, dict(solution.record) | record)
