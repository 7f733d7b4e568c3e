"""A code as a page to be turned with the mouse: the ball, a stereographic view, or cosines and angles."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_flag, fail
from sphcode.figures._style import DARK, LIGHT
from sphcode.figures.gram import similarity_order
from sphcode.figures.output import Page
from sphcode.figures.sphere import contacts

if TYPE_CHECKING:
    from sphcode.codes.code import SphericalCode

Matrix = NDArray[np.float64]

#: Points of a page: 20,000 in four dimensions are 0.9 MB of text, of the 1.5 MB that a page may have.
MOST_POINTS = 20_000
#: Contacts that are drawn; beyond, they are a carpet, and turning it is no longer smooth.
MOST_PAIRS = 20_000
#: Cells of the map of cosines along a side: more are smaller than a pixel, and 400 are 0.9 MB of text.
MOST_CELLS = 400
#: Different cosines that are listed one by one, and pairs that are looked through for them.
_MOST_COSINES, _MOST_PAIRS_SORTED = 40, 2_000_000
#: Cosines nearer than this are one: unit rows of rounded coordinates have errors of 1e-15.
_SAME_COSINE = 1e-9
#: Corners of cells nearer than this are one: where four points lie on a circle, Qhull makes two triangles.
_SAME_CORNER = 1e-7
_BINS = 180


def sphere_page(code: SphericalCode, *, cells: bool = False, holes: bool = False) -> Page:
    """Return a page that shows a code: nothing is loaded from a network, and a notebook shows it as it is.

    In two and three dimensions the page has a shaded ball to be turned, with contacts as great arcs and points without
    contact hollow; in four a stereographic view from a deep hole; in more the matrix of cosines and the angles of all
    pairs. Hovering names points, contacts and angles.

    Parameters
    ----------
    code : SphericalCode
        At most 20,000 points.
    cells, holes : bool
        Whether the Voronoi cells and the deep holes (the directions farthest from all points) are shown from the start,
        in three dimensions; the page has a switch for each.

    Returns
    -------
    Page
        Its `html` is the text; `write_figure` writes it.

    Raises
    ------
    InvalidInputError
        For more points than a page can hold.

    Examples
    --------
    >>> from sphcode import construct, figures
    >>> page = figures.sphere_page(construct(3, 12).code())
    >>> page.title
    '12 points in dimension 3'
    """
    check_flag("cells", cells)
    check_flag("holes", holes)
    if code.n_points > MOST_POINTS:
        raise fail("code", f"of at most {MOST_POINTS} points for a page", code.n_points)
    title = f"{code.n_points} points in dimension {code.dim}"
    draw = turned_data if code.dim <= 4 else paired_data
    data = {"dim": code.dim, "n": code.n_points, "cells": cells, "holes": holes, **draw(code.points)}
    facts = [
        f"smallest angle {code.min_angle_deg:.6f}°",
        f"max cosine {code.max_cosine:.9f}",
        *data.pop("facts"),
    ]
    words = {
        "title": title,
        "facts": ", ".join(facts),
        "light": _colours(LIGHT),
        "dark": _colours(DARK),
    }
    name = "sphere_page.html" if code.dim <= 4 else "pairs_page.html"
    text = (files("sphcode.figures") / name).read_text(encoding="utf-8")
    for key, value in words.items():
        text = text.replace(f"@{key}@", value)
    return Page(title, text.replace("@data@", json.dumps(data)))


def _colours(theme: dict[str, str]) -> str:
    return " ".join(f"--{role}: {colour};" for role, colour in theme.items())


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _packed(array: NDArray[Any], kind: str) -> str:
    """Base64 of an array in little-endian order."""
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def turned_data(points: Matrix) -> dict[str, Any]:
    """Return what the page of a code in two to four dimensions draws."""
    pairs = contacts(points)
    degrees = np.bincount(pairs.ravel(), minlength=len(points))
    corners, edges, depth = voronoi(points)
    deep = corners[depth >= depth.max() - _SAME_CORNER] if len(depth) else corners
    facts = [_counted(len(pairs), "contact"), _counted(int((degrees == 0).sum()), "rattler")]
    if len(deep):
        facts.append(f"{_counted(len(deep), 'deep hole')} at {np.degrees(depth.max()):.4f}°")
    if points.shape[1] == 4:
        points, deep, edges = points @ _pole_last(deep), deep[:0], edges[:0]
    elif points.shape[1] == 2:
        points = np.pad(points, ((0, 0), (0, 1)))
    return {
        "points": _packed(points, "<f8"),
        "degrees": degrees.tolist(),
        "pairs": _packed(pairs if len(pairs) <= MOST_PAIRS else pairs[:0], "<i4"),
        "corners": _packed(corners[edges], "<f8") if len(edges) else "",
        "deep": _packed(deep, "<f8"),
        "facts": facts,
    }


def voronoi(points: Matrix) -> tuple[Matrix, NDArray[np.intp], Matrix]:
    """Return the corners of the Voronoi cells, the pairs of corners that an edge joins, and each corner's depth.

    The depth is the angle from the corner to its nearest points, in radians; the largest is the covering radius. A
    facet of the convex hull has its corner along its outward normal, and facets side by side have an edge between
    theirs. Nothing is returned in two dimensions and where the points lie in a plane.
    """
    from scipy.spatial import ConvexHull, QhullError, cKDTree

    dim = points.shape[1]
    nothing = np.empty((0, dim)), np.empty((0, 2), dtype=np.intp), np.empty(0)
    if dim < 3 or len(points) <= dim:
        return nothing
    try:
        hull = ConvexHull(points)
    except QhullError:
        return nothing
    normals = np.asarray(hull.equations[:, :-1])
    _, near = cKDTree(normals).query(normals, k=min(8, len(normals)), distance_upper_bound=_SAME_CORNER)
    own = np.arange(len(normals))[:, None]
    same = np.where(near < len(normals), near, own).min(axis=1)
    while (same[same] != same).any():
        same = same[same]
    kept, corner_of = np.unique(same, return_inverse=True)
    sides = np.sort(corner_of[np.stack([np.repeat(own, dim, axis=1), hull.neighbors], axis=2)].reshape(-1, 2), axis=1)
    edges = np.unique(sides[sides[:, 0] != sides[:, 1]], axis=0)
    depth = np.arccos(np.clip(-hull.equations[kept, -1], -1.0, 1.0))
    return normals[kept], edges, depth


def _pole_last(deep: Matrix) -> Matrix:
    """Return a rotation that takes a deep hole to the last axis, from where the stereographic view looks."""
    pole = deep[0] if len(deep) else np.eye(4)[3]
    basis, _ = np.linalg.qr(np.column_stack([pole, np.eye(4)]))
    basis[:, 0] *= np.sign(basis[:, 0] @ pole)
    return np.asarray(basis[:, [1, 2, 3, 0]])


def paired_data(points: Matrix) -> dict[str, Any]:
    """Return what the page of a code in more than four dimensions draws: cosines and angles of the pairs."""
    order = similarity_order(points).tolist() if len(points) <= MOST_CELLS else []
    points = points[order] if order else points
    groups = np.array_split(np.arange(len(points)), min(len(points), MOST_CELLS))
    cells = np.full((len(groups), len(groups)), -1.0)
    counts = np.zeros(_BINS, dtype=np.int64)
    starts = np.array([group[0] for group in groups])
    for row, group in enumerate(groups):
        cosines = points[group] @ points.T
        cosines[np.arange(len(group)), group] = -np.inf
        later = cosines[np.arange(len(points))[None, :] > group[:, None]]
        angles = np.degrees(np.arccos(np.clip(later, -1.0, 1.0)))
        counts += np.histogram(angles, bins=_BINS, range=(0.0, 180.0))[0]
        cells[row] = np.maximum.reduceat(cosines.max(axis=0), starts)
    cells[~np.isfinite(cells)] = np.nan
    return {
        "map": _packed(cells, "<f4"),
        "order": order,
        "starts": [*starts.tolist(), len(points)],
        "counts": counts.tolist(),
        "spectrum": spectrum(points),
        "facts": [],
    }


def spectrum(points: Matrix) -> list[tuple[float, int]]:
    """Return the different cosines of a code with their numbers of pairs, largest first; empty when they are many."""
    if len(points) * (len(points) - 1) // 2 > _MOST_PAIRS_SORTED:
        return []
    cosines = np.sort((points @ points.T)[np.triu_indices(len(points), 1)])[::-1]
    first = np.flatnonzero(np.diff(cosines, prepend=np.inf) < -_SAME_COSINE)
    if len(first) > _MOST_COSINES:
        return []
    counts = np.diff(first, append=len(cosines))
    return [(float(cosines[at]), int(count)) for at, count in zip(first, counts, strict=True)]
