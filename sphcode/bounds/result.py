"""Bound: a limit that no spherical code passes, with the certificate that proves it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sphcode._deprecated import renamed_field
from sphcode._notebook import Shown

__all__ = ["Bound"]


@dataclass(frozen=True)
class Bound(Shown):
    """A limit that no spherical code passes.

    Attributes
    ----------
    dim : int
        Dimension of the space; the points lie on S^(dim-1).
    n_points : int or None
        Number of points asked about, or None when the cosine was given.
    given_cosine : float or None
        Cosine asked about, or None when the number of points was given.
    max_cosine_lower_bound : float or None
        Every code of `n_points` points has max cosine at least this (rounded down); larger is stronger.
    min_angle_upper_bound_deg : float or None
        The same as an angle in degrees (rounded up).
    one_vs_rest_upper_bound : float or None
        `1 - max_cosine_lower_bound` (rounded up): no `n_points` unit class vectors have a larger minimum one-vs-rest
        distance, by the equality theorem.
    n_points_upper_bound : int or None
        Most points that a code with `given_cosine` can have.
    certified_value : float or None
        The number, dimensionless, that `n_points_upper_bound` is the integer part of (rounded up); None if
        above 1.8e308.
    method, name : str
        Method and theorem, e.g. "closed-form" and "levenshtein-5", or "lp" and "delsarte-9".
    degree : int or None
        Degree of the polynomial, if there is one.
    raw_value : float or None
        The number, dimensionless, that the float solver gave before the repair; neither rounded up nor proven.
    certificate : dict
        What `sphcode.verify` checks.
    solver : dict or None
        For linear programs: `solver`, its `options` (tolerances), `status` (never relied on), number of `solves` in
        all and of exchange `rounds` in the last, `refined` (whether the optimum is known to many digits), `violation`
        (largest excess of the polynomial over its bound), `gap` (relative, to the dual), and `reason`: why the gap
        stayed open, None if it did not.
    cited : dict or None
        A published theorem at least as strong, not computed here.
    optimal : str or None
        Name of a known code that attains the bound exactly: it is optimal, proven. None when there is no such code, or
        when the bound is only known as a float.
    antipodal : bool
        Whether the statement is only about codes with X = -X (lines).
    elapsed : float
        Seconds.
    all : tuple of dict
        Every bound that was proven on the way, best first.
    """

    dim: int
    method: str
    name: str
    certificate: Mapping[str, Any]
    n_points: int | None = None
    given_cosine: float | None = None
    max_cosine_lower_bound: float | None = None
    min_angle_upper_bound_deg: float | None = None
    one_vs_rest_upper_bound: float | None = None
    n_points_upper_bound: int | None = None
    certified_value: float | None = None
    degree: int | None = None
    raw_value: float | None = None
    solver: Mapping[str, Any] | None = None
    cited: Mapping[str, Any] | None = None
    optimal: str | None = None
    antipodal: bool = False
    elapsed: float = 0.0
    all: tuple[Mapping[str, Any], ...] = field(default=())

    max_cosine = renamed_field("given_cosine")

    @property
    def rigorous(self) -> bool:
        """True: what the independent checker does not accept is never returned. The attribute goes in 0.3."""
        warnings.warn("every bound is rigorous; the attribute goes in 0.3", DeprecationWarning, stacklevel=2)
        return True

    def __repr__(self) -> str:
        if self.n_points is not None:
            kind = ", antipodal" if self.antipodal else ""
            return (
                f"Bound(dim={self.dim}, n_points={self.n_points}{kind}, "
                f"max_cosine >= {self.max_cosine_lower_bound:.15g}, "
                f"one_vs_rest <= {self.one_vs_rest_upper_bound:.12g}, {self.name})"
            )
        return (
            f"Bound(dim={self.dim}, given_cosine={self.given_cosine:.12g}, n_points <= {self.n_points_upper_bound}, "
            f"{self.name})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that `sphcode bound --json` prints."""
        keys = _N_POINTS_KEYS if self.n_points is None else _COSINE_KEYS
        named = {"max_cosine": self.given_cosine, "rigorous": True}
        content = {key: named[key] if key in named else getattr(self, key) for key in keys}
        return {
            "schema": "sphcode.bound/1",
            **content,
            "elapsed_s": self.elapsed,
            "all": list(self.all),
            "solver": self.solver,
            "optimal": self.optimal,
            "antipodal": self.antipodal,
        }


_COSINE_KEYS = (
    "dim",
    "n_points",
    "max_cosine_lower_bound",
    "min_angle_upper_bound_deg",
    "one_vs_rest_upper_bound",
    "method",
    "name",
    "degree",
    "rigorous",
    "raw_value",
    "certificate",
    "cited",
)
_N_POINTS_KEYS = (
    "dim",
    "max_cosine",
    "given_cosine",
    "n_points_upper_bound",
    "certified_value",
    "raw_value",
    "method",
    "name",
    "degree",
    "rigorous",
    "certificate",
    "cited",
)
