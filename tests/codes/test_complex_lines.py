"""Complex lines: refused as points by name, measured as lines, or turned into points."""

import json

import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.codes.complex_lines import ComplexLines
from sphcode.errors import FileFormatError, InvalidInputError

MUB = np.array([[1, 0], [0, 1], [1, 1], [1, -1], [1, 1j], [1, -1j]])  # mutually unbiased bases of C^2


def random_lines(n_lines, dim, seed=0):
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((n_lines, dim)) + 1j * generator.standard_normal((n_lines, dim))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write(folder, name, content):
    (folder / name).write_text(content)
    return folder / name


def test_measured_against_the_bounds():
    lines = ComplexLines(MUB)
    assert lines.coherence == pytest.approx(2**-0.5, abs=1e-15)
    assert lines.orthoplex_bound == pytest.approx(2**-0.5, abs=1e-15)
    assert lines.welch_bound == pytest.approx((4 / 10) ** 0.5, abs=1e-15)
    assert ComplexLines(np.eye(3)).welch_bound == 0.0
    assert ComplexLines(np.eye(3)).orthoplex_bound is None
    omega = np.exp(2j * np.pi / 3)  # the nine lines of Hesse attain Welch's bound
    sic = [np.roll([0, 1, -(omega**k)], j) for j in range(3) for k in range(3)]
    assert ComplexLines(sic).coherence == pytest.approx(ComplexLines(sic).welch_bound, abs=1e-15)


@pytest.mark.parametrize(("n_lines", "dim"), [(5, 2), (14, 3), (40, 6)])
def test_phases_do_not_matter_and_no_bound_is_passed(n_lines, dim):
    vectors = random_lines(n_lines, dim)
    lines = ComplexLines(vectors)
    turned = vectors * np.exp(1j * np.arange(n_lines))[:, None]
    assert ComplexLines(turned).coherence == pytest.approx(lines.coherence, abs=1e-14)
    brute = max(abs(np.vdot(vectors[i], vectors[j])) for i in range(n_lines) for j in range(i))
    assert lines.coherence == pytest.approx(brute, abs=1e-14)
    assert lines.coherence >= max(lines.welch_bound, lines.orthoplex_bound or 0)


def test_four_points_of_each_line():
    vectors = random_lines(5, 3)
    code = ComplexLines(vectors).as_points()
    assert (code.n_points, code.dim) == (20, 6)
    products = vectors.conj() @ vectors.T
    off = ~np.eye(5, dtype=bool)
    largest = max(np.abs(products.real[off]).max(), np.abs(products.imag[off]).max(), 0)
    assert code.max_cosine == pytest.approx(largest, abs=1e-14)


def test_every_layout(tmp_path):
    vectors = random_lines(14, 3)
    parts = [*vectors.real.ravel(), *vectors.imag.ravel()]
    np.save(tmp_path / "lines.npy", vectors)
    np.savez(tmp_path / "lines.npz", vectors=vectors)
    np.savetxt(tmp_path / "numpy.txt", vectors)
    cells = [[f"{z.real:.17g}{z.imag:+.17g}i" for z in row] for row in vectors]
    files = [
        tmp_path / "lines.npy",
        tmp_path / "lines.npz",
        tmp_path / "numpy.txt",
        write(tmp_path, "3x14_who.txt", "".join(f"{value:.17g}\n" for value in parts)),
        write(tmp_path, "3x14_columns.txt", "".join(f"{z.real:.17g} {z.imag:.17g}\n" for z in vectors.ravel())),
        write(tmp_path, "cells.csv", "\n".join(",".join(row) for row in cells)),
        write(tmp_path, "cells.json", json.dumps(cells)),
        write(tmp_path, "pairs.json", json.dumps([[[z.real, z.imag] for z in row] for row in vectors])),
    ]
    for path in files:
        assert np.abs(ComplexLines.load(path).vectors - vectors).max() < 1e-14, path.name
        with pytest.raises(FileFormatError, match="complex"):
            SphericalCode.load(path)


def test_what_is_no_set_of_lines(tmp_path):
    with pytest.raises(InvalidInputError, match="zero rows"):
        ComplexLines([[1, 0], [0, 0]])
    with pytest.raises(InvalidInputError, match="at least 2"):
        ComplexLines([[1, 0]])
    with pytest.raises(InvalidInputError, match="numbers"):
        ComplexLines("lines")
    with pytest.raises(FileFormatError, match="real points"):
        ComplexLines.load(write(tmp_path, "real.txt", "1 0\n0 1\n"))
