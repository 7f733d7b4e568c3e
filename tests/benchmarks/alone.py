"""Call one function of a benchmark in a process of its own: its answer, CPU seconds from the start on, peak memory."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Seconds on the clock after which a process is given up: the limits of CPU time are kept inside of it.
PATIENCE = 300


def alone(module: str, function: str, *arguments: object, patience: float = PATIENCE) -> dict[str, float]:
    """Return {"answer": ..., "cold": CPU seconds of the whole process, "warm": of the call, "peak": MiB resident}."""
    command = [sys.executable, "-m", "tests.benchmarks.alone", module, function, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"the process ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def main(module: str, function: str, arguments: str) -> None:
    """What the process runs."""
    call = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)
    began = time.process_time()
    answer = call(*json.loads(arguments))
    warm = time.process_time() - began
    # VmHWM and not ru_maxrss: a process that is forked starts with the latter of its parent.
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text()).group(1)) / 1024
    print(json.dumps({"answer": answer, "warm": warm, "cold": time.process_time(), "peak": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
