"""Safetensors: agreement with the reference package, and refusal of files whose header is not true."""

import io
import json
import struct
import sys

import ml_dtypes
import numpy as np
import pytest

from sphcode import _safetensors
from sphcode._safetensors import MAX_HEADER_BYTES, read_header, read_tensor, write_tensors
from sphcode.errors import FileFormatError

TENSORS = {
    "double": np.arange(6.0).reshape(2, 3),
    "single": np.array([[0.1, -2.5]], dtype=np.float32),
    "transposed": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "counts": np.array([3, 1], dtype=np.int64),
    "bytes": np.array([255, 0, 1], dtype=np.uint8),
    "flags": np.array([True, False]),
    "scalar": np.array(1.5),
    "empty": np.zeros((0, 4), dtype=np.float32),
    "big-endian": np.array([1.0, 2.0], dtype=">f8"),
}
METADATA = {"seed": "0", "title": "Kugelpackung, dicht — ü"}


def written(tensors=TENSORS, metadata=METADATA):
    stream = io.BytesIO()
    write_tensors(stream, tensors, metadata)
    return stream.getvalue()


def raw_file(path, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_reference_package_reads_what_we_write(tmp_path):
    numpy_side = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "a.safetensors"
    path.write_bytes(written())
    for name, tensor in numpy_side.load_file(path).items():
        np.testing.assert_array_equal(tensor, TENSORS[name], strict=name != "big-endian")
    with pytest.importorskip("safetensors").safe_open(path, "np") as file:
        assert file.metadata() == METADATA


def test_we_read_what_we_write(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(written())
    assert read_header(path).metadata == METADATA
    assert set(read_header(path).tensors) == set(TENSORS)
    for name, tensor in TENSORS.items():
        found = read_tensor(path, name)
        np.testing.assert_array_equal(found, tensor, strict=name != "big-endian")
        assert found.flags.writeable
        assert found.flags.aligned
        assert read_header(path).tensors[name].offset % tensor.itemsize == 0


def test_same_content_gives_same_bytes():
    backwards = dict(reversed(TENSORS.items()))
    assert written() == written(backwards, dict(reversed(METADATA.items())))


def test_all_values_of_narrow_floats_agree_with_torch(tmp_path):
    torch = pytest.importorskip("torch")
    save_file = pytest.importorskip("safetensors.torch").save_file
    halves = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    octets = torch.arange(256, dtype=torch.int32).to(torch.uint8)
    tensors = {
        "BF16": halves.view(torch.bfloat16),
        "F16": halves.clone().view(torch.float16),
        "F8_E4M3": octets.view(torch.float8_e4m3fn),
        "F8_E5M2": octets.clone().view(torch.float8_e5m2),
    }
    path = tmp_path / "narrow.safetensors"
    save_file(tensors, path)
    for name, tensor in tensors.items():
        found = read_tensor(path, name)
        assert read_header(path).tensors[name].dtype == name
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, tensor.float().numpy(), strict=True)


@pytest.mark.parametrize("before", [0, 1, 2])
def test_large_tensors_of_16_bits_stay_as_they_are_stored(tmp_path, monkeypatch, before):
    monkeypatch.setattr(_safetensors, "MAPPED_BYTES", 1)
    bits = np.arange(2**16, dtype="<u2").reshape(2**8, 2**8)
    header = {"a": entry("U8", (before,), (0, before)), "b": entry("BF16", bits.shape, (before, before + bits.nbytes))}
    for name, dtype in (("BF16", ml_dtypes.bfloat16), ("F16", np.float16)):
        header["b"]["dtype"] = name
        text = json.dumps(header).encode()
        path = raw_file(tmp_path / "a.safetensors", text + b" " * (len(text) % 2), bytes(before) + bits.tobytes())
        found = read_tensor(path, "b")
        assert found.dtype == dtype
        assert found.tobytes() == bits.tobytes()
        assert found.flags.aligned
        assert isinstance(found, np.memmap) == (before != 1)  # at an odd place in the file it is copied


def test_exponents_of_mx_scales(tmp_path):
    path = raw_file(tmp_path / "a.safetensors", {"a": entry("F8_E8M0", (4,), (0, 4))}, bytes([0, 126, 127, 130]))
    np.testing.assert_array_equal(read_tensor(path, "a"), np.array([2.0**-127, 0.5, 1.0, 8.0], np.float32), strict=True)
    path = raw_file(tmp_path / "b.safetensors", {"a": entry("F8_E8M0", (2,), (0, 2))}, bytes([254, 255]))
    np.testing.assert_array_equal(read_tensor(path, "a"), [2.0**127, np.nan])


def test_unaligned_tensors_are_read(tmp_path):
    header = {"a": entry("U8", (1,), (0, 1)), "b": entry("F64", (1,), (1, 9))}
    path = raw_file(tmp_path / "a.safetensors", header, b"\x07" + struct.pack("<d", 2.5))
    assert read_tensor(path, "b")[0] == 2.5
    assert read_tensor(path, "b").flags.aligned


def test_missing_file_and_missing_tensor(tmp_path):
    with pytest.raises(FileFormatError, match="no such file"):
        read_header(tmp_path / "none.safetensors")
    path = raw_file(tmp_path / "a.safetensors", {"a": entry()}, b"\0" * 8)
    with pytest.raises(FileFormatError, match="no tensor 'b'; it has a"):
        read_tensor(path, "b")


def test_every_truncation_is_noticed(tmp_path):
    whole = written()
    path = tmp_path / "cut.safetensors"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(FileFormatError, match=r"cut\.safetensors"):
            read_header(path)


@pytest.mark.parametrize(
    ("header", "data", "message"),
    [
        (b"not json", b"", "not JSON"),
        (b"\xff\xfe", b"", "not a safetensors file"),
        (b"[1, 2]", b"", "not a JSON object"),
        (b"[" * 100_000, b"", "nested too deeply"),
        (b'{"a": 1, "a": 2}', b"", "occurs twice"),
        ({"__metadata__": {"a": 1}}, b"", "not a map from strings"),
        ({"a": {"dtype": "F32", "shape": [2]}}, b"\0" * 8, "lacks a dtype, a shape or offsets"),
        ({"a": entry(dtype=3)}, b"\0" * 8, "lacks a dtype"),
        ({"a": entry(shape=(-2,))}, b"\0" * 8, "lacks a dtype"),
        ({"a": entry(shape=(2.0,))}, b"\0" * 8, "lacks a dtype"),
        ({"a": entry(offsets=(0, 8, 16))}, b"\0" * 8, "lacks a dtype"),
        ({"a": 5}, b"", "lacks a dtype"),
        ({"a": entry(shape=(3,))}, b"\0" * 8, "does not fill its 8 bytes"),
        ({"a": entry(shape=(2**62, 2**62))}, b"\0" * 8, "does not fill its 8 bytes"),
        ({"a": entry(shape=(2**40,), offsets=(0, 2**42))}, b"\0" * 8, "claims 4398046511104 bytes of tensors and 8"),
        ({"a": entry(), "b": entry()}, b"\0" * 8, "overlaps another"),
        ({"a": entry(offsets=(8, 16))}, b"\0" * 16, "leaves a gap"),
        ({"a": entry("XX", (2,), (8, 0))}, b"\0" * 8, "gap"),
        ({"a": entry()}, b"\0" * 9, "1 bytes follow its last tensor"),
    ],
)
def test_false_headers(tmp_path, header, data, message):
    with pytest.raises(FileFormatError, match=message):
        read_header(raw_file(tmp_path / "a.safetensors", header, data))


@pytest.mark.parametrize("length", [1000, MAX_HEADER_BYTES + 1, 2**64 - 1])
def test_header_length_is_checked_before_reading(tmp_path, length):
    with pytest.raises(FileFormatError, match=f"claims a header of {length} bytes"):
        read_header(raw_file(tmp_path / "a.safetensors", {}, length=length))


@pytest.mark.parametrize(("dtype", "size"), [("F4", 4), ("F6_E2M3", 6), ("C64", 64)])
def test_types_without_plain_numbers(tmp_path, dtype, size):
    path = raw_file(tmp_path / "a.safetensors", {"a": entry(dtype, (size,), (0, size))}, b"\0" * size)
    assert read_header(path).tensors["a"].dtype == dtype
    with pytest.raises(FileFormatError, match=f"has type {dtype}"):
        read_tensor(path, "a")


def test_reader_needs_no_other_package(tmp_path, monkeypatch):
    for package in ("torch", "safetensors"):
        monkeypatch.setitem(sys.modules, package, None)
    path = tmp_path / "a.safetensors"
    path.write_bytes(written())
    np.testing.assert_array_equal(read_tensor(path, "double"), TENSORS["double"])
