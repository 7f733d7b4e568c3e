"""One self-contained HTML page for a comparison: opens from a file, loads nothing from a network."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib
import io
import json
import math
import os
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sphcode._environment import versions
from sphcode._files import write_atomically
from sphcode._rounding import rounded_down, rounded_up
from sphcode.classifiers.comparison import ABOUT
from sphcode.codes.code import SphericalCode
from sphcode.figures._style import DARK, LIGHT, Mark, axes_box, needs, svg
from sphcode.figures.angles import angle_figure
from sphcode.figures.code_page import MOST_POINTS, sphere_page
from sphcode.figures.gram import MOST_ROWS, gram_figure, similarity_order
from sphcode.figures.one_vs_rest import one_vs_rest_figure
from sphcode.figures.spectrum import relative_energies, spectrum_figure

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

    from sphcode.classifiers.comparison import Comparison
    from sphcode.classifiers.measurement import UnitMeasurement

#: Classes of the table, worst first: 5000 are 0.4 MB; and letters of a name in a picture.
_MOST_CLASSES = 5000
_LONG = 20
#: Inches of a picture on a phone: its letters are then as large there as those of the wide one on a laptop.
_PHONE = (4.3, 3.9)
#: Rounded cosines of the page: the largest number that 16 bits hold.
_SCALE = 32767

#: The words of the page, each with the sentence of the site's glossary.
TERMS = {
    "one-vs-rest distance": "The distance of one unit class vector from the convex hull of all others; larger is "
    "better. It is the largest margin of that class that any unit feature can have.",
    "unit row": "A row divided by its norm: a class vector without its length.",
    "reference code": "A code that exists, with as many points in as many dimensions: the best known, or the best "
    "that was at hand. The head is held against it.",
    "best known": "The best value on record",
    "proven ceiling": "A value that a proof excludes exceeding, whatever the head: an upper bound of the minimum "
    "one-vs-rest distance.",
    "max cosine": "The largest cosine between two different rows; smaller is better. Its angle is the smallest angle.",
    "min angle": "The smallest angle between two points; larger is better.",
    "argmax class": "A class that some feature makes the strict winner; others can never be predicted.",
    "position": "Where a head stands between random heads (0) and the reference (1).",
    "effective rank": "How many dimensions the rows use, all counted by their share of the energy.",
    "energy": "A mean over all pairs that falls with their distance, with a proven floor",
    "own directions": "How far the rows are from being their own best directions: 0 when every class vector is the "
    "feature that suits it best.",
    "neural collapse": "What trained features and class vectors tend to.",
    "alignment": "A code laid on the rows of a head, by a rotation and an order",
    "temperature": "The inverse of the logit scale; near 0 only the worst margin counts.",
}
#: What else the page calls them, as patterns.
_FORMS = {
    "one-vs-rest distance": "(?:min |minimum )?one-vs-rest distances?|(?:min|minimum) one-vs-rest",
    "unit row": "unit rows?",
    "reference code": "reference code|reference",
    "proven ceiling": "proven ceiling|ceiling",
    "min angle": "min angle|smallest angle",
    "argmax class": "argmax class|argmax",
    "energy": "energy|energies",
    "neural collapse": "neural collapse|GNC[13]",
    "alignment": "alignment|copy of the",
    "temperature": "temperature|logit scale",
}
#: Rows of numbers that few readers need.
_EXPERT = (
    "GNC1, variability collapse",
    "GNC3, self-duality",
    "effective rank",
    "own directions",
    "copy of the reference code",
)


def write_report(
    path: str | os.PathLike[str], comparisons: Sequence[Comparison], *, command: str | None = None
) -> Path:
    """Write the page of one or several comparisons; `command` is shown under "How to reproduce".

    Raises MissingExtraError without matplotlib or jinja2, and WriteError when the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sphcode import compare, figures
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     figures.write_report(f"{folder}/report.html", [compare(np.eye(3))]).name
    'report.html'
    """
    page = report(comparisons, command=command).encode()
    return write_atomically(path, lambda stream: stream.write(page))


def check_packages() -> None:
    """Raise MissingExtraError without matplotlib or jinja2, before the work that the page is to show."""
    for package in ("matplotlib", "jinja2"):
        with needs(package):
            importlib.import_module(package)


def report(comparisons: Sequence[Comparison], *, command: str | None = None) -> str:
    """Return the page as text; the same comparisons give the same text."""
    with needs("jinja2"):
        from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    environment.filters["linked"] = linked
    template = environment.from_string((files("sphcode.figures") / "report.html").read_text(encoding="utf-8"))
    heads = [_head(comparison, f"head-{index}") for index, comparison in enumerate(comparisons, 1)]
    return template.render(
        title="sphcode compare: " + ", ".join(head["title"] for head in heads),
        light=LIGHT,
        dark=DARK,
        heads=heads,
        about=ABOUT if not all(comparison.comparable for comparison in comparisons) else "",
        overview=[_overview_row(comparison) for comparison in comparisons] if len(heads) > 1 else [],
        command=command,
        environment=versions(),
        terms=TERMS,
        script=Markup((files("sphcode.figures") / "report.js").read_text(encoding="utf-8")),
    )


def _title(comparison: Comparison) -> str:
    return Path(comparison.path).name if comparison.path else "weights"


def _percent(ratio: float | None) -> str:
    return "—" if ratio is None else f"{rounded_down(100 * ratio, 2)} %"


def _ratios(comparison: Comparison) -> tuple[float | None, float | None]:
    vectors = comparison.class_vectors
    return (None, None) if vectors is None else (vectors.ratio_to_best_known, vectors.ratio_to_upper_bound)


def _overview_row(comparison: Comparison) -> dict[str, Any]:
    minimum = comparison.min_one_vs_rest
    cells = [
        comparison.n_classes,
        comparison.dim,
        "—" if minimum is None else rounded_down(minimum, 6),
        *(
            f"{_percent(ratio)}{'' if comparison.comparable or ratio is None else ' *'}"
            for ratio in _ratios(comparison)
        ),
    ]
    return {"title": _title(comparison), "cells": cells}


def _head(comparison: Comparison, salt: str) -> dict[str, Any]:
    unit = comparison.unit
    classes = [] if unit is None else _classes(comparison, unit)
    summary = _summary(comparison)
    key = [row for row in summary if row[0] in _KEY]
    return {
        "title": _title(comparison),
        "claim": _claim(comparison),
        "about": "" if comparison.comparable or unit is None else f"The bar is about {ABOUT}.",
        **_meter(comparison),
        "key": key,
        "summary": [row for row in summary if row not in key and not _expert(row)],
        "expert": [row for row in summary if _expert(row)],
        "figures": [] if unit is None else _figures(comparison, unit, salt),
        "classes": classes,
        "n_measured": 0 if unit is None else len(unit.distances.classes),
        "data": "" if unit is None else _data(comparison, unit, classes),
        "checks": _checks(comparison),
        "sha256": _sha256(comparison.path),
        "json": base64.b64encode(json.dumps(comparison.to_dict(), allow_nan=False).encode()).decode(),
        "csv": "" if unit is None else base64.b64encode(_csv(comparison, unit).encode()).decode(),
    }


#: Rows of numbers above the pictures; the others stand below them.
_KEY = ("head", "min one-vs-rest distance", "max cosine", "reference code", "proven ceiling")


def _expert(row: tuple[str, str, str]) -> bool:
    return row[0] in _EXPERT or row[0].endswith(" energy")


def linked(text: str) -> Markup:
    """Return a text in which the first mention of each of the page's words leads to its explanation."""
    from markupsafe import Markup, escape

    found, end, pieces = set[str](), 0, list[str]()
    for mention in _MENTION.finditer(text):
        term = _TERM_OF[str(mention.lastgroup)]
        if term not in found:
            found.add(term)
            link = f'<a class="term" href="#term-{term.replace(" ", "-")}">{escape(mention[0])}</a>'
            pieces += [str(escape(text[end : mention.start()])), link]
            end = mention.end()
    return Markup("".join([*pieces, str(escape(text[end:]))]))


