"""Every layout that codes are published in is read, or refused by name; exact coordinates stay exact."""

import codecs
import itertools
import json
import os
import pickle
import zipfile

import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.codes.code import FORMATS
from sphcode.codes.point_files import read_points
from sphcode.errors import FileFormatError, InvalidInputError

D4 = np.array([v for v in itertools.product((-1, 0, 1), repeat=4) if sum(x * x for x in v) == 2])
PHI = (1 + 5**0.5) / 2
SIGNS = [(s, q) for s in (1, -1) for q in (PHI, -PHI)]
ICOSAHEDRON = np.array([row for s, q in SIGNS for row in ((0, s, q), (s, q, 0), (q, 0, s))]) / np.hypot(1, PHI)
GOLD = "(1+sqrt(5))/2"
TURNS = [(s, q) for s in ("1", "-1") for q in (GOLD, f"-{GOLD}")]
EXACT_ICOSAHEDRON = [list(row) for s, q in TURNS for row in (("0", s, q), (s, q, "0"), (q, "0", s))]
SQUARE = np.array([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])


def rows(values, separator=" ", end="\n", form=repr):
    return end.join(separator.join(form(float(value)) for value in row) for row in values) + end


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def whole(separator=" "):
    return "\n".join(separator.join(map(str, row)) for row in D4.tolist())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("roots.txt", whole()),
        ("roots.csv", "x,y,z,w\n" + whole(",")),
        ("roots.tsv", whole("\t")),
        ("ROOTS.TXT", "% the 24 roots of D4\n\n" + whole(" ") + "\n"),
        ("halves.dat", rows(D4 / 2)),
        ("tenths.txt", rows(D4 * 0.3, form=lambda value: f"{value:.1f}")),
        ("roots.json", json.dumps(D4.tolist())),
        ("roots-code.json", json.dumps({"schema": "sphcode.code/1", "dim": 4, "points": D4.tolist()})),
        ("mathematica.txt", "{" + ",\n".join("{" + ", ".join(map(str, row)) + "}" for row in D4.tolist()) + "}"),
        ("roots.4.24.txt", "\n".join(str(value) for value in D4.ravel())),
    ],
)
def test_whole_numbers_are_exact_in_every_layout(tmp_path, name, content):
    code = SphericalCode.load(write(tmp_path, name, content))
    assert (code.n_points, code.dim, code.coordinates) == (24, 4, "whole numbers")
    assert code.max_cosine == 0.5
    assert np.array_equal(code.exact, D4)


def test_whole_numbers_in_arrays(tmp_path):
    np.save(tmp_path / "roots.npy", D4.astype(np.int8))
    np.savez(tmp_path / "any.npz", vectors=D4, count=24)
    for name in ("roots.npy", "any.npz"):
        code = SphericalCode.load(tmp_path / name)
        assert np.array_equal(code.exact, D4)
    code = SphericalCode(D4)
    assert code.max_cosine == 0.5
    again = pickle.loads(pickle.dumps(code))
    assert np.array_equal(again.exact, D4)


@pytest.mark.parametrize("suffix", FORMATS)
def test_exact_codes_are_saved_and_read_again(tmp_path, suffix):
    path = tmp_path / f"pack.4.24{suffix}"
    SphericalCode(D4, {"source": "roots"}).save(path)
    again = SphericalCode.load(path)
    assert again.max_cosine == pytest.approx(0.5, abs=1e-7)
    assert (again.coordinates == "whole numbers") == (suffix == ".json")


def test_a_code_of_unit_vectors_is_written_as_before():
    assert SphericalCode([[1, 0], [0, 1], [-1, 0]]).to_dict()["points"] == [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.json", json.dumps(EXACT_ICOSAHEDRON)),
        ("code.json", json.dumps({"schema": "sphcode.code/1", "points": EXACT_ICOSAHEDRON})),
        ("table.txt", "\n".join(" ".join(row) for row in EXACT_ICOSAHEDRON)),
        ("table.csv", "\n".join(",".join(row) for row in EXACT_ICOSAHEDRON)),
        ("ico.3.12.txt", "\n".join(text for row in EXACT_ICOSAHEDRON for text in row)),
    ],
)
def test_roots_are_exact_in_every_layout(tmp_path, name, content):
    code = SphericalCode.load(write(tmp_path, name, content))
    assert (code.n_points, code.dim, code.coordinates) == (12, 3, "exact numbers")
    assert code.max_cosine == pytest.approx(5**-0.5, abs=1e-15)
    code.save(tmp_path / "again.json")
    assert SphericalCode.load(tmp_path / "again.json").exact == EXACT_ICOSAHEDRON


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + rows(SQUARE).encode(),
        rows(SQUARE).encode("utf-16"),
        rows(SQUARE, ", ").encode(),
        rows(SQUARE, ";").encode(),
        rows(SQUARE, ",", "\r\n").encode(),
        b"// made by hand\n" + rows(SQUARE).encode() + b"# the end",
        rows(SQUARE).replace("\n", "  % a point\n").encode(),
        rows(SQUARE, form=lambda value: f"{value:.3E}".replace("E", "D")).encode(),
        rows(SQUARE).replace("-", "\N{MINUS SIGN}").encode(),
        str(SQUARE).encode(),
        repr(SQUARE.tolist()).encode(),
        rows(SQUARE, form=float.hex).encode(),
    ],
)
def test_text_as_people_write_it(tmp_path, content):
    code = SphericalCode.load(write(tmp_path, "points.txt", content))
    assert np.abs(code.points - SQUARE).max() < 1e-15


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0,6 0,8\n-0,8 0,6\n", "decimal commas"),
        ("0,6;0,8\n-0,8;0,6\n", "decimal commas"),
        ("0,6\n-0,8\n", "decimal commas"),
        ("1 0\n0 1 0\n", "line 2 holds 3 numbers, line 1 2"),
        ("1 0\n0 x\n", "numbers like 3, -1/2"),
        ("1 0\nnan 1\n", "numbers like 3"),
        ("nan nan\n0 1\n1 0\n", "numbers like 3"),
        ("1 0\n0 0\n", "row 1 is zero"),
        ("1 0\n0 1_0\n", "numbers like 3"),
        ("# nothing\n\n", "holds no numbers"),
        ("1 2 3\n", "one coordinate per line"),
        ("1 0\n0 1/0\n", "numbers like 3"),
        ("1 0\n0 sqrt(-1)\n", "numbers like 3"),
    ],
)
def test_text_that_is_no_table(tmp_path, content, message):
    path = write(tmp_path, "bad.txt", content)
    with pytest.raises(FileFormatError, match=message) as error:
        SphericalCode.load(path)
    assert "bad.txt" in str(error.value)


