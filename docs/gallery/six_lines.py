"""Six lines, as far apart as lines can be.

An antipodal code is a set of lines: the twelve ends of the six diagonals of the icosahedron.
"""

from sphcode import figures, generate

result = generate(3, 12, antipodal=True, rng=0)
page = figures.sphere_page(result.code)
figure = figures.sphere_figure(result.code)
print(f"{result.code.n_points} ends, smallest angle {result.code.min_angle_deg:.6f} degrees")
