"""Cosines of a head, alike classes together.

Clustering puts classes whose vectors point nearly the same way side by side; the diagonal is left out.
"""

from sphcode import figures, load_weights

weight = load_weights("data/examples/two_digits_scale5.safetensors").weight
figure = figures.gram_figure(weight)
print(f"{len(weight)} classes")
