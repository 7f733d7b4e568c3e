"""The layers of a Keras configuration, and which of them gives the scores of the classes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Layers that may follow the head: they keep one score a class.
_KEEPING = frozenset(
    [
        *("Activation", "Softmax", "ReLU", "Dropout", "Reshape", "Flatten", "Identity", "Rescaling", "Permute"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "InputLayer"),
    ]
)
#: Models within models, deeper than any; a file beyond is made to exhaust the stack.
_NESTED = 20


@dataclass(frozen=True)
class KerasLayer:
    """A layer of the configuration: class, name, settings, and its place in the weights where names are not stored."""

    kind: str
    name: str
    settings: dict[str, Any]
    place: str


def scores_layer(config: Any) -> KerasLayer | None:
    """Return the last dense layer (or 1x1 convolution), if only layers that keep its scores follow it."""
    for layer in reversed(list(_layers(config, "", 0))):
        size = layer.settings.get("kernel_size")
        single = isinstance(size, list) and all(one == 1 for one in size)
        if layer.kind == "Dense" or (layer.kind in ("Conv1D", "Conv2D") and single):
            return layer
        if layer.kind not in _KEEPING:
            return None
    return None


def _layers(entry: Any, place: str, depth: int) -> Iterator[KerasLayer]:
    """Yield the layers of a model in their order, those of models inside it in the place of these."""
    settings = entry.get("config", {}) if isinstance(entry, dict) else {}
    if isinstance(settings, list):
        settings = {"layers": settings}  # a Sequential of Keras before 2.2.3
    if not isinstance(settings, dict) or depth > _NESTED:
        return
    counts: Counter[str] = Counter()
    layers = settings.get("layers", ())
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict):
            continue
        kind = str(layer.get("class_name"))
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower().replace("_2_d", "2d")
        number, counts[snake] = counts[snake], counts[snake] + 1
        inside = f"{place}layers/{snake}" + (f"_{number}" if number else "")
        own = layer.get("config", {})
        if isinstance(own, dict) and "layers" in own:
            yield from _layers(layer, f"{inside}/", depth + 1)
        elif isinstance(own, dict):
            yield KerasLayer(kind, str(own.get("name", layer.get("name"))), own, f"{inside}/vars")
