"""sphcode show."""

from __future__ import annotations

import argparse
from typing import Any

from sphcode.cli._output import add_json_argument, print_json, rounded_down, rounded_up
from sphcode.errors import InvalidInputError

HELP = "print the invariants of a code, or what is known about DIM and N"

_LISTED = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("what", nargs="+", metavar="FILE | DIM N", help="a code in any format, or two integers")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the facts."""
    if len(args.what) == 1:
        facts = _of_file(args.what[0])
    elif len(args.what) == 2 and all(part.lstrip("-").isdigit() for part in args.what):
        facts = _of_case(int(args.what[0]), int(args.what[1]))
    else:
        raise InvalidInputError(f"show takes a FILE or DIM and N, got {' '.join(args.what)}")
    if args.json:
        print_json(facts)
        return 0
    for key, value in facts.items():
        if key != "schema":
            print(f"{key:24s} {_text(key, value)}")
    return 0


def _of_file(path: str) -> dict[str, Any]:
    """Return every invariant of the code in a file."""
    from sphcode.codes.code import SphericalCode
    from sphcode.codes.spectrum import design_strength, riesz_energy, spectrum
    from sphcode.proofs.code.contacts import find_contacts, find_rattlers

    code = SphericalCode.load(path)
    contacts = find_contacts(code.points)
    rattlers = None if contacts is None else find_rattlers(code.n_points, code.dim, contacts)
    return {
        "schema": "sphcode.show/1",
        "dim": code.dim,
        "n_points": code.n_points,
        "max_cosine": code.max_cosine,
        "min_angle_deg": code.min_angle_deg,
        "one_vs_rest_distance": code.one_vs_rest_distance,
        "contacts": None if contacts is None else len(contacts),
        "n_contacts": None if contacts is None else len(contacts),
        "rattlers": None if rattlers is None else {"count": len(rattlers), "first": rattlers[:100]},
        "spectrum": spectrum(code, limit=_LISTED).to_dict(),
        "design_strength": design_strength(code),
        "energies": {"riesz_1": riesz_energy(code, 1.0), "log": riesz_energy(code, 0.0)},
        "provenance": dict(code.provenance),
        "best_known": _row(code.dim, code.n_points),
    }


def _of_case(dim: int, n_points: int) -> dict[str, Any]:
    """Return the table's row, the construction and the ceiling for a dimension and a number of points."""
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
        "construction": None
        if construction is None
        else {"name": construction.name, "max_cosine": construction.max_cosine, "reference": construction.reference},
        "max_cosine_lower_bound": ceiling.max_cosine_lower_bound,
        "one_vs_rest_upper_bound": ceiling.one_vs_rest_upper_bound,
        "bound_method": ceiling.method,
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


def _text(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if key == "spectrum":
        pairs = zip(value["values"], value["counts"], strict=True)
        return ", ".join(f"{v:.9g} x {n}" for v, n in pairs) + ("" if value["complete"] else ", ...")
    if key == "rattlers":
        return f"{value['count']} {value['first'] or ''}".strip()
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items()) or "-"
    if isinstance(value, float):
        return rounded_up(value) if "cosine" in key and "lower" not in key else rounded_down(value)
    return str(value)
