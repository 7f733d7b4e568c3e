"""The field, measured: ours beside the best peers that can be installed, in one run of one machine.

Peers come with `nox -s bench` (see noxfile.py); one that is not installed is named so in its rows. `field_full` is the
same comparison with 60 CPU seconds and three seeds a run.
"""

from . import field_search

TABLES = {
    "search": field_search.search,
    "critical": field_search.critical,
    "growth": field_search.growth,
    "cold": field_search.cold,
}
