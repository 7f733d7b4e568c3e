"""Errors name the argument, what is required and what came."""

import math
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from sphcode import _validate as check
from sphcode.errors import InvalidInputError


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, r"`dim` must be an integer from 2 to 1000000, got 1\."),
        (2.5, r"`dim` must be an integer from 2 to 1000000, got 2\.5\."),
        (True, r"`dim` must be an integer from 2 to 1000000, got True\."),
        ("three", r"`dim` must be an integer from 2 to 1000000, got 'three'\."),
        (10**6 + 1, r"`dim` must be an integer from 2 to 1000000, got 1000001\."),
        (10**5000, r"`dim` must be an integer from 2 to 1000000, got an integer of about 500[01] digits\."),
        ([10**5000], r"`dim` must be an integer from 2 to 1000000, got list\."),
        ("x" * 9999, r"`dim` must be an integer from 2 to 1000000, got 'xxx+\.\.\.\."),
    ],
    ids=range(8),
)
def test_check_dim(value, message):
    with pytest.raises(InvalidInputError, match=message):
        check.check_dim(value)


def test_check_dim_accepts_numpy_integers():
    assert check.check_dim(np.int64(3)) == 3
    assert type(check.check_dim(np.int64(3))) is int


def test_check_real():
    assert check.check_real("tol", 0.5, low=0) == 0.5
    for bad in (math.nan, math.inf, -1, "x", None, "3", b"3", True, np.array([3.0]), 10**400, 3 + 0j, [1], object()):
        with pytest.raises(InvalidInputError, match="`tol` must be a finite number >= 0"):
            check.check_real("tol", bad, low=0)
    with pytest.raises(InvalidInputError, match="> 0 and < 1"):
        check.check_real("x", 1, low=0, high=1, open_low=True, open_high=True)


def test_check_choice():
    assert check.check_choice("method", "lp", ["lp", "best"]) == "lp"
    with pytest.raises(InvalidInputError, match="`method` must be one of best, lp, got 'sdp'"):
        check.check_choice("method", "sdp", ["lp", "best"])
    for bad in (None, 3, ["lp"], np.array(["lp", "best"]), {}):
        with pytest.raises(InvalidInputError, match="`method` must be one of best, lp, got"):
            check.check_choice("method", bad, ["lp", "best"])


def test_check_n_points():
    assert check.check_n_points(10**300) == 10**300
    for bad in (1, 10**300 + 1, 10**5000, 3.0, None, "4"):
        with pytest.raises(InvalidInputError, match=r"`n_points` must be an integer (>= 2|from 2 to 10\^300), got"):
            check.check_n_points(bad)


def test_check_flag():
    assert check.check_flag("antipodal", np.bool_(True)) is True
    for bad in (None, 0, 1, "yes", np.array([True, False]), []):
        with pytest.raises(InvalidInputError, match="`antipodal` must be True or False, got"):
            check.check_flag("antipodal", bad)


def test_check_callable():
    check.check_callable("progress", None)
    check.check_callable("progress", print)
    with pytest.raises(InvalidInputError, match="`progress` must be a function or None, got 3"):
        check.check_callable("progress", 3)


def test_check_path():
    assert check.check_path("a.npz") == Path("a.npz")
    assert check.check_path(Path("a.npz")) == Path("a.npz")
    for bad in (None, 1.5, b"a.npz", "a\0b.npz", ["a.npz"], object(), (x for x in "ab")):
        with pytest.raises(InvalidInputError, match="`path` must be a file name, got"):
            check.check_path(bad)


def test_check_strings():
    assert check.check_strings("names", ("a", "b")) == ["a", "b"]
    assert check.check_strings("names", np.array(["a", "b"])) == ["a", "b"]
    for bad in ("ab", b"ab", 3, True, [1, 2], {"a": 1}, ["a", None]):
        with pytest.raises(InvalidInputError, match="`names` must be a sequence of strings, got"):
            check.check_strings("names", bad)


def test_a_value_is_shown_in_one_short_line():
    class Sullen:
        def __repr__(self):
            raise RuntimeError

    for value in ("a\nb", "\udcff", [10**5000], 10**5000, -(10**5000), Sullen(), np.arange(10**4), "x" * 10**6):
        text = check.shown(value)
        assert 0 < len(text) <= 120
        assert "\n" not in text
        text.encode()
    assert check.shown(np.float32(0.5)) == "0.5"


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones(3), "at least 2 rows and 2 columns, got shape"),
        (np.ones((1, 3)), "at least 2 rows and 2 columns, got shape"),
        (np.ones((3, 1)), "at least 2 rows and 2 columns, got shape"),
        ([[1, 2], [3]], "matrix of real numbers"),
        (np.array([["a", "b"], ["c", "d"]]), "matrix of real numbers"),
        (np.eye(3) * 1j, "matrix of real numbers"),
        ([[1, 0], [np.nan, 0], [0, np.inf]], "2 bad rows, the first is row 1"),
    ],
)
def test_as_matrix_refuses(matrix, message):
    with pytest.raises(InvalidInputError, match=message):
        check.as_matrix(matrix, "weights")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8])
