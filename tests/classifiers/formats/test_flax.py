"""Flax files: messages in the layout of `flax.serialization`, and what a message may not announce."""

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.classifiers.formats.flax import check_sizes
from sphcode.errors import FileFormatError

msgpack = pytest.importorskip("msgpack")

W = np.random.default_rng(0).standard_normal((4, 10)).astype(np.float32)  # (dim, classes)
B = np.arange(10, dtype=np.float32)


def packed(tree):
    def default(value):
        content = msgpack.packb((value.shape, value.dtype.name, value.tobytes()))
        return msgpack.ExtType(1, content)

    return msgpack.packb(tree, default=default, strict_types=True)


def save(folder, tree):
    path = folder / "flax_model.msgpack"
    path.write_bytes(tree if isinstance(tree, bytes) else packed(tree))
    return path


def test_kernels_and_biases(tmp_path):
    tree = {"params": {"body": {"kernel": np.ones((4, 4), np.float32)}, "head": {"kernel": W, "bias": B}}}
    for source in (save(tmp_path, tree), tmp_path):
        head = load_weights(source)
        assert (head.key, head.n_classes, head.dim) == ("params/head/kernel", 10, 4)
        assert np.array_equal(head.weight, W.T)
        assert np.array_equal(head.bias, B)


def test_an_array_that_flax_has_cut(tmp_path):
    chunks = {"0": W.ravel()[:25], "1": W.ravel()[25:]}
    cut = {"__msgpack_chunked_array__": True, "shape": {"0": 4, "1": 10}, "chunks": chunks}
    assert np.array_equal(load_weights(save(tmp_path, {"classifier": {"kernel": cut}})).weight, W.T)


def test_bfloat16(tmp_path):
    upper = (W.view(np.uint32) >> 16).astype(np.uint16)
    content = msgpack.packb((W.shape, "bfloat16", upper.tobytes()))
    head = load_weights(save(tmp_path, msgpack.packb({"head": {"kernel": msgpack.ExtType(1, content)}})))
    assert head.dtype == "BF16"
    assert np.array_equal(head.weight, ((upper.astype(np.uint32) << 16).view(np.float32)).T)


def ext(shape, name, content):
    return msgpack.packb({"head": {"kernel": msgpack.ExtType(1, msgpack.packb((shape, name, content)))}})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff\x00",
        b"\xdd\x00\x10\x00\x00" * 2000,
        b"\x91" * 100_000,
        b"\xc6\xff\xff\xff\xff123",
        packed({"head": {"kernel": W}})[:-50],
        msgpack.packb(7),
        ext((10**6, 10**6), "float32", b"1234"),
        ext((-1, -4), "float32", bytes(16)),
        ext((2, 2), "object", bytes(32)),
        ext((2, 2), "no type", bytes(16)),
        ext("ab", "float32", bytes(16)),
        ext((2, 2), "float32", "text"),
    ],
)
def test_messages_that_are_refused(tmp_path, content):
    with pytest.raises(FileFormatError, match=r"flax_model\.msgpack"):
        load_weights(save(tmp_path, content))


@pytest.mark.parametrize(
    "value",
    [
        *(
            0,
            -1,
            2**40,
            -(2**40),
            1.5,
            True,
            None,
            "a" * 40,
            "b" * 300,
            "c" * 70_000,
            b"d" * 300,
            [1] * 20,
            [2] * 70_000,
        ),
        *({str(number): number for number in range(20)}, msgpack.ExtType(5, b"1234"), msgpack.ExtType(5, b"x" * 300)),
    ],
)
def test_sizes_of_all_kinds_are_read(value):
    check_sizes(msgpack.packb(value))
    with pytest.raises(ValueError, match="truncated"):
        check_sizes(msgpack.packb([value, value])[:-1])
