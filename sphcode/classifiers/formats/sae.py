"""Sparse autoencoders: a folder with `cfg.json`, whose decoder `W_dec` has one direction a feature."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from sphcode._files import reading
from sphcode.classifiers.formats.checkpoint import Checkpoint, Proposal

CONFIG = "cfg.json"
#: Names of the weights in such a folder (SAELens, sparsify, dictionary_learning).
WEIGHTS = ("sae_weights.safetensors", "sae.safetensors", "ae.pt")
#: The decoder, and the axis of its features; `decoder.weight` belongs to a linear layer from features to activations.
_DECODERS = {"W_dec": 0, "decoder.weight": 1}
_N_FEATURES = ("d_sae", "num_latents", "dict_size", "dictionary_size")


def is_autoencoder(folder: Path) -> bool:
    """Tell whether a folder is that of a sparse autoencoder, not of a model with a `config.json`."""
    return (folder / CONFIG).is_file() and not (folder / "config.json").is_file()


def as_autoencoder(checkpoint: Checkpoint, folder: Path) -> Checkpoint:
    """Name the decoder of an autoencoder as what is measured: its features take the place of classes."""
    with reading(folder / CONFIG, "the configuration of an autoencoder"):
        config = json.loads((folder / CONFIG).read_text())
        if not isinstance(config, dict):
            raise ValueError("it must hold one JSON object")
    key = next((key for key in _DECODERS if key in checkpoint.names), None)
    if key is None:
        return checkpoint
    shape = checkpoint.describe(key).shape
    axis = _axis(config, shape, _DECODERS[key])
    why = f"the decoder of a sparse autoencoder ({CONFIG} beside it); its features are the classes"
    return dataclasses.replace(checkpoint, proposals=(Proposal(key, why, axis), *checkpoint.proposals))


def _axis(config: dict[str, Any], shape: tuple[int, ...], usual: int) -> int:
    """Return the axis of the features: that of the length which the configuration states, else the usual one."""
    stated = next((config[name] for name in _N_FEATURES if isinstance(config.get(name), int)), None)
    fitting = [axis for axis, size in enumerate(shape) if size == stated]
    return fitting[0] if len(fitting) == 1 else usual
