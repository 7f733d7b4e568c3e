"""Files made by the real library that writes them: torch, safetensors, keras, flax, onnx, gguf, scikit-learn, peft.

`nox -s formats` installs all of them and sets SPHCODE_FORMATS, so that none is skipped there.
"""

import importlib
import os

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.errors import FileFormatError, InvalidInputError

# What the writers themselves warn of is not ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

RNG = np.random.default_rng(0)
W = RNG.standard_normal((10, 4)).astype(np.float32)
B = np.linspace(-1, 1, 10).astype(np.float32)


def library(name):
    """Import a library; skip the test without it, but in the session that installs all of them."""
    os.environ.setdefault("KERAS_BACKEND", "numpy")
    if os.environ.get("SPHCODE_FORMATS"):
        return importlib.import_module(name)
    return pytest.importorskip(name)


# --- torch


@pytest.mark.parametrize("name", ["model.pt", "model.bin", "model_best.pth.tar", "weights.PTH", "checkpoint"])
@pytest.mark.parametrize("legacy", [False, True])
def test_torch_under_any_name(tmp_path, name, legacy):
    torch = library("torch")
    state = {"epoch": 3, "state_dict": {"module.fc.weight": torch.tensor(W), "module.fc.bias": torch.tensor(B)}}
    torch.save(state, tmp_path / name, _use_new_zipfile_serialization=not legacy)
    head = load_weights(tmp_path / name)
    assert np.array_equal(head.weight, W)
    assert np.array_equal(head.bias, B)


@pytest.mark.parametrize("shape", ["list", "tuple", "tuple in a dict", "parameter list"])
def test_torch_lists_and_tuples(tmp_path, shape):
    torch = library("torch")
    pair = (torch.tensor(W), torch.tensor(B))
    content = {
        "list": list(pair),
        "tuple": pair,
        "tuple in a dict": {"head": pair},
        "parameter list": [torch.nn.Parameter(pair[0]), torch.nn.Parameter(pair[1])],
    }[shape]
    torch.save(content, tmp_path / "pair.pt")
    head = load_weights(tmp_path / "pair.pt")
    assert np.array_equal(head.weight, W)


@pytest.mark.parametrize("device", ["meta"])
@pytest.mark.parametrize("key", ["lm_head.weight", "fc.weight", "w"])
def test_torch_tensors_without_data(tmp_path, device, key):
    torch = library("torch")
    torch.save({key: torch.zeros(10, 4, device=device)}, tmp_path / "meta.pt")
    with pytest.raises(FileFormatError, match="without data"):
        load_weights(tmp_path / "meta.pt")


def test_torch_ranks_of_partial_fc(tmp_path):
    torch = library("torch")
    for rank in range(3):
        torch.save({"weight": torch.tensor(W[rank * 3 : rank * 3 + 3])}, tmp_path / f"softmax_fc_gpu_{rank}.pt")
    assert np.array_equal(load_weights(str(tmp_path / "softmax_fc_gpu_*.pt")).weight, W[:9])
    for rank in range(2):
        torch.save(torch.tensor(W[rank * 5 : rank * 5 + 5]), tmp_path / f"rank:{rank}_softmax_weight.pt")
    assert np.array_equal(load_weights(tmp_path / "rank:*_softmax_weight.pt").weight, W)


@pytest.mark.parametrize("norm", ["weight_norm", "parametrizations.weight_norm"])
def test_torch_weight_norm(tmp_path, norm):
    torch = library("torch")
    layer = torch.nn.Linear(4, 10)
    make = torch.nn.utils.parametrizations.weight_norm if "." in norm else torch.nn.utils.weight_norm
    model = torch.nn.Sequential()
    with pytest.warns(FutureWarning) if norm == "weight_norm" else pytest.MonkeyPatch.context():
        model.add_module("head", make(layer))
    torch.save(model.state_dict(), tmp_path / "wn.pt")
    head = load_weights(tmp_path / "wn.pt")
    assert np.allclose(head.weight, layer.weight.detach().numpy(), atol=1e-6)
    assert head.bias is not None


@pytest.mark.parametrize("tail", ["linear", "softmax", "residual"])
def test_torch_exported_to_onnx(tmp_path, tail):
    torch, _ = library("torch"), library("onnx")
    if tail == "softmax":
        model = torch.nn.Sequential(
            torch.nn.Linear(6, 4), torch.nn.ReLU(), torch.nn.Linear(4, 10), torch.nn.Softmax(-1)
        )
    else:
        model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.ReLU(), torch.nn.Linear(4, 10))
    with torch.no_grad():
        model[2].weight.copy_(torch.tensor(W))
        model[2].bias.copy_(torch.tensor(B))

    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, x):
            return torch.nn.functional.layer_norm(x + self.inner(x[:, :6]), (10,))

    whole = Residual() if tail == "residual" else model
    sample = torch.zeros(1, 10 if tail == "residual" else 6)
    torch.onnx.export(whole.eval(), (sample,), str(tmp_path / "m.onnx"), dynamo=False)
    if tail == "residual":
        with pytest.raises(InvalidInputError, match="its matrices are"):
            load_weights(tmp_path / "m.onnx")
    else:
        head = load_weights(tmp_path / "m.onnx")
        assert np.array_equal(head.weight, W)
        assert np.array_equal(head.bias, B)


# --- safetensors


@pytest.mark.parametrize("name", ["model.safetensors", "adapter_model.safetensors", "head.SAFETENSORS"])
def test_safetensors(tmp_path, name):
    numpy = library("safetensors.numpy")
    numpy.save_file({"classifier.weight": W, "classifier.bias": B}, tmp_path / name)
    assert np.array_equal(load_weights(tmp_path / name).weight, W)


