"""Tables of numbers in text files: separators, comments, brackets and number formats as people write them."""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.errors import FileFormatError

#: Decimals of more places than these come from computing, not from an exact source.
_MAX_PLACES = 9
#: Squared norms that are equal as numbers differ by less than this as floats.
_NORM_ROUNDING = 1e-9
#: Decimals whose squared norms are this near to 1, and not 1, are unit vectors rounded to few places.
_ROUGH = 0.2

_COMMENT = re.compile(r"(?:#|%|//).*")
_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d{1,4})?")
_WORD = re.compile(r"(?!(?:nan|inf|infinity|none|null)$)[^\W\d]\w*", re.IGNORECASE)
_COMPLEX = re.compile(r"\(?([-+]?[\d.]+(?:[eE][-+]?\d+)?)?(?:([-+]?[\d.]*(?:[eE][-+]?\d+)?)\*?[ijI])?\)?")


@dataclass(frozen=True, eq=False)
class TextTable:
    """The rows of a text: their values (n, m), and the exact numbers as they are written where they are exact.

    `values` are float64, or complex128 when a number has an imaginary part. `exact` is None, or an integer matrix
    (decimals multiplied by one power of ten), or rows of texts such as "sqrt(3)/2".
    """

    values: NDArray[Any]
    exact: NDArray[np.int64] | list[list[str]] | None


def parse_table(data: bytes) -> TextTable:
    """Read a table: white space, commas or semicolons between numbers, `#`, `%` or `//` before comments.

    A byte-order mark, a first line of column names, brackets around rows (Python, Mathematica), Fortran's `1.0D0`,
    fractions and roots are understood. Raises ValueError, naming the line, for anything else.
    """
    rows = _rows(_decoded(data))
    if not rows:
        raise ValueError("holds no numbers")
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise ValueError(f"{number} holds {len(row)} numbers, {rows[0][0]} {width}")
    texts = [row for _, row in rows]
    if all(_DECIMAL.fullmatch(text) for row in texts for text in row):
        values = np.array([[float(text.replace("D", "e").replace("d", "e")) for text in row] for row in texts])
        return TextTable(values, _whole(texts, values))
    if any("0x" in text.lower() for row in texts for text in row):
        return TextTable(np.array([[float.fromhex(text) for text in row] for row in texts]), None)
    if any(text[-1:] in "ijI" or text.endswith((")i", "i)", "j)", "I)")) for row in texts for text in row):
        return TextTable(np.array([[_complex(text) for text in row] for row in texts]), None)
    return TextTable(exact_values(texts), texts)


def exact_values(rows: list[list[str]]) -> NDArray[np.float64]:
    """Return rows of exact coordinates, such as "1/2" or "(1+sqrt(5))/2", as float64.

    Raises ValueError for a text that is none.
    """
    from sphcode.proofs.coordinates import read_coordinate

    try:
        return np.array([[float(read_coordinate(text).ball()) for text in row] for row in rows])
    except FileFormatError as error:
        raise ValueError(str(error)) from None


def _decoded(data: bytes) -> str:
    """Return the text, in the encoding that its byte-order mark tells."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _rows(text: str) -> list[tuple[str, list[str]]]:
    """Return the numbers' texts of every row, with the row's name for errors."""
    lines = [_COMMENT.sub("", line).replace("\N{MINUS SIGN}", "-").strip() for line in text.splitlines()]
    what = "line"
    if any(bracket in line for line in lines for bracket in "[{"):
        # Brackets tell where a row ends; a printed array breaks long rows over several lines.
        whole = re.sub(r"[\[{]|array\(|np\.", " ", " ".join(lines))
        lines, what = [part.strip(" ,;)") for part in re.split(r"[\]}]", whole)], "row"
    rows: list[tuple[str, list[str]]] = []
    for number, line in enumerate(lines, 1):
        pieces = _pieces(line, f"{what} {number}")
        if pieces and not rows and all(_WORD.fullmatch(piece.strip("\"'")) for piece in pieces):
            continue  # the names of the columns
        if pieces:
            rows.append((f"{what} {number}", pieces))
    return rows


def _pieces(line: str, name: str) -> list[str]:
    """Split a line at its separator: commas, semicolons or white space, never two of them at once."""
    line = line.rstrip(",; \t")
    for separator in (";", ","):
        if separator in line:
            pieces = [piece.strip() for piece in line.split(separator)]
            inner = any(re.search(r"[\d.]\s+[-+.\d]", piece) for piece in pieces)
            if inner or any(re.fullmatch(r"-0+|0\d+", piece) for piece in pieces) or (separator == ";" and "," in line):
                raise ValueError(f"{name} has numbers with decimal commas, or two kinds of separators: {line[:60]!r}")
            return pieces
    return line.split()


def _whole(texts: list[list[str]], values: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return decimals as integers after one scaling, where they are exact: all whole, or of exactly equal norms."""
    places = 0
    if not (values == np.round(values)).all():
        squares = np.einsum("ij,ij->i", values, values)
        if np.ptp(squares) > _NORM_ROUNDING * squares.max() or _NORM_ROUNDING < abs(squares[0] - 1) < _ROUGH:
            return None
        if any("e" in text.lower() or "d" in text.lower() for row in texts for text in row):
            return None
        places = max(len(text.partition(".")[2].rstrip("0")) for row in texts for text in row)
    largest = float(np.abs(values).max()) * 10.0**places
    if places > _MAX_PLACES or not largest**2 * values.shape[1] < 2.0**62:
        return None
    whole = np.rint(values * 10.0**places).astype(np.int64)
    squares = np.einsum("ij,ij->i", whole, whole)
    if places and (squares != squares[0]).any():
        return None
    return whole // max(1, math.gcd(*np.unique(np.abs(whole)).tolist()))


def _complex(text: str) -> complex:
    match = _COMPLEX.fullmatch(text)
    if match is None or match[0].strip("()") == "":
        raise ValueError(f"{text[:40]!r} is not a number")
    real, imaginary = match[1], match[2]
    if imaginary in ("", "+", "-"):
        imaginary += "1"
    return complex(float(real or 0), float(imaginary or 0))
