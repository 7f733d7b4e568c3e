"""Ceilings by linear programming: Delsarte polynomials, found by exchange, rounded to exact certificates."""
