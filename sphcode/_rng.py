"""Random streams: one `rng` argument (SPEC 7), one spawned stream per start, no global state."""

from __future__ import annotations

from typing import Any

import numpy as np

from sphcode._validate import fail, shown


def seed_sequence(rng: Any) -> np.random.SeedSequence:
    """Turn `rng` (None, int >= 0, SeedSequence or Generator) into the SeedSequence that starts are spawned from."""
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence([int(word) for word in rng.integers(0, 2**32, size=4)])
    try:
        return np.random.SeedSequence(rng)
    except (TypeError, ValueError):
        raise fail("rng", "None, an integer >= 0, a SeedSequence or a Generator", shown(rng)) from None


def start_rng(seed: np.random.SeedSequence, *key: int) -> np.random.Generator:
    """Return the generator of the start with index `key`; the same for any order of starts and number of workers."""
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *key)))