# --- keras


def keras_models(keras):
    layers = keras.layers
    plain = keras.Sequential([layers.Input((4,)), layers.Dense(7, name="hidden"), layers.Dense(10, name="scores")])
    image = layers.Input((5, 5, 4))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(10, 1, name="scores")(image))
    inside = keras.Sequential([layers.Input((4,)), layers.Dense(10, name="scores")], name="inside")
    start = layers.Input((4,))
    return {
        "sequential": plain,
        "convolution": keras.Model(image, layers.Softmax()(pooled)),
        "model in a model": keras.Model(start, layers.Activation("softmax")(inside(start))),
    }


@pytest.mark.parametrize("kind", ["sequential", "convolution", "model in a model"])
@pytest.mark.parametrize("name", ["model.keras", "model.zip"])
def test_keras(tmp_path, kind, name):
    keras = library("keras")
    model = keras_models(keras)[kind]
    layer = model.get_layer("inside").get_layer("scores") if kind == "model in a model" else model.get_layer("scores")
    model.save(tmp_path / "model.keras")
    (tmp_path / "model.keras").rename(tmp_path / name)
    head = load_weights(tmp_path / name)
    kernel, bias = (np.asarray(values) for values in layer.get_weights())
    assert np.array_equal(head.weight, kernel.reshape(-1, 10).T)
    assert np.array_equal(head.bias, bias)
    assert "'scores'" in head.why


def test_keras_weights_alone(tmp_path):
    keras = library("keras")
    model = keras_models(keras)["sequential"]
    model.save_weights(tmp_path / "m.weights.h5")
    head = load_weights(tmp_path / "m.weights.h5", "layers/dense_1/vars/0", classes_axis=1)
    assert head.n_classes == 10


# --- flax


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("layer", ["lm_head", "classifier", "head"])
def test_flax(tmp_path, dtype, layer):
    serialization, jnp = library("flax.serialization"), library("jax.numpy")
    params = {"params": {"Dense_0": {"kernel": jnp.ones((4, 4))}, layer: {"kernel": jnp.asarray(W.T, dtype)}}}
    (tmp_path / "flax_model.msgpack").write_bytes(serialization.to_bytes(params))
    for path in (tmp_path, tmp_path / "flax_model.msgpack"):
        head = load_weights(path)
        assert np.array_equal(head.weight, np.asarray(params["params"][layer]["kernel"], np.float32).T)
        assert head.dtype == {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}[dtype]


# --- onnx and onnxruntime


@pytest.mark.parametrize("per_channel", [False, True])
def test_onnxruntime_quantised(tmp_path, per_channel):
    onnx, quantization = library("onnx"), library("onnxruntime.quantization")
    helper = onnx.helper
    x = helper.make_tensor_value_info("x", 1, ["n", 4])
    y = helper.make_tensor_value_info("y", 1, ["n", 10])
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Add", ["h", "b"], ["y"])]
    stored = [onnx.numpy_helper.from_array(W.T.copy(), "w"), onnx.numpy_helper.from_array(B, "b")]
    graph = helper.make_graph(nodes, "g", [x], [y], stored)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    quantization.quantize_dynamic(tmp_path / "m.onnx", tmp_path / "q.onnx", per_channel=per_channel)
    head = load_weights(tmp_path / "q.onnx")
    assert np.abs(head.weight - W).max() < 0.03
    assert np.array_equal(head.bias, B)
    moved = np.linalg.norm(head.weight - W, axis=1) / np.linalg.norm(head.weight, axis=1)
    assert moved.max() <= head.cosine_rounding / 2


# --- gguf


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q5_0", "Q4_1"])
def test_gguf(tmp_path, kind):
    gguf = library("gguf")
    rows = RNG.standard_normal((30, 256)).astype(np.float32)
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama")
    writer.add_token_list([f"t{number}" for number in range(30)])
    quantisation = gguf.GGMLQuantizationType[kind]
    writer.add_tensor("output.weight", gguf.quants.quantize(rows, quantisation), raw_dtype=quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    head = load_weights(tmp_path / "m.gguf")
    assert head.class_names[29] == "t29"
    moved = np.linalg.norm(head.weight - rows, axis=1) / np.linalg.norm(rows, axis=1)
    assert moved.max() <= head.cosine_rounding / 2 + 1e-12


# --- scikit-learn


@pytest.mark.parametrize("names", ["coef_ and intercept_", "weight and bias", "W and b"])
def test_scikit_learn_coefficients(tmp_path, names):
    linear = library("sklearn.linear_model")
    x, y = RNG.standard_normal((60, 4)), np.arange(60) % 5
    model = linear.LogisticRegression().fit(x, y)
    weight, bias = names.split(" and ")
    np.savez(tmp_path / "model.npz", **{weight: model.coef_, bias: model.intercept_})
    head = load_weights(tmp_path / "model.npz")
    assert np.array_equal(head.weight, model.coef_)


# --- peft


@pytest.mark.parametrize("layer", ["score", "classifier", "head"])
def test_peft_adapters_with_a_trained_head(tmp_path, layer):
    torch, peft = library("torch"), library("peft")

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.q_proj = torch.nn.Linear(4, 4)
            setattr(self, layer, torch.nn.Linear(4, 10, bias=False))

        def forward(self, x):
            return getattr(self, layer)(self.q_proj(x))

    model = peft.get_peft_model(Model(), peft.LoraConfig(target_modules=["q_proj"], modules_to_save=[layer]))
    model.save_pretrained(tmp_path)
    saved = model.base_model.model.get_submodule(layer).modules_to_save["default"].weight.detach().numpy()
    assert np.array_equal(load_weights(tmp_path / "adapter_model.safetensors").weight, saved)
