"""Read the points of a code from a file: every layout that codes are published in, told apart by suffix and shape."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._files import reading
from sphcode._validate import UNIT_NORM_TOLERANCE, check_dim, check_path, divisors, fail, shown
from sphcode.codes.text_table import exact_values, parse_table
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.proofs.integer_rows import integer_rows
from sphcode.proofs.schemas import CODE_SCHEMA

#: Codes are held in memory up to this many coordinates (2^26 float64 are 512 MiB).
MAX_COORDINATES = 2**26
#: A text or a JSON file may take this many bytes for a coordinate; a longer file is not read.
_BYTES_PER_COORDINATE = 32
#: What `save` writes, and what is read besides; the case of a suffix plays no role.
FORMATS = (".npz", ".json", ".txt", ".npy", ".safetensors")
TEXT_FORMATS = (".txt", ".csv", ".tsv", ".dat")
READ_FORMATS = (*FORMATS, *TEXT_FORMATS[1:])

#: Rows of a few decimals still have norms that agree this well; it tells a dimension in a file's name from a count.
_ROUGH_NORM = 0.1


@dataclass(frozen=True, eq=False)
class PointTable:
    """What a file holds: rows as they are written (not normalised), and what is known about them.

    `rows` are float64, or complex128 for complex vectors; `exact` are the same rows exactly (up to one common factor):
    an integer matrix, or rows of texts such as "1/2 + sqrt(5)/2"; None where the numbers are rounded.
    """

    rows: NDArray[Any]
    exact: NDArray[np.int64] | list[list[str]] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


def format_of(path: str | os.PathLike[str], given: str | None = None) -> str:
    """Return the suffix that decides how a file is read: the given format, or the suffix of its name."""
    if given is not None:
        suffix = "." + given.lower().lstrip(".") if isinstance(given, str) else ""
        if suffix not in READ_FORMATS:
            raise fail("format", "one of " + ", ".join(READ_FORMATS), shown(given))
        return suffix
    suffix = check_path(path).suffix.lower()
    if suffix not in READ_FORMATS:
        raise fail("path", "a file name ending in " + ", ".join(READ_FORMATS), shown(str(path)))
    return suffix


def read_points(path: str | os.PathLike[str], format: str | None = None, dim: int | None = None) -> PointTable:
    """Read the rows of a file, real or complex, without judging their norms.

    `dim` is the dimension of a file of one coordinate per line; without it the file's name tells it (`pack.3.24.txt`).
    """
    suffix = format_of(path, format)
    readers: dict[str, Callable[[Path], PointTable]] = {
        ".npz": _read_npz,
        ".json": _read_json,
        ".npy": _read_npy,
        ".safetensors": _read_safetensors,
    }
    if dim is not None:
        dim = check_dim(dim)
    with reading(path, f"a {suffix} code file"):
        reader = readers.get(suffix)
        table = _read_text(Path(path), dim) if reader is None else reader(Path(path))
        if table.rows.size > MAX_COORDINATES:
            raise ValueError(f"{table.rows.size} coordinates are more than {MAX_COORDINATES}")
        return table


def unit_rows(table: PointTable, path: str | os.PathLike[str], *, normalize: bool) -> NDArray[np.float64]:
    """Return the rows divided by their norms, which must be 1 unless the rows are exact or `normalize` is set."""
    if np.iscomplexobj(table.rows):
        n_points, dim = table.rows.shape
        raise FileFormatError(
            f"{path}: holds {n_points} complex vectors in C^{dim}, which are complex lines and no points of a sphere; "
            "measure them with --complex, or take the 4N points x, -x, ix, -ix of each with --as-points"
        )
    rows = np.asarray(table.rows, np.float64)
    if rows.ndim != 2 or min(rows.shape) < 2 or not np.isfinite(rows).all():
        raise FileFormatError(
            f"{path}: points must be at least 2 rows of at least 2 finite numbers, shape {rows.shape}"
        )
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    if not norms.all():
        raise FileFormatError(f"{path}: row {int(np.argmin(norms))} is zero, which is no direction")
    row = int(np.argmax(np.abs(norms - 1.0)))
    if table.exact is None and not normalize and abs(norms[row] - 1.0) > UNIT_NORM_TOLERANCE:
        raise FileFormatError(
            f"{path}: rows must have norm 1 (within {UNIT_NORM_TOLERANCE:g}), row {row} has {norms[row]:.6g}; "
            "rows of few decimals are normalised when you ask for it (normalize=True, --normalize)"
        )
    unit: NDArray[np.float64] = rows / divisors(norms, rows.shape[1])[:, None]
    return unit


def _read_bytes(path: Path) -> bytes:
    if path.stat().st_size > MAX_COORDINATES * _BYTES_PER_COORDINATE:
        raise ValueError(f"larger than {MAX_COORDINATES * _BYTES_PER_COORDINATE >> 20} MiB")
    return path.read_bytes()


def _read_npy(path: Path) -> PointTable:
    with path.open("rb") as stream:
        npy_header(stream)  # other files would be called pickles, with advice that nobody should follow
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return _of_array(array)


def _of_array(array: NDArray[Any], provenance: Mapping[str, Any] | None = None) -> PointTable:
    """Return the table of an array: whole numbers, and dyadic fractions of equal norms, are exact."""
    if array.dtype.kind not in "fiubc" or array.ndim != 2:
        raise ValueError(f"it must be a matrix of numbers, got {array.dtype} of shape {array.shape}")
    if array.size > MAX_COORDINATES:
        raise ValueError(f"{array.size} coordinates are more than {MAX_COORDINATES}")
    if array.dtype.kind == "c":
        return PointTable(np.array(array, np.complex128), None, provenance or {})
    rows = np.array(array, np.float64)
    return PointTable(rows, integer_rows(rows), provenance or {})


def npy_header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of an array in the .npy format; the stream stands at its numbers then."""
    old = np.lib.format.read_magic(stream) == (1, 0)
    header = np.lib.format.read_array_header_1_0 if old else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(stream)
    return shape, dtype