def test_as_matrix_widens(dtype):
    matrix = check.as_matrix(np.eye(3, dtype=dtype)[:, ::-1], "weights")
    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous


def test_as_points():
    with pytest.raises(InvalidInputError, match=r"rows of norm 1 .* got norm 2 in row 1"):
        check.as_points([[1, 0], [0, 2]])
    with pytest.raises(InvalidInputError, match="equal rows 0 and 2"):
        check.as_points([[1, 0], [0, 1], [1, 0]])
    points = check.as_points(np.eye(3, dtype=np.float32) * (1 + 5e-7))
    assert np.array_equal(points, np.eye(3))


def test_check_facts():
    assert check.check_facts("provenance", {"a": [1, None, {"b": "c"}]}) == {"a": [1, None, {"b": "c"}]}
    for bad in (
        None,
        3,
        [("a", 1)],
        {1: 2},
        {"a": math.nan},
        {"a": object()},
        {"a": np.float64(1) * 1j},
        {"a": {1, 2}},
    ):
        with pytest.raises(InvalidInputError, match="`provenance` must be a mapping from names to JSON values, got"):
            check.check_facts("provenance", bad)


def test_as_array_asks_any_object_and_survives():
    class Rude:
        def __array__(self, *_, **__):
            raise RuntimeError

    assert check.as_array([[1, 2]], "x", "numbers").shape == (1, 2)
    masked = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    for bad in (Rude(), None, "x", object(), {}, [[1], [2, 3]], [10**400], masked, np.array(["a"]), range(10**15)):
        with pytest.raises(InvalidInputError, match="`x` must be numbers, got"):
            check.as_array(bad, "x", "numbers")
    assert check.as_array(np.ma.masked_array([1.0, 2.0]), "x", "numbers").tolist() == [1.0, 2.0]


def test_as_vector():
    assert check.as_vector([1, 2], "bias", 2).dtype == np.float64
    for bad in ([1], [[1, 2]], [1, np.nan], [1, np.inf], ["a", "b"], np.array([1, np.longdouble("1e4000")]), 3):
        with pytest.raises(InvalidInputError, match="`bias` must be 2 finite numbers, got"):
            check.as_vector(bad, "bias", 2)


@pytest.mark.parametrize(("dtype", "signalling"), [(np.float16, 0x7D00), (ml_dtypes.bfloat16, 0x7F81)])
def test_signalling_nans_of_16_bits_are_refused_like_others(monkeypatch, dtype, signalling):
    for large in (1, check.LARGE_BYTES):
        monkeypatch.setattr(check, "LARGE_BYTES", large)
        for bits in (signalling, signalling + 0x40, signalling | 0x8000):
            rows = np.ones((4, 3), dtype=dtype)
            rows.view(np.uint16)[2, 1] = bits
            for function in (check.as_matrix, check.as_stored):
                with pytest.raises(InvalidInputError, match="1 bad rows, the first is row 2"):
                    function(rows, "rows")
            with pytest.raises(InvalidInputError, match="4 finite numbers"):
                check.as_vector(rows[:, 1].copy(), "bias", 4)


@pytest.mark.parametrize("dtype", [">f2", ">f4", "<f2", "<f4", ml_dtypes.bfloat16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_large_narrow_matrices_stay_narrow_in_the_order_of_this_machine(monkeypatch, dtype, order):
    monkeypatch.setattr(check, "LARGE_BYTES", 1)
    rows = np.arange(1.0, 13.0).reshape(4, 3)
    found = check.as_stored(np.asarray(rows.astype(dtype), order=order), "rows")
    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    assert found.flags.c_contiguous
    assert found.astype(float).tolist() == rows.tolist()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_large_tensors_are_not_copied(monkeypatch, dtype):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(check, "LARGE_BYTES", 1)
    tensor = torch.arange(1.0, 13.0).reshape(4, 3).to(getattr(torch, dtype)).requires_grad_()
    found = check.as_stored(tensor, "rows")
    assert found.dtype.name == dtype
    assert found.ctypes.data == tensor.data_ptr()
    assert found.astype(float).tolist() == tensor.detach().double().tolist()
    assert check.as_stored(tensor.T, "rows").astype(float).tolist() == tensor.detach().double().T.tolist()


def test_tensors_that_are_no_plain_numbers_are_refused():
    torch = pytest.importorskip("torch")
    wrong = {
        "complex": torch.ones(3, 3, dtype=torch.complex64),
        "sparse": torch.eye(3).to_sparse(),
        "without data": torch.empty(3, 3, device="meta"),
    }
    for tensor in wrong.values():
        for function in (check.as_matrix, check.as_stored):
            with pytest.raises(InvalidInputError, match="`rows` must be a matrix of real numbers, got Tensor"):
                function(tensor, "rows")


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2", "float16", "bfloat16", "int8", "bool"])
def test_tensors_of_any_real_type_are_widened(dtype):
    torch = pytest.importorskip("torch")
    if not hasattr(torch, dtype):
        pytest.skip("this version of torch has no such type")
    for function in (check.as_matrix, check.as_stored):
        assert function(torch.eye(3).to(getattr(torch, dtype)), "rows").tolist() == np.eye(3).tolist()
