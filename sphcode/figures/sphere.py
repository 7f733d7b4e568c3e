"""Points on the sphere with their contacts, as a still picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import MEASURED, REFERENCE, svg
from sphcode.figures._style import LIGHT, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sphcode.codes.code import SphericalCode

Matrix = NDArray[np.float64]

#: Two points touch when their cosine is within this of the largest.
CONTACT = 1e-6
#: From where pictures look: no symmetric code is aligned with it.
_VIEW = np.array([0.35, -0.5, 0.8])
#: Contacts are drawn up to this number; beyond, they are a carpet.
MOST_ARCS = 2000
#: Pixels of a small picture along a side.
_SIDE = 220
#: Vertices of an arc: for contacts of 60 degrees its chords are within 1/1000 of the radius of it.
_ARC_STEPS = 17


def contacts(points: Matrix) -> NDArray[np.intp]:
    """Return the pairs i < j at the largest cosine, shape (n_contacts, 2)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    nearest = np.asarray(tree.query(points, k=2)[0])
    # A chord of length c joins points of cosine 1 - c * c / 2.
    reach = np.sqrt(nearest[:, 1].min() ** 2 + 2.0 * CONTACT)
    pairs = tree.query_pairs(reach, output_type="ndarray")
    return np.asarray(pairs[np.lexsort(pairs.T[::-1])])


def in_space(points: Matrix) -> Matrix:
    """Return points in three coordinates: two get a zero, more are projected on the three principal axes."""
    if points.shape[1] <= 3:
        return np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    projected: Matrix = points @ axes[:3].T
    return projected


def arc(first: Matrix, second: Matrix) -> Matrix:
    """Return points along the shorter great arc between two unit vectors, shape (17, dim)."""
    angle = 2.0 * np.arctan2(np.linalg.norm(first - second), np.linalg.norm(first + second))
    shares = np.linspace(0.0, 1.0, _ARC_STEPS)[:, None]
    if np.sin(angle) < 1e-9:
        return first + shares * (second - first)
    ends = np.sin((1.0 - shares) * angle) * first + np.sin(shares * angle) * second
    return np.asarray(ends / np.sin(angle))


def _drawn(code: SphericalCode) -> tuple[Matrix, list[Matrix], NDArray[np.intp]]:
    """Points in space, arcs in space, and the number of contacts of every point."""
    pairs = contacts(code.points)
    degrees = np.bincount(pairs.ravel(), minlength=code.n_points)
    arcs = [arc(*code.points[pair]) for pair in pairs] if len(pairs) <= MOST_ARCS else []
    everything = in_space(np.vstack([code.points, *arcs]))
    pieces = np.split(everything[code.n_points :], len(arcs)) if arcs else []
    return everything[: code.n_points], pieces, degrees


@styled
def sphere_figure(code: SphericalCode) -> Figure:
    """Draw a still picture: points, contacts as great arcs, points without contact hollow, far ones fainter.

    Codes in more than three dimensions are projected.

    Examples
    --------
    >>> from sphcode import construct, figures
    >>> figures.sphere_figure(construct(3, 12).code()).get_axes()[0].axison
    False
    """
    from matplotlib.figure import Figure

    points, arcs, degrees = _drawn(code)
    figure = Figure(figsize=(5.2, 5.2), layout="constrained", facecolor="none")
    axes = figure.add_subplot(facecolor="none")
    axes.set_aspect("equal")
    axes.set_axis_off()
    if code.dim <= 3:
        turn = np.linspace(0.0, 2.0 * np.pi, 361)
        axes.plot(np.cos(turn), np.sin(turn), color=LIGHT["grid"], linewidth=1.2)
    view = _turned(_VIEW)
    for piece in arcs:
        flat = piece @ view
        axes.plot(flat[:, 0], flat[:, 1], color=LIGHT["reference"], linewidth=1.0, alpha=_near(flat[:, 2].mean()))
    flat = points @ view
    for index in np.argsort(flat[:, 2]):
        axes.plot(
            *flat[index, :2],
            marker="o",
            markersize=6.0,
            color=LIGHT["measured"],
            markerfacecolor=LIGHT["measured"] if degrees[index] else "none",
            alpha=_near(flat[index, 2]),
        )
    return figure


def _turned(direction: Matrix) -> Matrix:
    """Return a rotation whose last column is the direction of view."""
    basis, _ = np.linalg.qr(np.column_stack([direction, np.eye(3)[:, :2]]))
    return np.column_stack([basis[:, 1], basis[:, 2], basis[:, 0] * np.sign(basis[:, 0] @ direction)])


def _near(height: float) -> float:
    return float(np.clip(0.6 + 0.4 * height, 0.2, 1.0))


def small_picture(points: Matrix) -> str:
    """Return three-dimensional points as an SVG element, without a package: what is behind is faint."""
    pairs = contacts(points)
    degrees = np.bincount(pairs.ravel(), minlength=len(points))
    view = _turned(_VIEW)
    centre, radius = _SIDE / 2, 0.46 * _SIDE
    outline = f'<circle cx="{centre}" cy="{centre}" r="{radius:.1f}" fill="none" stroke="#888888"/>'
    layers: dict[bool, list[str]] = {False: [], True: []}

    def place(point: Matrix) -> tuple[str, str]:
        return f"{centre + radius * point[0]:.1f}", f"{centre - radius * point[1]:.1f}"

    for pair in pairs:
        line = arc(*points[pair]) @ view
        corners = " ".join(",".join(place(point)) for point in line)
        layers[line[:, 2].mean() >= 0].append(f'<polyline points="{corners}" fill="none" stroke="{REFERENCE}"')
    for point, degree in zip(points @ view, degrees, strict=True):
        x, y = place(point)
        fill = MEASURED if degree else "none"
        layers[point[2] >= 0].append(f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}" stroke="{MEASURED}"')
    parts = [outline, *(f'{part} opacity="0.25"/>' for part in layers[False]), *(f"{part}/>" for part in layers[True])]
    return svg(_SIDE, _SIDE, "the points on the sphere, contacts as arcs", parts)
