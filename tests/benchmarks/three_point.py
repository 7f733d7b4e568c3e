"""Speed and memory of three-point bounds: python tests/benchmarks/three_point.py [DEGREE]

Reference, in the same run: the program as on paper in CVXPY with Clarabel (`three_point_model`, D <= 4), in float64
and without a certificate. Each row of the second table is a process of its own, for its peak memory; DEGREE (default
8) is its largest D, from which on it takes minutes. CPU seconds of one thread, certificate and its check included.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from sphcode import bound
from sphcode.bounds.three_point.model import model_value

KISSING = [(3, 4), (4, 4), (3, 6), (8, 6), (3, 8), (4, 8), (5, 8), (7, 8), (4, 10), (5, 12)]
INVERSE = [(3, 8, 5), (4, 13, 5), (3, 13, 7), (3, 8, 7)]

ONE = """
import json, resource, sys, time
from sphcode import bound
from sphcode.proofs.bound.check import check_bound
dim, degree, n_points = map(int, sys.argv[1:])
question = {"n_points": n_points} if n_points else {"max_cosine": "1/2"}
start = time.process_time()
found = bound(dim, method="three-point", degree=degree, **question)
middle = time.process_time()
assert check_bound(found.certificate).accepted
value = found.one_vs_rest_upper_bound if n_points else found.certified_value
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([value, middle - start, time.process_time() - middle, memory, found.solver["gap"]]))
"""


def timed(call, *args, **options):
    """Result and CPU seconds of a call."""
    start = time.process_time()
    result = call(*args, **options)
    return result, time.process_time() - start


def measured(dim, degree, n_points=0):
    """Value, CPU seconds, CPU seconds of a check, MB and relative gap of one bound, in a process of its own."""
    arguments = [sys.executable, "-c", ONE, *map(str, (dim, degree, n_points))]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def main(largest):
    bound(3, max_cosine=0.5, method="three-point", degree=2)
    model_value(3, 0.5, 2)
    print(
        f"{'cosine 1/2, dim':>16s} {'D':>3s} {'certified':>16s} {'s':>6s} {'CVXPY, float':>16s} {'s':>6s} {'ratio':>6s}"
    )
    for dim, degree in [(3, 2), (3, 3), (4, 3), (3, 4), (4, 4)]:
        found, ours = timed(bound, dim, max_cosine=0.5, method="three-point", degree=degree)
        value, reference = timed(model_value, dim, 0.5, degree)
        print(
            f"{dim:16d} {degree:3d} {found.certified_value:16.9f} {ours:6.2f} {value:16.9f} {reference:6.2f} "
            f"{reference / ours:6.2f}"
        )
    print(f"\n{'dim':>16s} {'D':>3s} {'certified':>16s} {'gap':>8s} {'s':>6s} {'check s':>8s} {'MB':>5s}")
    rows = [(str(dim), dim, degree) for dim, degree in KISSING]
    rows += [(f"{dim}, {n_points}", dim, degree, n_points) for dim, n_points, degree in INVERSE]
    for name, dim, degree, *rest in rows:
        if degree <= largest:
            value, seconds, check, memory, gap = measured(dim, degree, *rest)
            numbers = f"{value:16.9f} {gap:8.1e} {seconds:6.1f} {check:8.2f} {memory:5.0f}"
            print(f"{name:>16s} {degree:3d} {numbers}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
