"""Lines named "Optimal", and codes above them.

Dashed lines that a paper draws as the best possible distance, codes that can be shown, and the proven ceilings; dots
are its trained networks (arXiv 2310.05351).
"""

import csv

from matplotlib.figure import Figure

with open("docs/measurements/paper_lines.csv") as stream:
    lines = list(csv.DictReader(stream))
with open("docs/measurements/paper_trained.csv") as stream:
    trained = list(csv.DictReader(stream))
figure = Figure(figsize=(6.4, 4.2), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
styles = {"paper": ("#5d6671", "--"), "value": ("#0072b2", "-"), "ceiling": ("#c8500a", "-")}
names = {"paper": 'the paper\'s "Optimal"', "value": "a code that can be shown", "ceiling": "proven ceiling"}
for place, row in enumerate(lines):
    for key, (color, style) in styles.items():
        axes.hlines(float(row[key]), place - 0.38, place + 0.38, color, style, label=None if place else names[key])
    networks = [float(each["value"]) for each in trained if each["case"].endswith(f" {row['case']}")]
    axes.plot([place] * len(networks), networks, ".", color="#5d6671", label=None if place else "trained networks")
axes.set_xticks(range(len(lines)), [row["case"].strip("()").replace(", ", "\n") for row in lines])
axes.set_xlabel("dimension, classes")
axes.set_ylabel("smallest one-vs-rest distance")
figure.legend(loc="outside lower left", ncols=2)
above = sum(float(row["value"]) > float(row["paper"]) for row in lines)
print(f"{above} of {len(lines)} lines are below a code that can be shown")
