"""Heads stored in parts: weight and spectral normalisation, pruning, 8-bit floats with scales of every shape."""

import json
import struct

import numpy as np
import pytest

from sphcode import load_weights
from sphcode._safetensors import write_tensors
from sphcode.classifiers.decode import exponents, scaled
from sphcode.errors import FileFormatError

K, D = 6, 4
RNG = np.random.default_rng(5)
V = RNG.standard_normal((K, D)).astype(np.float32) * 3
G = np.linspace(1, 9, K).astype(np.float32)[:, None]
B = np.arange(K, dtype=np.float32)


def save(path, tensors):
    with path.open("wb") as stream:
        write_tensors(stream, tensors, {})
    return path


def raw(path, entries):
    """A file of tensors given as (dtype, shape, bytes)."""
    header, blob = {}, b""
    for key, (dtype, shape, data) in entries.items():
        header[key] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob)
    return path


ROWS = G * V / np.linalg.norm(V, axis=1, keepdims=True)


@pytest.mark.parametrize("prefix", ["fc.", "module.backbone.head.", "arcface.", "model.lm_head.", ""])
@pytest.mark.parametrize(
    ("gain", "direction"),
    [("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1")],
)
def test_weight_normalisation_in_both_spellings(tmp_path, prefix, gain, direction):
    tensors = {prefix + gain: G, prefix + direction: V, prefix + "bias": B}
    path = save(tmp_path / "w.safetensors", tensors)
    keys = [None, prefix + direction, *([prefix + "weight", prefix.rstrip(".")] if prefix else [])]
    for key in keys:
        head = load_weights(path, key)
        np.testing.assert_allclose(head.weight, ROWS, atol=1e-6)
        np.testing.assert_array_equal(head.bias, B)
        assert any(prefix + gain in note for note in head.notes)


def test_the_gain_tells_over_what_the_norm_is_taken(tmp_path):
    square = V[:D]
    gains = {
        "one": (np.float32(2.0).reshape(()), 2 * square / np.linalg.norm(square)),
        "columns": (G[:D].T, G[:D].T * square / np.linalg.norm(square, axis=0)),
        "rows": (G[:D], G[:D] * square / np.linalg.norm(square, axis=1, keepdims=True)),
        "flat": (G[:D, 0], G[:D] * square / np.linalg.norm(square, axis=1, keepdims=True)),
    }
    for name, (gain, expected) in gains.items():
        head = load_weights(save(tmp_path / f"{name}.safetensors", {"fc.weight_g": gain, "fc.weight_v": square}))
        np.testing.assert_allclose(head.weight, expected, atol=1e-6, err_msg=name)
    convolution = {"classifier.weight_g": G[:, :, None, None], "classifier.weight_v": V[:, :, None, None]}
    np.testing.assert_allclose(load_weights(save(tmp_path / "c.safetensors", convolution)).weight, ROWS, atol=1e-6)
    with pytest.raises(FileFormatError, match="gain of shape"):
        load_weights(save(tmp_path / "bad.safetensors", {"fc.weight_g": G[:3], "fc.weight_v": V}))


def test_torch_agrees(tmp_path):
    torch = pytest.importorskip("torch")
    layers = {
        "weight_norm": torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(D, K)),
        "columns": torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(D, K), dim=1),
        "whole": torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(D, K), dim=None),
        "spectral": torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(D, K)),
    }
    for name, layer in layers.items():
        layer.eval()
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.mul_(1.5)
        torch.save({"fc." + key: value for key, value in layer.state_dict().items()}, tmp_path / "w.pt")
        head = load_weights(tmp_path / "w.pt")
        np.testing.assert_allclose(head.weight, layer.weight.detach().numpy(), atol=1e-6, err_msg=name)
        np.testing.assert_allclose(head.bias, layer.bias.detach().numpy(), atol=1e-7)


def test_spectral_normalisation_and_pruning(tmp_path):
    left, singular, right = np.linalg.svd(V.astype(float), full_matrices=False)
    parts = {"fc.weight_orig": V, "fc.weight_u": left[:, 0], "fc.weight_v": right[0], "fc.bias": B}
    head = load_weights(save(tmp_path / "s.safetensors", parts))
    np.testing.assert_allclose(head.weight, V / singular[0], atol=1e-6)
    np.testing.assert_array_equal(head.bias, B)
    mask = (V > 0).astype(np.float32)
    head = load_weights(save(tmp_path / "p.safetensors", {"fc.weight_orig": V, "fc.weight_mask": mask}))
    np.testing.assert_array_equal(head.weight, V * mask)


