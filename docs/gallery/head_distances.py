"""A trained head, class by class.

One-vs-rest distances of 100 classes of a network trained on pairs of digits, under the best code known and the
proven ceiling.
"""

from sphcode import compare, figures

head = compare("data/examples/two_digits_scale10.safetensors")
marks = [
    (head.upper_bound, "ceiling", "proven ceiling"),
    (head.reference.one_vs_rest_distance, "reference", "best code known"),
]
figure = figures.one_vs_rest_figure(head.unit.distances.distances, marks)
print(head.claim)
