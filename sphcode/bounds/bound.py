"""bound: the best proven limit on spherical codes, hence on the margin of any classifier, with its certificate."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from flint import arb, ctx, fmpq

from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import check_choice, check_dim, check_int, check_n_points, fail
from sphcode.bounds import closed_form, delsarte, literature, sharp, stored
from sphcode.bounds.proven import Proven, accept
from sphcode.bounds.result import Bound
from sphcode.errors import NotProvenError
from sphcode.proofs.closed_forms import levenshtein_order
from sphcode.proofs.rounding import float_down, float_up, to_arb

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

#: Larger numbers of points are refused: Python does not print integers of more than 4300 digits.
_MOST_POINTS = fmpq(10) ** 4000


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
    (`sphcode.proofs.check_bound`), in exact or ball arithmetic.

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
        hours; without `degree` a stored certificate is enough. "best": the strongest of closed forms, the linear
        program and the certificates stored in the package, in at most a few seconds.
    degree : int, optional
        Degree of the linear program's polynomial, chosen automatically when not given; for "three-point" the D of
        polynomials of degree 2D, by default 7.
    antipodal : bool
        Bound only codes with X = -X: `n_points` points are n_points / 2 lines, and the max cosine is their coherence.
    workers : int
        Threads of the three-point solver; the result is the same for any number.
    checkpoint : path, optional
        File (.npz) in which the three-point solver keeps its state, and from which it goes on.
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
    dim = check_dim(dim)
    if (n_points is None) == (max_cosine is None):
        raise fail("n_points", "given when `max_cosine` is not, and only then", repr(n_points))
    method = check_choice("method", method, METHODS)
    if method == "three-point" and (antipodal or dim < 3):
        raise fail("method", "another for dim 2 and for antipodal codes", repr(method))
    if degree is not None:
        most = _MAX_THREE_POINT_DEGREE if method == "three-point" else delsarte.MAX_DEGREE
        degree = check_int("degree", degree, minimum=2 if antipodal else 1, maximum=most)
    solver = {"workers": check_int("workers", workers, minimum=1), "checkpoint": checkpoint, "progress": progress}
    if n_points is not None:
        n_points = check_n_points(n_points)
        if antipodal and n_points % 2:
            raise fail("n_points", "even for an antipodal code", n_points)
        source = _cosine_bounds(dim, n_points, method, degree, antipodal, solver)
    else:
        cosine = _exact_cosine(max_cosine)
        source = _n_points_bounds(dim, cosine, method, degree, antipodal, solver)
    found: list[Proven] = []
    for proven in source:
        found.append(proven)
        if progress is not None:
            progress(Progress("bounds", len(found)))
    if not found:
        raise NotProvenError(f"method {method!r} proved nothing here; try method='best'")
    found = _best_first(found, n_points is not None)
    if found[0].value > _MOST_POINTS:
        raise fail("max_cosine", "so small that fewer than 10^4000 points are possible", str(max_cosine))
    answer: dict[str, Any]
    if n_points is not None:
        answer = {"n_points": n_points, **_cosine_fields(found[0].value)}
        cited = literature.cited_cosine(dim, n_points)
        if cited is not None and cited["max_cosine_lower_bound"] < answer["max_cosine_lower_bound"]:
            cited = None
    else:
        answer = {"max_cosine": float(cosine), **_n_points_fields(found[0].value)}
        cited = literature.cited_n_points(dim, float(cosine))
        if cited is not None and cited["n_points_upper_bound"] >= answer["n_points_upper_bound"]:
            cited = None
    answer.update(cited=cited, optimal=None if antipodal else _optimal(found[0].certificate, n_points))
    return Bound(dim=dim, antipodal=antipodal, **answer, **_common(found, began))


def _cosine_bounds(
    dim: int, n_points: int, method: str, degree: int | None, antipodal: bool, solver: dict[str, Any]
) -> Iterator[Proven]:
    """Yield proven lower bounds on the max cosine of n_points points."""
    start, solved = 0.0, dim == 2 or n_points <= 2 * dim
    attained = known = False
    if not (method == "closed-form" or degree or solved or antipodal):
        certificate = sharp.sharp_certificate(dim, n_points)
        for proven in (
            stored.stored_cosine(dim, n_points, METHODS if method == "best" else (method,)),
            accept("lp", certificate) if certificate is not None else None,
        ):
            if proven is not None:
                attained = attained or _optimal(proven.certificate, n_points) is not None
                known = known or method == "three-point"
                yield proven
    for certificate in closed_form.cosine_certificates(dim, n_points, antipodal):
        proven = accept("closed-form", certificate)
        if proven is not None:
            start = max(start, float(proven.value))
            if method not in _PROGRAMS or solved:
                yield proven
    if method == "three-point":
        if not (solved or known):
            linear = list(_repaired(delsarte.cosine_certificate(dim, n_points, start, None, antipodal)))
            start = max([start, *(float(proven.value) for proven in linear)])
            from sphcode.bounds.three_point_bound import proven_cosine

            proven = proven_cosine(dim, n_points, start, degree or _THREE_POINT_DEGREE, **solver)
            if proven is not None:
                yield proven
    elif not (solved or attained) and _wants_program(method, dim, fmpq(*start.as_integer_ratio())):
        yield from _repaired(delsarte.cosine_certificate(dim, n_points, start, degree, antipodal))


def _n_points_bounds(
    dim: int, cosine: Fraction, method: str, degree: int | None, antipodal: bool, solver: dict[str, Any]
) -> Iterator[Proven]:
    """Yield proven upper bounds on the number of points of a code with max cosine at most `cosine`."""
    solved, known = dim == 2 or cosine <= 0, False
    if not (method == "closed-form" or degree or solved or antipodal):
        proven = stored.stored_n_points(dim, cosine, METHODS if method == "best" else (method,))
        if proven is not None:
            known = method == "three-point"
            yield proven
    if method not in _PROGRAMS or solved:
        for certificate in closed_form.n_points_certificates(dim, cosine, antipodal):
            proven = accept("closed-form", certificate)
            if proven is not None:
                yield proven
    if method == "three-point":
        if not (solved or known):
            from sphcode.bounds.three_point_bound import proven_n_points

            proven = proven_n_points(dim, cosine, degree or _THREE_POINT_DEGREE, **solver)
            if proven is not None:
                yield proven
    elif not solved and _wants_program(method, dim, fmpq(cosine.numerator, cosine.denominator)):
        yield from _repaired(delsarte.n_points_certificate(dim, cosine, degree, antipodal))


def _wants_program(method: str, dim: int, cosine: fmpq) -> bool:
    if method == "best":
        order = levenshtein_order(dim, cosine)
        return order is not None and order <= _MAX_LP_ORDER
    return method == "lp"


def _repaired(found: delsarte.Repaired | None) -> Iterator[Proven]:
    if found is not None:
        proven = accept("lp", found.certificate, found.raw_value, found.record)
        if proven is not None:
            yield proven


def _best_first(found: list[Proven], lower: bool) -> list[Proven]:
    """Sort, strongest first; of those that are as strong but for rounding, the one that was found first leads.

    The order of finding is: stored, exact, closed forms, linear program.
    """
    ranked = sorted(found, key=lambda proven: proven.value, reverse=lower)
    top = ranked[0].value
    room = _TIE * (1 - top if lower else top)
    leader = next(proven for proven in found if abs(proven.value - top) <= room)
    return [leader, *(proven for proven in ranked if proven is not leader)]


def _optimal(certificate: Mapping[str, Any], n_points: int | None) -> str | None:
    """Return the name of a known code of n_points points that attains the proven cosine exactly: it is optimal."""
    dim, claim = certificate["dim"], certificate["claim"]
    if n_points is None or claim.get("n_points") != n_points:
        return None
    known = sharp.attaining(dim, n_points, claim["max_cosine_at_least"])
    return None if known is None else known.label


def _exact_cosine(value: Any) -> Fraction:
    requirement = 'a number >= -1 and < 1, or a string such as "1/3"'
    try:
        cosine = Fraction(value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise fail("max_cosine", requirement, repr(value)) from None
    if not -1 <= cosine < 1:
        raise fail("max_cosine", requirement, value)
    return cosine


def _common(found: list[Proven], began: float) -> dict[str, Any]:
    best = found[0]
    return {
        "method": best.method,
        "name": best.name,
        "degree": best.degree,
        "rigorous": True,
        "raw_value": best.raw_value,
        "certificate": best.certificate,
        "solver": best.solver,
        "elapsed": time.perf_counter() - began,
        "all": tuple({"method": p.method, "name": p.name, "value": _finite(float(to_arb(p.value)))} for p in found),
    }


def _cosine_fields(cosine: fmpq) -> dict[str, float]:
    with ctx.workprec(128):
        ball = to_arb(cosine)
        return {
            "max_cosine_lower_bound": float_down(ball),
            "min_angle_upper_bound_deg": float_up(ball.acos() * 180 / arb.pi()),
            "one_vs_rest_upper_bound": float_up(1 - ball),
        }


def _n_points_fields(n_points: fmpq) -> dict[str, Any]:
    with ctx.workprec(128):
        value = _finite(float_up(to_arb(n_points)))
        return {"n_points_upper_bound": int(n_points.floor()), "certified_value": value}


def _finite(number: float) -> float | None:
    """Return the number, None instead of infinity: numbers of points may be beyond the range of float64."""
    return number if math.isfinite(number) else None
