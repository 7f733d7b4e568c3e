"""Which tensor of a checkpoint is the classifier head: by configuration, names and shapes, in a documented order.

1. what the structure of the file names (the last product of a graph);
2. the classifier that the configuration names (timm);
3. layers that are named like a head (`sphcode.classifiers.keys.HEAD_LAYERS`); of several, those with the number of
   classes that the configuration states, then the first in the list;
4. the token embedding where the configuration says that the head is tied to it;
5. the only matrix outside of numbered blocks with as many rows as the configuration states or the token embedding has;
6. the token embedding, when no other matrix can be the head;
7. the only matrix outside of numbered blocks, or of the file.

What is stored quantised, wrapped or in another file is refused by name; several that differ are listed, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from sphcode._validate import fail
from sphcode.classifiers.configuration import Configuration
from sphcode.classifiers.formats.checkpoint import Checkpoint, Proposal
from sphcode.classifiers.keys import (
    BARE_KEYS,
    HEAD_LAYERS,
    OUTPUT_LAYERS,
    HeadName,
    cannot_be_head,
    head_name,
    in_block,
    is_attention,
    is_auxiliary,
    is_embedding,
    is_position,
    numbers,
    skeleton,
)
from sphcode.classifiers.layers import Layer, Layers
from sphcode.classifiers.parts import entries
from sphcode.errors import FileFormatError, InvalidInputError

#: An error lists at most so many tensors: what fits a screen.
_LISTED = 20
#: Layers inside of a head that only prepare its input, when they are square.
_PREPARING = frozenset({"dense", "transform", "dense_1"})
#: Files beside a model that hold a head of their own.
_HEAD_FILE = re.compile(r"(head|classifier|linear_probe|prototypes)", re.I)


@dataclass(frozen=True)
class Choice:
    """The tensor that is measured.

    Attributes
    ----------
    key : str
        Its name.
    why : str
        The evidence, as the end of the sentence "KEY was taken: ...".
    notes : tuple of str
        What a reader must know about the choice.
    classes_axis : int or None
        The axis of the classes, where the evidence tells it.
    bias : str or None
        The tensor of the bias, where the evidence tells it.
    stand_in : bool
        Whether the model has no head, and its token embedding is measured instead.
    n_classes : int or None
        The number of classes, where the evidence tells it.
    """

    key: str
    why: str
    notes: tuple[str, ...] = ()
    classes_axis: int | None = None
    bias: str | None = None
    stand_in: bool = False
    n_classes: int | None = None


@dataclass
class _Chooser:
    """The evidence about one checkpoint."""

    layers: Layers
    config: Configuration
    path: Path
    part: str | None
    named: list[tuple[HeadName, Layer]] = field(default_factory=list)
    embeddings: list[Layer] = field(default_factory=list)
    others: list[Layer] = field(default_factory=list)
    rest: list[Layer] = field(default_factory=list)

    def choose(self) -> Choice:
        choice = self._by_name()
        if choice is not None:
            return choice
        self._sort()
        return self._by_configuration() or self._by_shape() or self._embedding() or self._only()

    # --- names

    def _by_name(self) -> Choice | None:
        """Choose by the names of layers, the least deep first; None when no name speaks of a head."""
        for module in self.layers:
            path = self.layers.path(module)
            name = head_name(path)
            if self.config.classifier is not None and ".".join(path) == self.config.classifier:
                layer = self.layers[module]
                if layer.matrix is not None:
                    return Choice(layer.matrix.key, "the classifier that config.json names")
            if name is not None and not is_auxiliary(path):
                self.named.append((name, self.layers[module]))
        self.named.sort(key=lambda item: (item[0].deep, item[0].rank, _raw(item)))
        bare = [key for key in BARE_KEYS if key in self.layers.checkpoint.names]
        picks: list[tuple[HeadName, Layer]] = []
        obstacles: list[tuple[HeadName, InvalidInputError]] = []
        for _, group in groupby(self.named, key=lambda item: (item[0].deep, item[0].rank, _raw(item))):
            members = list(group)
            try:
                picked = self._inside(members)
            except InvalidInputError as error:
                obstacles.append((members[0][0], error))
                continue
            if picked is not None:
                picks.append((members[0][0], picked))
        picks = self._of_the_stated_size(picks)
        # What cannot be read hides nothing that is named more tellingly.
        best = min((name for name, _ in picks), default=None)
        if obstacles and (best is None or obstacles[0][0] <= best) and not (bare and obstacles[0][0].deep):
            raise obstacles[0][1]
        if bare and (not picks or picks[0][0].deep):
            return self._bare(bare)
        if not picks:
            return None
        first, layer = min(picks, key=lambda item: (item[0].deep, item[0].rank, len(item[0].prefix)))
        word = HEAD_LAYERS[first.rank] if first.rank < len(HEAD_LAYERS) else ".".join(layer.path)
        rivals = [other for name, other in picks if name.rank == first.rank and other is not layer]
        return self._settle(layer, rivals, f"it is named like a head ({word})")

    def _bare(self, keys: Sequence[str]) -> Choice | None:
        for key in keys:
            matrix, obstacle = self.layers.matrix_of(key)
            if matrix is None:
                raise self._refusal(key, obstacle)
            if len(self.layers.axes(key)) > 1 or len(self.layers.checkpoint.names) == 1:
                return Choice(matrix.key, "it has a name of the documented list")
        return Choice(keys[0], "it has a name of the documented list")

    def _inside(self, members: Sequence[tuple[HeadName, Layer]]) -> Layer | None:
        """Return the layer of a named head that gives its scores; None when nothing there is a matrix of scores."""
        if any(is_attention(name.inside) for name, _ in members):
            return None
        direct = [layer for name, layer in members if not name.inside]
        for layer in direct:
            if layer.matrix is not None:
                return layer
        for _, layer in members:
            if layer.obstacle is not None:
                raise self._refusal(layer.module, layer.obstacle)
        counts = {
            axes[0] for layer in direct for n in layer.tensors.values() if len(axes := self.layers.axes(n.text)) == 1
        }
        usable = [
            (name, layer)
            for name, layer in members
            if name.inside and layer.matrix is not None and self._scores(name, layer, counts)
        ]
        if len(usable) < 2:
            return usable[0][1] if usable else None
        for word in OUTPUT_LAYERS:
            called = [layer for name, layer in usable if name.inside[-1] == word]
            if len(called) == 1:
                return called[0]
        if len({skeleton(name.inside) for name, _ in usable}) == 1:
            return max(usable, key=lambda item: numbers(item[0].inside))[1]
        stated = [layer for _, layer in usable if self._has_stated_size(layer)]
        if len(stated) == 1:
            return stated[0]
        raise self._ask([layer.matrix.key for _, layer in usable if layer.matrix is not None])

    def _scores(self, name: HeadName, layer: Layer, counts: set[int]) -> bool:
        """Tell whether a matrix inside of a head can be that of its scores: it fits the head's own bias, if any."""
        assert layer.matrix is not None
        shape = layer.matrix.shape
        if cannot_be_head(name.inside) or (counts and shape and not counts & set(shape)):
            return False
        return not (name.inside[-1].lower() in _PREPARING and len(set(shape)) == 1)

    def _of_the_stated_size(self, picks: list[tuple[HeadName, Layer]]) -> list[tuple[HeadName, Layer]]:
        """Return the candidates with the number of classes that the configuration states, else all that can be heads.

        A head over the tokens has at least as many rows as there are tokens; beside a token embedding, a square matrix
        behind a prefix is a projection (of a tower of vision), not a head.
        """
        stated = [pick for pick in picks if self._has_stated_size(pick[1])]
        if stated:
            return stated
        if self.config.kind == "vocabulary" and self.config.vocab_size is not None:
            return [pick for pick in picks if max(_shape(pick[1]), default=2**63) >= self.config.vocab_size]
        if any(is_embedding(self.layers.path(module)) for module in self.layers):
            return [(name, layer) for name, layer in picks if not (name.deep and len(set(_shape(layer))) == 1)]
        return picks

    def _has_stated_size(self, layer: Layer) -> bool:
        return layer.matrix is not None and bool(self.config.expected & set(layer.matrix.shape))

    def _settle(self, layer: Layer, rivals: Sequence[Layer], why: str, n_classes: int | None = None) -> Choice:
        """Return a layer, unless others of the same standing and shape differ from it."""
        assert layer.matrix is not None
        key, shape = layer.matrix.key, layer.matrix.shape
        alike = [other for other in rivals if other.matrix is not None and other.matrix.shape == shape]
        alike += [other for other in self._other_sets(layer) if other not in alike]
        different = [other.matrix.key for other in alike if other.matrix is not None and not self._equal(layer, other)]
        if different:
            raise self._ask([key, *different], "it has several that differ: ")
        notes = []
        if alike:
            copies = ", ".join(other.matrix.key for other in alike if other.matrix is not None)
            notes.append(f"{copies}: stored again, equal to {key}")
        smaller = [o.matrix.key for o in rivals if o.matrix is not None and o.matrix.shape != shape]
        if smaller:
            notes.append(f"{key} was taken; {', '.join(smaller)} is another head, of another shape (--key chooses)")
        return Choice(key, why, tuple(notes), n_classes=n_classes)

    def _other_sets(self, layer: Layer) -> list[Layer]:
        """Return the same layer in other sets of weights: averages over training, a teacher."""
        assert layer.matrix is not None
        size, flat = len(layer.path), "".join((*layer.path, "weight"))
        found = []
        for module in self.layers:
            path = self.layers.path(module)
            if not size or module == layer.module or is_auxiliary(path) or in_block(path[:-size]):
                continue
            # Some averages are stored under the name without its dots.
            if path[-size:] != layer.path and path[-1:] != (flat,):
                continue
            other = self.layers[module]
            if other.matrix is not None and other.matrix.shape == layer.matrix.shape:
                found.append(other)
        return found

    def _equal(self, first: Layer, second: Layer) -> bool:
        assert first.matrix is not None
        assert second.matrix is not None
        values = [self.layers.read(layer.matrix.key) for layer in (first, second) if layer.matrix is not None]
        return first.matrix.parts.keys() == second.matrix.parts.keys() and bool(
            np.array_equal(values[0].squeeze(), values[1].squeeze())
        )

    # --- configuration and shapes

    def _sort(self) -> None:
        """Sort the layers that are not named like a head: token embeddings, others that can be one, the rest."""
        known = {id(layer) for _, layer in self.named}
        for module in self.layers:
            path = self.layers.path(module)
            if in_block(path) or is_auxiliary(path):
                continue
            layer = self.layers[module]
            if id(layer) in known:
                continue
            if is_embedding(path):
                (self.embeddings if layer.matrix is not None else self.others).append(layer)
            elif not cannot_be_head(path) and (layer.obstacle is not None or len(_shape(layer)) == 2):
                self.others.append(layer)
            elif len(_shape(layer)) == 2 and not is_position(path):
                self.rest.append(layer)
        self.others = [layer for layer in self.others if layer.matrix is not None or layer.obstacle is not None]

    def _by_configuration(self) -> Choice | None:
        expected = self.config.expected
        if self.config.kind == "classes" or (expected and not self.embeddings):
            found = [layer for layer in self.others if self._has_stated_size(layer)]
            if len(found) == 1:
                count = next(iter(expected & set(_shape(found[0]))))
                why = (
                    f"it is the only matrix outside of numbered blocks with the {count} classes that config.json states"
                )
                return self._settle(found[0], (), why, count)
        if self.config.tied and self.embeddings and self.config.kind != "classes":
            if self.config.kind == "none":
                return self._stand_in()
            return self._tied("config.json says that the head is tied to the token embedding")
        return None

    def _by_shape(self) -> Choice | None:
        counts = {max(_shape(layer)) for layer in self.embeddings if _shape(layer)}
        if self.config.vocab_size is not None:
            counts.add(self.config.vocab_size)
        # A layer of any name that has a row for each token can only be the head.
        same = [layer for layer in (*self.others, *self.rest) if counts & set(_shape(layer))]
        if len(same) == 1 and self.config.kind != "classes":
            count = next(iter(counts & set(_shape(same[0]))))
            why = f"it is the only matrix beside the token embedding with {count} rows or columns"
            return self._settle(same[0], (), why, count)
        return None

    def _embedding(self) -> Choice | None:
        """Return the token embedding, if the head cannot be anything else."""
        if not self.embeddings:
            return None
        blocked = [layer for layer in self.others if layer.obstacle is not None]
        for layer in blocked:
            raise self._refusal(layer.module, layer.obstacle)
        elsewhere = self._elsewhere()
        if elsewhere is not None:
            what = "or give key= (--key) to measure its token embedding"
            raise FileFormatError(f"{self.path}: the head is not in this file: {elsewhere}; {what}")
        if self.config.kind == "none":
            return self._stand_in()
        others = [layer for layer in self.others if layer.matrix is not None]
        if others and self.config.kind != "vocabulary":
            raise self._ask([layer.matrix.key for layer in (*others, *self.embeddings) if layer.matrix is not None])
        return self._tied("the file has no head of its own")

    def _elsewhere(self) -> str | None:
        """Return why the head must be in another file; None when nothing says so."""
        if self.part is not None:
            return self.part
        if self.layers.is_adapter:
            return "these are LoRA updates; the head is in the base model, or merge them (`merge_and_unload()`)"
        if self.config.kind == "classes":
            return f"config.json says {self.config.architecture}, whose classifier is missing here"
        if self.config.tied is False and self.config.kind != "none":
            return "config.json says that it is not tied to the token embedding"
        folder = self.config.folder
        if folder is not None and folder.is_dir():
            for entry in entries(folder):
                if entry.is_file() and _HEAD_FILE.search(entry.stem) and entry != self.path and entry.suffix != ".json":
                    if entry.suffix in (".pkl", ".joblib"):
                        return (
                            f"{entry.name} beside it is a pickled object; save its coef_ and intercept_ with np.savez"
                        )
                    if entry.suffix not in (".py", ".md", ".txt"):
                        return f"{entry.name} beside it may hold it; give that file"
        return None

    def _tied(self, why: str) -> Choice:
        remark = "the file has no head of its own; its token embedding is taken as the tied head"
        if why.startswith("config"):
            remark = f"{why}, which is measured"
        return self._of_the_embeddings(f"{why}; its token embedding is taken as the tied head", remark, stand_in=False)

    def _stand_in(self) -> Choice:
        what = f"no classifier head in {self.config.architecture or 'the file'}"
        remark = f"{what}: its token embedding is measured instead"
        return self._of_the_embeddings(f"{what}; its token embedding is measured instead", remark, stand_in=True)

    def _of_the_embeddings(self, why: str, remark: str, *, stand_in: bool) -> Choice:
        counts = [len(_shape(layer)) and max(_shape(layer)) for layer in self.embeddings]
        stated = [layer for layer in self.embeddings if self.config.vocab_size in _shape(layer)]
        largest = stated or [one for one, n in zip(self.embeddings, counts, strict=True) if n == max(counts)]
        largest.sort(key=lambda layer: len(layer.module))
        choice = self._settle(largest[0], largest[1:], why)
        return Choice(choice.key, why, (remark, *choice.notes), stand_in=stand_in)

    # --- nothing but matrices

    def _only(self) -> Choice:
        matrices = self.layers.matrices
        blocked = [layer for layer in self.others if layer.obstacle is not None]
        readable = [layer for layer in self.others if layer.matrix is not None]
        if len(matrices) > 1 and len(readable) == 1 and not blocked and not self.layers.is_adapter and not self.part:
            return self._settle(readable[0], (), "it is the only matrix outside of numbered blocks")
        if self.layers.is_adapter or self.part is not None:
            raise FileFormatError(f"{self.path}: the head is not in this file: {self._elsewhere()}")
        if len(matrices) == 1 and not blocked:
            matrix, obstacle = self.layers.matrix_of(matrices[0])
            if matrix is None:
                raise self._refusal(matrices[0], obstacle)
            return Choice(matrix.key, "it is the only matrix of the file")
        if not readable and (blocked or not matrices):
            every = [self.layers[module] for module in self.layers]
            for layer in (*blocked, *every):
                if layer.obstacle is not None:
                    raise self._refusal(layer.module, layer.obstacle)
        raise self._ask(_keys(readable))

    def _ask(self, first: Sequence[str], reason: str = "its matrices are ") -> InvalidInputError:
        """Build the error that lists the matrices, the likely ones first."""
        rest = [] if reason != "its matrices are " else [key for key in self._all_matrices() if key not in first]
        keys = [*first, *rest]
        shown = [f"{key}{self._size(key)}" for key in keys]
        return fail(
            "key", f"given for {self.path.name}; {reason}{listing(shown or self.layers.checkpoint.names)}", "None"
        )

    def _all_matrices(self) -> list[str]:
        matrices = self.layers.matrices
        return sorted(matrices, key=lambda key: in_block(tuple(re.split(r"[./]", key))))

    def _size(self, key: str) -> str:
        axes = self.layers.axes(key)
        return f" ({' x '.join(map(str, axes))})" if axes else ""

    def _refusal(self, name: str, obstacle: str | None) -> FileFormatError:
        return FileFormatError(f"{self.path}: the head {name} cannot be read: {obstacle}")


