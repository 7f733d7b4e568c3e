"""The symmetries of a given code: permutations of its points that keep all inner products, as a base and generators.

The search is exhaustive, so that the order is that of the whole group. Base points are chosen until their inner
products tell all points apart. The stabilisers of the first k of them are found from the last to the first, each by
backtracking over the images that no known symmetry reaches (Sims 1970; Plesken and Souvignier 1997). Inner products
within a tolerance are taken to be the same, which is all that is not exact here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._validate import as_points
from sphcode.symmetry.permutations import Permutation, orbit_labels
from sphcode.symmetry.schoenflies import point_group

#: Inner products within this of the next are the same: ten digits of a file, and rounding.
TOLERANCE = 1e-9
#: A code of more points is not searched: its matrix of inner products would take seconds to read, and half a gigabyte.
MOST_POINTS = 3000
#: Images tried before the search gives up.
MOST_TRIED = 200_000
#: Odd multipliers of a 64-bit mix (splitmix64).
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False, repr=False)
class SymmetryGroup(Shown):
    """The group of permutations of the points of a code that keep all inner products.

    Attributes
    ----------
    order : int
        Number of its elements; of n_points points that span the space, this is the number of isometries.
    orbits : tuple of int
        Numbers of points of its orbits, largest first.
    generators : tuple of ndarray of int
        Point i goes to generator[i].
    point_group : str or None
        In three dimensions the Schoenflies name of the isometries of the code, else None.
    lines : int or None
        The order of its action on the lines through the points, if the code holds -x with every x.
    """

    order: int
    orbits: tuple[int, ...]
    generators: tuple[Permutation, ...]
    point_group: str | None
    lines: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return order, point_group, orbits as {"sizes": [...], "counts": [...]}, and lines, as JSON-able values."""
        sizes = sorted(set(self.orbits), reverse=True)
        orbits = {"sizes": sizes, "counts": [self.orbits.count(size) for size in sizes]}
        return {"order": self.order, "point_group": self.point_group, "orbits": orbits, "lines": self.lines}

    def __str__(self) -> str:
        return in_words(self.to_dict())

    def __repr__(self) -> str:
        return f"SymmetryGroup({self})"


def in_words(facts: dict[str, Any]) -> str:
    """Return what `SymmetryGroup.to_dict` gave in one line."""
    pairs = zip(facts["orbits"]["sizes"], facts["orbits"]["counts"], strict=True)
    orbits = ", ".join(str(size) if count == 1 else f"{count} x {size}" for size, count in pairs)
    name = f"{facts['point_group']}, " if facts["point_group"] else ""
    lines = f", {facts['lines']} on the lines" if facts["lines"] else ""
    return f"{name}order {facts['order']}{lines}, orbits {orbits}"


def symmetry_group(points: Any, *, tolerance: float = TOLERANCE) -> SymmetryGroup | None:
    """Return the symmetries of a code; None if there are too many points, or too many images were tried.

    Parameters
    ----------
    points : SphericalCode or array_like, shape (n_points, dim)
        Unit rows.
    tolerance : float
        Inner products closer than this to the next are taken as equal.

    Raises
    ------
    InvalidInputError
        If `points` are not pairwise different unit rows.

    Examples
    --------
    >>> from sphcode import construct, symmetry_group
    >>> symmetry_group(construct(3, 12))
    SymmetryGroup(Ih, order 120, 60 on the lines, orbits 12)
    >>> symmetry_group(construct(3, 5)).orbits
    (3, 2)
    """
    rows = as_points(getattr(points, "points", points))
    if len(rows) > MOST_POINTS:
        return None
    cosines = rows @ rows.T
    try:
        generators, order = _Search(_labels(cosines, tolerance)).group()
    except _TooManyError:
        return None
    sizes = np.bincount(orbit_labels(generators, len(rows)))
    antipodes = np.argmin(cosines, axis=1)
    paired = bool((cosines[np.arange(len(rows)), antipodes] < -1.0 + tolerance).all())
    distinct = len(rows) == 1 or np.max(cosines - 2.0 * np.eye(len(rows))) < 1.0 - tolerance
    return SymmetryGroup(
        order=order,
        orbits=tuple(sorted((int(size) for size in sizes), reverse=True)),
        generators=tuple(generators),
        point_group=point_group(rows, generators, order) if rows.shape[1] == 3 and distinct else None,
        lines=order // 2 if paired and distinct else None,
    )


