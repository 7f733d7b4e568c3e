"""The polish of a given code."""

from __future__ import annotations

import time as clock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import as_points, check_callable
from sphcode.codes.code import SphericalCode
from sphcode.errors import Status
from sphcode.search import costs, interrupt
from sphcode.search.result import SearchResult, searched

#: The gap of the given code is taken to be 2^-k, the first k for which that leads to a critical point.
_EXPONENTS = (40, 30, 20, 13, 10, 7, 4)
#: Where one factorisation serves several steps, which are dear, a code is critical but for its last digits, or it is
#: rough and descended first: the former has so many pairs for each unknown within this of its largest cosine.
_NEAR_EXPONENTS, _ROUGH_EXPONENTS, _NEAR, _CONTACTS = (40,), (10,), 2.0**-30, 0.5


@told_in_notebooks
def refine(points: Any, *, progress: ProgressCallback | None = None) -> SearchResult:
    """Move a given code to the critical point of the largest cosine nearby, at machine precision.

    Parameters
    ----------
    points : array_like, shape (n_points, dim), or SphericalCode
        Unit rows (within 1e-6), pairwise different: from a table, a paper, a network.
    progress : callable, optional
        Receives a Progress event after each attempt.

    Returns
    -------
    SearchResult
        Never worse than `points`; status "converged", or "unpolished" if there is no critical point nearby.

    Raises
    ------
    InvalidInputError
        If `points` are not different unit rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import refine
    >>> rough = np.array([[1, 0.01], [-0.5, 0.87], [-0.5, -0.86]])
    >>> result = refine(rough / np.linalg.norm(rough, axis=1, keepdims=True))
    >>> round(result.max_cosine, 15), result.status.value
    (-0.5, 'converged')
    """
    from sphcode.search.polish import polish, unpolished

    started = clock.perf_counter()
    check_callable("progress", progress)
    rows = as_points(getattr(points, "points", points))
    best = unpolished(rows, SphericalCode(rows).max_cosine)
    effort = 0.0
    exponents = _exponents(rows)
    with interrupt.listening():
        for attempt, exponent in enumerate(exponents):
            polished = polish(rows, 2.0**-exponent, stop=interrupt.requested)
            effort += polished.effort
            if polished.critical or polished.max_cosine < best.max_cosine:
                best = polished
            if progress is not None:
                progress(Progress("refine", attempt + 1, len(exponents), best.max_cosine, "max cosine"))
            if best.critical or interrupt.requested():
                break
    status = Status.CONVERGED if best.critical else Status.UNPOLISHED
    if interrupt.requested() and not best.critical:
        status = Status.INTERRUPTED
    provenance = dict(getattr(points, "provenance", {})) | {"refined": True}
    provenance.pop("claim", None)
    return searched(
        best, provenance, status, started,
        n_starts=1, hits=1, strategy="refine", effort=effort,
    )  # fmt: skip


def _exponents(points: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the gaps to try, as powers of one half."""
    from sphcode.search.descent.lists import near_pairs, smallest_gap

    n_points, dim = points.shape
    if not costs.is_dense(dim, n_points):
        return _EXPONENTS
    first, _ = near_pairs(points, float(np.arccos(1.0 - smallest_gap(points) - _NEAR)))
    near = len(first) >= _CONTACTS * costs.unknowns(dim, n_points)
    return _NEAR_EXPONENTS if near else _ROUGH_EXPONENTS
