"""Bounds beside general solvers: the linear program as sums of squares or on a grid, the three-point program.

All state the same question at the same degree: the largest number of points with cosines of at most 1/2. What a general
solver returns is a polynomial in floats, and its value is no bound. `repaired` is the bound after the usual repair: the
polynomial, largest where it should not be positive, is lowered by that much (looked for in floats, so not proven).
Ours is exact.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import cvxpy as cp
import numpy as np

from sphcode import bound, write_sdpa
from sphcode._rounding import rounded_up
from sphcode.bounds.gegenbauer import chebyshev, gegenbauer
from sphcode.bounds.three_point.model import model_value

from .runner import Cases, Row

COSINE = 0.5
DIMS = (4, 8, 16, 24)
#: Points of a grid program, and of the grid on which polynomials are repaired.
GRID, FINE = 2000, 20_001
#: Program and solver; each with tolerances as small as it takes (SCS stops at its largest number of iterations).
SOLVERS = {
    "grid, HiGHS": ("SCIPY", {"scipy_options": {"method": "highs-ds"}}),
    "sums of squares, Clarabel": ("CLARABEL", {}),
    "sums of squares, SCS": ("SCS", {"eps": 1e-7, "max_iters": 20_000}),
    "sums of squares, SDPA (multiprecision)": ("SDPA", {}),
}
#: (dim, degree) of three-point programs: beyond, SDPA takes minutes.
THREE_POINT = [(3, 4), (4, 4), (4, 5)]
#: The program as on paper fails in floats beyond this degree.
MODEL_DEGREE = 4
#: Calls of a small program, of which the median and extremes are shown.
CALLS = 3


def timed(call, *arguments, calls: int = CALLS):
    """Return the answer and the sorted CPU seconds of some calls, one if it takes seconds."""
    seconds: list[float] = []
    answer = None
    while len(seconds) < calls and (not seconds or seconds[0] < 2.0):
        began = time.process_time()
        answer = call(*arguments)
        seconds.append(time.process_time() - began)
    return answer, sorted(seconds)


def repaired(dim: int, coefficients: np.ndarray) -> float:
    """Return the bound of 1 + sum f_k P_k, k from 1, lowered until it is at most 0 on [-1, 1/2]."""
    f = np.maximum(coefficients, 0.0)
    points = chebyshev(-1.0, COSINE, FINE - 1)
    above = max(0.0, float((1.0 + gegenbauer(dim, len(f), points)[1:].T @ f).max()))
    return (1.0 + f.sum() - above) / (1.0 - above) if above < 1.0 else np.inf


def by_grid(dim: int, degree: int, solver: str, options: dict) -> np.ndarray | None:
    f = cp.Variable(degree, nonneg=True)
    values = gegenbauer(dim, degree, chebyshev(-1.0, COSINE, GRID - 1))[1:].T
    cp.Problem(cp.Minimize(cp.sum(f)), [values @ f <= -1]).solve(solver=solver, **options)
    return f.value


def by_squares(dim: int, degree: int, solver: str, options: dict) -> np.ndarray | None:
    """-f = s + (t + 1)(1/2 - t) r at even degree, (t + 1) s + (1/2 - t) r at odd, where s and r are sums of squares."""
    f = cp.Variable(degree, nonneg=True)
    points = chebyshev(-1.0, COSINE, degree)
    left, right = points + 1.0, COSINE - points
    # The degrees of s and r, and their factors; a well-conditioned basis on the interval: Chebyshev's.
    even = degree % 2 == 0
    sizes = (degree // 2, degree // 2 - 1) if even else (degree // 2, degree // 2)
    factors = (np.ones_like(points), left * right) if even else (left, right)
    sums = []
    for size, factor in zip(sizes, factors, strict=True):
        basis = np.polynomial.chebyshev.chebvander((2.0 * points + 1.0 - COSINE) / (1.0 + COSINE), size)
        gram = cp.Variable((size + 1, size + 1), PSD=True)
        sums.append(cp.multiply(factor, cp.sum(cp.multiply(basis @ gram, basis), axis=1)))
    values = gegenbauer(dim, degree, points)[1:].T
    cp.Problem(cp.Minimize(cp.sum(f)), [-1.0 - values @ f == sums[0] + sums[1]]).solve(solver=solver, **options)
    return f.value


def available(solver: str) -> bool:
    return solver in cp.installed_solvers()


def spread(theirs: list[float], ours: list[float]) -> Row:
    """Return the ratio of the medians and the extremes of all ratios."""
    ratio = np.median(theirs) / np.median(ours)
    return {
        "value": f"{ratio:.3g}",
        "status": "lost" if ratio < 1.0 else "ok",
        "spread": f"{theirs[0] / ours[-1]:.3g} to {theirs[-1] / ours[0]:.3g}",
    }


def program_at(dim: int, name: str) -> Row:
    solver, options = SOLVERS[name]
    if not available(solver):
        return {"status": "not installed"}
    bound(3, max_cosine=COSINE, method="lp")
    program = by_grid if name.startswith("grid") else by_squares
    program(3, 4, solver, options)
    found, ours = timed(lambda: bound(dim, max_cosine=COSINE, method="lp"))
    certified = rounded_up(found.certified_value, 7)
    row: Row = {"degree": found.degree, "ours, proven": certified, "ours, s": f"{np.median(ours):.3g}"}
    try:
        coefficients, theirs = timed(program, dim, found.degree, solver, options)
    except cp.SolverError:
        coefficients = None
    if coefficients is None:
        return {"value": "", "status": "ok", "theirs": "the solver failed", **row}
    return {
        **spread(theirs, ours),
        "theirs": f"{1.0 + coefficients.sum():.7f}",
        "repaired": f"{repaired(dim, coefficients):.7f}",
        **row,
        "seconds": f"{np.median(theirs):.3g}",
    }


def programs(quick: bool) -> Cases:
    """Value: CPU seconds of a solver, model and all, as a multiple of those of ours, proof and all.

    Three calls of each; `spread` is over their pairs. A value below `ours, proven` is an error of its floats.
    """
    for dim in DIMS[:1] if quick else DIMS:
        for name in SOLVERS:
            yield f"{dim} dimensions, {name}", partial(program_at, dim, name)


def by_sdpa(dim: int, degree: int) -> float:
    """The file that `write_sdpa` writes, read and solved by SDPA in multiprecision, through its Python interface."""
    import sdpap

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "program.dat-s")
        write_sdpa(path, dim, COSINE, degree)
        program = sdpap.importsdpa(path)
    return 1.0 + float(sdpap.solve(*program, {"print": "no"})[2]["primalObj"])


def three_point_at(dim: int, degree: int, name: str) -> Row:
    if name == "SDPA" and find_spec("sdpap") is None:
        return {"status": "not installed"}
    if name == "Clarabel" and degree > MODEL_DEGREE:
        return {"status": "not run", "theirs": "float64 is not enough"}
    call = by_sdpa if name == "SDPA" else lambda dim, degree: model_value(dim, COSINE, degree)
    bound(3, max_cosine=COSINE, method="three-point", degree=3)
    found, ours = timed(lambda: bound(dim, max_cosine=COSINE, method="three-point", degree=degree))
    value, theirs = timed(call, dim, degree)
    return {
        **spread(theirs, ours),
        "theirs": f"{float(value):.7f}",
        "ours, proven": rounded_up(found.certified_value, 7),
        "ours, s": f"{np.median(ours):.3g}",
        "seconds": f"{np.median(theirs):.3g}",
    }


def three_point(quick: bool) -> Cases:
    """Value: CPU seconds of the three-point program by a general solver, as a multiple of those of ours with its proof.

    SDPA reads the program that `write_sdpa` writes; Clarabel solves the program as on paper, by CVXPY.
    """
    for dim, degree in THREE_POINT[:1] if quick else THREE_POINT:
        for name in ("SDPA", "Clarabel"):
            label = {"SDPA": "SDPA (multiprecision)"}.get(name, name)
            yield f"{dim} dimensions, degree {degree}, {label}", partial(three_point_at, dim, degree, name)
