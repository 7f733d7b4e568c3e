"""What a random sample of classes says about all of them: order statistics of a sample without replacement."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Confidence of what is said about all classes from a sample.
CONFIDENCE = 0.95
#: The order statistics that are reported: the smallest, and those at these shares of the sample.
SHARES = (0.01, 0.1, 0.5)


@dataclass(frozen=True)
class ShareBelow:
    """With a confidence of 95 %, at most `share_below` of all classes have a distance below `value`.

    Attributes
    ----------
    value : float
        An order statistic of the sample; larger is better.
    share_below : float
        Upper confidence limit of the share of all classes below it.
    rank : int
        Which order statistic: 1 for the smallest.
    confidence : float
        Probability, over samples, that the statement is true.
    """

    value: float
    share_below: float
    rank: int
    confidence: float = CONFIDENCE


def shares_below(distances: NDArray[np.float64], n_classes: int) -> list[ShareBelow]:
    """Return what the distances of a random sample guarantee for all `n_classes`, from the smallest value on."""
    ordered = np.sort(distances)
    ranks = sorted({1, *(max(1, math.ceil(share * len(ordered))) for share in SHARES)})
    return [ShareBelow(float(ordered[rank - 1]), share_limit(n_classes, len(ordered), rank), rank) for rank in ranks]


def share_limit(n_classes: int, n_sampled: int, rank: int, confidence: float = CONFIDENCE) -> float:
    """Return the upper confidence limit of the share of all values below the rank-th smallest of a sample.

    The sample is drawn without replacement. If B of all values are below v, and v is the rank-th smallest of the
    sample, at most rank - 1 of the B were drawn; the limit is the largest B for which that is not too improbable
    (hypergeometric; C. J. Clopper and E. S. Pearson 1934 for the principle).
    """
    from scipy.stats import hypergeom

    low, high = 0, n_classes  # the probability falls with B
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeom.cdf(rank - 1, n_classes, middle, n_sampled) > 1.0 - confidence:
            low = middle
        else:
            high = middle - 1
    return low / n_classes
