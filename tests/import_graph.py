"""Who imports whom in a folder: python tests/import_graph.py [FOLDER ...] prints rooms, floors and arrows.

A room is a module, or a folder with all that is in it. An arrow is an import of one room by another at any depth,
inside functions too. A room stands on a floor above all rooms that it imports; imports for type checkers
only count as arrows, and not for the floors.
"""

import ast
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "sphcode"


def rooms(folder):
    """Names of the rooms of a folder."""
    modules = {path.stem for path in folder.glob("*.py") if path.stem not in ("__init__", "__main__")}
    return modules | {path.parent.name for path in folder.glob("*/__init__.py")}


class _WithoutTypes(ast.NodeTransformer):
    def visit_If(self, node):
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


@cache
def imported(path, types=True):
    """Dotted names of the modules that a file may import: of `from a import b` both a and a.b."""
    names, tree = set(), ast.parse(path.read_text())
    for node in ast.walk(tree if types else _WithoutTypes().visit(tree)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def arrows(folder, package=PACKAGE, types=True):
    """Pairs (room, room that it imports) of a folder of the package."""
    prefix = ".".join(folder.relative_to(package.parent).parts) + "."
    known, found = rooms(folder), set()
    for path in folder.rglob("*.py"):
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        targets = {name.removeprefix(prefix).split(".")[0] for name in imported(path, types) if name.startswith(prefix)}
        found |= {(own, target) for target in targets & known if own in known and target != own}
    return found


def floors(folder, package=PACKAGE):
    """Rooms by floor, the lowest first; a room stands above all that it imports. A circle is an error."""
    left, pairs, found = rooms(folder), arrows(folder, package, types=False), []
    while left:
        floor = {room for room in left if not any(target in left for own, target in pairs if own == room)}
        if not floor:
            raise ValueError(f"a circle among {', '.join(sorted(left))} of {folder.name}")
        found.append(floor)
        left = left - floor
    return found


def report(folder, package=PACKAGE):
    """One line on a folder, and its floors."""
    levels = floors(folder, package)
    counts = f"{len(rooms(folder))} rooms, {len(levels)} floors, {len(arrows(folder, package))} arrows"
    return "\n".join([f"{folder.name}: {counts}", *(f"  {', '.join(sorted(floor))}" for floor in levels)])


if __name__ == "__main__":
    for given in sys.argv[1:] or sorted(path.parent for path in PACKAGE.glob("*/__init__.py")):
        where = Path(given).resolve()
        print(report(where, next(parent for parent in (where, *where.parents) if parent.name == "sphcode")))
