"""sphcode constructions: the list of all families of codes with a formula."""

from __future__ import annotations

import argparse

from sphcode.cli._output import add_json_argument, print_json

HELP = "list the families of constructions with their parameters"
EXAMPLES = ("sphcode constructions", "sphcode constructions --json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print one line a family."""
    from sphcode.codes.constructions import constructions

    families = constructions()
    if args.json:
        items = [{"name": f.name, "summary": f.summary, "params": dict(f.params)} for f in families]
        print_json({"schema": "sphcode.constructions/1", "constructions": items})
        return 0
    width = max(len(family.name) for family in families)
    for family in families:
        params = "; ".join(f"{name}: {values}" for name, values in family.params.items())
        print(f"{family.name:{width}}  {family.summary}{f'  [{params}]' if params else ''}")
    return 0
