"""The table of codes that comes with the package: what is in it, how it stands to published values, what it cost.

SPHCODE_CAMPAIGN names the folders of campaigns, separated by colons, for the tables `log` and `searched`.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path
from statistics import median

from sphcode.codes.store import shipped
from sphcode.codes.table import published
from sphcode.table.check import violations
from sphcode.table.journal import FOREIGN, Journal

#: Groups of dimensions; published rows of more than so many points are no part of the campaign.
GROUPS = {"3": (3, 3), "4-5": (4, 5), "6-8": (6, 8), "9-17": (9, 17), "18-24": (18, 24), "3-24": (3, 24)}
PUBLIC = {"3-5": (3, 5), "6-17": (6, 17), "18-24": (18, 24)}
MOST_POINTS = 130
#: A published value in nine dimensions or more is met within this.
MANY_MET = 1e-9


def _rows(kind, group):
    low, high = group
    return [row for row in shipped().rows.values() if row.kind == kind and low <= row.dim <= high]


def _content(kind, group):
    found = _rows(kind, group)
    proofs = Counter(row.proof for row in found)
    return {
        "value": len(found),
        **{level: proofs[level] for level in ("optimal", "optimal-cited", "strict-local", "kkt", "exists")},
        "median gap, %": f"{median(float(row.gap_percent) for row in found):.2f}",
        "rows at their ceiling": sum(float(row.gap_percent) < 1e-5 for row in found),
    }


def content(quick):
    """Value: rows of the table by kind and dimensions, with their proofs and the gap to the proven ceiling."""
    for kind in ("points", "lines"):
        for name, group in GROUPS.items():
            if _rows(kind, group):
                yield f"{kind}, d = {name}", partial(_content, kind, group)


def _public(group):
    low, high = group
    wanted = [row for row in published().values() if low <= row.dim <= high and 4 <= row.n_points <= MOST_POINTS]
    ours = {(row.dim, row.n_points): row for row in _rows("points", group)}
    found = [(row, ours[row.dim, row.n_points]) for row in wanted if (row.dim, row.n_points) in ours]
    met = sum(own.status != "worse" for _, own in found)
    near = sum((1 - float(own.max_cosine)) / (1 - row.max_cosine) >= 0.999 for row, own in found)
    return {
        "value": f"{100 * met / len(wanted):.1f}",
        "published rows": len(wanted),
        "in the table": len(found),
        "not worse": met,
        "better": sum(own.status == "better" for _, own in found),
        "(1 - ours)/(1 - public) >= 0.999, % of those in the table": f"{100 * near / len(found):.1f}",
    }


def public(quick):
    """Value: per cent of the published rows (N <= 130) that the table meets within their last digit."""
    for name, group in PUBLIC.items():
        yield f"d = {name}", partial(_public, group)


def _worse(row):
    ratio = (1 - float(row.max_cosine)) / (1 - float(row.public))
    return {"value": f"{ratio:.6f}", "ours": row.max_cosine[:14], "public": row.public[:14], "effort": row.evaluations}


def worse(quick):
    """Value: (1 - ours)/(1 - public) of the rows that are worse than what is published, with the evaluations spent."""
    for row in shipped().rows.values():
        if row.status == "worse":
            yield f"({row.dim}, {row.n_points})", partial(_worse, row)


def _better(row):
    ratio = (1 - float(row.max_cosine)) / (1 - float(row.public))
    by = row.found_by
    return {
        "value": f"{ratio:.9f}",
        "ours": row.max_cosine[:20],
        "public": row.public[:20],
        "public source": f"{row.public_source} ({row.public_date})",
        "proof": row.proof,
        "found by": by if " " in by and "points of that row" not in by else f"campaign, {by}",
        "evaluations": row.evaluations,
    }


def better(quick):
    """Value: (1 - ours)/(1 - public) of the rows that are better than what is published."""
    for row in shipped().rows.values():
        if row.status == "better":
            yield f"({row.dim}, {row.n_points})", partial(_better, row)


def _folders():
    return [Path(name) for name in os.environ.get("SPHCODE_CAMPAIGN", "").split(":") if name]


def _log(settings, records):
    return {
        "value": f"{sum(record.seconds for record in records) / 3600:.3f}",
        "effort of the first search": settings.effort,
        "rows of the campaign": len(settings.cases),
        "searches": len(records),
        "evaluations": f"{sum(record.evaluations for record in records):.3g}",
        "versions": ", ".join(sorted({record.version for record in records})),
    }


def log(quick):
    """Value: core-hours of a round of a campaign, by the CPU time that each task recorded; no task counts twice."""
    seen = set()
    for folder in _folders():
        journal, rounds = Journal.read(folder), {}
        for record in journal.records.values():
            task = (record.case, record.evaluations, record.seconds)
            if record.round != FOREIGN and task not in seen:
                seen.add(task)
                rounds.setdefault(record.round, []).append(record)
        for index in sorted(rounds):
            yield f"{folder.name}, round {index + 1}", partial(_log, journal.settings, rounds[index])


def _searched(record, row):
    gap = record.max_cosine - row.max_cosine
    return {
        "value": f"{(1 - record.max_cosine) / (1 - row.max_cosine):.9f}",
        "status": "met" if gap <= MANY_MET else "missed",
        "above the table": f"{gap:.1e}",
        "max cosine": repr(record.max_cosine),
        "found by": record.strategy,
        "evaluations": f"{record.evaluations:.2g}",
        "CPU s": f"{record.seconds:.0f}",
    }


def searched(quick):
    """Value: (1 - ours) / (1 - the published one) of the first search of a row in campaigns that began from nothing."""
    for folder in _folders():
        journal = Journal.read(folder)
        for record in journal.records.values():
            row = published().get((record.dim, record.n_points))
            if record.round == 0 and not journal.settings.from_shipped and row is not None and record.n_starts > 0:
                label = f"({record.dim}, {record.n_points}), {journal.settings.effort:g} default efforts"
                yield label, partial(_searched, record, row)


def contradictions(quick):
    """Value: rows that another row betters by a point less or a dimension more: work left."""

    def counted():
        found = violations(shipped())
        return {"value": len(found), "of rows": len(shipped().rows)}

    yield "all", counted


TABLES = {
    "content": content,
    "public": public,
    "worse": worse,
    "better": better,
    "log": log,
    "searched": searched,
    "contradictions": contradictions,
}
