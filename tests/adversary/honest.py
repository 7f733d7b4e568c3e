"""Write `honest.json`: small certificates that are true, the material of which the liars are made.

Run once by hand, `PYTHONPATH=tests python -m adversary.honest`; what is committed is what the tests use, so that a
change of a producer changes no mutant. Codes come from constructions, from `tests/proofs/codes.json` and from short
searches.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

from sphcode import bound, construct, generate, prove, verify
from sphcode.bounds.floors.energy import energy_bound

FILE = Path(__file__).parent / "honest.json"
BOUND_SCHEMA = "sphcode.bound-certificate/1"

#: (dim, n_points) of codes that a search of one seed finds: optima, local optima, some with rattlers or symmetries.
SEARCHED = [(3, 10), (3, 13), (3, 14), (3, 16), (3, 20), (4, 9), (4, 12), (5, 11)]

#: (dim, n_points) of codes with a construction; of (3, 6) and (4, 7) the coordinates are exact.
CONSTRUCTED = [(2, 5), (2, 8), (3, 4), (3, 5), (3, 6), (3, 9), (3, 12), (4, 7), (4, 8), (4, 10), (5, 16)]

#: Closed forms that no producer writes by itself for a small case: kind, dim, claim, antipodal.
WRITTEN: list[tuple[str, int, dict[str, Any], bool]] = [
    ("rankin", 3, {"max_cosine": "0", "n_points_at_most": "6"}, False),
    ("rankin", 5, {"n_points": 6, "max_cosine_at_least": "-1/5"}, False),
    ("rankin", 4, {"n_points": 4, "max_cosine_at_least": "0"}, True),
    ("rankin", 3, {"n_points": 2, "max_cosine_at_least": "-1"}, True),
    ("cap-volume", 5, {"max_cosine": "1/2", "n_points_at_most": "77.76"}, False),
    ("cap-volume", 3, {"max_cosine": "3/5", "n_points_at_most": "18.95"}, False),
    ("welch", 3, {"n_points": 12, "max_cosine_at_least": "0.4472135954"}, True),
    ("welch", 4, {"max_cosine": "2/5", "n_points_at_most": "18.7"}, True),
    ("levenshtein-lines", 4, {"max_cosine": "1/2", "n_points_at_most": "24"}, True),
    ("fejes-toth", 3, {"max_cosine": "1/2", "n_points_at_most": "13.4"}, False),
    ("coxeter-boeroeczky", 4, {"max_cosine": "1/2", "n_points_at_most": "26.45"}, False),
    ("orthoplex", 2, {"n_points": 8, "max_cosine_at_least": "0.7071"}, True),
]

BOUNDS: dict[str, dict[str, Any]] = {
    "rankin 3 5": {"dim": 3, "n_points": 5},
    "rankin 4 at -3/10": {"dim": 4, "max_cosine": "-0.3"},
    "polygon 7": {"dim": 2, "n_points": 7},
    "polygon at 3/10": {"dim": 2, "max_cosine": "0.3"},
    "fejes-toth 3 12 lines": {"dim": 3, "n_points": 12, "method": "closed-form", "antipodal": True},
    "levenshtein 3 15": {"dim": 3, "n_points": 15, "method": "closed-form"},
    "levenshtein 3 at 3/5": {"dim": 3, "max_cosine": "0.6", "method": "closed-form"},
    "levenshtein 8 40": {"dim": 8, "n_points": 40, "method": "closed-form"},
    "coxeter-boeroeczky 4 120": {"dim": 4, "n_points": 120, "method": "closed-form"},
    "levenshtein-lines 4 24": {"dim": 4, "n_points": 24, "antipodal": True, "method": "closed-form"},
    "orthoplex 3 14": {"dim": 3, "n_points": 14, "antipodal": True, "method": "closed-form"},
    "delsarte 4 13": {"dim": 4, "n_points": 13, "method": "lp", "degree": 8},
    "delsarte 4 at 1/2": {"dim": 4, "max_cosine": "0.5", "method": "lp", "degree": 9},
    "delsarte 3 at 1/2": {"dim": 3, "max_cosine": "0.5", "method": "lp", "degree": 9},
    "delsarte lines 4 26": {"dim": 4, "n_points": 26, "antipodal": True, "method": "lp", "degree": 10},
    "delsarte-zeros 3 12": {"dim": 3, "n_points": 12, "method": "lp"},
    "delsarte-zeros 5 16": {"dim": 5, "n_points": 16, "method": "lp"},
    "delsarte-zeros 8 240": {"dim": 8, "n_points": 240, "method": "lp"},
    "three-point-exact 4 10": {"dim": 4, "n_points": 10},
    "three-point 4 11": {"dim": 4, "n_points": 11, "method": "three-point", "degree": 3},
    "three-point 3 at 1/2": {"dim": 3, "max_cosine": "0.5", "method": "three-point", "degree": 3},
}

ENERGIES = [
    (3, 5, "gaussian", 2.0),
    (3, 12, "gaussian", 2.0),
    (4, 10, "gaussian", 1.0),
    (4, 7, "riesz", 2.0),
    (5, 16, "riesz", 3.0),
    (3, 6, "logarithmic", None),
]


def cube() -> np.ndarray:
    """Return a critical code that is no optimum."""
    return np.array(list(itertools.product((1, -1), repeat=3))) / np.sqrt(3)


def cap() -> np.ndarray:
    """Return a point of the icosahedron and its neighbours: the contacts hold them, but nothing presses."""
    around = 2 * np.pi * np.arange(5) / 5
    rows = np.stack([2 * np.cos(around), 2 * np.sin(around), np.ones(5)], axis=1) / np.sqrt(5)
    return np.vstack([[[0.0, 0.0, 1.0]], rows])


def honest() -> dict[str, dict[str, Any]]:
    """Return all certificates by name."""
    stored = json.loads((FILE.parents[1] / "proofs" / "codes.json").read_text())
    found: dict[str, dict[str, Any]] = {}
    for dim, n_points in CONSTRUCTED:
        found[f"code {dim} {n_points}"] = prove(construct(dim, n_points).code())
    for dim, n_points in SEARCHED:
        found[f"searched {dim} {n_points}"] = prove(generate(dim, n_points, effort=300, rng=0).code)
    for name in ("3,7", "3,8", "3,13", "3,14"):
        found[f"code {name.replace(',', ' ')}"] = prove(np.array(stored[name]))
    found["code cube"] = prove(cube())
    found["code 3 5 of 6"] = prove(construct(3, 6).code().points[:5])
    rows = np.random.default_rng(5).standard_normal((6, 3))
    found["code random"] = prove(rows / np.linalg.norm(rows, axis=1)[:, None], digits=12)
    triples = [["0.6", "0.8"], ["-0.6", "0.8"], ["0.28", "-0.96"], ["1", "0"]]
    found["code decimals"] = {
        "schema": "sphcode.code/1", "dim": 2, "n_points": 4, "points": triples, "claim": {"max_cosine": "0.6000001"},
    }  # fmt: skip
    for name in ("code 3 6", "code 3 7", "searched 3 14", "code 4 10"):
        found[f"{name} without claim"] = {key: value for key, value in found[name].items() if key != "claim"}
    for kind, dim, claim, antipodal in WRITTEN:
        size = claim.get("n_points", f"at {claim.get('max_cosine')}")
        more = {"antipodal": True} if antipodal else {}
        certificate = {"schema": BOUND_SCHEMA, "kind": kind, "dim": dim, "claim": claim, **more}
        found[f"{kind} {dim} {size}{' lines' if antipodal else ''}"] = certificate
    found["code cap"] = prove(cap())
    found["code 3 15 twisted"] = prove(np.array(stored["3,15 twisted"]))
    for name, arguments in BOUNDS.items():
        found[name] = dict(bound(**arguments).certificate)
        assert found[name]["kind"] == name.split()[0], (name, found[name]["kind"])
    for dim, n_points, potential, parameter in ENERGIES:
        found[f"energy {dim} {n_points} {potential}"] = dict(
            energy_bound(dim, n_points, potential, parameter).certificate
        )
    return found


def main() -> None:
    """Write the file, after asking the checker about each."""
    found = honest()
    for name, certificate in found.items():
        verdict = verify(certificate)
        print(f"{name}: {verdict.level}, {verdict.claim}")
        assert verdict.accepted, (name, verdict)
    lines = (f"{json.dumps(name)}: {json.dumps(certificate)}" for name, certificate in found.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
