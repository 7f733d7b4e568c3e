"""Certificates forged as a whole, each of a kind of lie that no change of an honest one makes; all must be refused.

Equal points in different dress, numbers that float64 would round to something true, codes in a larger space than the
one they are best in, theorems quoted for other codes, lines counted as points, identities that hold and prove nothing.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adversary.mutants import HONEST, Certificate

#: A row and the same direction once more, both exact.
SAME_DIRECTION = {
    "a root of a fraction": (["1/2", "sqrt(3)/2"], ["0.5", "sqrt(0.75)"]),
    "a root not in lowest terms": (["1/2", "sqrt(3)/2"], ["sqrt(1/4)", "sqrt(12)/4"]),
    "a root in the denominator": (["(1+sqrt(5))/2", "1"], ["2/(sqrt(5)-1)", "1"]),
    "a square under the root": (["sqrt(8)", "1"], ["2*sqrt(2)", "1"]),
    "an irrational multiple": (["1+sqrt(2)", "1"], ["1", "sqrt(2)-1"]),
    "a multiple with two roots": (["sqrt(2)+sqrt(3)", "1"], ["5+2*sqrt(6)", "sqrt(2)+sqrt(3)"]),
    "a huge exponent": (["sqrt(2)", "sqrt(2)"], ["1e400", "1e400"]),
    "a tiny exponent": (["1e-400", "sqrt(2)/1e400"], ["1", "sqrt(2)"]),
    "whole numbers of any size": (["1", "1"], ["1e300", "1e300"]),
    "a hex float": (["0x1p-1", "sqrt(3)/2"], ["1/2", "sqrt(3)*0x1p-1"]),
    "a minus before zero": (["1", "-0"], ["1", "0"]),
    "a zero with an exponent": (["1", "-0.0"], ["1", "0e5"]),
    "fractions": (["1/3", "1/7"], ["7", "3"]),
    "a common root": (["sqrt(50)", "sqrt(2)"], ["5", "1"]),
}

#: A code, and the levels that it does not have with one coordinate more, all zero.
EMBEDDED = {"code 2 5": "strict-local", "code 2 8": "optimal", "code 3 9": "optimal", "code 3 12": "strict-local"}

#: Decimals a little beyond what is true, by less than float64 tells apart.
BEYOND_FLOAT64 = {
    "a hex float of 80 bits": (
        "levenshtein",
        8,
        {"n_points": 240, "max_cosine_at_least": "0x1.00000000000000000001p-1"},
    ),
    "a hex float of 64 digits of two": (
        "levenshtein",
        8,
        {"n_points": 240, "max_cosine_at_least": "0x8000000000000001p-64"},
    ),
    "a hex float below the least": ("rankin", 3, {"n_points": 6, "max_cosine_at_least": "0x1p-1076"}),
    "a hex float of zeros and a one": (
        "rankin",
        3,
        {"n_points": 6, "max_cosine_at_least": "0x0.00000000000000001p-1022"},
    ),
    "a decimal below the least": ("rankin", 3, {"n_points": 6, "max_cosine_at_least": "1e-400"}),
    "a fraction of tiny and huge": ("rankin", 3, {"n_points": 6, "max_cosine_at_least": "1e-400/1e400"}),
    "30 places": ("levenshtein", 8, {"n_points": 240, "max_cosine_at_least": "0.5" + "0" * 28 + "1"}),
    "a number of points in 32 nines": ("levenshtein", 8, {"max_cosine": "1/2", "n_points_at_most": "239." + "9" * 32}),
    "a number of points in hex": (
        "levenshtein",
        8,
        {"max_cosine": "0.5", "n_points_at_most": "0x1.dfffffffffffffffffp7"},
    ),
}

#: What is said of lines, or of codes that are none, in the words of another theorem.
OTHER_CODES: dict[str, tuple[str, int, dict[str, Any], bool]] = {
    "lines counted as points": ("welch", 3, {"max_cosine": "0.4472135954", "n_points_at_most": "6"}, True),
    "a bound on lines for any code": ("levenshtein-lines", 4, {"max_cosine": "1/2", "n_points_at_most": "24"}, False),
    "a bound on lines for any points": ("orthoplex", 3, {"n_points": 14, "max_cosine_at_least": "0.5773"}, False),
    "lines too few for the theorem": ("orthoplex", 3, {"n_points": 12, "max_cosine_at_least": "0.5"}, True),
    "one point only": ("levenshtein", 3, {"max_cosine": "-0.9", "n_points_at_most": "1"}, False),
    "fewer points than none": ("fejes-toth", 3, {"max_cosine": "0.1", "n_points_at_most": "-5"}, False),
    "two points by areas": ("fejes-toth", 3, {"n_points": 2, "max_cosine_at_least": "-0.999"}, False),
    "two points by polynomials": ("levenshtein", 4, {"n_points": 2, "max_cosine_at_least": "-0.999"}, False),
    "two points of a line": ("rankin", 4, {"n_points": 2, "max_cosine_at_least": "-0.999"}, True),
    "two points on a circle": ("polygon", 2, {"n_points": 2, "max_cosine_at_least": "-0.999"}, False),
}


def _code(points: Any, **claim: Any) -> Certificate:
    return {"schema": "sphcode.code/1", "points": points, "claim": claim}


def _bound(kind: str, dim: int, claim: dict[str, Any], **more: Any) -> Certificate:
    return {"schema": "sphcode.bound-certificate/1", "kind": kind, "dim": dim, "claim": claim, **more}


def _claiming(name: str, **claim: Any) -> Certificate:
    certificate = copy.deepcopy(HONEST[name])
    certificate["claim"] |= claim
    return certificate


def _points() -> Iterator[tuple[str, Certificate]]:
    for name, (first, second) in SAME_DIRECTION.items():
        yield f"a point twice, {name}", _code([first, second, ["-1", "0"]], max_cosine="1", level="exists")
    yield "a point twice, zeros of two signs", _code([[1.0, 0.0], [1.0, -0.0], [-1.0, 0.0]], max_cosine="1")
    yield "a point twice, rows of norms within the tolerance", _code([[1, 0.0], [0.9999995, 0], [0, 1]], max_cosine="1")
    yield "a point twice, whole numbers beyond float64", _code([[2**53, 1], [2**53 + 1, 1], [-1, 0]], max_cosine="1")
    apart = [[1.0, 5e-324], [1.0, 0.0], [-1.0, 0.0]]
    yield "two points a denormal apart", _code(apart, max_cosine="0." + "9" * 40)
    yield "two points a denormal apart, optimal", _code(apart, max_cosine="1", level="optimal")
    yield "a row of denormals", _code([[5e-324, 5e-324], [1.0, 0.0]], max_cosine="0.8")
    yield "a minus of another alphabet", _code([["\u22121", "0"], ["1", "0"]], max_cosine="0")
    yield "a digit of full width", _code([["\uff11", "0"], ["0", "1"]], max_cosine="0")
    for name, level in EMBEDDED.items():
        rows = [[*map(float, row), 0.0] for row in HONEST[name]["points"]]
        yield (
            f"{name} in a larger space, {level}",
            _code(rows, max_cosine=HONEST[name]["claim"]["max_cosine"], level=level),
        )


def _claims() -> Iterator[tuple[str, Certificate]]:
    below = "0.44721359549995793928183473374625524708812367192230"
    yield "a cosine too low in the 51st place", _claiming("code 3 12", max_cosine=below, level="exists")
    yield "a cosine one ulp too low", _claiming("code 3 12", max_cosine=math.nextafter(5**-0.5, 0), level="exists")
    for text in ("1", "1e0", "0.5", "10e-1"):
        yield f"optimal at a cosine rounded up to {text}", _claiming("code 3 12", max_cosine=text)
    citation = "K. Schuette, B. L. van der Waerden 1951"
    for name in ("code 3 4", "code 4 10", "code 2 5", "searched 3 10", "searched 3 13"):
        yield f"{name} by the theorem about another", _claiming(name, citation=citation)
    for name, text in (("a space", f"{citation} "), ("no width", f"{citation}\u200b"), ("capitals", citation.upper())):
        yield f"a citation and {name}", _claiming("code 3 7", citation=text)
    for name, polynomial in (
        ("of the other signs", [-1, -2, 7]),
        ("backwards", [7, 2, -1]),
        ("times another", [0, -1, 2, 7]),
        ("of a decimal", [-2612038749637414425147682069180, 10**31]),
        ("in floats", [-1.0, 2, 7]),
    ):
        certificate = _code(
            _antiprism(), max_cosine="0.2612038749637415", level="optimal", minimal_polynomial=polynomial
        )
        yield f"a polynomial {name}", certificate
    certificate = copy.deepcopy(HONEST["code 3 12"])
    contacts = len(certificate["claim"]["contacts"])
    for name, stress, error in (
        ("denormal", [5e-324] * contacts, 0.0),
        ("zero", [0.0] * contacts, 0.0),
    ):
        yield f"a stress that is {name}", _claiming("code 3 12", stress=stress, stress_error=error)
    yield "a radius of minus zero", _claiming("searched 3 13", radius=-0.0)
    yield "a denormal radius", _claiming("searched 3 13", radius=5e-324)
    both = [[b, a] for a, b in certificate["claim"]["contacts"]]
    yield "contacts both ways", _claiming("code 3 12", contacts=certificate["claim"]["contacts"] + both)
    for key in ("level ", "Level", "text", "antipodal"):
        yield f"a key {key!r} beside the claim", _claiming("code 3 12", **{key: "optimal"})


def _antiprism() -> list[list[float]]:
    """Return the square antiprism, the best eight points."""
    cosine = (2 * math.sqrt(2) - 1) / 7
    height = math.sqrt((1 + 2 * cosine) / 3 - (1 - cosine) / 6)
    width = math.sqrt(1 - height * height)
    return [
        [width * math.cos(math.pi * k / 4), width * math.sin(math.pi * k / 4), height * (-1) ** k] for k in range(8)
    ]


def _bounds() -> Iterator[tuple[str, Certificate]]:
    for name, (kind, dim, claim) in BEYOND_FLOAT64.items():
        yield f"{kind} by {name}", _bound(kind, dim, claim)
    for name, (kind, dim, claim, antipodal) in OTHER_CODES.items():
        yield f"{kind}, {name}", _bound(kind, dim, claim, **({"antipodal": True} if antipodal else {}))
    yield (
        "delsarte for lines, before the interval begins",
        _bound(
            "delsarte", 3, {"max_cosine": "-1", "n_points_at_most": "1"}, antipodal=True, coefficients=["1", "0", "1"]
        ),
    )
    yield (
        "delsarte at -1, one point and a half",
        _bound("delsarte", 3, {"max_cosine": "-1", "n_points_at_most": "1.5"}, coefficients=["1", "1"]),
    )
    energy = {"n_points": 2, "potential": "riesz", "parameter": "1", "mean_energy_at_least": "0x1.00000000000000001p-1"}
    yield "energy in hex of 68 bits", _bound("energy", 3, energy, coefficients=["0.5", "0"])
    for name, change in (
        ("a cofactor that vanishes at 1", {"cofactor": ["1", "-1"]}),
        ("any number of points, with f(1) = 0", {"cofactor": ["1", "-1"], "claim": _any_number()}),
    ):
        yield f"delsarte-zeros, {name}", {**copy.deepcopy(HONEST["delsarte-zeros 3 12"]), **change}
    two = Path(__file__).parents[1] / "proofs" / "bound" / "two_points.json"
    yield "three-point-exact, identities that hold for all cosines", json.loads(two.read_text())


def _any_number() -> dict[str, Any]:
    return {"n_points": 10**9, "max_cosine_at_least": "0+1/5*sqrt(5)"}


def forged() -> Iterator[tuple[str, Certificate]]:
    """Yield all by name."""
    for certificates in (_points(), _claims(), _bounds()):
        for name, certificate in certificates:
            yield f"forged, {name}", certificate
