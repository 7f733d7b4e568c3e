"""How far a trained head is from the best code at hand and from the proven ceiling."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from sphcode._deprecated import outside
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import ProgressCallback
from sphcode._rng import DEFAULT_SEED, one_seed
from sphcode._validate import as_matrix, check_callable, check_flag, check_int, check_strings, fail, shown
from sphcode._workers import check_workers
from sphcode.classifiers.comparison import Comparison
from sphcode.classifiers.features import Features, measure_features
from sphcode.classifiers.geometry import alignment_residual, measure_geometry
from sphcode.classifiers.measure import measure
from sphcode.classifiers.measurement import LEAST_MARGIN, RawMeasurement, UnitMeasurement, open_warnings
from sphcode.classifiers.objects import as_head
from sphcode.classifiers.reference import Reference, choose_reference
from sphcode.classifiers.temperature import logit_scale, temperature_optimum
from sphcode.classifiers.weights import Head, load_weights
from sphcode.codes.code import as_code
from sphcode.margins.checkpoint import Checkpoint
from sphcode.margins.device import check_device

if TYPE_CHECKING:
    from sphcode.bounds.bound import Bound

__all__ = ["Comparison", "compare"]

#: Seconds per n_classes^2 * dim of a whole comparison of a large head, one core of 2024.
SECONDS_PER_PRODUCT = 4e-10
#: Rows whose norms differ from 1 by more than this are called not normalised.
NORM_SPREAD = 1e-2


#: Arguments of 0.1 that belong to what is passed now: {name: where it goes}.
_MOVED = {
    "key": "load_weights(path, key)",
    "classes_axis": "load_weights(path, classes_axis=...), or the transposed array",
    "labels": "features=Features(samples, labels)",
    "class_means": "features=Features(class_means=...)",
    "within_class_covariance": "features=Features(class_means=..., within_class_covariance=...)",
}


@overload
def compare(weights: Head | NDArray[Any], **options: Any) -> Comparison: ...
@overload
def compare(weights: Any, **options: Any) -> Any: ...
@told_in_notebooks
def compare(
    weights: Any,
    *,
    against: Any = None,
    bias: Any = None,
    features: Any = None,
    names: Sequence[str] | None = None,
    center: bool = False,
    search: bool = False,
    sample: int | None = None,
    scale: float | None = None,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
    workers: Any = None,
    device: str = "auto",
    resume: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
    **moved: Any,
) -> Any:
    """Measure a classifier head and hold it against the best code at hand and the proven ceiling.

    Parameters
    ----------
    weights : Head, path, array_like of shape (n_classes, dim), layer, model, state dict, table, code, or list of paths
        What `load_weights` returned or reads; class vectors as rows (a torch tensor is taken as it is); a layer with
        its bias; a `torch.nn.Module` or a mapping of names to tensors, in which the head is looked for as in a file; a
        table whose index names the classes; a code, the result of a search, a construction. For a list of files or
        heads one comparison each is returned, in a list.
    against : SphericalCode, result, construction or path, optional
        A code to be used as the reference.
    bias : array_like, shape (n_classes,), optional
        Bias of the classes, for weights that bring none. With a bias that is not constant the ratios at the top level
        are None: `class_vectors` holds the unit class vectors alone against code and ceiling.
    features : Features, optional
        Features with their labels, or their moments, for GNC1 and GNC3; default: the companion tensors in the file.
    names : sequence of str, optional
        Names of the classes; default: those that the file, its configuration or tokenizer state.
    center : bool
        Subtract the mean row before the rows are normalised.
    search : bool
        Search for a reference code even when n_classes * dim exceeds 20,000.
    sample : int, optional
        Measure the one-vs-rest distances of so many classes, drawn at random, against all others. Their minimum is an
        upper value of the head's minimum, and the ratios with it.
    scale : float, optional
        Logit scale (1 / temperature) of the unit rows in training, for what is best at that scale; default: the one
        that the file states.
    rng, seed : None, int, SeedSequence or Generator
        One argument with two names: seed of the search and of the sample.
    workers : int, map-like callable or Executor, optional
        Threads of the measurement, by default one a core, or what maps a function over blocks of classes, as in
        `one_vs_rest`; the result is the same for all.
    device : {"auto", "cpu", "cuda"}
        Where scores are computed, as in `one_vs_rest`.
    resume : path, optional
        A folder for what is finished of the one-vs-rest distances, as in `one_vs_rest`: a run of hours that was stopped
        goes on there. One head only.
    progress : callable, optional
        Receives `Progress` events.
    **moved
        Names of 0.1 that warn until 0.3: `key` and `classes_axis` are arguments of `load_weights`, `labels`,
        `class_means` and `within_class_covariance` are fields of `Features`.

    Returns
    -------
    Comparison, or list of Comparison
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
    for argument, value in (("center", center), ("search", search)):
        check_flag(argument, value)
    check_callable("progress", progress)
    common: dict[str, Any] = {
        "against": against,
        "names": None if names is None else tuple(check_strings("names", names)),
        "center": center,
        "search": search,
        "sample": None if sample is None else check_int("sample", sample, minimum=1),
        "scale": scale,
        "rng": one_seed(rng, seed),
        "workers": (os.cpu_count() or 1) if workers is None else check_workers(workers),
        "device": check_device(device),
        "resume": resume,
        "progress": progress,
    }
    _check_moved(moved)
    features = _features(features, moved)
    several = isinstance(weights, list | tuple) and len(weights) > 0 and all(_is_source(one) for one in weights)
    if not several:
        path = str(weights) if isinstance(weights, str | os.PathLike) else None
        return _compare(_head(weights, bias, moved), path, features, **common)
    if resume is not None:
        raise fail("resume", "left out for several heads", shown(resume))
    if bias is not None:
        raise fail("bias", "left out for several heads", type(bias).__name__)
    return [
        _compare(_head(one, None, moved), None if isinstance(one, Head) else str(one), features, **common)
        for one in weights
    ]


