"""Three-point bounds: values, time and memory, exact ones, and the program as on paper in CVXPY beside ours.

Each bound is a process of its own, for its peak memory, with one thread; seconds include start, solver, certificate and
its check. Values are rounded so that they hold as printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from fractions import Fraction
from functools import partial

from sphcode import bound, construct
from sphcode._rounding import rounded_up
from sphcode.bounds.three_point.exact import sharp_three_point_certificate
from sphcode.bounds.three_point.model import model_value
from sphcode.bounds.three_point.solution import solve_three_point
from sphcode.proofs.bound.check import check_bound

#: Kissing problems (dim, D); the last four take one to three minutes each. D = 14 takes half an hour of two threads.
KISSING = [(3, 8), (4, 8), (5, 8), (6, 8), (7, 8), (8, 8), (3, 10), (4, 10), (6, 10)]
KISSING += [(7, 11), (5, 12), (6, 12), (7, 12)]
#: Floats of Mittelmann and Vallentin (2010, table of bounds by D).
PUBLISHED = {(7, 11): 134.8824614, (5, 12): 45.02353644, (6, 12): 78.35518719, (7, 12): 134.7319671}
INVERSE = [(3, 7), (3, 8), (3, 10), (3, 13), (3, 14), (4, 13), (4, 24), (5, 40), (8, 26), (10, 100)]
INVERSE_DEGREES = (7, 10)
EXACT = [(3, 8, 7), (4, 10, 3), (16, 288, 7), (20, 56, 3), (21, 50, 4), (21, 77, 3), (64, 4224, 7)]
#: Codes (dim, n_points), their cosine, and the degrees at which the program is solved there.
DEGREES = [
    ((3, 8), Fraction((2 * 2**0.5 - 1) / 7), range(4, 8)),
    ((16, 288), Fraction(1, 4), range(3, 8)),
    ((64, 4224), Fraction(1, 8), (6, 7)),
]
MODEL = [(3, 2), (3, 3), (4, 3), (3, 4), (4, 4)]

ONE = """
import json, pathlib, sys, time
from sphcode import bound
from sphcode.proofs.bound.check import check_bound
dim, degree, n_points = map(int, sys.argv[1:])
question = {"n_points": n_points} if n_points else {"max_cosine": "1/2"}
found = bound(dim, method="three-point", degree=degree, **question)
middle = time.process_time()
assert check_bound(found.certificate).accepted
check = time.process_time() - middle
size = len(json.dumps(dict(found.certificate)))
# Not ru_maxrss, which begins with that of the process that started this one.
peak = int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
facts = found.n_points_upper_bound, found.certified_value, found.one_vs_rest_upper_bound, found.solver["gap"]
print(json.dumps([*facts, check, peak, size]))
"""


def measured(dim, degree, n_points=0):
    """Return points, certified value, distance, relative gap, CPU seconds of the check, MB and bytes of one bound."""
    arguments = [sys.executable, "-c", ONE, *map(str, (dim, degree, n_points))]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def kissing_row(dim, degree):
    points, certified, _, gap, check, memory, size = measured(dim, degree)
    return {
        "value": points,
        "certified": rounded_up(certified, 8),
        "published": PUBLISHED.get((dim, degree), ""),
        "gap": f"{gap:.0e}",
        "check_s": f"{check:.1f}",
        "memory_MB": f"{memory:.0f}",
        "file_kB": size // 1000,
    }


def kissing(quick):
    """Value: the largest number of points with cosines of at most 1/2 that the program leaves possible."""
    for dim, degree in [(3, 4)] if quick else KISSING:
        yield f"dimension {dim}, D = {degree}", partial(kissing_row, dim, degree)


def inverse_row(dim, n_points, degree):
    _, _, distance, _, check, memory, _ = measured(dim, degree, n_points)
    return {"value": rounded_up(distance, 6), "check_s": f"{check:.1f}", "memory_MB": f"{memory:.0f}"}


def inverse(quick):
    """Value: bound on the one-vs-rest distance from above (an upper bound; smaller says more)."""
    for dim, n_points in [] if quick else INVERSE:
        for degree in INVERSE_DEGREES:
            yield f"({dim}, {n_points}), D = {degree}", partial(inverse_row, dim, n_points, degree)


def exact_row(dim, n_points, degree):
    code = construct(dim, n_points)
    begin = time.process_time()
    certificate = sharp_three_point_certificate(code, degree)
    middle = time.process_time()
    accepted = check_bound(certificate).accepted
    return {
        "value": certificate["claim"]["max_cosine_at_least"],
        "status": "accepted" if accepted else "refused",
        "attained by": code.label,
        "bytes": len(json.dumps(certificate)),
        "check_s": f"{time.process_time() - middle:.3f}",
        "seconds": f"{middle - begin:.1f}",
    }


def exact(quick):
    """Value: bound on the max cosine from below, exact, which a code attains."""
    for dim, n_points, degree in EXACT[1:2] if quick else EXACT:
        yield f"({dim}, {n_points}), D = {degree}", partial(exact_row, dim, n_points, degree)


def degree_row(dim, cosine, degree):
    solution = solve_three_point(dim, cosine, degree, tolerance=1e-12)
    return {"value": f"{solution.value:.5f}"}


def degrees(quick):
    """Value: optimum of the program, in floats, at the cosine of a code, which has n_points; equal: it is attained."""
    for (dim, n_points), cosine, tried in DEGREES[:1] if quick else DEGREES:
        for degree in tried[:1] if quick else tried:
            yield f"({dim}, {n_points}), D = {degree}", partial(degree_row, dim, cosine, degree)


def model_row(dim, degree):
    bound(3, max_cosine=0.5, method="three-point", degree=2)
    model_value(3, 0.5, 2)
    begin = time.process_time()
    found = bound(dim, max_cosine=0.5, method="three-point", degree=degree)
    middle = time.process_time()
    value = model_value(dim, 0.5, degree)
    return {
        "value": rounded_up(found.certified_value, 9),
        "CVXPY, uncertified": f"{value:.9f}",
        "CVXPY s": f"{time.process_time() - middle:.2f}",
        "seconds": f"{middle - begin:.2f}",
    }


def model(quick):
    """Value: kissing bound; beside it the program as on paper in CVXPY with Clarabel, in floats, no certificate."""
    for dim, degree in MODEL[:1] if quick else MODEL:
        yield f"dimension {dim}, D = {degree}", partial(model_row, dim, degree)


TABLES = {
    "kissing": kissing,
    "inverse": inverse,
    "exact": exact,
    "degrees": degrees,
    "model": model,
}
