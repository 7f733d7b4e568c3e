"""Formats are told by their first bytes; what a download left in place of a model is named."""

import numpy as np
import pytest

from sphcode import load_weights
from sphcode._safetensors import write_tensors
from sphcode.errors import FileFormatError

W = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
IMPOSTORS = [
    (POINTER, "git-lfs pointer"),
    ("<!DOCTYPE html><html>", "a web page"),
    ("\ufeff\n  <html lang='en'>", "a web page"),
    ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an answer of a server"),
    ("Entry not found", "there is no such file"),
    ("Access to model m/x is restricted.", "access is restricted"),
]


@pytest.mark.parametrize(
    "suffix", [".safetensors", ".pt", ".onnx", ".gguf", ".keras", ".msgpack", ".npz", ".h5", ".npy"]
)
@pytest.mark.parametrize(("content", "message"), IMPOSTORS)
def test_what_a_download_left_in_place_of_a_model(tmp_path, suffix, content, message):
    path = tmp_path / f"model{suffix}"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileFormatError, match=message):
        load_weights(path)


@pytest.mark.parametrize("name", ["weights.NPY", "weights.npy.bak", "weights", "weights.bin"])
def test_numpy_under_another_suffix(tmp_path, name):
    with (tmp_path / name).open("wb") as stream:
        np.save(stream, W)
    assert np.array_equal(load_weights(tmp_path / name).weight, W)


@pytest.mark.parametrize("name", ["model.SAFETENSORS", "model.bin", "model"])
def test_safetensors_under_another_suffix(tmp_path, name):
    with (tmp_path / name).open("wb") as stream:
        write_tensors(stream, {"fc.weight": W}, {})
    assert np.array_equal(load_weights(tmp_path / name).weight, W)


@pytest.mark.parametrize("name", ["model.hdf5", "model.HDF5", "model.bin", "model.h5.part"])
def test_hdf5_under_another_suffix(tmp_path, name):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / name, "w") as file:
        file["fc.weight"] = W
    assert np.array_equal(load_weights(tmp_path / name).weight, W)


def test_a_format_that_is_not_known(tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"TFL3 and more")
    with pytest.raises(FileFormatError, match=r"weights are read from .*\.onnx"):
        load_weights(tmp_path / "model.tflite")
