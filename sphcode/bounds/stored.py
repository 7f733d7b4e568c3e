"""Certificates that come with the package: the first layer of `bound`, and the ceilings of the table.

What takes long to compute or to check is a file of its own. Each line of data/ceilings/index.csv names a file, its
SHA-256 digest, and the statement that the checker accepted when the file was stored (`docs/examples/store_bounds.py`).
The index only proposes: what `bound` states is the claim of the file. A file with another digest is not used. The index
itself has a digest here; where it is another, it is made again from the files, and each of them is checked before it is
used. The other ceilings of the rows of the table are lines of data/ceilings/DIM.jsonl, each checked when it is used.

A ceiling of n points holds for more points, and in fewer dimensions: a code less a point is a code, and so is one with
a coordinate 0. Files are used so; lines in their own dimension only, as they are linear programs and closed forms, and
a polynomial that is positive definite in more dimensions is one of the program in fewer.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from flint import ctx, fmpq

from sphcode import _certificates
from sphcode._files import reading
from sphcode.bounds.proven import Proven, accept, claimed_value, method, theorem
from sphcode.codes.store import shipped
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import lower_rational

__all__ = ["INDEX_SHA256", "Entry", "index", "lines", "load", "stored_cosine", "stored_n_points"]

#: Digest of the index whose files the checker accepted; `docs/examples/store_bounds.py` prints it.
INDEX_SHA256 = "2b265d4037c5e5c21a4b5c370aa61b43b5b6b9280e5357d5244c9ac46ab16f45"


@dataclass(frozen=True)
class Entry:
    """One stored certificate: more than `most` points in R^dim have max cosine >= `cosine`, or above it if `strict`.

    `cosine` is the text of the claim. `checked` is the day on which the checker accepted the file, or empty.
    `antipodal`: the statement is about codes with X = -X alone. `held`: the certificate of a line of the table.
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
    antipodal: bool = False
    held: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, file: str, content: bytes, checked: str) -> Entry:
        """Return the entry of a file with this content, about codes of any kind."""
        entry = cls.of_line(json.loads(content), file)
        if entry.antipodal:
            raise FileFormatError(f"{file}: only about antipodal codes")
        return replace(entry, sha256=hashlib.sha256(content).hexdigest(), checked=checked, held=None)

    @classmethod
    def of_line(cls, certificate: Mapping[str, Any], file: str) -> Entry:
        """Return the entry of a certificate, not checked."""
        claim = certificate["claim"]
        strict = "n_points_at_most" in claim
        return cls(
            file=file,
            sha256="",
            dim=certificate["dim"],
            most=int(claimed_value(certificate).floor()) if strict else claim["n_points"] - 1,
            cosine=claim["max_cosine" if strict else "max_cosine_at_least"],
            strict=strict,
            method=method(certificate),
            name=theorem(certificate)[0],
            checked="",
            antipodal=bool(certificate.get("antipodal", False)),
            held=certificate,
        )

    def fits(self, dim: int, method: str, antipodal: bool) -> bool:
        """Whether the statement is about codes of a dimension, antipodal or any, and proven by a method, or "best"."""
        return self.dim >= dim and method in ("best", self.method) and antipodal >= self.antipodal

    @cached_property
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


@cache
def lines(dim: int) -> tuple[Entry, ...]:
    """Return the ceilings of the table in a dimension that are lines and no files."""
    name = f"{dim}.jsonl"
    with reading(name, "the certificates of a table"):
        return tuple(Entry.of_line(certificate, name) for certificate in shipped().own_ceilings(dim))


def load(entry: Entry) -> Mapping[str, Any]:
    """Return the certificate of an entry; FileFormatError if the file is not the one that was checked."""
    return _read(entry)[1]


def stored_cosine(
    dim: int, n_points: int, method: str = "best", antipodal: bool = False, above: fmpq | None = None
) -> Proven | None:
    """Return the strongest stored lower bound on the max cosine of n_points points, by a method or by "best" of all.

    A method other than "best" is about to be run: only files, which take long, stand in for that. `above`: None is
    returned where no bound is stronger than this.
    """

    def answers(entry: Entry) -> bool:
        stronger = above is None or entry.value > above
        return entry.most < n_points and entry.fits(dim, method, antipodal) and stronger

    # Among equals the one that is about the most points, so that an optimal code is recognised.
    usable = sorted(filter(answers, _proposed(dim, method)), key=lambda entry: (entry.value, entry.most), reverse=True)
    return _first_proven(usable, answers, lambda entry, _: entry.value)


def stored_n_points(dim: int, cosine: Fraction, method: str = "best", antipodal: bool = False) -> Proven | None:
    """Return the strongest stored upper bound on the number of points of a code with max cosine <= `cosine`."""
    limit = fmpq(cosine.numerator, cosine.denominator)

    def answers(entry: Entry) -> bool:
        reaches = entry.value > limit or (entry.strict and entry.value == limit)
        return reaches and entry.fits(dim, method, antipodal)

    def value(entry: Entry, certificate: Mapping[str, Any]) -> fmpq:
        return claimed_value(certificate) if entry.strict else fmpq(entry.most)

    # Among equals the one that is about a cosine, not about so many points.
    usable = sorted(filter(answers, _proposed(dim, method)), key=lambda entry: (entry.most, not entry.strict))
    return _first_proven(usable, answers, value)


def _proposed(dim: int, method: str) -> Iterator[Entry]:
    """Yield what may answer a question about a dimension."""
    yield from index()
    if method == "best":
        yield from lines(dim)


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
    """Return the certificate that an entry is about, and the entry as the certificate says it."""
    if proposal.held is not None:
        return proposal, proposal.held
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
