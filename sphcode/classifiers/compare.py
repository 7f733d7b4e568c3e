"""How far a trained head is from the best code at hand and from the proven ceiling."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._progress import ProgressCallback
from sphcode._rounding import rounded_down
from sphcode._validate import UNIT_NORM_TOLERANCE, as_matrix, fail
from sphcode.classifiers.features import FeatureMeasurement, feature_moments, measure_features
from sphcode.classifiers.measure import RawMeasurement, UnitMeasurement, counted, measure_unit_rows, zero_rows
from sphcode.classifiers.reference import Reference, choose_reference
from sphcode.codes.code import SphericalCode

if TYPE_CHECKING:
    from sphcode.bounds.bound import Bound
    from sphcode.classifiers.weights import Head

__all__ = ["Comparison", "compare"]

SCHEMA = "sphcode.compare/1"
#: Below this margin the rows make no code worth naming.
LEAST_MARGIN = 1e-6
#: Rows whose norms differ from 1 by more than this are called not normalised.
NORM_SPREAD = 1e-2


@dataclass(frozen=True, eq=False)
class Comparison:
    """A head measured twice, and what its dimension and number of classes allow.

    Attributes
    ----------
    path, key : str or None
        Where the weights come from.
    dim, n_classes : int
        Columns and rows of the head.
    unit : UnitMeasurement or None
        The measurement of the unit rows; None when fewer than two rows have a direction.
    raw : RawMeasurement
        The measurement of the rows as loaded, with the bias if there is one.
    reference : Reference or None
        The best code at hand for this dimension and number of classes, named.
    ceiling : Bound or None
        The proven bound on any head of unit rows.
    comparable : bool
        Whether reference and ceiling speak about this head: unit rows exist and there is no bias.
    features : FeatureMeasurement
        Collapse of the features, as far as class means and covariance are at hand.
    names : tuple of str or None
        Names of the classes.
    warnings : tuple of str
        What limits the reading of these numbers.
    """

    path: str | None
    key: str | None
    dim: int
    n_classes: int
    unit: UnitMeasurement | None
    raw: RawMeasurement
    reference: Reference | None
    ceiling: Bound | None
    comparable: bool
    features: FeatureMeasurement
    names: tuple[str, ...] | None
    warnings: tuple[str, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def min_one_vs_rest(self) -> float | None:
        """Minimum one-vs-rest distance of the unit rows; larger is better."""
        return None if self.unit is None else self.unit.minimum

    @property
    def upper_bound(self) -> float | None:
        """The proven ceiling of the minimum one-vs-rest distance."""
        return None if self.ceiling is None else self.ceiling.one_vs_rest_upper_bound

    @property
    def ratio_to_best_known(self) -> float | None:
        """Minimum one-vs-rest distance over that of the reference; 1 is as good as the reference."""
        return self._ratio(None if self.reference is None else self.reference.one_vs_rest_distance)

    @property
    def ratio_to_upper_bound(self) -> float | None:
        """Minimum one-vs-rest distance over the ceiling, which no head of unit rows can exceed."""
        return self._ratio(self.upper_bound)

    def _ratio(self, best: float | None) -> float | None:
        if not self.comparable or self.unit is None or not best:
            return None
        return self.unit.minimum / best

    @property
    def claim(self) -> str:
        """The result in one line; numbers are rounded to the safe side."""
        unit, reference, ceiling = self.unit, self.reference, self.ceiling
        if unit is None:
            return "no one-vs-rest distance: fewer than two rows have a direction"
        text = f"min one-vs-rest {rounded_down(unit.minimum, 6)}"
        shares = []
        if self.ratio_to_best_known is not None and reference is not None:
            shares.append(f"{rounded_down(100 * self.ratio_to_best_known, 2)} % of {reference.source}")
        if self.ratio_to_upper_bound is not None and ceiling is not None:
            kind = "proven ceiling" if ceiling.rigorous else "numerical, not proven ceiling"
            shares.append(f"{rounded_down(100 * self.ratio_to_upper_bound, 2)} % of the {kind} ({ceiling.name})")
        return f"{text} = {', '.join(shares)}" if shares else f"{text}; not comparable with a code or a ceiling"

    def name(self, index: int) -> str:
        """Return the name of a class, or its index as text."""
        return str(index) if self.names is None else self.names[index]

    def __repr__(self) -> str:
        ratios = (self.ratio_to_best_known, self.ratio_to_upper_bound)
        best, ceiling = ("none" if ratio is None else f"{ratio:.4f}" for ratio in ratios)
        return (
            f"Comparison(dim={self.dim}, n_classes={self.n_classes}, min_one_vs_rest={self.min_one_vs_rest}, "
            f"ratio_to_best_known={best}, ratio_to_upper_bound={ceiling})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that `sphcode compare --json` prints."""
        unit, reference, ceiling = self.unit, self.reference, self.ceiling
        return {
            "schema": SCHEMA,
            "path": self.path,
            "key": self.key,
            "dim": self.dim,
            "n_classes": self.n_classes,
            "normalized": self.comparable,
            "min_one_vs_rest": self.min_one_vs_rest,
            "min_one_vs_rest_distinct": None if unit is None else unit.min_distinct,
            "one_vs_rest_quantiles": None if unit is None else unit.quantiles(),
            "max_cosine": None if unit is None else float(unit.nearest.max_cosine),
            "duplicates": counted([] if unit is None else unit.duplicates),
            "near_duplicates": counted([] if unit is None else unit.near_duplicates),
            "best_known_one_vs_rest": None if reference is None else reference.one_vs_rest_distance,
            "best_known_source": None if reference is None else reference.source,
            "one_vs_rest_upper_bound": self.upper_bound,
            "upper_bound_method": None if ceiling is None else ceiling.name,
            "ratio_to_best_known": self.ratio_to_best_known,
            "ratio_to_upper_bound": self.ratio_to_upper_bound,
            "gnc1": self.features.gnc1,
            "gnc2": self.min_one_vs_rest,
            "gnc3": self.features.gnc3,
            "inside_hull": counted([] if unit is None else unit.inside_hull),
            "rattlers": counted([] if unit is None else unit.rattlers),
            "raw": self.raw.to_dict(),
            "warnings": list(self.warnings),
        }


