"""Peak memory of `sphcode compare` on the file of a large head, in a process of its own.

    OMP_NUM_THREADS=1 python tests/benchmarks/margins_memory.py [n_classes dim [dtype [sample]]]

Without arguments: (32064, 1024), float32, 256 classes. The rows are those of a language model, as in margins_pairs;
dtype is float32, bfloat16 or float16. Printed is the peak of the resident set, mapped pages of the file included, as a
multiple of the size of the matrix in float32. Of the scan for nearest neighbours, which takes most of the time, only
the first block is made: it takes as much memory as any, as the others hold fewer rows.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np

#: What the process of its own runs: the command, then its own peak. jax, which only our tests need, would be loaded by
#: cvxpy if it is there, and take 0.1 GB.
_CHILD = """
import re, sys
from pathlib import Path
import numpy as np
sys.modules["jax"] = None
from sphcode.cli.main import main
from sphcode.margins import nearest
scan = nearest._scan
def first_block(problem, part):
    if part.start == 0:
        return scan(problem, part)
    best = nearest._Best.empty(0, problem.width)
    return nearest._Found(best, np.empty((0, 2), np.int64), 0, np.zeros(problem.bins or 0, np.int64))
nearest._scan = first_block
code = main(sys.argv[1:])
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print("\\npeak", int(peak.group(1)) * 1024, file=sys.stderr)
sys.exit(code)
"""
#: Rows that are made at once.
_PART = 1024


def write_head(path, n, dim, dtype="float32"):
    """Write seeded rows as a safetensors file, part by part."""
    size, name = {"float32": (4, "F32"), "bfloat16": (2, "BF16"), "float16": (2, "F16")}[dtype]
    header = {"lm_head.weight": {"dtype": name, "shape": [n, dim], "data_offsets": [0, n * dim * size]}}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    scale = 1.0 / np.sqrt(np.arange(1, dim + 1))
    rng = np.random.default_rng(0)
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        for start in range(0, n, _PART):
            rows = rng.standard_normal((min(_PART, n - start), dim), dtype=np.float32) * scale
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            rows[:, 0] += 0.7
            rows *= 1.0 + 0.15 * rng.standard_normal((len(rows), 1))
            rows = rows.astype(np.float32)
            if dtype == "bfloat16":
                bits = rows.view(np.uint32)
                rows = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
            elif dtype == "float16":
                rows = rows.astype(np.float16)
            stream.write(rows.tobytes())


@contextmanager
def head_file(n, dim, dtype):
    """Path of a file of seeded rows; it is kept for other runs in the folder SPHCODE_HEADS, if that is set."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(os.environ.get("SPHCODE_HEADS", folder)) / f"{n}_{dim}_{dtype}.safetensors"
        if not path.exists():
            part = path.with_suffix(".part")
            write_head(part, n, dim, dtype)
            part.replace(path)
        yield path


def peak_bytes(*arguments):
    """Peak resident set of one command of sphcode; the answer as it was printed."""
    done = subprocess.run([sys.executable, "-c", _CHILD, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return int(done.stderr.rsplit("peak", 1)[1]), done.stdout


def memory_case(n, dim, dtype, sample, *options):
    """One row of the table: peak over the float32 size."""
    with head_file(n, dim, dtype) as path:
        peak, _ = peak_bytes("compare", str(path), "--sample", str(sample), "--json", *options)
    return {"value": f"{peak / (4 * n * dim):.2f}", "gigabytes": f"{peak / 1e9:.2f}", "sample": sample}


def main(n=32064, dim=1024, dtype="float32", sample=256):
    print(f"({n}, {dim}) {dtype}:", memory_case(int(n), int(dim), dtype, int(sample)))


if __name__ == "__main__":
    main(*sys.argv[1:])