def _read_npz(path: Path) -> PointTable:
    """Read `points`, or the only matrix of the archive; every size is compared with the bytes before it is read."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.file_size > 8 * MAX_COORDINATES + 2**20:
                raise ValueError(f"array {member.filename!r} is larger than {MAX_COORDINATES} coordinates")
            with archive.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                header = (
                    np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = header(stream)
                if np.prod(shape, dtype=object) * dtype.itemsize != member.file_size - stream.tell():
                    raise ValueError(f"array {member.filename!r} claims a shape that does not fill its bytes")
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        provenance: dict[str, Any] = {}
        if "provenance" in arrays and arrays["provenance"].dtype.kind == "U":
            provenance = json.loads(str(arrays["provenance"]))
        if "points" in arrays:
            return _of_array(arrays["points"], provenance)
        matrices = [name for name in arrays.files if arrays[name].ndim == 2 and arrays[name].dtype.kind in "fiuc"]
        if len(matrices) != 1:
            raise ValueError(f"no array is called 'points'; its matrices are {', '.join(matrices) or 'none'}")
        return _of_array(arrays[matrices[0]], provenance)


def _read_json(path: Path) -> PointTable:
    """Read a code file of sphcode, a bare list of rows, or an object without `schema` with such a list as `points`."""
    content = json.loads(_read_bytes(path).decode("utf-8-sig"))
    if isinstance(content, list):
        return _of_lists(content)
    schema = content.get("schema") if "points" not in content else content.get("schema", CODE_SCHEMA)
    if schema != CODE_SCHEMA:
        raise FileFormatError(
            f"{path}: `schema` must be {CODE_SCHEMA!r}, got {schema!r}; "
            "rows of points may stand alone: [[x, y, ...], ...]"
        )
    table = _of_lists(content["points"])
    shape = table.rows.shape
    stated = (content.get("n_points", shape[0]), content.get("dim", shape[1]))
    if stated != shape:
        raise FileFormatError(f"{path}: `n_points`, `dim` must be those of `points`, {shape}, got {stated}")
    provenance = {key: value for key, value in content.items() if key not in ("schema", "dim", "n_points", "points")}
    return PointTable(table.rows, table.exact, provenance)


def _of_lists(rows: Any) -> PointTable:
    """Return nested lists as a table; texts are hex floats, decimals or exact coordinates, pairs complex numbers."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise ValueError("`points` must be a list of rows, each a list of numbers: [[x, y, ...], ...]")
    if len({len(row) for row in rows}) != 1:
        raise ValueError("the rows of `points` must all have the same length")
    if isinstance(rows[0][0], list):
        pairs = np.array(rows, np.float64)
        if pairs.ndim != 3 or pairs.shape[2] != 2:
            raise ValueError("`points` must be rows of numbers, or of pairs [real, imaginary]")
        return PointTable(pairs[..., 0] + 1j * pairs[..., 1])
    flat = [value for row in rows for value in row]
    if any(not isinstance(value, (int, float, str)) or isinstance(value, bool) for value in flat):
        raise ValueError("`points` must be rows of numbers")
    if not any(isinstance(value, str) for value in flat):
        return _of_array(np.array(rows, np.float64))
    if all("0x" in str(value).lower() or _is_decimal(value) for value in flat):
        values = [[float.fromhex(v) if "0x" in str(v).lower() else float(v) for v in row] for row in rows]
        return PointTable(np.array(values))
    if any(re.search(r"[\dij)][ijI]?\)?$", str(value)) and str(value).rstrip(")")[-1:] in "ijI" for value in flat):
        return PointTable(parse_table("\n".join(",".join(map(str, row)) for row in rows).encode()).values)
    exact = [[str(value) for value in row] for row in rows]
    return PointTable(exact_values(exact), exact)


