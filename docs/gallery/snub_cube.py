"""The snub cube.

The best 24 points on a sphere (R. M. Robinson 1961). Every point touches five others; turn it, and switch cells and
deep holes on.
"""

from sphcode import construct, figures

code = construct(3, 24).code()
page = figures.sphere_page(code, cells=True, holes=True)
figure = figures.sphere_figure(code)
print(f"{code.n_points} points, smallest angle {code.min_angle_deg:.6f} degrees")
