from collections import Counter
from itertools import combinations

import numpy as np

from sphcode.codes.constructions.golay import blocks_of_s3_6_22, blocks_of_s4_7_23, golay_words, octads


def test_weights_and_linearity():
    words = golay_words()
    assert Counter(words.sum(axis=1).tolist()) == {0: 1, 8: 759, 12: 2576, 16: 759, 24: 1}
    known = {word.tobytes() for word in words}
    assert len(known) == 4096
    assert all(
        (words[i] ^ words[j]).tobytes() in known for i, j in np.random.default_rng(0).integers(0, 4096, (200, 2))
    )


def covered_once(blocks, size, n_points):
    """Whether each set of `size` points is in exactly one block."""
    counts = Counter(subset for block in blocks for subset in combinations(np.flatnonzero(block).tolist(), size))
    return set(counts.values()) == {1} and len(counts) == len(list(combinations(range(n_points), size)))


def test_steiner_systems():
    assert covered_once(octads(), 5, 24)
    assert covered_once(blocks_of_s4_7_23(), 4, 23)
    assert covered_once(blocks_of_s3_6_22(), 3, 22)