def _is_decimal(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def _read_safetensors(path: Path) -> PointTable:
    from sphcode._safetensors import read_header, read_tensor

    header = read_header(path)
    if "weight" not in header.tensors:
        raise KeyError("weight")
    points = read_tensor(path, "weight")
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    if np.abs(norms - 1).max() > 1e-3:
        raise InvalidInputError("the rows of `weight` are not unit vectors")
    return PointTable(points / norms, None, dict(header.metadata))


def _read_text(path: Path, dim: int | None) -> PointTable:
    """Read a text file of numbers, whose layout its shape and its name tell."""
    table = parse_table(_read_bytes(path))
    values, exact = table.values, table.exact
    complex_shape = _complex_shape(path.name, values)
    if complex_shape is not None and dim is None:
        return PointTable(_complex_rows(values, complex_shape))
    if min(values.shape) == 1:
        dim = dim or _dim_of_name(path, values.ravel())
        if values.size % dim:
            raise FileFormatError(
                f"{path}: {values.size} coordinates are not a whole number of points in {dim} dimensions"
            )
        if isinstance(exact, list):
            flat = [text for row in exact for text in row]
            exact = [flat[start : start + dim] for start in range(0, len(flat), dim)]
        elif exact is not None:
            exact = exact.reshape(-1, dim)
        values = values.reshape(-1, dim)
    if isinstance(exact, np.ndarray) and not np.array_equal(values, np.round(values)):
        squares = np.einsum("ij,ij->i", exact, exact)
        exact = exact if (squares == squares[0]).all() else None
    return PointTable(values, exact)


def _numbers_in(name: str) -> list[tuple[int, int]]:
    """Return the pairs of neighbouring integers >= 2 in a file's name: (dimension, number of points) in one of them."""
    numbers = [int(digits) for digits in re.findall(r"\d{1,9}", name.rpartition(".")[0])]
    return [(first, second) for first, second in pairwise(numbers) if first >= 2 and second >= 2]


def _dim_of_name(path: Path, flat: NDArray[np.float64]) -> int:
    """Return the dimension of a file of one coordinate per line, from its name; the norms must not speak against it."""
    pairs = [pair for pair in _numbers_in(path.name) if pair[0] * pair[1] == flat.size]
    unit = [dim for pair in pairs for dim in pair if _off_unit(flat, dim) < _ROUGH_NORM]
    dims = {dim for dim, _ in pairs if not unit or dim in unit}
    if len(dims) == 1:
        return dims.pop()
    fitting = [dim for dim in range(2, 101) if flat.size % dim == 0 and _off_unit(flat, dim) < UNIT_NORM_TOLERANCE]
    hint = f"; in dimension {fitting[0]} all rows have norm 1" if fitting else ""
    raise FileFormatError(f"{path}: one coordinate per line; give `dim`, or name it like pack.3.24.txt{hint}")


def _off_unit(flat: NDArray[np.float64], dim: int) -> float:
    """Return by how much the norms of the rows of this length are off 1."""
    return float(np.abs(np.linalg.norm(flat.reshape(-1, dim), axis=1) - 1.0).max())


def _complex_shape(name: str, values: NDArray[Any]) -> tuple[int, int] | None:
    """Return (dimension, number) of complex vectors whose parts stand apart, as the name and the size tell."""
    if np.iscomplexobj(values) or not (min(values.shape) == 1 or values.shape[1] == 2):
        return None
    pairs = _numbers_in(name)
    if any(dim * n_points == values.size for dim, n_points in pairs):
        return None
    return next(((dim, n_points) for dim, n_points in pairs if 2 * dim * n_points == values.size), None)


def _complex_rows(values: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.complex128]:
    """Join real and imaginary parts: side by side in two columns, or all real parts first (Game of Sloanes)."""
    parts = values.T if values.shape[1] == 2 else values.reshape(2, -1)
    dim, n_points = shape
    joined: NDArray[np.complex128] = (parts[0] + 1j * parts[1]).reshape(n_points, dim)
    return joined
