"""sphcode show."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from sphcode.cli._codebook import CODEBOOK_COORDINATES, codebook_lines
from sphcode.cli._output import STDOUT, add_json_argument, check_output, print_json, rounded_down, rounded_up, save_code
from sphcode.cli._points import add_point_arguments, input_file, load_code
from sphcode.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sphcode.codes.complex_lines import ComplexLines

HELP = "print the invariants of a code, or what is known about DIM and N"
EXAMPLES = ("sphcode show code.npz", "sphcode show 3 24 --json")

#: Different cosines listed at most.
_LISTED = 20
#: What is read as DIM or N; 300 digits are more than any number of points has here.
_INTEGER = re.compile(r"[+-]?[0-9]{1,301}")


#: Facts that have parts, which are printed on lines of their own.
_NESTED = ("best_known", "table", "construction", "provenance")
#: What is shown of a row of the table of the package; the command named beside it prints all, and writes the code.
_TABLE_FACTS = ("max_cosine", "proof", "ceiling", "ceiling_theorem", "gap_percent", "status", "found_by", "evaluations")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "what", nargs="+", metavar="FILE | DIM N", help="a code in any format (- is stdin), or two integers"
    )
    add_point_arguments(parser)
    parser.add_argument("--complex", action="store_true", help="the file holds complex vectors: measure them as lines")
    parser.add_argument("--as-points", action="store_true", help="take the points x, -x, ix, -ix of complex vectors x")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the code: .npz .json .txt .npy .safetensors; - is stdout"
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the facts."""
    check_output(args)
    if len(args.what) == 1:
        facts = _of_lines(args) if args.complex else _of_code(args)
    elif len(args.what) == 2 and all(_INTEGER.fullmatch(part) for part in args.what):
        _refuse_file_options(args)
        facts = _of_case(int(args.what[0]), int(args.what[1]))
    else:
        raise InvalidInputError(f"show takes a FILE or DIM and N, got {' '.join(args.what)}")
    if args.output == STDOUT:
        return 0
    if args.json:
        print_json(facts)
        return 0
    for key, value in facts.items():
        if key == "codebook" and value is not None:
            print("\n".join(f"{line[:22]:24s} {line[22:]}" for line in codebook_lines(value)))
        elif key in _NESTED and value:
            print(key)
            print("\n".join(f"  {name:22s} {_text(name, part)}" for name, part in value.items()))
        elif key != "schema":
            print(f"{key:24s} {_text(key, value)}")
    return 0


def _refuse_file_options(args: argparse.Namespace) -> None:
    for option in ("format", "dim", "gram", "normalize", "complex", "as_points", "output"):
        if getattr(args, option):
            raise InvalidInputError(f"--{option.replace('_', '-')} is about a FILE, and show was given DIM and N")


def _of_lines(args: argparse.Namespace) -> dict[str, Any]:
    """Return the coherence of complex lines and what bounds it."""
    from sphcode.codes.complex_lines import ComplexLines

    for option in ("dim", "gram", "normalize", "as_points", "output"):
        if getattr(args, option):
            raise InvalidInputError(f"--complex and --{option.replace('_', '-')} exclude each other")
    with input_file(args.what[0], args.format) as file:
        return facts_of_lines(ComplexLines.load(file, format=args.format))


def facts_of_lines(lines: ComplexLines) -> dict[str, Any]:
    """Return the coherence of complex lines and what bounds it."""
    return {
        "schema": "sphcode.show/1",
        "dim": lines.dim,
        "n_points": lines.n_lines,
        "coherence": lines.coherence,
        "welch_bound": lines.welch_bound,
        "orthoplex_bound": lines.orthoplex_bound,
        "best_known": None,
    }


