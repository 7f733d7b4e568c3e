"""Table of softmax codes: the largest minimum one-vs-rest distance found, and two checks of the equality theorem.

    python docs/examples/softmax_table.py                     the table of docs/margins.md (minutes)
    python docs/examples/softmax_table.py --dim 3 --most 12   a part of it

rho           minimum one-vs-rest distance of `softmax_code(dim, n_points, rng=0)`, exact
rho - best    against 1 - best known max cosine of the reference table, where it has the size
lifted        margin after `lifted` from the code with both weights and features perturbed by 1e-3, minus rho
KKT           its KKT residual
free          the best of eight starts of the feature model, made a critical point by `lifted`, minus rho: a search
              that does not know the theorem; it must not exceed 0
"""

from __future__ import annotations

import argparse

import numpy as np

from sphcode import best_known, softmax_code
from sphcode.margins.features import temperature_path
from sphcode.margins.lifted import lifted

RANGES = {3: (5, 30), 4: (6, 24), 5: (7, 24)}


def free_search(dim: int, n_points: int) -> float:
    """The best margin that minimising the cross-entropy at falling temperature leads to; no code is given."""
    margins = []
    for seed in range(8):
        model = temperature_path(dim, n_points, [50, 200, 1000], n_starts=1, iterations=500, rng=seed)[-1]
        margins.append(lifted(model.weights, model.features, perturbation=0.01, barrier=5e-3, rng=seed).margin)
    return max(margins)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, choices=RANGES, help="one dimension only")
    parser.add_argument("--most", type=int, default=30, help="largest number of points")
    arguments = parser.parse_args()
    print("| dim | n_points | rho | rattlers | rho - best | lifted | KKT | free |")
    print("|---|---|---|---|---|---|---|---|")
    for dim in [arguments.dim] if arguments.dim else RANGES:
        first, last = RANGES[dim]
        for n_points in range(first, min(last, arguments.most) + 1):
            softmax = softmax_code(dim, n_points, rng=0)
            rho = softmax.distances.minimum
            known = best_known(dim, n_points)
            against = f"{rho - (1.0 - known.max_cosine):.0e}" if known else ""
            check = lifted(softmax.code.points, perturbation=1e-3, rng=np.random.default_rng(0))
            free = free_search(dim, n_points) - rho
            print(
                f"| {dim} | {n_points} | {rho:.12f} | {len(softmax.rattlers)} | {against} | {check.margin - rho:.0e} "
                f"| {check.kkt_residual:.0e} | {free:.0e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
