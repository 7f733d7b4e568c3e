"""The layers of a checkpoint: which of its tensors belong together, and what matrix they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import UNIT_ROUNDOFF, Checkpoint, TensorFacts
from sphcode.classifiers.keys import COMPANIONS, Name, is_auxiliary, is_bias_name, parse
from sphcode.errors import FileFormatError

#: Parameters that are a matrix as they stand.
_MATRICES = ("weight", "kernel", "weights", "W", "w", "embedding", "coef_")
_LORA = re.compile(r"base_layer|lora_\w+")
#: Parameters of packed storage: GPTQ, AWQ, bitsandbytes, EXL2, HQQ, compressed-tensors, torch, MX blocks.
_PACKED = re.compile(
    r"q_?(weight|zeros|scale|groups|invperm)|weight\.(absmax|quant_map|nested_\w+|quant_state\..*)|SCB|W_q|B"
    r"|weight_packed|weight_shape|weight_quantized|_packed_params\b.*|weight_blocks|Qidxs|codes|codebooks|\w*_blocks"
)
#: Names of the scale of narrow floats beside `weight`; all are multiplied.
_SCALES = re.compile(r"weight_scales?|weight_scale_inv|scale_weight|scale_inv|scales?|weight\.scale(_inv)?")
#: Scales of other things: activations, caches.
_OTHER_SCALES = re.compile(r"(input|output|act|activation|[qkv])_scale\w*|scale_(input|output)")


@dataclass(frozen=True)
class Matrix:
    """A matrix, as one tensor or made of several.

    Attributes
    ----------
    key : str
        The tensor with the rows (or columns) of the classes.
    shape : tuple of int
        Its axes longer than 1; empty when its file is missing.
    parts : mapping
        The tensors that change it, by role: gain, left and right (spectral norm), mask, scale.
    """

    key: str
    shape: tuple[int, ...]
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Layer:
    """A layer: its tensors by parameter, and the matrix that they make or the reason why there is none to be read."""

    path: tuple[str, ...]
    module: str
    tensors: Mapping[str, Name]
    matrix: Matrix | None
    obstacle: str | None = None


class Layers:
    """The layers of a checkpoint, looked at when they are asked for."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.names = [parse(name) for name in checkpoint.names if name not in COMPANIONS]
        self._modules: dict[str, dict[str, Name]] = {}
        for name in self.names:
            # The tensors of no layer are not one layer: each is named for itself, a bias goes with the matrix.
            self._modules.setdefault(name.module, {})[name.parameter] = name
        self._facts: dict[str, TensorFacts | None] = {}
        self._layers: dict[str, Layer] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def path(self, module: str) -> tuple[str, ...]:
        """Return the layer's name without wrappers; looks at no tensor."""
        return next(iter(self._modules[module].values())).layer

    def __getitem__(self, module: str) -> Layer:
        if module not in self._layers:
            self._layers[module] = self._layer(module)
        return self._layers[module]

    def facts(self, name: str) -> TensorFacts | None:
        """Return the facts of a tensor, None when its shard is missing."""
        if name not in self._facts:
            try:
                self._facts[name] = self.checkpoint.describe(name)
            except FileFormatError:
                self._facts[name] = None
        return self._facts[name]

    def axes(self, name: str) -> tuple[int, ...]:
        """Return the lengths of a tensor's axes that are longer than 1."""
        facts = self.facts(name)
        return () if facts is None else tuple(length for length in facts.shape if length > 1)

    def is_float(self, name: str) -> bool:
        """Tell whether a tensor holds numbers that can be read as they are, or whether that is unknown."""
        facts = self.facts(name)
        return facts is None or facts.dtype in UNIT_ROUNDOFF or facts.roundoff is not None

    @cached_property
    def matrices(self) -> list[str]:
        """The names of all tensors with two axes longer than 1, except state of optimizers."""
        return [name.text for name in self.names if not is_auxiliary(name.layer) and len(self.axes(name.text)) == 2]

    @cached_property
    def is_adapter(self) -> bool:
        """Whether the file holds LoRA updates of a model that is stored elsewhere."""
        return any(re.search(r"lora_\w+", name.text) for name in self.names) and not any(
            "base_layer" in name.text for name in self.names
        )

    def find(self, key: str) -> list[str]:
        """Return the tensors that `key` can mean: by their name, without wrappers, or by that of their layer."""
        if key in self.checkpoint.names:
            return [key]
        found = [name.text for name in self.names if key in (name.plain, name.text)]
        if not found:
            modules = [m for m in self if key in (m, ".".join(self.path(m)), f"{m}.weight", self._plain_weight(m))]
            found = [matrix.key for m in modules if (matrix := self[m].matrix) is not None]
        return found

    def _plain_weight(self, module: str) -> str:
        return ".".join((*self.path(module), "weight"))

    def matrix_of(self, key: str) -> tuple[Matrix | None, str | None]:
        """Return the matrix that a tensor is part of, or stands for alone; None and the obstacle when unreadable."""
        if key in COMPANIONS:
            return Matrix(key, self.axes(key), {}), None
        name = parse(key)
        layer = self[name.module]
        made = layer.matrix
        if made is not None and key in (made.key, *made.parts.values()) and key != made.parts.get("scale"):
            return made, None
        if layer.obstacle is not None and layer.matrix is None:
            return None, layer.obstacle
        return Matrix(key, self.axes(key), {}), None

    def _layer(self, module: str) -> Layer:
        tensors = self._modules[module]
        path = self.path(module)
        kept = tensors
        saved = sorted({p.split(".")[1] for p in tensors if p.startswith("modules_to_save.") and p.count(".") > 1})
        if any(parameter.startswith("modules_to_save") for parameter in tensors):
            if len(saved) > 1:
                return Layer(path, module, tensors, None, f"saved for several adapters ({', '.join(saved)})")
            kept = {p.rsplit(".", 1)[-1]: name for p, name in tensors.items() if p.startswith("modules_to_save")}
        elif any(_LORA.match(parameter) for parameter in tensors):
            what = "the base weights are stored apart from their LoRA update"
            return Layer(path, module, tensors, None, f"{what}; merge them (`merge_and_unload()`) and save the model")
        matrix, obstacle = self._matrix(kept)
        return Layer(path, module, tensors, matrix, obstacle)

    def _matrix(self, tensors: Mapping[str, Name]) -> tuple[Matrix | None, str | None]:
        """Return the matrix that these tensors of one layer make, or what prevents it."""

        def made(base: str, **parts: str) -> tuple[Matrix, None]:
            key = tensors[base].text
            return Matrix(key, self.axes(key), {role: tensors[part].text for role, part in parts.items()}), None

        original = "parametrizations.weight.original"
        if {"weight_g", "weight_v"} <= tensors.keys():
            return made("weight_v", gain="weight_g")
        if {original + "0", original + "1"} <= tensors.keys():
            return made(original + "1", gain=original + "0")
        if {"weight_orig", "weight_u", "weight_v"} <= tensors.keys():
            return made("weight_orig", left="weight_u", right="weight_v")
        if {"weight_orig", "weight_mask"} <= tensors.keys():
            return made("weight_orig", mask="weight_mask")
        steps = "parametrizations.weight.0."
        if {original, steps + "_u", steps + "_v"} <= tensors.keys():
            return made(original, left=steps + "_u", right=steps + "_v")
        unread = sorted(
            p for p in tensors if p.startswith("parametrizations.weight") or p in ("weight_orig", "weight_g")
        )
        if unread:
            what = f"reparametrised ({', '.join(unread)}) in a way that is not known"
            return None, f"{what}; remove the parametrisation in torch (`remove_parametrizations`) and save the weight"
        packed = sorted(p for p in tensors if _PACKED.fullmatch(p))
        for parameter in (*_MATRICES, ""):
            if parameter not in tensors:
                continue
            key = tensors[parameter].text
            facts = self.facts(key)
            if facts is not None and not self.is_float(key):
                if len(self.axes(key)) < 2 and parameter == "":
                    continue
                return None, f"{key} has type {facts.dtype}, not a float; dequantise a quantised head first"
            axes = self.axes(key)
            if facts is not None and len(axes) < 2:
                if parameter in _MATRICES and len(axes) == 1 and len(facts.shape) > 1:
                    return (
                        None,
                        f"{key} has shape {facts.shape}: one score alone has no other class to be compared with",
                    )
                continue
            scales = [p for p in tensors if _SCALES.fullmatch(p)] if facts is not None else []
            if facts is not None and facts.dtype.startswith("F8") and len(scales) == 1:
                return made(parameter, scale=scales[0])
            if facts is not None and facts.dtype.startswith("F8"):
                unknown = [p for p in tensors if "scale" in p and not _OTHER_SCALES.fullmatch(p)]
                if unknown:
                    return None, f"its scale is not known ({', '.join(sorted(unknown))}); dequantise the head first"
            return made(parameter)
        if packed:
            return None, f"its weights are quantised ({tensors[packed[0]].text}, ...); dequantise the head first"
        # A parameter of another name, alone, is the matrix; what is neither that nor a vector is not understood.
        kept = {p: self.facts(name.text) for p, name in tensors.items() if not is_bias_name(name)}
        wide = [p for p, facts in kept.items() if facts is not None and len(self.axes(tensors[p].text)) > 1]
        whole = [
            p
            for p, facts in kept.items()
            if facts is not None and self.axes(tensors[p].text) and not self._plain(facts)
        ]
        if len(wide) == 1 and not whole and not wide[0].startswith("weight."):
            return made(wide[0])
        if whole or any(p.startswith("weight.") for p in wide):
            return (
                None,
                f"it is stored in a way that is not known ({tensors[(whole or wide)[0]].text}); dequantise it first",
            )
        return None, None

    @staticmethod
    def _plain(facts: TensorFacts) -> bool:
        """Tell whether a tensor holds floats that mean what they are, without a scale."""
        return (facts.dtype in UNIT_ROUNDOFF and not facts.dtype.startswith("F8")) or facts.roundoff is not None

    def biases(self) -> Iterator[tuple[Name, int]]:
        """Yield the vectors outside of blocks that are named like a bias and have no matrix or scale beside them."""
        for name in self.names:
            if not is_bias_name(name) or is_auxiliary(name.layer) or any(token.isdigit() for token in name.layer):
                continue
            axes = self.axes(name.text)
            if len(axes) != 1 or not self.is_float(name.text):
                continue
            siblings = [n for p, n in self._modules[name.module].items() if p != name.parameter and self.axes(n.text)]
            if name.layer and any(not is_bias_name(sibling) for sibling in siblings):
                continue
            yield name, axes[0]

    def read(self, name: str) -> NDArray[Any]:
        """Return the values of a tensor."""
        return self.checkpoint.read(name)
