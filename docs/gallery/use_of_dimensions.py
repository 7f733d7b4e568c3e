"""Which directions a head uses.

The energy of the class vectors in each principal direction; a code that uses all directions evenly has ones.
"""

from sphcode import figures, load_weights

weight = load_weights("data/examples/two_digits_scale1.safetensors").weight
figure = figures.spectrum_figure(weight)
print(weight.shape)
