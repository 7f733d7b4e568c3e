"""Documented deep imports of 0.1 still work, with a warning, until 0.3."""

import importlib

import pytest


@pytest.mark.parametrize(("module", "name"), [("energy", "energy_bound"), ("cross_entropy", "cross_entropy_bound")])
def test_old_place_warns_and_gives_the_same(module, name):
    old = importlib.import_module(f"sphcode.bounds.{module}")
    with pytest.warns(DeprecationWarning, match=f"`{name}` is in sphcode.bounds.floors.{module} now"):
        found = getattr(old, name)
    assert found is getattr(importlib.import_module(f"sphcode.bounds.floors.{module}"), name)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = old.nonsense