def _of_code(args: argparse.Namespace) -> dict[str, Any]:
    """Return every invariant of the code in a file."""
    from sphcode.codes.codebook import codebook
    from sphcode.codes.spectrum import design_strength, riesz_energy, spectrum
    from sphcode.proofs.code.contacts import find_contacts, find_rattlers

    if args.as_points:
        from sphcode.codes.complex_lines import ComplexLines

        with input_file(args.what[0], args.format) as file:
            code = ComplexLines.load(file, format=args.format).as_points()
    else:
        code = load_code(args, args.what[0])
    if args.output is not None:
        save_code(args, code)
    contacts = find_contacts(code.points)
    rattlers = None if contacts is None else find_rattlers(code.n_points, code.dim, contacts)
    return {
        "schema": "sphcode.show/1",
        "dim": code.dim,
        "n_points": code.n_points,
        "max_cosine": code.max_cosine,
        "min_angle_deg": code.min_angle_deg,
        "one_vs_rest_distance": code.one_vs_rest_distance,
        "coordinates": code.coordinates,
        "contacts": None if contacts is None else len(contacts),
        "n_contacts": None if contacts is None else len(contacts),
        "rattlers": None if rattlers is None else {"count": len(rattlers), "first": rattlers[:100]},
        "spectrum": spectrum(code, limit=_LISTED).to_dict(),
        "design_strength": design_strength(code),
        "symmetry": _symmetry(code.points),
        "energies": {"riesz_1": riesz_energy(code, 1.0), "log": riesz_energy(code, 0.0)},
        "codebook": codebook(code).to_dict() if code.n_points * code.dim <= CODEBOOK_COORDINATES else None,
        "provenance": dict(code.provenance),
        "best_known": _row(code.dim, code.n_points),
    }


def _symmetry(points: NDArray[np.float64]) -> dict[str, Any]:
    """Return the symmetry group of a code, or a note that says why there is none."""
    from sphcode.symmetry.automorphisms import MOST_POINTS, MOST_TRIED, symmetry_group

    group = symmetry_group(points)
    if group is not None:
        return {**group.to_dict(), "note": None}
    note = f"not found: more than {MOST_TRIED} images would have to be tried"
    if len(points) > MOST_POINTS:
        note = f"not searched above {MOST_POINTS} points"
    return {"order": None, "point_group": None, "orbits": None, "lines": None, "note": note}


def _of_case(dim: int, n_points: int) -> dict[str, Any]:
    """Return the best on record, the row of the table, the construction and the ceiling of a case."""
    from sphcode.bounds.bound import bound
    from sphcode.codes.constructions import construct

    row = _row(dim, n_points)
    try:
        construction = construct(dim, n_points)
    except LookupError:
        construction = None
    ceiling = bound(dim, n_points)
    return {
        "schema": "sphcode.show/1",
        "dim": dim,
        "n_points": n_points,
        "best_known": row,
        "table": _table_row(dim, n_points),
        "construction": None
        if construction is None
        else {"name": construction.name, "max_cosine": construction.max_cosine, "reference": construction.reference},
        "max_cosine_lower_bound": ceiling.max_cosine_lower_bound,
        "one_vs_rest_upper_bound": ceiling.one_vs_rest_upper_bound,
        "bound_method": ceiling.method,
        "bound_name": ceiling.name,
    }


def _row(dim: int, n_points: int) -> dict[str, Any] | None:
    from sphcode.codes.table import best_known

    row = best_known(dim, n_points)
    if row is None:
        return None
    return {
        "max_cosine": row.max_cosine,
        "digits": row.digits,
        "source": row.source,
        "date": row.date,
        "proven_optimal": row.proven_optimal,
    }


def _table_row(dim: int, n_points: int) -> dict[str, Any] | None:
    """Return what the table of the package says of its own code: value, proof, ceiling, and how it was found."""
    from sphcode.codes.store import Case, shipped

    row = shipped().rows.get(Case("points", dim, n_points))
    if row is None:
        return None
    facts = {key: value or None for key, value in row.to_dict().items() if key in _TABLE_FACTS}
    return {**facts, "code": f"sphcode table show {dim} {n_points} -o code.npz"}


def _text(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if key == "spectrum":
        pairs = zip(value["values"], value["counts"], strict=True)
        return ", ".join(f"{v:.9g} x {n}" for v, n in pairs) + ("" if value["complete"] else ", ...")
    if key == "rattlers":
        return f"{value['count']} {value['first'] or ''}".strip()
    if key == "symmetry":
        from sphcode.symmetry.automorphisms import in_words

        return value["note"] or in_words(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items()) or "-"
    if isinstance(value, float):
        above = "upper" in key or ("cosine" in key and "lower" not in key)
        return rounded_up(value) if above else rounded_down(value)
    return str(value)
