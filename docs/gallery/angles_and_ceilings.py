"""Angles known, and angles possible.

Best known smallest angles of N points in space under the ceiling of closed formulas; filled dots are proven
optimal.
"""

import math

from sphcode import best_known, figures

row = best_known(3, 24)
angle = math.degrees(math.acos(row.max_cosine))
figure = figures.bounds_figure(3, 24, angle)
print(f"24 points: {angle:.6f} degrees ({row.source})")
