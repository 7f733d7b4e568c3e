"""Speed of the bounds: python tests/benchmarks/bounds.py

Reference, in the same run: the linear program imposed on 2000 points of a grid at once, in the plain basis of monomial
size (P_k, not scaled), one call of CVXPY with HiGHS - what short scripts do. It proves nothing: its polynomial is
positive between the points. CPU seconds of one thread; cvxpy is imported before.
"""

from __future__ import annotations

import time
from statistics import median

import cvxpy as cp
import numpy as np

from sphcode import bound
from sphcode.bounds.floors.energy import energy_bound
from sphcode.bounds.gegenbauer import chebyshev, gegenbauer
from sphcode.proofs.bound.check import check_bound

KISSING = (3, 4, 5, 8, 12, 16, 20, 24)
INVERSE = [(3, 13), (3, 30), (4, 24), (5, 40), (8, 640), (24, 5000), (512, 10_000)]
ENERGY = [(3, 12), (4, 120), (10, 100), (512, 10_000)]


def timed(call, *args, **options):
    """Result and CPU seconds of a call."""
    start = time.process_time()
    result = call(*args, **options)
    return result, time.process_time() - start


def grid_program(dim, cosine, degree):
    """Bound on the number of points from 2000 points of a grid, in floats."""
    unknown = cp.Variable(degree, nonneg=True)
    matrix = gegenbauer(dim, degree, chebyshev(-1.0, cosine, 1999))[1:].T
    problem = cp.Problem(cp.Minimize(cp.sum(unknown)), [matrix @ unknown <= -1])
    problem.solve(solver="SCIPY", scipy_options={"method": "highs-ds"})
    return np.inf if problem.value is None else 1 + problem.value


def main():
    bound(4, max_cosine=0.5)
    grid_program(4, 0.5, 9)
    print(
        f"{'cosine 1/2, dim':>16s} {'certified':>16s} {'s':>6s} {'check s':>8s} {'grid':>16s} {'s':>6s} {'ratio':>6s}"
    )
    for dim in KISSING:
        result, ours = timed(bound, dim, max_cosine=0.5, method="lp")
        _, checking = timed(check_bound, result.certificate)
        value, reference = timed(grid_program, dim, 0.5, result.degree)
        print(
            f"{dim:16d} {result.certified_value:16.8f} {ours:6.2f} {checking:8.4f} {value:16.8f} {reference:6.2f} "
            f"{reference / ours:6.2f}"
        )
    print(f"\n{'dim, n':>16s} {'max cosine >=':>16s} {'s':>6s} {'one grid s':>10s} {'ratio':>6s}  theorem")
    times = []
    for dim, n_points in INVERSE:
        result, ours = timed(bound, dim, n_points)
        _, reference = timed(grid_program, dim, result.max_cosine_lower_bound, result.degree)
        times.append(ours)
        print(
            f"{dim:9d},{n_points:6d} {result.max_cosine_lower_bound:16.12f} {ours:6.2f} {reference:10.2f} "
            f"{reference / ours:6.2f}  {result.name}"
        )
    print(f"median {median(times):.2f} s")
    print(f"\n{'energy: dim, n':>16s} {'s':>6s} {'check s':>8s}")
    for dim, n_points in ENERGY:
        floor, ours = timed(energy_bound, dim, n_points)
        _, checking = timed(check_bound, floor.certificate)
        print(f"{dim:9d},{n_points:6d} {ours:6.2f} {checking:8.4f}")


if __name__ == "__main__":
    main()
