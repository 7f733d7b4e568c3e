"""Ceilings beside the best codes, d = 3, 4, 5, N <= 40: python docs/examples/three_point_gaps.py TABLE.csv FIGURE.svg.

Prints the tables of docs/three_point.md and writes them to TABLE.csv and FIGURE.svg: the best proven ceiling on the
one-vs-rest distance 1 - max cosine (rounded up) and its theorem, the best code (rounded down) and the gap between them.
The best code is that of the table of records or of a search with effort 100000 and seed 0, whichever is better. Up to
2 dim points the optimum is known (Rankin), and nothing is to be shown.
"""

import csv
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import matplotlib

from sphcode import best_known, bound, generate

matplotlib.use("svg")
import matplotlib.pyplot as plt

FIRST, LAST = {3: 7, 4: 9, 5: 11}, 40
COLUMNS = ("dim", "n_points", "one_vs_rest_upper_bound", "theorem", "best", "source", "gap_percent")


def rounded(value, direction):
    return str(Decimal(float(value)).quantize(Decimal("1e-6"), direction))


def rows(dim):
    for n_points in range(FIRST[dim], LAST + 1):
        ceiling = bound(dim, n_points)
        record = best_known(dim, n_points)
        best, source = 1 - generate(dim, n_points, effort=1e5, rng=0).max_cosine, "search"
        # Records have as few as six digits: a search that only has more of them is not better.
        if record is not None and record.one_vs_rest_distance > best - 2e-6:
            best, source = record.one_vs_rest_distance, "record"
        top = ceiling.one_vs_rest_upper_bound
        gap = max(0.0, 100 * (top / best - 1))
        values = (rounded(top, ROUND_CEILING), ceiling.name, rounded(best, ROUND_FLOOR), source, f"{gap:.2f}")
        yield dict(zip(COLUMNS, (dim, n_points, *values), strict=True))


def draw(table, file):
    matplotlib.rcParams["svg.hashsalt"] = "three-point"
    _, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for dim in FIRST:
        mine = [row for row in table if row["dim"] == dim]
        gaps = [float(row["gap_percent"]) for row in mine]
        axes.plot([row["n_points"] for row in mine], gaps, "o-", markersize=3, label=f"dimension {dim}")
    axes.set_xlabel("points")
    axes.set_ylabel("ceiling above the best code, per cent")
    axes.legend()
    plt.savefig(file, metadata={"Date": None})


def main(csv_file, figure_file):
    table = []
    for dim in FIRST:
        print(f"\n| {dim}, n | one-vs-rest <= | theorem | best code | from | gap, % |")
        print("| --- | --- | --- | --- | --- | --- |")
        for row in rows(dim):
            print("| " + " | ".join([f"{dim}, {row['n_points']}", *list(row.values())[2:]]) + " |", flush=True)
            table.append(row)
    with open(csv_file, "w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    draw(table, figure_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
