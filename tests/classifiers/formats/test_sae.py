"""Folders of sparse autoencoders: the decoder's directions are measured, one a feature."""

import json

import numpy as np
import pytest

from sphcode import load_weights
from sphcode._safetensors import write_tensors
from sphcode.errors import FileFormatError

D = np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)  # (features, dim)


def save(folder, config, tensors, name="sae_weights.safetensors"):
    (folder / "cfg.json").write_text(config if isinstance(config, str) else json.dumps(config))
    with (folder / name).open("wb") as stream:
        write_tensors(stream, tensors, {})
    return folder


SAE = {"W_enc": np.ascontiguousarray(D.T), "W_dec": D, "b_enc": D[:, 0].copy(), "b_dec": D[0].copy()}


@pytest.mark.parametrize("name", ["sae_weights.safetensors", "sae.safetensors", "layer_3.safetensors"])
def test_the_decoder(tmp_path, name):
    save(tmp_path, {"d_in": 6, "d_sae": 20, "architecture": "standard"}, SAE, name)
    for source in (tmp_path, tmp_path / name):
        head = load_weights(source)
        assert head.key == "W_dec"
        assert "sparse autoencoder" in head.why
        assert np.array_equal(head.weight, D)
        assert head.bias is None


@pytest.mark.parametrize(
    ("config", "key", "stored"),
    [
        ({"d_in": 6, "num_latents": 20}, "W_dec", D),
        ({"d_in": 6, "d_sae": 20}, "W_dec", D.T),
        ({"activation_dim": 6, "dict_size": 20}, "decoder.weight", D.T),
        ({}, "decoder.weight", D.T),
        ({}, "W_dec", D),
    ],
)
def test_the_axis_of_the_features(tmp_path, config, key, stored):
    tensors = {key: np.ascontiguousarray(stored), "encoder.weight": D}
    assert np.array_equal(load_weights(save(tmp_path, config, tensors)).weight, D)


def test_a_configuration_that_is_none(tmp_path):
    for config in ("[1]", "{", '"x"'):
        with pytest.raises(FileFormatError, match=r"cfg\.json"):
            load_weights(save(tmp_path, config, SAE))
