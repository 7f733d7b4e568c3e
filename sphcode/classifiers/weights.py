"""Read a trained classifier head: which tensor it is, which axis holds the classes, what is stored beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._rows import row_norms
from sphcode._validate import as_stored, check_int, check_path, fail, shown
from sphcode.classifiers.choice import Choice, asked_for, choose, listing
from sphcode.classifiers.configuration import Configuration, read_configuration
from sphcode.classifiers.decode import combine, exponents, scaled
from sphcode.classifiers.formats.checkpoint import INTEGER_TYPES, UNIT_ROUNDOFF, Checkpoint
from sphcode.classifiers.formats.opening import open_checkpoint
from sphcode.classifiers.formats.partial_fc import rank_files
from sphcode.classifiers.keys import COMPANIONS, follower, is_bias_name, parse, stored_classes_axis
from sphcode.classifiers.layers import Layers, Matrix
from sphcode.classifiers.parts import open_model, snapshot
from sphcode.errors import FileFormatError

#: Columns whose norms differ from 1 by at most this are unit vectors.
_UNIT = 1e-3
#: Rows that are looked at at once: memory only.
_SLICE = 512
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True, eq=False)
class Head(Shown):
    """A classifier head as it was stored: rows are classes, nothing is normalised or centred.

    Attributes
    ----------
    weight : ndarray, shape (n_classes, dim), float64, float32, float16 or bfloat16
        The class vectors as rows, not normalised. A large matrix of floats of 32 or 16 bits (bfloat16 is a type of the
        package ml_dtypes) stays as it is stored, memory-mapped and read-only where the file has it so; any other is
        float64. NumPy computes with 16 bits in 16 bits: `weight.astype(numpy.float32)` is exact, and to be made first.
    key : str
        The tensor's name in the file; empty for a file without names (`.npy`) and for arrays.
    path : str
        The file that holds the tensor (a shard, for a sharded model); empty for arrays.
    dtype : str
        The type that it is stored in: F64, F32, F16, BF16, F8_E4M3, F8_E5M2, an integer type for NumPy files, or the
        format's own name of a quantised type.
    bias : ndarray, shape (n_classes,), or None
        Bias of the logits, in units of the rows times those of the features.
    companions : dict
        Those of `class_means` (n_classes, dim), `within_class_covariance` (dim, dim) and `class_counts` (n_classes,)
        that the file holds beside the head.
    metadata : dict
        The file's own notes, strings.
    padding_rows : int
        Number of last rows that are equal (0, or at least 2), as padded vocabularies have them; they are kept.
    notes : tuple of str
        What was decided or found on the way, one sentence each.
    why : str
        Why this tensor was taken, as the end of the sentence "KEY was taken: ...".
    stand_in : bool
        Whether the model has no classifier head, and its token embedding stands here instead.
    class_names : tuple of str or None
        Names of the classes, where a configuration, a tokenizer or labels beside the file state them.
    roundoff : float or None
        How far rounding can have moved a row, as a share of its norm, for types without a fixed roundoff.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode.classifiers.weights import Head
    >>> Head(np.eye(3), bias=np.array([0.5, 0.0, -0.5]))
    Head(n_classes=3, dim=3, key='', dtype='F64')
    """

    weight: NDArray[Any]
    key: str = ""
    path: str = ""
    dtype: str = "F64"
    bias: NDArray[np.float64] | None = None
    companions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    padding_rows: int = 0
    notes: tuple[str, ...] = ()
    why: str = "the array that was given"
    stand_in: bool = False
    class_names: tuple[str, ...] | None = None
    roundoff: float | None = None

    @property
    def n_classes(self) -> int:
        """Number of rows."""
        return int(self.weight.shape[0])

    @property
    def dim(self) -> int:
        """Number of columns."""
        return int(self.weight.shape[1])

    @property
    def cosine_rounding(self) -> float:
        """Largest change of a cosine of two rows that storing them in `dtype` can have caused; 0 for integers."""
        return 2.0 * (UNIT_ROUNDOFF.get(self.dtype, 0.0) if self.roundoff is None else self.roundoff)

    def __repr__(self) -> str:
        return f"Head(n_classes={self.n_classes}, dim={self.dim}, key={self.key!r}, dtype={self.dtype!r})"

    def to_dict(self) -> dict[str, Any]:
        """Return the facts about the head, without its arrays."""
        return {
            "path": self.path,
            "key": self.key,
            "why": self.why,
            "n_classes": self.n_classes,
            "dim": self.dim,
            "dtype": self.dtype,
            "cosine_rounding": self.cosine_rounding,
            "has_bias": self.bias is not None,
            "companions": sorted(self.companions),
            "metadata": dict(self.metadata),
            "padding_rows": self.padding_rows,
            "notes": list(self.notes),
        }


def load_weights(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    key: str | None = None,
    *,
    bias: str | None = None,
    classes_axis: int | None = None,
) -> Head:
    """Read the weights of a classifier head, and what the file holds beside them.

    Parameters
    ----------
    path : path
        A safetensors, NumPy (`.npy`, `.npz`), HDF5 (`.h5`), Keras 3 (`.keras`), Flax (`.msgpack`), ONNX, GGUF or
        PyTorch (`.pt`, `.pth`, `.bin`, `.ckpt`) file, an index of shards (`*.index.json`), or the folder of a model or
        of a sparse autoencoder. Formats are told by their first bytes, then by the suffix. One shard is followed to
        its index. A list of files, or a pattern (`rank_*.pt`), is a head in parts, joined in the order of the ranks.
    key : str, optional
        The tensor's name, or that of its layer. Without it configuration, names and shapes decide, in the order that
        `sphcode.classifiers.choice` and docs/weights.md state; where they do not, an error lists the matrices.
    bias : str, optional
        The name of the bias. Without it, the bias of the layer, or the only vector of n_classes entries that is called
        a bias and belongs to no other layer.
    classes_axis : {0, 1}, optional
        The axis that holds the classes. Without it: the axis with the number of classes that the configuration states;
        1 for names that end in `kernel` (Flax, Keras), 0 for `weight`; the axis with as many entries as the bias; else
        0, which `notes` say.

    Returns
    -------
    Head

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, holds pickled objects or is one part of a model, or if its head is packed,
        wrapped or quantised in a way that cannot be read; the message says what to do.
    InvalidInputError
        If no rule decides which tensor is the head, or the head is not a finite matrix of two rows and columns or more.
    MissingExtraError
        If the format needs a package (torch, h5py, msgpack, onnx, gguf) that is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(pathlib.Path(folder, "head.npz"), weight=np.eye(3), step=7)
    ...     load_weights(pathlib.Path(folder, "head.npz"))
    Head(n_classes=3, dim=3, key='weight', dtype='F64')
    """
    ranks = rank_files(path)
    if ranks is not None:
        joined = open_checkpoint(ranks)
        config = read_configuration(ranks[0].parent, joined.config)
        return read_head(joined, config, ranks[0], key=key, bias=bias, classes_axis=classes_axis)
    source = check_path(path)
    if not source.exists() and _HUB_ID.fullmatch(str(source)) and not source.suffix.strip(".").isalpha():
        raise FileFormatError(
            f"{path}: no such file; if it is a model on the Hugging Face Hub, download it first "
            f"(`hf download {path} --local-dir FOLDER`) and give the folder"
        )
    source = snapshot(source) if source.is_dir() else source
    checkpoint, part = open_model(source)
    folder = source if source.is_dir() else source.parent
    config = read_configuration(folder, checkpoint.config)
    return read_head(checkpoint, config, source, key=key, bias=bias, classes_axis=classes_axis, part=part)


def read_head(
    checkpoint: Checkpoint,
    config: Configuration,
    source: Path,
    *,
    key: str | None = None,
    bias: str | None = None,
    classes_axis: int | None = None,
    part: str | None = None,
) -> Head:
    """Choose the head of an opened checkpoint and read it with what belongs to it."""
    if classes_axis is not None:
        classes_axis = check_int("classes_axis", classes_axis, minimum=0, maximum=1)
    layers = Layers(checkpoint)
    if key is None:
        choice = choose(checkpoint, config, source, part)
    else:
        choice = asked_for(checkpoint, _find(layers, "key", key, source))
    matrix, obstacle = layers.matrix_of(choice.key)
    if matrix is None:
        raise FileFormatError(f"{source}: the head {choice.key} cannot be read: {obstacle}")
    facts = checkpoint.describe(choice.key)
    stored = _read_matrix(checkpoint, matrix, config)
    bias_name, bias_note = _find_bias(layers, choice, bias, stored.shape, source)
    notes = [*checkpoint.notes, *choice.notes, *([bias_note] if bias_note else [])]
    if matrix.parts:
        notes.append(f"{choice.key} was combined with {', '.join(matrix.parts.values())}")
    axis, axis_notes = classes_axis, list[str]()
    if axis is None:
        axis, axis_notes = _axis(layers, choice, stored.shape, facts.shape, bias_name, config)
        axis_notes += unit_columns(stored.T if axis == 1 else stored)
    # Widening a signalling NaN warns; as_stored refuses it with an error.
    with np.errstate(invalid="ignore"):
        weight = as_stored(stored.T if axis == 1 else stored, choice.key or "weights")
    padding = _equal_last_rows(weight)
    if padding:
        notes.append(f"the last {padding} rows are equal, which may be padding; they are kept")
    names = checkpoint.class_names if len(checkpoint.class_names) == len(weight) else config.class_names(len(weight))
    return Head(
        weight=weight,
        key=choice.key,
        path=str(facts.path),
        dtype=facts.dtype,
        bias=None if bias_name is None else _read_finite(checkpoint, bias_name, (len(weight),)),
        companions=_read_companions(checkpoint, weight.shape),
        metadata=facts.metadata,
        padding_rows=padding,
        notes=tuple(notes + axis_notes),
        why=choice.why,
        stand_in=choice.stand_in,
        class_names=names or None,
        roundoff=facts.roundoff,
    )


def _find(layers: Layers, argument: str, key: str, source: Path) -> str:
    """Return the tensor that a user's `key` means: its name, with or without wrappers, or its layer's."""
    found = layers.find(key)
    if len(found) != 1:
        listed = listing(found or layers.checkpoint.names)
        raise fail(argument, f"the name of a tensor in {source.name} ({listed})", shown(key))
    return found[0]


def _axis(
    layers: Layers,
    choice: Choice,
    shape: tuple[int, ...],
    full: tuple[int, ...],
    bias: str | None,
    config: Configuration,
) -> tuple[int, list[str]]:
    """Return the axis that holds the classes, and what is to be said about it."""
    if choice.classes_axis is not None:
        return choice.classes_axis, []
    by_name = stored_classes_axis(parse(choice.key))
    if by_name is None and len(full) == 4 and full[:2] == (1, 1):
        by_name = 1  # the layout of a 1x1 convolution in TensorFlow
    counts = {choice.n_classes} if choice.n_classes else set(config.expected)
    stated = [axis for axis in (0, 1) if shape[axis] in counts]
    sure = f"axis {stated[0]} holds {shape[stated[0]]} classes by the evidence" if len(stated) == 1 else ""
    if sure and stated[0] == by_name:
        return stated[0], []
    if sure:
        return stated[0], [f"{sure}, though the name {choice.key!r} does not say so (--classes-axis overrides it)"]
    if by_name is not None:
        return by_name, []
    length = layers.axes(bias) if bias is not None else ()
    fitting = [axis for axis in (0, 1) if (shape[axis],) == length]
    if len(fitting) == 1:
        return fitting[0], []
    if re.search(r"(^|[./])vars[./]\d+$", choice.key):
        raise fail("classes_axis", f"given, as the name {choice.key!r} does not tell it", "None")
    return 0, [
        f"the name {choice.key!r} does not tell which axis holds the classes; the {shape[0]} rows were taken "
        f"(--classes-axis 1 takes the {shape[1]} columns)"
    ]


def unit_columns(weight: NDArray[Any]) -> list[str]:
    """Return the warning about a matrix whose columns, not rows, are the unit vectors."""
    if weight.ndim != 2 or not weight.size:
        return []
    squares, off = np.zeros(weight.shape[1]), 0.0
    # Widening a signalling NaN warns; it is refused afterwards.
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, len(weight), _SLICE):
            values = np.asarray(weight[start : start + _SLICE], dtype=np.float64)
            squares += np.einsum("ij,ij->j", values, values)
            off = max(off, float(np.abs(row_norms(values) - 1.0).max()))
    columns = float(np.abs(np.sqrt(squares) - 1.0).max())
    if not columns <= _UNIT or off <= _UNIT:
        return []
    return [
        "the columns are unit vectors and the rows are not: the classes may be the other axis (--classes-axis chooses)"
    ]


def _read_matrix(checkpoint: Checkpoint, matrix: Matrix, config: Configuration) -> NDArray[Any]:
    """Read the head as a matrix: its parts put together, axes of length 1 (convolutions) dropped."""
    key = matrix.key
    facts = checkpoint.describe(key)
    if facts.dtype not in UNIT_ROUNDOFF and facts.roundoff is None:
        raise FileFormatError(
            f"{facts.path}: {key or 'it'} has type {facts.dtype}, not a float; dequantise a quantised head first"
        )
    axes = [length for length in facts.shape if length != 1]
    if len(axes) > 2:
        what = "a matrix; more axes may be sub-centres or a batch of heads: store the one to measure"
        raise fail(key or "weights", what, f"shape {facts.shape}")
    values = combine(key, dict(matrix.parts), checkpoint.read)
    values = values.reshape(axes if len(axes) == 2 else facts.shape)
    if values.ndim != 2:
        raise fail(key or "weights", "a matrix of at least 2 rows and 2 columns", f"shape {facts.shape}")
    if "scale" in matrix.parts:
        name = matrix.parts["scale"]
        scale = checkpoint.read(name)
        scale = exponents(scale) if checkpoint.describe(name).dtype == "U8" else scale
        return scaled(values, scale, config.scale_blocks, f"{facts.path}: {key}")
    return values


def _find_bias(
    layers: Layers, choice: Choice, given: str | None, shape: tuple[int, ...], source: Path
) -> tuple[str | None, str | None]:
    """Return the tensor of the bias, and what is to be said when it does not stand beside the head."""
    if given is not None:
        return _find(layers, "bias", given, source), None
    if choice.bias is not None:
        return choice.bias, None
    if choice.key in COMPANIONS or choice.key == "":
        return None, None
    name = parse(choice.key)
    beside = [one.text for one in layers[name.module].tensors.values() if is_bias_name(one)]
    if beside:
        return beside[0], None
    after = follower(name)
    if after in layers.checkpoint.names and layers.axes(after) in [(length,) for length in shape]:
        return after, f"{after} was taken as the bias: it follows {choice.key} and has one entry a class"
    n_classes = shape[stored_classes_axis(name) or 0]
    loose = [one.text for one, length in layers.biases() if length == n_classes]
    if not loose:
        return None, None
    first = layers.read(loose[0]).ravel()
    if any(not np.array_equal(layers.read(other).ravel(), first) for other in loose[1:]):
        raise fail("bias", f"given for {source.name}; it has several that differ: {listing(loose)}", "None")
    return loose[0], f"{loose[0]} was taken as the bias: it has one entry a class and belongs to no other layer"


def _read_companions(checkpoint: Checkpoint, shape: tuple[int, ...]) -> dict[str, NDArray[np.float64]]:
    n_classes, dim = shape
    shapes = {"class_means": (n_classes, dim), "within_class_covariance": (dim, dim), "class_counts": (n_classes,)}
    return {name: _read_finite(checkpoint, name, shapes[name]) for name in COMPANIONS if name in checkpoint.names}


def _read_finite(checkpoint: Checkpoint, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Read numbers of a wanted shape; axes of length 1 more or less do not matter."""
    facts = checkpoint.describe(name)
    if facts.dtype not in UNIT_ROUNDOFF and facts.dtype not in INTEGER_TYPES and facts.roundoff is None:
        raise fail(name, "of numbers", f"type {facts.dtype}")
    with np.errstate(invalid="ignore"):
        values = checkpoint.read(name).astype(np.float64)
    if [length for length in values.shape if length > 1] != [length for length in shape if length > 1]:
        raise fail(name, f"of shape {shape} to fit the head", f"shape {values.shape}")
    if not np.isfinite(values).all():
        raise fail(name, "free of NaN and infinity", "bad entries")
    return values.reshape(shape)


def _equal_last_rows(weight: NDArray[Any]) -> int:
    """Return how many of the last rows are equal, 0 when the last two differ."""
    n_equal = 1
    while n_equal < len(weight) and np.array_equal(weight[-1 - n_equal], weight[-1]):
        n_equal += 1
    return n_equal if n_equal > 1 else 0
