"""Random streams: one `rng` argument (SPEC 7), one spawned stream per start, no global state."""

from __future__ import annotations

from typing import Any

import numpy as np

from sphcode._validate import check_int, fail, shown

#: The largest seed: a SeedSequence tells no more than 128 bits apart, and files state seeds in full.
MOST_SEED = 2**128 - 1


class _Unset(int):
    """The default of `rng`: an integer like any other, but one can tell that nobody gave it."""


#: What `rng` is when neither it nor `seed` is given: the command line's seed.
DEFAULT_SEED = _Unset(0)


def one_seed(rng: Any, seed: Any) -> Any:
    """Return `rng` or `seed`, two names of one argument, of which only one may be given."""
    if seed is None:
        return rng
    if rng is not DEFAULT_SEED:
        raise fail("seed", "left out when `rng`, which means the same, is given", shown(seed))
    return seed


def seed_sequence(rng: Any, seed: Any = None) -> np.random.SeedSequence:
    """Turn `rng` (None, int >= 0, SeedSequence or Generator) into the SeedSequence that starts are spawned from.

    `seed`, when given, stands in its place.
    """
    name, rng = "rng" if seed is None else "seed", one_seed(rng, seed)
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence([int(word) for word in rng.integers(0, 2**32, size=4)])
    if rng is None:
        return np.random.SeedSequence()
    try:
        return np.random.SeedSequence(check_int(name, rng, minimum=0, maximum=MOST_SEED))
    except ValueError:
        raise fail(name, "None, an integer >= 0, a SeedSequence or a Generator", shown(rng)) from None


def start_rng(seed: np.random.SeedSequence, *key: int) -> np.random.Generator:
    """Return the generator of the start with index `key`; the same for any order of starts and number of workers."""
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *key)))
