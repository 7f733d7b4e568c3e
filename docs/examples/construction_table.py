"""Table of the best construction for many (dim, n_points), and how far its cosine is from the best closed-form bound.

    python docs/examples/construction_table.py              the table of docs/constructions.md
    python docs/examples/construction_table.py --dims 8 24  some dimensions only

cosine  largest cosine of the construction, rounded up
bound   no code of this size has a smaller one: the best of the closed-form bounds, nearly always Levenshtein's, and its
        name
ratio   one-vs-rest distance of the construction over the largest that the bound leaves possible
"""

from __future__ import annotations

import argparse

from sphcode import bound, construct
from sphcode._rounding import rounded_down, rounded_up

DIMS = [*range(3, 33), 64, 128, 256, 512, 768, 1024, 2048, 4096]


def sizes(dim: int) -> list[int]:
    """The numbers of points of the table: d + 2, 2 d + 1, 4 d, d^2 / 4 where it is above 2 d, d^2."""
    quarter = [dim * dim // 4] if dim * dim // 4 > 2 * dim else []
    return sorted({dim + 2, 2 * dim + 1, 4 * dim, *quarter, dim * dim})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dims", type=int, nargs="+", default=DIMS)
    print("| dim | n_points | construction | cosine | bound | ratio |")
    print("|---|---|---|---|---|---|")
    for dim in parser.parse_args().dims:
        for n_points in sizes(dim):
            best = construct(dim, n_points)
            ceiling = bound(dim, n_points, method="closed-form")
            lowest = ceiling.max_cosine_lower_bound
            ratio = best.one_vs_rest_distance / (1.0 - lowest)
            print(
                f"| {dim} | {n_points} | {best.label} | {rounded_up(best.max_cosine, 6)} | {rounded_down(lowest, 6)} "
                f"({ceiling.name}) | {rounded_down(ratio, 4)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
