"""Floors below energies and losses that no arrangement of classes can pass."""
