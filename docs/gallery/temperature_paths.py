"""Colder is better, and never better than the best code.

The smallest one-vs-rest distance of minimisers of the cross-entropy of free unit features and class vectors, as the
temperature falls, over that of the best code known.
"""

import csv

from matplotlib.figure import Figure

with open("docs/measurements/paper_temperatures.csv") as stream:
    rows = list(csv.DictReader(stream))
figure = Figure(figsize=(6.0, 4.2), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
scales = [int(key.removeprefix("at_")) for key in rows[0] if key.startswith("at_")]
for row, color in zip(rows, ["#0072b2", "#c8500a", "#009e73", "#8a5fb0", "#b8860b", "#5d6671"], strict=True):
    shares = [float(row[f"at_{scale}"]) / float(row["best"]) for scale in scales]
    axes.plot(scales, shares, ".-", color=color, label=row["case"])
axes.axhline(1.0, color="#5d6671", linewidth=1, linestyle=":")
axes.set_xscale("log")
axes.set_xlabel("1 / temperature")
axes.set_ylabel("distance over the best known")
figure.legend(title="(dimension, classes)", loc="outside lower left", ncols=3)
print(f"at 1 / temperature = {scales[-1]}: " + ", ".join(f"{row['value']} at {row['case']}" for row in rows))
