"""The 600-cell, seen stereographically.

120 points in four dimensions, each with twelve neighbours at 36 degrees. The view is from a deep hole; with shift,
dragging moves it through the sphere.
"""

from sphcode import construct, figures

code = construct(4, 120).code()
page = figures.sphere_page(code)
figure = figures.sphere_figure(code)
print(f"smallest angle {code.min_angle_deg:.6f} degrees")
