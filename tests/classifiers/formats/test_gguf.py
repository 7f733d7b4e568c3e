"""GGUF files as the gguf package writes them, and headers that promise what is not there."""

import struct

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.errors import FileFormatError, InvalidInputError

gguf = pytest.importorskip("gguf")

E = np.random.default_rng(0).standard_normal((40, 256)).astype(np.float32)
KINDS = {"F32": 0.0, "F16": 2e-3, "BF16": 2e-2, "Q8_0": 0.03, "Q5_1": 0.2, "Q4_0": 0.5}


def save(folder, tensors, *, architecture="llama", kind="F32", tokens=()):
    path = folder / "model.gguf"
    writer = gguf.GGUFWriter(path, architecture)
    if tokens:
        writer.add_token_list(list(tokens))
    quantisation = gguf.GGMLQuantizationType[kind]
    for name, values in tensors.items():
        if values.ndim < 2 or kind == "F32":
            writer.add_tensor(name, values)
        else:
            writer.add_tensor(name, gguf.quants.quantize(values, quantisation), raw_dtype=quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_the_output_layer(tmp_path, kind):
    path = save(tmp_path, {"token_embd.weight": E + 1, "output.weight": E, "output_norm.weight": E[0]}, kind=kind)
    head = load_weights(path)
    assert (head.key, head.n_classes, head.dim, head.dtype) == ("output.weight", 40, 256, kind)
    assert np.abs(head.weight - E).max() <= KINDS[kind]
    quantised = kind.startswith("Q")
    assert any("quantised" in note and kind in note for note in head.notes) == quantised
    moved = np.linalg.norm(head.weight - E, axis=1) / np.linalg.norm(E, axis=1)
    assert moved.max() <= head.cosine_rounding / 2 + 1e-12


def test_the_token_embedding_where_there_is_no_output_layer(tmp_path):
    tokens = [f"<{number}>" for number in range(40)]
    head = load_weights(save(tmp_path, {"token_embd.weight": E}, tokens=tokens))
    assert (head.key, list(head.class_names)) == ("token_embd.weight", tokens)
    assert "tied" in head.why
    assert not head.stand_in
    head = load_weights(save(tmp_path, {"token_embd.weight": E}, architecture="bert"))
    assert "no classifier head" in head.why
    assert head.stand_in


def test_a_classifier_with_its_bias(tmp_path):
    bias = np.arange(3, dtype=np.float32)
    tensors = {"token_embd.weight": E, "cls.output.weight": E[:3], "cls.output.bias": bias}
    head = load_weights(save(tmp_path, tensors, architecture="bert"))
    assert head.n_classes == 3
    assert np.array_equal(head.bias, bias)


@pytest.mark.parametrize("cut", [5, 20, 60, 200, -1, -1000])
def test_truncated_files(tmp_path, cut):
    path = save(tmp_path, {"output.weight": E})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FileFormatError, match=r"model\.gguf"):
        load_weights(path)


def header(*parts):
    return b"GGUF" + b"".join(parts)


def number(value, code="Q"):
    return struct.pack(f"<{code}", value)


def text(value):
    return number(len(value)) + value.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header(number(1, "I"), bytes(100)), "version 1"),
        (header(number(3 << 24, "I"), bytes(100)), "version"),
        (header(number(3, "I"), number(2**60), number(0)), "tensors announced"),
        (header(number(3, "I"), number(0), number(2**60)), "values announced"),
        (header(number(3, "I"), number(0), number(1), number(2**62), bytes(99)), "characters announced"),
        (header(number(3, "I"), number(0), number(1), text("a"), number(77, "I"), bytes(99)), "unknown type 77"),
        (
            header(number(3, "I"), number(0), number(1), text("a"), number(9, "I"), number(5, "I"), number(2**61)),
            "numbers announced",
        ),
        (
            header(number(3, "I"), number(0), number(1), text("a"), number(9, "I"), number(9, "I"), number(2)),
            "unknown type 9",
        ),
        (header(number(3, "I"), number(1), number(0), text("w"), number(99, "I"), bytes(99)), "99 axes"),
        (
            header(
                number(3, "I"), number(1), number(0), text("w"), number(1, "I"), number(32), number(999, "I"), bytes(9)
            ),
            "unknown type 999",
        ),
        (
            header(number(3, "I"), number(1), number(0), text("w"), number(2, "I"), number(2**33) * 2, bytes(12)),
            "does not fit",
        ),
    ],
)
def test_headers_that_promise_too_much(tmp_path, content, message):
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises((FileFormatError, InvalidInputError), match=message):
        load_weights(path)
