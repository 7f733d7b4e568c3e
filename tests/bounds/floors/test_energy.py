import math

import numpy as np
import pytest
from flint import arb, ctx
from scipy import integrate

from sphcode import construct
from sphcode.bounds.floors.energy import energy_bound
from sphcode.codes.stored import stored_code
from sphcode.codes.table import rows
from sphcode.errors import InvalidInputError, TableLookupError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.energy import potential_series

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
    values = [float(potential_series(potential, arb(parameter or 0), arb(t), 1)[0].mid()) for t in cosines.tolist()]
    assert floor.mean_energy_lower_bound <= np.mean(values)


@pytest.mark.slow
@pytest.mark.parametrize(("potential", "parameter"), POTENTIALS)
def test_no_code_of_the_table_is_below_its_floor(potential, parameter):
    compared = 0
    for row in rows():
        try:
            code = construct(row.dim, row.n_points)
        except TableLookupError:
            continue
        if code.spectrum is not None:
            floor = energy_bound(row.dim, row.n_points, potential, parameter).mean_energy_lower_bound
            energy = mean_energy(row.dim, row.n_points, potential, parameter)
            assert floor <= energy + 1e-14 * abs(energy), row
            compared += 1
    assert compared >= 88


@pytest.mark.parametrize(("potential", "parameter"), POTENTIALS)
def test_the_shipped_code_of_100_points(potential, parameter):
    points = stored_code(10, 100).points
    cosines = (points @ points.T)[np.triu_indices(100, 1)]
    values = [float(potential_series(potential, arb(parameter or 0), arb(t), 1)[0].mid()) for t in cosines.tolist()]
    floor = energy_bound(10, 100, potential, parameter).mean_energy_lower_bound
    # Tammes codes are not optimal for these energies, but close.
    assert floor <= np.mean(values) <= floor + 0.05 * abs(floor)


@pytest.mark.parametrize(("dim", "n_points"), [(3, 2), (3, 1000), (4, 10_000), (3, 10**6)])
@pytest.mark.parametrize(("potential", "parameter"), [*POTENTIALS, ("gaussian", 50.0)])
def test_two_points_and_very_many(dim, n_points, potential, parameter):
    floor = energy_bound(dim, n_points, potential, parameter)
    assert check_bound(floor.certificate).accepted
    h = {
        "gaussian": lambda t: math.exp(-parameter * (2 - 2 * t)),
        "riesz": lambda t: (2 - 2 * t) ** (-parameter / 2),
        "logarithmic": lambda t: -0.5 * math.log(2 - 2 * t),
    }[potential]
    if n_points == 2:
        assert floor.mean_energy_lower_bound == pytest.approx(h(-1), rel=1e-12)
    elif potential != "riesz" or parameter < dim - 1:
        # The mean over the sphere, which the energy of N points approaches from below.
        whole = integrate.quad(lambda t: h(t) * (1 - t * t) ** ((dim - 3) / 2), -1, 1)[0]
        whole /= integrate.quad(lambda t: (1 - t * t) ** ((dim - 3) / 2), -1, 1)[0]
        assert floor.mean_energy_lower_bound < whole
        assert floor.mean_energy_lower_bound == pytest.approx(whole, rel=0.25)


def test_the_polynomial_of_large_n_needs_few_boxes():
    # The potential is so smooth that the polynomial is within 1e-40 of it everywhere.
    certificate = dict(energy_bound(4, 10_000, "gaussian", 2.0).certificate)
    assert certificate["claim"]["n_points"] == 10_000
    verdict = check_bound(certificate)
    assert verdict.accepted
    assert verdict.slack < 1e-12


@pytest.mark.parametrize(("potential", "parameter"), POTENTIALS)
def test_series_of_the_potentials(potential, parameter):
    with ctx.workprec(200):
        for t in (-1.0, -0.3, 0.9):
            series = potential_series(potential, arb(parameter or 0), arb(t), 40)
            shifted = sum((c * arb(0.01) ** j for j, c in enumerate(series)), arb(0))
            exact = potential_series(potential, arb(parameter or 0), arb(t) + arb(0.01), 1)[0]
            assert abs(float(shifted - exact)) < 1e-25
            assert all(coefficient > 0 for coefficient in series[1:])


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
