"""The synthetic results of "Generalized Neural Collapse for a Large Number of Classes" (arXiv 2310.05351), again.

Distances are minimum one-vs-rest distances: of unit rows, a chord length, larger is better. What the paper and its code
say stands in `paper_published`; everything else is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise

import numpy as np

import sphcode
from sphcode._rounding import rounded_down, rounded_up
from sphcode.margins.features import temperature_path

from . import paper_published as published
from .runner import FOLDER, Cases, Row, read

#: Every (dim, classes) that the paper, its notebooks or our checks of its theorem name.
PAIRS = [
    *((2, 7), (2, 10), (3, 4), (3, 5), (3, 6), (3, 7), (3, 12), (3, 24), (4, 24), (4, 120), (5, 16), (6, 27), (7, 56)),
    *((8, 16), (8, 240), (10, 100), (20, 100), (30, 100), (10, 200), (21, 162), (22, 100), (512, 10_000)),
]
#: Gram matrices that its notebook show_matrix.ipynb prints or names.
GRAMS = [(3, 12), (4, 120), (5, 16), (6, 27), (7, 56), (8, 240), (21, 162), (22, 100)]
#: Temperature paths: cases, those whose optimum nobody knows, 1 / temperature. The paper draws 1, 5, 6, 7 at (10, 100).
PATHS = [(2, 10), (3, 7), (3, 12), (3, 24), (4, 24), (10, 100)]
OPEN = [(10, 100)]
SCALES = (1, 5, 6, 7, 10, 30, 100, 300, 1000, 3000)
#: Small cases at which the paper conjectures that softmax codes are Tammes codes (its theorem: d = 2, K <= d + 1).
EQUAL = [(3, 5), (3, 6), *((3, n) for n in range(7, 16)), (3, 20), (3, 23), (4, 9), (4, 10), (4, 12), (5, 11), (5, 16)]
SEEDS = (0, 1, 2)
#: Their paths begin sharp, since soft starts fall into the same basins every time; starts of each.
SHARP, STARTS = ((30.0, 300.0, 3e3, 3e4, 3e5), (100.0, 1e3, 1e4, 1e5, 1e6)), 20
#: The distance at 1 / temperature = 3e5 is below its limit by some log(K) / 3e5.
AT_LAST = 5e-6
#: Inner products closer than this are one value of a Gram table: codes are critical to about 1e-14.
SAME = 1e-9
#: The lines are printed with four to five digits.
LAST_DIGIT = 1e-4


@cache
def best(dim: int, n_classes: int) -> sphcode.SphericalCode:
    """Return the best code that the project can show: of the stored table, a construction or a search."""
    return sphcode.generate(dim, n_classes, rng=0).code


@cache
def best_distance(dim: int, n_classes: int) -> float:
    """Return the largest minimum one-vs-rest distance that we can show, 1 - max cosine (a lower bound).

    Above 2,000 classes it is that of a construction, whose points are not formed.
    """
    if n_classes > 2000:
        return sphcode.construct(dim, n_classes).one_vs_rest_distance
    return 1.0 - best(dim, n_classes).max_cosine


@cache
def ceiling_of(dim: int, n_classes: int) -> sphcode.Bound:
    """Return the certified ceiling: linear programming, for thousands of classes the closed forms."""
    return sphcode.bound(dim, n_classes, method="closed-form" if n_classes > 2000 else "best")


def closed_form(dim: int, n_classes: int) -> float | None:
    """Return the paper's exact value of the largest distance, None where it has none."""
    if n_classes <= dim + 1:
        return n_classes / (n_classes - 1)
    if dim == 2:
        return 1.0 - math.cos(2.0 * math.pi / n_classes)
    return 1.0 if n_classes <= 2 * dim else None


