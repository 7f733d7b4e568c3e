"""energy_bound: a proven floor of the potential energy of any code, e.g. of the uniformity loss of an embedding.

Two polynomials below the potential are tried. The universal one interpolates it (value and slope) at the nodes of
Levenshtein's quadrature for n_points [1]_; at sharp codes its bound is attained, for every absolutely monotone
potential [2]_. The linear program (Yudin 1992) looks for a better one. Both are checked like every other bound.

.. [1] P. Boyvalenkov, P. Dragnev, D. Hardin, E. Saff, M. Stoyanova, Universal lower bounds for potential energy of
   spherical codes, Constr. Approx. 44 (2016).
.. [2] H. Cohn, A. Kumar, Universally optimal distribution of points on spheres, J. Amer. Math. Soc. 20 (2007).
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from sphcode._notebook import Shown
from sphcode._validate import check_choice, check_dim, check_n_points, check_real, fail
from sphcode.bounds.floors.energy_program import program_coefficients
from sphcode.bounds.floors.universal import universal_coefficients
from sphcode.errors import NotProvenError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.energy import POTENTIALS
from sphcode.proofs.rounding import float_down
from sphcode.proofs.schemas import BOUND_SCHEMA

__all__ = ["EnergyBound", "energy_bound"]

#: Relative amounts by which a polynomial is lowered until the checker accepts it.
_ROOMS = (1e-15, 1e-13, 1e-11, 1e-9, 1e-7)

#: Range of the parameter: below, a potential is constant in float64; above, its values leave the range of float64
#: (gaussian: exp(-4000)), and the coefficients of the polynomials have thousands of digits.
LEAST_PARAMETER, LARGEST_PARAMETER = 1e-6, 1000.0

_METHODS = {"universal": universal_coefficients, "lp": program_coefficients}


@dataclass(frozen=True)
class EnergyBound(Shown):
    """A floor of the mean potential energy over all pairs of different points, for every code.

    Attributes
    ----------
    dim, n_points : int
        The codes.
    potential : str
        "riesz" (1 / distance^parameter), "logarithmic" (-log distance) or "gaussian" (exp(-parameter distance^2)).
    parameter : float or None
        Exponent or scale of the potential, dimensionless.
    mean_energy_lower_bound : float
        Floor of the mean energy, dimensionless, rounded down; larger is stronger. The sum over unordered pairs
        is this times n_points (n_points - 1) / 2.
    log_mean_energy_lower_bound : float or None
        Its natural logarithm rounded down (dimensionless), if it is positive: for the gaussian potential with
        parameter 2 the floor of the uniformity loss of Wang and Isola (2020).
    name, degree : str, int
        "universal-m" or "lp-m" with the degree m of the polynomial, and m.
    certificate : dict
        What `sphcode.verify` checks.
    elapsed : float
        Seconds.
    """

    dim: int
    n_points: int
    potential: str
    parameter: float | None
    mean_energy_lower_bound: float
    log_mean_energy_lower_bound: float | None
    name: str
    degree: int
    certificate: Mapping[str, Any]
    elapsed: float = 0.0

    @property
    def rigorous(self) -> bool:
        """True: what the independent checker does not accept is never returned. The attribute goes in 0.3."""
        warnings.warn("every bound is rigorous; the attribute goes in 0.3", DeprecationWarning, stacklevel=2)
        return True

    def __repr__(self) -> str:
        parameter = "" if self.parameter is None else f", parameter={self.parameter:g}"
        return (
            f"EnergyBound(dim={self.dim}, n_points={self.n_points}, {self.potential}{parameter}, "
            f"mean >= {self.mean_energy_lower_bound:.12g}, {self.name})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-able dictionary."""
        return asdict(self)


