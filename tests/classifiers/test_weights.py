"""Reading heads: formats, choice of the tensor, orientation, companions, and every refusal."""

import io
import json
import pickle
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sphcode import load_weights
from sphcode._safetensors import write_tensors
from sphcode.classifiers.keys import HEAD_KEYS
from sphcode.classifiers.objects import as_head
from sphcode.errors import FileFormatError, InvalidInputError, MissingExtraError, SphcodeError

W = np.random.default_rng(7).standard_normal((6, 4)).astype(np.float32)
EXAMPLES = Path(__file__).parents[2] / "data" / "examples"


def save(path, tensors, metadata=None):
    with path.open("wb") as stream:
        write_tensors(stream, tensors, metadata or {})
    return path


def safetensors(tmp_path, tensors, metadata=None):
    return save(tmp_path / "model.safetensors", tensors, metadata)


def bf16_file(path, matrix, key="lm_head.weight"):
    """A file with one bfloat16 tensor, made without any other package: the upper halves of the float32 bits."""
    bits = (np.ascontiguousarray(matrix, dtype="<f4").view("<u4") >> 16).astype("<u2")
    header = {key: {"dtype": "BF16", "shape": list(matrix.shape), "data_offsets": [0, bits.nbytes]}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bits.tobytes())
    return path, (bits.astype(np.uint32) << 16).view(np.float32)


# --- formats


@pytest.mark.parametrize("scale", [1, 5, 7, 10, 30])
def test_shipped_examples(scale):
    head = load_weights(EXAMPLES / f"two_digits_scale{scale}.safetensors")
    assert (head.n_classes, head.dim, head.key, head.dtype, head.bias) == (100, 10, "weight", "F32", None)
    assert {name: values.shape for name, values in head.companions.items()} == {
        "class_means": (100, 10),
        "within_class_covariance": (10, 10),
        "class_counts": (100,),
    }
    np.testing.assert_allclose(np.linalg.norm(head.weight, axis=1), 1.0, atol=1e-6)
    assert head.metadata["scale"] == str(scale)
    assert float(head.metadata["test_accuracy"]) > 0.9
    assert head.notes == ()
    assert np.linalg.norm(head.companions["class_means"], axis=1).max() <= 1 + 1e-6
    assert np.linalg.eigvalsh(head.companions["within_class_covariance"]).min() > -1e-9


def test_numpy_files(tmp_path):
    np.save(tmp_path / "w.npy", W)
    np.savez(tmp_path / "w.npz", weight=W, bias=np.arange(6), class_counts=np.full(6, 3))
    bare, named = load_weights(tmp_path / "w.npy"), load_weights(str(tmp_path / "w.npz"))
    assert bare.key == ""
    assert named.key == "weight"
    for head in (bare, named):
        np.testing.assert_array_equal(head.weight, W.astype(np.float64), strict=True)
        assert head.dtype == "F32"
    np.testing.assert_array_equal(named.bias, np.arange(6.0))
    np.testing.assert_array_equal(named.companions["class_counts"], np.full(6, 3.0))


def test_integer_matrices_are_heads_in_numpy_files(tmp_path):
    np.save(tmp_path / "w.npy", np.array([[1, -1], [-1, 1], [1, 1]]))
    head = load_weights(tmp_path / "w.npy")
    assert head.dtype == "I64"
    assert head.cosine_rounding == 0.0


def test_saved_codes_are_heads(tmp_path):
    from sphcode import SphericalCode

    code = SphericalCode(np.vstack([np.eye(3), -np.eye(3)]))
    for name in ("code.npz", "code.npy", "code.safetensors"):
        np.testing.assert_array_equal(load_weights(code.save(tmp_path / name)).weight, code.points)


