"""Kernels round alike whether compiled in this process or loaded from the cache."""

import subprocess
import sys

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
