import math

import numpy as np
import pytest
from flint import arb

from sphcode import construct
from sphcode.bounds.energy import energy_bound
from sphcode.errors import InvalidInputError
from sphcode.proofs.check_bound import check_bound
from sphcode.proofs.energy import potential_derivatives

SHARP = [(3, 4), (3, 6), (3, 12), (5, 16), (6, 27), (7, 56), (8, 240), (22, 100), (23, 552), (24, 196560), (105, 756)]
POTENTIALS = [("gaussian", 2.0), ("gaussian", 0.5), ("riesz", 1.0), ("riesz", 3.0), ("logarithmic", None)]


def mean_energy(dim, n_points, potential, parameter):
    """By the spectrum of the construction, in plain float64."""
    pairs = [(float(line.cosine), line.pairs) for line in construct(dim, n_points).spectrum]
    h = {
        "gaussian": lambda t: math.exp(-parameter * (2 - 2 * t)),
        "riesz": lambda t: (2 - 2 * t) ** (-parameter / 2),
        "logarithmic": lambda t: -0.5 * math.log(2 - 2 * t),
    }[potential]
    return sum(count * h(t) for t, count in pairs) / sum(count for _, count in pairs)


@pytest.mark.parametrize(("dim", "n_points"), SHARP)
@pytest.mark.parametrize(("potential", "parameter"), POTENTIALS)
def test_equality_at_sharp_codes(dim, n_points, potential, parameter):
    floor = energy_bound(dim, n_points, potential, parameter, method="universal")
    assert floor.rigorous
    assert floor.mean_energy_lower_bound == pytest.approx(
        mean_energy(dim, n_points, potential, parameter), rel=1e-9, abs=1e-12
    )


def test_the_program_attains_the_600_cell_where_the_universal_bound_does_not():
    exact = mean_energy(4, 120, "riesz", 2.0)
    universal, program = (energy_bound(4, 120, "riesz", 2, method=method) for method in ("universal", "lp"))
    assert universal.mean_energy_lower_bound < exact * (1 - 1e-4)
    assert program.mean_energy_lower_bound == pytest.approx(exact, rel=1e-7)
    assert energy_bound(4, 120, "riesz", 2).name == program.name


@pytest.mark.parametrize(("potential", "parameter"), POTENTIALS)
@pytest.mark.parametrize(("dim", "n_points"), [(3, 24), (4, 24), (5, 40), (7, 126), (16, 288), (10, 100)])
def test_no_code_is_below_its_floor(dim, n_points, potential, parameter):
    floor = energy_bound(dim, n_points, potential, parameter)
    if construct(dim, n_points).spectrum is not None:
        assert floor.mean_energy_lower_bound <= mean_energy(dim, n_points, potential, parameter) + 1e-12
    points = np.random.default_rng(1).standard_normal((n_points, dim))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    cosines = (points @ points.T)[np.triu_indices(n_points, 1)]
    values = [float(potential_derivatives(potential, arb(parameter or 0), arb(t))[0].mid()) for t in cosines.tolist()]
    assert floor.mean_energy_lower_bound <= np.mean(values)


def test_large_cases():
    for dim, n_points in ((512, 10_000), (4096, 128_256)):
        floor = energy_bound(dim, n_points)
        # Independent uniform points have mean exp(-4 + 8 / dim + ...), which no code can be far below.
        assert -4 < floor.log_mean_energy_lower_bound < -3.9


def test_mutated_certificates_are_refused():
    good = dict(energy_bound(10, 100).certificate)
    assert check_bound(good).accepted
    claimed = float.fromhex(good["claim"]["mean_energy_at_least"])
    tightened = {**good, "claim": {**good["claim"], "mean_energy_at_least": repr(claimed * (1 + 1e-8))}}
    raised = {**good, "coefficients": ["0.0312", *good["coefficients"][1:]]}
    negative = {**good, "coefficients": [*good["coefficients"][:2], "-0.001", *good["coefficients"][3:]]}
    other = {**good, "claim": {**good["claim"], "parameter": "3"}}
    fewer = {**good, "claim": {**good["claim"], "n_points": 99}}
    for changed in (tightened, raised, negative, other, fewer):
        assert not check_bound(changed).accepted


@pytest.mark.parametrize(
    "arguments",
    [(2, 7), (3, 1), (3, 7, "newton"), (3, 7, "riesz", -1), (3, 7, "riesz", math.nan), (3, 7, "logarithmic", 2)],
)
def test_bad_input(arguments):
    with pytest.raises(InvalidInputError):
        energy_bound(*arguments)
