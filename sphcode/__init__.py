"""sphcode: spherical codes, the Tammes problem and softmax codes.

Everything public is listed here and loaded on first use, so `import sphcode` costs little: it loads none of scipy,
numba and cvxpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_HOMES = {
    "SphericalCode": "sphcode.codes.code",
    "TableRow": "sphcode.codes.table",
    "best_known": "sphcode.codes.table",
    "codebook": "sphcode.codes.codebook",
    "Codebook": "sphcode.codes.codebook",
    "ComplexLines": "sphcode.codes.complex_lines",
    "Construction": "sphcode.codes.constructions",
    "construct": "sphcode.codes.constructions",
    "construct_named": "sphcode.codes.constructions",
    "constructions": "sphcode.codes.constructions",
    "generate": "sphcode.search.generate",
    "refine": "sphcode.search.refine",
    "symmetry_group": "sphcode.symmetry.automorphisms",
    "SymmetryGroup": "sphcode.symmetry.automorphisms",
    "SearchResult": "sphcode.search.result",
    "softmax_code": "sphcode.margins.softmax",
    "SoftmaxCode": "sphcode.margins.softmax",
    "bound": "sphcode.bounds.bound",
    "Bound": "sphcode.bounds.result",
    "energy_bound": "sphcode.bounds.floors.energy",
    "EnergyBound": "sphcode.bounds.floors.energy",
    "cross_entropy_bound": "sphcode.bounds.floors.cross_entropy",
    "CrossEntropyBound": "sphcode.bounds.floors.cross_entropy",
    "volumetric_margins": "sphcode.bounds.floors.volumetric",
    "three_point_model": "sphcode.bounds.three_point.model",
    "ThreePointModel": "sphcode.bounds.three_point.model",
    "write_sdpa": "sphcode.bounds.three_point.sdpa_file",
    "prove": "sphcode.proofs.prove",
    "verify": "sphcode.proofs.verify",
    "Verdict": "sphcode.proofs.verdict",
    "same_code": "sphcode.proofs.code.isometry",
    "Isometry": "sphcode.proofs.code.isometry",
    "one_vs_rest": "sphcode.margins.one_vs_rest",
    "OneVsRest": "sphcode.margins.one_vs_rest",
    "argmax_classes": "sphcode.margins.argmax",
    "ArgmaxClasses": "sphcode.margins.argmax",
    "nearest": "sphcode.margins.nearest",
    "Nearest": "sphcode.margins.nearest",
    "midpoint": "sphcode.margins.midpoint",
    "hardmax_value": "sphcode.margins.features",
    "ufm": "sphcode.margins.features",
    "temperature_path": "sphcode.margins.features",
    "FeatureModel": "sphcode.margins.features",
    "lifted": "sphcode.margins.lifted",
    "Lifted": "sphcode.margins.lifted",
    "load_weights": "sphcode.classifiers.weights",
    "Head": "sphcode.classifiers.weights",
    "compare": "sphcode.classifiers.compare",
    "ClassVectors": "sphcode.classifiers.comparison",
    "Comparison": "sphcode.classifiers.comparison",
    "UnitMeasurement": "sphcode.classifiers.measurement",
    "RawMeasurement": "sphcode.classifiers.measurement",
    "Features": "sphcode.classifiers.features",
    "FeatureMeasurement": "sphcode.classifiers.features",
    "Reference": "sphcode.classifiers.reference",
    "Geometry": "sphcode.classifiers.geometry",
    "TemperatureOptimum": "sphcode.classifiers.temperature",
    "align": "sphcode.classifiers.align",
    "Alignment": "sphcode.classifiers.align",
    "assign": "sphcode.classifiers.assign",
    "Assignment": "sphcode.classifiers.assign",
    "classifier_geometry": "sphcode.classifiers.training",
    "Progress": "sphcode._progress",
    "Status": "sphcode.errors",
}
#: Modules that are public as they are.
_MODULES = ("errors", "figures")
#: Likewise, but not among the public names, as it needs torch.
_OPTIONAL = ("torch",)

__all__ = [*_HOMES, *_MODULES]  # noqa: PLE0604

if TYPE_CHECKING:
    from sphcode import errors as errors
    from sphcode import figures as figures
    from sphcode._progress import Progress as Progress
    from sphcode.bounds.bound import bound as bound
    from sphcode.bounds.floors.cross_entropy import CrossEntropyBound as CrossEntropyBound
    from sphcode.bounds.floors.cross_entropy import cross_entropy_bound as cross_entropy_bound
    from sphcode.bounds.floors.energy import EnergyBound as EnergyBound
    from sphcode.bounds.floors.energy import energy_bound as energy_bound
    from sphcode.bounds.floors.volumetric import volumetric_margins as volumetric_margins
    from sphcode.bounds.result import Bound as Bound
    from sphcode.bounds.three_point.model import ThreePointModel as ThreePointModel
    from sphcode.bounds.three_point.model import three_point_model as three_point_model
    from sphcode.bounds.three_point.sdpa_file import write_sdpa as write_sdpa
    from sphcode.classifiers.align import Alignment as Alignment
    from sphcode.classifiers.align import align as align
    from sphcode.classifiers.assign import Assignment as Assignment
    from sphcode.classifiers.assign import assign as assign
    from sphcode.classifiers.compare import compare as compare
    from sphcode.classifiers.comparison import ClassVectors as ClassVectors
    from sphcode.classifiers.comparison import Comparison as Comparison
    from sphcode.classifiers.features import FeatureMeasurement as FeatureMeasurement
    from sphcode.classifiers.features import Features as Features
    from sphcode.classifiers.geometry import Geometry as Geometry
    from sphcode.classifiers.measurement import RawMeasurement as RawMeasurement
    from sphcode.classifiers.measurement import UnitMeasurement as UnitMeasurement
    from sphcode.classifiers.reference import Reference as Reference
    from sphcode.classifiers.temperature import TemperatureOptimum as TemperatureOptimum
    from sphcode.classifiers.training import classifier_geometry as classifier_geometry
    from sphcode.classifiers.weights import Head as Head
    from sphcode.classifiers.weights import load_weights as load_weights
    from sphcode.codes.code import SphericalCode as SphericalCode
    from sphcode.codes.codebook import Codebook as Codebook
    from sphcode.codes.codebook import codebook as codebook
    from sphcode.codes.complex_lines import ComplexLines as ComplexLines
    from sphcode.codes.constructions import Construction as Construction
    from sphcode.codes.constructions import construct as construct
    from sphcode.codes.constructions import construct_named as construct_named
    from sphcode.codes.constructions import constructions as constructions
    from sphcode.codes.table import TableRow as TableRow
    from sphcode.codes.table import best_known as best_known
    from sphcode.errors import Status as Status
    from sphcode.margins.argmax import ArgmaxClasses as ArgmaxClasses
    from sphcode.margins.argmax import argmax_classes as argmax_classes
    from sphcode.margins.features import FeatureModel as FeatureModel
    from sphcode.margins.features import hardmax_value as hardmax_value
    from sphcode.margins.features import temperature_path as temperature_path
    from sphcode.margins.features import ufm as ufm
    from sphcode.margins.lifted import Lifted as Lifted
    from sphcode.margins.lifted import lifted as lifted
    from sphcode.margins.midpoint import midpoint as midpoint
    from sphcode.margins.nearest import Nearest as Nearest
    from sphcode.margins.nearest import nearest as nearest
    from sphcode.margins.one_vs_rest import OneVsRest as OneVsRest
    from sphcode.margins.one_vs_rest import one_vs_rest as one_vs_rest
    from sphcode.margins.softmax import SoftmaxCode as SoftmaxCode
    from sphcode.margins.softmax import softmax_code as softmax_code
    from sphcode.proofs.code.isometry import Isometry as Isometry
    from sphcode.proofs.code.isometry import same_code as same_code
    from sphcode.proofs.prove import prove as prove
    from sphcode.proofs.verdict import Verdict as Verdict
    from sphcode.proofs.verify import verify as verify
    from sphcode.search.generate import generate as generate
    from sphcode.search.refine import refine as refine
    from sphcode.search.result import SearchResult as SearchResult
    from sphcode.symmetry.automorphisms import SymmetryGroup as SymmetryGroup
    from sphcode.symmetry.automorphisms import symmetry_group as symmetry_group


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in (*_MODULES, *_OPTIONAL):
        return importlib.import_module(f"sphcode.{name}")
    raise AttributeError(f"module 'sphcode' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