def _compare(
    head: Head,
    path: str | None,
    features: Features,
    *,
    against: Any,
    names: tuple[str, ...] | None,
    center: bool,
    search: bool,
    sample: int | None,
    scale: float | None,
    rng: Any,
    workers: Any,
    device: str,
    resume: Any,
    progress: ProgressCallback | None,
) -> Comparison:
    """Measure one head whose arguments are checked, and choose its reference and ceiling."""
    n_classes, dim = head.weight.shape
    if names is not None and len(names) != n_classes:
        raise fail("names", f"a sequence of {n_classes} names, one a class", f"{len(names)} names")
    given = None if against is None else _given(against, n_classes, dim)
    # All logits moved by one number: no decision and no probability changes.
    constant = head.bias is not None and bool((head.bias == head.bias[0]).all())
    bias = None if constant else head.bias
    settings = {
        "center": center,
        "sample": sample,
        "seed": int(rng) if sample is not None and isinstance(rng, int) else None,
    }
    kept = None if resume is None else Checkpoint(resume, head.weight, bias, settings)
    unit, raw = measure(
        head.weight, bias, center=center, sample=sample, rng=rng, workers=workers, device=device, resume=kept,
        progress=progress,
    )  # fmt: skip
    # Before the ceiling, for which other packages fill the memory.
    geometry = None if unit is None else measure_geometry(unit)
    ceiling = reference = None
    if unit is not None:
        ceiling = _ceiling(dim, len(unit.rows))
        reference = given or _best_at_hand(unit, ceiling, search=search, rng=rng, progress=progress)
    scale = logit_scale(scale, head.metadata)
    return Comparison(
        path=path or head.path or None,
        key=head.key or None,
        dim=dim,
        n_classes=n_classes,
        unit=unit,
        raw=raw,
        reference=reference,
        ceiling=ceiling,
        comparable=unit is not None and bias is None,
        features=measure_features(head, unit, features),
        geometry=geometry,
        alignment=None if unit is None or reference is None else alignment_residual(unit, reference.code),
        temperature=None if unit is None else temperature_optimum(dim, len(unit.rows), scale),
        cosine_rounding=head.cosine_rounding,
        names=head.class_names if names is None else names,
        warnings=tuple(_warnings(head, unit, raw, center)),
        metadata=head.metadata,
        why=head.why,
        stand_in=head.stand_in,
        has_bias=head.bias is not None,
        constant_bias=constant,
    )


def _is_source(value: Any) -> bool:
    return isinstance(value, str | os.PathLike | Head)


