"""What came out of a measurement of the rows of a head: of the unit rows, and of the rows as loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._deprecated import renamed_field
from sphcode._notebook import Shown
from sphcode.classifiers.sampling import ShareBelow, shares_below
from sphcode.margins.rows import Rows

if TYPE_CHECKING:
    from sphcode.margins.nearest import Nearest
    from sphcode.margins.one_vs_rest import OneVsRest

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
