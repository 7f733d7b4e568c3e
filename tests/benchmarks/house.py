"""The house before and after: import graph, longest modules and functions, and whether answers are the same bytes.

SPHCODE_BEFORE names a checkout of the commit before, with its own `.venv` (`git worktree add ../before 5857bb9` and an
editable install there); without it the columns `before` are left out.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
from functools import partial
from pathlib import Path

from tests import import_graph

ROOT = Path(__file__).parents[2]
LISTED = 10
ANSWERS = {
    "generate (3, 24)": "generate 3 24 --json",
    "generate (3, 58)": "generate 3 58 --json",
    "generate (4, 24)": "generate 4 24 --json",
    "generate (8, 30)": "generate 8 30 --json",
    "generate (3, 24), search alone": "generate 3 24 --no-constructions --json",
    "bound (4, 24)": "bound 4 24 --json",
    "bound (3, 13)": "bound 3 13 --json",
    "bound (5, 40), linear program": "bound 5 40 --method lp --json",
    **{
        f"compare {path.name}": f"compare {path.relative_to(ROOT)} --json"
        for path in sorted((ROOT / "data" / "examples").glob("*.safetensors"))
    },
}


def before():
    """Return the checkout to compare with, or None."""
    given = os.environ.get("SPHCODE_BEFORE")
    return None if given is None else Path(given)


def body_lines(function):
    """Return the lines of a function without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def longest(root, of_functions):
    """Return (lines, name) of the longest modules or functions of a checkout."""
    found = []
    for path in (root / "sphcode").rglob("*.py"):
        name, text = path.relative_to(root / "sphcode").as_posix(), path.read_text()
        if not of_functions:
            found.append((len(text.splitlines()), name))
            continue
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        found += [(body_lines(node), f"{name}: {node.name}") for node in nodes]
    return sorted(found, reverse=True)[:LISTED]


def place(number, of_functions):
    (lines, name), old = longest(ROOT, of_functions)[number], before()
    row = {"value": lines, "name": name}
    if old is not None:
        old_lines, old_name = longest(old, of_functions)[number]
        row |= {"before": old_lines, "name before": old_name}
    return row


def modules(quick):
    """Value: lines of the longest modules."""
    for number in range(1 if quick else LISTED):
        yield str(number + 1), partial(place, number, False)


def functions(quick):
    """Value: lines of body of the longest functions, docstrings apart."""
    for number in range(1 if quick else LISTED):
        yield str(number + 1), partial(place, number, True)


def counts(package, room):
    folder = package / room
    levels = import_graph.floors(folder, package)
    return f"{len(import_graph.rooms(folder))}, {len(levels)}, {len(import_graph.arrows(folder, package))}"


def graph_row(room):
    old, row = before(), {"value": counts(ROOT / "sphcode", room)}
    if old is not None:
        here = (old / "sphcode" / room).is_dir()
        try:
            row["before"] = counts(old / "sphcode", room) if here else "no folder"
        except ValueError as error:
            row["before"] = str(error)
    return row


def graph(quick):
    """Value: modules or folders of a room, floors, and arrows between them; a circle would be an error."""
    rooms = sorted(path.parent.name for path in (ROOT / "sphcode").glob("*/__init__.py"))
    for room in rooms[:1] if quick else rooms:
        yield room, partial(graph_row, room)


def answer(root, command):
    """Return what a command prints as JSON, but for elapsed times, as {dotted key: value}."""
    python = root / ".venv" / "bin" / "python"
    options = {"cwd": root, "capture_output": True, "text": True, "check": True}
    done = subprocess.run([str(python), "-m", "sphcode", *command.split()], **options)
    return {key: value for key, value in flattened(json.loads(done.stdout)) if "elapsed" not in key}


def flattened(value, key=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flattened(inner, f"{key}.{name}".lstrip("."))
    else:
        yield key, json.dumps(value)


def answer_row(command):
    new, old = answer(ROOT, command), before()
    row = {"value": hashlib.sha256(json.dumps(new).encode()).hexdigest()[:12]}
    if old is not None:
        was = answer(old, command)
        common = [key for key in was if key in new]
        row |= {
            "status": "same" if all(was[key] == new[key] for key in common) else "differs",
            "differs in": ", ".join(key for key in common if was[key] != new[key]),
            "new keys": len(new) - len(common),
            "lost keys": ", ".join(key for key in was if key not in new),
        }
    return row


def answers(quick):
    """Value: digest of the JSON answer without elapsed times; same: every key from before has the same bytes."""
    for label, command in list(ANSWERS.items())[: 1 if quick else None]:
        yield label, partial(answer_row, command)


TABLES = {"modules": modules, "functions": functions, "graph": graph, "answers": answers}
