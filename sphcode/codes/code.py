"""SphericalCode: unit points, where they come from, and the files that hold them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from sphcode._files import reading, write_atomically
from sphcode._notebook import Drawn, ball, text
from sphcode._validate import as_matrix, as_points, check_facts, check_flag, check_path, fail, shown
from sphcode.codes.gram import points_of_gram
from sphcode.codes.nearest import Blocked, Decoder, Searchable
from sphcode.codes.point_files import FORMATS, MAX_COORDINATES, read_points, unit_rows
from sphcode.proofs.integer_rows import integer_rows
from sphcode.proofs.schemas import CODE_SCHEMA

__all__ = ["FORMATS", "MAX_COORDINATES", "SphericalCode", "as_code", "check_suffix", "is_code"]

#: Rows in a block of inner products (memory only), and pairs that are evaluated exactly because rounding may have
#: hidden the closest.
_BLOCK = 1024
_TOP = 64
#: In few dimensions, of many points, a k-d tree finds the closest pairs without a look at all; squared distances that
#: differ by less than this may be tied.
_TREE_DIM = 5
_TREE_POINTS = 2000
_TIED = 4e-15


@dataclass(frozen=True, eq=False)
class SphericalCode(Searchable, Drawn):
    """A finite set of points on the unit sphere.

    Parameters
    ----------
    points : array_like, shape (n_points, dim)
        Unit rows (norm 1 within 1e-6; normalised once more), pairwise different, n_points >= 2, dim >= 2. The code has
        an array of its own, a plain one, so that torch takes it without a copy; to change points, change a copy and
        make a new code.
    provenance : mapping, optional
        Where the code comes from: JSON-able facts such as source, seed, strategy, claim.
    exact : integer array or rows of str, optional
        The same points exactly, of any norm: whole numbers, or texts such as "(1 + sqrt(5))/2". Rows of whole numbers
        given as `points` are normalised and kept here. `verify` judges these in place of the rounded rows.

    Raises
    ------
    InvalidInputError
        If the rows are not finite, not of unit norm (nor whole numbers), not different, or too few.

    Examples
    --------
    >>> from sphcode import SphericalCode
    >>> square = SphericalCode([[1, 0], [0, 1], [-1, 0], [0, -1]])
    >>> square
    SphericalCode(dim=2, n_points=4, max_cosine=0, min_angle_deg=90)
    """

    points: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    exact: NDArray[np.int64] | Sequence[Sequence[str]] | None = None

    def __post_init__(self) -> None:
        points, exact = self.points, self.exact
        if exact is None:
            points = as_matrix(points, "points")
            norms = np.sqrt(np.einsum("ij,ij->i", points, points))
            exact = integer_rows(points) if norms.all() and (norms != 1.0).any() else None
            points = points if exact is None else points / norms[:, None]
        points = as_points(points)
        object.__setattr__(self, "exact", exact)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "provenance", check_facts("provenance", self.provenance))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.points, dtype=dtype, copy=copy)

    def _numbers(self) -> Iterable[tuple[str, str]]:
        for name in ("dim", "n_points", "max_cosine", "min_angle_deg", "one_vs_rest_distance"):
            yield name, text(getattr(self, name))

    def _picture(self) -> str:
        return ball(self.points)

    def __len__(self) -> int:
        return self.n_points

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return iter(self.points)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return int(self.points.shape[0])

    @property
    def dim(self) -> int:
        """Ambient dimension; the points lie on the sphere S^(dim-1)."""
        return int(self.points.shape[1])

    @cached_property
    def closest_pair(self) -> tuple[int, int]:
        """Indices i < j of a pair at the largest cosine."""
        return _closest_pair(self.points)[1:]

    @cached_property
    def max_cosine(self) -> float:
        """Largest cosine between two points of the rows exactly normalised; smaller is better."""
        return _closest_pair(self.points)[0]

    @property
    def min_angle(self) -> float:
        """Smallest angle between two points, in radians; larger is better."""
        first, second = self.points[list(self.closest_pair)]
        return 2.0 * math.atan2(float(np.linalg.norm(first - second)), float(np.linalg.norm(first + second)))

    @property
    def min_angle_deg(self) -> float:
        """Smallest angle between two points, in degrees; larger is better."""
        return math.degrees(self.min_angle)

    @property
    def one_vs_rest_distance(self) -> float:
        """`1 - max_cosine` rounded down: a value that the minimum one-vs-rest distance is sure to reach."""
        rounding = 4.0 * np.finfo(float).eps * math.sqrt(self.dim)
        return max(0.0, math.nextafter(1.0 - (self.max_cosine + rounding), -math.inf))

    @property
    def coordinates(self) -> str:
        """What the coordinates are: "whole numbers" or "exact numbers", normalised, or "rounded"."""
        if self.exact is None:
            return "rounded"
        return "whole numbers" if isinstance(self.exact, np.ndarray) else "exact numbers"

    def __repr__(self) -> str:
        return (
            f"SphericalCode(dim={self.dim}, n_points={self.n_points}, max_cosine={self.max_cosine:.12g}, "
            f"min_angle_deg={self.min_angle_deg:.12g})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the code as the JSON object that `save` writes to a `.json` file."""
        return {
            "schema": CODE_SCHEMA,
            "dim": self.dim,
            "n_points": self.n_points,
            **self.provenance,
            "points": self._written_points(),
        }

    def _written_points(self) -> list[list[Any]]:
        """Return the rows as JSON holds them: exact ones where there are."""
        if self.exact is None or isinstance(self.exact, np.ndarray):
            rows: list[list[Any]] = (self.points if self.exact is None else self.exact).tolist()
            return rows
        return [list(row) for row in self.exact]

    @cached_property
    def decoder(self) -> Decoder:
        """What finds nearest points: the inner products with all of them, block by block."""
        return Blocked(self.n_points, lambda start, stop: self.points[start:stop])

    def _rows(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.array(self.points[numbers])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the code; the suffix gives the format: .npz, .json, .txt (Sloane's layout), .npy or .safetensors.

        The safetensors file holds one float32 tensor `weight`, ready to be loaded as a classifier head; the others
        keep all digits. The file is replaced atomically. Raises InvalidInputError for an unknown suffix and
        WriteError when the file cannot be written.
        """
        writers = {
            ".npz": self._write_npz,
            ".json": self._write_json,
            ".txt": self._write_sloane,
            ".npy": self._write_npy,
            ".safetensors": self._write_safetensors,
        }
        check_suffix(path)
        return write_atomically(path, writers[Path(path).suffix])

    def _write_npz(self, stream: IO[bytes]) -> None:
        metadata = np.array(json.dumps(dict(self.provenance)))
        np.savez_compressed(stream, points=self.points, provenance=metadata)

    def _write_json(self, stream: IO[bytes]) -> None:
        stream.write(json.dumps(self.to_dict()).encode() + b"\n")

    def _write_npy(self, stream: IO[bytes]) -> None:
        np.save(stream, self.points, allow_pickle=False)

    def _write_sloane(self, stream: IO[bytes]) -> None:
        stream.write("".join(f"{value!r}\n" for value in self.points.ravel().tolist()).encode())

    def _write_safetensors(self, stream: IO[bytes]) -> None:
        from sphcode._safetensors import write_tensors

        metadata = {"max_cosine": repr(self.max_cosine)}
        metadata.update({key: json.dumps(value) for key, value in self.provenance.items()})
        write_tensors(stream, {"weight": self.points.astype(np.float32)}, metadata)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        dim: int | None = None,
        format: str | None = None,
        normalize: bool = False,
        gram: bool = False,
    ) -> SphericalCode:
        """Read a code from a file that `save` wrote, or from any layout that codes are published in.

        Parameters
        ----------
        path : path
            `.npz`, `.npy`, `.json`, `.safetensors` or text (`.txt`, `.csv`, `.tsv`, `.dat`). Text holds one point per
            line, or one coordinate per line (Sloane's layout). JSON holds a code file, or rows alone. Whole numbers,
            fractions and roots ("(1 + sqrt(5))/2") are exact coordinates of any norm; other rows must have norm 1.
        dim : int, optional
            The dimension of a file of one coordinate per line; without it a name like `pack.3.24.txt` tells it. With
            `gram`, the rank of the matrix where rounding leaves it open.
        format : str, optional
            The format where the suffix does not tell it, such as "txt".
        normalize : bool
            Divide the rows by their norms, whatever these are: for coordinates of few decimals.
        gram : bool
            The file holds the matrix of inner products of the points, which is turned into points.

        Raises
        ------
        FileFormatError
            If the file is missing, truncated, malformed, or holds complex vectors.
        """
        path = check_path(path)
        normalize, gram = check_flag("normalize", normalize), check_flag("gram", gram)
        table = read_points(path, format, None if gram else dim)
        with reading(path, "a Gram matrix" if gram else "a code file"):
            if gram:
                return cls(points_of_gram(table.rows, dim), table.provenance)
            return cls(unit_rows(table, path, normalize=normalize), table.provenance, table.exact)


def is_code(value: Any) -> bool:
    """Tell whether a value is a code, or an object that has one: the result of a search, a construction."""
    return (
        isinstance(value, SphericalCode)
        or isinstance(getattr(value, "code", None), SphericalCode)
        or (hasattr(value, "unit_rows") and callable(getattr(value, "code", None)))
    )


def as_code(value: Any, name: str = "code") -> SphericalCode:
    """Return a code, the code of a result or construction, the code in a file, or that of an array of points."""
    if isinstance(value, SphericalCode):
        return value
    if is_code(value):
        code = value.code() if callable(value.code) else value.code
        return cast("SphericalCode", code)
    if isinstance(value, str | os.PathLike):
        return SphericalCode.load(value)
    if isinstance(value, Mapping) or not (hasattr(value, "shape") or isinstance(value, list | tuple)):
        raise fail(name, "a code, a result or construction that has one, a file or an array of points", shown(value))
    return SphericalCode(value)


def check_suffix(path: str | os.PathLike[str], name: str = "path") -> None:
    """Raise InvalidInputError unless the suffix of `path` names a format that codes are stored in."""
    if Path(path).suffix not in FORMATS:
        raise fail(name, "a file name ending in " + ", ".join(FORMATS), shown(str(path)))


def _closest_pair(points: NDArray[np.float64]) -> tuple[float, int, int]:
    """Return the largest cosine and its pair, proposed by a k-d tree or by a scan of blocks of the Gram matrix.

    The search in float64 proposes pairs; the value is recomputed for the best of them in extended precision, with the
    norms of the stored rows divided out, so that ties and the last digit come out right.
    """
    n_points, dim = points.shape
    by_tree = dim <= _TREE_DIM and n_points > _TREE_POINTS
    pairs = _pairs_by_tree(points) if by_tree else _pairs_by_blocks(points)
    left, right = (points[pairs[:, side]].astype(np.longdouble) for side in (0, 1))
    products = np.sum(left * right, axis=1) / np.sqrt(np.sum(left * left, axis=1) * np.sum(right * right, axis=1))
    best = int(np.argmax(products))
    return min(1.0, float(products[best])), int(pairs[best, 0]), int(pairs[best, 1])


def _pairs_by_tree(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return all pairs i < j whose cosine is the largest up to rounding, in order."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    least = float(np.asarray(tree.query(points, k=2)[0])[:, 1].min())
    pairs = np.asarray(tree.query_pairs(math.sqrt(least * least + _TIED), output_type="ndarray"), np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _pairs_by_blocks(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the pairs i < j of the largest cosines, largest first."""
    n_points = len(points)
    proposals: list[tuple[float, int, int]] = []
    for row in range(0, n_points, _BLOCK):
        block = points[row : row + _BLOCK]
        for column in range(row, n_points, _BLOCK):
            cosines = block @ points[column : column + _BLOCK].T
            if column == row:
                cosines[np.tril_indices(len(block))] = -np.inf
            flat = cosines.ravel()
            if len(proposals) == _TOP and flat.max() < proposals[-1][0]:
                continue
            keep = min(_TOP, flat.size)
            for index in np.argpartition(flat, flat.size - keep)[flat.size - keep :]:
                i, j = divmod(int(index), cosines.shape[1])
                proposals.append((float(flat[index]), row + i, column + j))
        proposals = sorted(proposals, key=lambda item: (-item[0], item[1], item[2]))[:_TOP]
    return np.array([item[1:] for item in proposals if item[0] > -np.inf])