def compare(
    weights: Any,
    *,
    key: str | None = None,
    bias: Any = None,
    classes_axis: int | None = None,
    center: bool = False,
    features: Any = None,
    labels: Any = None,
    class_means: Any = None,
    within_class_covariance: Any = None,
    names: Sequence[str] | None = None,
    against: SphericalCode | None = None,
    search: bool = False,
    rng: Any = 0,
    progress: ProgressCallback | None = None,
) -> Comparison:
    """Measure a classifier head and hold it against the best code at hand and the proven ceiling.

    Parameters
    ----------
    weights : array_like, shape (n_classes, dim), or path
        Class vectors as rows (a torch tensor is taken as it is), or a file that `load_weights` reads.
    key : str, optional
        Name of the tensor in the file; default: the documented search order of `load_weights`.
    bias : array_like, shape (n_classes,), or str, optional
        Bias of the classes, or the name of its tensor in the file. A head with a bias has no ceiling.
    classes_axis : {0, 1}, optional
        Axis of the classes in the file, where the name of the tensor does not tell.
    center : bool
        Subtract the mean row before the rows are normalised.
    features, labels : array_like, optional
        Features (n_samples, dim) and their classes 0 .. n_classes-1, for GNC1 and GNC3.
    class_means : array_like, shape (n_classes, dim), optional
        Mean feature of every class, for GNC3; default: the companion tensor in the file.
    within_class_covariance : array_like, shape (dim, dim), optional
        For GNC1, together with `class_means`; default: the companion tensor in the file.
    names : sequence of str, optional
        Names of the classes.
    against : SphericalCode, optional
        A code to be used as the reference.
    search : bool
        Search for a reference code even when n_classes * dim exceeds 20,000.
    rng : int, SeedSequence or Generator
        Seed of that search.
    progress : callable, optional
        Receives `Progress` events.

    Returns
    -------
    Comparison
        Distances and cosines are dimensionless; larger distances and smaller cosines are better.

    Raises
    ------
    InvalidInputError
        If an argument has the wrong shape or is not finite; FileFormatError if a file cannot be read.

    Notes
    -----
    One-vs-rest distances are measured on unit rows [1]_; the ceiling holds for those because the largest minimum
    one-vs-rest distance equals one minus the smallest possible max cosine.

    References
    ----------
    .. [1] J. Jiang et al., Generalized Neural Collapse for a Large Number of Classes, ICML 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import compare
    >>> compare(np.vstack([np.eye(3), -np.eye(3)])).ratio_to_upper_bound
    1.0
    """
    head = _load(weights, key, bias, classes_axis)
    n_classes, dim = head.weight.shape
    if names is not None and len(names) != n_classes:
        raise fail("names", f"a sequence of {n_classes} names, one a class", f"{len(names)} names")
    if against is not None and (against.dim != dim or against.n_points < n_classes):
        raise fail("against", f"a code of at least {n_classes} points in dimension {dim}", repr(against))

    unit, raw = _measure(head.weight, head.bias, center, progress)
    comparable = unit is not None and head.bias is None
    ceiling = reference = None
    if unit is not None and comparable:
        ceiling = _ceiling(dim, len(unit.rows))
        if against is not None:
            reference = Reference(against.one_vs_rest_distance, "given", "the given code", against)
        else:
            reference = choose_reference(
                dim,
                len(unit.rows),
                own=_midpoint_code(unit),
                ceiling=ceiling.one_vs_rest_upper_bound or 2.0,
                search=search,
                rng=rng,
                progress=progress,
            )
    companions = feature_moments(head, features, labels, class_means, within_class_covariance)
    return Comparison(
        path=str(weights) if isinstance(weights, (str, os.PathLike)) else None,
        key=head.key or None,
        dim=dim,
        n_classes=n_classes,
        unit=unit,
        raw=raw,
        reference=reference,
        ceiling=ceiling,
        comparable=comparable,
        features=measure_features(unit, *companions),
        names=None if names is None else tuple(names),
        warnings=tuple(_warnings(head, unit, raw, center)),
        metadata=head.metadata,
    )