def _labels(cosines: NDArray[np.float64], tolerance: float) -> NDArray[np.uint64]:
    """Return numbers of the different inner products; those on the diagonal have their own."""
    values = np.sort(cosines, axis=None)
    firsts = values[np.concatenate([[True], np.diff(values) > tolerance])]
    labels = np.searchsorted(firsts, cosines, side="right").astype(np.uint64)
    np.fill_diagonal(labels, 0)
    return labels


def _mixed(values: Hashes) -> Hashes:
    """Return 64-bit hashes of 64-bit numbers."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[1]
    values = (values ^ (values >> np.uint64(27))) * _MIX[2]
    return np.asarray(values ^ (values >> np.uint64(31)))


class _TooManyError(Exception):
    """More images than may be tried."""


class _Search:
    """Base, and the classes of points that its first points tell apart; classes are 64-bit hashes."""

    def __init__(self, labels: NDArray[np.uint64]) -> None:
        self._labels = labels
        self._tried = 0
        classes = self._refined()
        self._base: list[int] = []
        #: Classes after each number of base points, and the same sorted.
        self._classes = [classes]
        while True:
            _, inverse, counts = np.unique(classes, return_inverse=True, return_counts=True)
            several = counts[inverse] > 1
            if not several.any():
                break
            # The smallest class that is not told apart has the fewest images to try.
            point = int(np.argmin(np.where(several, counts[inverse], len(labels) + 1)))
            self._base.append(point)
            classes = self._split(classes, point)
            self._classes.append(classes)
        self._sorted = [np.sort(classes) for classes in self._classes]

    def _refined(self) -> Hashes:
        """Return classes of points: alike in how many points of each class they have at each inner product."""
        classes = np.zeros(len(self._labels), np.uint64)
        count = 1
        while True:
            rows = _mixed(self._labels * _MIX[0] + classes[None])
            classes = _mixed(rows.sum(axis=1, dtype=np.uint64) + _mixed(classes))
            new = len(np.unique(classes))
            if new == count:
                return classes
            count = new

    def _split(self, classes: Hashes, point: int) -> Hashes:
        """Return the classes after one base point more."""
        return _mixed(classes * _MIX[0] + self._labels[point])

    def group(self) -> tuple[list[Permutation], int]:
        """Return generators and the order."""
        generators: list[Permutation] = []
        order = 1
        n_points = len(self._labels)
        for level in reversed(range(len(self._base))):
            point, classes = self._base[level], self._classes[level]
            orbits = orbit_labels(generators, n_points)
            failed: set[int] = set()
            for image in np.flatnonzero(classes == classes[point]):
                if orbits[image] == orbits[point] or orbits[image] in failed:
                    continue
                found = self._symmetry(level, int(image))
                if found is None:
                    failed.add(int(orbits[image]))
                    continue
                generators.append(found)
                before = orbits
                orbits = orbit_labels(generators, n_points)
                failed = {int(orbits[np.argmax(before == label)]) for label in failed}
            order *= int(np.sum(orbits == orbits[point]))
        return generators, order

    def _symmetry(self, level: int, image: int) -> Permutation | None:
        """Return a symmetry that fixes the base points before `level` and sends that one to `image`, or None."""
        stack = [(level, self._classes[level], image)]
        while stack:
            depth, classes, image = stack.pop()
            self._tried += 1
            if self._tried > MOST_TRIED:
                raise _TooManyError
            classes = self._split(classes, image)
            depth += 1
            if not np.array_equal(np.sort(classes), self._sorted[depth]):
                continue
            if depth < len(self._base):
                wanted = self._classes[depth][self._base[depth]]
                stack += [(depth, classes, int(one)) for one in np.flatnonzero(classes == wanted)[::-1]]
                continue
            found = np.empty(len(classes), np.int64)
            found[np.argsort(self._classes[depth])] = np.argsort(classes)
            if np.array_equal(self._labels[np.ix_(found, found)], self._labels):
                return found
        return None
