"""Contact equations: Jacobian against differences, many digits against known numbers."""

import numpy as np
import pytest
from flint import arb, ctx

from sphcode.proofs.code.contact_system import ContactSystem, exact_zero, midpoints, polish
from sphcode.proofs.code.contacts import find_contacts
from sphcode.proofs.rounding import decimal_up


def system_of(points):
    return ContactSystem(*points.shape, find_contacts(points))


def test_jacobian_matches_differences(codes):
    points = codes["3,7"]
    system = system_of(points)
    rng = np.random.default_rng(0)
    direction = rng.standard_normal(points.size + 1)
    step = 1e-6

    def residual(sign):
        moved = points + sign * step * direction[:-1].reshape(points.shape)
        rows = [[arb(float(v)) for v in row] for row in moved]
        return np.array([float(v) for v in system.residual(rows, arb(sign * step * direction[-1]))])

    slope = (residual(1) - residual(-1)) / (2 * step)
    assert system.jacobian(points) @ direction == pytest.approx(slope, abs=1e-8)


def test_seven_points_to_a_hundred_digits(codes):
    points = codes["3,7"]
    system = system_of(points)
    solution, cosine = polish(system, points, 400)
    radius = exact_zero(system, solution, cosine, 400)
    assert float(radius) < 1e-115
    with ctx.workprec(400):
        x = arb(cosine, radius)
        assert (3 * x**3 - 9 * x**2 - 3 * x + 1).contains(0)
    assert decimal_up(x, 30) == "0.210138312730603084865765301619"
    assert np.abs(midpoints(solution) - points).max() < 1e-12


def test_redundant_contacts_are_no_regular_system(codes):
    points = codes["snub cube"]
    system = system_of(points)
    solution, cosine = polish(system, points, 100)
    assert exact_zero(system, solution, cosine, 100) is None


def test_wrong_contacts_have_no_solution(codes):
    points = codes["3,13"]
    pairs = find_contacts(points)
    pairs[0] = [0, int(np.argmin(points @ points[0]))]
    assert polish(ContactSystem(13, 3, pairs), points, 100) is None
