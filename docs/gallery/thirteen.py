"""Thirteen points, searched and proven.

No formula is known. The search finds the arrangement that O. R. Musin and A. S. Tarasov proved optimal in 2012.
"""

from sphcode import figures, generate, verify

result = generate(3, 13, rng=0)
page = figures.sphere_page(result.code, holes=True)
figure = figures.sphere_figure(result.code)
print(result.status, f"{result.code.min_angle_deg:.6f} degrees")
print(verify(result).claim)
