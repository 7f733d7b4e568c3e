"""Solve a linear program through CVXPY by the first solver that returns numbers; say which one, and how it ended."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

__all__ = ["SOLVERS", "solve"]


def _highs(tolerance: float) -> dict[str, Any]:
    """Return what CVXPY is told to call HiGHS through SciPy: the package highspy greets on stdout, JSON's place."""
    options = {"primal_feasibility_tolerance": tolerance, "dual_feasibility_tolerance": tolerance}
    return {"solver": "SCIPY", "scipy_options": {"method": "highs-ds", **options}}


#: Solvers by name, in the order tried, with what CVXPY is told.
SOLVERS: dict[str, dict[str, Any]] = {
    "HIGHS": _highs(1e-10),
    "HIGHS-1e-7": _highs(1e-7),
    "CLARABEL": {"solver": "CLARABEL", "tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12},
}


def solve(problem: Any, unknown: Any) -> dict[str, Any]:
    """Solve a cvxpy problem in place; return the solver's name, its options and its status.

    Raises ArithmeticError when no solver gives finite values to `unknown`. The status is recorded, never relied on.
    """
    import cvxpy as cp

    for name, options in SOLVERS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                # CVXPY changes the dictionary of options.
                problem.solve(**copy.deepcopy(options))
            except (cp.error.SolverError, ArithmeticError, RuntimeError, ValueError):
                continue
        if unknown.value is not None and np.all(np.isfinite(unknown.value)):
            return {"solver": name, "options": options, "status": problem.status}
    raise ArithmeticError(f"no solver of {', '.join(SOLVERS)} returned a solution")
