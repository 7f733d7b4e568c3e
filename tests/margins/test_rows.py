import pickle

import ml_dtypes
import naive
import numpy as np
import pytest

from sphcode import argmax_classes, nearest, one_vs_rest
from sphcode._safetensors import write_tensors
from sphcode.classifiers.formats.opening import open_checkpoint
from sphcode.margins import rows as module
from sphcode.margins.column_generation import PIVOTED
from sphcode.margins.one_vs_rest import measured_rows
from sphcode.margins.rows import Rows
from sphcode.margins.screen import KEPT_BYTES

STORED = (3.0 * naive.random_unit(60, 6, seed=1)).astype(np.float32)
SHIFT, FACTORS, COLUMN = np.linspace(-1, 1, 6), np.linspace(0.5, 2, 60), np.linspace(-0.3, 0.3, 60)
NARROW = (np.float16, ml_dtypes.bfloat16)
WIDE = np.c_[(STORED.astype(float) - SHIFT) * FACTORS[:, None], COLUMN]


def read(path):
    checkpoint = open_checkpoint(path)
    return checkpoint.read(checkpoint.names[0])


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr(module, "SLICE_BYTES", 0)  # slices of 16 rows
    return Rows(STORED, shift=SHIFT, factors=FACTORS, column=COLUMN)


@pytest.mark.parametrize("index", [3, slice(4, 9), np.array([5, 0, 5])])
def test_rows_are_read_like_an_array(rows, index):
    assert rows[index].tobytes() == WIDE[index].tobytes()


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("index", [3, slice(4, 9), np.array([5, 0, 5])])
def test_rows_of_16_bits_are_those_in_float32(dtype, index):
    stored = STORED.astype(dtype)
    changes = {"shift": SHIFT, "factors": FACTORS, "column": COLUMN}
    narrow, single = (Rows(values, **changes) for values in (stored, stored.astype(np.float32)))
    assert narrow.is_narrow
    assert narrow[index].tobytes() == single[index].tobytes()
    assert narrow.single(index).tobytes() == single.single(index).tobytes()


@pytest.mark.parametrize("device", ["auto", "cpu"])
@pytest.mark.parametrize("kept", [0, KEPT_BYTES])
@pytest.mark.parametrize("dtype", NARROW)
def test_16_bits_give_the_bytes_of_float32(monkeypatch, dtype, kept, device):
    monkeypatch.setattr("sphcode._validate.LARGE_BYTES", 1)
    monkeypatch.setattr("sphcode.margins.screen.KEPT_BYTES", kept)
    monkeypatch.setattr("sphcode.margins.device.bfloat16_unit", lambda: "vector")
    centred = np.random.default_rng(5).standard_normal((300, PIVOTED))
    for rows in (centred, centred + 9.0, np.vstack([1e-6 * centred[:50], np.zeros((2, PIVOTED)), centred[50:99]])):
        stored = rows.astype(dtype)
        wide = stored.astype(np.float32)
        bias = np.linspace(0, 1, len(rows))
        for options in ({}, {"bias": bias}, {"workers": 2, "block": 40}):
            one, two = (one_vs_rest(values, device=device, **options) for values in (stored, wide))
            for name in ("distances", "lower", "upper", "directions", "certified"):
                assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name
            assert [ids.tolist() for ids in one.supports] == [ids.tolist() for ids in two.supports]
        one, two = (argmax_classes(values, bias=bias, device=device) for values in (stored, wide))
        assert one.to_dict() == two.to_dict()
    one, two = (nearest(values, top=2, bins=20).to_dict() for values in (stored[52:], wide[52:]))
    assert one == two


def test_what_is_computed_slice_by_slice(rows):
    assert rows.shape == (60, 7)
    assert len(list(rows.slices())) == 4
    assert rows.mean() == pytest.approx(WIDE.mean(axis=0), abs=1e-14)
    assert rows.gram() == pytest.approx(WIDE.T @ WIDE, abs=1e-12)
    assert rows.norms() == pytest.approx(np.linalg.norm(WIDE, axis=1), rel=1e-14)
    assert not rows.all_equal()
    assert Rows(np.ones((5, 2), dtype=np.float32)).all_equal()
    assert rows.part(7, 20)[:].tobytes() == WIDE[7:20].tobytes()
    assert rows.without_last()[:].tobytes() == WIDE[:, :-1].tobytes()
    assert Rows(STORED).times(FACTORS).times(FACTORS)[2].tolist() == (STORED[2] * FACTORS[2] ** 2).tolist()


