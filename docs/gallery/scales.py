"""Five logit scales, five heads.

The same network trained at five scales of its logits: of the five heads, that of scale 10 is nearest to the best
code.
"""

from sphcode import compare, figures

scales = (1, 5, 7, 10, 30)
heads = [compare(f"data/examples/two_digits_scale{scale}.safetensors") for scale in scales]
marks = [(heads[0].upper_bound, "ceiling", "proven ceiling")]
figure = figures.path_figure([head.min_one_vs_rest for head in heads], [f"scale {s}" for s in scales], marks)
for scale, head in zip(scales, heads, strict=True):
    print(f"scale {scale:2}: {head.min_one_vs_rest:.4f}")