_TERM_OF = {f"term{index}": term for index, term in enumerate(TERMS)}
_MENTION = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{_FORMS.get(term, term)})\b)" for name, term in _TERM_OF.items()), re.IGNORECASE
)


def _claim(comparison: Comparison) -> str:
    """Return the result in one line, without the source of the reference, which has a row of its own."""
    vectors = comparison.class_vectors
    source = None if vectors is None else vectors.best_known_source
    return comparison.claim if source is None else comparison.claim.replace(source, source.split(" (")[0])


def _classes(comparison: Comparison, unit: UnitMeasurement) -> list[tuple[str, ...]]:
    """Rows (class, distance, nearest class, cosine, angle) of the table, worst first, rounded to the safe side."""
    return [
        (
            comparison.name(index),
            rounded_down(distance, 6),
            comparison.name(near),
            rounded_up(cosine, 6),
            f"{math.degrees(math.acos(max(-1.0, min(1.0, cosine)))):.2f}",
        )
        for index, distance, near, cosine in unit.worst(_MOST_CLASSES)
    ]


def _csv(comparison: Comparison, unit: UnitMeasurement) -> str:
    """Return the same rows, not rounded, with the indices of the classes."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["class", "name", "one_vs_rest", "nearest_class", "nearest_name", "cosine"])
    for index, distance, near, cosine in unit.worst(_MOST_CLASSES):
        writer.writerow([index, comparison.name(index), distance, near, comparison.name(near), cosine])
    return stream.getvalue()


def _data(comparison: Comparison, unit: UnitMeasurement, classes: list[tuple[str, ...]]) -> Markup:
    """Return what the page's script reads: the classes, and what lies under the pointer on each picture."""
    from markupsafe import Markup

    data: dict[str, Any] = {
        "classes": classes,
        "angles": unit.angle_counts.tolist(),
        "energies": [round(float(energy), 6) for energy in relative_energies(unit.rows)],
        "names": [],
        "pairs": "",
    }
    if len(unit.rows) <= MOST_ROWS:
        rows = unit.rows[:]
        order = similarity_order(rows)
        rows = rows[order]
        cosines = np.clip(rows @ rows.T, -1.0, 1.0)[np.triu_indices(len(rows), 1)]
        data["names"] = [comparison.name(int(unit.classes[row])) for row in order]
        data["pairs"] = base64.b64encode(np.rint(_SCALE * cosines).astype("<i2").tobytes()).decode()
    # A "<" could end the script element that the data stands in.
    return Markup(json.dumps(data).replace("<", "\\u003c"))


