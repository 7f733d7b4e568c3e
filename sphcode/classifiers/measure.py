"""What the rows of a head do: one measurement of the unit rows, one of the rows as loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._progress import ProgressCallback
from sphcode._rng import seed_sequence
from sphcode._rows import row_norms, unit_rows
from sphcode._validate import UNIT_NORM_TOLERANCE
from sphcode.classifiers.measurement import ANGLE_BINS, NEAR_DUPLICATE_COSINE, RawMeasurement, UnitMeasurement
from sphcode.margins.rows import SLICE_BYTES, Rows, as_rows

if TYPE_CHECKING:
    from sphcode.margins.blocks import Solved
    from sphcode.margins.checkpoint import Checkpoint
    from sphcode.margins.nearest import Nearest
    from sphcode.margins.one_vs_rest import OneVsRest

#: A centred row shorter than this share of the row and the mean is the rounding of their difference: no direction.
CENTERED_ROUNDING = 1e-12
#: Directions of separation that take more bytes are not kept: no more is needed of them than `self_duality`.
KEPT_DIRECTIONS = 1 << 30


def measure(
    matrix: NDArray[Any],
    bias: NDArray[np.float64] | None,
    *,
    center: bool = False,
    sample: int | None = None,
    rng: Any = 0,
    workers: Any = 1,
    device: str = "auto",
    resume: Checkpoint | None = None,
    progress: ProgressCallback | None = None,
) -> tuple[UnitMeasurement | None, RawMeasurement]:
    """Measure the unit rows and the rows as loaded, of a matrix that is checked; no work is done twice.

    With `sample`, the one-vs-rest distances are those of that many classes drawn with `rng`, against all others. A bias
    is shifted to the middle of its range first, which changes nothing but the rounding.
    """
    from sphcode.margins.one_vs_rest import measured_rows

    rows = as_rows(matrix)
    stored = rows.is_narrow  # a large head: its rows stay as they are
    norms = rows.norms() if stored else row_norms(matrix)
    zeros = np.flatnonzero(~matrix.any(axis=1))
    directed: NDArray[np.float64] | Rows = rows if stored else matrix
    without = zeros
    if center:
        directed, without = _centered(directed, norms)
    classes = np.setdiff1d(np.arange(len(matrix)), np.union1d(zeros, without))
    drawn = draw_classes(len(matrix), sample, rng)
    unit = None
    if len(classes) > 1:
        chosen = None if drawn is None else np.flatnonzero(np.isin(classes, drawn))
        units = _stored_directions(directed, classes) if isinstance(directed, Rows) else unit_rows(directed[classes])
        unit = _measure_unit_rows(units, classes, chosen, workers, device, resume, progress)
    if unit is not None and bias is None and not center and np.abs(norms - 1.0).max() < UNIT_NORM_TOLERANCE:
        return unit, RawMeasurement(norms, zeros, unit.distances, has_bias=False)
    if bias is not None:
        bias = bias - (bias.min() / 2 + bias.max() / 2)
    keep = _is_kept(len(matrix) if drawn is None else len(drawn), matrix.shape[1])
    distances = measured_rows(
        matrix, bias=bias, classes=drawn, workers=workers, device=device, resume=resume, progress=progress,
        each=None if keep else _forget,
    )  # fmt: skip
    return unit, RawMeasurement(norms, zeros, distances, has_bias=bias is not None)


def _centered(
    rows: NDArray[np.float64] | Rows, norms: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | Rows, NDArray[np.intp]]:
    """Subtract the mean row; returns the rows, and those that equal the mean to rounding and so have no direction."""
    if isinstance(rows, Rows):
        mean = rows.mean()
        moved = Rows(rows.stored, shift=mean)
        return moved, _without_direction(moved.norms(), norms, mean)
    mean = rows.mean(axis=0)
    directed = rows - mean
    return directed, _without_direction(row_norms(directed), norms, mean)


def _without_direction(
    lengths: NDArray[np.float64], norms: NDArray[np.float64], mean: NDArray[np.float64]
) -> NDArray[np.intp]:
    reference = np.maximum(norms, float(row_norms(mean[None, :])[0]))
    return np.flatnonzero(lengths <= CENTERED_ROUNDING * reference)


def _stored_directions(rows: Rows, classes: NDArray[np.intp]) -> Rows:
    """Return rows divided by their norms; those of classes that follow each other are not copied."""
    first, last = int(classes[0]), int(classes[-1]) + 1
    taken = rows.part(first, last) if len(classes) == last - first else rows.taken(classes)
    return taken.times(1.0 / taken.norms())


def _is_kept(n_measured: int, dim: int) -> bool:
    return 8 * n_measured * dim <= KEPT_DIRECTIONS


def _forget(part: Solved, classes: NDArray[np.int64]) -> None:
    """Take the directions of a block for nothing."""


def draw_classes(n_classes: int, sample: int | None, rng: Any) -> NDArray[np.int64] | None:
    """Return a sample of the classes, ascending; None for all of them."""
    if sample is None or sample >= n_classes:
        return None
    return np.sort(np.random.default_rng(seed_sequence(rng)).choice(n_classes, sample, replace=False))


def _measure_unit_rows(
    rows: NDArray[np.float64] | Rows,
    classes: NDArray[np.intp],
    chosen: NDArray[np.intp] | None,
    workers: Any,
    device: str,
    resume: Checkpoint | None,
    progress: ProgressCallback | None,
) -> UnitMeasurement:
    from sphcode.classifiers.collapse import shape_of
    from sphcode.margins.nearest import nearest_rows
    from sphcode.margins.one_vs_rest import measured_rows

    rank, potential = shape_of(rows)  # before torch fills the memory
    # Blocks of nearest neighbours take all rows with them: they stay on this machine.
    threads = workers if isinstance(workers, int) else 1
    neighbours = nearest_rows(
        rows, bins=ANGLE_BINS, near_duplicate_cosine=NEAR_DUPLICATE_COSINE, workers=threads, progress=progress
    )
    gaps = _Gaps(rows)
    keep = _is_kept(len(rows) if chosen is None else len(chosen), rows.shape[1])
    distances = measured_rows(
        rows, classes=chosen, workers=workers, device=device, resume=resume, progress=progress,
        each=None if keep else gaps.add,
    )  # fmt: skip
    if keep:
        gaps.take(distances.directions, distances.classes)
    min_distinct = float(distances.distances.min())
    if len(neighbours.duplicates):
        min_distinct = _min_distinct(rows, distances, neighbours)
    return UnitMeasurement(rows, classes, distances, neighbours, min_distinct, gaps.mean, rank, potential)


class _Gaps:
    """The mean of 1 - cos(row, its direction), block by block; rows without a direction (zero) are left out."""

    def __init__(self, rows: NDArray[np.float64] | Rows) -> None:
        self.rows, self.total, self.count = rows, 0.0, 0

    def add(self, part: Solved, classes: NDArray[np.int64]) -> None:
        """Take a block of answers."""
        self.take(part.directions, classes)

    def take(self, directions: NDArray[np.float64], classes: NDArray[np.int64]) -> None:
        """Take directions of some rows."""
        step = max(16, SLICE_BYTES // (8 * self.rows.shape[1]))
        for start in range(0, len(classes), step):
            part = directions[start : start + step]
            cosines = np.einsum("ij,ij->i", self.rows[classes[start : start + step]], part)
            gaps = (1.0 - np.minimum(cosines, 1.0))[part.any(axis=1)]
            self.total, self.count = self.total + float(gaps.sum()), self.count + len(gaps)

    @property
    def mean(self) -> float:
        """The mean; 1 where no row has a direction."""
        return self.total / self.count if self.count else 1.0


def _min_distinct(rows: NDArray[np.float64] | Rows, distances: OneVsRest, neighbours: Nearest) -> float:
    """Minimum over distinct rows; only the rows that have a copy need a new distance."""
    from sphcode.margins.one_vs_rest import measured_rows

    pairs = neighbours.duplicates
    copied = np.unique(pairs)
    kept = np.setdiff1d(np.arange(len(rows)), pairs[:, 1])
    single = ~np.isin(distances.classes, copied)
    values = [float(distances.distances[single].min(initial=np.inf))]
    representatives = np.flatnonzero(np.isin(kept, np.intersect1d(copied, distances.classes)))
    if len(kept) > 1 and len(representatives):
        copies = np.unique(pairs[:, 1])
        again = measured_rows(rows, classes=kept[representatives], without=copies)
        values.append(float(again.distances.min()))
    return min(values) if min(values) < np.inf else 0.0
