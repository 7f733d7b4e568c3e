"""Ceilings beside the best codes, d = 3, 4, 5: python docs/examples/three_point_gaps.py TABLE.csv FIGURE.svg.

Writes what `python -m tests.benchmarks three_point gaps` measured (docs/measurements/three_point_gaps.csv) to TABLE.csv
as it is stored in data/ceilings, and draws the gaps.
"""

import csv
import sys
from ast import literal_eval
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

MEASURED = Path(__file__).parents[1] / "measurements" / "three_point_gaps.csv"
#: Columns of the stored table and where they are measured.
COLUMNS = {
    "one_vs_rest_upper_bound": "value",
    "theorem": "theorem",
    "best": "best code",
    "source": "source",
    "gap_percent": "gap percent",
}


def rows():
    with MEASURED.open(newline="") as stream:
        for row in csv.DictReader(stream):
            dim, n_points = literal_eval(row["case"])
            yield {"dim": dim, "n_points": n_points} | {name: row[column] for name, column in COLUMNS.items()}


def draw(table, file):
    matplotlib.rcParams["svg.hashsalt"] = "three-point"
    _, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for dim in sorted({row["dim"] for row in table}):
        mine = [row for row in table if row["dim"] == dim]
        gaps = [float(row["gap_percent"]) for row in mine]
        axes.plot([row["n_points"] for row in mine], gaps, "o-", markersize=3, label=f"dimension {dim}")
    axes.set_xlabel("points")
    axes.set_ylabel("ceiling above the best code, per cent")
    axes.legend()
    plt.savefig(file, metadata={"Date": None})


def main(csv_file, figure_file):
    table = list(rows())
    with open(csv_file, "w", newline="") as stream:
        writer = csv.DictWriter(stream, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    draw(table, figure_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
