"""Read a trained classifier head: which tensor it is, which axis holds the classes, what is stored beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import as_matrix, check_int, fail, shown
from sphcode.classifiers.formats.checkpoint import INTEGER_TYPES, UNIT_ROUNDOFF, Checkpoint
from sphcode.classifiers.formats.opening import open_checkpoint
from sphcode.classifiers.keys import COMPANIONS, find_head, is_quantised_name, plain, sibling, stored_classes_axis
from sphcode.errors import FileFormatError

_LISTED = 20


@dataclass(frozen=True, eq=False)
class Head:
    """A classifier head as it was stored: rows are classes, nothing is normalised or centred.

    Attributes
    ----------
    weight : ndarray, shape (n_classes, dim), float64
    key : str
        The tensor's name in the file; empty for a file without names (`.npy`).
    path : str
        The file that holds the tensor (a shard, for a sharded model).
    dtype : str
        The type that it is stored in: F64, F32, F16, BF16, F8_E4M3, F8_E5M2, or an integer type for NumPy files.
    bias : ndarray, shape (n_classes,), or None
    companions : dict
        Those of `class_means` (n_classes, dim), `within_class_covariance` (dim, dim) and `class_counts` (n_classes,)
        that the file holds beside the head.
    metadata : dict
        The file's own notes, strings.
    padding_rows : int
        Number of last rows that are equal (0, or at least 2), as padded vocabularies have them; they are kept.
    notes : tuple of str
        What was decided or found on the way, one sentence each.
    """

    weight: NDArray[np.float64]
    key: str
    path: str
    dtype: str
    bias: NDArray[np.float64] | None = None
    companions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    padding_rows: int = 0
    notes: tuple[str, ...] = ()

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
        return 2.0 * UNIT_ROUNDOFF.get(self.dtype, 0.0)

    def __repr__(self) -> str:
        return f"Head(n_classes={self.n_classes}, dim={self.dim}, key={self.key!r}, dtype={self.dtype!r})"

    def to_dict(self) -> dict[str, Any]:
        """Return the facts about the head, without its arrays."""
        return {
            "path": self.path,
            "key": self.key,
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
    path: str | os.PathLike[str], key: str | None = None, *, bias: str | None = None, classes_axis: int | None = None
) -> Head:
    """Read the weights of a classifier head, and what the file holds beside them.

    Parameters
    ----------
    path : path
        A `.safetensors`, `.npy`, `.npz`, `.h5` or PyTorch (`.pt`, `.pth`, `.bin`, `.ckpt`) file, an index of shards
        (`*.index.json`), or the folder of a model.
    key : str, optional
        The tensor's name. Without it: the classifier that a `config.json` beside the file names (timm), the first
        name of `sphcode.classifiers.keys.HEAD_KEYS` that the file has (wrappers such as `module.` removed), a token
        embedding (tied head), or the only matrix of the file; where none of these decides, an error lists the matrices.
    bias : str, optional
        The name of the bias. Without it, the tensor beside the head that is called `bias`, if there is one.
    classes_axis : {0, 1}, optional
        The axis that holds the classes. Without it: 1 for names that end in `kernel` (Flax, Keras), else 0; shapes
        play no role. Keras 3 files, whose tensors are called `vars/0`, need it.

    Returns
    -------
    Head
        Values are widened exactly and never normalised; zero rows, equal rows and padding rows are kept.

    Raises
    ------
    FileFormatError
        If the file is missing, truncated, of an unknown format, quantised, or a pickle of more than tensors.
    InvalidInputError
        If `key` or `bias` is not in the file, the choice is ambiguous, or the tensor is not a finite matrix.
    MissingExtraError
        If torch or h5py is needed and not installed.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> from sphcode import load_weights
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(pathlib.Path(folder, "head.npz"), weight=np.eye(3), step=7)
    ...     load_weights(pathlib.Path(folder, "head.npz"))
    Head(n_classes=3, dim=3, key='weight', dtype='F64')
    """
    path = Path(path)
    checkpoint = open_checkpoint(path)
    notes = []
    if key is None:
        key, remark = _find_key(checkpoint, path)
        notes += [remark] if remark else []
    else:
        key = _check_key("key", key, checkpoint, path)
    if classes_axis is None:
        classes_axis = stored_classes_axis(key)
        if classes_axis is None:
            raise fail("classes_axis", f"given, as the name {key!r} does not tell it", "None")
    classes_axis = check_int("classes_axis", classes_axis, minimum=0, maximum=1)
    facts = checkpoint.describe(key)
    stored = _read_matrix(checkpoint, key)
    # Widening a signalling NaN warns; as_matrix refuses it with an error.
    with np.errstate(invalid="ignore"):
        weight = as_matrix(stored.T if classes_axis == 1 else stored, key or "weights")
    padding = _equal_last_rows(weight)
    if padding:
        notes.append(f"the last {padding} rows are equal, which may be padding; they are kept")
    return Head(
        weight=weight,
        key=key,
        path=str(facts.path),
        dtype=facts.dtype,
        bias=_read_bias(checkpoint, key, bias, len(weight), path),
        companions=_read_companions(checkpoint, weight.shape),
        metadata=facts.metadata,
        padding_rows=padding,
        notes=tuple(notes),
    )


def _find_key(checkpoint: Checkpoint, path: Path) -> tuple[str, str | None]:
    """Return the head's name and a remark on the choice."""
    found, remark = find_head(checkpoint.names, _read_config(path))
    if not found:
        found = _matrices(checkpoint)
    if len(found) == 1:
        return found[0], remark
    quantised = [name for name in checkpoint.names if is_quantised_name(name)]
    if not found and quantised:
        raise FileFormatError(f"{path}: its weights are quantised ({quantised[0]}, ...); dequantise the head first")
    raise fail("key", f"given for {path.name}; its matrices are {_listing(found or checkpoint.names)}", "None")


