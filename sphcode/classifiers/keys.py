"""What the name of a tensor tells: the layer that it belongs to, its role there, and whether the layer can be a head.

Only names are looked at here; `sphcode.classifiers.choice` puts them together with shapes and configuration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Layers that are heads, the most telling first (docs/weights.md has the same list); what stands inside of them belongs
#: to them. A layer of these names outside of numbered blocks is a candidate; those with nothing but wrappers before
#: them come first.
HEAD_LAYERS = (
    "lm_head",
    "cls.predictions.decoder",
    "embed_out",
    "loss",
    "criterion",
    "margin",
    "metric_fc",
    "score",
    "classifier",
    "fc",
    "head",
    "heads",
    "logits",
    "arcface",
    "output",
    "output_layer",
    "output_projection",
    "out_proj",
    "lm_loss",
    "decoder",
    "vocab_projector",
    "generator_lm_head",
    "pred_layer",
    "proj_out",
    "generator",
    "unembed",
    "to_logits",
    "mlp_head",
    "last_linear",
    "last_layer",
    "classification_head",
    "prediction_head",
    "predictions",
    "cls_score",
    "class_embed",
    "qa_outputs",
    "fc_out",
    "out",
)
#: Those that have nothing inside: as containers they are half a network.
_CLOSED = frozenset({"loss", "criterion", "margin", "decoder", "output", "out", "out_proj", "proj_out", "class_embed"})
#: Other layers whose name says that they score something; the last evidence that names give.
_LIKE_A_HEAD = re.compile(
    r"(^|_)(heads?|fc|cls|score|logits?|softmax|unembed|vocab)(_|\d*$)|classif|(?<!un)readout|(arc|cos|sphere|ada|curricular)face",
    re.I,
)
#: Parameters of no layer at all, taken as the head when a file has one.
BARE_KEYS = ("weight", "weights", "W", "points")
#: The documented order, as names of tensors.
HEAD_KEYS = (*(f"{layer}.weight" for layer in HEAD_LAYERS), *BARE_KEYS)

#: Prefixes that training frameworks put before every name.
WRAPPERS = frozenset(
    {"module", "_orig_mod", "model", "state_dict", "model_state_dict", "ema", "params", "base_model", "network", "net"}
)
#: Wrappers in the middle of a name.
_TRANSPARENT = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"})

#: Where the name of a layer ends and that of a wrapped or reparametrised part of it begins.
_PART = re.compile(
    r"parametrizations|base_layer|modules_to_save|original_module|lora_\w+|_packed_params|weight|kernel|SCB"
)
#: Last components that are parameters of a layer, not layers.
_PARAMETER = re.compile(
    r"weights?|kernel|bias(es)?|W|w|b|W_[A-Z]|b_[A-Z]|embedding|coef_|intercept_|scales?|biases|gamma|beta"
    r"|q(weight|zeros|scales?)|g_idx|absmax|quant_map|SCB|(weight|kernel|scale|input|output)_\w+|\w+_zero_point|\w*_scales?(_\w+)?"
)
_JOINED = re.compile(r"(?P<layer>.+)_(?P<parameter>weights?|kernel|bias(es)?|W|w|b)")

_NUMBERED = re.compile(r"\d+|(\w*(block|layer|stage|unit|cell|bottleneck)s?_?\d+)", re.I)
_OPTIMIZER = re.compile(r"optim|exp_avg|momentum|^ema_optimizer|lr_sched|^grad|^queue", re.I)
_POSITION = re.compile(
    r"pos(ition)?(_|s|al|$)|^wpe$|type|segment|patch|time|relative|rotary|cls_token|mask_token", re.I
)
_EMBEDDING = re.compile(r"embed(?!_out)|(^|_)emb(_|s?$)|^[wt]te$|^shared$|lookup", re.I)
#: Layers between the last hidden state and the head, or beside it.
_NOT_A_HEAD = re.compile(
    r"pool|transform|project_(in|out)|embeddings_project|projector|projection|norm|rotary|inv_freq|adapter|lora"
    r"|stem|conv_in|pre_logits|router|gate|(generator|discriminator)_predictions|summary|visual_proj|text_proj|mapping",
    re.I,
)
_ATTENTION = re.compile(r"att(ention|n)|in_proj", re.I)

COMPANIONS = ("class_means", "within_class_covariance", "class_counts")


@dataclass(frozen=True)
class Name:
    """A tensor's name, taken apart.

    Attributes
    ----------
    text : str
        As it stands in the file.
    layer : tuple of str
        Its layer, without wrappers.
    parameter : str
        What it is within the layer ("weight", "weight.absmax", "base_layer.weight"); empty for a name that is both.
    module : str
        The layer with its wrappers, as it stands in the file.
    """

    text: str
    layer: tuple[str, ...]
    parameter: str
    module: str

    @property
    def plain(self) -> str:
        """The name without wrappers, in the spelling of PyTorch: dots, and `weight` for `kernel`."""
        parameter = re.sub(r"kernel$", "weight", self.parameter)
        return ".".join((*self.layer, *([parameter] if parameter else [])))


def parse(text: str) -> Name:
    """Take a tensor's name apart."""
    spelled = text.removesuffix(":0")
    places = [(match.start(), match[0]) for match in re.finditer(r"[^./]+", spelled)]
    places = [(start, token) for start, token in places if token not in _TRANSPARENT]
    while len(places) > 1 and places[0][1] in WRAPPERS:
        places = places[1:]
    tokens = [token for _, token in places]
    for index, (start, token) in enumerate(places):
        if _PART.fullmatch(token) or (index == len(places) - 1 and _PARAMETER.fullmatch(token)):
            return Name(text, tuple(tokens[:index]), ".".join(tokens[index:]), spelled[:start].rstrip("./"))
    joined = _JOINED.fullmatch(tokens[-1]) if tokens else None
    if joined is not None:
        module = spelled[: places[-1][0]] + joined["layer"]
        return Name(text, (*tokens[:-1], joined["layer"]), joined["parameter"], module)
    return Name(text, tuple(tokens), "", spelled)