def _meter(comparison: Comparison) -> dict[str, Any]:
    """Positions, in percent of the ceiling, of the measurement and the reference on the bar under the claim."""
    minimum, top = comparison.min_one_vs_rest, comparison.upper_bound
    if minimum is None or top is None:
        return {"fill": 0, "marks": []}
    marks = [("measured", minimum, "this head", "up"), ("ceiling", top, "proven ceiling", "high")]
    if comparison.reference is not None:
        marks.append(("reference", comparison.reference.one_vs_rest_distance, comparison.reference.label, "down"))
    return {
        "fill": round(100 * minimum / top, 3),
        "marks": [
            {
                "role": role,
                "at": round(100 * value / top, 3),
                "label": f"{label} {value:.4f}",
                "place": f"{row} {'left' if value > 0.5 * top else 'right'}",
            }
            for role, value, label, row in marks
        ],
    }


def _summary(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Rows (label, value, note) of the table under the claim; distances and cosines have no unit."""
    unit, reference, ceiling = comparison.unit, comparison.reference, comparison.ceiling
    taken = f"{comparison.key or 'the array'}: {comparison.why}"
    rows = [("head", f"{comparison.n_classes} classes in dimension {comparison.dim}", taken)]
    if comparison.stand_in:
        rows.append(("no classifier head", "token embedding", "the model has no head; this was measured instead"))
    if unit is not None:
        quantiles = unit.quantiles()
        first, second = (comparison.name(index) for index in unit.closest_pair)
        rows += [
            (
                "min one-vs-rest distance",
                rounded_down(unit.minimum, 6),
                f"median {quantiles['0.5']:.4f}, largest {quantiles['1']:.4f}; larger is better",
            ),
            (
                "max cosine",
                rounded_up(float(unit.nearest.max_cosine), 6),
                f"{math.degrees(unit.nearest.min_angle):.3f}° between {first} and {second}; smaller is better",
            ),
        ]
    if reference is not None:
        rows.append(("reference code", rounded_down(reference.one_vs_rest_distance, 6), reference.source))
    if ceiling is not None and comparison.upper_bound is not None:
        whose = "no head of unit rows" if comparison.comparable else "of the class vectors alone; no unit vectors"
        note = f"{ceiling.name}; {whose} can exceed it"
        rows.append(("proven ceiling", rounded_up(comparison.upper_bound, 6), note))
    for label, value, note in (
        ("GNC1, variability collapse", comparison.features.gnc1, "smaller is better"),
        ("GNC3, self-duality", comparison.features.gnc3, "0 when rows and class means point the same way"),
    ):
        if value is not None:
            rows.append((label, f"{value:.4g}", note))
    rows += _outlook(comparison)
    norms = comparison.raw.norms
    rows.append(("row norms as loaded", f"{norms.min():.4g} to {norms.max():.4g}", ""))
    if comparison.metadata:
        notes = [f"{name.replace('_', ' ')}: {value}" for name, value in sorted(comparison.metadata.items())]
        rows.append(("stated by the file", "; ".join(notes), "not checked"))
    return rows


def _outlook(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Rows about evenness, place and use of the head."""
    geometry, advice, alignment = comparison.geometry, comparison.advice, comparison.alignment
    rows = []
    vectors = comparison.class_vectors
    if vectors is not None and vectors.position is not None:
        rows.append(("position", f"{vectors.position:.3f}", "0 random heads, 1 the reference"))
    optimum = comparison.temperature
    if optimum is not None and optimum.one_vs_rest_distance is not None:
        label = f"best at logit scale {optimum.scale:g}"
        rows.append((label, f"{optimum.one_vs_rest_distance:.4f}", f"minimum that the {optimum.note} reaches"))
    if geometry is not None:
        note = f"of {comparison.dim}; rows in only {geometry.effective_dim} dimensions could not exceed a minimum of "
        ceiling = rounded_up(geometry.effective_upper_bound, 6)
        rows.append(("effective rank", f"{geometry.effective_rank:.2f}", note + ceiling))
        rows += [
            (f"{name} energy", f"{energy.mean:.6g}", f"mean over pairs; no rows are below {energy.lower_bound:.6g}")
            for name, energy in (geometry.energies or {}).items()
            if energy.mean is not None and energy.lower_bound is not None
        ]
        rows.append(("own directions", f"{geometry.self_duality:.3g}", "0 when every row is its own best direction"))
    if alignment is not None:
        residual, note = alignment
        value = "—" if residual is None else f"{residual:.3f}"
        rows.append(("copy of the reference code", value, f"{note}; distance from it in units of its smallest chord"))
    if advice is not None:
        scales = ", ".join(f"{scale:.1f} for posterior {share}" for share, scale in advice["scales"].items())
        rows.append(("logit scale (1 / temperature)", scales, "enough when features sit at their best directions"))
        margins = f"{rounded_down(advice['cosface_margin'], 4)}, {rounded_down(advice['arcface_margin_deg'], 2)}°"
        rows.append(("CosFace, ArcFace margin", margins, "the largest that all classes can satisfy with these rows"))
        note = "no head of fewer dimensions can have this minimum"
        rows.append(("smallest dimension", str(advice["smallest_dim"]), note))
    return rows


def _figures(comparison: Comparison, unit: UnitMeasurement, salt: str) -> list[dict[str, Any]]:
    """Return the pictures of one head with their captions; `salt` makes their ids differ between heads."""
    figures = [
        _picture(
            "One-vs-rest distance of every class",
            "distances",
            one_vs_rest_figure(unit.distances.distances, _distance_marks(comparison), note=_note(comparison, unit)),
            salt,
            "The distance of each unit row from the convex hull of all others, worst class first; the axis does not "
            "begin at 0. The lines bound the leftmost class only: they are the best known and the best conceivable "
            "minimum.",
        ),
        _picture(
            "Angles between rows",
            "angles",
            angle_figure(comparison.dim, unit.angle_counts, _angle_marks(comparison, unit)),
            salt,
            "All pairs of rows against independent uniform points (curve). The left edge is the "
            "smallest angle; a better code has it further right, and a proof excludes a left edge beyond the ceiling.",
        ),
        _picture(
            "Use of the dimensions",
            "spectrum",
            spectrum_figure(unit.rows),
            salt,
            "The share of the unit rows' energy in each principal direction, times the dimension: all ones for a code "
            "that uses all directions evenly.",
        ),
    ]
    if len(unit.rows) <= MOST_ROWS:
        caption = "Cosines between all rows; alike classes stand together, the diagonal is left out."
        figures.append(_picture("Cosines", "cosines", gram_figure(unit.rows[:]), salt, caption, square=True))
    if comparison.dim == 3 and 2 <= len(unit.rows) <= MOST_POINTS and not unit.duplicates:
        from markupsafe import Markup

        page = sphere_page(SphericalCode(unit.rows[:]))
        figures.append(
            {
                "title": "The rows on the sphere",
                "drawing": Markup(page._repr_html_()),
                "caption": "Points are numbered in the order of the rows that have a direction.",
                "square": False,
            }
        )
    return figures


def _picture(title: str, kind: str, figure: Figure, salt: str, caption: str, *, square: bool = False) -> dict[str, Any]:
    """Return a picture twice, for a laptop and for a phone, with what the script needs to know of its axes."""
    from markupsafe import Markup

    drawing = ""
    for name, inches in (("wide", None), ("phone", _PHONE)):
        if inches is not None:
            figure.set_size_inches(inches)
        drawn = svg(figure, f"{salt}-{kind}-{name}")
        box = " ".join(f"{number:.6g}" for number in axes_box(figure))
        drawing += f'<div class="plot {name}" data-kind="{kind}" data-box="{box}">{drawn}</div>'
    return {"title": title, "drawing": Markup(drawing), "caption": caption, "square": square}


def _distance_marks(comparison: Comparison) -> list[Mark]:
    marks = []
    if comparison.upper_bound is not None:
        marks.append((comparison.upper_bound, "ceiling", "proven ceiling of the minimum"))
    if comparison.reference is not None:
        marks.append((comparison.reference.one_vs_rest_distance, "reference", "minimum of the reference"))
    return marks


def _angle_marks(comparison: Comparison, unit: UnitMeasurement) -> list[Mark]:
    """The same as smallest angles: a minimum distance is one minus a max cosine."""
    measured = (math.degrees(unit.nearest.min_angle), "measured", "smallest")
    labels = {"ceiling": "proven ceiling of the smallest", "reference": "smallest of the reference"}
    return [
        measured,
        *((math.degrees(math.acos(1.0 - value)), role, labels[role]) for value, role, _ in _distance_marks(comparison)),
    ]


def _note(comparison: Comparison, unit: UnitMeasurement) -> str:
    names = [comparison.name(index) for index, *_ in unit.worst(3)]
    return "worst: " + ", ".join(name if len(name) <= _LONG else name[: _LONG - 1] + "…" for name in names)


def _checks(comparison: Comparison) -> list[tuple[bool, str]]:
    """What was checked, each with whether it came out fine; the comparison's warnings are the notes."""
    unit, ceiling = comparison.unit, comparison.ceiling
    checks = []
    if unit is not None:
        certified = int(unit.distances.certified.sum())
        gap = float((unit.distances.upper - unit.distances.lower).max())
        total = len(unit.distances.classes)
        checks.append(
            (
                certified == total,
                f"{certified} of {total} one-vs-rest distances certified from both sides, gap {gap:.1e}",
            )
        )
        checks.append((not unit.duplicates, f"{len(unit.duplicates)} pairs of equal rows"))
        checks.append((not unit.near_duplicates, f"{len(unit.near_duplicates)} further pairs of nearly equal rows"))
    if ceiling is not None:
        checks.append((True, f"ceiling: {ceiling.name}, proven"))
    never = len(comparison.raw.never_argmax)
    checks.append((never == 0, f"{never} classes that no feature vector makes the argmax"))
    checks += [(False, warning) for warning in comparison.warnings]
    return checks


def _sha256(path: str | None) -> str | None:
    if path is None or not Path(path).is_file():
        return None
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
