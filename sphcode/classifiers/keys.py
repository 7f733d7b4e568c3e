"""Which tensor of a checkpoint is the classifier head: decided by names alone, in a documented order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Names of heads, the first that a file has is taken; `.kernel` (Flax) and `/` (HDF5) are read like `.weight` and `.`.
HEAD_KEYS = (
    "lm_head.weight",
    "lm_head.decoder.weight",
    "cls.predictions.decoder.weight",
    "embed_out.weight",
    "score.weight",
    "classifier.weight",
    "classifier.out_proj.weight",
    "fc.weight",
    "head.weight",
    "head.fc.weight",
    "heads.head.weight",
    "classifier.1.weight",
    "classifier.6.weight",
    "logits.weight",
    "arcface.weight",
    "weight",
    "weights",
    "W",
    "points",
)

#: Endings of token embeddings, which serve as the head where a language model ties the two and stores one.
EMBEDDING_KEYS = (
    "embed_tokens.weight",
    "wte.weight",
    "word_embeddings.weight",
    "embed_in.weight",
    "tok_embeddings.weight",
    "shared.weight",
)

#: Prefixes that training frameworks put before every name.
WRAPPERS = ("module.", "_orig_mod.", "model.", "state_dict.", "model_state_dict.", "ema.", "params.")

COMPANIONS = ("class_means", "within_class_covariance", "class_counts")


def plain(name: str) -> str:
    """Return a tensor's name without wrappers, in the spelling of HEAD_KEYS."""
    name = name.replace("/", ".").removesuffix(":0")
    if name.endswith("kernel"):
        name = name.removesuffix("kernel") + "weight"
    stripped = True
    while stripped:
        stripped = False
        for wrapper in WRAPPERS:
            if name.startswith(wrapper):
                name, stripped = name.removeprefix(wrapper), True
    return name


def find_head(names: Iterable[str], config: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """Return the names that match the first matching rule, and a remark about the choice.

    The rules: the classifier that a timm `config.json` names, the names of HEAD_KEYS in their order, a token embedding.
    No name means that nothing matched, several mean that the rule cannot decide.
    """
    names = list(names)
    by_plain: dict[str, list[str]] = {}
    for name in names:
        by_plain.setdefault(plain(name), []).append(name)
    pretrained = config.get("pretrained_cfg", config)
    timm = pretrained.get("classifier") if isinstance(pretrained, Mapping) else None
    order = ((f"{timm}.weight",) if isinstance(timm, str) else ()) + HEAD_KEYS
    for head in order:
        if head in by_plain:
            return by_plain[head], None
    for ending in EMBEDDING_KEYS:
        found = [name for name in names if plain(name) == ending or plain(name).endswith("." + ending)]
        if found:
            remark = "the file has no head of its own; its token embedding is taken as the tied head"
            if config.get("tie_word_embeddings") is False:
                remark += ", although config.json says that they are not tied"
            return found, remark
    return [], None


def sibling(key: str, ending: str) -> str | None:
    """Return the name beside `key` that ends in `ending` instead of weight or kernel, None for other keys."""
    renamed, count = re.subn(r"(?:weight|kernel)(:0)?$", ending + r"\1", key)
    return renamed if count else None


def stored_classes_axis(key: str) -> int | None:
    """Return the axis that holds the classes: 1 for `kernel` (Flax, Keras), 0 otherwise, None where no rule exists."""
    name = key.replace("/", ".").removesuffix(":0")
    if re.search(r"(^|\.)vars\.\d+$", name):
        return None
    return 1 if name.endswith("kernel") else 0


def is_quantised_name(name: str) -> bool:
    """Tell whether a tensor's name is that of 2- to 8-bit storage (bitsandbytes, GPTQ, AWQ)."""
    return re.search(r"\.(qweight|qzeros|absmax|quant_map|quant_state\b.*|SCB)$", name) is not None
