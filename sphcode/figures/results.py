"""The picture of a result: what `result.plot()` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sphcode._validate import fail
from sphcode.classifiers.comparison import Comparison
from sphcode.codes.code import SphericalCode
from sphcode.figures._style import Mark
from sphcode.figures.gram import gram_figure
from sphcode.figures.one_vs_rest import one_vs_rest_figure
from sphcode.figures.sphere import sphere_figure
from sphcode.margins.one_vs_rest import OneVsRest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The dimension whose codes are drawn as points of a ball.
_SPHERE = 3


def figure_of(result: Any) -> Figure:
    """Draw a result: what its `plot()` returns.

    Parameters
    ----------
    result : SphericalCode, Construction, SearchResult, SoftmaxCode, OneVsRest or Comparison
        A code, or what holds one, is drawn on the sphere in three dimensions and by its Gram matrix else; one-vs-rest
        distances class by class, those of a comparison with reference and ceiling.

    Raises
    ------
    InvalidInputError
        If there is no picture of such a result.
    MissingExtraError
        Without matplotlib.

    Examples
    --------
    >>> from sphcode import construct, figures
    >>> figures.figure_of(construct(8, 240)).axes[0].get_title()
    ''
    """
    if isinstance(result, OneVsRest):
        return one_vs_rest_figure(result.distances)
    if isinstance(result, Comparison) and result.unit is not None:
        return one_vs_rest_figure(result.unit.distances.distances, _marks(result))
    code = getattr(result, "code", result)
    code = code() if callable(code) else code
    if isinstance(code, SphericalCode):
        return sphere_figure(code) if code.dim == _SPHERE else gram_figure(np.asarray(code.points))
    raise fail("result", "a code, a comparison with unit rows, or distances", type(result).__name__)


def _marks(comparison: Comparison) -> list[Mark]:
    marks: list[Mark] = []
    if comparison.reference is not None:
        marks.append((comparison.reference.one_vs_rest_distance, "reference", comparison.reference.label))
    if comparison.upper_bound is not None:
        marks.append((comparison.upper_bound, "ceiling", "proven ceiling"))
    return marks