def choose(checkpoint: Checkpoint, config: Configuration, path: Path, part: str | None = None) -> Choice:
    """Choose the head of a checkpoint.

    `part` says, when the file is one part of a model whose other parts are not at hand, what is missing. Raises
    InvalidInputError, with the list of matrices, when the evidence does not decide; FileFormatError when the head is
    stored in a way that cannot be read, or elsewhere.
    """
    if checkpoint.proposals:
        return _proposed(checkpoint.proposals[0])
    if checkpoint.names == ("",):
        return Choice("", "it is the only array of the file")
    return _Chooser(Layers(checkpoint), config, path, part).choose()


def asked_for(checkpoint: Checkpoint, key: str) -> Choice:
    """Return the choice of a tensor that the user names, with what the structure of the file tells about it."""
    why = f"it was asked for (key {key!r})"
    for proposal in checkpoint.proposals:
        if proposal.key == key:
            return replace(_proposed(proposal), why=why, stand_in=False)
    return Choice(key, why)


def _proposed(proposal: Proposal) -> Choice:
    return Choice(
        proposal.key,
        proposal.why,
        classes_axis=proposal.classes_axis,
        bias=proposal.bias,
        stand_in=proposal.stand_in,
    )


def listing(names: Iterable[str]) -> str:
    """Return names in one line, the first twenty of them and the number of others."""
    names = list(names)
    more = f", ... ({len(names) - _LISTED} more)" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) or "none") + more


def _shape(layer: Layer) -> tuple[int, ...]:
    return () if layer.matrix is None else layer.matrix.shape


def _keys(layers: Iterable[Layer]) -> list[str]:
    return [layer.matrix.key for layer in layers if layer.matrix is not None]


def _raw(item: tuple[HeadName, Layer]) -> str:
    """Return what stands before a head in the file, wrappers included: one text a set of weights."""
    name, layer = item
    inside = len(".".join(name.inside)) + (1 if name.inside else 0)
    return layer.module[: len(layer.module) - inside] if inside else layer.module
