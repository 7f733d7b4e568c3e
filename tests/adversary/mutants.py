"""Liars: honest certificates changed in one way or two, each change by name and from a seed."""

from __future__ import annotations

import base64
import copy
import json
import random
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from adversary.exact import Unreadable, fraction

Certificate = dict[str, Any]
Change = Callable[[Certificate, random.Random], None]

HONEST: dict[str, Certificate] = json.loads((Path(__file__).parent / "honest.json").read_text())

#: How far points and claims are moved: from below the rounding error to plainly visible.
SIZES = tuple(10.0**-k for k in (17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 4, 2, 1))


class Unsuitable(Exception):
    """The change does not apply to the certificate."""


def mutant(seed: int) -> tuple[str, Certificate]:
    """Return a changed certificate and how it was made; a seed is one mutant for ever."""
    rng = random.Random(seed)
    while True:
        base = rng.choice(list(HONEST))
        certificate = copy.deepcopy(HONEST[base])
        names = []
        try:
            for _ in range(rng.choice((1, 1, 1, 2))):
                name = rng.choice(list(CODE if "points" in certificate else BOUND))
                changes = CODE if "points" in certificate else BOUND
                changes[name](certificate, rng)
                names.append(name)
        except (Unsuitable, KeyError, IndexError, TypeError, ValueError, Unreadable):
            continue
        if certificate != HONEST[base]:
            return f"{base}: {', '.join(names)}", certificate


def _text(number: Fraction, rng: random.Random) -> str:
    """Write a fraction in one of the ways that are read: p/q, or a decimal where it is one."""
    if rng.random() < 0.5 or number.denominator.bit_length() > 200:
        return str(number)
    digits = 0
    while number.denominator % 10 and digits < 60 and (number * 10**digits).denominator != 1:
        digits += 1
    scaled = number * 10**digits
    return f"{scaled.numerator}e-{digits}" if scaled.denominator == 1 else str(number)


def _shift(rng: random.Random) -> Fraction:
    return Fraction(rng.choice(SIZES)) * rng.choice((1, 3))


def _other(certificate: Certificate, rng: random.Random, *, code: bool) -> Certificate:
    """Return another honest certificate of the same sort."""
    others = [c for c in HONEST.values() if ("points" in c) == code and c.get("kind") != "energy" and c != certificate]
    return copy.deepcopy(rng.choice(others))


# Codes. What is done to points.


def _rows(certificate: Certificate) -> list[list[Any]]:
    return certificate["points"]


def _two(certificate: Certificate, rng: random.Random) -> tuple[int, int]:
    first, second = rng.sample(range(len(_rows(certificate))), 2)
    return first, second


def _floats(row: list[Any]) -> list[float]:
    return [float(x) for x in row]


def doubled(certificate: Certificate, rng: random.Random) -> None:
    first, second = _two(certificate, rng)
    certificate["points"][first] = list(_rows(certificate)[second])


def nearly_doubled(certificate: Certificate, rng: random.Random) -> None:
    first, second = _two(certificate, rng)
    row = _floats(_rows(certificate)[second])
    row[rng.randrange(len(row))] += rng.choice(SIZES) * rng.choice((1, -1))
    certificate["points"][first] = row


def parallel(certificate: Certificate, rng: random.Random) -> None:
    first, second = _two(certificate, rng)
    factor = 1 + rng.choice((1e-7, -1e-7, 2.0**-52, 2.0**-40, 1e-9))
    certificate["points"][first] = [x * factor for x in _floats(_rows(certificate)[second])]


def parallel_exactly(certificate: Certificate, rng: random.Random) -> None:
    first, second = _two(certificate, rng)
    row = [fraction(x) for x in _rows(certificate)[second]]
    decimals = [f"{round(x * 10**18)}e-18" for x in row]
    scaled = [f"{round(x * 10**18) * 10000001}e-25" for x in row]
    certificate["points"] = [[str(x) if isinstance(x, str) else repr(float(x)) for x in r] for r in _rows(certificate)]
    certificate["points"][second], certificate["points"][first] = decimals, scaled