def _matrices(checkpoint: Checkpoint) -> list[str]:
    return [
        name
        for name in checkpoint.names
        if name not in COMPANIONS and len([n for n in checkpoint.describe(name).shape if n > 1]) == 2
    ]


def _listing(names: Iterable[str]) -> str:
    names = list(names)
    more = f", ... ({len(names) - _LISTED} more)" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) or "none") + more


def _check_key(argument: str, key: str, checkpoint: Checkpoint, path: Path) -> str:
    """Return the tensor's name in the file, which may have a wrapper's prefix before `key`."""
    if key in checkpoint.names:
        return key
    wrapped = [name for name in checkpoint.names if plain(name) == key]
    if len(wrapped) != 1:
        raise fail(argument, f"the name of a tensor in {path.name} ({_listing(checkpoint.names)})", shown(key))
    return wrapped[0]


def _read_config(path: Path) -> dict[str, Any]:
    """Return the model's config.json; a missing or malformed one says nothing."""
    config = (path if path.is_dir() else path.parent) / "config.json"
    try:
        content = json.loads(config.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _read_matrix(checkpoint: Checkpoint, key: str) -> NDArray[Any]:
    """Read the head; 8-bit floats are multiplied by their scale, trailing axes of length 1 (convolutions) dropped."""
    facts = checkpoint.describe(key)
    whole_numbers = facts.dtype in INTEGER_TYPES and facts.path.suffix in (".npy", ".npz")
    if facts.dtype not in UNIT_ROUNDOFF and not whole_numbers:
        raise FileFormatError(
            f"{facts.path}: {key or 'it'} has type {facts.dtype}, not a float; dequantise a quantised head first"
        )
    shape = facts.shape
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) == 3:
        raise fail(key, "a matrix; 3 axes may be sub-centres: store the one to measure of each class", f"shape {shape}")
    values = checkpoint.read(key).reshape(shape)
    for name in (f"{key}_scale", f"{key}_scale_inv"):
        if facts.dtype.startswith("F8") and name in checkpoint.names:
            scale = checkpoint.read(name).astype(np.float64)
            if scale.size not in (1, shape[0]):
                raise FileFormatError(f"{facts.path}: {key!r} is quantised in blocks ({name}); dequantise it first")
            return values * scale.reshape(-1, 1)
    return values


def _read_bias(
    checkpoint: Checkpoint, key: str, bias: str | None, n_classes: int, path: Path
) -> NDArray[np.float64] | None:
    if bias is None:
        name = sibling(key, "bias")
        if name not in checkpoint.names:
            return None
    else:
        name = _check_key("bias", bias, checkpoint, path)
    return _read_finite(checkpoint, name, (n_classes,))


def _read_companions(checkpoint: Checkpoint, shape: tuple[int, ...]) -> dict[str, NDArray[np.float64]]:
    n_classes, dim = shape
    shapes = {"class_means": (n_classes, dim), "within_class_covariance": (dim, dim), "class_counts": (n_classes,)}
    return {name: _read_finite(checkpoint, name, shapes[name]) for name in COMPANIONS if name in checkpoint.names}


def _read_finite(checkpoint: Checkpoint, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    dtype = checkpoint.describe(name).dtype
    if dtype not in UNIT_ROUNDOFF and dtype not in INTEGER_TYPES:
        raise fail(name, "of numbers", f"type {dtype}")
    with np.errstate(invalid="ignore"):
        values = checkpoint.read(name).astype(np.float64)
    if values.shape != shape:
        raise fail(name, f"of shape {shape} to fit the head", f"shape {values.shape}")
    if not np.isfinite(values).all():
        raise fail(name, "free of NaN and infinity", "bad entries")
    return values


def _equal_last_rows(weight: NDArray[np.float64]) -> int:
    """Return how many of the last rows are equal, 0 when the last two differ."""
    n_equal = 1
    while n_equal < len(weight) and np.array_equal(weight[-1 - n_equal], weight[-1]):
        n_equal += 1
    return n_equal if n_equal > 1 else 0
