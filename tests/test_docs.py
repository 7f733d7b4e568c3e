"""The documentation tells the truth: docstring examples run, the README's commands are the ones that CI runs."""

import doctest
import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import jsonschema
import pytest

import sphcode

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    info.name for info in pkgutil.walk_packages(sphcode.__path__, "sphcode.") if "__main__" not in info.name
)
#: Its example without triples: see tests/bounds/three_point/test_model.py.
INACCURATE = {
    "sphcode.bounds.three_point.model": pytest.mark.filterwarnings("ignore:Solution may be inaccurate"),
}
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "```pycon" in page.read_text()]


@pytest.mark.parametrize("name", [pytest.param(name, marks=INACCURATE.get(name, ())) for name in MODULES])
def test_docstring_examples(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_pages(page):
    blocks = "\n".join(re.findall(r"```pycon\n(.*?)```", page.read_text(), flags=re.S))
    example = doctest.DocTestParser().get_doctest(blocks, {}, page.name, str(page), 0)
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


def test_public_functions_have_examples():
    finder = doctest.DocTestFinder(recurse=False)
    public = {name: getattr(sphcode, name) for name in sphcode.__all__}
    for name in [name for name, value in public.items() if inspect.isfunction(value)]:
        [example] = finder.find(getattr(sphcode, name), name, globs={})
        assert example.examples, f"sphcode.{name} has no example"


def test_readme_has_exactly_two_commands():
    readme = (ROOT / "README.md").read_text()
    commands = re.findall(r"<!-- command (\d) -->\n+```\w*\n(.*?)```", readme, flags=re.S)
    assert [number for number, _ in commands] == ["1", "2"]
    for _, command in commands:
        assert len(command.strip().splitlines()) == 1
    assert "sphcode compare" in commands[0][1]
    assert "--report" in commands[0][1]
    assert "pytest" in commands[1][1]


def test_schemas_are_valid():
    schemas = sorted((ROOT / "docs" / "schemas").glob("*.json"))
    assert len(schemas) >= 8
    for path in schemas:
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_links_between_pages_resolve():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_nothing_names_a_machine():
    pattern = re.compile(r"(?:\.\./shared|/work/|/root/|/home/\w)")
    suffixes = {".py", ".md", ".toml", ".cfg", ".cff", ".json", ".csv", ".html"}
    folders = [ROOT / name for name in ("sphcode", "data", "tests", "docs", ".ci")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes or path.name == "run"]
    for path in files:
        if "_build" in path.parts or path == Path(__file__):
            continue
        assert not pattern.search(path.read_text()), f"{path.relative_to(ROOT)} names a machine's path"
