"""Public means documented: `sphcode.__all__`, the reference, and what the pages use are one list."""

import ast
import dataclasses
import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import sphcode
from sphcode import figures

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*DOCS.rglob("*.md"), ROOT / "README.md"]
CLASSES = sorted(name for name in sphcode.__all__ if inspect.isclass(getattr(sphcode, name)))
RESULTS = [name for name in CLASSES if dataclasses.is_dataclass(getattr(sphcode, name))]


def documented(module):
    """Names of a module on the pages of the reference."""
    text = (DOCS / "reference.md").read_text() + (DOCS / "results.md").read_text()
    return re.findall(rf"^\.\. auto(?:function|class|module):: {module}\.(\w+)$", text, flags=re.M)


@pytest.mark.parametrize("module", [sphcode, figures], ids=lambda module: module.__name__)
def test_the_reference_has_each_public_name_once(module):
    assert sorted(documented(module.__name__)) == sorted(module.__all__)


@pytest.mark.parametrize("module", [sphcode, figures], ids=lambda module: module.__name__)
def test_type_checkers_see_the_same_list(module):
    tree = ast.parse(Path(module.__file__).read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    seen = {alias.asname: f"{each.module}.{alias.name}" for each in block.body for alias in each.names}
    assert sorted(seen) == sorted(module.__all__)
    for name, home in seen.items():
        place, _, own = home.rpartition(".")
        assert getattr(importlib.import_module(place), own) is getattr(module, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_use_public_names_only(page):
    text = page.read_text()
    fences = "\n".join(re.findall(r"```(?:python|pycon)\n(.*?)```", text, flags=re.S))
    hidden = r"^(?:>>> )?\s*(?:from|import) (sphcode\.(?!(?:errors|figures|torch)\b)[\w.]+)"
    deep = re.findall(hidden, fences, flags=re.M)
    assert not deep, f"{page.name} imports from {deep}"
    used = set(re.findall(r"\bsphcode\.(\w+)\(", fences)) | {
        name.strip() for names in re.findall(r"from sphcode import ([\w, ]+)", fences) for name in names.split(",")
    }
    assert used <= set(sphcode.__all__), f"{page.name} uses {sorted(used - set(sphcode.__all__))}"


@pytest.mark.parametrize("name", RESULTS)
def test_every_field_is_documented(name):
    result = getattr(sphcode, name)
    text = inspect.getdoc(result)
    entries = re.findall(r"^([\w, ]+) : ", text, flags=re.M)
    described = {field.strip() for entry in entries for field in entry.split(",")}
    missing = {field.name for field in dataclasses.fields(result) if not field.name.startswith("_")} - described
    assert not missing, f"{name} does not describe {sorted(missing)}"
    for attribute, value in vars(result).items():
        if not attribute.startswith("_") and isinstance(value, property):
            assert value.__doc__, f"{name}.{attribute} has no docstring"


@pytest.mark.parametrize("name", figures.__all__)
def test_figures_have_examples_that_run(name):
    function = inspect.unwrap(getattr(figures, name))
    [example] = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


#: Fields that hold real numbers say in which unit: one of these words; the page says what holds for all of them.
UNITS = re.compile(
    r"cosine|\bcos\(|distance|chord|radians|degrees|seconds|evaluations|dimensionless|\bshare\b|\bnats\b|\bbits\b"
    r"|unit (direction|class|feature|row)|norm|orthogonal|vectors|temperature|in (the )?units? (of|that)",
    flags=re.I,
)
#: Scores, by their names, and the words that say which way is better, or which side a bound is on.
SCORES = re.compile(
    r"cosine|angle|distance|residual|loss|gnc|hardmax|cost|gap|spread|error|radius|uniformity|potential|duality|accuracy"
    r"|ratio|bound|slack|margin|min_|one_vs_rest|value|cdnv|position"
)
DIRECTIONS = re.compile(
    r"(smaller|larger|fewer|more) is (better|more|stronger|best)|is best|is the best|rounded (up|down)|asked about"
    r"|neither rounded up nor proven"
)


def attributes(name):
    """(field, type, description) of what the docstring of a result class lists."""
    entry = r"^(\w[\w, ]*) : (.*)\n((?: {4}.*\n?|\n(?= {4}))*)"
    for names, kind, text in re.findall(entry, inspect.getdoc(getattr(sphcode, name)), flags=re.M):
        for field in names.split(","):
            yield field.strip(), kind, " ".join(text.split())


@pytest.mark.parametrize("name", RESULTS)
def test_numbers_say_their_unit_and_scores_which_way_is_better(name):
    for field, kind, text in attributes(name):
        real = "float" in kind or ("ndarray" in kind and "of int" not in kind and "of bool" not in kind)
        if real:
            assert UNITS.search(text), f"{name}.{field} has no unit: {text}"
        if real and SCORES.search(field) and "ndarray" not in kind:
            assert DIRECTIONS.search(text), f"{name}.{field} does not say which way is better: {text}"
