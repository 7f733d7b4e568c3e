"""What a configuration tells: the head, its size, the axis, scale blocks; and the names of the classes."""

import json

import numpy as np
import pytest

from sphcode import compare, load_weights
from sphcode._safetensors import write_tensors
from sphcode.classifiers.configuration import Configuration
from sphcode.errors import InvalidInputError

K, D = 7, 4
W = np.random.default_rng(4).standard_normal((K, D)).astype(np.float32)
NAMES = [f"bird {index}" for index in range(K)]


def folder(path, tensors, **files):
    path.mkdir(exist_ok=True)
    with (path / "model.safetensors").open("wb") as stream:
        write_tensors(stream, tensors, {})
    for name, content in files.items():
        name = name.replace("__", ".")
        (path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "vocabulary"),
        ({"architectures": ["GPT2LMHeadModel"]}, "vocabulary"),
        ({"architectures": ["BertForMaskedLM"]}, "vocabulary"),
        ({"architectures": ["BartForConditionalGeneration"]}, "vocabulary"),
        ({"architectures": ["BertForSequenceClassification"]}, "classes"),
        ({"architectures": ["ViTForImageClassification"]}, "classes"),
        ({"architectures": ["BertModel"]}, "none"),
        ({"architectures": ["T5EncoderModel"]}, "none"),
        ({"architecture": "resnet50"}, ""),
        ({"architectures": []}, ""),
        ({"architectures": 3}, ""),
        ({}, ""),
    ],
)
def test_what_the_architecture_scores(content, kind):
    assert Configuration(content).kind == kind


def test_entries_of_inner_configurations_and_malformed_ones():
    inner = Configuration({"text_config": {"tie_word_embeddings": True, "vocab_size": 9}})
    assert (inner.tied, inner.vocab_size) == (True, 9)
    assert Configuration({"tie_word_embeddings": "yes", "vocab_size": "many", "id2label": []}).expected == frozenset()
    assert Configuration({"pretrained_cfg": {"num_classes": 5, "classifier": "last"}}).num_labels == 5
    assert Configuration({"quantization_config": {"weight_block_size": [64, 32]}}).scale_blocks == (64, 32)
    assert Configuration({"quantization_config": {"weight_block_size": [0, 32]}}).scale_blocks is None


SOURCES = [
    {"config__json": {"id2label": {str(i): name for i, name in enumerate(NAMES)}}},
    {"config__json": {"pretrained_cfg": {"label_names": NAMES}}},
    {"labels__txt": "\n".join(NAMES) + "\n"},
    {"labels__txt": "\ufeff" + "\r\n".join(NAMES)},
    {"class_names__json": NAMES},
    {"vocab__txt": "\n".join(NAMES)},
    {"vocab__json": {name: index for index, name in enumerate(NAMES)}},
    {"tokenizer__json": {"model": {"vocab": {name: index for index, name in enumerate(NAMES)}}}},
    {"tokenizer__json": {"model": {"vocab": [[name, 0.5] for name in NAMES]}, "added_tokens": []}},
    {
        "tokenizer__json": {
            "model": {"vocab": {name: index for index, name in enumerate(NAMES[:-1])}},
            "added_tokens": [{"id": K - 1, "content": NAMES[-1]}],
        }
    },
]


@pytest.mark.parametrize("files", SOURCES, ids=lambda files: "-".join(files))
def test_names_of_the_classes(tmp_path, files):
    head = load_weights(folder(tmp_path, {"fc.weight": W}, **files))
    assert head.class_names == tuple(NAMES)


def test_names_that_do_not_fit_are_left_and_given_ones_win(tmp_path):
    default = {str(i): f"LABEL_{i}" for i in range(K)}
    for files in ({"labels__txt": "a\nb\n"}, {"config__json": {"id2label": default}}, {"labels__json": "{"}):
        assert load_weights(folder(tmp_path, {"fc.weight": W}, **files)).class_names is None
    folder(tmp_path, {"fc.weight": W}, labels__txt="\n".join(NAMES))
    assert compare(tmp_path).name(2) == "bird 2"
    assert compare(tmp_path, names=list("abcdefg")).name(2) == "c"


def test_a_padded_vocabulary_is_named_as_far_as_it_goes(tmp_path):
    files = {"vocab__json": {name: index for index, name in enumerate(NAMES[:5])}, "config__json": {"vocab_size": 5}}
    head = load_weights(folder(tmp_path, {"lm_head.weight": W}, **files))
    assert head.class_names == (*NAMES[:5], "5", "6")


