"""Trained networks: reading heads, measuring them, comparing them with codes and bounds."""
