"""The volumetric bounds of the softmax-code paper, for comparison; `bound` is stronger in every case that matters."""

from __future__ import annotations

import math

from sphcode._validate import check_dim, check_n_points

__all__ = ["volumetric_margins"]


def volumetric_margins(dim: int, n_points: int) -> tuple[float, float]:
    """Return the paper's lower and upper bound on the largest minimum one-vs-rest distance of n_points classes [1]_.

    Both come from the volume of caps, and hold for n_points >= sqrt(2 pi sqrt(e dim)). The upper one says something
    (less than 1, the value of the orthoplex) only for enormous n_points: from 4,000 on at dim = 10. Float64, not
    certified; nothing in the package relies on them.

    .. [1] J. Jiang, J. Zhou, P. Wang, Q. Qu, D. Mixon, C. You, Z. Zhu, Generalized neural collapse for a large number
       of classes, ICML 2024 (arXiv 2310.05351).

    Examples
    --------
    >>> from sphcode.bounds.floors.volumetric import volumetric_margins
    >>> [round(value, 4) for value in volumetric_margins(10, 100)]
    [0.1697, 1.5049]
    """
    dim, n_points = check_dim(dim), check_n_points(n_points)
    lower = 0.5 * math.log(math.pi) - math.log(n_points) + math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2 + 1)
    upper = math.log(2) + 0.5 * math.log(math.pi) - math.log(n_points)
    upper += math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2)
    return 0.5 * math.exp(2 * lower / (dim - 1)), 2 * math.exp(upper / (dim - 1))