def test_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "keras.h5", "w") as file:
        file["dense/dense/kernel:0"] = W.T
        file["dense/dense/bias:0"] = np.arange(6.0)
    head = load_weights(tmp_path / "keras.h5")
    np.testing.assert_array_equal(head.weight, W)
    np.testing.assert_array_equal(head.bias, np.arange(6.0))
    with h5py.File(tmp_path / "keras3.h5", "w") as file:
        file["layers/dense/vars/0"] = W.T
        file["layers/dense/vars/1"] = np.arange(6.0)
    for options in ({}, {"classes_axis": 1, "bias": "layers/dense/vars/1"}):
        head = load_weights(tmp_path / "keras3.h5", **options)
        np.testing.assert_array_equal(head.weight, W)
        np.testing.assert_array_equal(head.bias, np.arange(6.0))
    with h5py.File(tmp_path / "keras3.h5", "w") as file:
        file["layers/dense/vars/0"] = W.T
    with pytest.raises(InvalidInputError, match="`classes_axis` must be given, as the name 'layers/dense/vars/0'"):
        load_weights(tmp_path / "keras3.h5")


def test_hdf5_with_numbers_in_another_file(tmp_path):
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(b"\0" * 64)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("weight", (4, 4), "f4", external=[(str(tmp_path / "secret"), 0, 64)])
    with pytest.raises(FileFormatError, match="keeps its numbers in another file"):
        load_weights(tmp_path / "w.h5")


@pytest.mark.parametrize("old_format", [False, True])
@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}, lambda s: {"model": s}])
def test_torch_files(tmp_path, wrap, old_format):
    torch = pytest.importorskip("torch")
    state = {"module.fc.weight": torch.tensor(W).bfloat16(), "module.fc.bias": torch.arange(6.0)}
    path = tmp_path / "model.ckpt"
    torch.save(wrap(state), path, _use_new_zipfile_serialization=not old_format)
    head = load_weights(path)
    assert head.key.endswith("module.fc.weight")
    assert head.dtype == "BF16"
    np.testing.assert_array_equal(head.weight, torch.tensor(W).bfloat16().double().numpy())
    np.testing.assert_array_equal(head.bias, np.arange(6.0))
    assert load_weights(path, "fc.weight").key == head.key


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_large_tensors_of_torch_stay_as_they_are_stored(tmp_path, monkeypatch, dtype):
    torch = pytest.importorskip("torch")
    for module in ("_safetensors", "classifiers.formats.torch", "_validate"):
        monkeypatch.setattr(f"sphcode.{module}.{'LARGE' if module == '_validate' else 'MAPPED'}_BYTES", 1)
    layer = torch.nn.Linear(4, 6, dtype=getattr(torch, dtype))
    torch.save(layer.state_dict(), tmp_path / "layer.pt")
    expected = layer.weight.detach().double().numpy().copy()
    heads = [load_weights(tmp_path / "layer.pt"), as_head(layer.state_dict())]
    with torch.no_grad():
        layer.weight += 1  # what was read does not change with the model
    for head in heads:
        assert head.weight.dtype.name == dtype
        assert head.bias.dtype == np.float64
        assert head.weight.astype(float).tolist() == expected.tolist()


def test_torch_parameters_and_one_bare_tensor(tmp_path):
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(4, 6)
    torch.save(layer.state_dict(), tmp_path / "layer.pt")
    np.testing.assert_array_equal(load_weights(tmp_path / "layer.pt").weight, layer.weight.detach().numpy())
    torch.save(layer.weight, tmp_path / "one.pt")
    np.testing.assert_array_equal(load_weights(tmp_path / "one.pt").weight, layer.weight.detach().numpy())


def test_bfloat16_and_its_rounding(tmp_path):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((200, 64)).astype(np.float32)
    path, kept = bf16_file(tmp_path / "w.safetensors", matrix)
    head = load_weights(path)
    np.testing.assert_array_equal(head.weight, kept)
    assert head.dtype == "BF16"
    units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (matrix.astype(float), head.weight)]
    change = np.abs(units[0] @ units[0].T - units[1] @ units[1].T).max()
    # This file was made by truncation, which doubles the error of rounding to nearest.
    assert 0 < change <= 2 * head.cosine_rounding
    assert head.cosine_rounding == 2.0**-7