def theorem_at(dim: int, n_classes: int) -> Row:
    exact, ours = closed_form(dim, n_classes), best_distance(dim, n_classes)
    applies = n_classes >= math.sqrt(2.0 * math.pi * math.sqrt(math.e * dim))
    lower, upper = sphcode.volumetric_margins(dim, n_classes) if applies else (math.nan, math.nan)
    holds = (exact is None or abs(exact - ours) < SAME) and not (ours < lower - SAME or ours > upper + SAME)
    return {
        "value": f"{ours:.9g}",
        "status": "ok" if holds else "violated",
        "closed_form": "" if exact is None else f"{exact:.9g}",
        "paper_lower": rounded_down(lower, 5) if applies else "does not apply",
        "paper_upper": rounded_up(upper, 5) if applies else "does not apply",
        "ceiling": rounded_up(ceiling_of(dim, n_classes).one_vs_rest_upper_bound, 6),
    }


def theorem(quick: bool) -> Cases:
    """Value: the largest distance that we can show, against the paper's closed forms, its bounds and our ceiling."""
    for dim, n_classes in PAIRS[:6] if quick else PAIRS:
        yield f"({dim}, {n_classes})", partial(theorem_at, dim, n_classes)


def inner_products(points: np.ndarray) -> list[float]:
    """Return the different inner products of different points, largest first."""
    values = np.sort((points @ points.T)[np.triu_indices(len(points), 1)])[::-1]
    return [float(values[0]), *(float(b) for a, b in pairwise(values) if a - b > SAME)]


def gram_at(dim: int, n_classes: int) -> Row:
    code = best(dim, n_classes)
    ceiling = ceiling_of(dim, n_classes)
    return {
        "value": f"{code.max_cosine:.12g}",
        "hardmax": f"{sphcode.hardmax_value(code.points, code.points):.12g}",
        "distance": f"{sphcode.one_vs_rest(code).minimum:.12g}",
        "inner_products": ", ".join(f"{round(value, 9):.4g}" for value in inner_products(code.points)),
        "smallest_possible": f"{rounded_down(ceiling.max_cosine_lower_bound, 9)} ({ceiling.name})",
    }


def grams(quick: bool) -> Cases:
    """Value: largest inner product of the Tammes code (smaller is better); all different ones, and the least possible.

    `hardmax` is the value of the HardMax problem with this code as class vectors and as features, `distance` the
    smallest one-vs-rest distance: if they agree, these features are the best for these class vectors.
    """
    for dim, n_classes in GRAMS[:2] if quick else GRAMS:
        yield f"({dim}, {n_classes})", partial(gram_at, dim, n_classes)


def path_at(dim: int, n_classes: int) -> Row:
    path = temperature_path(dim, n_classes, SCALES, rng=0)
    limit = best_distance(dim, n_classes)
    columns = {f"at_{scale}": f"{model.one_vs_rest_distance:.4f}" for scale, model in zip(SCALES, path, strict=True)}
    duality = max(float((1.0 - (model.weights * model.features).sum(axis=1)).mean()) for model in path)
    return {
        "value": f"{path[-1].one_vs_rest_distance / limit:.6f}",
        **columns,
        "best": f"{limit:.4f}",
        "gnc3": f"{duality:.1e}",
    }


def temperatures(quick: bool) -> Cases:
    """Value: distance of the minimiser of the feature model at 1 / temperature = 3000, over the best known distance.

    Columns: the distance at each 1 / temperature, and the largest mean of 1 - <w_k, h_k> (GNC3) along the path.
    """
    for dim, n_classes in PATHS[:2] if quick else PATHS:
        yield f"({dim}, {n_classes})", partial(path_at, dim, n_classes)


