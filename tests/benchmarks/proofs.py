"""Speed of the checker: python tests/benchmarks/proofs.py [FILE ...]

CPU seconds to prove and to verify codes, and the rigorous largest cosine as a multiple of one float64 Gram matrix.
The codes are those of the tests, or the files given.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from sphcode import SphericalCode, prove, verify
from sphcode.proofs.verdict import Verdict


def timed(call, *args, **options):
    """Result and CPU seconds of a call."""
    start = time.process_time()
    result = call(*args, **options)
    return result, time.process_time() - start


def cases():
    """(name, points) of the codes."""
    if len(sys.argv) > 1:
        return [(Path(name).name, SphericalCode.load(name).points) for name in sys.argv[1:]]
    stored = json.loads((Path(__file__).parents[1] / "proofs" / "codes.json").read_text())
    return [(name, np.array(rows)) for name, rows in stored.items()]


def main():
    print(f"{'code':16s} {'level':14s} {'prove':>8s} {'verify':>8s} {'100 digits':>10s} {'1000':>8s}")
    seconds = []
    for name, points in cases():
        certificate, proving = timed(prove, points)
        verdict, verifying = timed(verify, certificate)
        assert isinstance(verdict, Verdict)
        assert verdict.accepted
        _, hundred = timed(verify, points, digits=100)
        _, thousand = timed(verify, points, digits=1000)
        seconds.append(proving + verifying)
        print(f"{name:16s} {verdict.level:14s} {proving:8.3f} {verifying:8.3f} {hundred:10.3f} {thousand:8.3f}")
    print(f"prove and verify: median {np.median(seconds):.3f} s, largest {max(seconds):.3f} s\n")
    print(f"{'points':>12s} {'float64 Gram':>12s} {'rigorous':>9s} {'ratio':>6s}")
    for n_points, dim in ((1000, 3), (10_000, 3), (2000, 128)):
        points = np.random.default_rng(0).standard_normal((n_points, dim))
        points /= np.linalg.norm(points, axis=1)[:, None]
        _, plain = timed(lambda points=points: (points @ points.T - 2 * np.eye(len(points))).max())
        _, rigorous = timed(verify, points)
        print(f"{n_points:6d} x {dim:3d} {plain:12.3f} {rigorous:9.3f} {rigorous / plain:6.2f}")


if __name__ == "__main__":
    main()
