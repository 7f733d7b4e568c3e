"""Keras 3 files, put together by hand as keras 3.15 writes them; the real ones are in test_writers.py."""

import io
import json
import zipfile

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.errors import FileFormatError, InvalidInputError

h5py = pytest.importorskip("h5py")

W = np.random.default_rng(0).standard_normal((6, 5)).astype(np.float32)  # (dim, classes)
B = np.arange(5, dtype=np.float32)


def layer(kind, name, **settings):
    return {"class_name": kind, "config": {"name": name, **settings}}


def save(path, layers, arrays, *, names=True, compression=zipfile.ZIP_STORED, kind="Sequential"):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        for place, (name, values) in arrays.items():
            group = file.create_group(f"{place}/vars")
            if names:
                group.attrs["name"] = name
            for number, value in enumerate(values):
                group[str(number)] = value
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps({"class_name": kind, "config": {"layers": layers}}))
        archive.writestr("model.weights.h5", weights.getvalue())
    return path


TWO = [layer("InputLayer", "in"), layer("Dense", "hidden"), layer("Dense", "scores"), layer("Softmax", "p")]
ARRAYS = {"layers/dense": ("hidden", [np.ones((3, 6), np.float32)]), "layers/dense_1": ("scores", [W, B])}


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_last_dense_layer(tmp_path, names, compression):
    head = load_weights(save(tmp_path / "m.keras", TWO, ARRAYS, names=names, compression=compression))
    assert np.array_equal(head.weight, W.T)
    assert np.array_equal(head.bias, B)
    assert head.why == "the last Dense layer ('scores')"
    again = load_weights(tmp_path / "m.keras", "layers/dense_1/vars/0")
    assert np.array_equal(again.weight, W.T)


def test_a_1x1_convolution_in_a_model_inside(tmp_path):
    inner = {
        "class_name": "Functional",
        "config": {"name": "inner", "layers": [layer("Conv2D", "c", kernel_size=[1, 1], use_bias=False)]},
    }
    arrays = {"layers/functional/layers/conv2d": ("c", [W.reshape(1, 1, 6, 5)])}
    head = load_weights(save(tmp_path / "m.keras", [inner, layer("GlobalAveragePooling2D", "g")], arrays))
    assert np.array_equal(head.weight, W.T)
    assert head.bias is None


def test_what_is_told_by_its_bytes_under_another_suffix(tmp_path):
    assert load_weights(save(tmp_path / "model.bin", TWO, ARRAYS)).n_classes == 5


def test_an_encoder_has_no_head(tmp_path):
    layers = [layer("Dense", "hidden"), layer("Dense", "scores"), layer("LayerNormalization", "norm")]
    with pytest.raises(InvalidInputError, match="its matrices are"):
        load_weights(save(tmp_path / "m.keras", layers, ARRAYS))


@pytest.mark.parametrize(
    "config", ["[]", "7", '{"config": 3}', '{"config": {"layers": [1]}}', '{"config": {"layers": {}}}', "{" * 9]
)
def test_configurations_that_say_nothing(tmp_path, config):
    path = save(tmp_path / "m.keras", TWO, ARRAYS)
    with zipfile.ZipFile(path) as archive:
        weights = archive.read("model.weights.h5")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", weights)
    with pytest.raises((FileFormatError, InvalidInputError)):
        load_weights(path)


def test_a_member_that_declares_more_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(2**26))
    assert path.stat().st_size < 10**6
    with pytest.raises(FileFormatError, match="declares 67108864 bytes"):
        load_weights(path)


def test_a_dataset_that_claims_more_than_it_holds(tmp_path):
    path = tmp_path / "bomb.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("fc.weight", shape=(10**6, 10**6), chunks=(100, 100), dtype="f4")
    with pytest.raises(FileFormatError, match="declares 4000000000000 bytes"):
        load_weights(path)


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("ending", ["kernel:0", "kernel"])
def test_whole_models_of_keras_2(tmp_path, sequential, ending):
    layers = [layer("Dense", "dense_7"), layer("Dense", "dense_9"), layer("Activation", "a")]
    with h5py.File(tmp_path / "model.h5", "w") as file:
        config = {"class_name": "Sequential", "config": layers} if sequential else {"config": {"layers": layers}}
        file.attrs["model_config"] = json.dumps(config)
        file[f"model_weights/dense_7/dense_7/{ending}"] = np.ones((6, 6), np.float32)
        file[f"model_weights/dense_9/dense_9_1/{ending}"] = W
        file["model_weights/dense_9/dense_9_1/bias:0"] = B
    head = load_weights(tmp_path / "model.h5")
    assert np.array_equal(head.weight, W.T)
    assert np.array_equal(head.bias, B)
    assert "'dense_9'" in head.why


def test_damaged_archives(tmp_path):
    whole = save(tmp_path / "m.keras", TWO, ARRAYS).read_bytes()
    for content in (b"", whole[:100], whole[: len(whole) // 2], whole[:-30], b"PK\x03\x04" + bytes(50)):
        (tmp_path / "m.keras").write_bytes(content)
        with pytest.raises(FileFormatError):
            load_weights(tmp_path / "m.keras")
