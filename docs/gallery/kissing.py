"""Kissing numbers, and their linear programming bounds.

How many unit spheres touch one: a code of largest cosine 1/2. In eight dimensions the bound meets the code.
"""

from matplotlib.figure import Figure

from sphcode import bound

KISSING = {3: 12, 4: 24, 5: 40, 6: 72, 7: 126, 8: 240}
ceilings = {dim: bound(dim, max_cosine=0.5, method="lp").n_points_upper_bound for dim in KISSING}
figure = Figure(figsize=(7.2, 3.4), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
axes.plot(list(ceilings), list(ceilings.values()), "_", markersize=26, color="#c8500a", label="bound")
axes.plot(list(KISSING), list(KISSING.values()), "o", color="#0072b2", label="best known")
axes.set_yscale("log")
axes.set_xlabel("dimension")
axes.set_ylabel("spheres that touch one")
figure.legend(loc="outside lower left")
for dim, most in ceilings.items():
    print(f"dimension {dim}: {KISSING[dim]} known, at most {most}")