def moved(certificate: Certificate, rng: random.Random) -> None:
    row = _floats(_rows(certificate)[rng.randrange(len(_rows(certificate)))])
    size = rng.choice(SIZES)
    changed = [x + size * rng.uniform(-1, 1) for x in row]
    norm = sum(x * x for x in changed) ** 0.5
    certificate["points"][_rows(certificate).index(row)] = [x / norm for x in changed]


def all_moved(certificate: Certificate, rng: random.Random) -> None:
    size = rng.choice(SIZES)
    certificate["points"] = [[x + size * rng.uniform(-1, 1) for x in _floats(row)] for row in _rows(certificate)]


def stretched(certificate: Certificate, rng: random.Random) -> None:
    """Points of a slightly smaller cap: closer to one of them."""
    size, pole = rng.choice(SIZES), _floats(_rows(certificate)[0])
    rows = [[x + size * y for x, y in zip(_floats(row), pole, strict=True)] for row in _rows(certificate)]
    certificate["points"] = [[x / sum(y * y for y in row) ** 0.5 for x in row] for row in rows]


def swapped(certificate: Certificate, rng: random.Random) -> None:
    first, second = _two(certificate, rng)
    rows = _rows(certificate)
    rows[first], rows[second] = rows[second], rows[first]


def negated(certificate: Certificate, rng: random.Random) -> None:
    point = rng.randrange(len(_rows(certificate)))
    certificate["points"][point] = [-x for x in _floats(_rows(certificate)[point])]


def dropped(certificate: Certificate, rng: random.Random) -> None:
    del certificate["points"][rng.randrange(len(_rows(certificate)))]
    certificate["n_points"] = len(_rows(certificate))
    if rng.random() < 0.5:
        claim = certificate["claim"]
        certificate["claim"] = {key: claim[key] for key in ("max_cosine", "level", "citation") if key in claim}


def added(certificate: Certificate, rng: random.Random) -> None:
    row = [rng.gauss(0, 1) for _ in _rows(certificate)[0]]
    norm = sum(x * x for x in row) ** 0.5
    certificate["points"].append([x / norm for x in row])
    certificate["n_points"] = len(_rows(certificate))


def lifted(certificate: Certificate, rng: random.Random) -> None:
    """The same points in one dimension more."""
    certificate["points"] = [[*row, 0.0] for row in _rows(certificate)]
    certificate["dim"] = len(_rows(certificate)[0])


def of_truths(certificate: Certificate, rng: random.Random) -> None:
    row = rng.randrange(len(_rows(certificate)))
    certificate["points"][row] = [bool(x) if x in (0, 1) else x for x in _rows(certificate)[row]]


# Codes. What is claimed.


def sizes(certificate: Certificate, rng: random.Random) -> None:
    key = rng.choice(("n_points", "dim"))
    certificate[key] = rng.choice((certificate[key] + rng.choice((-1, 1)), float(certificate[key]), True, None))


