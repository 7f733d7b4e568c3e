"""What the rows of a head do: one measurement of the unit rows, one of the rows as loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._deprecated import renamed_field
from sphcode._notebook import Shown
from sphcode._progress import ProgressCallback
from sphcode._rng import seed_sequence
from sphcode._rows import row_norms, unit_rows
from sphcode._validate import UNIT_NORM_TOLERANCE
from sphcode.classifiers.sampling import ShareBelow, shares_below
from sphcode.margins.rows import SLICE_BYTES, Rows, as_rows

if TYPE_CHECKING:
    from sphcode.margins.blocks import Solved
    from sphcode.margins.checkpoint import Checkpoint
    from sphcode.margins.nearest import Nearest
    from sphcode.margins.one_vs_rest import OneVsRest

#: A centred row shorter than this share of the row and the mean is the rounding of their difference: no direction.
CENTERED_ROUNDING = 1e-12
#: Norms that differ by more than this leave the distances of the short rows, as loaded, few digits or none.
WIDE_NORMS = 1e8
#: Below this minimum distance the rows have no margin worth naming.
LEAST_MARGIN = 1e-6
#: Rows whose cosine reaches this are reported as near-duplicates.
NEAR_DUPLICATE_COSINE = 0.999
#: Slack within which a class attains the minimum one-vs-rest distance (relative) or the largest cosine.
ATTAINED = 1e-6
#: Rows in a block of inner products: memory only.
_CONTACT_BLOCK = 512
#: Bins of the angle histogram, one degree each.
ANGLE_BINS = 180
#: Directions of separation that take more bytes are not kept: no more is needed of them than `self_duality`.
KEPT_DIRECTIONS = 1 << 30
#: Shares of classes below, for the distribution of distances in a report.
QUANTILES = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0)


@dataclass(frozen=True, eq=False)
class UnitMeasurement(Shown):
    """What the unit rows do.

    Attributes
    ----------
    rows : ndarray or Rows, shape (n_measured, dim)
        The rows divided by their norms; zero rows are left out. Of a large head they are the stored rows with factors,
        and `rows[index]` is an array.
    classes : ndarray of int, shape (n_measured,)
        The class that each of `rows` belongs to.
    distances : OneVsRest
        One-vs-rest distance of every row (of a sample, where one was asked for), with certified lower and upper values;
        larger is better. The directions of a large head are not kept (an array of no rows).
    nearest : Nearest
        Nearest neighbour of every row, duplicates, angle histogram.
    min_distinct : float
        Minimum one-vs-rest distance when every set of equal rows counts once; larger is better.
    self_duality : float
        Mean over the measured classes of 1 - cos(row, its best separating direction); smaller is better.
    effective_rank : float
        Exponential of the entropy of the singular values: how many dimensions, counted as a real number
        (dimensionless), are in use.
    frame_potential : float
        Sum of squared cosines over its smallest possible value; smaller is better.
    """

    rows: NDArray[np.float64] | Rows
    classes: NDArray[np.intp]
    distances: OneVsRest
    nearest: Nearest
    min_distinct: float
    self_duality: float
    effective_rank: float
    frame_potential: float

    @property
    def minimum(self) -> float:
        """Minimum one-vs-rest distance over all rows (the paper's GNC2); 0 when two rows are equal."""
        return float(self.distances.distances.min())

    @property
    def sample(self) -> int | None:
        """Number of classes whose distance was measured, when that is not all of them."""
        measured = len(self.distances.classes)
        return measured if measured < len(self.rows) else None

    @property
    def sample_guarantee(self) -> list[ShareBelow] | None:
        """What a sample says about all classes, with 95 % confidence; None when all were measured."""
        return None if self.sample is None else shares_below(self.distances.distances, len(self.rows))

    @cached_property
    def duplicates(self) -> list[tuple[int, int]]:
        """Pairs of classes whose unit rows are equal."""
        return self._class_pairs(self.nearest.duplicates)

    @cached_property
    def near_duplicates(self) -> list[tuple[int, int]]:
        """Other pairs of classes whose rows have a cosine of at least `NEAR_DUPLICATE_COSINE`."""
        return self._class_pairs(self.nearest.near_duplicates)

    @cached_property
    def contact_pairs(self) -> list[tuple[int, int]]:
        """Pairs of classes at the smallest angle: the edges of the contact graph, within `ATTAINED`."""
        limit = self.nearest.max_cosine - ATTAINED
        near = np.flatnonzero(self.nearest.cosine >= limit)
        pairs: list[tuple[int, int]] = []
        starts = range(0, len(near), _CONTACT_BLOCK)
        for start in starts:
            own = self.rows[near[start : start + _CONTACT_BLOCK]]
            for other in starts[start // _CONTACT_BLOCK :]:
                cosines = own @ self.rows[near[other : other + _CONTACT_BLOCK]].T
                first, second = np.nonzero(np.triu(cosines >= limit, 1 if other == start else 0))
                pairs += zip(near[start + first], near[other + second], strict=True)
        return self._class_pairs(pairs)

    @property
    def angle_counts(self) -> NDArray[np.int64]:
        """Number of pairs of rows by angle, in `ANGLE_BINS` equal bins from 0 to 180 degrees."""
        return np.zeros(ANGLE_BINS, dtype=np.int64) if self.nearest.histogram is None else self.nearest.histogram

    @property
    def closest_pair(self) -> tuple[int, int]:
        """The two classes at the largest cosine."""
        return self._class_pairs([self.nearest.closest_pair])[0]

    @property
    def slack_classes(self) -> NDArray[np.intp]:
        """Classes above the minimum one-vs-rest distance (the paper calls these rattlers)."""
        above = self.distances.distances > self.minimum * (1.0 + ATTAINED)
        return self.classes[self.distances.classes[above]]

    @property
    def rattlers_packing(self) -> NDArray[np.intp]:
        """Classes without a neighbour at the smallest angle (the sense of the packing tables)."""
        return self.classes[self.nearest.cosine < self.nearest.max_cosine - ATTAINED]

    contacts = renamed_field("contact_pairs")
    rattlers = renamed_field("slack_classes")

    @property
    def inside_hull(self) -> NDArray[np.intp]:
        """Classes whose unit row lies in the convex hull of the others, that is, equals another row."""
        return self.classes[self.distances.classes[self.distances.inside_hull]]

    def quantiles(self) -> dict[str, float]:
        """Quantiles of the one-vs-rest distances, keyed by the share of classes below."""
        values = np.quantile(self.distances.distances, QUANTILES)
        return {f"{share:g}": float(value) for share, value in zip(QUANTILES, values, strict=True)}

    def worst(self, count: int) -> list[tuple[int, float, int, float]]:
        """Return (class, one-vs-rest distance, nearest class, cosine to it) of the `count` worst classes."""
        order = np.argsort(self.distances.distances, kind="stable")[:count]
        rows = self.distances.classes[order]
        return [
            (int(self.classes[row]), float(distance), int(self.classes[near]), float(cosine))
            for row, distance, near, cosine in zip(
                rows,
                self.distances.distances[order],
                self.nearest.index[rows],
                self.nearest.cosine[rows],
                strict=True,
            )
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the measurement under the names that it has at the top level of `sphcode compare --json`."""
        return {
            "min_one_vs_rest": self.minimum,
            "min_one_vs_rest_distinct": self.min_distinct,
            "one_vs_rest_quantiles": self.quantiles(),
            "max_cosine": float(self.nearest.max_cosine),
            "duplicates": counted(self.duplicates),
            "near_duplicates": counted(self.near_duplicates),
            "inside_hull": counted(self.inside_hull),
            "sample": self.sample,
            "rattlers_packing": counted(self.rattlers_packing),
            "slack_classes": counted(self.slack_classes),
            "contact_pairs": counted(self.contact_pairs),
        }

    def _class_pairs(self, pairs: Any) -> list[tuple[int, int]]:
        return [(int(self.classes[i]), int(self.classes[j])) for i, j in pairs]


@dataclass(frozen=True, eq=False)
class RawMeasurement(Shown):
    """What the rows do as loaded, with the bias if there is one.

    Attributes
    ----------
    norms : ndarray, shape (n_classes,)
        Euclidean norms of the rows.
    zero_rows : ndarray of int
        Classes whose row is zero.
    distances : OneVsRest
        Distance of every row from the convex hull of the others, in units of the rows: the margin that the class
        can have per unit of feature norm. Adding one vector to all rows does not change it.
    has_bias : bool
        Whether a bias was taken into account.
    """

    norms: NDArray[np.float64]
    zero_rows: NDArray[np.intp]
    distances: OneVsRest
    has_bias: bool

    @property
    def resolution(self) -> float:
        """The largest difference of the two bounds of a distance."""
        return float((self.distances.upper - self.distances.lower).max())

    @property
    def never_argmax(self) -> NDArray[np.intp]:
        """Classes that no feature vector makes the argmax; short rows are not judged where norms differ widely."""
        judged = self.distances.classes[self.distances.inside_hull]
        short = self.norms < self.norms.max() / WIDE_NORMS
        return judged[~short[judged]] if self.has_wide_norms else judged

    @property
    def has_wide_norms(self) -> bool:
        """Whether the norms of rows that are not zero differ by more than a factor of `WIDE_NORMS`."""
        return bool(self.norms[self.norms > 0.0].min(initial=np.inf) < self.norms.max() / WIDE_NORMS)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object `raw`."""
        exponent = np.frexp(self.norms.max())[1]
        scaled = np.ldexp(self.norms, -exponent)  # so that no square overflows
        mean = float(scaled.mean())
        return {
            "has_bias": self.has_bias,
            "norms": {
                "min": float(self.norms.min()),
                "mean": float(np.ldexp(mean, exponent)),
                "max": float(self.norms.max()),
                "coefficient_of_variation": float(scaled.std() / mean) if mean else None,
            },
            "zero_rows": counted(self.zero_rows),
            "min_hull_distance": float(self.distances.distances.min()),
            "never_argmax": counted(self.never_argmax),
        }


def counted(items: Sequence[Any] | NDArray[np.intp]) -> dict[str, Any]:
    """Return {count, first}: how many there are and the first hundred of them."""
    return {"count": len(items), "first": np.asarray(items[:100], dtype=int).tolist()}


def open_warnings(unit: UnitMeasurement | None, raw: RawMeasurement) -> Iterator[str]:
    """Say where a distance is known between bounds only."""
    if unit is not None and not unit.distances.certified.all():
        yield f"of the unit rows, {unit.distances.open_sentence}"
    if not raw.distances.certified.all() and (unit is None or raw.distances is not unit.distances):
        yield f"of the rows as loaded, {raw.distances.open_sentence}"
    if raw.has_wide_norms:
        yield (
            f"the norms of the rows differ by a factor above {WIDE_NORMS:.0e}: hull distances of the rows as loaded "
            f"are known within {raw.resolution:.1e}, which says little about the short rows"
        )


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
