"""Margins equal 1 minus the largest cosine, at the best codes.

For any unit vectors the smallest one-vs-rest distance is at least 1 - s; the theorem says that the best values of
the two are equal.
"""

import numpy as np
from matplotlib.figure import Figure

from sphcode import SphericalCode, construct, one_vs_rest

rng = np.random.default_rng(0)
codes = []
for _ in range(300):
    rows = rng.standard_normal((12, 3))
    codes.append(SphericalCode(rows / np.linalg.norm(rows, axis=1, keepdims=True)))
best = construct(3, 12).code()
figure = Figure(figsize=(5.6, 4.6), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
margins = [one_vs_rest(code.points).minimum for code in codes]
axes.plot([1 - code.max_cosine for code in codes], margins, ".", color="#0072b2", label="random codes")
axes.plot(1 - best.max_cosine, one_vs_rest(best.points).minimum, "D", color="#c8500a", label="icosahedron")
axes.plot([0, 0.6], [0, 0.6], color="#5d6671", linewidth=1, label="equal")
axes.set_xlabel("1 - largest cosine")
axes.set_ylabel("smallest one-vs-rest distance")
figure.legend(loc="outside lower left", ncols=3)
print(f"icosahedron: {1 - best.max_cosine:.6f} and {one_vs_rest(best.points).minimum:.6f}")