@dataclass(frozen=True, order=True)
class HeadName:
    """How a layer's name says that it is a head: the smaller, the more telling.

    Attributes
    ----------
    deep : bool
        Whether prefixes other than wrappers stand before it.
    rank : int
        Its place in HEAD_LAYERS, or one past the end for names that are only like those.
    prefix, inside : tuple of str
        What stands before and behind the part that matched.
    """

    deep: bool
    rank: int
    prefix: tuple[str, ...]
    inside: tuple[str, ...]


def head_name(layer: tuple[str, ...]) -> HeadName | None:
    """Return how the name of a layer says that it is a head; None when it does not."""
    lower = tuple(token.lower() for token in layer)
    if is_auxiliary(layer):
        return None
    found = [
        HeadName(place > 0, rank, layer[:place], layer[place + len(path) :])
        for rank, path in enumerate(_HEAD_PATHS)
        for place in range(len(lower) - len(path) + 1)
        if lower[place : place + len(path)] == path and not in_block(layer[:place])
    ]
    found = [name for name in found if not (name.inside and HEAD_LAYERS[name.rank] in _CLOSED)]
    if found:
        return min(found, key=lambda name: (len(name.prefix), -len(name.inside), name.rank))
    if layer and not in_block(layer) and _LIKE_A_HEAD.search(layer[-1]) and not cannot_be_head(layer):
        return HeadName(True, len(_HEAD_PATHS), layer[:-1], ())
    return None


_HEAD_PATHS = tuple(tuple(layer.split(".")) for layer in HEAD_LAYERS)
#: Layers inside of a head that give its scores, the most telling first; then the one of the highest number.
OUTPUT_LAYERS = ("out_proj", "last_layer", "out", "output", "logits", "classifier", "head", "fc", "linear", "proj")


def in_block(layer: tuple[str, ...]) -> bool:
    """Tell whether a layer is one of many alike: a component of its name is a number, or ends in one like `layer1`."""
    return any(map(_NUMBERED.fullmatch, layer))


def is_auxiliary(layer: tuple[str, ...]) -> bool:
    """Tell whether a tensor is no part of a network: state of an optimizer, a queue of features."""
    return any(map(_OPTIMIZER.search, layer))


def is_embedding(layer: tuple[str, ...]) -> bool:
    """Tell whether a layer is named like a table of token embeddings."""
    return (
        any(map(_EMBEDDING.search, layer))
        and not any(map(_POSITION.search, layer))
        and not any(map(_NOT_A_HEAD.search, layer[-1:]))
        and not in_block(layer)
    )


def is_position(layer: tuple[str, ...]) -> bool:
    """Tell whether a layer's name says that it is about positions, segments or patches, not about classes."""
    return any(map(_POSITION.search, layer))


def cannot_be_head(layer: tuple[str, ...]) -> bool:
    """Tell whether a layer's name says that it is something else than a head."""
    return any(_POSITION.search(token) or _NOT_A_HEAD.search(token) or _OPTIMIZER.search(token) for token in layer)


def is_attention(inside: tuple[str, ...]) -> bool:
    """Tell whether what is inside of a layer makes it a block of attention, not a head."""
    return any(map(_ATTENTION.search, inside))


def is_number(token: str) -> bool:
    """Tell whether a component of a name is numbered: `3`, `fc2`."""
    return re.search(r"\d+$", token) is not None


def numbers(layer: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers that a name's components end in."""
    return tuple(int(match[0]) for token in layer if (match := re.search(r"\d+$", token)))


def skeleton(layer: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name without the numbers of its components."""
    return tuple(re.sub(r"\d+$", "#", token) for token in layer)


def is_bias_name(name: Name) -> bool:
    """Tell whether a name is that of a bias, wherever it stands."""
    last = name.parameter or (name.layer[-1] if name.layer else "")
    return re.search(r"bias(es)?$|intercept_?$|(^|\.)b(_[A-Z])?$|bias_param$", last) is not None


def follower(name: Name) -> str | None:
    """Return the name after one that ends in the number 0: the bias in a list, or in the variables of a layer."""
    stem, count = re.subn(r"(^|[./])0$", r"\g<1>1", name.text)
    return stem if count else None


def stored_classes_axis(name: Name) -> int | None:
    """Return the axis that holds the classes by convention: 1 for `kernel` (Flax, Keras), 0 for `weight`.

    None for names without a convention: `W` is (classes, dim) in one package and (dim, classes) in the next.
    """
    if name.text in {"", "points"}:
        return 0
    last = name.parameter.rsplit(".", 1)[-1]
    if last == "kernel":
        return 1
    if last in ("weight", "embedding", "coef_", "weight_v", "weight_g", "weight_orig") or "original" in last:
        return 0
    return None
