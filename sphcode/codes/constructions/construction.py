"""Construction: a code given by a formula, known without forming its points."""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sphcode._files import write_atomically
from sphcode._notebook import Drawn, ball, text
from sphcode._safetensors import write_header
from sphcode._validate import check_int, fail
from sphcode.codes.code import MAX_COORDINATES, SphericalCode, check_suffix
from sphcode.codes.constructions.exact import Exact
from sphcode.codes.nearest import Blocked, Decoder, Searchable

#: Rows are written to disk in blocks of about this many coordinates.
_BLOCK_COORDINATES = 2**22

IntegerRows = Callable[[int, int], NDArray[np.int64]]
UnitRows = Callable[[int, int], NDArray[np.float64]]


class SpectrumLine(NamedTuple):
    """An inner product of a code and the number of unordered pairs of points that have it."""

    cosine: Exact
    pairs: int


Spectrum = tuple[SpectrumLine, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Construction(Searchable, Drawn):
    """A spherical code with a formula.

    Everything but the rows is known by formula: neither points nor inner products are formed to tell the largest
    cosine, the spectrum or the status.

    Attributes
    ----------
    name, params : str, mapping
        What `construct_named(name, **params)` builds it from.
    dim, n_points : int
        Ambient dimension and number of points.
    cosine : Exact
        The largest cosine between two points in exact form; smaller is better.
    attained : bool
        Whether some pair has that cosine; if not, it is an upper value (of a subset, of a character sum).
    reference : str
        Where the construction is published.
    proven_optimal : bool
        Whether a published proof says that no code of this size has a smaller largest cosine.
    design_strength : int or None
        The largest t for which the code is a spherical t-design; None if no formula is known.
    unit_rows : callable
        `unit_rows(start, stop)` gives float64 unit rows, (stop - start, dim).
    integer_rows : callable or None
        `integer_rows(start, stop)` gives integer vectors along the points in a space of at least `dim` dimensions, from
        which the inner products can be checked exactly: shape (stop - start, m), or (stop - start, m, 2) for
        coordinates a + b sqrt(radicand).
    radicand : int
        The r of those coordinates; 1 for plain integers.
    attained_by : int
        The first `attained_by` points contain a pair at the largest cosine.
    spectrum_formula : callable or None
        Gives the inner products with their numbers of pairs, for `spectrum`.
    decoder_formula : callable or None
        Gives the `decoder`, which finds nearest points; None for blocked products.

    Examples
    --------
    >>> from sphcode import construct
    >>> construct(8, 240)
    Construction(e8, dim=8, n_points=240, cosine=1/2, proven_optimal=True)
    >>> construct(8, 240).block(0, 2).shape
    (2, 8)
    """

    name: str
    params: Mapping[str, Any]
    dim: int
    n_points: int
    cosine: Exact
    reference: str
    unit_rows: UnitRows
    integer_rows: IntegerRows | None = None
    radicand: int = 1
    attained: bool = True
    attained_by: int = 0
    proven_optimal: bool = False
    design_strength: int | None = None
    spectrum_formula: Callable[[], Iterable[tuple[Exact, int]]] | None = field(default=None)
    decoder_formula: Callable[[Construction], Decoder] | None = field(default=None)

    def __post_init__(self) -> None:
        if not self.attained_by:
            object.__setattr__(self, "attained_by", self.n_points)

    def __reduce__(self) -> tuple[Callable[..., Construction], tuple[str, dict[str, Any]]]:
        # The formula travels as its name; the rows and their functions are made again where it is unpickled.
        return _rebuilt, (self.name, dict(self.params))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.points, dtype=dtype, copy=copy)

    def _numbers(self) -> Iterable[tuple[str, str]]:
        for name in ("name", "dim", "n_points", "max_cosine", "reference", "proven_optimal"):
            yield name, text(getattr(self, name))

    def _picture(self) -> str:
        return ball(self.code().points) if self.dim == 3 else ""

    def __len__(self) -> int:
        return self.n_points

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        for rows in self.blocks():
            yield from rows

    @property
    def points(self) -> NDArray[np.float64]:
        """All unit rows, shape (n_points, dim), formed anew; `block` and `blocks` form some of them."""
        return self.code().points

    def __repr__(self) -> str:
        sign = "=" if self.attained else "<="
        return (
            f"Construction({self.label}, dim={self.dim}, n_points={self.n_points}, cosine{sign}{self.cosine}, "
            f"proven_optimal={self.proven_optimal})"
        )

    @property
    def label(self) -> str:
        """The construction as an expression, e.g. `kerdock(dim=64)` or `subset(e8, n_points=200)`."""
        return _label({"name": self.name, "params": self.params})

    @property
    def max_cosine(self) -> float:
        """The largest cosine, rounded up to a float; smaller is better."""
        return self.cosine.rounded_up()

    @property
    def min_angle(self) -> float:
        """The smallest angle in radians; larger is better."""
        return math.acos(max(-1.0, min(1.0, float(self.cosine))))

    @property
    def one_vs_rest_distance(self) -> float:
        """`1 - cosine` rounded down: a distance that every point surely keeps from the hull of the others."""
        exact = 1 - self.cosine.value
        nearest = float(exact)
        return nearest if nearest <= exact else math.nextafter(nearest, -math.inf)

    @cached_property
    def spectrum(self) -> Spectrum | None:
        """All inner products of different points, the largest first, with the number of pairs; None if not known."""
        if self.spectrum_formula is None:
            return None
        lines = (SpectrumLine(cosine, pairs) for cosine, pairs in self.spectrum_formula() if pairs)
        return tuple(sorted(lines, key=lambda line: -line.cosine.value))

    @cached_property
    def decoder(self) -> Decoder:
        """What finds nearest codewords; its `method` says how."""
        return self.blocked() if self.decoder_formula is None else self.decoder_formula(self)

    def blocked(self) -> Blocked:
        """Return the decoder that takes the inner products with all points, block by block."""
        whole = self.integer_rows
        if whole is None or whole(0, 1).shape != (1, self.dim):
            whole = None
        return Blocked(self.n_points, self.unit_rows, whole)

    def _rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.array([self.unit_rows(i, i + 1)[0] for i in numbers.tolist()]).reshape(len(numbers), self.dim)

    def block(self, start: int, stop: int, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return the unit rows `start`, ..., `stop - 1`, shape (stop - start, dim).

        Raises InvalidInputError unless 0 <= start < stop <= n_points.
        """
        start = check_int("start", start, minimum=0, maximum=self.n_points - 1)
        stop = check_int("stop", stop, minimum=start + 1, maximum=self.n_points)
        return self.unit_rows(start, stop).astype(dtype, copy=False)

    def blocks(self, dtype: DTypeLike = np.float64) -> Iterator[NDArray[Any]]:
        """Yield all rows in order, in blocks of bounded memory."""
        step = max(1, _BLOCK_COORDINATES // self.dim)
        for start in range(0, self.n_points, step):
            yield self.block(start, min(start + step, self.n_points), dtype)

    def code(self) -> SphericalCode:
        """Return all points as a SphericalCode.

        Raises InvalidInputError above MAX_COORDINATES coordinates; use `block` or `save` there.
        """
        if self.n_points * self.dim > MAX_COORDINATES:
            raise fail(
                "n_points * dim",
                f"at most {MAX_COORDINATES} to form all points (take `block`, or `save` to disk)",
                self.n_points * self.dim,
            )
        return SphericalCode(np.concatenate(list(self.blocks())), self._provenance(), self._roots())

    def exact_rows(self) -> NDArray[np.int64] | list[list[str]] | None:
        """Return rows of whole numbers, or of texts a + b sqrt(r), that are the code up to a scale; None without."""
        if self.integer_rows is not None and self.integer_rows(0, 1).shape == (1, self.dim):
            return self.integer_rows(0, self.n_points)
        return self._roots()

    def _roots(self) -> list[list[str]] | None:
        """Return the rows a + b sqrt(radicand) as texts, where there are such in the same coordinates."""
        if self.integer_rows is None or self.integer_rows(0, 1).shape != (1, self.dim, 2):
            return None
        pairs = self.integer_rows(0, self.n_points).reshape(-1, 2).tolist()
        texts = {(a, b): _sum_text(a, b, self.radicand) for a, b in set(map(tuple, pairs))}
        flat = [texts[a, b] for a, b in pairs]
        return [flat[i : i + self.dim] for i in range(0, len(flat), self.dim)]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the points; the suffix gives the format, as for `SphericalCode.save`.

        .npy and .npz (float64) and .safetensors (float32, one tensor `weight`) are streamed block by block, so codes
        far larger than memory can be written; .json and .txt need the whole code. The file is replaced atomically.
        """
        check_suffix(path)
        writers = {".npy": self._write_npy, ".npz": self._write_npz, ".safetensors": self._write_safetensors}
        writer = writers.get(Path(path).suffix)
        return self.code().save(path) if writer is None else write_atomically(path, writer)

    def to_dict(self) -> dict[str, Any]:
        """Return what is known by formula, as the JSON object of `sphcode construct --json` (without `schema`)."""
        spectrum = None
        if self.spectrum is not None:
            spectrum = [
                {"cosine": float(line.cosine), "exact": line.cosine.text, "pairs": line.pairs} for line in self.spectrum
            ]
        return {
            "dim": self.dim,
            "n_points": self.n_points,
            "name": self.name,
            "params": dict(self.params),
            "reference": self.reference,
            "max_cosine": self.max_cosine,
            "exact_cosine": self.cosine.text,
            "attained": self.attained,
            "one_vs_rest_distance": self.one_vs_rest_distance,
            "proven_optimal": self.proven_optimal,
            "design_strength": self.design_strength,
            "spectrum": spectrum,
        }

    def _provenance(self) -> dict[str, Any]:
        return {
            "source": f"construction {self.label}",
            "reference": self.reference,
            "exact_cosine": self.cosine.text,
            "attained": self.attained,
        }

    def _write_npy(self, stream: IO[bytes]) -> None:
        header = {"descr": "<f8", "fortran_order": False, "shape": (self.n_points, self.dim)}
        np.lib.format.write_array_header_1_0(stream, header)
        for rows in self.blocks("<f8"):
            stream.write(np.ascontiguousarray(rows).data)

    def _write_npz(self, stream: IO[bytes]) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("points.npy", "w", force_zip64=True) as points:
                self._write_npy(points)
            with archive.open("provenance.npy", "w") as provenance:
                np.save(provenance, np.array(json.dumps(self._provenance())), allow_pickle=False)

    def _write_safetensors(self, stream: IO[bytes]) -> None:
        metadata = {"max_cosine": repr(self.max_cosine)}
        metadata.update({key: json.dumps(value) for key, value in self._provenance().items()})
        write_header(stream, {"weight": (np.dtype("<f4"), (self.n_points, self.dim))}, metadata)
        for rows in self.blocks("<f4"):
            stream.write(np.ascontiguousarray(rows).data)


def _rebuilt(name: str, params: dict[str, Any]) -> Construction:
    from sphcode.codes.constructions import construct_named

    return construct_named(name, **params)


def _sum_text(a: int, b: int, radicand: int) -> str:
    """Return a + b sqrt(radicand) as the checker reads it.

    >>> _sum_text(0, -2, 42), _sum_text(1, 3, 2), _sum_text(5, 0, 2)
    ('-2*sqrt(42)', '1 + 3*sqrt(2)', '5')
    """
    root = f"{abs(b)}*sqrt({radicand})"
    if not b or not a:
        return str(a) if not b else f"{'-' if b < 0 else ''}{root}"
    return f"{a} {'-' if b < 0 else '+'} {root}"


def _label(node: Mapping[str, Any]) -> str:
    parts = []
    for key, value in node["params"].items():
        if isinstance(value, Mapping):
            parts.append(_label(value))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            parts.extend(_label(item) for item in value)
        else:
            parts.append(f"{key}={value}")
    return f"{node['name']}({', '.join(parts)})" if parts else str(node["name"])


@dataclass(frozen=True)
class Family:
    """A named family of constructions.

    Attributes
    ----------
    name, summary : str
        Its name in `construct_named`, and one line about it.
    params : mapping
        Each parameter with its valid values, in words.
    build : callable
        `build(**params)` returns the Construction.
    members : callable
        `members(dim)` yields its codes in at most `dim` dimensions that can be the best for some number of points.
    """

    name: str
    summary: str
    params: Mapping[str, str]
    build: Callable[..., Construction]
    members: Callable[[int], Iterable[Construction]]


def single(name: str, summary: str, dim: int, build: Callable[[], Construction]) -> Family:
    """Return the family of one code, which lives in `dim` dimensions."""
    return Family(name, summary, {}, build, lambda limit: [build()] if dim <= limit else [])


def from_integers(
    vectors: Callable[[], NDArray[np.integer[Any]]], dim: int, *, radicand: int = 1
) -> tuple[UnitRows, IntegerRows]:
    """Return `unit_rows` and `integer_rows` of the code along all rows of an integer array.

    `vectors()` has shape (n_points, m), or (n_points, m, 2) for coordinates a + b sqrt(radicand); it is called once,
    when rows are first needed. If m > dim the rows span a subspace of `dim` dimensions, which is rotated to R^dim.
    """
    store: dict[str, Any] = {}

    def integers() -> NDArray[np.int64]:
        if "integers" not in store:
            store["integers"] = np.asarray(vectors(), dtype=np.int64)
        return store["integers"]  # type: ignore[no-any-return]

    def real(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = rows.astype(np.float64)
        if rows.ndim == 3:
            values = values[..., 0] + math.sqrt(radicand) * values[..., 1]
        values /= np.linalg.norm(values, axis=1, keepdims=True)
        return values

    def basis() -> NDArray[np.float64] | None:
        if "basis" not in store:
            everything = integers()
            store["basis"] = None if everything.shape[1] == dim else _orthonormal_basis(real(everything), dim)
        return store["basis"]  # type: ignore[no-any-return]

    def integer_rows(start: int, stop: int) -> NDArray[np.int64]:
        return integers()[start:stop]

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        rows, frame = real(integers()[start:stop]), basis()
        return rows if frame is None else rows @ frame

    return unit_rows, integer_rows


def _orthonormal_basis(rows: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Return an orthonormal basis, shape (m, dim), of the space that the rows span: Gram-Schmidt on the first rows."""
    frame: NDArray[np.float64] = np.zeros((rows.shape[1], dim))
    found = 0
    for row in rows:
        residual = row - frame[:, :found] @ (frame[:, :found].T @ row)
        residual -= frame[:, :found] @ (frame[:, :found].T @ residual)
        norm = float(np.linalg.norm(residual))
        if norm > 1e-6:
            frame[:, found] = residual / norm
            found += 1
            if found == dim:
                break
    return frame


def pairs_from_counts(n_points: int, counts: Iterable[tuple[Exact, int]]) -> list[tuple[Exact, int]]:
    """Turn the numbers of points at each inner product from any one point into numbers of pairs."""
    return [(cosine, n_points * count // 2) for cosine, count in counts]


def pairs_of_design(dim: int, n_points: int, cosines: Iterable[Exact]) -> list[tuple[Exact, int]]:
    """Return the spectrum of a spherical design whose strength is at least the number of `cosines` less one.

    The moments of the inner products with one point are then those of the sphere, and a Vandermonde system gives how
    often each rational cosine occurs (Delsarte, Goethals and Seidel 1977, Theorem 7.4).
    """
    cosines = list(cosines)
    counts = []
    for cosine in cosines:
        others = [other.value for other in cosines if other is not cosine]
        polynomial = [Fraction(1)]  # the product of (t - other), lowest degree first
        for other in others:
            shifted = [Fraction(0), *polynomial]
            polynomial = [high - other * low for high, low in zip(shifted, [*polynomial, Fraction(0)], strict=True)]
        at_one = sum(polynomial)
        mean = sum((c * _moment(dim, power) for power, c in enumerate(polynomial)), Fraction(0))
        here = sum((c * cosine.value**power for power, c in enumerate(polynomial)), Fraction(0))
        counts.append((n_points * mean - at_one) / here)
    if any(count.denominator != 1 for count in counts):
        raise ArithmeticError(f"not the inner products of a design: {[str(c) for c in cosines]}")
    return pairs_from_counts(n_points, zip(cosines, map(int, counts), strict=True))


def _moment(dim: int, power: int) -> Fraction:
    """Return the mean of t^power for the inner product t of a fixed and a uniformly random unit vector."""
    if power % 2:
        return Fraction(0)
    return Fraction(math.prod(range(1, power, 2)), math.prod(range(dim, dim + power, 2)))
