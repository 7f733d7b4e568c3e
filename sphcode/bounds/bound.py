"""bound: the best proven limit on spherical codes, hence on the margin of any classifier, with its certificate."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from flint import fmpq

from sphcode._files import check_writable
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import (
    MAX_THREADS,
    check_callable,
    check_choice,
    check_dim,
    check_flag,
    check_int,
    check_n_points,
    check_path,
    fail,
    shown,
)
from sphcode.bounds.closed_form import MOST_POINTS
from sphcode.bounds.delsarte import certificate as delsarte
from sphcode.bounds.proven import Proven
from sphcode.bounds.questions import CosineQuestion, CountQuestion, finite
from sphcode.bounds.result import Bound
from sphcode.errors import NotProvenError
from sphcode.proofs.closed_forms import levenshtein_order
from sphcode.proofs.rounding import to_arb

__all__ = ["METHODS", "Bound", "bound"]

METHODS = ("best", "closed-form", "lp", "three-point")

#: The methods that solve a program; closed forms stand in where they are the whole truth.
_PROGRAMS = ("lp", "three-point")

#: The linear program is solved while Levenshtein's polynomial, which it starts from, has at most this degree.
_MAX_LP_ORDER = 26

#: D of the three-point program when none is given, about ten seconds for one program; beyond the largest, many hours.
_THREE_POINT_DEGREE, _MAX_THREE_POINT_DEGREE = 7, 20

#: Relative difference (of 1 - cosine, or of the number of points) below which two bounds count as equally strong.
_TIE = fmpq(1, 10**13)

#: Texts that are read as a cosine: longer ones would be powers of ten that fill the memory.
_COSINE = re.compile(r"[-+0-9./_ ]{1,1000}([eE][-+]?[0-9]{1,3})?")


@told_in_notebooks
def bound(
    dim: int,
    n_points: int | None = None,
    *,
    max_cosine: float | Fraction | str | None = None,
    method: str = "best",
    degree: int | None = None,
    antipodal: bool = False,
    workers: int = 1,
    checkpoint: str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> Bound:
    """Return a proven limit on codes of `n_points` points, or on the number of points at a max cosine.

    Exactly one of `n_points` and `max_cosine` is given. Whatever is returned was accepted by the independent checker
    (`sphcode.proofs.bound.check`), in exact or ball arithmetic.

    Parameters
    ----------
    dim : int
        Dimension of the space, at least 2.
    n_points : int, optional
        Number of points (classes), at least 2. The result bounds their max cosine from below.
    max_cosine : float, Fraction or str, optional
        Cosine >= -1 and < 1; a string like "1/3" is exact. The result bounds the number of points from above.
    method : {"best", "closed-form", "lp", "three-point"}
        "closed-form": theorems of Rankin, Fejes Toth, Coxeter-Boeroeczky and Levenshtein. "lp": the linear program of
        Delsarte, Goethals and Seidel. "three-point": the semidefinite program of Bachoc and Vallentin, seconds to
        hours; without `degree` a stored certificate of this very case is enough. "best": the strongest of closed
        forms, the linear program and the certificates stored in the package, in at most a few seconds; for a row of the
        table (`sphcode table show`) its ceiling, at once.
    degree : int, optional
        Degree of the linear program's polynomial, chosen automatically when not given; for "three-point" the D of
        polynomials of degree 2D, by default 7.
    antipodal : bool
        Bound only codes with X = -X: `n_points` points are n_points / 2 lines, and the max cosine is their coherence.
    workers : int
        Threads of the three-point solver; the result is the same for any number.
    checkpoint : path, optional
        File (.npz) in which the three-point solver keeps its state, and from which it goes on. It holds one program:
        when `n_points` is given, whose cosine takes several, a stopped search starts again.
    progress : callable, optional
        Receives `Progress` events.

    Returns
    -------
    Bound

    Raises
    ------
    InvalidInputError
        If an argument is out of range.
    NotProvenError
        If method "lp" or "three-point" finds nothing that can be proven.

    Examples
    --------
    >>> from sphcode import bound
    >>> bound(8, max_cosine=0.5).n_points_upper_bound
    240
    >>> bound(5, 16)
    Bound(dim=5, n_points=16, max_cosine >= 0.2, one_vs_rest <= 0.8, sharp-3)
    """
    began = time.perf_counter()
    dim, antipodal = check_dim(dim), check_flag("antipodal", antipodal)
    check_callable("progress", progress)
    if (n_points is None) == (max_cosine is None):
        raise fail("n_points", "given when `max_cosine` is not, and only then", shown(n_points))
    method = check_choice("method", method, METHODS)
    if method == "three-point" and (antipodal or dim < 3):
        raise fail("method", "another for dim 2 and for antipodal codes", shown(method))
    if degree is not None:
        most = _MAX_THREE_POINT_DEGREE if method == "three-point" else delsarte.MAX_DEGREE
        degree = check_int("degree", degree, minimum=2 if antipodal else 1, maximum=most)
    solver = {
        "workers": check_int("workers", workers, minimum=1, maximum=MAX_THREADS),
        "checkpoint": checkpoint,
        "progress": progress,
    }
    if checkpoint is not None:
        check_writable(check_path(checkpoint, "checkpoint"))
    question: CosineQuestion | CountQuestion
    if n_points is not None:
        n_points = check_n_points(n_points)
        if antipodal and n_points % 2:
            raise fail("n_points", "even for an antipodal code", n_points)
        question = CosineQuestion(dim, n_points, antipodal)
    else:
        question = CountQuestion(dim, _exact_cosine(max_cosine), antipodal)
    found: list[Proven] = []
    for proven in _proofs(question, method, degree, solver):
        found.append(proven)
        if progress is not None:
            progress(Progress("bounds", len(found)))
    if not found:
        other = "" if method == "best" else "; try method='best'"
        raise NotProvenError(f"method {method!r} proved nothing here{other}")
    found = _best_first(question, found)
    best = found[0]
    if best.value > MOST_POINTS:
        raise fail("max_cosine", "so small that fewer than 10^4000 points are possible", shown(max_cosine))
    return Bound(
        dim=dim,
        antipodal=antipodal,
        **question.answer(best.value),
        optimal=question.optimal(best.certificate),
        method=best.method,
        name=best.name,
        degree=best.degree,
        raw_value=best.raw_value,
        certificate=best.certificate,
        solver=best.solver,
        elapsed=time.perf_counter() - began,
        all=tuple({"method": p.method, "name": p.name, "value": finite(float(to_arb(p.value)))} for p in found),
    )


def _proofs(
    question: CosineQuestion | CountQuestion, method: str, degree: int | None, solver: Mapping[str, Any]
) -> Iterator[Proven]:
    """Yield what the method proves: stored certificates, sharp codes, closed forms, at last a program.

    Of a row of the table the stored ceiling is enough: it is the strongest of all of these.
    """
    known: list[Proven] = []
    if not (method == "closed-form" or degree or question.settled):
        known = list(question.stored(method))
        yield from known
    if method == "best" and question.tabled(known):
        return
    if method not in _PROGRAMS or question.settled:
        yield from question.closed_forms
    if question.settled:
        return
    if method == "three-point":
        if not any(question.answered_by(proven.certificate) for proven in known):
            proven = question.three_point(degree or _THREE_POINT_DEGREE, solver)
            if proven is not None:
                yield proven
    elif (method == "lp" or (method == "best" and _lp_is_quick(question))) and not any(
        question.optimal(proven.certificate) for proven in known
    ):
        yield from question.linear_program(degree)


def _lp_is_quick(question: CosineQuestion | CountQuestion) -> bool:
    order = levenshtein_order(question.dim, question.cosine)
    return order is not None and order <= _MAX_LP_ORDER


def _best_first(question: CosineQuestion | CountQuestion, found: list[Proven]) -> list[Proven]:
    """Sort, strongest first; of those that are as strong but for rounding, the one that was found first leads.

    The order of finding is: stored, exact, closed forms, linear program.
    """
    ranked = question.strongest_first(found)
    top = ranked[0].value
    room = _TIE * (1 - top if isinstance(question, CosineQuestion) else top)
    leader = next(proven for proven in found if abs(proven.value - top) <= room)
    return [leader, *(proven for proven in ranked if proven is not leader)]


def _exact_cosine(value: Any) -> Fraction:
    requirement = 'a number >= -1 and < 1, or a string such as "1/3"'
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, str) and not _COSINE.fullmatch(value)):
        raise fail("max_cosine", requirement, shown(value))
    try:
        cosine = Fraction(value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise fail("max_cosine", requirement, shown(value)) from None
    if not -1 <= cosine < 1:
        raise fail("max_cosine", requirement, shown(value))
    return cosine