def test_the_configuration_tells_the_axis(tmp_path):
    stated = {"num_labels": K, "architectures": ["FooForImageClassification"]}
    for name in ("W", "net.W", "loss.weights"):
        head = load_weights(folder(tmp_path, {name: W.T}, config__json=stated))
        np.testing.assert_array_equal(head.weight, W)
        assert "--classes-axis" in head.notes[0]
    head = load_weights(folder(tmp_path, {"classifier.weight": W.T}, config__json=stated))
    assert head.n_classes == K
    assert "--classes-axis" in head.notes[0]


@pytest.mark.parametrize("name", ["W", "loss.W", "criterion.arcface.W", "margin.weights", "prototypes"])
def test_a_name_that_tells_no_axis_is_said_to(tmp_path, name):
    head = load_weights(folder(tmp_path, {name: W.T}))
    assert head.n_classes == D
    assert any("--classes-axis" in note for note in head.notes)
    head = load_weights(folder(tmp_path, {name: W.T}), classes_axis=1)
    np.testing.assert_array_equal(head.weight, W)
    assert head.notes == ()


@pytest.mark.parametrize("bias", ["b", "bias"])
def test_the_bias_tells_the_axis(tmp_path, bias):
    head = load_weights(folder(tmp_path, {"loss.W": W.T, f"loss.{bias}": np.arange(K)}))
    np.testing.assert_array_equal(head.weight, W)
    np.testing.assert_array_equal(head.bias, np.arange(float(K)))


@pytest.mark.parametrize("name", ["fc.weight", "margin.weight", "W", ""])
def test_unit_columns_are_noticed(tmp_path, name):
    columns = W.T / np.linalg.norm(W.T, axis=0)
    if name:
        head = load_weights(folder(tmp_path, {name: columns}))
    else:
        np.save(tmp_path / "w.npy", columns)
        head = load_weights(tmp_path / "w.npy")
    assert any("columns are unit vectors" in note and "--classes-axis" in note for note in head.notes)


V = 50
E = np.random.default_rng(6).standard_normal((V, D)).astype(np.float32)
B = np.linspace(-5, 5, V).astype(np.float32)
EMBEDDING = {"x.embeddings.word_embeddings.weight": E, "x.embeddings.LayerNorm.bias": np.ones(D, np.float32)}


@pytest.mark.parametrize(
    "tensors",
    [
        {"cls.predictions.bias": B},
        {"cls.predictions.bias": B, "cls.predictions.decoder.bias": B},
        {"lm_head.bias": B, "lm_head.dense.weight": np.eye(D), "lm_head.dense.bias": np.ones(D)},
        {"vocab_projector.bias": B},
        {"generator_lm_head.bias": B, "generator_predictions.dense.weight": np.eye(D)},
        {"predictions.bias": B},
        {"pred_layer.proj.bias": B},
        {"final_logits_bias": B[None, :]},
        {"decoder.bias": B[:, None]},
        {"cls/predictions/output_bias": B},
        {"module.mlm.bias": B},
    ],
    ids=lambda tensors: next(iter(tensors)),
)
def test_the_bias_of_a_tied_head_is_found_wherever_it_stands(tmp_path, tensors):
    head = load_weights(folder(tmp_path, EMBEDDING | tensors))
    assert head.key == "x.embeddings.word_embeddings.weight"
    np.testing.assert_array_equal(head.bias, B)
    assert any("bias" in note for note in head.notes)


def test_biases_that_differ_are_listed(tmp_path):
    path = folder(tmp_path, EMBEDDING | {"one.bias": B, "two.bias": B + 1})
    with pytest.raises(InvalidInputError, match=r"several that differ: one\.bias, two\.bias"):
        load_weights(path)
    np.testing.assert_array_equal(load_weights(path, bias="two.bias").bias, B + 1)


def test_a_head_with_its_bias_elsewhere(tmp_path):
    head = load_weights(folder(tmp_path, {"lm_head.weight": E, "model.shared.weight": E, "final_logits_bias": B[None]}))
    np.testing.assert_array_equal(head.bias, B)


def test_models_without_a_head_say_so(tmp_path, capsys):
    from sphcode.cli.main import main

    path = folder(tmp_path, EMBEDDING, config__json={"architectures": ["BertModel"], "vocab_size": V})
    head = load_weights(path)
    assert head.stand_in
    assert head.notes[0] == "no classifier head in BertModel: its token embedding is measured instead"
    assert main(["compare", str(path), "--quiet"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert "no classifier head; measured instead: its token embedding" in first


@pytest.mark.parametrize("name", ["meta-llama/Llama-3.2-1B", "gpt2", "org/name_1.5"])
def test_a_hub_id_says_how_to_download_it(name):
    with pytest.raises(InvalidInputError, match=f"hf download {name}"):
        load_weights(name)
