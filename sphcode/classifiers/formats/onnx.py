"""ONNX files: initialisers and constants by name; the graph tells which of them is the head."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, Proposal, TensorFacts, parsing, type_name
from sphcode.classifiers.formats.onnx_graph import Graph, attributes, find_heads
from sphcode.errors import FileFormatError, MissingExtraError

#: Keys of the metadata under which exporters leave the names of the classes.
_LISTS = ("names", "classes", "class_names", "labels", "id2label", "categories", "character", "characters")


def _open(path: Path) -> Checkpoint:
    try:
        import onnx
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading ONNX needs the onnx package, which is not installed: pip install 'sphcode[onnx]'"
        ) from None
    with parsing(path, "an ONNX file"):
        model = onnx.load(path, load_external_data=False)
        if not model.HasField("graph"):
            raise ValueError("it holds no graph")
        _check_texts(model)
        graph = Graph(model, path)
        heads = list(find_heads(graph))
        stated = {entry.key: entry.value for entry in model.metadata_props}
        notes = {key: value for key, value in stated.items() if key not in _LISTS}
        linear = dict(_linear_classifiers(model))

    quantised = {head.weights.name: head for head in heads if head.scale is not None or head.zero is not None}

    def values_of(name: str) -> NDArray[Any]:
        return stored_values(graph.stored[name], path)

    def describe(name: str) -> TensorFacts:
        if name in linear:
            return TensorFacts("F32", linear[name].shape, path, notes)
        tensor = graph.stored[name]
        dtype = type_name(graph.types.Name(tensor.data_type).lower().replace("float8e", "float8_e"))
        dtype = {"float": "F32", "double": "F64"}.get(dtype, dtype)
        if name in quantised:
            head = quantised[name]
            return TensorFacts(
                f"{dtype} with a scale", tuple(tensor.dims), path, notes, head.roundoff(read(name), values_of)
            )
        return TensorFacts(dtype, tuple(tensor.dims), path, notes)

    def read(name: str) -> NDArray[Any]:
        with parsing(path, "an ONNX file"):
            if name in linear:
                return linear[name]
            values = values_of(name)
            if name in quantised:
                return quantised[name].decoded(values, values_of)
            factors = [head.factor for head in heads if head.weights.name == name]
            return values if not factors or factors[0] == 1.0 else values * np.float32(factors[0])

    proposals = [Proposal(name, "the coefficients of a LinearClassifier", 0, bias) for name, bias in _pairs(linear)]
    proposals += [head.proposal() for head in heads]
    remarks = [
        f"{head.weights.name} is quantised: its scale and zero point were applied, and the numbers are those of the "
        "rounded weights"
        for head in heads[:1]
        if head.weights.name in quantised
    ]
    if len(heads) > 1:
        others = ", ".join(f"{head.weights.name} (of the output {head.output!r})" for head in heads[1:])
        remarks.append(f"the graph has further heads: {others}")
    names = (*graph.stored, *linear)
    return Checkpoint(path, names, describe, read, tuple(proposals), {}, class_names(stated), tuple(remarks))


def _check_texts(model: Any) -> None:
    """Raise ValueError for names that are no UTF-8, which protobuf gives as bytes."""
    texts = [tensor.name for tensor in model.graph.initializer]
    texts += [text for entry in model.metadata_props for text in (entry.key, entry.value)]
    texts += [value.name for value in model.graph.output]
    for node in model.graph.node:
        texts += [node.op_type, node.name, *node.input, *node.output, *(one.name for one in node.attribute)]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("it holds names that are no UTF-8")


def stored_values(tensor: Any, path: Path) -> NDArray[Any]:
    """Return the numbers of a stored tensor, after its shape was compared with the bytes that it has."""
    import onnx

    shape = tuple(int(size) for size in tensor.dims)
    if any(size < 0 for size in shape):
        raise ValueError(f"tensor {tensor.name!r} has the shape {shape}")
    n_entries = int(np.prod(shape, dtype=object)) if shape else 1
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        return _external(tensor, shape, n_entries, path)
    packed = onnx.TensorProto.DataType.Name(tensor.data_type) in ("INT4", "UINT4", "FLOAT4E2M1", "INT2", "UINT2")
    held = max(
        len(tensor.raw_data), *(len(getattr(tensor, f"{kind}_data")) for kind in ("float", "int32", "int64", "double"))
    )
    if n_entries > held * (4 if packed else 1):
        raise ValueError(f"tensor {tensor.name!r} claims the shape {shape}, which its bytes do not fill")
    return _widened(onnx.numpy_helper.to_array(tensor))


def _external(tensor: Any, shape: tuple[int, ...], n_entries: int, path: Path) -> NDArray[Any]:
    """Read numbers that are kept in a second file in the same folder (models above 2 GB)."""
    import onnx

    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if not location or Path(location).name != location or location in (".", ".."):
        raise ValueError(f"tensor {tensor.name!r} is in {location!r}, which is no file of the same folder")
    if not (path.parent / location).is_file():
        raise FileFormatError(f"{path}: its tensors are in {location}, which is not beside it")
    dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type))
    offset = int(entries.get("offset", 0))
    size = (path.parent / location).stat().st_size
    if offset < 0 or offset + n_entries * dtype.itemsize > size:
        raise ValueError(f"tensor {tensor.name!r} claims bytes that {location} does not have")
    return _widened(np.array(np.memmap(path.parent / location, dtype, "r", offset, shape)))


def _widened(values: NDArray[Any]) -> NDArray[Any]:
    """Return types that NumPy does not have itself (bfloat16, 8 and 4 bits) as float32, which holds them exactly."""
    return values if values.dtype.kind in "fiub" and values.dtype.isbuiltin == 1 else values.astype(np.float32)


def _linear_classifiers(model: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the coefficients and intercepts of scikit-learn's linear models, which are attributes of a node."""
    for number, node in enumerate(model.graph.node):
        if node.op_type != "LinearClassifier":
            continue
        options = attributes(node)
        coefficients = np.array(options.get("coefficients", ()), np.float32)
        intercepts = np.array(options.get("intercepts", ()), np.float32)
        labels = options.get("classlabels_strings") or options.get("classlabels_ints") or ()
        n_classes = len(intercepts) or len(labels)
        if n_classes and coefficients.size and coefficients.size % n_classes == 0:
            name = node.name or f"LinearClassifier_{number}"
            yield f"{name}.coefficients", coefficients.reshape(n_classes, -1)
            if intercepts.size:
                yield f"{name}.intercepts", intercepts


def _pairs(linear: dict[str, NDArray[Any]]) -> Iterator[tuple[str, str | None]]:
    for name in linear:
        if name.endswith(".coefficients"):
            bias = name.replace(".coefficients", ".intercepts")
            yield name, bias if bias in linear else None


def class_names(notes: dict[str, str]) -> tuple[str, ...]:
    """Return the class names that a model's metadata state: a list, a table from number to name, or lines."""
    for key in _LISTS:
        text = notes.get(key)
        if not text:
            continue
        for parse in (json.loads, ast.literal_eval):
            try:
                content = parse(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(content, dict):
                try:
                    content = [content[number] for number in sorted(content, key=int)]
                except (TypeError, ValueError):
                    continue
            if isinstance(content, (list, tuple)) and len(content) >= 2:
                return tuple(map(str, content))
        for separator in ("\n", ","):
            if text.count(separator):
                return tuple(part.strip() if separator == "," else part.rstrip("\r") for part in text.split(separator))
    return ()


ONNX = Format("an ONNX file", (".onnx",), lambda _, start: False, _open)
