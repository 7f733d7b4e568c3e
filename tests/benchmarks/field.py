"""The field, measured: ours beside the best peers that can be installed, in one run of one machine.

Peers come with `nox -s bench` (see noxfile.py); one that is not installed is named so in its rows. `field_full` is the
same comparison with 60 CPU seconds and three seeds a run. After some rows have been measured anew, `field summary
--again` counts them.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from . import field_bounds, field_heads, field_roofline, field_search
from .runner import FOLDER, Cases, Row, read

#: Tables whose values are ratios of a peer to ours, by the name of what is compared.
COMPARED = {
    "search": "search, time to the best known code",
    "critical": "search, time of a critical point",
    "growth": "search, angle of large codes",
    "programs": "bounds, linear programs",
    "three_point": "bounds, three-point programs",
    "margins": "margins of a class",
    "heads": "nearest rows of a head",
    "decode": "nearest codeword",
}


def counted(table: str) -> Row:
    rows = read(FOLDER / f"field_{table}.csv")
    # "> 5" is a lower bound of a ratio, and stands for 5; rows of peers that are not installed have none.
    ratios = [float(row["value"].lstrip("<> ")) for row in rows if row["value"]]
    return {
        "value": sum(row["status"] == "lost" for row in rows),
        "rows": len(ratios),
        "smallest ratio": f"{min(ratios):.3g}",
        "median ratio": f"{np.median(ratios):.3g}",
        "largest ratio": f"{max(ratios):.3g}",
        "without a ratio": len(rows) - len(ratios),
    }


def summary(quick: bool) -> Cases:
    """Value: rows of a table in which a peer wins, of so many rows with a ratio; ratios above 1 are in our favour."""
    for table, name in COMPARED.items():
        if (FOLDER / f"field_{table}.csv").exists():
            yield name, partial(counted, table)


TABLES = {
    "search": field_search.search,
    "critical": field_search.critical,
    "growth": field_search.growth,
    "cold": field_search.cold,
    "programs": field_bounds.programs,
    "three_point": field_bounds.three_point,
    "margins": field_heads.margins,
    "heads": field_heads.heads,
    "decode": field_heads.decode,
    "roofline": field_roofline.roofline,
    "summary": summary,
}
