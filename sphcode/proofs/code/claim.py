"""The claim in a code certificate: its statements read strictly, and compared with what was proven."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from sphcode._validate import shown
from sphcode.errors import FileFormatError
from sphcode.proofs.code.check import CodeProof
from sphcode.proofs.rounding import read_exact
from sphcode.proofs.verdict import LEVELS

#: Decimal places of a claim: what may be spent on a comparison is bounded.
MAX_DIGITS = 10_000

#: 17 digits tell all float64 values apart.
_ROUNDED_UP = Context(prec=17, rounding=ROUND_CEILING)

_PLACES = re.compile(r"[+-]?[0-9]+(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")


@dataclass(frozen=True, eq=False)
class Claim:
    """What a certificate says of its points; all but `max_cosine` and `level` may be left out.

    Attributes
    ----------
    max_cosine : fmpq
        A code with at most this max cosine exists near the points; with a level above exists this is the max cosine of
        that code, rounded up to the digits given.
    text : str
        The same as it stands in the file.
    level : str
        One of `verdict.LEVELS`.
    radius : float or None
        After a rotation the exact code is within this distance (Frobenius) of the points that have contacts.
    contacts : ndarray or None
        Exactly these pairs have the largest cosine, and theirs are all equal.
    stress : ndarray or None
        The weights of the contacts, each within `stress_error` of an exact positive stress.
    rattlers : mapping or None
        The points without contact and how far their cosines stay at least below the largest one.
    symmetries : list or None
        Permutations that keep all inner products of the exact code's points that have contacts. They leave the
        rattlers in their places in the list, and say nothing of them.
    minimal_polynomial : list of int or None
        Coefficients, constant term first, of the irreducible polynomial that vanishes at the max cosine.
    citation : str or None
        For the level optimal-cited: who proved it and when.
    """

    max_cosine: fmpq
    text: str
    level: str
    radius: float | None = None
    contacts: NDArray[np.int64] | None = None
    stress: NDArray[np.float64] | None = None
    stress_error: float = 0.0
    rattlers: Mapping[int, float] | None = None
    symmetries: list[NDArray[np.int64]] | None = None
    minimal_polynomial: list[int] | None = None
    citation: str | None = None

    @property
    def digits(self) -> int:
        """Number of decimal places of the claimed cosine, as far as digits are written down for them."""
        return max(1, min(math.ceil(int(self.max_cosine.q).bit_length() / 3.32), len(self.text)))

    @property
    def step(self) -> fmpq:
        """How far the claimed cosine may be above the max cosine, to be that one rounded up.

        It is a unit in the last place, of six places and more two, as the ball around a rational cosine may reach
        beyond it; a hundredth at most, since 1 is every cosine rounded up.
        """
        match = _PLACES.fullmatch(self.text.strip())
        if match is None:
            return fmpq(1, 2**50)
        places = max(2, len(match[1] or "") - int(match[2] or 0))
        return fmpq(1 if places < 6 else 2, 10**places)

    @property
    def is_bare(self) -> bool:
        """Whether nothing but the existence of a code with this max cosine is claimed."""
        rest = (self.radius, self.contacts, self.stress, self.rattlers, self.symmetries, self.minimal_polynomial)
        return self.level in ("none", "exists") and all(part is None for part in (*rest, self.citation))


def read_claim(content: object, n_points: int) -> Claim:
    """Return the claim of a certificate; raises FileFormatError for anything malformed or unknown."""
    if not isinstance(content, Mapping):
        raise FileFormatError(f"`claim` must be an object, got {type(content).__name__}")
    known = {name: content[name] for name in Claim.__dataclass_fields__ if name in content and name != "text"}
    if len(known) != len(content):
        unknown = ", ".join(sorted(map(str, set(content) - set(known))))
        raise FileFormatError(f"`claim` has unknown keys: {shown(unknown)}")
    if "max_cosine" not in known:
        raise FileFormatError("missing key `claim.max_cosine`")
    level = known.pop("level", "exists")
    if not isinstance(level, str) or level not in LEVELS:
        raise FileFormatError(f"`claim.level` must be one of {', '.join(LEVELS)}, got {shown(level)}")
    value = known.pop("max_cosine")
    readers: dict[str, Callable[[Any, str], Any]] = {
        "radius": _number,
        "contacts": lambda rows, name: _pairs(rows, name, n_points),
        "stress": lambda rows, name: np.array([_number(row, name) for row in _listed(rows, name)]),
        "stress_error": _number,
        "rattlers": lambda rows, name: _rattlers(rows, name, n_points),
        "symmetries": lambda rows, name: [_permutation(row, name, n_points) for row in _listed(rows, name)],
        "minimal_polynomial": lambda row, name: [_integer(entry, name) for entry in _listed(row, name)],
        "citation": _sentence,
    }
    parts = {name: readers[name](entry, f"claim.{name}") for name, entry in known.items()}
    if "stress" in parts and ("contacts" not in parts or len(parts["stress"]) != len(parts["contacts"])):
        raise FileFormatError("`claim.stress` must have one weight for each of `claim.contacts`")
    if "stress_error" in parts and "stress" not in parts:
        raise FileFormatError("`claim.stress_error` is about `claim.stress`, which is missing")
    if "contacts" in parts:
        order = np.lexsort(parts["contacts"].T[::-1])
        parts |= {name: parts[name][order] for name in ("contacts", "stress") if name in parts}
    cosine = read_exact(value, "claim.max_cosine")
    claim = Claim(cosine, _text(value, cosine), level, **parts)
    if claim.max_cosine > 1:
        raise FileFormatError("`claim.max_cosine` must be at most 1")
    if claim.digits > MAX_DIGITS:
        raise FileFormatError(f"`claim.max_cosine` must have at most {MAX_DIGITS} decimal places")
    return claim


def unproven(claim: Claim, proof: CodeProof) -> list[str]:
    """Return the statements of the claim, other than cosine and level, that the proof does not bear out."""
    failed = []
    if claim.radius is not None and not (proof.enclosed and proof.radius <= claim.radius):
        failed.append(f"the exact code is within {claim.radius:.3g} of the points")
    if claim.contacts is not None:
        pairs = {*map(tuple, proof.contacts.tolist())}
        if not proof.exact or pairs != {*map(tuple, claim.contacts.tolist())}:
            failed.append("these are the contacts, all equal")
    if claim.stress is not None and not (proof.stress is not None and proof.stress_error <= claim.stress_error):
        failed.append("the weights are a positive stress")
    if claim.rattlers is not None:
        gaps = dict(proof.rattlers)
        if gaps.keys() != claim.rattlers.keys() or any(gap > gaps[point] for point, gap in claim.rattlers.items()):
            failed.append("these are the rattlers, with this clearance")
    if not all(proof.keeps(permutation) for permutation in claim.symmetries or []):
        failed.append("the permutations keep all inner products of the points that have contacts, and fix the others")
    return failed


def _text(value: object, cosine: fmpq) -> str:
    """Return the claimed cosine as it stands in the file; a float64 value as a decimal that is not below it."""
    if not isinstance(value, float):
        return str(value).strip()
    text = repr(value)
    return text if read_exact(text, "claim.max_cosine") >= cosine else str(_ROUNDED_UP.create_decimal(value))


def _listed(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise FileFormatError(f"`{name}` must be a list, got {type(value).__name__}")
    return value


def _integer(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise FileFormatError(f"`{name}` must hold integers, got {shown(value)}")
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise FileFormatError(f"`{name}` must hold finite numbers, got {shown(value)}")
    return float(value)


def _sentence(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise FileFormatError(f"`{name}` must be a string, got {shown(value)}")
    return value


def _pairs(rows: object, name: str, n_points: int) -> NDArray[np.int64]:
    pairs = []
    for row in _listed(rows, name):
        pair = [_integer(entry, name) for entry in _listed(row, name)]
        if len(pair) != 2 or not 0 <= min(pair) < max(pair) < n_points:
            raise FileFormatError(f"`{name}` must hold pairs of different points, got {pair}")
        pairs.append(sorted(pair))
    if len({*map(tuple, pairs)}) != len(pairs) or not pairs:
        raise FileFormatError(f"`{name}` must hold different pairs")
    return np.array(pairs, dtype=np.int64)


def _rattlers(rows: object, name: str, n_points: int) -> dict[int, float]:
    gaps = {}
    for row in _listed(rows, name):
        if not isinstance(row, dict) or row.keys() != {"point", "clearance"}:
            raise FileFormatError(f"`{name}` must hold objects with the keys point and clearance")
        point = _integer(row["point"], name)
        if not 0 <= point < n_points or point in gaps:
            raise FileFormatError(f"`{name}` must name different points, got {point}")
        gaps[point] = _number(row["clearance"], name)
    return gaps


def _permutation(row: object, name: str, n_points: int) -> NDArray[np.int64]:
    images = [_integer(entry, name) for entry in _listed(row, name)]
    if sorted(images) != list(range(n_points)):
        raise FileFormatError(f"`{name}` must hold permutations of the {n_points} points")
    return np.array(images, dtype=np.int64)
