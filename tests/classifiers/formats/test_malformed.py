"""A share of the malformed files; `nox -s formats` reads 500 (SPHCODE_MALFORMED)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

for package in ("onnx", "gguf", "h5py", "msgpack"):
    pytest.importorskip(package)

SCRIPT = Path(__file__).with_name("malformed.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each file is read in a forked process")
@pytest.mark.parametrize("seed", [0])
def test_malformed_files_give_one_clear_error_and_take_little_memory(seed):
    count = int(os.environ.get("SPHCODE_MALFORMED", "44"))
    done = subprocess.run([sys.executable, SCRIPT, str(seed), str(count)], capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)
    print(summary)
    assert summary["bad"] == []
    assert summary["files"] == count
    assert summary["refused"] > count // 2