@pytest.mark.parametrize(
    "name", ["des.3.12.5.txt", "pack.3.12.txt", "ico-3x12.txt", "3_12.dat", "sphere 3, 12 points.txt", "v2.3.12.txt"]
)
def test_the_name_tells_the_dimension(tmp_path, name):
    path = write(tmp_path, name, "".join(f"{value:.12f}\n" for value in ICOSAHEDRON.ravel()))
    code = SphericalCode.load(path)
    assert (code.n_points, code.dim) == (12, 3)


@pytest.mark.parametrize("name", ["pack.12.3.txt", "points.txt", "pack.5.40.txt"])
def test_a_name_that_does_not_fit_is_not_believed(tmp_path, name):
    path = write(tmp_path, name, "".join(f"{value:.12f}\n" for value in ICOSAHEDRON.ravel()))
    with pytest.raises(FileFormatError, match=r"give `dim`, .* in dimension 3 all rows have norm 1"):
        SphericalCode.load(path)
    assert SphericalCode.load(path, dim=3).n_points == 12


def test_few_decimals_are_normalised_on_request(tmp_path):
    path = write(tmp_path, "rough.txt", rows(ICOSAHEDRON, form=lambda value: f"{value:.2f}"))
    with pytest.raises(FileFormatError, match="--normalize"):
        SphericalCode.load(path)
    assert SphericalCode.load(path, normalize=True).max_cosine == pytest.approx(5**-0.5, abs=0.01)


@pytest.mark.parametrize("suffix", [".json", ".npy"])
def test_rows_of_other_norms_are_refused(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    matrix = ICOSAHEDRON * 1.01
    path.write_text(json.dumps(matrix.tolist())) if suffix == ".json" else np.save(path, matrix)
    with pytest.raises(FileFormatError, match="rows must have norm 1"):
        SphericalCode.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"schema": "other/1", "points": [[1, 0], [0, 1]]}', "other/1"),
        ('{"vectors": [[1, 0], [0, 1]]}', "may stand alone"),
        ("[]", "a list of rows"),
        ("[[1, 0], [0]]", "same length"),
        ("[[true, 0], [0, 1]]", "rows of numbers"),
        ("[[null, 0], [0, 1]]", "rows of numbers"),
        ("[1, 2]", "a list of rows"),
        ("[[[1], [0]], [[0], [1]]]", "pairs"),
        ('[["1+", "0"], ["0", "1"]]', "numbers like 3"),
        ('[["' + "(" * 399 + '", "0"], ["0", "1"]]', "numbers like 3"),
        ("7", "not a .json code file"),
    ],
)
def test_json_that_is_no_code(tmp_path, content, message):
    with pytest.raises(FileFormatError, match=message):
        SphericalCode.load(write(tmp_path, "bad.json", content))


def test_an_archive_without_a_single_matrix(tmp_path):
    np.savez(tmp_path / "two.npz", a=np.eye(2), b=np.eye(3))
    with pytest.raises(FileFormatError, match="its matrices are a, b"):
        SphericalCode.load(tmp_path / "two.npz")


def test_an_archive_that_declares_more_than_it_holds_is_not_unpacked(tmp_path):
    np.savez_compressed(tmp_path / "code.npz", points=np.eye(3))
    raw = bytearray((tmp_path / "code.npz").read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (2**31).to_bytes(4, "little")  # the declared size in the directory
    with pytest.raises(FileFormatError, match="larger than"):
        SphericalCode.load(write(tmp_path, "bomb.npz", bytes(raw)))
    with zipfile.ZipFile(tmp_path / "lie.npz", "w") as archive:
        stream = np.lib.format
        with archive.open("points.npy", "w") as member:
            stream.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)})
    with pytest.raises(FileFormatError, match="does not fill its bytes"):
        SphericalCode.load(tmp_path / "lie.npz")


def test_the_format_can_be_given(tmp_path):
    path = write(tmp_path, "points.from.a.paper", rows(SQUARE))
    with pytest.raises(InvalidInputError, match="a file name ending in"):
        SphericalCode.load(path)
    assert SphericalCode.load(path, format="txt").n_points == 3
    with pytest.raises(InvalidInputError, match="`format` must be one of"):
        SphericalCode.load(path, format="docx")
    assert read_points(path, "csv").rows.shape == (3, 3)


def test_no_file_is_left_open_or_behind(tmp_path):
    SphericalCode(D4).save(tmp_path / "code.npz")
    SphericalCode.load(tmp_path / "code.npz")
    assert os.listdir(tmp_path) == ["code.npz"]
