"""Features and class vectors that are trained freely: the HardMax value and the unconstrained-feature model.

At temperature tau = 1 / scale the model minimises the cross-entropy of unit features and unit class vectors; as the
scale grows its minimisers tend to the maximisers of the HardMax value, which are the softmax codes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._notebook import Shown
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import Progress, ProgressCallback
from sphcode._rng import DEFAULT_SEED, seed_sequence, start_rng
from sphcode._validate import (
    as_array,
    as_matrix,
    check_callable,
    check_dim,
    check_int,
    check_n_points,
    check_real,
    fail,
)
from sphcode.margins.rows import Rows, as_rows

#: Features and class vectors are held in memory some ten times over by the minimiser; 2^24 numbers are 128 MiB.
MOST_ENTRIES = 2**24
#: The largest logit scale: at a millionth of it the loss of any code is below every float64 already.
MOST_SCALE = 1e9
#: The largest number of starts, and of iterations of each: years of work.
MOST_ROUNDS = 10**6

#: Rows in a block of scores: memory only.
_BLOCK = 1024
#: Annealing of `ufm`: the first scale, at which the loss has one valley, and the factor from one to the next; not
#: measured alone.
_FIRST_SCALE = 5.0
_SCALE_STEP = 2.0


def hardmax_value(weights: ArrayLike, features: ArrayLike) -> float:
    """Return min over k != j of <h_k, w_k - w_j>: the smallest margin by which a feature prefers its class.

    Parameters
    ----------
    weights, features : array_like or tensor, shape (n_classes, dim)
        One class vector and one feature per class; larger values are better. Nothing is normalised.

    Returns
    -------
    float
        For unit features at most the minimum one-vs-rest distance of `weights`, with equality at its directions.
        (The HardMax problem of Jiang et al. 2024 minimises minus this value.)

    Raises
    ------
    InvalidInputError
        If the shapes differ or entries are not finite.

    Examples
    --------
    >>> from sphcode import hardmax_value
    >>> hardmax_value([[1, 0], [0, 1], [-1, 0]], [[1, 0], [0, 1], [-1, 0]])
    1.0
    """
    rows, directions = as_matrix(weights, "weights"), as_matrix(features, "features")
    if directions.shape != rows.shape:
        raise fail("features", f"of the weights' shape {rows.shape}", f"shape {directions.shape}")
    return smallest_margin(rows, directions)


def smallest_margin(rows: NDArray[np.float64] | Rows, directions: NDArray[np.float64]) -> float:
    """Return the hardmax value of checked matrices, in blocks of rows."""
    smallest = math.inf
    slices = list(as_rows(rows).slices())
    for start in range(0, len(rows), _BLOCK):
        block = directions[start : start + _BLOCK]
        own = np.einsum("ij,ij->i", rows[start : start + _BLOCK], block)
        scores = np.hstack([block @ rows[part].T for part in slices])
        places = np.arange(len(scores))
        scores[places, start + places] = -np.inf
        smallest = min(smallest, float((own - scores.max(axis=1)).min()))
    return smallest


@dataclass(frozen=True, eq=False)
class FeatureModel(Shown):
    """A minimiser of the unconstrained-feature model.

    Attributes
    ----------
    weights, features : ndarray, shape (n_classes, dim)
        Unit class vectors and the unit feature of each class.
    scale : float
        1 / temperature.
    log_loss : float
        Natural logarithm of the mean cross-entropy in nats; smaller is better.
    hardmax : float
        Smallest margin of the unit features, a difference of cosines; larger is better.
    one_vs_rest_distance : float
        Minimum one-vs-rest distance of the weights; larger is better.
    gradient_norm : float
        Largest entry of the gradient of log_loss / scale where the minimisation stopped, dimensionless; smaller
        is better.
    """

    weights: NDArray[np.float64]
    features: NDArray[np.float64]
    scale: float
    log_loss: float
    hardmax: float
    one_vs_rest_distance: float
    gradient_norm: float

    def __repr__(self) -> str:
        n_classes, dim = self.weights.shape
        return (
            f"FeatureModel(dim={dim}, n_classes={n_classes}, scale={self.scale:g}, log_loss={self.log_loss:.6g}, "
            f"one_vs_rest_distance={self.one_vs_rest_distance:.6g})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-able values."""
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}


