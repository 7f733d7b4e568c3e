"""sphcode: spherical codes, the Tammes problem and softmax codes.

Everything public is listed here and loaded on first use, so `import sphcode` costs little: it loads none of scipy,
numba and cvxpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "SphericalCode": "sphcode.codes.code",
    "best_known": "sphcode.codes.table",
    "generate": "sphcode.search.generate",
    "refine": "sphcode.search.refine",
    "construct": "sphcode.codes.constructions",
    "constructions": "sphcode.codes.constructions",
    "one_vs_rest": "sphcode.margins.one_vs_rest",
    "nearest": "sphcode.margins.nearest",
    "midpoint": "sphcode.margins.midpoint",
    "hardmax_value": "sphcode.margins.features",
    "ufm": "sphcode.margins.features",
    "softmax_code": "sphcode.margins.softmax",
    "bound": "sphcode.bounds.bound",
    "prove": "sphcode.proofs.prove",
    "same_code": "sphcode.proofs.code.isometry",
    "verify": "sphcode.proofs.verify",
    "load_weights": "sphcode.classifiers.weights",
    "compare": "sphcode.classifiers.compare",
    "align": "sphcode.classifiers.align",
    "assign": "sphcode.classifiers.assign",
}

__all__ = [*_HOMES]  # noqa: PLE0604

if TYPE_CHECKING:
    from sphcode.bounds.bound import bound as bound
    from sphcode.classifiers.align import align as align
    from sphcode.classifiers.assign import assign as assign
    from sphcode.classifiers.compare import compare as compare
    from sphcode.classifiers.weights import load_weights as load_weights
    from sphcode.codes.code import SphericalCode as SphericalCode
    from sphcode.codes.constructions import construct as construct
    from sphcode.codes.constructions import constructions as constructions
    from sphcode.codes.table import best_known as best_known
    from sphcode.margins.features import hardmax_value as hardmax_value
    from sphcode.margins.features import ufm as ufm
    from sphcode.margins.midpoint import midpoint as midpoint
    from sphcode.margins.nearest import nearest as nearest
    from sphcode.margins.one_vs_rest import one_vs_rest as one_vs_rest
    from sphcode.margins.softmax import softmax_code as softmax_code
    from sphcode.proofs.code.isometry import same_code as same_code
    from sphcode.proofs.prove import prove as prove
    from sphcode.proofs.verify import verify as verify
    from sphcode.search.generate import generate as generate
    from sphcode.search.refine import refine as refine


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'sphcode' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
