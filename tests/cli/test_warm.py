"""`doctor --warm`: the recipes reach every kernel that commands use, and the processes share one cache."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sphcode import kernels
from sphcode.cli import _warm
from sphcode.cli.main import main
from sphcode.kernels import _compiling


def test_recipes_are_run_in_processes_and_their_kernels_counted(monkeypatch):
    told = []
    monkeypatch.setattr(_warm, "RECIPES", {"one": None, "two": None})
    monkeypatch.setattr(_warm, "run", lambda name: (name, {"a.b": 1.0 if name == "one" else 3.0, f"c.{name}": 2.0}))
    seconds, elapsed = _warm.fill(1, told.append)
    assert seconds == {"a.b": 3.0, "c.one": 2.0, "c.two": 2.0}
    assert elapsed >= 0.0
    assert [(event.done, event.total) for event in told] == [(1, 2), (2, 2)]


def test_a_recipe_tells_its_kernels(monkeypatch):
    monkeypatch.setitem(_warm.RECIPES, "decoding", lambda: None)
    monkeypatch.setattr(_compiling._compiled, "seconds", {"decoding.d_words": 0.5})
    assert _warm.run("decoding") == ("decoding", {"decoding.d_words": 0.5})


def test_doctor_says_what_was_compiled(capsys, monkeypatch):
    monkeypatch.setattr(_warm, "fill", lambda workers, progress: ({"a.b": 1.0, "c.d": 29.0}, 16.0))
    assert main(["doctor", "--warm"]) == 0
    assert "warm          2 kernels compiled in 16 s, 30 CPU s" in capsys.readouterr().out
    assert main(["doctor", "--warm", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warm"] == {"elapsed_s": 16.0, "kernels": {"c.d": 29.0, "a.b": 1.0}}
    monkeypatch.setattr(_warm, "fill", lambda workers, progress: ({}, 3.0))
    assert main(["doctor", "--warm"]) == 0
    assert "all kernels were in the cache" in capsys.readouterr().out


@pytest.mark.slow
def test_after_it_no_command_compiles_anything(tmp_path, monkeypatch):
    """The recipes, run again in new processes, find all in the cache; each kernel's file has something there."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    first, _ = _warm.fill(2, lambda event: None)
    again, _ = _warm.fill(2, lambda event: None)
    assert len(first) > 60
    assert again == {}
    # Sizes on both sides of the bounds from which searches keep lists, and go on outside of compiled loops; and
    # heads on both sides of that from which problems are pivoted.
    script = """
import numpy as np
from sphcode import compare, generate, one_vs_rest
from sphcode.kernels._compiling import compiled_seconds
for dim, n_points in ((3, 12), (3, 60), (3, 62), (5, 90), (8, 100), (3, 299), (3, 310)):
    generate(dim, n_points, effort=1, constructions=False)
for dim in (5, 40):
    weights = np.random.default_rng(1).standard_normal((100, dim))
    compare(weights.astype(np.float32))
    one_vs_rest(weights)
print(compiled_seconds())
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "{}\n"
    modules = {path.stem for path in Path(kernels.__file__).parent.glob("*.py") if "@kernel" in path.read_text()}
    assert {name.partition(".")[0] for name in first} == modules - {"_jit"}
