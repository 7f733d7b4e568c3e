"""The picture of the README: the snub cube with its contacts, and a trained head under the best code and the ceiling.

Run from the root of a checkout: `python docs/examples/front_picture.py`; it writes docs/figures/front.svg.
"""

from pathlib import Path

import numpy as np

from sphcode import compare, construct
from sphcode.figures.sphere import arc, contacts

WIDTH, HEIGHT, RADIUS = 880, 300, 130
MIDDLE = (165, 150)
INK, MUTED, PAPER, GRID = "#1c2128", "#5d6671", "#fefefe", "#dde1e6"
BLUE, GREEN, ORANGE = "#0072b2", "#00805f", "#c8500a"
#: A turn that shows a square of the snub cube and triangles around it.
VIEW = np.linalg.qr(np.array([[0.35, 0.9, 0.2], [-0.5, 0.3, 0.8], [0.8, -0.2, 0.5]]))[0]


def place(point):
    x, y, z = point @ VIEW
    return MIDDLE[0] + RADIUS * x, MIDDLE[1] - RADIUS * y, z


def ball(code):
    """Lines of SVG: back side faint, front side strong."""
    x, y = MIDDLE
    yield (
        '<radialGradient id="shade" cx="0.35" cy="0.3" r="0.75"><stop offset="0" stop-color="#ffffff"/>'
        '<stop offset="1" stop-color="#c3ccd8"/></radialGradient>'
        f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="url(#shade)"/>'
    )
    for near in (False, True):
        for pair in contacts(code.points):
            line = [place(point) for point in arc(*code.points[pair])[::2]]
            if (np.mean([z for *_, z in line]) > 0) == near:
                path = " ".join(f"{u:.1f},{v:.1f}" for u, v, _ in line)
                yield (
                    f'<polyline points="{path}" fill="none" stroke="{GREEN}" stroke-width="2" '
                    f'opacity="{1 if near else 0.2}"/>'
                )
        for u, v, z in map(place, code.points):
            if (z > 0) == near:
                yield f'<circle cx="{u:.1f}" cy="{v:.1f}" r="6" fill="{BLUE}" opacity="{1 if near else 0.2}"/>'


def text(x, y, words, size=15, colour=INK, weight="normal"):
    font = 'font-family="system-ui, -apple-system, Segoe UI, sans-serif"'
    return f'<text x="{x}" y="{y}" {font} font-size="{size}" fill="{colour}" font-weight="{weight}">{words}</text>'


def bars(comparison):
    """Lines of SVG: three bars, the ceiling in full length."""
    values = (
        ("this head", comparison.min_one_vs_rest, BLUE),
        ("best code known", comparison.reference.one_vs_rest_distance, GREEN),
        ("proven ceiling", comparison.upper_bound, ORANGE),
    )
    yield text(350, 52, "The best points on a sphere, with a proof:", 19, weight="600")
    yield text(350, 78, "24 points, the snub cube; no 24 points are further apart.", 15, MUTED)
    yield text(350, 128, "How good is a trained head?", 19, weight="600")
    yield text(350, 152, "100 classes, 10 features: the worst one-vs-rest margin.", 15, MUTED)
    for row, (name, value, colour) in enumerate(values):
        y = 172 + 38 * row
        yield text(350, y + 18, name)
        yield f'<rect x="490" y="{y}" width="{290 * value / values[-1][1]:.1f}" height="26" rx="4" fill="{colour}"/>'
        yield text(790, y + 18, f"{value:.4f}", weight="600", colour=colour)


def main():
    root = Path(__file__).parents[2]
    head = root / "data" / "examples" / "two_digits_scale10.safetensors"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img" aria-label="The snub cube, and a trained head under the best code and the proven ceiling">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="{PAPER}" stroke="{GRID}"/>',
        *ball(construct(3, 24).code()),
        *bars(compare(head)),
        "</svg>",
    ]
    (root / "docs" / "figures" / "front.svg").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
