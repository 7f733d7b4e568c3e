"""Numbers that decide something have a name and a reason: a comment at the constant, or at the group it stands in."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sphcode"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def numeric_constants(tree):
    """(names, first line, last line) of the assignments of numbers in capitals at the top level of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            leaves = [leaf.value for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant)]
            numbers = [value for value in leaves if isinstance(value, int | float) and not isinstance(value, bool)]
            if ast.unparse(target).strip("()").replace(", ", "").isupper() and numbers and len(numbers) == len(leaves):
                yield ast.unparse(target), node.lineno, node.end_lineno


@pytest.mark.parametrize("module", MODULES)
def test_numbers_have_a_reason(module):
    text = (PACKAGE / module).read_text()
    lines = ["", *text.splitlines()]
    for names, first, last in numeric_constants(ast.parse(text)):
        above = first - 1
        while lines[above] and not lines[above].startswith("#"):
            above -= 1
        reason = lines[above].startswith("#") or any("#" in line for line in lines[first : last + 1])
        assert reason, f"sphcode/{module}:{first}: say why {names} has this value"
