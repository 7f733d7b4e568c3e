"""Models in several files: shards with an index and without, one of them given, pieces of split tensors."""

import json

import numpy as np
import pytest

from sphcode import load_weights
from sphcode._safetensors import write_tensors
from sphcode.errors import FileFormatError, InvalidInputError

RNG = np.random.default_rng(1)
E, H = (RNG.standard_normal((50, 8)).astype(np.float32) for _ in range(2))
FIRST = {"model.embed_tokens.weight": E, "model.layers.0.q.weight": np.eye(8, dtype=np.float32)}
SECOND = {"lm_head.weight": H}


def save(path, tensors):
    with path.open("wb") as stream:
        write_tensors(stream, tensors, {})
    return path


def shards(folder, names, index=None):
    paths = [save(folder / name, tensors) for name, tensors in zip(names, (FIRST, SECOND), strict=True)]
    if index is not None:
        content = {"weight_map": dict.fromkeys(FIRST, names[0]) | dict.fromkeys(SECOND, names[1])}
        (folder / index).write_text(json.dumps(content))
    return paths


NAMES = [
    (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], "model.safetensors.index.json"),
    (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], None),
    (["a.fp16-00001-of-00002.safetensors", "a.fp16-00002-of-00002.safetensors"], "a.fp16.index.json"),
    (["first.safetensors", "second.safetensors"], "model.safetensors.index.json"),
    (["model.00001-of-00002.safetensors", "model.00002-of-00002.safetensors"], None),
]


@pytest.mark.parametrize(("names", "index"), NAMES)
def test_one_shard_is_followed_to_the_others(tmp_path, names, index):
    for path in shards(tmp_path, names, index):
        head = load_weights(path)
        assert head.key == "lm_head.weight"
        assert head.path == str(tmp_path / names[1])
        assert any("is one shard" in note for note in head.notes)
    if names[0].startswith("model"):
        assert load_weights(tmp_path).key == "lm_head.weight"


def test_shards_of_torch(tmp_path):
    torch = pytest.importorskip("torch")
    names = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
    for name, tensors in zip(names, (FIRST, SECOND), strict=True):
        torch.save({key: torch.tensor(value) for key, value in tensors.items()}, tmp_path / name)
    assert load_weights(tmp_path / names[0]).key == load_weights(tmp_path).key == "lm_head.weight"


def test_a_part_alone_is_called_a_part(tmp_path):
    names = ["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors"]
    first, second = shards(tmp_path, names)
    with pytest.raises(FileFormatError, match="part 1 of 3, 1 others are not beside it"):
        load_weights(first)
    assert load_weights(second).key == "lm_head.weight"
    assert load_weights(first, "model.embed_tokens.weight").n_classes == 50
    second.unlink()
    only = save(tmp_path / "only-00002-of-00003.safetensors", {"model.layers.3.q.weight": H})
    with pytest.raises(FileFormatError, match="part 2 of 3"):
        load_weights(only)


def test_a_missing_shard_is_named(tmp_path):
    first, second = shards(tmp_path, *NAMES[0])
    second.unlink()
    for path in (first, tmp_path):
        with pytest.raises(FileFormatError, match=r"model-00002-of-00002\.safetensors: no such file"):
            load_weights(path)


@pytest.mark.parametrize(
    ("name", "other", "message"),
    [
        ("consolidated.00.pth", "consolidated.01.pth", "split over processes"),
        ("consolidated.01.pth", None, "split over processes"),
        ("mp_rank_00_model_states.pt", "mp_rank_01_model_states.pt", "split over processes"),
        ("zero_pp_rank_0_mp_rank_00_optim_states.pt", None, "zero_to_fp32"),
    ],
)
def test_pieces_of_split_tensors_are_refused(tmp_path, name, other, message):
    for file in filter(None, (name, other)):
        (tmp_path / file).write_bytes(b"")
    with pytest.raises(FileFormatError, match=message):
        load_weights(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model_head.pkl", "pickled object; save its coef_"),
        ("lm_head.safetensors", r"lm_head\.safetensors beside it may hold it"),
        ("classifier.pt", r"classifier\.pt beside it may hold it"),
    ],
)
def test_a_head_in_a_file_of_its_own_is_named(tmp_path, name, message):
    path = save(tmp_path / "model.safetensors", FIRST)
    assert load_weights(path).key == "model.embed_tokens.weight"
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(InvalidInputError, match=message):
        load_weights(path)
    assert load_weights(path, "model.embed_tokens.weight").n_classes == 50


def test_the_cache_of_the_hub_is_read_at_its_current_revision(tmp_path):
    model = tmp_path / "models--org--name"
    for revision, tensors in (("abc", FIRST | SECOND), ("def", FIRST)):
        (model / "snapshots" / revision).mkdir(parents=True)
        save(model / "snapshots" / revision / "model.safetensors", tensors)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("abc\n")
    assert load_weights(model).key == "lm_head.weight"
    (model / "refs" / "main").write_text("def")
    assert load_weights(model).key == "model.embed_tokens.weight"
