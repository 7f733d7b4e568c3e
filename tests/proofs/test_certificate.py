"""Malformed certificates are refused with one clear sentence."""

import json

import numpy as np
import pytest

from sphcode.errors import FileFormatError
from sphcode.proofs import certificate
from sphcode.proofs.certificate import code_points, read_json, read_points

SQUARE = [[1, 0], [0, 1], [-1, 0], [0, -1]]


def test_numbers_are_floats_and_strings_are_exact():
    points = read_points([["0.6", "0.8"], ["-1", "0x0p0"]])
    assert str(points.exact[0][0]) == "3/5"
    assert read_points([[0.6, 0.8], [-1, 0]]).exact is None


@pytest.mark.parametrize(
    "rows",
    [
        None,
        5,
        [],
        [[1, 0]],
        [[1], [-1]],
        [[1, 0], [0]],
        [[1, 0], [0, "x"]],
        [["1", 0], ["0"]],
        [[1, 0], [0, None]],
        [[1, 0], [0, 1.1]],
        [[1, 0], [0, float("nan")]],
        [[1, 0], [1, 0]],
        [["1", "0"], ["1.0", "0"]],
        [[1, 0], [0, 10**400]],
        [[True, False], [False, True]],
        "points",
    ],
)
def test_points_that_are_none(rows):
    with pytest.raises(FileFormatError, match="points"):
        read_points(rows)


@pytest.mark.parametrize(
    "change", [{"schema": "sphcode.code/2"}, {"dim": 3}, {"n_points": 5}, {"n_points": True}, {"dim": "2"}]
)
def test_headers_must_agree(change):
    good = {"schema": "sphcode.code/1", "dim": 2, "n_points": 4, "points": SQUARE}
    assert code_points(good).floats.shape == (4, 2)
    with pytest.raises(FileFormatError):
        code_points(good | change)


def test_points_must_be_there():
    with pytest.raises(FileFormatError, match="points"):
        code_points({"schema": "sphcode.code/1"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1, 2]",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1, "a": 2}',
        '{"a": ' + "[" * 100_000,
        '{"a": ' + "1" * 5000 + "}",
    ],
)
def test_bad_json(tmp_path, text):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(FileFormatError):
        read_json(tmp_path / "bad.json")


def test_not_utf8_missing_folder_too_large(tmp_path, monkeypatch):
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    for name in ("binary.json", "missing.json", ""):
        with pytest.raises(FileFormatError):
            read_json(tmp_path / name)
    (tmp_path / "large.json").write_text(json.dumps({"points": SQUARE}))
    monkeypatch.setattr(certificate, "MAX_BYTES", 10)
    with pytest.raises(FileFormatError, match="larger"):
        read_json(tmp_path / "large.json")


def test_too_many_numbers(monkeypatch):
    monkeypatch.setattr(certificate, "MAX_NUMBERS", 7)
    with pytest.raises(FileFormatError, match="at most 7"):
        read_points(SQUARE)


def test_units_are_normalised_exactly():
    row = read_points(np.array([[0.6, 0.8], [-1, 0]])).unit(0)
    assert (row[0] * row[0] + row[1] * row[1] - 1).contains(0)


@pytest.mark.parametrize("content", ['{"points": [[1, NaN]]}', '{"a": 1, "a": 2}', "{", "[]"])
def test_errors_name_the_file(tmp_path, content):
    (tmp_path / "code.json").write_text(content)
    with pytest.raises(FileFormatError, match=r"code\.json"):
        read_json(tmp_path / "code.json")