def equal_at(dim: int, n_classes: int) -> Row:
    """Compare class vectors and features that are free of each other with the best Tammes code, found on its own."""
    model = max(
        (temperature_path(dim, n_classes, scales, n_starts=STARTS, rng=0)[-1] for scales in SHARP),
        key=lambda each: each.one_vs_rest_distance,
    )
    tammes = 1.0 - best(dim, n_classes).max_cosine
    difference = model.one_vs_rest_distance - tammes
    return {
        "value": f"{difference:.1e}",
        "status": "ok" if abs(difference) < AT_LAST else "differs",
        "softmax": f"{model.one_vs_rest_distance:.8f}",
        "tammes": f"{tammes:.8f}",
        "off_duality": f"{float((1.0 - (model.weights * model.features).sum(axis=1)).max()):.0e}",
    }


def equality(quick: bool) -> Cases:
    """Value: one-vs-rest distance of the best minimiser of the feature model, minus 1 - max cosine of the Tammes code.

    Class vectors and features are independent unknowns; at the last temperature it is within 2e-6 of its limit.
    `off_duality` is the largest 1 - <w_k, h_k>.
    """
    for dim, n_classes in EQUAL[:3] if quick else EQUAL:
        yield f"({dim}, {n_classes})", partial(equal_at, dim, n_classes)


def line_at(dim: int, n_classes: int, line: float) -> Row:
    ours, ceiling = best_distance(dim, n_classes), ceiling_of(dim, n_classes)
    return {
        "value": rounded_down(ours, 5),
        "paper": line,
        "ours_over_paper": f"{ours / line:.4f}",
        "ceiling": rounded_up(ceiling.one_vs_rest_upper_bound, 5),
        "by": ceiling.name,
    }


def lines(quick: bool) -> Cases:
    """Value: the distance of our code, where the paper's figures draw a line named "Optimal"."""
    for (dim, n_classes), line in list(published.OPTIMAL_LINES.items())[: 1 if quick else None]:
        yield f"({dim}, {n_classes})", partial(line_at, dim, n_classes, line)


def trained_at(dim: int, n_classes: int, distance: float) -> Row:
    line = published.OPTIMAL_LINES[dim, n_classes]
    return {
        "value": distance,
        "per_cent_of_line": f"{100 * distance / line:.1f}",
        "per_cent_of_best": f"{100 * distance / best_distance(dim, n_classes):.1f}",
        "per_cent_of_ceiling": f"{100 * distance / ceiling_of(dim, n_classes).one_vs_rest_upper_bound:.1f}",
    }


def trained(quick: bool) -> Cases:
    """Value: published distance after training, as a percentage of the paper's line, of our code and of the ceiling."""
    for data, encoder, scale, dim, n_classes, distance in published.TRAINED[: 1 if quick else None]:
        at = f", 1/tau = {scale}" if scale else ""
        yield f"{data}, {encoder}{at} ({dim}, {n_classes})", partial(trained_at, dim, n_classes, distance)


def spread(values: list[float], digits: int = 4) -> str:
    """Return a mean and the half-width of the range, as text."""
    return f"{np.mean(values):.{digits}f} +- {(max(values) - min(values)) / 2:.{digits}f}"


def head_at(data: str, kind: str) -> Row:
    from . import paper_training

    runs = [paper_training.train(kind, getattr(paper_training, data)(seed), seed) for seed in SEEDS]
    pictures = getattr(paper_training, data)(0)
    size = pictures.dim, pictures.n_classes
    distance = np.mean([run["distance"] for run in runs])
    return {
        "value": spread([run["test"] for run in runs]),
        "train_accuracy": spread([run["train"] for run in runs]),
        "distance": spread([run["distance"] for run in runs]),
        "per_cent_of_best": f"{100 * distance / best_distance(*size):.1f}",
        "per_cent_of_ceiling": f"{100 * distance / ceiling_of(*size).one_vs_rest_upper_bound:.1f}",
        "margin_of_means": spread([run["hardmax"] for run in runs]),
    }


def heads(quick: bool) -> Cases:
    """Value: test accuracy, the mean of three seeds and half the range.

    `distance` is the smallest one-vs-rest distance of the head, `margin_of_means` the HardMax value of head and class
    means of the training features (at most `distance`; negative where a class mean lies on the wrong side).
    """
    for data in ("two_digits", "glyphs"):
        for kind in ("learned", "class means", "fixed optimal", "fixed random"):
            yield f"{data}, {kind}", partial(head_at, data, kind)
        if quick:
            return


