"""The two questions that `bound` answers, with what each method proves about them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx, fmpq

from sphcode.bounds import closed_form, literature, stored
from sphcode.bounds.delsarte import certificate as delsarte
from sphcode.bounds.delsarte import sharp
from sphcode.bounds.proven import Proven, accept
from sphcode.codes.store import Case, shipped
from sphcode.proofs.bound.claim import lower_rational
from sphcode.proofs.rounding import float_down, float_up, read_exact, to_arb

__all__ = ["CosineQuestion", "CountQuestion", "finite"]


@dataclass(frozen=True)
class CosineQuestion:
    """Which max cosine do `n_points` points have at least?"""

    dim: int
    n_points: int
    antipodal: bool

    @property
    def settled(self) -> bool:
        """Whether closed forms are the whole truth."""
        return self.dim == 2 or self.n_points <= 2 * self.dim

    def tabled(self, known: Iterable[Proven]) -> bool:
        """Whether one of those known is the ceiling of a row of the table: the strongest of all methods."""
        kind, size = ("lines", self.n_points // 2) if self.antipodal else ("points", self.n_points)
        row = shipped().rows.get(Case(kind, self.dim, size))
        if row is None or not row.ceiling:
            return False
        ceiling = read_exact(row.ceiling, "ceiling")
        return any(proven.value >= ceiling for proven in known)

    def answered_by(self, certificate: Mapping[str, Any]) -> bool:
        """Whether a certificate is about this very question, and not about fewer points or more dimensions."""
        return bool(certificate["dim"] == self.dim and certificate["claim"].get("n_points") == self.n_points)

    def stored(self, method: str) -> Iterator[Proven]:
        """Yield what needs no work: certificates of the package and sharp codes."""
        proven = stored.stored_cosine(self.dim, self.n_points, method, self.antipodal)
        if proven is not None:
            yield proven
        certificate = sharp.sharp_certificate(self.dim, self.n_points)
        if certificate is not None:
            yield from _accepted("lp", [certificate])

    @cached_property
    def closed_forms(self) -> list[Proven]:
        """What the theorems prove."""
        return list(_accepted("closed-form", closed_form.cosine_certificates(self.dim, self.n_points, self.antipodal)))

    @property
    def cosine(self) -> fmpq:
        """A cosine to start from."""
        return fmpq(*self._start.as_integer_ratio())

    @property
    def _start(self) -> float:
        return max([0.0, *(float(proven.value) for proven in self.closed_forms)])

    def linear_program(self, degree: int | None) -> Iterator[Proven]:
        """Yield what the linear program proves, if it does."""
        found = delsarte.cosine_certificate(self.dim, self.n_points, self._start, degree, self.antipodal)
        return _repaired(found)

    def three_point(self, degree: int, solver: Mapping[str, Any]) -> Proven | None:
        """Return what the semidefinite program proves."""
        from sphcode.bounds.three_point.bound import proven_cosine

        start = max([self._start, *(float(proven.value) for proven in self.linear_program(None))])
        return proven_cosine(self.dim, self.n_points, start, degree, **solver)

    def strongest_first(self, found: list[Proven]) -> list[Proven]:
        """Return them sorted."""
        return sorted(found, key=lambda proven: proven.value, reverse=True)

    def optimal(self, certificate: Mapping[str, Any]) -> str | None:
        """Return the name of a known code that attains the proven cosine exactly: it is optimal."""
        claim = certificate["claim"]
        if self.antipodal or claim.get("n_points") != self.n_points:
            return None
        known = sharp.attaining(self.dim, self.n_points, claim["max_cosine_at_least"])
        return None if known is None else known.label

    def answer(self, cosine: fmpq) -> dict[str, Any]:
        """Return the fields of a `Bound` that depend on the question."""
        with ctx.workprec(128):
            ball = to_arb(cosine)
            least = float_down(ball)
            cited = literature.cited_cosine(self.dim, self.n_points)
            return {
                "n_points": self.n_points,
                "max_cosine_lower_bound": least,
                "min_angle_upper_bound_deg": float_up(ball.acos() * 180 / arb.pi()),
                "one_vs_rest_upper_bound": float_up(1 - ball),
                "cited": cited if cited is not None and cited["max_cosine_lower_bound"] >= least else None,
            }


@dataclass(frozen=True)
class CountQuestion:
    """How many points can a code with max cosine at most `limit` have?"""

    dim: int
    limit: Fraction
    antipodal: bool

    @property
    def settled(self) -> bool:
        """Whether closed forms are the whole truth."""
        return self.dim == 2 or self.limit <= 0

    def tabled(self, known: Iterable[Proven]) -> bool:
        """Whether the table has the strongest answer: never, as its ceilings are about numbers of points."""
        return False

    def answered_by(self, certificate: Mapping[str, Any]) -> bool:
        """Whether a certificate is about this very question, and not about larger cosines or more dimensions."""
        claim = certificate["claim"]
        return bool(certificate["dim"] == self.dim and "n_points_at_most" in claim) and (
            lower_rational(claim["max_cosine"], "max_cosine") == self.cosine
        )

    def stored(self, method: str) -> Iterator[Proven]:
        """Yield what needs no work: certificates of the package."""
        proven = stored.stored_n_points(self.dim, self.limit, method, self.antipodal)
        if proven is not None:
            yield proven

    @cached_property
    def closed_forms(self) -> list[Proven]:
        """What the theorems prove."""
        return list(_accepted("closed-form", closed_form.n_points_certificates(self.dim, self.limit, self.antipodal)))

    @property
    def cosine(self) -> fmpq:
        """The cosine of the question."""
        return fmpq(self.limit.numerator, self.limit.denominator)

    def linear_program(self, degree: int | None) -> Iterator[Proven]:
        """Yield what the linear program proves, if it does."""
        return _repaired(delsarte.n_points_certificate(self.dim, self.limit, degree, self.antipodal))

    def three_point(self, degree: int, solver: Mapping[str, Any]) -> Proven | None:
        """Return what the semidefinite program proves."""
        from sphcode.bounds.three_point.bound import proven_n_points

        return proven_n_points(self.dim, self.limit, degree, **solver)

    def strongest_first(self, found: list[Proven]) -> list[Proven]:
        """Return them sorted."""
        return sorted(found, key=lambda proven: proven.value)

    def optimal(self, certificate: Mapping[str, Any]) -> str | None:
        """Return None: no code is looked up by its cosine."""
        return None

    def answer(self, n_points: fmpq) -> dict[str, Any]:
        """Return the fields of a `Bound` that depend on the question."""
        most = int(n_points.floor())
        cited = literature.cited_n_points(self.dim, float(self.limit))
        with ctx.workprec(128):
            return {
                "given_cosine": float(self.limit),
                "n_points_upper_bound": most,
                "certified_value": finite(float_up(to_arb(n_points))),
                "cited": cited if cited is not None and cited["n_points_upper_bound"] < most else None,
            }


def finite(number: float) -> float | None:
    """Return the number, None instead of infinity: numbers of points may be beyond the range of float64."""
    return number if math.isfinite(number) else None


def _accepted(method: str, certificates: Iterable[dict[str, Any]]) -> Iterator[Proven]:
    for certificate in certificates:
        proven = accept(method, certificate)
        if proven is not None:
            yield proven


def _repaired(found: delsarte.Repaired | None) -> Iterator[Proven]:
    if found is not None:
        proven = accept("lp", found.certificate, found.raw_value, found.record)
        if proven is not None:
            yield proven
