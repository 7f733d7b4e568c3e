"""Ceilings beside the best codes of the table, d = 3, 4, 5: python docs/examples/three_point_gaps.py FIGURE.svg.

Up to N = 2 d the optimum is Rankin's.
"""

import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from sphcode.codes.store import shipped

FIRST, LAST = {3: 7, 4: 9, 5: 11}, 40


def gap(row):
    """How far the ceiling of the distance is above the code, per cent."""
    return 100 * ((1 - float(row.ceiling)) / float(row.one_vs_rest_distance) - 1)


def draw(file):
    matplotlib.rcParams["svg.hashsalt"] = "three-point"
    _, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for dim, first in FIRST.items():
        rows = [row for case, row in shipped().rows.items() if case[:2] == ("points", dim)]
        shown = [row for row in rows if first <= row.n_points <= LAST]
        axes.plot([row.n_points for row in shown], [gap(row) for row in shown], "o-", ms=3, label=f"dimension {dim}")
    axes.set_xlabel("points")
    axes.set_ylabel("ceiling above the best code, per cent")
    axes.legend()
    plt.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    draw(sys.argv[1])