def assigned_at(data: str, by: str) -> Row:
    from . import paper_training

    accuracies, gained = [], []
    for seed in SEEDS:
        pictures = getattr(paper_training, data)(seed)
        code = best(pictures.dim, pictures.n_classes)
        means = paper_training.train("learned", pictures, seed)["means"]
        found = sphcode.assign(code, means @ means.T, rng=seed)
        order = np.random.default_rng(seed).permutation(pictures.n_classes) if by == "chance" else found.indices
        accuracies.append(paper_training.train("fixed optimal", pictures, seed, rows=code.points[order])["test"])
        cost = found.random_cost if by == "chance" else found.cost
        gained.append((found.random_cost - cost) / (found.random_cost - found.lower_bound))
    return {"value": spread(accuracies), "gained": spread(gained, 3)}


def assignment(quick: bool) -> Cases:
    """Value: test accuracy of the fixed optimal head, three seeds, its rows given to the classes in two ways.

    Similar classes (by the class means of a head that was trained before) get near rows, or all get any. `gained` is
    how much of the way from the mean cost of all assignments down to a proven bound on the cost of any was gone.
    """
    for data in ("two_digits", "glyphs"):
        for by in ("similarity", "chance"):
            yield f"{data}, by {by}", partial(assigned_at, data, by)
        if quick:
            return


def rows_of(table: str) -> list[Row]:
    """Return the measured rows of another table of this benchmark; they are what a verdict is about."""
    rows = read(FOLDER / f"paper_{table}.csv")
    if not rows:
        raise ValueError(f"no rows in paper_{table}.csv: run `python -m tests.benchmarks paper {table}` first")
    return rows


def verdict(claim_holds: bool, measured: str, table: str) -> Row:
    return {"value": "holds" if claim_holds else "false", "measured": measured, "table": table}


def closed_forms_claim() -> Row:
    rows = [row for row in rows_of("theorem") if row["closed_form"]]
    worst = max(abs(float(str(row["closed_form"])) - float(str(row["value"]))) for row in rows)
    return verdict(worst < 2 * SAME, f"largest difference {worst:.0e} on {len(rows)} pairs", "theorem")


def bounds_claim() -> Row:
    rows = [row for row in rows_of("theorem") if row["paper_upper"] != "does not apply"]
    useful = sum(float(str(row["paper_upper"])) < 1.0 for row in rows)
    held = all(row["status"] == "ok" for row in rows)
    return verdict(held, f"both hold on {len(rows)} pairs; the upper one is below 1 on {useful} of them", "theorem")


def lines_claim() -> Row:
    rows = rows_of("lines")
    above = sum(float(str(row["value"])) > float(str(row["paper"])) + LAST_DIGIT for row in rows)
    return verdict(not above, f"our codes are above {above} of {len(rows)} lines", "lines")


def equality_claim() -> Row:
    rows = rows_of("equality")
    worst = max(abs(float(str(row["value"]))) for row in rows)
    dual = max(float(str(row["off_duality"])) for row in rows)
    said = f"largest difference {worst:.0e}, largest 1 - <w_k, h_k> {dual:.0e}, on {len(rows)} pairs"
    return verdict(worst < AT_LAST, f"{said}; [proven](theory/equality.md) for all", "equality")


def temperature_claim() -> Row:
    """The claim is about global minimisers: a case counts where the best distance is known to be the largest."""
    shares = {str(row["case"]): float(str(row["value"])) for row in rows_of("temperatures")}
    open_ones = {case: shares.pop(case) for case in map(str, OPEN)}
    rest = ", ".join(
        f"{share:.3f} at {case}, where a minimiser is found and not the best" for case, share in open_ones.items()
    )
    said = f"at 1/tau = {SCALES[-1]} at least {min(shares.values()):.5f} of the optimum on {len(shares)} pairs; {rest}"
    return verdict(min(shares.values()) > 0.999, said, "temperatures")


