"""Angles between the class vectors of a trained head.

Independent uniform class vectors would follow the curve; those of the trained head have no small angles.
"""

from sphcode import compare, figures

head = compare("data/examples/two_digits_scale10.safetensors")
smallest = head.unit.nearest.min_angle_deg
figure = figures.angle_figure(head.dim, head.unit.angle_counts, [(smallest, "measured", "smallest")])
print(f"smallest angle {smallest:.3f} degrees")
