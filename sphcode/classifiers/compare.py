"""How far a trained head is from the best code at hand and from the proven ceiling."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._progress import ProgressCallback
from sphcode._rng import DEFAULT_SEED, one_seed
from sphcode._validate import as_matrix, check_int, fail, shown
from sphcode.classifiers.comparison import Comparison
from sphcode.classifiers.features import measure_features
from sphcode.classifiers.geometry import alignment_residual, measure_geometry
from sphcode.classifiers.measure import LEAST_MARGIN, RawMeasurement, UnitMeasurement, measure, open_warnings
from sphcode.classifiers.reference import Reference, choose_reference
from sphcode.classifiers.temperature import logit_scale, temperature_optimum
from sphcode.codes.code import SphericalCode

if TYPE_CHECKING:
    from sphcode.bounds.bound import Bound
    from sphcode.classifiers.weights import Head

__all__ = ["Comparison", "compare"]

#: Seconds per n_classes^2 * dim of a whole comparison of a large head, one core of 2024.
SECONDS_PER_PRODUCT = 4e-10
#: Rows whose norms differ from 1 by more than this are called not normalised.
NORM_SPREAD = 1e-2


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
    against: Any = None,
    search: bool = False,
    sample: int | None = None,
    scale: float | None = None,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
) -> Comparison:
    """Measure a classifier head and hold it against the best code at hand and the proven ceiling.

    Parameters
    ----------
    weights : array_like, shape (n_classes, dim), path or Head
        Class vectors as rows (a torch tensor is taken as it is), a file that `load_weights` reads, or what it returned.
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
    against : SphericalCode or path, optional
        A code, or the file of one, to be used as the reference.
    search : bool
        Search for a reference code even when n_classes * dim exceeds 20,000.
    sample : int, optional
        Measure the one-vs-rest distances of so many classes, drawn at random, against all others. Their minimum is an
        upper value of the head's minimum, and the ratios with it.
    scale : float, optional
        Logit scale (1 / temperature) of the unit rows in training, for what is best at that scale; default: the one
        that the file states.
    rng, seed : None, int, SeedSequence or Generator
        One argument with two names, 0 by default: seed of the search and of the sample.
    workers : int, optional
        Threads of the one-vs-rest distances, by default one a core; the result is the same for any number.
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
    rng = one_seed(rng, seed)
    workers = (os.cpu_count() or 1) if workers is None else check_int("workers", workers, minimum=1)
    head = _load(weights, key, bias, classes_axis)
    n_classes, dim = head.weight.shape
    if names is not None and len(names) != n_classes:
        raise fail("names", f"a sequence of {n_classes} names, one a class", f"{len(names)} names")
    given = None if against is None else _given(against, n_classes, dim)

    if sample is not None:
        sample = check_int("sample", sample, minimum=1)

    unit, raw = measure(
        head.weight, head.bias, center=center, sample=sample, rng=rng, workers=workers, progress=progress
    )
    comparable = unit is not None and head.bias is None
    ceiling = reference = None
    if unit is not None and comparable:
        ceiling = _ceiling(dim, len(unit.rows))
        reference = given or _best_at_hand(unit, ceiling, search=search, rng=rng, progress=progress)
    scale = logit_scale(scale, head.metadata)
    moments = {"class_means": class_means, "within_class_covariance": within_class_covariance}
    return Comparison(
        path=str(weights) if isinstance(weights, (str, os.PathLike)) else head.path or None,
        key=head.key or None,
        dim=dim,
        n_classes=n_classes,
        unit=unit,
        raw=raw,
        reference=reference,
        ceiling=ceiling,
        comparable=comparable,
        features=measure_features(head, unit, features=features, labels=labels, **moments),
        geometry=None if unit is None else measure_geometry(unit),
        alignment=None if unit is None or reference is None else alignment_residual(unit, reference.code),
        temperature=None if unit is None else temperature_optimum(dim, len(unit.rows), scale),
        cosine_rounding=head.cosine_rounding,
        names=None if names is None else tuple(names),
        warnings=tuple(_warnings(head, unit, raw, center)),
        metadata=head.metadata,
    )


def expected_seconds(n_classes: int, dim: int) -> float:
    """Rough time of a whole comparison without a sample; for large heads it is that of three passes over all pairs."""
    return SECONDS_PER_PRODUCT * n_classes**2 * dim


@cache
def _ceiling(dim: int, n_points: int) -> Bound:
    """Compute the ceiling once per case: the checkpoints of one training run share it."""
    from sphcode.bounds.bound import bound

    return bound(dim, n_points, method="best")


def _load(weights: Any, key: str | None, bias: Any, classes_axis: int | None) -> Head:
    """Return the head as it is, from a file or from an array."""
    from sphcode.classifiers.weights import Head, load_weights

    if isinstance(weights, Head):
        return weights
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


def _given(against: Any, n_classes: int, dim: int) -> Reference:
    """Return the code that the caller chose, as a reference."""
    source, code = "the given code", against
    if isinstance(against, (str, os.PathLike)):
        source, code = f"the given code ({os.fspath(against)})", SphericalCode.load(against)
    if not isinstance(code, SphericalCode) or code.dim != dim or code.n_points < n_classes:
        raise fail("against", f"a code of at least {n_classes} points in dimension {dim}", shown(code))
    return Reference(code.one_vs_rest_distance, "given", source, code)


def _best_at_hand(
    unit: UnitMeasurement, ceiling: Bound, *, search: bool, rng: Any, progress: ProgressCallback | None
) -> Reference | None:
    """Choose the reference; the head's own candidate is made by the midpoint map where it has a margin."""
    own = None
    if unit.sample is None and unit.minimum > LEAST_MARGIN:
        from sphcode.margins.midpoint import midpoint

        own = midpoint(unit.rows, unit.distances.directions)
    n_points, dim = unit.rows.shape
    most = ceiling.one_vs_rest_upper_bound or 2.0
    return choose_reference(dim, n_points, own=own, ceiling=most, search=search, rng=rng, progress=progress)


def _warnings(head: Head, unit: UnitMeasurement | None, raw: RawMeasurement, center: bool) -> Iterator[str]:
    yield from head.notes
    if unit is not None and unit.sample is not None:
        yield f"distances of a sample of {unit.sample} classes: the minimum over all may be smaller"
    if len(raw.zero_rows):
        yield f"{len(raw.zero_rows)} zero rows are left out of the measurement of unit rows"
    yield from open_warnings(unit, raw)
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
