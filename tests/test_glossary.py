"""One vocabulary: the glossary has each public name, nothing that is none, and the sentences of the report."""

import collections
import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import sphcode
from sphcode.figures.report import TERMS

TEXT = (Path(__file__).parents[1] / "docs" / "glossary.md").read_text()
NAMED = set(re.findall(r"`(\w+)`", TEXT))


def fields():
    """How many public result classes have a field of a name."""
    classes = [getattr(sphcode, name) for name in sphcode.__all__]
    found = [made for made in classes if inspect.isclass(made) and dataclasses.is_dataclass(made)]
    return collections.Counter(field.name for made in found for field in dataclasses.fields(made))


def test_every_public_name_is_explained():
    assert sorted(set(sphcode.__all__) - NAMED) == []


def test_every_field_that_results_share_is_explained():
    shared = {name for name, count in fields().items() if count > 1}
    assert sorted(shared - NAMED) == []


def test_no_name_is_explained_that_is_none():
    assert sorted(NAMED - set(sphcode.__all__) - set(fields()) - set(dir(sphcode.SphericalCode))) == []


@pytest.mark.parametrize("word", TERMS)
def test_the_report_explains_its_words_as_the_glossary_does(word):
    flat = " ".join(TEXT.split())
    assert f" {word} {TERMS[word]}" in flat
