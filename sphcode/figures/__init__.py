"""Pictures and the HTML report; each function returns the figure, and `write_figure` writes one to a file.

Needs the extra `report`. Everything public is listed here and loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Page": "output",
    "angle_figure": "angles",
    "bounds_figure": "bounds",
    "figure_of": "results",
    "gram_figure": "gram",
    "one_vs_rest_figure": "one_vs_rest",
    "path_figure": "path",
    "spectrum_figure": "spectrum",
    "sphere_figure": "sphere",
    "sphere_page": "code_page",
    "write_figure": "output",
    "write_report": "report",
}

__all__ = [*_HOMES]  # noqa: PLE0604

if TYPE_CHECKING:
    from sphcode.figures.angles import angle_figure as angle_figure
    from sphcode.figures.bounds import bounds_figure as bounds_figure
    from sphcode.figures.code_page import sphere_page as sphere_page
    from sphcode.figures.gram import gram_figure as gram_figure
    from sphcode.figures.one_vs_rest import one_vs_rest_figure as one_vs_rest_figure
    from sphcode.figures.output import Page as Page
    from sphcode.figures.output import write_figure as write_figure
    from sphcode.figures.path import path_figure as path_figure
    from sphcode.figures.report import write_report as write_report
    from sphcode.figures.results import figure_of as figure_of
    from sphcode.figures.spectrum import spectrum_figure as spectrum_figure
    from sphcode.figures.sphere import sphere_figure as sphere_figure


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"sphcode.figures.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'sphcode.figures' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
