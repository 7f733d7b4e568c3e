"""What a margin means in training: scale for a wanted posterior, loss margins that fit, the dimension it needs."""

from __future__ import annotations

import math
from typing import Any

from sphcode._validate import check_n_points, check_real

#: Probabilities of the right class that a reader may want of the worst one.
POSTERIORS = (0.9, 0.99, 0.999)


def scale_for_posterior(distance: float, n_classes: int, posterior: float) -> float:
    """Return the logit scale (inverse temperature) at which every class can have the wanted posterior.

    With the scale s and every unit feature at its class's best direction, each wrong logit is at least s * distance
    below the right one, so the posterior is at least 1 / (1 + (n_classes - 1) exp(-s * distance)).

    Parameters
    ----------
    distance : float
        Minimum one-vs-rest distance, > 0; larger needs a smaller scale.
    n_classes : int
    posterior : float
        Between 0 and 1.

    Examples
    --------
    >>> round(scale_for_posterior(0.5, 100, 0.99), 6)
    18.380479
    """
    distance = check_real("distance", distance, low=0, open_low=True)
    n_classes = check_n_points(n_classes, "n_classes")
    posterior = check_real("posterior", posterior, low=0, high=1, open_low=True, open_high=True)
    return max(0.0, math.log((n_classes - 1) * posterior / (1.0 - posterior)) / distance)


def smallest_dim(n_classes: int, distance: float, *, most: int) -> int:
    """Return the smallest dimension whose proven ceiling allows a minimum distance; necessary, not sufficient.

    Searched by bisection from 2 to `most`, a dimension known to allow it, with the closed-form bounds.

    Examples
    --------
    >>> smallest_dim(240, 0.5, most=100)
    8
    """
    from sphcode.bounds.bound import bound

    low, high = 2, most
    while low < high:
        middle = (low + high) // 2
        ceiling = bound(middle, n_classes, method="closed-form").one_vs_rest_upper_bound
        if ceiling is not None and ceiling >= distance - 1e-12:
            high = middle
        else:
            low = middle + 1
    return low


def advise(distance: float, min_angle_deg: float, n_classes: int, dim: int) -> dict[str, Any]:
    """Return the JSON object `advice` of a head with this minimum one-vs-rest distance and smallest angle.

    `cosface_margin`: the largest additive cosine margin (CosFace) that all classes can satisfy at once with these rows;
    `arcface_margin_deg`: the largest additive angle (ArcFace), in degrees; `scales`: logit scale by wanted posterior;
    `smallest_dim`: no head of fewer dimensions can have this distance.
    """
    return {
        "cosface_margin": distance,
        "arcface_margin_deg": min_angle_deg,
        "scales": {f"{share:g}": scale_for_posterior(distance, n_classes, share) for share in POSTERIORS},
        "smallest_dim": smallest_dim(n_classes, distance, most=dim),
    }