@pytest.mark.parametrize("shape", [(0, 6, 3), (6, 3, 0), (6, 0, 3), (0, 3), (3, 0), (0,), (), (1, 0, 6, 3)])
def test_arrays_without_entries_are_no_heads(tmp_path, shape):
    np.save(tmp_path / "w.npy", np.zeros(shape))
    np.savez(tmp_path / "w.npz", weight=np.zeros(shape))
    for name in ("w.npy", "w.npz"):
        with pytest.raises(SphcodeError):
            load_weights(tmp_path / name)


@pytest.mark.parametrize("dim", [16, 768])
def test_typical_rounding(tmp_path, dim):
    matrix = np.random.default_rng(dim).standard_normal((200, dim))
    np.save(tmp_path / "w.npy", matrix.astype(np.float16))
    head = load_weights(tmp_path / "w.npy")
    units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (matrix, head.weight)]
    changes = units[0] @ units[0].T - units[1] @ units[1].T
    assert np.abs(changes).max() <= head.cosine_rounding
    assert np.sqrt(np.mean(changes**2)) == pytest.approx(0.3 * head.cosine_rounding / np.sqrt(dim), rel=0.15)


def test_float8_with_scales(tmp_path):
    torch = pytest.importorskip("torch")
    save_file = pytest.importorskip("safetensors.torch").save_file
    codes = torch.tensor(W).to(torch.float8_e4m3fn)
    scales = torch.arange(1.0, 7.0)
    save_file({"fc.weight": codes, "fc.weight_scale": scales}, tmp_path / "rows.safetensors")
    expected = codes.double().numpy() * scales.numpy()[:, None]
    np.testing.assert_array_equal(load_weights(tmp_path / "rows.safetensors").weight, expected)
    blocks = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    save_file({"fc.weight": codes, "fc.weight_scale_inv": blocks}, tmp_path / "blocks.safetensors")
    expected = codes.double().numpy() * np.kron(blocks.numpy(), np.ones((3, 2)))
    np.testing.assert_array_equal(load_weights(tmp_path / "blocks.safetensors").weight, expected)
    save_file({"fc.weight": codes, "fc.weight_scale_inv": torch.ones(4, 3)}, tmp_path / "blocks.safetensors")
    with pytest.raises(FileFormatError, match="do not tell which entries"):
        load_weights(tmp_path / "blocks.safetensors")


# --- folders and shards


def sharded(folder, weight_map, suffix="safetensors"):
    index = folder / f"{'model' if suffix == 'safetensors' else 'pytorch_model'}.{suffix}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return index


def test_sharded_model_reads_only_the_named_shard(tmp_path):
    save(tmp_path / "model-2.safetensors", {"lm_head.weight": W, "lm_head.bias": np.arange(6.0)}, {"format": "pt"})
    names = dict.fromkeys(["lm_head.weight", "lm_head.bias"], "model-2.safetensors") | {"a": "gone.safetensors"}
    index = sharded(tmp_path, names)
    for path in (tmp_path, index):
        head = load_weights(path)
        np.testing.assert_array_equal(head.weight, W)
        np.testing.assert_array_equal(head.bias, np.arange(6.0))
        assert head.path == str(tmp_path / "model-2.safetensors")
        assert head.metadata == {"format": "pt"}
    with pytest.raises(FileFormatError, match=r"gone\.safetensors: no such file"):
        load_weights(tmp_path, "a")


def test_sharded_torch_model(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"fc.weight": torch.tensor(W)}, tmp_path / "pytorch_model-1.bin")
    sharded(tmp_path, {"fc.weight": "pytorch_model-1.bin"}, "bin")
    np.testing.assert_array_equal(load_weights(tmp_path).weight, W)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not an index of shards"),
        ("[]", "no `weight_map`"),
        ('{"weight_map": {}}', "no `weight_map`"),
        ('{"weight_map": {"fc.weight": "../w.safetensors"}}', "not the name of a file"),
        ('{"weight_map": {"fc.weight": 3}}', "not the name of a file"),
        ('{"weight_map": {"fc.weight": "model.safetensors.index.json"}}', "not the name of a file"),
        ('{"weight_map": {"fc.weight": "w.safetensors"}}', "says that 'fc.weight' is in w.safetensors"),
    ],
)
def test_bad_index(tmp_path, content, message):
    save(tmp_path / "w.safetensors", {"other": W})
    (tmp_path / "model.safetensors.index.json").write_text(content)
    with pytest.raises(FileFormatError, match=message):
        load_weights(tmp_path)


