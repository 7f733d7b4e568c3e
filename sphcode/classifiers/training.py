"""The geometry of a head as a flat dictionary of numbers, for the log of a training run."""

from __future__ import annotations

import math
from typing import Any

from sphcode._rows import row_norms
from sphcode.classifiers.collapse import (
    check_means,
    directions_of,
    duality_of,
    potential_of,
    rank_of,
    spread_of,
    uniformity_of,
)
from sphcode.classifiers.objects import matrix_of


def classifier_geometry(weights: Any, class_means: Any = None) -> dict[str, float]:
    """Measure a head in one call, without a reference code or a bound (those do not change during training).

    Parameters
    ----------
    weights : array_like, shape (n_classes, dim), or anything else that `compare` takes
        A torch tensor or parameter is taken as it is, from any device and of any float type; a layer gives its matrix.
    class_means : array_like, shape (n_classes, dim), optional
        Means of the unit features, for the last two entries.

    Returns
    -------
    dict of str to float
        `norm_mean`, `norm_spread` (standard deviation over mean) of the rows; `max_cosine`, `min_angle_deg`,
        `min_one_vs_rest` (GNC2), `frame_potential` (1 for a tight frame), `uniformity` of the unit rows;
        `effective_rank`; and with class means `gnc3` (centred), `hardmax_value` (smallest margin of the class means,
        with unit rows). See `sphcode.classifiers.collapse`. `min_one_vs_rest` over a bound or a reference, both fixed
        by shape, tells how far there is to go.

    Raises
    ------
    InvalidInputError
        If a row is zero or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> log = classifier_geometry(np.vstack([np.eye(3), -np.eye(3)]))
    >>> log["max_cosine"], log["min_one_vs_rest"], round(log["effective_rank"], 9)
    (0.0, 1.0, 3.0)
    """
    from sphcode.margins.features import smallest_margin
    from sphcode.margins.nearest import nearest_rows
    from sphcode.margins.one_vs_rest import measured_rows

    matrix = matrix_of(weights)
    norms = row_norms(matrix)
    spread = spread_of(norms)
    rows = directions_of(matrix, "weights")
    neighbours = nearest_rows(rows)
    log = {
        "norm_mean": float(norms.mean()),
        "norm_spread": spread,
        "max_cosine": float(neighbours.max_cosine),
        "min_angle_deg": math.degrees(neighbours.min_angle),
        "min_one_vs_rest": float(measured_rows(rows).minimum),
        "frame_potential": potential_of(matrix),
        "uniformity": uniformity_of(rows),
        "effective_rank": rank_of(matrix),
    }
    if class_means is not None:
        means = check_means(class_means, matrix.shape)
        log["gnc3"] = duality_of(rows, means)
        log["hardmax_value"] = smallest_margin(rows, directions_of(means, "class_means"))
    return log
