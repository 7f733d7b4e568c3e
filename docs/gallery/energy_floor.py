"""Energies, and floors that no code is below.

The mean logarithmic energy of good codes in space, and the proven floor for their number of points.
"""

import numpy as np
from matplotlib.figure import Figure

from sphcode import construct, energy_bound

cases = [4, 6, 12, 24]
floors = [energy_bound(3, n_points, "logarithmic").mean_energy_lower_bound for n_points in cases]


def energy(points):
    first, second = np.triu_indices(len(points), 1)
    return -np.log(np.linalg.norm(points[first] - points[second], axis=1)).mean()


codes = [energy(construct(3, n_points).code().points) for n_points in cases]
figure = Figure(figsize=(7.2, 3.0), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
axes.plot(cases, codes, "o", color="#0072b2", label="codes")
axes.plot(cases, floors, "_", markersize=24, color="#c8500a", label="proven floor")
axes.set_xlabel("points in space")
axes.set_ylabel("mean logarithmic energy")
figure.legend(loc="outside lower left", ncols=2)
for n_points, code, floor in zip(cases, codes, floors, strict=True):
    print(f"{n_points:2} points: {code:.6f}, floor {floor:.6f}")
