"""What a model's configuration says about its head, and the names of its classes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Where the configuration of the language model stands in that of a larger one.
_INNER = ("text_config", "language_config", "llm_config", "decoder", "thinker_config")
_VOCABULARY = re.compile(r"(CausalLM|LMHead(Model)?|MaskedLM|PreTraining|ConditionalGeneration|CTC|Seq2SeqLM)")
_CLASSES = re.compile(r"For\w*(Classification|QuestionAnswering|MultipleChoice|Segmentation|Detection)")
_HEADLESS = re.compile(r"(Model|Encoder|Transformer)$")
_LABEL_FILES = ("labels.txt", "classes.txt", "class_names.txt", "labels.json", "class_names.json")


@dataclass(frozen=True)
class Configuration:
    """The configuration of a model, in so far as it tells something about the head.

    Attributes
    ----------
    content : mapping
        `config.json`; empty when there is none.
    folder : Path or None
        Where it lies, with tokenizer and labels.
    """

    content: Mapping[str, Any]
    folder: Path | None = None

    def _first(self, name: str) -> Any:
        """Return an entry of the configuration or of the language model's within it."""
        for part in (self.content, *(self.content.get(inner) for inner in _INNER)):
            if isinstance(part, Mapping) and part.get(name) is not None:
                return part[name]
        return None

    @property
    def tied(self) -> bool | None:
        """Whether the head is the token embedding; None when the configuration does not say."""
        value = self._first("tie_word_embeddings")
        return value if isinstance(value, bool) else None

    @property
    def architecture(self) -> str:
        """The name of the model's class, empty when it is not stated."""
        stated = self.content.get("architectures")
        stated = stated[0] if isinstance(stated, list) and stated else self.content.get("architecture")
        return stated if isinstance(stated, str) else ""

    @property
    def kind(self) -> str:
        """What the head scores by the architecture: "vocabulary", "classes", "none" (no head); "" when not known."""
        if _CLASSES.search(self.architecture):
            return "classes"
        if _VOCABULARY.search(self.architecture):
            return "vocabulary"
        return "none" if _HEADLESS.search(self.architecture) else ""

    @property
    def classifier(self) -> str | None:
        """The layer that is named as the classifier (timm)."""
        inner = self.content.get("pretrained_cfg")
        for part in (inner, self.content):
            if isinstance(part, Mapping) and isinstance(part.get("classifier"), str):
                return str(part["classifier"])
        return None

    @property
    def vocab_size(self) -> int | None:
        """Number of tokens."""
        return _count(self._first("vocab_size"))

    @property
    def num_labels(self) -> int | None:
        """Number of classes of a classifier."""
        inner = self.content.get("pretrained_cfg")
        for part in (self.content, inner):
            if isinstance(part, Mapping):
                for name in ("num_labels", "num_classes", "n_classes"):
                    if _count(part.get(name)) is not None:
                        return _count(part[name])
        labels = self.content.get("id2label")
        return len(labels) if isinstance(labels, Mapping) and labels else None

    @property
    def scale_blocks(self) -> tuple[int, int] | None:
        """Rows and columns that one scale of 8-bit floats is of."""
        quantised = self.content.get("quantization_config")
        stated = quantised.get("weight_block_size") if isinstance(quantised, Mapping) else None
        if isinstance(stated, list) and len(stated) == 2 and all(type(one) is int and one > 0 for one in stated):
            return stated[0], stated[1]
        return None

    @property
    def expected(self) -> frozenset[int]:
        """The numbers of classes that the head can have by the configuration; empty when it tells none."""
        counts = {
            "classes": (self.num_labels,),
            "vocabulary": (self.vocab_size,),
        }.get(self.kind, (self.num_labels, self.vocab_size))
        return frozenset(count for count in counts if count is not None)

    def class_names(self, n_classes: int) -> tuple[str, ...]:
        """Return the names of the classes from id2label, label files or the tokenizer; empty when none fits."""
        for names in self._stated_names():
            if len(names) == n_classes and not all(re.fullmatch(r"LABEL_\d+", name) for name in names):
                return tuple(names)
        if self.folder is not None and (self.vocab_size is None or n_classes >= self.vocab_size):
            return _tokens(self.folder, n_classes)
        return ()

    def _stated_names(self) -> Iterable[list[str]]:
        labels = self.content.get("id2label")
        if isinstance(labels, Mapping):
            numbered = {int(key): str(value) for key, value in labels.items() if str(key).isdigit()}
            if sorted(numbered) == list(range(len(labels))):
                yield [numbered[index] for index in range(len(numbered))]
        for part in (self.content, self.content.get("pretrained_cfg")):
            stated = part.get("label_names") if isinstance(part, Mapping) else None
            if isinstance(stated, list):
                yield [str(name) for name in stated]
        for name in _LABEL_FILES if self.folder is not None else ():
            assert self.folder is not None
            content = _read_text(self.folder / name)
            if content is None:
                continue
            if name.endswith(".txt"):
                yield content.splitlines()
                continue
            parsed = _parse(content)
            if isinstance(parsed, list):
                yield [str(entry) for entry in parsed]


def read_configuration(folder: Path | None, inside: Mapping[str, Any]) -> Configuration:
    """Return the configuration inside the file, else that of the `config.json` in its folder.

    A missing or malformed one says nothing.
    """
    if inside or folder is None:
        return Configuration(inside, folder)
    content = _parse(_read_text(folder / "config.json"))
    return Configuration(content if isinstance(content, dict) else {}, folder)


def _count(value: Any) -> int | None:
    return value if type(value) is int and value > 1 else None


def _read_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return None


def _parse(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _tokens(folder: Path, n_classes: int) -> tuple[str, ...]:
    """Return the tokens of the tokenizer beside the model, padded by the index where the vocabulary is padded."""
    numbered: dict[int, str] = {}
    content = _parse(_read_text(folder / "tokenizer.json"))
    vocabulary = content.get("model", {}).get("vocab") if isinstance(content, dict) else None
    if isinstance(vocabulary, list):
        numbered = {index: str(entry[0]) for index, entry in enumerate(vocabulary) if isinstance(entry, list) and entry}
    if not isinstance(vocabulary, Mapping | list):
        vocabulary = _parse(_read_text(folder / "vocab.json"))
    if isinstance(vocabulary, Mapping):
        numbered = {number: str(token) for token, number in vocabulary.items() if type(number) is int}
    if not numbered and (lines := _read_text(folder / "vocab.txt")) is not None:
        numbered = dict(enumerate(lines.splitlines()))
    for entry in content.get("added_tokens", []) if isinstance(content, dict) else []:
        if isinstance(entry, Mapping) and type(entry.get("id")) is int:
            numbered[entry["id"]] = str(entry.get("content"))
    if not numbered or max(numbered) >= n_classes or len(numbered) < n_classes // 2:
        return ()
    return tuple(numbered.get(index, str(index)) for index in range(n_classes))