def test_folder_rule(tmp_path):
    with pytest.raises(FileFormatError, match="no model in this folder"):
        load_weights(tmp_path)
    np.save(tmp_path / "only.npy", W)
    np.testing.assert_array_equal(load_weights(tmp_path).weight, W)
    np.save(tmp_path / "other.npy", W)
    with pytest.raises(FileFormatError, match=r"only\.npy, other\.npy"):
        load_weights(tmp_path)
    save(tmp_path / "model.safetensors", {"weight": 2 * W})
    np.testing.assert_array_equal(load_weights(tmp_path).weight, 2 * W)


# --- which tensor, which axis


@pytest.mark.parametrize("position", range(len(HEAD_KEYS)))
def test_documented_order(tmp_path, position):
    tensors = {name: W + index for index, name in enumerate(HEAD_KEYS) if index >= position}
    head = load_weights(safetensors(tmp_path, {"other": W, **tensors}))
    assert head.key == HEAD_KEYS[position]
    np.testing.assert_array_equal(head.weight, (W + position).astype(np.float64))


def test_head_comes_before_embedding_and_needs_no_remark(tmp_path):
    head = load_weights(safetensors(tmp_path, {"model.embed_tokens.weight": W + 1, "lm_head.weight": W}))
    assert head.key == "lm_head.weight"
    assert head.notes == ()


@pytest.mark.parametrize("key", ["model.embed_tokens.weight", "transformer.wte.weight", "bert.word_embeddings.weight"])
def test_tied_embedding(tmp_path, key):
    tensors = {key: W, "model.layers.0.mlp.weight": W, "model.layers.1.mlp.weight": W}
    path = safetensors(tmp_path, tensors)
    assert load_weights(path).key == key
    assert "taken as the tied head" in load_weights(path).notes[0]
    (tmp_path / "config.json").write_text('{"tie_word_embeddings": false}')
    with pytest.raises(FileFormatError, match=r"not in this file: config\.json says that it is not tied"):
        load_weights(path)
    assert load_weights(path, key).key == key


def test_timm_config_names_the_head(tmp_path):
    path = safetensors(tmp_path, {"last.weight": W, "fc.weight": W + 1})
    assert load_weights(path).key == "fc.weight"
    (tmp_path / "config.json").write_text('{"pretrained_cfg": {"classifier": "last"}}')
    assert load_weights(path).key == "last.weight"
    (tmp_path / "config.json").write_text("not json")
    assert load_weights(path).key == "fc.weight"


def test_only_matrix_is_taken(tmp_path):
    tensors = {"prototypes": W, "step": np.array(3.0), "mean": np.ones(4)}
    assert load_weights(safetensors(tmp_path, tensors)).key == "prototypes"


def test_undecided_choices_list_the_matrices(tmp_path):
    path = safetensors(tmp_path, {"first": W, "second": W, "step": np.array(3.0)})
    with pytest.raises(
        InvalidInputError, match=r"`key` must be given for .* are first .6 x 4., second .6 x 4., got None"
    ):
        load_weights(path)
    path = safetensors(tmp_path, {"module.fc.weight": W, "ema.fc.weight": W + 1})
    with pytest.raises(InvalidInputError, match=r"(module|ema)\.fc\.weight \(6 x 4\), (module|ema)\.fc\.weight"):
        load_weights(path)
    path = safetensors(tmp_path, {f"layer{index}": W for index in range(30)})
    with pytest.raises(InvalidInputError, match=r"\.\.\. \(10 more\)"):
        load_weights(path)


def test_wrong_key_lists_what_there_is(tmp_path):
    path = safetensors(tmp_path, {"weight": W, "bias": np.zeros(6)})
    with pytest.raises(InvalidInputError, match=r"`key` must be the name of a tensor in .*bias, weight.*, got 'fc'"):
        load_weights(path, "fc")
    with pytest.raises(InvalidInputError, match="`bias` must be the name of a tensor"):
        load_weights(path, bias="offset")


