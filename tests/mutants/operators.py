"""Mutations of Python source: every place where a comparison, a condition, a sign or a constant can be changed."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: A comparison and what stands in its place.
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}

_SIGNS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}

#: Functions and methods with an opposite.
_OPPOSITES = {"all": "any", "any": "all", "min": "max", "max": "min", "upper": "lower", "lower": "upper"}


@dataclass(frozen=True)
class Mutant:
    """One change of one file: `key` names it whatever the lines around it, `place` is its number in the file."""

    key: str
    path: str
    line: int
    original: str
    changed: str
    place: int

    def rank(self, seed: int) -> str:
        """Return what mutants are sorted by to choose some: a hash, so that other changes leave the choice alone."""
        return hashlib.sha256(f"{seed} {self.key}".encode()).hexdigest()


def mutants(root: Path, path: str) -> list[Mutant]:
    """Return all mutants of a file."""
    tree = ast.parse((root / path).read_text())
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for place, (name, kind, node, change) in enumerate(_changes(tree)):
        shown = node.test if isinstance(node, ast.If) else node
        original, changed = ast.unparse(shown), "False" if isinstance(node, ast.If) else _changed(node, change)
        stem = f"{path} {name} {kind}: {original} -> {changed}"
        seen[stem] += 1
        key = stem if seen[stem] == 1 else f"{stem} ({seen[stem]})"
        found.append(Mutant(key, path, node.lineno, original, changed, place))
    return found


def source(root: Path, mutant: Mutant) -> str:
    """Return the file with the mutation."""
    tree = ast.parse((root / mutant.path).read_text())
    for place, (_, _, _, change) in enumerate(_changes(tree)):
        if place == mutant.place:
            change()
            return ast.unparse(ast.fix_missing_locations(tree))
    raise ValueError(mutant.key)


Change = Callable[[], None]
Place = tuple[str, str, ast.expr | ast.stmt, Change]


def _changed(node: ast.expr | ast.stmt, change: Change) -> str:
    """Return the text of a node after a change that is then taken back."""
    before = copy.copy(node.__dict__)
    inner = {key: list(value) for key, value in before.items() if isinstance(value, list)}
    change()
    text = ast.unparse(ast.fix_missing_locations(node))
    node.__dict__.update(before)
    for key, value in inner.items():
        node.__dict__[key] = value
    return text


def _changes(tree: ast.Module) -> Iterator[Place]:
    for statement in tree.body:
        yield from _inside(statement, "")


def _inside(node: ast.AST, name: str) -> Iterator[Place]:
    """Yield the changes of a node and of what it holds; nothing outside of functions, no annotation, no message."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        name = f"{name}.{node.name}" if name else node.name
        for statement in node.body:
            yield from _inside(statement, name)
        return
    if not name or isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    yield from ((name, kind, node, change) for kind, change in _of(node))
    for field, child in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        for one in child if isinstance(child, list) else [child]:
            if isinstance(one, ast.AST):
                yield from _inside(one, name)


def _of(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """Yield the changes at a node itself."""
    if isinstance(node, ast.Compare):
        for k, operator in enumerate(node.ops):
            if type(operator) in _COMPARISONS:
                yield "comparison", lambda k=k, node=node: _put(node, "ops", k, _COMPARISONS[type(node.ops[k])]())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield "and/or", lambda: setattr(node, "op", other())
        if len(node.values) > 1:
            for k in range(len(node.values)):
                yield (
                    "dropped condition",
                    lambda k=k, node=node: setattr(node, "values", node.values[:k] + node.values[k + 1 :]),
                )
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.USub):
            yield "sign", lambda: setattr(node, "op", ast.UAdd())
    elif isinstance(node, ast.BinOp):
        if type(node.op) in _SIGNS:
            yield "sign", lambda: setattr(node, "op", _SIGNS[type(node.op)]())
    elif isinstance(node, ast.If):
        yield "dropped check", lambda: setattr(node, "test", ast.Constant(False))
    elif isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name) and function.id in _OPPOSITES:
            yield "opposite", lambda: setattr(node, "func", ast.Name(_OPPOSITES[function.id], ast.Load()))
        elif isinstance(function, ast.Attribute) and function.attr in _OPPOSITES:
            new = ast.Attribute(function.value, _OPPOSITES[function.attr], ast.Load())
            yield "opposite", lambda: setattr(node, "func", new)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "off by one", lambda: setattr(node, "value", node.value + 1)


def _put(node: ast.AST, field: str, index: int, value: ast.AST) -> None:
    entries = list(getattr(node, field))
    entries[index] = value
    setattr(node, field, entries)
