"""The races of `field` with 60 CPU seconds a run and three seeds, `nox -s bench-full`: hours, stopped and resumed."""

from . import field_search

LIMIT, SEEDS = 60.0, 3


def search(quick: bool):
    """Value: expected CPU seconds to the best known code of the best peer, as a multiple of ours; as in `field`."""
    return field_search.races(quick, 2.0 if quick else LIMIT, 1 if quick else SEEDS)


TABLES = {"search": search}