def test_orientation_follows_the_name_never_the_shape(tmp_path):
    path = safetensors(tmp_path, {"params/head/kernel": W.T, "params/head/bias": np.arange(6.0), "fc2.weight": W.T})
    head = load_weights(path)
    assert head.key == "params/head/kernel"
    np.testing.assert_array_equal(head.weight, W)
    np.testing.assert_array_equal(head.bias, np.arange(6.0))
    np.testing.assert_array_equal(load_weights(path, "fc2.weight").weight, W.T)
    np.testing.assert_array_equal(load_weights(path, "fc2.weight", classes_axis=1).weight, W)
    with pytest.raises(InvalidInputError, match="`params/head/bias` must be of shape"):
        load_weights(path, "params/head/kernel", classes_axis=0)


@pytest.mark.parametrize("axis", [2, -1, True, "rows"])
def test_bad_axis(tmp_path, axis):
    with pytest.raises(InvalidInputError, match="`classes_axis` must be an integer from 0 to 1"):
        load_weights(safetensors(tmp_path, {"weight": W}), classes_axis=axis)


def test_convolution_heads_and_sub_centres(tmp_path):
    path = safetensors(tmp_path, {"classifier.weight": W[:, :, None, None]})
    np.testing.assert_array_equal(load_weights(path).weight, W)
    with pytest.raises(InvalidInputError, match="sub-centres"):
        load_weights(safetensors(tmp_path, {"weight": np.ones((6, 3, 4))}))
    with pytest.raises(InvalidInputError, match="`weight` must be a matrix"):
        load_weights(safetensors(tmp_path, {"weight": np.ones(6)}))


def test_padding_zero_and_equal_rows_are_kept(tmp_path):
    padded = np.vstack([W, W[:1], np.zeros((3, 4))])
    head = load_weights(safetensors(tmp_path, {"weight": padded}))
    np.testing.assert_array_equal(head.weight, padded)
    assert head.padding_rows == 3
    assert head.notes == ("the last 3 rows are equal, which may be padding; they are kept",)
    assert load_weights(safetensors(tmp_path, {"weight": W})).padding_rows == 0


def test_short_forms(tmp_path):
    head = load_weights(safetensors(tmp_path, {"weight": W, "bias": np.zeros(6)}, {"seed": "1"}))
    assert repr(head) == "Head(n_classes=6, dim=4, key='weight', dtype='F32')"
    facts = json.loads(json.dumps(head.to_dict()))
    assert facts["has_bias"] is True
    assert facts["metadata"] == {"seed": "1"}
    assert facts["cosine_rounding"] == 2.0**-23


# --- refusals


def test_missing_and_unknown_files(tmp_path):
    for name in ("none.safetensors", "none.pt", "none.npz", "none.h5", "none.npy", "none"):
        with pytest.raises(FileFormatError, match=f"{name}: no such file"):
            load_weights(tmp_path / name)
    (tmp_path / "model.tflite").write_bytes(b"abc")
    with pytest.raises(FileFormatError, match="weights are read from"):
        load_weights(tmp_path / "model.tflite")


@pytest.mark.parametrize("name", ["llama.gguf", "llama.bin"])
def test_gguf(tmp_path, name):
    (tmp_path / name).write_bytes(b"GGUF\x03\0\0\0")
    pytest.importorskip("gguf")
    with pytest.raises(FileFormatError, match="not a GGUF file: truncated"):
        load_weights(tmp_path / name)


def test_quantised_heads(tmp_path):
    packed = {"lm_head.weight": np.ones((8, 1), np.uint8), "lm_head.weight.absmax": np.ones(2)}
    with pytest.raises(FileFormatError, match="has type U8, not a float; dequantise"):
        load_weights(safetensors(tmp_path, packed))
    packed = {"lm_head.qweight": np.ones(8, np.int32), "lm_head.scales": np.ones(2)}
    with pytest.raises(FileFormatError, match=r"quantised \(lm_head\.qweight"):
        load_weights(safetensors(tmp_path, packed))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite(tmp_path, bad):
    broken = W.copy()
    broken[2, 1] = bad
    with pytest.raises(InvalidInputError, match="`weight` must be free of NaN and infinity, got 1 bad rows"):
        load_weights(safetensors(tmp_path, {"weight": broken}))
    with pytest.raises(InvalidInputError, match="`bias` must be free of NaN"):
        load_weights(safetensors(tmp_path, {"weight": W, "bias": np.full(6, bad)}))


