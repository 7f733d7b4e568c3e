"""The field, measured: ours beside the best peers that can be installed, in one run of one machine.

Peers come with `nox -s bench` (see noxfile.py); one that is not installed is named so in its rows. `field_full` is the
same comparison with 60 CPU seconds and three seeds a run.
"""

from . import field_bounds, field_heads, field_roofline, field_search

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
}