def test_large_parts_of_16_bits_are_put_together_in_32(tmp_path, monkeypatch):
    left, singular, right = np.linalg.svd(V.astype(np.float16).astype(float), full_matrices=False)
    vectors = {"fc.weight_u": left[:, 0], "fc.weight_v": right[0]}
    mask = np.linspace(0.1, 1.0, V.size).reshape(V.shape).astype(np.float16)
    spectral = save(tmp_path / "s.safetensors", {"fc.weight_orig": V.astype(np.float16), **vectors})
    pruned = save(tmp_path / "p.safetensors", {"fc.weight_orig": V.astype(np.float16), "fc.weight_mask": mask})
    small = [load_weights(path).weight for path in (spectral, pruned)]
    monkeypatch.setattr("sphcode._safetensors.MAPPED_BYTES", 1)
    np.testing.assert_allclose(small[0], V.astype(np.float16) / singular[0], rtol=1e-6)
    for path, expected in zip((spectral, pruned), small, strict=True):
        assert load_weights(path).weight.tobytes() == expected.tobytes()


ONE = bytes([0x38])  # 1.0 in E4M3
S = RNG.uniform(0.5, 2, (16, 8)).astype(np.float32)


@pytest.mark.parametrize("name", ["weight_scale", "weight_scale_inv", "scale_weight", "scale", "weight_scales"])
@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), np.full((16, 8), S[0, 0])),
        ((1, 1), np.full((16, 8), S[0, 0])),
        ((16,), np.repeat(S.ravel()[:16, None], 8, 1)),
        ((8,), np.repeat(S.ravel()[None, :8], 16, 0)),
        ((16, 1), np.repeat(S.ravel()[:16, None], 8, 1)),
        ((1, 8), np.repeat(S.ravel()[None, :8], 16, 0)),
        ((4, 2), np.kron(S.ravel()[:8].reshape(4, 2), np.ones((4, 4)))),
        ((16, 2), np.kron(S.ravel()[:32].reshape(16, 2), np.ones((1, 4)))),
    ],
)
def test_scales_go_by_their_shape(tmp_path, name, shape, expected):
    scale = S.ravel()[: int(np.prod(shape))]
    entries = {"lm_head.weight": ("F8_E4M3", (16, 8), ONE * 128), f"lm_head.{name}": ("F32", shape, scale.tobytes())}
    entries["lm_head.input_scale"] = ("F32", (), np.float32(7).tobytes())
    np.testing.assert_array_equal(load_weights(raw(tmp_path / "a.safetensors", entries)).weight, expected)


@pytest.mark.parametrize("dtype", ["U8", "F8_E8M0"])
def test_mx_scales_are_exponents(tmp_path, dtype):
    codes = np.arange(120, 136, dtype=np.uint8)
    entries = {"head.weight": ("F8_E4M3", (16, 64), ONE * 1024), "head.weight_scale": (dtype, (16, 1), codes.tobytes())}
    head = load_weights(raw(tmp_path / "a.safetensors", entries))
    np.testing.assert_array_equal(head.weight[:, 0], 2.0 ** (codes.astype(int) - 127))
    codes = np.arange(110, 142, dtype=np.uint8).reshape(16, 2)
    entries["head.weight_scale"] = (dtype, (16, 2), codes.tobytes())
    head = load_weights(raw(tmp_path / "b.safetensors", entries))
    np.testing.assert_array_equal(head.weight, np.repeat(2.0 ** (codes.astype(int) - 127), 32, axis=1))
    assert np.isnan(exponents(np.array([255], np.uint8))).all()


def test_what_a_scale_is_of_is_never_guessed(tmp_path):
    entries = {"fc.weight": ("F8_E4M3", (6, 4), ONE * 24), "fc.weight_scale": ("F32", (4, 3), S.ravel()[:12].tobytes())}
    with pytest.raises(FileFormatError, match="do not tell which entries"):
        load_weights(raw(tmp_path / "a.safetensors", entries))
    entries = {"fc.weight": ("F8_E4M3", (6, 4), ONE * 24), "fc.second_scale": ("F32", (), S.ravel()[:1].tobytes())}
    with pytest.raises(FileFormatError, match="its scale is not known"):
        load_weights(raw(tmp_path / "b.safetensors", entries))


def test_blocks_that_do_not_divide_an_axis():
    values = np.ones((300, 200))
    scale = np.arange(1.0, 7.0).reshape(3, 2)
    grown = np.kron(scale, np.ones((128, 128)))[:300, :200]
    np.testing.assert_array_equal(scaled(values, scale, None, "w"), grown)
    np.testing.assert_array_equal(scaled(values, scale, (128, 128), "w"), grown)
    wide = np.kron(scale, np.ones((120, 160)))[:300, :200]
    np.testing.assert_array_equal(scaled(values, scale, (120, 160), "w"), wide)