def test_companions_and_bias_must_fit(tmp_path):
    for name, values in (("class_means", W.T), ("within_class_covariance", np.eye(6)), ("bias", np.zeros(4))):
        with pytest.raises(InvalidInputError, match=f"`{name}` must be of shape"):
            load_weights(safetensors(tmp_path, {"weight": W, name: values}))
    np.savez(tmp_path / "w.npz", weight=W, bias=np.array(["a"] * 6))
    with pytest.raises(InvalidInputError, match="`bias` must be of numbers"):
        load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize("suffix", [".safetensors", ".npy", ".npz", ".h5", ".pt", ".ckpt"])
def test_truncated_and_empty_files(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    if suffix == ".safetensors":
        save(path, {"weight": W})
    elif suffix == ".npy":
        np.save(path, W)
    elif suffix == ".npz":
        np.savez(path, weight=W)
    elif suffix == ".h5":
        with pytest.importorskip("h5py").File(path, "w") as file:
            file["weight"] = W
    else:
        torch = pytest.importorskip("torch")
        torch.save({"weight": torch.tensor(W)}, path, _use_new_zipfile_serialization=suffix == ".pt")
    whole = path.read_bytes()
    for length in (0, 1, 3, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(FileFormatError, match=path.name):
            load_weights(path)


class Trap:
    """Unpickling an object of this class writes a file."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return (Path.write_text, (self.witness, "executed"))


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".ckpt", ".npy", ".npz"])
def test_malicious_pickles_are_not_executed(tmp_path, suffix):
    witness, path = tmp_path / "witness", tmp_path / f"w{suffix}"
    trap = Trap(witness)
    if suffix == ".npy":
        np.save(path, np.array([trap, trap], dtype=object))
    elif suffix == ".npz":
        np.savez(path, weight=np.array([trap, trap], dtype=object))
    elif suffix == ".pt":
        pytest.importorskip("torch").save({"weight": trap}, path)
    else:
        pytest.importorskip("torch")
        path.write_bytes(pickle.dumps({"weight": trap}))
    with pytest.raises(FileFormatError, match=path.name):
        load_weights(path)
    assert not witness.exists()


def test_whole_torch_modules_are_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(4, 6), tmp_path / "module.pt")
    with pytest.raises(FileFormatError, match=r"save `model\.state_dict\(\)`"):
        load_weights(tmp_path / "module.pt")


@pytest.mark.parametrize("suffix", [".safetensors", ".npy", ".npz", ".h5"])
def test_damaged_bytes_never_give_another_error(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    if suffix == ".safetensors":
        save(path, {"weight": W})
    elif suffix == ".npy":
        np.save(path, W)
    elif suffix == ".npz":
        np.savez(path, weight=W)
    else:
        with pytest.importorskip("h5py").File(path, "w") as file:
            file["weight"] = W
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    rng, refusals = np.random.default_rng(0), []
    for _ in range(150):
        damaged = whole.copy()
        damaged[rng.integers(0, min(len(whole), 600), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged.tobytes())
        try:
            load_weights(path)
        except InvalidInputError as error:
            refusals.append(str(error))
    assert len(refusals) > 10
    assert not any("\n" in message for message in refusals)


def npy_header(shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_headers_that_claim_more_than_the_file_holds(tmp_path):
    (tmp_path / "w.npy").write_bytes(npy_header((10**9, 10**3)) + b"\0" * 64)
    with pytest.raises(FileFormatError, match=r"w\.npy"):
        load_weights(tmp_path / "w.npy")
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("weight.npy", npy_header((10**9, 10**3)) + b"\0" * 64)
    with pytest.raises(FileFormatError, match="claims a shape that does not fill its bytes"):
        load_weights(tmp_path / "w.npz")


def test_wrong_types(tmp_path):
    for values in (np.array([["a", "b"], ["c", "d"]]), W.astype(complex), W.astype("V2")):
        np.save(tmp_path / "w.npy", values)
        with pytest.raises(FileFormatError, match="not a float"):
            load_weights(tmp_path / "w.npy")
    torch = pytest.importorskip("torch")
    for tensor in (torch.ones(3, 3).to_sparse(), torch.ones(3, 3, dtype=torch.complex64), torch.ones(3, 3).int()):
        torch.save({"weight": tensor}, tmp_path / "w.pt")
        with pytest.raises(FileFormatError, match="dequantise"):
            load_weights(tmp_path / "w.pt")


def test_missing_packages_name_the_remedy(tmp_path, monkeypatch):
    for name in ("w.pt", "w.h5"):
        (tmp_path / name).write_bytes(b"something")
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match="weights_only=True") as caught:
        load_weights(tmp_path / "w.pt")
    assert caught.value.exit_code == 5
    with pytest.raises(MissingExtraError, match=r"pip install 'sphcode\[weights\]'"):
        load_weights(tmp_path / "w.h5")


@pytest.mark.parametrize("content", [[], ["a", 3], {}, {"step": 3}, (None,)])
def test_torch_files_without_tensors_say_what_they_hold(tmp_path, content):
    pytest.importorskip("torch").save(content, tmp_path / "w.pt")
    with pytest.raises(FileFormatError, match=f"no tensors: {type(content).__name__} of"):
        load_weights(tmp_path / "w.pt")


@pytest.mark.parametrize("wrap", [list, tuple, lambda pair: {"head": tuple(pair)}, lambda pair: [*pair, 3]])
def test_pairs_of_weights_and_bias(tmp_path, wrap):
    torch = pytest.importorskip("torch")
    torch.save(wrap([torch.tensor(W), torch.arange(6.0)]), tmp_path / "w.pt")
    head = load_weights(tmp_path / "w.pt")
    np.testing.assert_array_equal(head.weight, W)
    np.testing.assert_array_equal(head.bias, np.arange(6.0))
    assert any("was taken as the bias" in note for note in head.notes)


@pytest.mark.parametrize("name", ["model_best.pth.tar", "a.PTH", "weights", "x.model", "checkpoint.tar"])
@pytest.mark.parametrize("zipped", [True, False])
def test_torch_files_under_any_name(tmp_path, name, zipped):
    torch = pytest.importorskip("torch")
    state = {"epoch": 3, "state_dict": {"module.fc.weight": torch.tensor(W)}}
    torch.save(state, tmp_path / name, _use_new_zipfile_serialization=zipped)
    np.testing.assert_array_equal(load_weights(tmp_path / name).weight, W)


@pytest.mark.parametrize("where", ["weight", "bias"])
def test_a_tensor_without_data_is_our_error(tmp_path, where):
    torch = pytest.importorskip("torch")
    state = {"fc.weight": torch.tensor(W), "fc.bias": torch.zeros(6)}
    state[f"fc.{where}"] = state[f"fc.{where}"].to("meta")
    torch.save({"model": state}, tmp_path / "w.pt")
    with pytest.raises(FileFormatError, match=f"model.fc.{where}' is a tensor without data"):
        load_weights(tmp_path / "w.pt")


@pytest.mark.parametrize("shape", [(6,), (1, 6), (6, 1), (1, 6, 1, 1)])
def test_axes_of_a_bias_that_are_one_do_not_matter(tmp_path, shape):
    head = load_weights(safetensors(tmp_path, {"fc.weight": W, "fc.bias": np.arange(6.0).reshape(shape)}))
    np.testing.assert_array_equal(head.bias, np.arange(6.0))


@pytest.mark.parametrize("key", ["logits/kernel", "head/Conv2d_1c_1x1/weights", "classifier/kernel:0"])
def test_convolutions_of_tensorflow(tmp_path, key):
    head = load_weights(safetensors(tmp_path, {key: W.T[None, None]}))
    np.testing.assert_array_equal(head.weight, W)