def impossible_claim() -> Row:
    ceiling = ceiling_of(21, 162)
    possible = ceiling.one_vs_rest_upper_bound >= published.PRINTED_AT_21_162
    return verdict(
        possible, f"no code exceeds {rounded_up(ceiling.one_vs_rest_upper_bound, 6)} ({ceiling.name})", "grams"
    )


def accuracies(table: str, case: str) -> tuple[float, float]:
    """Return the mean test accuracy of a case and half its range over the seeds, as fractions."""
    row = next(row for row in rows_of(table) if row["case"] == case)
    mean, half = str(row["value"]).split(" +- ")
    return float(mean), float(half)


def gains(table: str, first: str, second: str) -> Iterator[tuple[str, float, float]]:
    """Yield data, by how much the first accuracy is above the second, and the two half-ranges together, in per cent."""
    for data in ("two_digits", "glyphs"):
        (a, spread_a), (b, spread_b) = (accuracies(table, f"{data}, {kind}") for kind in (first, second))
        yield data, 100 * (a - b), 100 * (spread_a + spread_b)


def sharper_claim() -> Row:
    """Figure 2 of the paper: the distance grows as the temperature falls."""
    rows = rows_of("temperatures")
    falls = {
        str(r["case"]): min(float(str(r[f"at_{b}"])) - float(str(r[f"at_{a}"])) for a, b in pairwise(SCALES))
        for r in rows
    }
    said = ", ".join(f"by {-fall:.4f} at {case}" for case, fall in falls.items() if fall < 0)
    return verdict(not said, f"it falls between two steps {said}" if said else "it never falls", "temperatures")


def class_mean_claim() -> Row:
    found = list(gains("heads", "class means", "learned"))
    said = ", ".join(f"{gain:+.1f} % (spread {width:.1f}) on {data}" for data, gain, width in found)
    return verdict(all(gain > -width for _, gain, width in found), f"accuracy against learned: {said}", "heads")


def assignment_claim() -> Row:
    found = list(gains("assignment", "by similarity", "by chance"))
    said = ", ".join(f"{gain:+.1f} % (spread {width:.1f}) on {data}" for data, gain, width in found)
    return verdict(
        all(abs(gain) < width for _, gain, width in found), f"similarity against chance: {said}", "assignment"
    )


CLAIMS: dict[str, Callable[[], Row]] = {
    "closed forms of the largest distance: d = 2, K <= d + 1, K <= 2 d (theorem)": closed_forms_claim,
    "volumetric bounds on the largest distance (theorem)": bounds_claim,
    "minimisers of the feature model tend to softmax codes as the temperature falls (theorem)": temperature_claim,
    "softmax codes are Tammes codes, w_k = h_k off rattlers (theorem: d = 2, K <= d + 1; conjecture)": equality_claim,
    "the smallest one-vs-rest distance grows as the temperature falls (figure)": sharper_claim,
    'the dashed lines of the figures are "Optimal"': lines_claim,
    "a HardMax value of -0.9924 at (21, 162) (notebook)": impossible_claim,
    "a head of class means is as accurate as a learned one (figure)": class_mean_claim,
    "which class gets which row of a fixed head hardly matters for accuracy (figure, 4 classes)": assignment_claim,
}


def claims(quick: bool) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Value: whether what the paper or its code says holds; how we measured it, and the table with all cases."""
    yield from list(CLAIMS.items())[: 1 if quick else None]


TABLES = {
    "theorem": theorem,
    "grams": grams,
    "temperatures": temperatures,
    "equality": equality,
    "lines": lines,
    "trained": trained,
    "heads": heads,
    "assignment": assignment,
    "claims": claims,
}