def test_distances_are_those_of_the_rows_that_are_meant(rows):
    meant, wide = measured_rows(rows, tol=1e-12), one_vs_rest(WIDE, tol=1e-12)
    assert meant.certified.all()
    assert np.abs(meant.distances - wide.distances).max() <= 1e-14
    assert (meant.lower <= wide.upper).all()
    assert (wide.lower <= meant.upper).all()
    flat = measured_rows(Rows(STORED, factors=FACTORS), bias=COLUMN)
    assert np.abs(flat.distances - one_vs_rest(STORED * FACTORS[:, None], bias=COLUMN).distances).max() <= 1e-14


def test_hulls_without_some_rows():
    left_out = np.array([0, 30, 59])
    kept = np.setdiff1d(np.arange(60), left_out)
    result = measured_rows(Rows(STORED), classes=kept, without=left_out)
    assert np.abs(result.distances - one_vs_rest(STORED[kept]).distances).max() <= 1e-14
    assert result.certified.all()
    assert not np.isin(np.concatenate(result.supports), left_out).any()


@pytest.mark.parametrize("mode", ["r", "c"])
def test_mapped_rows_travel_as_a_path(tmp_path, mode):
    np.save(tmp_path / "rows.npy", STORED)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode=mode)
    mapped.flags.writeable = mapped.flags.writeable and mode != "c"
    mapped = np.ascontiguousarray(mapped)
    for array, expected in ((mapped, WIDE), (mapped[1:], WIDE[1:])):
        first = len(STORED) - len(array)
        message = pickle.dumps(Rows(array, shift=SHIFT, factors=FACTORS[first:], column=COLUMN[first:]))
        assert b"rows.npy" in message
        assert pickle.loads(message)[:].tobytes() == expected.tobytes()
    (tmp_path / "rows.bits").write_bytes(STORED.astype(ml_dtypes.bfloat16).tobytes())
    bits = np.memmap(tmp_path / "rows.bits", dtype=np.uint16, mode="r", shape=STORED.shape)
    message = pickle.dumps(Rows(np.ascontiguousarray(bits.view(ml_dtypes.bfloat16))[3:]))
    assert b"rows.bits" in message
    assert pickle.loads(message)[:].tolist() == STORED.astype(ml_dtypes.bfloat16)[3:].astype(float).tolist()
    message = pickle.dumps(Rows(STORED))
    assert b"rows.npy" not in message
    assert pickle.loads(message)[:].tolist() == STORED.tolist()


@pytest.mark.parametrize("dtype", [np.float32, *NARROW])
def test_changes_of_a_private_map_are_kept(tmp_path, monkeypatch, dtype):
    monkeypatch.setattr("sphcode._validate.LARGE_BYTES", 1)
    (tmp_path / "rows").write_bytes(STORED.astype(dtype).tobytes())
    mapped = np.memmap(tmp_path / "rows", dtype=dtype, mode="c", shape=STORED.shape)
    mapped[3] = 2 * mapped[5]
    meant = np.array(mapped)
    rows = Rows(np.asarray(mapped))
    rows.release()
    assert pickle.loads(pickle.dumps(rows))[:].tolist() == meant.astype(float).tolist()
    assert one_vs_rest(mapped).distances.tobytes() == one_vs_rest(meant).distances.tobytes()
    assert mapped.tobytes() == meant.tobytes()


def test_what_is_mapped_from_files_is_not_to_be_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("sphcode._safetensors.MAPPED_BYTES", 1)
    monkeypatch.setattr("sphcode.classifiers.formats.numpy.MAPPED_BYTES", 1)
    np.save(tmp_path / "rows.npy", STORED)
    with (tmp_path / "rows.safetensors").open("wb") as stream:
        write_tensors(stream, {"rows": STORED}, {})
    for name in ("rows.npy", "rows.safetensors"):
        mapped = read(tmp_path / name)
        with pytest.raises(ValueError, match="read-only"):
            mapped[0] = 1.0
        rows = Rows(mapped)
        assert rows.memory.flags.writeable  # kernels are compiled for such arrays
        assert rows.memory.ctypes.data == mapped.ctypes.data
        assert name.encode() in pickle.dumps(rows)
    protected = STORED.copy()
    protected.flags.writeable = False
    assert Rows(protected)[:].tolist() == STORED.tolist()
