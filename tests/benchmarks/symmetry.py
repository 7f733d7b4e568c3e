"""Symmetric codes: the groups of the catalogue, named structures by search alone, unions examined a second."""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from sphcode import generate
from sphcode.search.plan import default_effort
from sphcode.symmetry import catalogue
from sphcode.symmetry.codes import MARGIN, expected
from sphcode.symmetry.enumeration import PieceRun, built, pieces
from sphcode.symmetry.permutations import RandomElements, inverse, orbit_labels

#: (dim, n_points, target, seed, effort in units of the default): a fraction that is known to be attained, or a value
#: below what was public when the code was found.
CASES = [
    (10, 40, 1 / 6, 0, 1),
    (11, 156, 1 / 3, 0, 1),
    (14, 64, 1 / 7, 0, 1),
    (14, 81, 0.19788315, 0, 1),
    (15, 128, 1 / 5, 0, 1),
    (16, 79, 0.15668115, 0, 1),
    (16, 256, 1 / 4, 0, 1),
    (17, 85, 3 / 20, 0, 1),
    (20, 56, 1 / 15, 0, 1),
    (21, 162, 1 / 7, 0, 1),
    (22, 100, 1 / 11, 0, 1),
    (22, 275, 1 / 6, 0, 1),
]
#: A target is met within this: a search that stops at it has not polished.
MET = 1e-10
#: (dim, n_points, largest cosine wanted) of the rate, and the unions after which a case ends.
RATES = [(10, 40, 1 / 6), (11, 156, 1 / 3), (14, 81, 0.19788), (16, 79, 0.15668), (20, 56, 1 / 15), (22, 100, 1 / 11)]
EXAMINED = 4000
#: Random elements of a stabiliser that generate it, almost surely.
GENERATING = 12


def order(generators):
    """Order of a permutation group: the product of orbits along a chain of stabilisers."""
    rows, result = [np.array(row) for row in generators], 1
    while True:
        labels = orbit_labels(rows, len(rows[0]))
        sizes = np.bincount(labels)[labels]
        point = int(np.argmax(sizes))
        if sizes[point] == 1:
            return result
        result *= int(sizes[point])
        rows = stabiliser(rows, point)


def stabiliser(rows, point):
    carrier = {point: np.arange(len(rows[0]))}
    todo = [point]
    for x in todo:
        for g in rows:
            if int(g[x]) not in carrier:
                carrier[int(g[x])] = g[carrier[x]]
                todo.append(int(g[x]))
    words = RandomElements(rows, np.random.default_rng(0))
    elements = [words.element() for _ in range(GENERATING)]
    return [inverse(carrier[int(g[point])])[g] for g in elements]


def group(name):
    degrees = catalogue.degrees(name)
    counts = {degree: degrees.count(degree) for degree in sorted(set(degrees))}
    return {
        "value": order(catalogue.generators(name)),
        "points": len(catalogue.generators(name)[0]),
        "irreducibles": ", ".join(str(d) if count == 1 else f"{d}*{count}" for d, count in counts.items()),
    }


def groups(quick):
    """Value: order of each group of the catalogue."""
    for name in catalogue.names()[: 3 if quick else None]:
        yield name, partial(group, name)


def structure(dim, n_points, target, seed, share):
    effort = share * default_effort(dim, n_points)
    begin = time.process_time()
    result = generate(dim, n_points, rng=seed, constructions=False, target=target + MET, effort=effort)
    seconds = time.process_time() - begin
    found = result.code.provenance.get("symmetry") or {}
    return {
        "value": repr(result.max_cosine),
        "status": "met" if result.max_cosine <= target + MET else "missed",
        "target": repr(target),
        "above the target": f"{result.max_cosine - target:.1e}",
        "found by": result.strategy,
        "group": found.get("group", ""),
        "irreducibles": " + ".join(map(str, found.get("irreducibles") or [])),
        "orbits": " + ".join(map(str, found.get("orbits") or [])),
        "seed": seed,
        "seconds": f"{seconds:.1f}",
    }


def structures(quick):
    """Value: max cosine that a search alone ends with, at its target or at the end of its default effort."""
    for case in CASES[-2:-1] if quick else CASES:
        yield f"({case[0]}, {case[1]})", partial(structure, *case)


def unions_per_second(dim, n_points, cosine):
    def wanted(size):
        return expected(cosine, n_points, size, dim) + MARGIN

    work = pieces(dim, {name: (catalogue.generators(name), catalogue.degrees(name)) for name in catalogue.names()})
    examined, found, seconds = 0, 0, 0.0
    for number, piece in enumerate(work):
        built(piece.generators)
        run = PieceRun(piece, (n_points, n_points + n_points // 8), wanted, np.random.default_rng([0, number]))
        begin = time.process_time()
        found += sum(1 for _ in run)
        seconds += time.process_time() - begin
        examined += run.examined
        if examined >= EXAMINED:
            break
    return {"value": round(examined / seconds), "unions": examined, "good ones": found, "seconds": f"{seconds:.2f}"}


def rate(quick):
    """Value: unions of orbits examined in a CPU second, those that the bound cuts too; groups are made beforehand."""
    unions_per_second(*RATES[0])
    for case in RATES[:1] if quick else RATES:
        yield f"({case[0]}, {case[1]})", partial(unions_per_second, *case)


TABLES = {"groups": groups, "structures": structures, "rate": rate}
