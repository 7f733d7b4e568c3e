"""Softmax codes: class vectors with the largest possible minimum one-vs-rest distance.

By the equality theorem (docs/theory/equality.md) the largest distance is 1 - s, where s is the smallest possible
largest cosine, and every Tammes code attains it. So the search is that of `generate`; what remains is to place the
rattlers, which the largest cosine leaves free, where their own distances are large.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._deprecated import renamed_argument
from sphcode._notebook import Drawn, ball, text
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import ProgressCallback
from sphcode._rng import DEFAULT_SEED
from sphcode.codes.code import SphericalCode
from sphcode.margins.one_vs_rest import OneVsRest, measured_rows

if TYPE_CHECKING:
    from sphcode.search.result import SearchResult

#: Sweeps over the rattlers at most, and the longest move that ends them: rounding of unit rows, times a hundred.
_SWEEPS = 500
_SETTLED = 1e-13


@dataclass(frozen=True, eq=False)
class SoftmaxCode(Drawn):
    """A code whose minimum one-vs-rest distance is the largest found.

    Attributes
    ----------
    code : SphericalCode
        The class vectors.
    distances : OneVsRest
        The exact distance of every class, with bounds.
    rattlers : tuple of int
        Classes that no contact holds; their distances exceed the minimum.
    search : SearchResult
        How the code was found.
    """

    code: SphericalCode
    distances: OneVsRest
    rattlers: tuple[int, ...]
    search: SearchResult

    @property
    def one_vs_rest_distance(self) -> float:
        """The minimum one-vs-rest distance, rounded down; larger is better."""
        return float(self.distances.lower.min())

    def _numbers(self) -> Iterable[tuple[str, str]]:
        yield from super()._numbers()
        for name in ("dim", "n_points", "max_cosine"):
            yield name, text(getattr(self.code, name))
        yield "one_vs_rest_distance", text(self.one_vs_rest_distance)

    def _picture(self) -> str:
        return ball(self.code.points)

    def __repr__(self) -> str:
        return (
            f"SoftmaxCode(dim={self.code.dim}, n_points={self.code.n_points}, "
            f"one_vs_rest_distance={self.one_vs_rest_distance:.12g}, rattlers={len(self.rattlers)})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return code, distances and search as JSON-able values."""
        return {
            "one_vs_rest_distance": self.one_vs_rest_distance,
            "rattlers": list(self.rattlers),
            "code": self.code.to_dict(),
            "distances": self.distances.to_dict(),
            "search": self.search.to_dict(),
        }


@told_in_notebooks
def softmax_code(
    dim: int,
    n_points: int,
    *,
    effort: float | None = None,
    time_limit: float | None = None,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
    workers: int = 1,
    progress: ProgressCallback | None = None,
    time: float | None = None,
) -> SoftmaxCode:
    """Search class vectors with the largest minimum one-vs-rest distance.

    The code is that of `sphcode.generate` with the same arguments; then its rattlers are moved, one after another,
    until each is at a local maximum of its own distance.

    Parameters
    ----------
    dim, n_points, effort, time_limit, rng, seed, workers, progress, time
        As in `sphcode.generate`.

    Returns
    -------
    SoftmaxCode
        Code and exact distances.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.

    Notes
    -----
    Softmax codes are due to Jiang et al., Generalized Neural Collapse for a Large Number of Classes (2024).

    Examples
    --------
    >>> from sphcode import softmax_code
    >>> softmax_code(3, 4)
    SoftmaxCode(dim=3, n_points=4, one_vs_rest_distance=1.33333333333, rattlers=0)
    """
    from sphcode.search.generate import generate

    time_limit = renamed_argument("time", time, "time_limit", time_limit)
    options = {"effort": effort, "time_limit": time_limit, "rng": rng, "seed": seed}
    search = generate(dim, n_points, **options, workers=workers, progress=progress)
    points = search.code.points
    if search.rattlers:
        points = place_rattlers(points, search.rattlers)
    code = SphericalCode(points, search.code.provenance)
    return SoftmaxCode(code, measured_rows(points), search.rattlers, search)


def place_rattlers(points: NDArray[np.float64], rattlers: tuple[int, ...]) -> NDArray[np.float64]:
    """Move each rattler to a local maximum of its distance from the hull of the others, the contacts staying.

    A rattler goes where its own direction of widest separation points: the distance max over u of <u, w> - max <u, w_j>
    does not fall when w becomes that u, and stays only at a local deep hole, where w = u. No other distance falls
    below the minimum, as the largest cosine of a rattler only falls.
    """
    placed = points.copy()
    for _ in range(_SWEEPS):
        longest = 0.0
        for k in rattlers:
            direction = measured_rows(placed, classes=np.array([k])).directions[0]
            longest = max(longest, float(np.linalg.norm(direction - placed[k])))
            placed[k] = direction
        if longest <= _SETTLED:
            break
    return placed
