"""Random heads are far from good ones.

The smallest one-vs-rest distance of 200 heads of random directions, 20 classes in 8 dimensions, and what is
possible.
"""

import numpy as np
from matplotlib.figure import Figure

from sphcode import bound, one_vs_rest

rng = np.random.default_rng(0)
minima = []
for _ in range(200):
    rows = rng.standard_normal((20, 8))
    minima.append(one_vs_rest(rows / np.linalg.norm(rows, axis=1, keepdims=True)).minimum)
ceiling = bound(8, 20, method="lp").one_vs_rest_upper_bound
figure = Figure(figsize=(7.2, 3.0), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
axes.hist(minima, bins=24, color="#0072b2", alpha=0.6, label="random heads")
axes.axvline(ceiling, color="#c8500a", label="proven ceiling")
axes.set_xlabel("smallest one-vs-rest distance")
figure.legend(loc="outside lower left")
print(f"median {np.median(minima):.3f}, best {max(minima):.3f}, ceiling {ceiling:.3f}")