def _check_moved(moved: dict[str, Any]) -> None:
    """Warn of the arguments of 0.1, and refuse unknown ones."""
    for name, value in moved.items():
        if name not in _MOVED:
            raise TypeError(f"compare() got an unexpected keyword argument {name!r}")
        if value is not None:
            text = f"argument `{name}` of compare goes in 0.3: {_MOVED[name]}"
            warnings.warn(text, DeprecationWarning, stacklevel=outside())


def _features(features: Any, moved: dict[str, Any]) -> Features:
    """Return the features that were given, in one object or by the arguments of 0.1."""
    old = {name: moved.get(name) for name in ("labels", "class_means", "within_class_covariance")}
    if isinstance(features, Features):
        for name, value in old.items():
            if value is not None:
                raise fail(name, "left out when `features` is a Features object", type(value).__name__)
        return features
    return Features(features, **old)


def _head(weights: Any, bias: Any, moved: dict[str, Any]) -> Head:
    """Return the head; arguments that would play no role are refused."""
    key, axis = moved.get("key"), moved.get("classes_axis")
    if isinstance(weights, str | os.PathLike):
        head = load_weights(weights, key, bias=bias if isinstance(bias, str) else None, classes_axis=axis)
        return head if bias is None or isinstance(bias, str) else as_head(head, bias=bias)
    if key is not None:
        raise fail("key", "left out unless `weights` is a file", shown(key))
    if axis is not None and (isinstance(weights, Head) or check_int("classes_axis", axis, minimum=0, maximum=1) == 0):
        if isinstance(weights, Head):
            raise fail("classes_axis", "left out when `weights` is a Head", shown(axis))
        axis = None
    return as_head(as_matrix(weights, "weights").T if axis == 1 else weights, bias=bias)


def expected_seconds(n_classes: int, dim: int) -> float:
    """Rough time of a whole comparison without a sample; for large heads it is that of three passes over all pairs."""
    return SECONDS_PER_PRODUCT * n_classes**2 * dim


@cache
def _ceiling(dim: int, n_points: int) -> Bound:
    """Compute the ceiling once per case: the checkpoints of one training run share it."""
    from sphcode.bounds.bound import bound

    return bound(dim, n_points, method="best")


def _given(against: Any, n_classes: int, dim: int) -> Reference:
    """Return the code that the caller chose, as a reference."""
    source = f"the given code ({os.fspath(against)})" if isinstance(against, str | os.PathLike) else "the given code"
    code = as_code(against, "against")
    if code.dim != dim or code.n_points < n_classes:
        raise fail("against", f"a code of at least {n_classes} points in dimension {dim}", shown(code))
    return Reference(code.one_vs_rest_distance, "given", source, code)


def _best_at_hand(
    unit: UnitMeasurement, ceiling: Bound, *, search: bool, rng: Any, progress: ProgressCallback | None
) -> Reference | None:
    """Choose the reference; the head's own candidate is made by the midpoint map where it has a margin.

    Without a sample, that is, and for heads of which the directions were kept.
    """
    own = None
    kept = len(unit.distances.directions) == len(unit.rows)
    if kept and unit.minimum > LEAST_MARGIN:
        from sphcode.margins.midpoint import midpoint_rows

        own = midpoint_rows(unit.rows[:], unit.distances.directions)
    n_points, dim = unit.rows.shape
    most = ceiling.one_vs_rest_upper_bound or 2.0
    return choose_reference(dim, n_points, own=own, ceiling=most, search=search, rng=rng, progress=progress)


def _warnings(head: Head, unit: UnitMeasurement | None, raw: RawMeasurement, center: bool) -> Iterator[str]:
    """Say what limits the reading of the numbers, one sentence each."""
    yield from head.notes
    if unit is not None and unit.sample_guarantee is not None:
        smallest = unit.sample_guarantee[0]
        share = f"{100 * smallest.share_below:.2g} %"
        yield (
            f"distances of a sample of {unit.sample} classes: the minimum over all may be smaller; "
            f"with 95 % confidence at most {share} of the classes are below {smallest.value:.6g}"
        )
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
    if raw.has_bias:
        yield (
            "the head has a bias: codes and ceilings speak about its class vectors alone, so the head itself has no "
            "ratios; those of its class vectors are given apart (class_vectors)"
        )
    elif np.abs(raw.norms - 1.0).max() > NORM_SPREAD and not center:
        yield (
            "the rows are not unit vectors; they were normalised. A softmax head is unchanged by adding one vector to "
            "all rows, which changes these cosines (--center fixes the choice)"
        )
