"""Proven ceilings on codes and margins; cvxpy lives only here."""
