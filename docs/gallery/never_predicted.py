"""Classes that can never be predicted.

In two dimensions a class vector inside the hull of the others never has the largest score, whatever the feature.
"""

import numpy as np
from matplotlib.figure import Figure

from sphcode import argmax_classes

rows = np.vstack([np.column_stack([np.cos(t := np.linspace(0, 5.4, 7)), np.sin(t)]), [[0.2, 0.1], [-0.3, 0.4]]])
found = argmax_classes(rows)
never = list(found.never)
figure = Figure(figsize=(4.6, 4.6), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none", aspect="equal")
axes.plot(*rows.T, "o", color="#0072b2", label="class vectors")
axes.plot(*rows[never].T, "x", markersize=14, color="#c8500a", label="never predicted")
figure.legend(loc="outside lower left", ncols=2)
print("never predicted:", never)
