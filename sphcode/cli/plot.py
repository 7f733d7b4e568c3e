"""sphcode plot."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphcode.cli._output import wrote
from sphcode.cli._progress import progress
from sphcode.errors import InvalidInputError

if TYPE_CHECKING:
    from sphcode.codes.code import SphericalCode

HELP = "draw a code or a head: as a page, SVG, PNG or PDF"
EXAMPLES = ("sphcode plot sphere code.npz -o sphere.html", "sphcode plot path epoch*.pt -o path.pdf")

KINDS = ("sphere", "gram", "angles", "one-vs-rest", "bounds", "path")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("kind", choices=KINDS, help="what to draw; `path` takes several heads in order")
    parser.add_argument("files", nargs="+", metavar="FILE", help="code file or file of weights (rows are normalised)")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="page (.html), .svg, .png or .pdf")
    parser.add_argument("--key", help="name of the tensor in a file of weights")
    parser.add_argument("--cells", action="store_true", help="page of a sphere: show the Voronoi cells from the start")
    parser.add_argument("--holes", action="store_true", help="page of a sphere: show the deep holes from the start")


def run(args: argparse.Namespace) -> int:
    """Draw and write."""
    from sphcode.figures.output import check_format, write_figure

    suffix = check_format(args.output)
    if args.kind != "path" and len(args.files) > 1:
        raise InvalidInputError(f"`plot {args.kind}` draws one file, got {len(args.files)}")
    if (args.cells or args.holes) and (args.kind, suffix) != ("sphere", ".html"):
        raise InvalidInputError("--cells and --holes are for `plot sphere` and an .html file")
    title = f"{args.kind}: {', '.join(Path(name).name for name in args.files)}"
    write_figure(args.output, _draw(args, suffix), title=title)
    wrote(args, args.output)
    return 0


def _draw(args: argparse.Namespace, suffix: str) -> Any:
    """Read what the kind of figure needs and return the figure."""
    if args.kind == "path":
        return _path(args)
    code = _read(args.files[0], args.key)
    if args.kind == "sphere":
        from sphcode.figures.code_page import sphere_page
        from sphcode.figures.sphere import sphere_figure

        return sphere_page(code, cells=args.cells, holes=args.holes) if suffix == ".html" else sphere_figure(code)
    if args.kind == "gram":
        from sphcode.figures.gram import gram_figure

        return gram_figure(code.points)
    if args.kind == "angles":
        from sphcode.figures.angles import angle_figure
        from sphcode.margins.nearest import nearest

        counts = nearest(code.points, bins=180).histogram
        return angle_figure(code.dim, [] if counts is None else counts, [(code.min_angle_deg, "measured", "smallest")])
    if args.kind == "bounds":
        from sphcode.figures.bounds import bounds_figure

        return bounds_figure(code.dim, code.n_points, code.min_angle_deg)
    from sphcode.figures.one_vs_rest import one_vs_rest_figure
    from sphcode.margins.one_vs_rest import one_vs_rest

    with progress(args) as report:
        distances = one_vs_rest(code.points, progress=report).distances
    return one_vs_rest_figure(distances)


def _read(path: str, key: str | None) -> SphericalCode:
    """Read a code, or the rows of a head divided by their norms."""
    from sphcode.codes.code import SphericalCode

    if Path(path).suffix in (".json", ".txt"):
        return SphericalCode.load(path)
    import numpy as np

    from sphcode.classifiers.weights import load_weights

    weight = load_weights(path, key).weight.astype(np.float64)
    norms = np.linalg.norm(weight, axis=1, keepdims=True)
    if not norms.all():
        raise InvalidInputError(f"{path}: {int((norms == 0).sum())} zero rows have no direction to draw")
    return SphericalCode(weight / norms)


def _path(args: argparse.Namespace) -> Any:
    from sphcode.classifiers.compare import compare
    from sphcode.figures.path import path_figure

    with progress(args) as report:
        heads = [compare(path, key=args.key, progress=report) for path in args.files]
    shapes = {(head.n_classes, head.dim) for head in heads}
    if len(shapes) > 1 or any(head.min_one_vs_rest is None for head in heads):
        raise InvalidInputError("`plot path` draws heads of one shape with directions: " + ", ".join(args.files))
    marks = []
    if heads[0].upper_bound is not None:
        marks.append((heads[0].upper_bound, "ceiling", "proven ceiling"))
    if heads[0].reference is not None and heads[0].reference.kind != "midpoint":
        marks.append((heads[0].reference.one_vs_rest_distance, "reference", heads[0].reference.label))
    return path_figure([head.min_one_vs_rest or 0.0 for head in heads], [Path(p).stem for p in args.files], marks)
