"""The 240 roots of E8.

The kissing configuration of eight dimensions has four angles only; the map shows the cosine of every pair under the
mouse.
"""

from sphcode import construct, figures

construction = construct(8, 240)
page = figures.sphere_page(construction.code())
figure = figures.gram_figure(construction.code().points)
for cosine, pairs in construction.spectrum:
    print(f"cosine {cosine!s:>4}: {pairs} pairs")
