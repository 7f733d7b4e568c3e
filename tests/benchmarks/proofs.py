"""Speed of the checker: CPU seconds to prove and to verify codes, and the rigorous largest cosine of large codes."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import numpy as np

from sphcode import prove, verify

RANDOM = [(3, 1000), (3, 10_000), (128, 2000)]


def timed(call, *args, **options):
    """Return the result of a call and its CPU seconds."""
    begin = time.process_time()
    result = call(*args, **options)
    return result, time.process_time() - begin


def stored():
    """Return the codes of the tests, by name."""
    path = Path(__file__).parents[1] / "proofs" / "codes.json"
    return {name: np.array(rows) for name, rows in json.loads(path.read_text()).items()}


def code_row(points):
    certificate, proving = timed(prove, points)
    verdict, verifying = timed(verify, certificate)
    assert verdict.accepted
    return {
        "value": verdict.level,
        "prove s": f"{proving:.3f}",
        "verify s": f"{verifying:.3f}",
        "100 digits s": f"{timed(verify, points, digits=100)[1]:.3f}",
        "1000 digits s": f"{timed(verify, points, digits=1000)[1]:.3f}",
        "seconds": f"{proving + verifying:.3f}",
    }


def codes(quick):
    """Value: what is proven of a code of the tests; seconds: to prove and to verify it."""
    for name, points in list(stored().items())[: 2 if quick else None]:
        yield name, partial(code_row, points)


def cosine_row(dim, n_points):
    points = np.random.default_rng(0).standard_normal((n_points, dim))
    points /= np.linalg.norm(points, axis=1)[:, None]
    _, plain = timed(lambda: (points @ points.T - 2 * np.eye(n_points)).max())
    _, rigorous = timed(verify, points)
    return {"value": f"{rigorous / plain:.2f}", "float64 s": f"{plain:.3f}", "seconds": f"{rigorous:.3f}"}


def cosines(quick):
    """Value: time of the rigorous largest cosine of random rows, as a multiple of one float64 Gram matrix."""
    for dim, n_points in RANDOM[:1] if quick else RANDOM:
        yield f"({dim}, {n_points})", partial(cosine_row, dim, n_points)


TABLES = {"codes": codes, "cosines": cosines}
