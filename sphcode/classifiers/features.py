"""How the features of a training run sit relative to a head: GNC1 and GNC3 from moments by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import as_matrix, fail

if TYPE_CHECKING:
    from sphcode.classifiers.measure import UnitMeasurement
    from sphcode.classifiers.weights import Head


@dataclass(frozen=True)
class FeatureMeasurement:
    """Collapse of the features; every number is None without what it needs, and smaller is better.

    Attributes
    ----------
    gnc1 : float or None
        Variability collapse, tr(S_W S_B^+) / n_classes; needs class means and within-class covariance.
    gnc3 : float or None
        Mean of 1 - cos(row, class mean), class means centred by their mean; needs class means.
    """

    gnc1: float | None = None
    gnc3: float | None = None


def feature_moments(
    head: Head, features: Any, labels: Any, class_means: Any, within_class_covariance: Any
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return class means and within-class covariance: from features, else as given, else the file's companions."""
    if (features is None) != (labels is None):
        raise fail("labels", "given together with `features`", "only one of them")
    n_classes, dim = head.weight.shape
    if features is not None:
        from sphcode.classifiers.collapse import class_statistics

        moments = class_statistics(features, labels, n_classes)
        return moments.class_means, moments.within_class_covariance
    means = head.companions.get("class_means") if class_means is None else as_matrix(class_means, "class_means")
    if means is not None and means.shape != head.weight.shape:
        raise fail("class_means", f"of the weights' shape {(n_classes, dim)}", f"shape {means.shape}")
    covariance = within_class_covariance
    if covariance is None and class_means is None:
        covariance = head.companions.get("within_class_covariance")
    return means, covariance


def measure_features(
    unit: UnitMeasurement | None, means: NDArray[np.float64] | None, covariance: NDArray[np.float64] | None
) -> FeatureMeasurement:
    """Measure the collapse; classes without a unit row are left out of GNC3."""
    from sphcode.classifiers.collapse import gnc1, gnc3

    if means is None:
        return FeatureMeasurement()
    return FeatureMeasurement(
        gnc1=None if covariance is None else gnc1(means, covariance),
        gnc3=None if unit is None else gnc3(unit.rows, means[unit.classes]),
    )
