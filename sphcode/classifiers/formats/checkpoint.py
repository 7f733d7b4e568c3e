"""What every reader of weights gives: the names of the tensors, their facts, and their values when asked for.

A reader is a `Format`: it tells whether a file is its own by the first bytes, and opens it as a `Checkpoint`. Nothing
in a file is executed: no pickled objects, no code, no references to other files except the shards that an index names
in its own folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sphcode._files import reading

#: Largest relative rounding error of one entry, by the type that it was stored in (names as in safetensors).
UNIT_ROUNDOFF = {
    "F64": 2.0**-53,
    "F32": 2.0**-24,
    "F16": 2.0**-11,
    "BF16": 2.0**-8,
    "F8_E4M3": 2.0**-4,
    "F8_E5M2": 2.0**-3,
}

#: Something compressed may declare this many times the bytes that it takes in the file, and this many more. Weights
#: hardly shrink (float32 by a tenth); what shrinks further is small, or made to fill the memory.
LARGEST_EXPANSION = 4
FREE_BYTES = 2**25

_FLOAT_TYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e8m0fnu": "F8_E8M0",
}
_INTEGER_TYPES = {f"{sign}int{bits}": f"{sign.upper() or 'I'}{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
INTEGER_TYPES = frozenset(_INTEGER_TYPES.values())


@dataclass(frozen=True)
class TensorFacts:
    """A tensor before it is read.

    Attributes
    ----------
    dtype : str
        Its type, named as in safetensors where that has a name for it, else as its own format calls it ("Q4_K").
    shape : tuple of int
    path : Path
        The file that holds it (a shard, for a sharded model).
    metadata : mapping
        That file's own notes, strings.
    roundoff : float or None
        For types that are not in UNIT_ROUNDOFF and that `read` gives as numbers: how far rounding can have moved a row,
        as a share of its norm. None otherwise; a type without a roundoff is refused as a head.
    """

    dtype: str
    shape: tuple[int, ...]
    path: Path
    metadata: Mapping[str, str] = field(default_factory=dict)
    roundoff: float | None = None


@dataclass(frozen=True)
class Proposal:
    """A head that the file's own structure names: the last product of a graph, the decoder that a configuration states.

    Attributes
    ----------
    key : str
        The tensor.
    why : str
        The evidence, as the end of the sentence "KEY was taken: ...".
    classes_axis : int or None
        The axis that holds the classes, where the structure tells it.
    bias : str or None
        The tensor of the bias, where the structure tells it.
    stand_in : bool
        Whether the model has no classifier head, and this is what is measured instead.
    """

    key: str
    why: str
    classes_axis: int | None = None
    bias: str | None = None
    stand_in: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """An opened file or folder.

    Attributes
    ----------
    path : Path
        What was opened.
    names : tuple of str
        Its tensors, in the order of the file. For a file without names (`.npy`) the only one is "".
    describe : callable
        `describe(name)` gives the facts of a tensor without reading it.
    read : callable
        `read(name)` gives its values; narrow floats are widened exactly, quantised types decoded.
    proposals : tuple of Proposal
        Heads that the structure names, the best first. Empty for formats that only store tensors: then
        configuration, names and shapes decide.
    config : mapping
        Configuration inside the file, in the words of `config.json` (`vocab_size`, `tie_word_embeddings`,
        `architectures`, `id2label`); a `config.json` beside the file is looked for by the caller.
    class_names : tuple of str
        Names of the classes that the file itself states; empty when it states none.
    notes : tuple of str
        What the reader has to say about the file, one sentence each.
    """

    path: Path
    names: tuple[str, ...]
    describe: Callable[[str], TensorFacts]
    read: Callable[[str], NDArray[Any]]
    proposals: tuple[Proposal, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A format of weights and its reader.

    Attributes
    ----------
    name : str
        What a file of it is called in errors, with its article: "an HDF5 file".
    suffixes : tuple of str
        Endings of its files, in lower case, with the dot.
    recognises : callable
        `recognises(path, start)` tells from the first 512 bytes, without trust in the suffix, that a file is of this
        format; always False where the format has no mark of its own.
    open : callable
        `open(path)` gives the Checkpoint. Raises FileFormatError for a damaged file, MissingExtraError when a package
        that it needs is not installed.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[Path, bytes], bool]
    open: Callable[[Path], Checkpoint]


def type_name(name: str) -> str:
    """Return the safetensors name of a NumPy or torch type; other types keep their own."""
    return (_FLOAT_TYPES | _INTEGER_TYPES).get(name, name)


def check_expansion(what: str, declared: int, held: int) -> None:
    """Raise ValueError when something compressed or sparse declares far more bytes than the file holds of it.

    It is called before the bytes are made: a small file must not fill the memory.
    """
    if declared > LARGEST_EXPANSION * held + FREE_BYTES:
        raise ValueError(f"{what} declares {declared} bytes, of which the file holds {held}; store it uncompressed")


@contextmanager
def parsing(path: Path, kind: str) -> Iterator[None]:
    """Like `reading`, for foreign parsers: damaged bytes make them fail with errors that have no class in common."""
    with reading(path, kind):
        try:
            yield
        except (OSError, ValueError, KeyError, EOFError):
            raise
        except Exception as error:
            raise ValueError(f"damaged or truncated: {error or type(error).__name__}") from error
