"""The claim of a bound certificate: read strictly, and said in words that hold as printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from sphcode._validate import MAX_DIM, MAX_POINTS, shown
from sphcode.errors import FileFormatError
from sphcode.proofs.rounding import short
from sphcode.proofs.sharp import Surd, read_surd

__all__ = [
    "BoundClaim",
    "check_keys",
    "exact_claim",
    "lower_rational",
    "rational_claim",
    "read_dim",
    "read_n_points",
    "read_rational",
]

#: Characters of an irrational cosine that is printed as it is; longer ones are rounded down.
_MAX_SHOWN = 40


@dataclass(frozen=True)
class BoundClaim:
    """What a certificate states; exactly one of `n_points` and `n_points_at_most` is set.

    `cosine` is the claimed one, an irrational one rounded down; `surd` is it exactly.
    """

    dim: int
    cosine: fmpq
    surd: Surd
    n_points: int | None
    n_points_at_most: fmpq | None
    antipodal: bool

    @property
    def at_most(self) -> fmpq:
        """The claimed number of points, where the claim is about a cosine."""
        assert self.n_points_at_most is not None
        return self.n_points_at_most

    def __str__(self) -> str:
        # A bound below and the limit of a bound on the number of points both hold for smaller cosines.
        exact = self.surd.factor != 0 and len(str(self.surd)) <= _MAX_SHOWN
        cosine = str(self.surd) if exact else short(self.cosine, up=False)
        code = "antipodal code" if self.antipodal else "code"
        if self.n_points is not None:
            return f"every {code} of {self.n_points} points in R^{self.dim} has max cosine >= {cosine}"
        most = short(self.at_most, up=True)
        return f"every {code} in R^{self.dim} with max cosine <= {cosine} has at most {most} points"


def exact_claim(certificate: Mapping[str, Any]) -> BoundClaim:
    """Read the claim {n_points, max_cosine_at_least} whose cosine may be irrational."""
    claim = rational_claim(certificate, irrational=True)
    if claim.n_points is None:
        raise FileFormatError("a certificate of this kind claims `max_cosine_at_least` of `n_points` points")
    return claim


def rational_claim(certificate: Mapping[str, Any], irrational: bool = False) -> BoundClaim:
    """Read the claim {n_points, max_cosine_at_least} or {max_cosine, n_points_at_most}, and nothing else."""
    dim, content = read_dim(certificate), _content(certificate)
    antipodal = certificate.get("antipodal", False)
    if not isinstance(antipodal, bool):
        raise FileFormatError(f"`antipodal` must be true or false, got {shown(antipodal)}")
    n_points = n_points_at_most = None
    if "n_points" in content:
        check_keys("claim", content, {"n_points", "max_cosine_at_least"})
        n_points = read_n_points(content)
        if antipodal and n_points % 2:
            raise FileFormatError(f"`claim.n_points` must be even for an antipodal code, got {shown(n_points)}")
        surd = read_surd(content.get("max_cosine_at_least"), "claim.max_cosine_at_least")
    else:
        check_keys("claim", content, {"max_cosine", "n_points_at_most"})
        surd = read_surd(content.get("max_cosine"), "claim.max_cosine")
        n_points_at_most = read_rational(content.get("n_points_at_most"), "claim.n_points_at_most")
    if surd.factor != 0 and not irrational:
        raise FileFormatError("the cosine of a claim of this kind must be a rational number")
    cosine = surd.lower()
    if not -1 <= cosine < 1:
        raise FileFormatError("the cosine of the claim must be >= -1 and < 1")
    return BoundClaim(dim, cosine, surd, n_points, n_points_at_most, antipodal)


def check_keys(name: str, content: Mapping[str, Any], known: set[str] | frozenset[str]) -> None:
    """Raise FileFormatError if an object has keys that nothing examines."""
    unknown = [key for key in content if key not in known]
    if unknown:
        raise FileFormatError(f"`{name}` has keys that are not examined: {shown(', '.join(map(str, unknown)))}")


def read_dim(certificate: Mapping[str, Any]) -> int:
    """Return the dimension."""
    dim = certificate.get("dim")
    if not isinstance(dim, int) or isinstance(dim, bool) or not 2 <= dim <= MAX_DIM:
        raise FileFormatError(f"`dim` must be an integer from 2 to {MAX_DIM}, got {shown(dim)}")
    return dim


def read_n_points(claim: Mapping[str, Any]) -> int:
    """Return the number of points of a claim."""
    n_points = claim.get("n_points")
    if not isinstance(n_points, int) or isinstance(n_points, bool) or not 2 <= n_points <= MAX_POINTS:
        raise FileFormatError(f"`claim.n_points` must be an integer from 2 to 10^300, got {shown(n_points)}")
    return n_points


def read_rational(value: object, name: str) -> fmpq:
    """Return the exact number of a decimal, a hex float or a fraction "p/q"; refuse an irrational one."""
    number = read_surd(value, name)
    if number.factor != 0:
        raise FileFormatError(f"`{name}` must be a rational number here, got {shown(value)}")
    return number.rational


def lower_rational(value: object, name: str) -> fmpq:
    """Return a rational and "a+b*sqrt(r)" rounded down to one."""
    return read_surd(value, name).lower()


def _content(certificate: Mapping[str, Any]) -> Mapping[str, Any]:
    content = certificate.get("claim")
    if not isinstance(content, Mapping):
        raise FileFormatError(f"`claim` must be an object, got {shown(content)}")
    return content