@told_in_notebooks
def temperature_path(
    dim: int,
    n_classes: int,
    scales: ArrayLike = (1, 5, 7, 10, 30, 100, 300, 1000, 3000),
    *,
    n_starts: int = 4,
    iterations: int = 3000,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
    progress: ProgressCallback | None = None,
) -> tuple[FeatureModel, ...]:
    """Minimise the unconstrained-feature model along growing scales and back, each from where the one before ended.

    Minimising at a large scale from scratch freezes as soon as every margin is positive, because the loss is then
    exponentially small; a path does not, and the logarithm of the loss is what is minimised. The way back finds lower
    losses at the small scales, where very many nearly equal minimisers exist.

    Parameters
    ----------
    dim, n_classes : int
        Both at least 2.
    scales : sequence of float
        Increasing values of 1 / temperature.
    n_starts : int
        Independent random starts; at each scale the one of lowest loss is returned.
    iterations : int
        Most L-BFGS iterations per scale and start.
    rng, seed : None, int, SeedSequence or Generator
        One argument with two names, 0 by default; the same seed gives the same path, None is a new one each time.
    progress : callable, optional
        Receives a Progress event per start and scale.

    Returns
    -------
    tuple of FeatureModel
        One per scale.

    Raises
    ------
    InvalidInputError
        If an argument is out of range or the scales do not increase.

    Examples
    --------
    >>> from sphcode.margins.features import temperature_path
    >>> [round(model.one_vs_rest_distance, 4) for model in temperature_path(2, 5, [1, 10, 100], rng=0)]
    [0.691, 0.691, 0.691]
    """
    dim, n_classes = check_dim(dim), check_n_points(n_classes, "n_classes")
    if n_classes * dim > MOST_ENTRIES:
        raise fail("n_classes * dim", f"at most {MOST_ENTRIES}", n_classes * dim)
    check_callable("progress", progress)
    numbers = as_array(scales, "scales", "an increasing sequence of numbers > 0").ravel()
    values = [check_real("scales", scale, low=0.0, high=MOST_SCALE, open_low=True) for scale in numbers]
    if not values or any(after <= before for before, after in pairwise(values)):
        raise fail("scales", "an increasing sequence of numbers > 0", values)
    n_starts = check_int("n_starts", n_starts, minimum=1, maximum=MOST_ROUNDS)
    iterations = check_int("iterations", iterations, minimum=1, maximum=MOST_ROUNDS)
    stream = seed_sequence(rng, seed)
    route = [*values, *values[-2::-1]]
    best: dict[float, FeatureModel] = {}
    for start in range(n_starts):
        vectors = start_rng(stream, start).standard_normal((2, n_classes, dim))
        for step, scale in enumerate(route):
            vectors, model = _minimise(vectors, scale, iterations)
            if scale not in best or model.log_loss < best[scale].log_loss:
                best[scale] = model
            if progress is not None:
                done = start * len(route) + step + 1
                distance = best[scale].one_vs_rest_distance
                progress(Progress("feature model", done, n_starts * len(route), distance, "distance"))
    return tuple(best[scale] for scale in values)


@told_in_notebooks
def ufm(
    dim: int,
    n_classes: int,
    scale: float,
    *,
    n_starts: int = 4,
    iterations: int = 3000,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
    progress: ProgressCallback | None = None,
) -> FeatureModel:
    """Minimise the cross-entropy of free unit features and unit class vectors at temperature 1 / scale.

    The minimisation is annealed: it goes through scales 5, 10, 20, ... up to `scale`. Parameters and errors are those
    of `temperature_path`.

    Returns
    -------
    FeatureModel
        Weights, features, loss and one-vs-rest distance.

    Examples
    --------
    >>> from sphcode import ufm
    >>> ufm(3, 4, scale=100, rng=0)
    FeatureModel(dim=3, n_classes=4, scale=100, log_loss=-132.235, one_vs_rest_distance=1.33333)
    """
    scale = check_real("scale", scale, low=0.0, high=MOST_SCALE, open_low=True)
    steps = max(0, math.ceil(math.log(scale / _FIRST_SCALE, _SCALE_STEP)))
    scales = [*(_FIRST_SCALE * _SCALE_STEP**step for step in range(steps)), scale]
    return temperature_path(
        dim, n_classes, scales, n_starts=n_starts, iterations=iterations, rng=rng, seed=seed, progress=progress
    )[-1]


def _minimise(vectors: NDArray[np.float64], scale: float, iterations: int) -> tuple[NDArray[np.float64], FeatureModel]:
    """L-BFGS on the directions of `vectors` (features, weights); returns unit vectors and the model."""
    from scipy.optimize import minimize

    from sphcode.kernels.feature_model import log_loss
    from sphcode.margins.one_vs_rest import measured_rows

    shape = vectors.shape
    gradients = np.empty(shape)

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        free = flat.reshape(shape)
        norms = np.linalg.norm(free, axis=2, keepdims=True)
        unit = free / norms
        value = log_loss(unit[0], unit[1], scale, gradients[0], gradients[1])
        radial = np.sum(gradients * unit, axis=2, keepdims=True)
        return value, ((gradients - radial * unit) / norms).ravel()

    unit = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    answer = minimize(
        objective,
        unit.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "maxfun": 10 * iterations, "maxcor": 20, "ftol": 1e-15, "gtol": 1e-10},
    )
    unit = answer.x.reshape(shape)
    unit /= np.linalg.norm(unit, axis=2, keepdims=True)
    features, weights = unit
    return unit, FeatureModel(
        weights=weights,
        features=features,
        scale=scale,
        log_loss=float(answer.fun) * scale,
        hardmax=smallest_margin(weights, features),
        one_vs_rest_distance=measured_rows(weights).minimum,
        gradient_norm=float(np.abs(answer.jac).max()),
    )
