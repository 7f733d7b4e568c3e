"""Write `controls/`: one file for each kind of certificate and each kind of lie. All must be refused.

`PYTHONPATH=tests python -m adversary.controls` writes the files from `honest.json`; a lie is a named change of one, or
a certificate forged as a whole.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from adversary import mutants
from adversary.exact import fraction
from adversary.forged import forged
from adversary.mutants import HONEST, Certificate
from adversary.oracle import judge

FOLDER = Path(__file__).parent / "controls"

Lie = Callable[[Certificate], None]

#: Bases of the lies about codes: small, of every level, one with rattlers and one with symmetries.
CODES = ["code 2 5", "code 3 4", "code 3 7", "code 4 10", "searched 3 13"]


def control(certificate: Certificate, lie: Lie) -> Certificate:
    changed = copy.deepcopy(certificate)
    lie(changed)
    return changed


def put(*path: Any, value: Any) -> Lie:
    """Return the lie that puts a value somewhere in the certificate."""

    def lie(certificate: Certificate) -> None:
        place: Any = certificate
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return lie


def drop(*path: Any) -> Lie:
    def lie(certificate: Certificate) -> None:
        place: Any = certificate
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return lie


def lower_cosine(by: Fraction) -> Lie:
    def lie(certificate: Certificate) -> None:
        claim = certificate["claim"]
        claim["max_cosine"] = mutants._decimal(fraction(claim["max_cosine"]) - by, 40)

    return lie


def copied(error: float, factor: float = 1.0) -> Lie:
    """The last point becomes a copy of the first, up to an error in one coordinate and a factor."""

    def lie(certificate: Certificate) -> None:
        row = [factor * x for x in certificate["points"][0]]
        row[max(range(len(row)), key=lambda k: -abs(row[k]))] += error
        certificate["points"][-1] = row

    return lie


def turned_away(size: float) -> Lie:
    def lie(certificate: Certificate) -> None:
        row = certificate["points"][0]
        moved = [x + size * y for x, y in zip(row, certificate["points"][1], strict=True)]
        certificate["points"][0] = [x / sum(y * y for y in moved) ** 0.5 for x in moved]

    return lie


def each(key: str, change: Callable[[Any], Any]) -> Lie:
    def lie(certificate: Certificate) -> None:
        certificate["claim"][key] = [change(x) for x in certificate["claim"][key]]

    return lie


def claim(change: Callable[[dict[str, Any]], Any]) -> Lie:
    def lie(certificate: Certificate) -> None:
        change(certificate["claim"])

    return lie


def both(*lies: Lie) -> Lie:
    def lie(certificate: Certificate) -> None:
        for one in lies:
            one(certificate)

    return lie


def exact_copy(certificate: Certificate) -> None:
    """All points as exact strings, and the last a positive multiple of the first."""
    rows = [[f"{round(x * 10**17)}e-17" for x in row] for row in certificate["points"]]
    rows[-1] = [f"{int(x[:-4]) * 1000000001}e-26" for x in rows[0]]
    certificate["points"] = rows


def swap_images(symmetry: int, first: int, second: int) -> Lie:
    def lie(certificate: Certificate) -> None:
        images = certificate["claim"]["symmetries"][symmetry]
        images[first], images[second] = images[second], images[first]

    return lie


CODE_LIES: dict[str, Lie] = {
    "a point doubled": copied(0.0),
    "a point doubled up to 1e-13": copied(1e-13),
    "a point doubled up to 1e-11": copied(1e-11),
    "a point doubled up to 1e-9": copied(1e-9),
    "a point parallel to another": copied(0.0, 1 + 1e-7),
    "a point parallel to another in exact numbers": exact_copy,
    "a point moved": turned_away(0.05),
    "a point turned around": lambda c: c["points"].__setitem__(0, [-x for x in c["points"][0]]),
    "cosine lowered by 1e-6": lower_cosine(Fraction(1, 10**6)),
    "cosine lowered by 1e-28": lower_cosine(Fraction(1, 10**28)),
    "no contact": put("claim", "contacts", value=[]),
    "two contacts less": claim(lambda k: (k["contacts"].__delitem__(slice(2)), k["stress"].__delitem__(slice(2)))),
    "not one weight for each contact": claim(lambda k: k["stress"].pop()),
    "negative stress": each("stress", lambda w: -w),
    "a negative weight": claim(lambda k: k["stress"].__setitem__(0, -k["stress"][0])),
    "a weight of its own": claim(lambda k: k["stress"].__setitem__(0, 3 * k["stress"][0])),
    "stress without error": put("claim", "stress_error", value=0.0),
    "negative error of the stress": put("claim", "stress_error", value=-1e-3),
    "stress of any size": both(each("stress", lambda w: -1e9), put("claim", "stress_error", value=1e300)),
    "no distance": put("claim", "radius", value=0.0),
    "negative radius": put("claim", "radius", value=-1.0),
    "a rattler that is held": claim(lambda k: k["rattlers"].append({"point": 0, "clearance": 1e-3})),
    "a symmetry that is none": lambda c: c["claim"].__setitem__(
        "symmetries", [[1, 0, *range(2, len(c["points"]))]] if len(c["points"]) > 4 else [[0, 1, 2, 2]]
    ),
    "a symmetry that is no permutation": lambda c: c["claim"].__setitem__("symmetries", [[0] * len(c["points"])]),
    "polynomial with another constant": claim(
        lambda k: k["minimal_polynomial"].__setitem__(0, k["minimal_polynomial"][0] + 1)
    ),
    "polynomial with a factor": claim(lambda k: k["minimal_polynomial"].insert(0, 0)),
    "polynomial with a content": each("minimal_polynomial", lambda c: 3 * c),
    "polynomial zero": put("claim", "minimal_polynomial", value=[0, 0]),
    "polynomial empty": put("claim", "minimal_polynomial", value=[]),
    "one point too many": lambda c: c.__setitem__("n_points", len(c["points"]) + 1),
    "one dimension too many": lambda c: c.__setitem__("dim", len(c["points"][0]) + 1),
    "number of points is a float": lambda c: c.__setitem__("n_points", float(len(c["points"]))),
    "an unknown statement": put("claim", "unique", value=True),
    "no cosine": drop("claim", "max_cosine"),
    "another schema": put("schema", value="sphcode.code/2"),
    "cosine of another alphabet": put("claim", "max_cosine", value="0.\u0669"),
    "cosine not finite": put("claim", "max_cosine", value="nan"),
    "an unknown level": put("claim", "level", value="universally optimal"),
    "optimal with a cosine far above": both(
        put("claim", "max_cosine", value="0.99"), put("claim", "level", value="optimal")
    ),
    "a citation of nobody": both(put("claim", "citation", value="Fermat 1637"), put("claim", "level", value="exists")),
    "a citation of one letter": both(
        put("claim", "citation", value="e"), claim(lambda k: k.__setitem__("level", "optimal-cited"))
    ),
}

#: Lies that need their own certificate: name -> base and change.
OTHER_CODE_LIES: dict[str, tuple[str, Lie]] = {
    "optimal, of a local optimum": ("searched 3 10", put("claim", "level", value="optimal")),
    "optimal-cited, of a local optimum": ("searched 3 10", put("claim", "level", value="optimal-cited")),
    "optimal-cited with the theorem, of a local optimum": (
        "searched 3 10",
        both(
            put("claim", "level", value="optimal-cited"),
            put("claim", "citation", value="L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)"),
        ),
    ),
    "the cosine of the optimum, of a local optimum": (
        "searched 3 13",
        put("claim", "max_cosine", value="0.542636486829638463681440076796"),
    ),
    "strict-local, of a saddle": ("code cube", put("claim", "level", value="strict-local")),
    "optimal, of a saddle": ("code cube", put("claim", "level", value="optimal")),
    "kkt, of points that nothing presses": ("code cap", put("claim", "level", value="kkt")),
    "strict-local, of points that nothing presses": ("code cap", put("claim", "level", value="strict-local")),
    "optimal, of points that nothing presses": ("code cap", put("claim", "level", value="optimal")),
    "a stress, of points that nothing presses": (
        "code cap",
        claim(lambda k: k.update({"stress": [0.1] * len(k["contacts"]), "stress_error": 1e-6})),
    ),
    "kkt, of any points": ("code random", put("claim", "level", value="kkt")),
    "strict-local, of any points": ("code random", put("claim", "level", value="strict-local")),
    "a stress, of any points": (
        "code random",
        both(put("claim", "contacts", value=[[0, 1]]), put("claim", "stress", value=[1.0])),
    ),
    "contacts, of any points": ("code random", put("claim", "contacts", value=[[0, 1], [1, 2]])),
    "optimal in one dimension more": (
        "code 3 7",
        both(lambda c: c.__setitem__("points", [[*row, 0.0] for row in c["points"]]), put("dim", value=4)),
    ),
    "a lower cosine, of decimals": ("code decimals", put("claim", "max_cosine", value="0.5999999999999999999")),
    "a doubled decimal": ("code decimals", lambda c: c["points"].__setitem__(0, ["0.28", "-0.96"])),
    "a parallel decimal": ("code decimals", lambda c: c["points"].__setitem__(0, ["0.280000028", "-0.960000096"])),
    "a truth value for a coordinate": ("code 3 6", lambda c: c["points"].__setitem__(0, [True, False, False])),
    "a letter for a coordinate": ("code decimals", lambda c: c["points"].__setitem__(0, ["0.6", "b"])),
    "a row not of norm 1": ("code decimals", lambda c: c["points"].__setitem__(0, ["0.6", "0.9"])),
    "rows of two lengths": ("code decimals", lambda c: c["points"].__setitem__(0, ["0.6", "0.8", "0"])),
    "rattlers left out": ("searched 3 14", put("claim", "rattlers", value=[])),
    "a rattler left out": ("searched 3 14", claim(lambda k: k["rattlers"].pop())),
    "more clearance": ("searched 3 14", claim(lambda k: k["rattlers"][0].__setitem__("clearance", 0.5))),
    "a little more clearance": (
        "searched 3 14",
        claim(lambda k: k["rattlers"][0].__setitem__("clearance", 2.2 * k["rattlers"][0]["clearance"])),
    ),
    "a rattler renamed": ("searched 3 14", claim(lambda k: k["rattlers"][0].__setitem__("point", 0))),
    "a rattler on another point": (
        "searched 3 14",
        lambda c: c["points"].__setitem__(c["claim"]["rattlers"][0]["point"], list(c["points"][0])),
    ),
    "a rattler next to another point": (
        "searched 3 14",
        lambda c: c["points"].__setitem__(
            c["claim"]["rattlers"][0]["point"], [c["points"][0][0] + 1e-12, *c["points"][0][1:]]
        ),
    ),
    "two images exchanged": ("searched 3 16", swap_images(0, 0, 1)),
    "two images exchanged in the last symmetry": ("searched 3 16", swap_images(-1, 2, 3)),
    "a rattler for the image of a point": (
        "searched 3 20",
        lambda c: swap_images(0, 0, c["claim"]["rattlers"][0]["point"])(c),
    ),
    "a theorem for another code": (
        "code 3 14",
        put("claim", "citation", value="K. Schuette, B. L. van der Waerden 1951"),
    ),
    "half a citation": ("code 3 14", put("claim", "citation", value="O. R. Musin")),
    "an empty citation": ("code 3 14", put("claim", "citation", value="")),
    "an error of no stress": ("code 3 12", drop("claim", "stress")),
    "points of another code": ("code 3 7", put("points", value=HONEST["code 3 9"]["points"])),
    "claim of another code": ("searched 3 10", put("claim", value=HONEST["code 3 4"]["claim"])),
    "claim of a better code of this size": ("code 3 9", put("claim", value={"max_cosine": "0.34", "level": "exists"})),
    "less than the optimum": ("code 4 8", put("claim", "max_cosine", value="-0.000001")),
    "a bare cosine too small": ("code random", put("claim", "max_cosine", value="0.679244267546")),
}


def tighter(by: Fraction) -> Lie:
    """A stronger claim of the same form."""

    def lie(certificate: Certificate) -> None:
        content = certificate["claim"]
        keys = ("max_cosine_at_least", "n_points_at_most", "mean_energy_at_least")
        key = next(k for k in keys if k in content)
        if "sqrt" in str(content[key]):
            plain, root = content[key].split("+", 1)
            content[key] = f"{fraction(plain) + by}+{root}"
        else:
            content[key] = str(fraction(content[key]) + (-by if key == "n_points_at_most" else by))

    return lie


def one_point_less(certificate: Certificate) -> None:
    content = certificate["claim"]
    if "n_points" in content:
        content["n_points"] -= 2 if certificate.get("antipodal") else 1
    else:
        content["n_points_at_most"] = str(fraction(content["n_points_at_most"]) - 1)


BOUND_LIES: dict[str, Lie] = {
    "tightened by 1e-2": tighter(Fraction(1, 100)),
    "one point less": one_point_less,
    "fractional dimension": lambda c: c.__setitem__("dim", c["dim"] + 0.5),
    "dimension is a truth value": put("dim", value=True),
    "no claim": drop("claim"),
    "another statement beside": put("claim", "universally_optimal", value=True),
    "cosine 1": lambda c: c["claim"].__setitem__(
        "max_cosine" if "max_cosine" in c["claim"] else "max_cosine_at_least", "1"
    ),
    "antipodal is a word": put("antipodal", value="yes"),
    "an unknown kind": put("kind", value="oracle"),
    "another schema": put("schema", value="sphcode.bound-certificate/2"),
}

#: Lies about dimensions: a bound of one space claimed of a larger one, false wherever the dimension decides.
LARGER = put("dim", value=9)

OTHER_BOUND_LIES: dict[str, tuple[str, Lie]] = {
    "two antipodal points": (
        "orthoplex 2 8 lines",
        both(put("claim", "n_points", value=2), put("claim", "max_cosine_at_least", value="0")),
    ),
    "two antipodal points in space": (
        "orthoplex 3 14",
        both(put("claim", "n_points", value=2), put("claim", "max_cosine_at_least", value="0")),
    ),
    "two antipodal points by Rankin": ("rankin 3 2 lines", put("claim", "max_cosine_at_least", value="0")),
    "lines forgotten (orthoplex)": ("orthoplex 3 14", drop("antipodal")),
    "lines forgotten (welch)": ("welch 3 12 lines", drop("antipodal")),
    "lines forgotten (levenshtein-lines)": ("levenshtein-lines 4 24", drop("antipodal")),
    "lines forgotten (delsarte)": ("delsarte lines 4 26", drop("antipodal")),
    "few lines (orthoplex)": ("orthoplex 3 14", put("claim", "n_points", value=12)),
    "a larger space (polygon)": ("polygon 7", put("dim", value=3)),
    "a larger space (fejes-toth)": ("fejes-toth 3 12 lines", put("dim", value=4)),
    "a larger space (levenshtein)": ("levenshtein 3 15", LARGER),
    "a larger space (coxeter-boeroeczky)": ("coxeter-boeroeczky 4 120", put("dim", value=5)),
    "a larger space (cap-volume)": ("cap-volume 3 at 3/5", LARGER),
    "a larger space (welch)": ("welch 3 12 lines", LARGER),
    "a larger space (levenshtein-lines)": ("levenshtein-lines 4 24", LARGER),
    "a larger space (delsarte)": ("delsarte 4 13", put("dim", value=5)),
    "a smaller space (delsarte)": ("delsarte 4 13", put("dim", value=3)),
    "a larger space (delsarte-zeros)": ("delsarte-zeros 5 16", put("dim", value=6)),
    "a smaller space (delsarte-zeros)": ("delsarte-zeros 5 16", put("dim", value=4)),
    "a larger space (three-point)": ("three-point 4 11", put("dim", value=5)),
    "a smaller space (three-point)": ("three-point 4 11", put("dim", value=3)),
    "a larger space (three-point-exact)": ("three-point-exact 4 10", put("dim", value=5)),
    "a larger space (energy)": ("energy 4 7 riesz", put("dim", value=6)),
    "a positive cosine (rankin)": ("rankin 4 at -3/10", put("claim", "max_cosine", value="3/10")),
    "a negative coefficient": ("delsarte 4 13", lambda c: c["coefficients"].__setitem__(2, f"-{c['coefficients'][2]}")),
    "the first coefficient zero": ("delsarte 4 at 1/2", lambda c: c["coefficients"].__setitem__(0, "0")),
    "the last coefficient left out": ("delsarte 4 at 1/2", lambda c: c["coefficients"].pop()),
    "a coefficient doubled": (
        "delsarte 3 at 1/2",
        lambda c: c["coefficients"].__setitem__(1, str(2 * fraction(c["coefficients"][1]))),
    ),
    "coefficients reversed": ("delsarte 3 at 1/2", lambda c: c["coefficients"].reverse()),
    "coefficients of another dimension": (
        "delsarte 4 at 1/2",
        put("coefficients", value=HONEST["delsarte 3 at 1/2"]["coefficients"]),
    ),
    "an odd coefficient for lines": ("delsarte lines 4 26", lambda c: c["coefficients"].__setitem__(1, "1/10")),
    "coefficient not finite": ("delsarte 4 13", lambda c: c["coefficients"].__setitem__(1, "1/0")),
    "no coefficients": ("delsarte 4 13", drop("coefficients")),
    "a value equal to the number of points": ("delsarte 4 13", both(put("claim", "n_points", value=12))),
    "an odd zero inside": ("delsarte-zeros 3 12", lambda c: c["zeros"][1].__setitem__(1, 1)),
    "a zero of order 3": ("delsarte-zeros 3 12", lambda c: c["zeros"][1].__setitem__(1, 3)),
    "the largest zero double": (
        "delsarte-zeros 5 16",
        lambda c: max(c["zeros"], key=lambda z: fraction(z[0])).__setitem__(1, 2),
    ),
    "a zero left out": ("delsarte-zeros 5 16", lambda c: c["zeros"].pop(0)),
    "a zero twice": ("delsarte-zeros 5 16", lambda c: c["zeros"].append(list(c["zeros"][0]))),
    "a zero moved": ("delsarte-zeros 8 240", lambda c: c["zeros"][1].__setitem__(0, "-49/100")),
    "a multiplicity that is a truth value": (
        "delsarte-zeros 5 16",
        lambda c: max(c["zeros"], key=lambda z: fraction(z[0])).__setitem__(1, True),
    ),
    "the cofactor negative": ("delsarte-zeros 5 16", put("cofactor", value=["-1"])),
    "the cofactor zero": ("delsarte-zeros 5 16", put("cofactor", value=["0"])),
    "a cofactor with a zero": ("delsarte-zeros 5 16", put("cofactor", value=["0", "0", "1"])),
    "two quadratic fields": ("delsarte-zeros 3 12", put("cofactor", value=["1", "sqrt(2)"])),
    "the claim the other way (delsarte-zeros)": (
        "delsarte-zeros 5 16",
        put("claim", value={"max_cosine": "1/5", "n_points_at_most": "15"}),
    ),
    "the claim the other way (three-point-exact)": (
        "three-point-exact 4 10",
        put("claim", value={"max_cosine": "1/6", "n_points_at_most": "9"}),
    ),
    "a smaller cosine with both claims": (
        "three-point-exact 4 10",
        claim(lambda k: k.update({"max_cosine": "1/2", "n_points_at_most": "9"})),
    ),
    "a larger degree": ("three-point-exact 4 10", put("degree", value=4)),
    "a smaller degree": ("three-point-exact 4 10", put("degree", value=2)),
    "a larger degree of floats": ("three-point 4 11", put("degree", value=4)),
    "a matrix left out": ("three-point-exact 4 10", drop("matrices", "b")),
    "a matrix too many": ("three-point-exact 4 10", put("matrices", "zz", value={"vectors": [], "gram": []})),
    "a matrix emptied": ("three-point-exact 4 10", put("matrices", "F0", value={"vectors": [], "gram": []})),
    "an indefinite matrix": (
        "three-point-exact 4 10",
        lambda c: c["matrices"]["F1"]["gram"].__setitem__(0, f"-{c['matrices']['F1']['gram'][0]}"),
    ),
    "an indefinite sum of squares": (
        "three-point-exact 4 10",
        lambda c: c["matrices"]["q1"]["gram"].__setitem__(0, f"-{c['matrices']['q1']['gram'][0]}"),
    ),
    "a tiny error in a matrix": (
        "three-point-exact 4 10",
        lambda c: c["matrices"]["F1"]["gram"].__setitem__(
            0, str(fraction(c["matrices"]["F1"]["gram"][0]) + Fraction(1, 10**30))
        ),
    ),
    "a negative number a_k": ("three-point-exact 4 10", lambda c: c["linear"].__setitem__(1, "-1/1000")),
    "a number a_k too many": ("three-point-exact 4 10", lambda c: c["linear"].append("0")),
    "floats: a negative number a_k": ("three-point 4 11", put("linear", value=mutants._packed([-1.0] * 7))),
    "floats: numbers a_k zero": ("three-point 4 11", put("linear", value=mutants._packed([0.0] * 7))),
    "floats: a factor left out": ("three-point 4 11", drop("factors", "F1")),
    "floats: a factor zero": ("three-point 4 11", put("factors", "F0", value=mutants._packed([0.0] * 10))),
    "floats: a factor too short": ("three-point 4 11", put("factors", "F0", value=mutants._packed([1.0]))),
    "floats: a factor too many": ("three-point 4 11", put("factors", "zz", value=mutants._packed([1.0]))),
    "floats: a factor not finite": (
        "three-point 4 11",
        put("factors", "F0", value=mutants._packed([float("nan")] * 10)),
    ),
    "floats: a factor infinite": ("three-point 4 11", put("factors", "F0", value=mutants._packed([1e308] * 10))),
    "floats: no base64": (
        "three-point 4 11",
        lambda c: c["factors"].__setitem__("F0", c["factors"]["F0"][:8] + "\n" + c["factors"]["F0"][8:]),
    ),
    "floats: numbers of another certificate": (
        "three-point 4 11",
        put("factors", value=HONEST["three-point 3 at 1/2"]["factors"]),
    ),
    "floats: the claim of another certificate": (
        "three-point 4 11",
        put("claim", value=HONEST["delsarte 4 13"]["claim"]),
    ),
    "energy of another potential": ("energy 4 7 riesz", put("claim", "potential", value="gaussian")),
    "energy of an unknown potential": ("energy 4 7 riesz", put("claim", "potential", value="coulomb")),
    "energy of a list of potentials": ("energy 4 7 riesz", put("claim", "potential", value=["riesz"])),
    "energy with a smaller parameter": ("energy 4 7 riesz", put("claim", "parameter", value="1")),
    "energy with a negative parameter": ("energy 4 7 riesz", put("claim", "parameter", value="-2")),
    "energy of fewer points": ("energy 5 16 riesz", put("claim", "n_points", value=15)),
    "energy with a negative coefficient": (
        "energy 3 12 gaussian",
        lambda c: c["coefficients"].__setitem__(3, f"-{c['coefficients'][3]}"),
    ),
    "energy with a raised coefficient": (
        "energy 3 12 gaussian",
        lambda c: c["coefficients"].__setitem__(0, str(fraction(c["coefficients"][0]) + Fraction(1, 10**9))),
    ),
    "energy with a cosine too": ("energy 3 6 logarithmic", put("claim", "max_cosine", value="0")),
    "energy of one point": ("energy 3 6 logarithmic", put("claim", "n_points", value=1)),
}


def controls() -> Iterator[tuple[str, Certificate]]:
    """Yield all controls by name."""
    for base in CODES:
        for name, lie in CODE_LIES.items():
            if "citation" in name and base != "code 3 7":
                continue
            yield f"{base}, {name}", control(HONEST[base], lie)
    for name, (base, lie) in OTHER_CODE_LIES.items():
        yield f"{base}, {name}", control(HONEST[base], lie)
    kinds: dict[str, str] = {}
    for name, certificate in HONEST.items():
        if "kind" in certificate:
            kinds.setdefault(certificate["kind"], name)
    for base in kinds.values():
        for name, lie in BOUND_LIES.items():
            yield f"{base}, {name}", control(HONEST[base], lie)
    for name, (base, lie) in OTHER_BOUND_LIES.items():
        yield f"{base}, {name}", control(HONEST[base], lie)
    yield from forged()


def file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "_", name.lower()).strip("_") + ".json"


def main() -> None:
    """Write the files; a control that the oracle finds true is none."""
    FOLDER.mkdir(exist_ok=True)
    honest = {json.dumps(certificate) for certificate in HONEST.values()}
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, certificate in controls():
        level = str((certificate.get("claim") or {}).get("level", "exists"))
        opinion = judge(certificate, level, "")
        if json.dumps(certificate) in honest or opinion.word == "true":
            print("true, left out:", name)
            continue
        (FOLDER / file_name(name)).write_text(json.dumps(certificate) + "\n")
    print(len(list(FOLDER.glob("*.json"))), "controls")


if __name__ == "__main__":
    main()
