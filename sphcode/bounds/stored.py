"""Certificates that come with the package: the first layer of `bound`, for what takes long to compute or to check.

Each line of data/bounds/index.csv names a file, its SHA-256 digest, and the statement that the checker accepted when
the file was stored (`docs/examples/store_bounds.py`). A file with another digest is not used.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from flint import ctx, fmpq

from sphcode.bounds.proven import Proven, claimed_value, theorem
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.check import lower_rational

__all__ = ["FOLDER", "Entry", "index", "load", "stored_cosine", "stored_n_points"]

FOLDER = files("sphcode.data") / "bounds"


@dataclass(frozen=True)
class Entry:
    """One stored certificate: more than `most` points in R^dim have max cosine >= `cosine`, or above it if `strict`.

    `cosine` is the text of the claim.
    """

    file: str
    sha256: str
    dim: int
    most: int
    cosine: str
    strict: bool
    method: str
    name: str
    checked: str

    @classmethod
    def of(cls, file: str, content: bytes, method: str, checked: str) -> Entry:
        """Return the entry of a certificate with this content."""
        certificate = json.loads(content)
        claim = certificate["claim"]
        strict = "n_points_at_most" in claim
        most = int(claimed_value(certificate).floor()) if strict else claim["n_points"] - 1
        cosine = claim["max_cosine" if strict else "max_cosine_at_least"]
        digest = hashlib.sha256(content).hexdigest()
        return cls(file, digest, certificate["dim"], most, cosine, strict, method, theorem(certificate)[0], checked)

    @property
    def value(self) -> fmpq:
        """The cosine, an irrational one rounded down."""
        with ctx.workprec(256):
            return lower_rational(self.cosine, "cosine")


@cache
def index() -> tuple[Entry, ...]:
    """Return all stored certificates."""
    text = (FOLDER / "index.csv").read_text(encoding="utf-8")
    return tuple(
        Entry(
            file=row["file"],
            sha256=row["sha256"],
            dim=int(row["dim"]),
            most=int(row["most"]),
            cosine=row["cosine"],
            strict=row["strict"] == "yes",
            method=row["method"],
            name=row["name"],
            checked=row["checked"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def load(entry: Entry) -> Mapping[str, Any]:
    """Return the certificate of an entry; FileFormatError if the file is not the one that was checked."""
    content = (FOLDER / entry.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise FileFormatError(f"{entry.file}: not the file that was checked on {entry.checked}")
    return dict(json.loads(content))


def stored_cosine(dim: int, n_points: int, methods: Collection[str]) -> Proven | None:
    """Return the strongest stored lower bound on the max cosine of n_points points, proven for so many or fewer."""
    usable = [entry for entry in index() if entry.dim == dim and entry.most < n_points and entry.method in methods]
    if not usable:
        return None
    # Among equals the one that is about the most points, so that an optimal code is recognised.
    best = max(usable, key=lambda entry: (entry.value, entry.most))
    return _proven(best, best.value)


def stored_n_points(dim: int, cosine: Fraction, methods: Collection[str]) -> Proven | None:
    """Return the strongest stored upper bound on the number of points of a code with max cosine <= `cosine`."""
    limit = fmpq(cosine.numerator, cosine.denominator)
    usable = [
        entry
        for entry in index()
        if entry.dim == dim
        and entry.method in methods
        and (entry.value > limit or (entry.strict and entry.value == limit))
    ]
    if not usable:
        return None
    best = min(usable, key=lambda entry: entry.most)
    return _proven(best, claimed_value(load(best)) if best.strict else fmpq(best.most))


def _proven(entry: Entry, value: fmpq) -> Proven:
    certificate = load(entry)
    return Proven(entry.method, entry.name, theorem(certificate)[1], value, certificate)