@cache
def _ceiling(dim: int, n_points: int) -> Bound:
    """Compute the ceiling once per case: the checkpoints of one training run share it."""
    from sphcode.bounds.bound import bound

    return bound(dim, n_points, method="best")


def _load(weights: Any, key: str | None, bias: Any, classes_axis: int | None) -> Head:
    """Return the head from a file or from an array."""
    from sphcode.classifiers.weights import Head, load_weights

    if isinstance(weights, (str, os.PathLike)):
        return load_weights(weights, key, bias=bias, classes_axis=classes_axis)
    matrix = as_matrix(weights, "weights")
    matrix = np.ascontiguousarray(matrix.T) if classes_axis == 1 else matrix
    intercept = None if bias is None else _as_bias(bias, len(matrix))
    return Head(weight=matrix, key="", path="", dtype="F64", bias=intercept)


def _as_bias(bias: Any, n_classes: int) -> NDArray[np.float64]:
    try:
        values = np.asarray(bias, dtype=float)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (n_classes,) or not np.isfinite(values).all():
        raise fail("bias", f"{n_classes} finite numbers", f"{type(bias).__name__} of shape {np.shape(bias)}")
    return values


def _measure(
    matrix: NDArray[np.float64], bias: NDArray[np.float64] | None, center: bool, progress: ProgressCallback | None
) -> tuple[UnitMeasurement | None, RawMeasurement]:
    """Measure the unit rows and the rows as loaded; the second costs nothing when they are the same."""
    from sphcode.margins.one_vs_rest import one_vs_rest

    norms = np.linalg.norm(matrix, axis=1)
    zeros = zero_rows(norms)
    directed = matrix - matrix.mean(axis=0) if center else matrix
    lengths = np.linalg.norm(directed, axis=1)
    classes = np.setdiff1d(np.arange(len(matrix)), np.union1d(zeros, zero_rows(lengths)))
    unit = None
    if len(classes) > 1:
        unit = measure_unit_rows(directed[classes] / lengths[classes, None], classes, progress=progress)
    if unit is not None and bias is None and not center and np.abs(norms - 1.0).max() < UNIT_NORM_TOLERANCE:
        return unit, RawMeasurement(norms, zeros, unit.distances, has_bias=False)
    distances = one_vs_rest(matrix, bias=bias, progress=progress)
    return unit, RawMeasurement(norms, zeros, distances, has_bias=bias is not None)


def _midpoint_code(unit: UnitMeasurement) -> SphericalCode | None:
    """The code that the equality theorem makes from rows with a margin and their optimal directions."""
    from sphcode.margins.midpoint import midpoint

    return midpoint(unit.rows, unit.distances.directions) if unit.minimum > LEAST_MARGIN else None


def _warnings(head: Head, unit: UnitMeasurement | None, raw: RawMeasurement, center: bool) -> Iterator[str]:
    yield from head.notes
    if len(raw.zero_rows):
        yield f"{len(raw.zero_rows)} zero rows are left out of the measurement of unit rows"
    if unit is None:
        yield "fewer than two rows have a direction: no ceiling, no ratios"
        return
    if unit.duplicates:
        yield (
            f"{len(unit.duplicates)} pairs of classes have equal rows: their distance is 0; over distinct rows the "
            f"minimum is {unit.min_distinct:.6g}"
        )
    if head.bias is not None:
        yield "the head has a bias: codes and ceilings speak about unit rows without bias, so there are no ratios"
    elif np.abs(raw.norms - 1.0).max() > NORM_SPREAD and not center:
        yield (
            "the rows are not unit vectors; they were normalised. A softmax head is unchanged by adding one vector to "
            "all rows, which changes these cosines (--center fixes the choice)"
        )
