"""A large head is measured from its rows as they are stored: no copy of the matrix, whatever is measured."""

import json
import tracemalloc

import ml_dtypes
import naive
import numpy as np
import pytest

from sphcode import argmax_classes, compare, load_weights
from sphcode.margins.one_vs_rest import one_vs_rest

N, DIM = 4000, 256
#: Beside the stored rows: at most this share of their float32 size. What is kept for every class (candidates, norms) is
#: a larger share here than in 4096 dimensions; a copy of the matrix would be 1 in float32 and 2 in float64.
SHARE = 0.7


@pytest.fixture
def large(monkeypatch, tmp_path):
    """A file of a head that counts as large, and settings that are as small beside it as usual ones beside 2 GB."""
    small = {
        "sphcode._validate.LARGE_BYTES": 1,
        "sphcode._safetensors.MAPPED_BYTES": 1,
        "sphcode.classifiers.formats.numpy.MAPPED_BYTES": 1,
        "sphcode.classifiers.measure.KEPT_DIRECTIONS": 1,
        "sphcode.classifiers.measurement._CONTACT_BLOCK": 64,
        "sphcode.classifiers.geometry.EVEN_CLASSES": 100,
        "sphcode.margins.rows.SLICE_BYTES": 1 << 15,
        "sphcode.margins.screen.KEPT_BYTES": 0,
        "sphcode.margins.screen.STEP_BYTES": 1 << 15,
        "sphcode.margins.screen.LEAST_STEP": 64,
        "sphcode.margins.nearest.STEP_BYTES": 1 << 15,
        "sphcode.margins.nearest.MAX_PAIRS": 100,
        "sphcode.margins.nearest._MERGED": 256,
        "sphcode.margins.one_vs_rest._LEAST_BLOCK": 4,
        "sphcode.margins.one_vs_rest._BLOCK_BYTES": 0,
    }
    for name, value in small.items():
        monkeypatch.setattr(name, value)
    rows = 3.0 * naive.random_unit(N, DIM, seed=1)
    rows[3000:] = np.repeat(rows[3000:3500], 2, axis=0)  # as rows of tokens that were never trained
    np.save(tmp_path / "head.npy", rows.astype(np.float32))
    np.save(tmp_path / "half.npy", rows.astype(np.float16))
    bits = rows.astype(ml_dtypes.bfloat16).view(np.uint16)
    with (tmp_path / "head.safetensors").open("wb") as stream:
        header = {"head": {"dtype": "BF16", "shape": bits.shape, "data_offsets": [0, bits.nbytes]}}
        text = json.dumps(header).ljust(100).encode()
        stream.write(len(text).to_bytes(8, "little") + text + bits.tobytes())
    return tmp_path


def peak(function):
    """Memory that a call takes at most, over the float32 size of the matrix; everything is compiled and imported."""
    function()
    tracemalloc.start()
    function()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / (4 * N * DIM)


@pytest.mark.parametrize("name", ["head.npy", "half.npy", "head.safetensors"])
def test_no_measurement_copies_the_matrix(large, name):
    large /= name
    measured = {
        "compare": lambda: compare(large, sample=8, workers=1),
        "centred": lambda: compare(large, sample=8, workers=1, center=True),
        "argmax": lambda: argmax_classes(load_weights(large).weight, classes=range(8)),
        "distances": lambda: one_vs_rest(load_weights(large).weight, bias=np.linspace(0, 1, N), classes=range(8)),
    }
    peaks = {name: peak(function) for name, function in measured.items()}
    assert max(peaks.values()) <= SHARE, peaks