def energy_bound(
    dim: int, n_points: int, potential: str = "gaussian", parameter: float | None = None, *, method: str = "best"
) -> EnergyBound:
    """Return a proven lower bound on the mean potential energy of any `n_points` points on the sphere in R^dim.

    Parameters
    ----------
    dim, n_points : int
        Both at least 2; dim at least 3.
    potential : {"gaussian", "riesz", "logarithmic"}
        As a function of the distance r of two points: exp(-parameter r^2), r^-parameter, -log r.
    parameter : float, optional
        From 1e-6 to 1000. Default: 2 for gaussian (Wang and Isola's uniformity), 1 for riesz; the logarithm has none.
    method : {"best", "universal", "lp"}
        "universal": the closed form of Boyvalenkov et al.; "lp": the linear program; "best": the larger.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.
    NotProvenError
        If nothing could be proven (very many points in a low dimension).

    Examples
    --------
    >>> from sphcode.bounds.floors.energy import energy_bound
    >>> floor = energy_bound(3, 4, "riesz", 1)
    >>> round(floor.mean_energy_lower_bound, 9), floor.name  # the regular tetrahedron has sqrt(3 / 8)
    (0.612372436, 'universal-1')
    """
    began = time.perf_counter()
    dim, n_points = check_dim(dim), check_n_points(n_points)
    if dim < 3:
        raise fail("dim", "at least 3", dim)
    potential = check_choice("potential", potential, POTENTIALS)
    method = check_choice("method", method, ("best", "universal", "lp"))
    if POTENTIALS[potential]:
        default = 2.0 if potential == "gaussian" else 1.0
        parameter = default if parameter is None else parameter
        parameter = check_real("parameter", parameter, low=LEAST_PARAMETER, high=LARGEST_PARAMETER)
    elif parameter is not None:
        raise fail("parameter", "None for the logarithmic potential", parameter)
    found = []
    for name, coefficients_for in _METHODS.items():
        if method in ("best", name):
            coefficients = coefficients_for(dim, n_points, potential, parameter)
            certificate = None if coefficients is None else _certify(dim, n_points, potential, parameter, coefficients)
            if certificate is not None:
                found.append((float.fromhex(certificate["claim"]["mean_energy_at_least"]), name, certificate))
    if not found:
        raise NotProvenError(f"no energy bound could be proven for {n_points} points in R^{dim}")
    value, name, certificate = max(found, key=lambda entry: entry[0])
    with ctx.workprec(128):
        log = float_down(arb(value).log()) if value > 0 else None
    return EnergyBound(
        dim=dim,
        n_points=n_points,
        potential=potential,
        parameter=parameter,
        mean_energy_lower_bound=value,
        log_mean_energy_lower_bound=log,
        name=f"{name}-{len(certificate['coefficients']) - 1}",
        degree=len(certificate["coefficients"]) - 1,
        certificate=certificate,
        elapsed=time.perf_counter() - began,
    )


def _certify(
    dim: int, n_points: int, potential: str, parameter: float | None, coefficients: Sequence[str]
) -> dict[str, Any] | None:
    """Lower the polynomial a little, until the checker accepts it below the potential; None if it never does."""
    exact = [max(Fraction(text), Fraction(0)) if k else Fraction(text) for k, text in enumerate(coefficients)]
    size = max(map(abs, exact))
    texts = [text if value else "0" for text, value in zip(coefficients, exact, strict=True)]
    for room in _ROOMS:
        constant = exact[0] - size * Fraction(room)
        mean = (constant * n_points - constant - sum(exact[1:])) / (n_points - 1)
        claim: dict[str, Any] = {"n_points": n_points, "potential": potential}
        if parameter is not None:
            claim["parameter"] = repr(parameter)
        claim["mean_energy_at_least"] = _down(mean).hex()
        certificate = {
            "schema": BOUND_SCHEMA,
            "kind": "energy",
            "dim": dim,
            "claim": claim,
            "coefficients": [str(constant), *texts[1:]],
        }
        if check_bound(certificate).accepted:
            return certificate
    return None


def _down(number: Fraction) -> float:
    if number > sys.float_info.max:
        return sys.float_info.max
    value = float(number)
    return value if Fraction(value) <= number else math.nextafter(value, -math.inf)
