"""A whole comparison of a large head: wall time, CPU time and peak memory, against the cost of one product of all rows.

    python tests/benchmarks/compare.py [n_classes dim]      default 50000 512

The head is float32, seeded, in clusters as learned heads are; the command line reads its file, in its own process.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PRODUCT_ROWS = 2048


def clustered_head(n_classes, dim):
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((max(2, n_classes // 100), dim))
    rows = 0.5 * centres[rng.integers(0, len(centres), n_classes)] + rng.standard_normal((n_classes, dim))
    return rows.astype(np.float32)


def product_seconds(rows):
    """CPU seconds of the float64 product of all rows with all rows, from a block of them."""
    wide = rows.astype(np.float64)
    block = wide[:PRODUCT_ROWS].copy()
    began = time.process_time()
    block @ wide.T
    return (time.process_time() - began) * len(rows) / len(block)


def main(n_classes=50_000, dim=512):
    rows = clustered_head(n_classes, dim)
    product = product_seconds(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "head.npy"
        np.save(path, rows)
        # A process that is forked starts with the peak of its parent, so the parent must be small again.
        del rows
        command = [sys.executable, "-m", "sphcode", "compare", str(path)]
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        peak = 0
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status")
            if status.exists():
                found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
                peak = max(peak, int(found.group(1)) if found else 0)
            time.sleep(0.5)
        wall = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(process.stdout.read())
    cpu = used.ru_utime + used.ru_stime
    print(
        f"({n_classes}, {dim}): {wall:.0f} s on {os.cpu_count()} cores, {cpu:.0f} CPU s = {cpu / product:.1f} products"
    )
    print(f"of {product:.0f} s; peak memory {peak / 2**20:.2f} GiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
