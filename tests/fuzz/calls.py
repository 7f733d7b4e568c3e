"""Public functions, called rightly but for one to three arguments."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

import sphcode
from sphcode.bounds.floors.cross_entropy import cross_entropy_bound
from sphcode.bounds.floors.energy import energy_bound
from sphcode.bounds.floors.volumetric import volumetric_margins
from sphcode.bounds.three_point.model import three_point_model
from sphcode.bounds.three_point.sdpa_file import write_sdpa
from sphcode.classifiers.collapse import class_statistics, gnc1, gnc2, gnc3
from sphcode.classifiers.training import classifier_geometry
from sphcode.codes.constructions import construct_named
from sphcode.margins.features import temperature_path
from sphcode.margins.lifted import lifted

from . import hostile

_NUMBERS = np.random.default_rng(0)
WEIGHTS = _NUMBERS.standard_normal((8, 4))
POINTS = WEIGHTS / np.linalg.norm(WEIGHTS, axis=1, keepdims=True)
CODE = sphcode.SphericalCode(POINTS)
LABELS = np.arange(24) % 8
FEATURES = np.repeat(WEIGHTS, 3, axis=0) + 0.1 * _NUMBERS.standard_normal((24, 4))

#: Each function with arguments that it accepts and that cost little; every one of them may be spoiled.
FUNCTIONS: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
    (sphcode.SphericalCode, {"points": POINTS, "provenance": {"source": "fuzz"}}),
    (sphcode.SphericalCode.load, {"path": "/nonexistent/code.npz", "dim": 3}),
    (sphcode.best_known, {"dim": 3, "n_points": 12}),
    (sphcode.generate, {"dim": 3, "n_points": 6, "effort": 20, "rng": 0, "workers": 1, "symmetry": None,
                        "antipodal": False, "target": 0.5, "constructions": False, "progress": None,
                        "time_limit": 5.0}),
    (sphcode.generate, {"dim": 3, "max_cosine": 0.5, "effort": 20, "rng": 0, "antipodal": False, "time_limit": 5.0}),
    (sphcode.refine, {"points": POINTS, "progress": None}),
    (sphcode.construct, {"dim": 4, "n_points": 10}),
    (construct_named, {"name": "simplex", "dim": 3}),
    (construct_named, {"name": "kerdock", "dim": 16}),
    (sphcode.constructions, {}),
    (sphcode.one_vs_rest, {"weights": WEIGHTS, "bias": WEIGHTS[:, 0], "classes": [0, 2], "tol": 1e-12, "block": 4,
                           "workers": 1}),
    (sphcode.nearest, {"weights": WEIGHTS, "top": 2, "bins": 4, "near_duplicate_cosine": 0.9, "block": 3}),
    (sphcode.midpoint, {"weights": POINTS, "features": POINTS}),
    (sphcode.hardmax_value, {"weights": WEIGHTS, "features": WEIGHTS}),
    (sphcode.ufm, {"dim": 3, "n_classes": 5, "scale": 5.0, "n_starts": 1, "iterations": 3, "rng": 0}),
    (sphcode.softmax_code, {"dim": 3, "n_points": 6, "effort": 20, "rng": 0, "progress": None}),
    (sphcode.bound, {"dim": 4, "n_points": 12, "method": "closed-form", "degree": 3, "antipodal": False, "workers": 1,
                     "checkpoint": None, "progress": None}),
    (sphcode.bound, {"dim": 4, "max_cosine": "1/3", "method": "lp", "degree": 3, "antipodal": False}),
    (sphcode.prove, {"points": POINTS, "digits": 8}),
    (sphcode.same_code, {"first": POINTS, "second": POINTS, "tolerance": 1e-10}),
    (sphcode.verify, {"source": CODE.to_dict(), "digits": 8}),
    (sphcode.load_weights, {"path": "/nonexistent/head.npz", "key": "fc", "bias": "b", "classes_axis": 0}),
    (sphcode.compare, {"weights": WEIGHTS, "center": False, "features": sphcode.Features(FEATURES, LABELS),
                       "names": ["a"] * 8, "against": CODE, "sample": 3, "scale": 10.0, "rng": 0, "workers": 1,
                       "bias": None, "search": False, "progress": None}),
    (sphcode.align, {"weights": WEIGHTS, "code": CODE, "rng": 0}),
    (sphcode.assign, {"code": CODE, "similarity": np.eye(8), "n_starts": 1, "rng": 0}),
    (temperature_path, {"dim": 3, "n_classes": 5, "scales": [5.0, 10.0], "n_starts": 1, "iterations": 3, "rng": 0}),
    (lifted, {"weights": POINTS, "features": POINTS, "perturbation": 0.01, "max_iterations": 3, "rng": 0}),
    (three_point_model, {"dim": 3, "max_cosine": 0.5, "degree": 1}),
    (write_sdpa, {"path": "/dev/null", "dim": 3, "cosine": Fraction(1, 2), "degree": 1}),
    (cross_entropy_bound, {"dim": 4, "n_points": 12, "temperature": 0.1}),
    (energy_bound, {"dim": 4, "n_points": 12, "potential": "riesz", "parameter": 2.0, "method": "universal"}),
    (volumetric_margins, {"dim": 4, "n_points": 100}),
    (classifier_geometry, {"weights": WEIGHTS, "class_means": WEIGHTS}),
    (class_statistics, {"features": FEATURES, "labels": LABELS, "n_classes": 8, "normalize": True}),
    (gnc1, {"class_means": WEIGHTS, "within_class_covariance": np.eye(4)}),
    (gnc2, {"weights": WEIGHTS}),
    (gnc3, {"weights": WEIGHTS, "class_means": WEIGHTS, "center": True}),
)  # fmt: skip


def call_rightly() -> None:
    """Call every function with its good arguments: they work, and the kernels are compiled before any call is timed."""
    for function, arguments in FUNCTIONS:
        if not str(arguments.get("path", "")).startswith("/nonexistent"):
            function(**arguments)


def trials(seed: int, count: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield `count` calls, each with what to say about it."""
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    for index in range(count):
        function, arguments = FUNCTIONS[index % len(FUNCTIONS)]
        spoiled = {
            name: hostile.value(rng, numbers)
            for name in rng.sample(sorted(arguments), min(len(arguments), rng.choice([1, 1, 1, 2, 3])))
        }
        # Optional arguments are left out at times, the first two hardly ever.
        kept = {
            name: given
            for position, (name, given) in enumerate((arguments | spoiled).items())
            if name in spoiled or position < 2 or rng.random() < 0.5
        }
        yield f"{function.__qualname__}({_said(spoiled)})", lambda function=function, kept=kept: function(**kept)


def _said(arguments: dict[str, Any]) -> str:
    from sphcode._validate import shown

    return ", ".join(f"{name}={shown(given)[:60]}" for name, given in arguments.items())
