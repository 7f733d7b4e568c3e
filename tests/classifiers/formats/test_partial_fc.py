"""A head in parts, one file for each rank."""

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.classifiers.formats.opening import open_checkpoint
from sphcode.errors import FileFormatError, InvalidInputError

W = np.random.default_rng(0).standard_normal((26, 4)).astype(np.float32)
PARTS = [W[:9], W[9:18], W[18:]]


def save(folder, template, parts=PARTS, first=0):
    paths = [folder / template.format(rank) for rank in range(first, first + len(parts))]
    for path, part in zip(paths, parts, strict=True):
        if path.suffix == ".npy":
            np.save(path, part)
        else:
            np.savez(path, weight=part, step=7)
    return paths


@pytest.mark.parametrize(
    "template", ["softmax_fc_gpu_{}.npy", "rank:{}_softmax_weight.npy", "rank_{}_of_3.npz", "{}.npz"]
)
@pytest.mark.parametrize("first", [0, 1, 9])
def test_ranks_in_order(tmp_path, template, first):
    if first == 9:
        parts = [np.full((2, 4), rank, np.float32) + W[rank] for rank in range(12)]
        paths = save(tmp_path, template, parts)  # ranks 10 and 11 come before 2 in the order of letters
        whole = np.concatenate(parts)
    else:
        paths, whole = save(tmp_path, template, first=first), W
    pattern = str(tmp_path / template.format("*"))
    for source in (paths, list(map(str, paths[::-1])), pattern):
        head = load_weights(source)
        assert np.array_equal(head.weight, whole)
        assert any("in the order of their ranks" in note for note in head.notes)


def test_names_without_numbers_keep_the_given_order(tmp_path):
    np.save(tmp_path / "b.npy", PARTS[0])
    np.save(tmp_path / "a.npy", PARTS[1])
    head = load_weights([tmp_path / "b.npy", tmp_path / "a.npy"])
    assert np.array_equal(head.weight, W[:18])
    assert any("in the order given" in note for note in head.notes)


def test_what_does_not_fit_together(tmp_path):
    paths = save(tmp_path, "rank_{}.npy")
    with pytest.raises(FileFormatError, match="rank 1 is missing"):
        load_weights([paths[0], paths[2]])
    with pytest.raises(FileFormatError, match="rank 0 is missing"):
        load_weights([paths[2], tmp_path / "rank_3.npy"])
    with pytest.raises(FileFormatError, match="given twice"):
        load_weights([paths[0], paths[0]])
    np.save(paths[1], W[:, :3])
    with pytest.raises(FileFormatError, match="do not fit together"):
        load_weights(paths)
    np.savez(tmp_path / "part_0.npz", other=W)
    np.savez(tmp_path / "part_1.npz", weight=W)
    with pytest.raises(FileFormatError, match="no tensor's name in common"):
        open_checkpoint([tmp_path / "part_0.npz", tmp_path / "part_1.npz"])


def test_patterns_and_lists_that_name_nothing(tmp_path):
    with pytest.raises(FileFormatError, match="no file fits"):
        load_weights(tmp_path / "rank_*.pt")
    with pytest.raises(InvalidInputError, match="empty list"):
        load_weights([])
    with pytest.raises(InvalidInputError, match="file name"):
        load_weights([3])
