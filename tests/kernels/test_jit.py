"""Kernels round alike whether compiled in this process or loaded from the cache."""

import ast
import subprocess
import sys
from pathlib import Path

from sphcode import kernels

SCRIPT = """
import numpy as np
from sphcode.search.polish import polish

starts = np.random.default_rng(0).standard_normal((9, 13, 4))
starts /= np.linalg.norm(starts, axis=-1, keepdims=True)
print(*(polish(start, 0.1).points.tobytes().hex() for start in starts))
"""


def test_compiled_and_cached_agree(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    compiled, cached = (
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True).stdout for _ in range(2)
    )
    assert any(tmp_path.iterdir())
    assert compiled == cached


def test_no_kernel_assigns_an_array_to_a_slice():
    """Numba compiles the text of its shape error into each such place: seconds of compilation; a loop costs none."""
    for path in Path(kernels.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Constant):
                targets = [t for target in node.targets for t in getattr(target, "elts", [target])]
                slices = [t for t in targets if isinstance(t, ast.Subscript) and isinstance(t.slice, ast.Slice)]
                assert not [f"{path.name}:{t.lineno}" for t in slices]
