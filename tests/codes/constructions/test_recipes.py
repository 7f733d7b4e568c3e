"""The recipes of docs/constructions.md run as they stand."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "constructions.md").read_text()
RECIPES = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if not block.startswith(">>>")]


def test_there_are_recipes():
    assert len(RECIPES) == 2


@pytest.mark.parametrize("recipe", RECIPES, ids=["fixed head", "codebook"])
def test_recipe(recipe):
    if "torch" in recipe:
        pytest.importorskip("torch")
    exec(recipe, {})