def tightened(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    claim["max_cosine"] = _decimal(fraction(claim["max_cosine"]) - _shift(rng), rng.choice((20, 40, 60)))


def cut(certificate: Certificate, rng: random.Random) -> None:
    """The last digits of the cosine left off, which rounds a positive one down."""
    text = certificate["claim"]["max_cosine"]
    certificate["claim"]["max_cosine"] = text[: -rng.randrange(1, 20)]


def loosened(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    more = rng.choice((Fraction(1, 10**20), Fraction(1, 1000), Fraction(1), Fraction(10**9)))
    claim["max_cosine"] = _decimal(fraction(claim["max_cosine"]) + more, 30)


def _decimal(number: Fraction, digits: int) -> str:
    scaled = (number * 10**digits).__floor__()
    sign = "-" if scaled < 0 else ""
    text = str(abs(scaled)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def raised(certificate: Certificate, rng: random.Random) -> None:
    certificate["claim"]["level"] = rng.choice(("none", "exists", "kkt", "strict-local", "optimal-cited", "optimal"))


def without(certificate: Certificate, rng: random.Random) -> None:
    """One statement less; what is left may still be false, or mean more."""
    claim = certificate["claim"]
    del claim[rng.choice([key for key in claim if key != "max_cosine"])]


def bare(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    certificate["claim"] = {key: claim[key] for key in ("max_cosine", "level") if key in claim}


def unclaimed(certificate: Certificate, rng: random.Random) -> None:
    del certificate["claim"]


def contacts(certificate: Certificate, rng: random.Random) -> None:
    claim, n_points = certificate["claim"], len(_rows(certificate))
    pairs, weights = claim["contacts"], claim.get("stress")
    if rng.random() < 0.5:
        place = rng.randrange(len(pairs))
        del pairs[place]
        if weights:
            del weights[place]
    else:
        pair = sorted(rng.sample(range(n_points), 2))
        if pair in pairs:
            raise Unsuitable
        pairs.append(pair)
        if weights:
            weights.append(rng.choice((0.0, 1e-3, weights[0])))


def contact_moved(certificate: Certificate, rng: random.Random) -> None:
    pairs = certificate["claim"]["contacts"]
    pairs[rng.randrange(len(pairs))] = sorted(rng.sample(range(len(_rows(certificate))), 2))


def stress(certificate: Certificate, rng: random.Random) -> None:
    weights = certificate["claim"]["stress"]
    place = rng.randrange(len(weights))
    weights[place] = rng.choice(
        (
            -weights[place],
            0.0,
            weights[place] * 2,
            weights[place] * (1 + 1e-9),
            weights[place] + rng.choice(SIZES),
            -1e9,
        )
    )


def stress_scaled(certificate: Certificate, rng: random.Random) -> None:
    factor = rng.choice((-1.0, 2.0, 0.0, 1e-9, 1e9, 1 + 1e-6))
    certificate["claim"]["stress"] = [factor * weight for weight in certificate["claim"]["stress"]]


def stress_error(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    claim["stress_error"] = rng.choice((0.0, -1.0, claim["stress_error"] * 1e-3, 1e300, 1e-3))
    if rng.random() < 0.5:
        claim["stress"] = [weight + rng.choice((1e-4, -1e-4, 1e3)) for weight in claim["stress"]]


def rattlers(certificate: Certificate, rng: random.Random) -> None:
    claim, n_points = certificate["claim"], len(_rows(certificate))
    named = claim["rattlers"]
    how = rng.randrange(4)
    if how == 0 and named:
        named[rng.randrange(len(named))]["clearance"] *= rng.choice((2.5, 10.0, 1e3))
    elif how == 1 and named:
        named.pop()
    elif how == 2 and named:
        named[0]["point"] = rng.randrange(n_points)
    else:
        named.append({"point": rng.randrange(n_points), "clearance": rng.choice((0.0, 1e-3, -1.0))})


def symmetry(certificate: Certificate, rng: random.Random) -> None:
    claim, n_points = certificate["claim"], len(_rows(certificate))
    listed = claim.setdefault("symmetries", [list(range(n_points))])
    images = rng.choice(listed)
    loose = [entry["point"] for entry in claim.get("rattlers", [])]
    first, second = rng.sample(loose if len(loose) > 1 and rng.random() < 0.5 else range(n_points), 2)
    images[first], images[second] = images[second], images[first]


def any_permutation(certificate: Certificate, rng: random.Random) -> None:
    images = list(range(len(_rows(certificate))))
    rng.shuffle(images)
    certificate["claim"].setdefault("symmetries", []).append(images)


def one_image(certificate: Certificate, rng: random.Random) -> None:
    images = rng.choice(certificate["claim"]["symmetries"])
    images[rng.randrange(len(images))] = rng.randrange(len(images))


def polynomial(certificate: Certificate, rng: random.Random) -> None:
    entries = certificate["claim"]["minimal_polynomial"]
    how = rng.randrange(6)
    if how == 0:
        entries[rng.randrange(len(entries))] += rng.choice((-1, 1))
    elif how == 1:
        certificate["claim"]["minimal_polynomial"] = [2 * entry for entry in entries]
    elif how == 2:
        certificate["claim"]["minimal_polynomial"] = [0, *entries]
    elif how == 3:
        entries.append(rng.choice((0, 1)))
    elif how == 4:
        certificate["claim"]["minimal_polynomial"] = [
            a - b for a, b in zip([*entries, 0], [0, *entries], strict=True)
        ]  # times 1 - t
    else:
        certificate["claim"]["minimal_polynomial"] = entries[::-1]


def radius(certificate: Certificate, rng: random.Random) -> None:
    certificate["claim"]["radius"] = rng.choice((0.0, -1.0, 1e-17, 1e-300, certificate["claim"]["radius"] * 1e-3))


def citation(certificate: Certificate, rng: random.Random) -> None:
    known = [
        "K. Schuette, B. L. van der Waerden 1951",
        "O. R. Musin, A. S. Tarasov 2015",
        "Fermat 1637",
        "e",
        "",
        "1951",
    ]
    certificate["claim"]["citation"] = rng.choice(known)
    if rng.random() < 0.5:
        certificate["claim"]["level"] = "optimal-cited"


def unknown_key(certificate: Certificate, rng: random.Random) -> None:
    key, entry = rng.choice((("universally_optimal", True), ("text", "optimal"), ("dim", 9), ("unique", "yes")))
    if rng.random() < 0.7:
        certificate["claim"][key] = entry
    else:
        certificate[key] = entry


def claim_of_another(certificate: Certificate, rng: random.Random) -> None:
    certificate["claim"] = _other(certificate, rng, code=True)["claim"]


def points_of_another(certificate: Certificate, rng: random.Random) -> None:
    other = _other(certificate, rng, code=True)
    certificate["points"] = other["points"]
    certificate["n_points"], certificate["dim"] = len(other["points"]), len(other["points"][0])


def part_of_another(certificate: Certificate, rng: random.Random) -> None:
    other = _other(certificate, rng, code=True)["claim"]
    key = rng.choice([key for key in other if key in certificate["claim"]])
    certificate["claim"][key] = other[key]


CODE: dict[str, Change] = {
    change.__name__: change
    for change in (
        doubled, nearly_doubled, parallel, parallel_exactly, moved, all_moved, stretched, swapped, negated, dropped,
        added, lifted, of_truths, sizes, tightened, cut, loosened, raised, without, bare, unclaimed, contacts,
        contact_moved, stress, stress_scaled, stress_error, rattlers, symmetry, any_permutation, one_image, polynomial,
        radius, citation, unknown_key, claim_of_another, points_of_another, part_of_another,
    )
}  # fmt: skip


# Bounds. What is claimed.


def more_points_excluded(certificate: Certificate, rng: random.Random) -> None:
    """A claim about other numbers of points: fewer points with the same cosine, mostly."""
    claim = certificate["claim"]
    if "n_points" in claim:
        claim["n_points"] += rng.choice((-1, -2, 1, -claim["n_points"] // 2))
    else:
        claim["n_points_at_most"] = _text(fraction(claim["n_points_at_most"]) - rng.choice((1, 2)), rng)


def bound_tightened(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    key = rng.choice(
        [k for k in claim if k in ("max_cosine_at_least", "max_cosine", "n_points_at_most", "mean_energy_at_least")]
    )
    sign = -1 if key == "n_points_at_most" else 1
    if "sqrt" in str(claim[key]):
        plain, root = claim[key].split("+", 1)
        claim[key] = f"{fraction(plain) + _shift(rng)}+{root}"
    else:
        claim[key] = _text(fraction(claim[key]) + sign * _shift(rng), rng)


def bound_loosened(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    key = rng.choice([k for k in claim if k in ("max_cosine_at_least", "n_points_at_most", "mean_energy_at_least")])
    sign = 1 if key == "n_points_at_most" else -1
    claim[key] = _text(fraction(claim[key]) + sign * _shift(rng), rng)


def the_other_claim(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    if "n_points" in claim:
        certificate["claim"] = {"max_cosine": claim["max_cosine_at_least"], "n_points_at_most": str(claim["n_points"])}
    else:
        number = fraction(claim["n_points_at_most"])
        certificate["claim"] = {
            "n_points": int(number) + rng.choice((0, 1)),
            "max_cosine_at_least": claim["max_cosine"],
        }


def both_claims(certificate: Certificate, rng: random.Random) -> None:
    certificate["claim"] |= _other(certificate, rng, code=False)["claim"]


def another_claim(certificate: Certificate, rng: random.Random) -> None:
    certificate["claim"] = _other(certificate, rng, code=False)["claim"]


def another_dimension(certificate: Certificate, rng: random.Random) -> None:
    certificate["dim"] += rng.choice((-2, -1, 1, 2, 5))


def lines(certificate: Certificate, rng: random.Random) -> None:
    if certificate.pop("antipodal", False):
        return
    certificate["antipodal"] = True


def another_kind(certificate: Certificate, rng: random.Random) -> None:
    kinds = sorted({c["kind"] for c in HONEST.values() if "kind" in c})
    certificate["kind"] = rng.choice(kinds)


def odd_types(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    key = rng.choice(list(claim))
    claim[key] = rng.choice((True, None, [], float("1e300"), -1, 0, "1/0", "sqrt(2)", "2", 2.5, str(claim[key]) + " "))


def few_points(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    claim["n_points"] = rng.choice((2, 3, 4))
    claim["max_cosine_at_least"] = rng.choice(("0", "-1", "-1/2", "-1/3", "1/2", "-0.999"))


def extra_key(certificate: Certificate, rng: random.Random) -> None:
    where = certificate["claim"] if rng.random() < 0.6 else certificate
    key, entry = rng.choice((("level", "optimal"), ("unique", True), ("coefficients", ["1", "1"]), ("antipodal", True)))
    if key in where:
        raise Unsuitable
    where[key] = entry


def special_cosine(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    key = "max_cosine_at_least" if "n_points" in claim else "max_cosine"
    if key not in claim:
        raise Unsuitable
    claim[key] = rng.choice(("-1", "0", "1/2", "-1/2", "0.999", "1", "-1/1000000", "1e-9", "1/3", "1/4+1/4*sqrt(5)"))


# Bounds. What is given for them.


def coefficient(certificate: Certificate, rng: random.Random) -> None:
    entries = certificate["coefficients"]
    place = rng.randrange(len(entries))
    number = fraction(entries[place])
    factor = rng.choice((Fraction(-1), Fraction(0), 1 + _shift(rng), 1 - _shift(rng), Fraction(2)))
    entries[place] = _text(number * factor + rng.choice((Fraction(0), _shift(rng))), rng)


def coefficient_moved(certificate: Certificate, rng: random.Random) -> None:
    entries = certificate["coefficients"]
    first, second = rng.sample(range(len(entries)), 2)
    entries[first], entries[second] = entries[second], entries[first]


def degree(certificate: Certificate, rng: random.Random) -> None:
    if "coefficients" in certificate:
        entries = certificate["coefficients"]
        if rng.random() < 0.5:
            entries.pop(rng.randrange(len(entries)))
        else:
            entries.insert(rng.randrange(len(entries) + 1), rng.choice(("0", "1", "0.001", "-0.001")))
    else:
        certificate["degree"] += rng.choice((-1, 1))


def of_another(certificate: Certificate, rng: random.Random) -> None:
    """The numbers of one certificate for the claim of another of the same kind."""
    others = [c for c in HONEST.values() if c.get("kind") == certificate["kind"] and c != certificate]
    other = copy.deepcopy(rng.choice(others))
    for key in set(other) - {"schema", "kind", "claim", "dim"}:
        certificate[key] = other[key]


def zero(certificate: Certificate, rng: random.Random) -> None:
    zeros = certificate["zeros"]
    place = rng.randrange(len(zeros))
    how = rng.randrange(5)
    if how == 0:
        zeros[place][1] = rng.choice((1, 2, 3, 4, 0, -1, True, 2.0))
    elif how == 1:
        zeros.pop(place)
    elif how == 2:
        zeros.append(list(zeros[place]))
    elif how == 3:
        zeros.append([rng.choice(("-1", "0", "-1/2", "1/10")), rng.choice((1, 2))])
    else:
        zeros[place][0] = (
            f"{_shift(rng)}" if zeros[place][0] == "0" else f"{zeros[place][0]}"[:-1] + rng.choice("123456789")
        )


def cofactor(certificate: Certificate, rng: random.Random) -> None:
    if "zeros" not in certificate:
        raise Unsuitable
    certificate["cofactor"] = rng.choice(
        (
            ["-1"],
            ["0"],
            ["2"],
            ["1", "1"],
            ["1", "0", "1"],
            ["0", "0", "1"],
            ["1", "-1"],
            ["1", "1/1000"],
            ["1", "sqrt(2)"],
        )
    )


def block(certificate: Certificate, rng: random.Random) -> None:
    """A matrix of a three-point certificate dropped, emptied, or in the place of another."""
    blocks = certificate["factors" if "factors" in certificate else "matrices"]
    first, second = rng.sample(list(blocks), 2)
    how = rng.randrange(4)
    if how == 0:
        del blocks[first]
    elif how == 1:
        blocks[first], blocks[second] = blocks[second], blocks[first]
    elif how == 2:
        blocks[first] = (
            _packed([0.0] * len(_unpacked(blocks[first]))) if "factors" in certificate else {"vectors": [], "gram": []}
        )
    else:
        blocks["zz"] = blocks[first]


def entry(certificate: Certificate, rng: random.Random) -> None:
    """One number of a three-point certificate."""
    if "factors" in certificate:
        blocks = certificate["factors"]
        name = rng.choice(list(blocks))
        numbers = _unpacked(blocks[name])
        place = rng.randrange(len(numbers))
        size = rng.choice(SIZES)
        numbers[place] = rng.choice(
            (
                -numbers[place],
                0.0,
                numbers[place] + size,
                numbers[place] * (1 - size),
                float("nan"),
                float("inf"),
                1e308,
            )
        )
        blocks[name] = _packed(numbers)
        return
    content = certificate["matrices"][rng.choice(list(certificate["matrices"]))]
    numbers = rng.choice((content["gram"], *content["vectors"]))
    place = rng.randrange(len(numbers))
    number = fraction(numbers[place])
    numbers[place] = str(rng.choice((-number, Fraction(0), number + _shift(rng), number * Fraction(10**9 + 1, 10**9))))


def linear(certificate: Certificate, rng: random.Random) -> None:
    size = rng.choice(SIZES)
    if isinstance(certificate["linear"], str):
        numbers = _unpacked(certificate["linear"])
        place = rng.randrange(len(numbers))
        numbers[place] = rng.choice((-1.0, -size, numbers[place] + size, numbers[place] - size, 0.0, -0.0))
        certificate["linear"] = _packed(numbers)
    else:
        place = rng.randrange(len(certificate["linear"]))
        number = fraction(certificate["linear"][place])
        certificate["linear"][place] = str(number + rng.choice((1, -1)) * Fraction(size))


def _unpacked(text: str) -> list[float]:
    return [number for (number,) in struct.iter_unpack("<d", base64.b64decode(text))]


def _packed(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()


def potential(certificate: Certificate, rng: random.Random) -> None:
    claim = certificate["claim"]
    how = rng.randrange(3)
    if how == 0:
        claim["potential"] = rng.choice(("riesz", "logarithmic", "gaussian", "coulomb"))
    elif how == 1:
        factor = rng.choice((1 + _shift(rng), 1 - _shift(rng), Fraction(-1)))
        claim["parameter"] = str(fraction(claim["parameter"]) * factor)
    else:
        claim.pop("parameter")


BOUND: dict[str, Change] = {
    change.__name__: change
    for change in (
        more_points_excluded, bound_tightened, bound_loosened, the_other_claim, both_claims, another_claim,
        another_dimension, lines, another_kind, odd_types, few_points, extra_key, special_cosine, coefficient,
        coefficient_moved, degree, of_another, zero, cofactor, block, entry, linear, potential,
    )
}  # fmt: skip
