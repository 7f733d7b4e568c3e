"""How the features of a training run sit relative to a head: collapse from features or from their moments by class."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._validate import as_matrix, fail

if TYPE_CHECKING:
    from sphcode.classifiers.measurement import UnitMeasurement
    from sphcode.classifiers.weights import Head


@dataclass(frozen=True)
class FeatureMeasurement(Shown):
    """Collapse of the features; every number is None without what it needs, and smaller is better.

    Attributes
    ----------
    gnc1 : float or None
        Variability collapse, tr(S_W S_B^+) / n_classes, dimensionless; smaller is better. It needs class means
        and within-class covariance.
    gnc3, gnc3_uncentered : float or None
        Mean of 1 - cos(row, class mean), with and without the mean of the class means subtracted; smaller is
        better.
    hardmax : float or None
        Smallest margin of the class means with the unit rows; larger is better, at most the minimum one-vs-rest
        distance.
    cdnv : float or None
        Variance of the features over the squared distance of their class means, mean over pairs of classes;
        smaller is better.
    ncc_accuracy : float or None
        Share of the features that are nearest to their own class mean; larger is better.
    """

    gnc1: float | None = None
    gnc3: float | None = None
    gnc3_uncentered: float | None = None
    hardmax: float | None = None
    cdnv: float | None = None
    ncc_accuracy: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object `features`."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Features(Shown):
    """Features of a training run, or their moments, for the collapse measurements of `compare`.

    Attributes
    ----------
    samples : array_like, shape (n_samples, dim), optional
        Features; they are divided by their norms.
    labels : array_like of int, shape (n_samples,), optional
        The class of each, 0 .. n_classes-1; needed with `samples`.
    class_means : array_like, shape (n_classes, dim), optional
        Mean feature of every class, where the features themselves are not at hand.
    within_class_covariance : array_like, shape (dim, dim), optional
        Needed for GNC1 with `class_means`.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import Features, compare
    >>> rows = np.vstack([np.eye(3), -np.eye(3)])
    >>> compare(rows, features=Features(class_means=rows)).features.gnc3
    0.0
    """

    samples: Any = None
    labels: Any = None
    class_means: Any = None
    within_class_covariance: Any = None

    def __post_init__(self) -> None:
        if (self.samples is None) != (self.labels is None):
            raise fail("labels", "given together with `features`", "only one of them")
        if self.samples is not None and self.class_means is not None:
            raise fail("class_means", "left out when the features are given", "both")
        if self.within_class_covariance is not None and self.class_means is None:
            raise fail("within_class_covariance", "given together with `class_means`", "only one of them")


def measure_features(head: Head, unit: UnitMeasurement | None, given: Features) -> FeatureMeasurement:
    """Measure the collapse from features, else from the moments given, else from the file's companions.

    Features are divided by their norms first. Classes without a unit row are left out where rows and means meet.
    """
    from sphcode.classifiers.collapse import cdnv, class_statistics, directions_of, duality_of, gnc1, ncc_accuracy
    from sphcode.margins.features import smallest_margin

    features, labels = given.samples, given.labels
    class_means, within_class_covariance = given.class_means, given.within_class_covariance

    variances = accuracy = None
    means: NDArray[np.float64] | None
    covariance: NDArray[np.float64] | None
    if features is not None:
        moments = class_statistics(features, labels, len(head.weight))
        means, covariance = moments.class_means, moments.within_class_covariance
        variances = cdnv(means, moments.class_variances)
        accuracy = ncc_accuracy(features, labels, means)
    elif class_means is not None:
        means, covariance = as_matrix(class_means, "class_means"), within_class_covariance
    else:
        stored = head.companions.get("class_means")
        means = None if stored is None else as_matrix(stored, "class_means")
        covariance = head.companions.get("within_class_covariance")
    if means is None:
        return FeatureMeasurement()
    if means.shape != head.weight.shape:
        raise fail("class_means", f"of the weights' shape {head.weight.shape}", f"shape {means.shape}")
    rows, own = (None, means) if unit is None else (unit.rows, means[unit.classes])
    return FeatureMeasurement(
        gnc1=None if covariance is None else gnc1(means, covariance),
        gnc3=None if rows is None else duality_of(rows, own),
        gnc3_uncentered=None if rows is None else duality_of(rows, own, center=False),
        hardmax=None if rows is None else smallest_margin(rows, directions_of(own, "class_means")),
        cdnv=variances if variances is not None and np.isfinite(variances) else None,
        ncc_accuracy=accuracy,
    )
