"""Certificates that come with the package: the first layer of `bound`, for what takes long to compute or to check.

Each line of data/ceilings/index.csv names a file, its SHA-256 digest, and the statement that the checker accepted when
the file was stored (`docs/examples/store_bounds.py`). The index only proposes: what `bound` states is the claim of the
file. A file with another digest is not used. The index itself has a digest here; where it is another, it is made again
from the files, and each of them is checked before it is used.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from flint import ctx, fmpq

from sphcode import _certificates
from sphcode.bounds.proven import Proven, accept, claimed_value, method, theorem
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import lower_rational

__all__ = ["INDEX_SHA256", "Entry", "index", "load", "stored_cosine", "stored_n_points"]

#: Digest of the index whose files the checker accepted; `docs/examples/store_bounds.py` prints it.
INDEX_SHA256 = "f966503c5c10cd625931059538e1d51111aeef4d7c8184a9fb16e27060c6c2fe"


@dataclass(frozen=True)
class Entry:
    """One stored certificate: more than `most` points in R^dim have max cosine >= `cosine`, or above it if `strict`.

    `cosine` is the text of the claim. `checked` is the day on which the checker accepted the file, or empty.
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
    def of(cls, file: str, content: bytes, checked: str) -> Entry:
        """Return the entry of a certificate with this content, about codes of any kind."""
        certificate = json.loads(content)
        if certificate.get("antipodal", False):
            raise FileFormatError(f"{file}: only about antipodal codes")
        claim = certificate["claim"]
        strict = "n_points_at_most" in claim
        most = int(claimed_value(certificate).floor()) if strict else claim["n_points"] - 1
        cosine = claim["max_cosine" if strict else "max_cosine_at_least"]
        digest = hashlib.sha256(content).hexdigest()
        name = theorem(certificate)[0]
        return cls(file, digest, certificate["dim"], most, cosine, strict, method(certificate), name, checked)

    @property
    def value(self) -> fmpq:
        """The cosine, an irrational one rounded down."""
        with ctx.workprec(256):
            return lower_rational(self.cosine, "cosine")


@cache
def index() -> tuple[Entry, ...]:
    """Return all stored certificates: of the index, or of the files where the index is not the one known here."""
    try:
        content = (_certificates.FOLDER / "index.csv").read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != INDEX_SHA256:
        return tuple(Entry.of(name, _content(name), "") for name in _certificates.names())
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
        for row in csv.DictReader(io.StringIO(content.decode()))
    )


def load(entry: Entry) -> Mapping[str, Any]:
    """Return the certificate of an entry; FileFormatError if the file is not the one that was checked."""
    return _read(entry)[1]


def stored_cosine(dim: int, n_points: int, methods: Collection[str]) -> Proven | None:
    """Return the strongest stored lower bound on the max cosine of n_points points, proven for so many or fewer."""

    def answers(entry: Entry) -> bool:
        return entry.dim == dim and entry.most < n_points and entry.method in methods

    # Among equals the one that is about the most points, so that an optimal code is recognised.
    usable = sorted(filter(answers, index()), key=lambda entry: (entry.value, entry.most), reverse=True)
    return _first_proven(usable, answers, lambda entry, _: entry.value)


def stored_n_points(dim: int, cosine: Fraction, methods: Collection[str]) -> Proven | None:
    """Return the strongest stored upper bound on the number of points of a code with max cosine <= `cosine`."""
    limit = fmpq(cosine.numerator, cosine.denominator)

    def answers(entry: Entry) -> bool:
        reaches = entry.value > limit or (entry.strict and entry.value == limit)
        return entry.dim == dim and entry.method in methods and reaches

    def value(entry: Entry, certificate: Mapping[str, Any]) -> fmpq:
        return claimed_value(certificate) if entry.strict else fmpq(entry.most)

    return _first_proven(sorted(filter(answers, index()), key=lambda entry: entry.most), answers, value)


def _first_proven(
    proposed: Iterable[Entry],
    answers: Callable[[Entry], bool],
    value: Callable[[Entry, Mapping[str, Any]], fmpq],
) -> Proven | None:
    """Return the first proposal whose file answers the question, with the value that the file claims."""
    for proposal in proposed:
        entry, certificate = _read(proposal)
        if answers(entry) and (entry.checked or accept(entry.method, certificate) is not None):
            return Proven(entry.method, *theorem(certificate), value(entry, certificate), certificate)
    return None


def _read(proposal: Entry) -> tuple[Entry, Mapping[str, Any]]:
    """Return the certificate that a line of the index names, and the line as the certificate says it."""
    content = _content(proposal.file)
    entry = Entry.of(proposal.file, content, proposal.checked)
    if entry.sha256 != proposal.sha256:
        raise FileFormatError(f"{proposal.file}: not the file that was checked on {proposal.checked}")
    return entry, dict(json.loads(content))


def _content(file: str) -> bytes:
    """Return the content of a certificate."""
    content = _certificates.content(file)
    if content is None:
        raise FileFormatError(f"{file}: the index names this certificate, and there is none")
    return content
