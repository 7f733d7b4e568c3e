"""The three-point program as a file for other solvers, in SDPA's sparse format (.dat-s)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sphcode._files import write_atomically
from sphcode._validate import MAX_DIM, check_int, check_path, check_real
from sphcode.bounds.sdp.sampled_program import SampledProgram
from sphcode.bounds.three_point.program import three_point_program

__all__ = ["write_sdpa"]

#: Files of larger degrees would have 10^8 entries and more.
MAX_DEGREE = 20


def write_sdpa(path: str | Path, dim: int, cosine: float | Fraction, degree: int) -> None:
    """Write the three-point program to a .dat-s file.

    The format states max <F_0, Y> subject to <F_i, Y> = c_i, Y >= 0. Here F_0 is minus the cost, so that the bound on
    the number of points is 1 minus the optimum. The first block is diagonal, and holds a_0..a_2D.

    Parameters
    ----------
    path : path
        File to write.
    dim : int
        Dimension, at least 3.
    cosine : float or Fraction
        Max cosine, from -1 to 1, exclusive.
    degree : int
        D, from 1 to 20; the file has about D^8 / 1000 entries: some MB at D = 6, GB at D = 12.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.
    WriteError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from sphcode import write_sdpa
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_sdpa(f"{folder}/kissing-3.dat-s", 3, 0.5, 2)
    """
    target = check_path(path)
    dim = check_int("dim", dim, minimum=3, maximum=MAX_DIM)
    cosine = check_real("cosine", cosine, low=-1.0, high=1.0, open_low=True, open_high=True)
    program = three_point_program(dim, cosine, check_int("degree", degree, minimum=1, maximum=MAX_DEGREE))
    title = f"three-point bound, dim {dim}, max cosine {cosine}, degree {degree}: points <= 1 - max <F0, Y>"
    write_atomically(target, lambda stream: stream.writelines(line.encode() for line in _lines(program, title)))


def _lines(program: SampledProgram, title: str) -> Iterator[str]:
    sizes = [f"-{len(program.linear_cost)}", *(str(block.size) for block in program.blocks)]
    yield f'"{title}"\n{program.n_rows}\n{len(sizes)}\n{" ".join(sizes)}\n'
    yield " ".join(repr(value) for value in program.right.tolist()) + "\n"
    yield from _entries(0, 1, np.diag(-program.linear_cost))
    for index, block in enumerate(program.blocks, start=2):
        if block.cost is not None:
            yield from _entries(0, index, -block.cost)
    for index, block in enumerate(program.blocks, start=2):
        for row, matrix in enumerate(block.matrices(program.n_rows), start=1):
            yield from _entries(row, index, matrix)
    for row, values in enumerate(program.linear, start=1):
        yield from _entries(row, 1, np.diag(values))


def _entries(matrix: int, block: int, values: NDArray[np.float64]) -> Iterator[str]:
    """Yield the lines of the nonzero entries on and above the diagonal."""
    for i, j in zip(*(part.tolist() for part in np.nonzero(np.triu(values))), strict=True):
        yield f"{matrix} {block} {i + 1} {j + 1} {values[i, j].item()!r}\n"
