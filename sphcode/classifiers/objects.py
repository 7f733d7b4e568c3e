"""Objects of Python as heads: codes, arrays, tensors, tables, layers and models of torch, Keras, Flax, scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import as_array, as_stored, as_vector, fail
from sphcode.classifiers.configuration import Configuration
from sphcode.classifiers.formats.torch import tensors_by_name
from sphcode.classifiers.weights import Head, load_weights, read_head, unit_columns
from sphcode.codes.code import as_code, is_code
from sphcode.errors import InvalidInputError

#: What a layer calls its matrix and its bias, and whether the classes are the columns: torch and Equinox, Keras and
#: Flax, scikit-learn.
_LAYERS = (("weight", "bias", False), ("kernel", "bias", True), ("coef_", "intercept_", False))


def as_head(weights: Any, *, bias: Any = None, name: str = "weights") -> Head:
    """Return anything that holds one head as a Head.

    A file is read by `load_weights`; a model (anything with `state_dict`) and a mapping of names to tensors are
    searched like a file; a layer gives its matrix and bias; a table its rows with their index as names; a code its
    points. Raises InvalidInputError, which names what to pass, for everything else.
    """
    if isinstance(weights, Head):
        return _with_bias(_checked(weights, name), bias, name)
    if isinstance(weights, str | os.PathLike):
        return (
            load_weights(weights, bias=bias) if isinstance(bias, str) else _with_bias(load_weights(weights), bias, name)
        )
    if is_code(weights):
        code = as_code(weights, name)
        return _with_bias(Head(np.array(code.points), why="the points of the code that was given"), bias, name)
    if callable(getattr(weights, "state_dict", None)):
        return _with_bias(_of_tensors(weights.state_dict(), weights), bias, name)
    if isinstance(weights, Mapping):
        return _with_bias(_of_tensors(weights, None), bias, name)
    if hasattr(weights, "to_numpy") and hasattr(weights, "index"):
        return _with_bias(_of_table(weights, name), bias, name)
    if not hasattr(weights, "shape"):
        for matrix, intercept, columns in _LAYERS:
            if len(getattr(getattr(weights, matrix, None), "shape", ())) == 2:
                return _with_bias(_of_layer(weights, matrix, intercept, columns), bias, name)
        if not isinstance(weights, list | tuple):
            what = "a matrix of class vectors, a layer or model with one, a state dict or a file"
            raise fail(
                name, f"{what} (pass its last layer, or the attribute that holds the matrix)", type(weights).__name__
            )
    try:
        shape = np.shape(weights)
    except ValueError:  # rows of different lengths: `as_stored` says so
        shape = ()
    if len(shape) == 3:
        raise fail(name, "one matrix; of a batch of heads pass one at a time (weights[0])", f"shape {tuple(shape)}")
    rows = as_stored(weights, name)
    return _with_bias(Head(rows, notes=tuple(unit_columns(rows))), bias, name)


def matrix_of(weights: Any, name: str = "weights") -> NDArray[np.float64]:
    """Return the class vectors of anything that holds one head, (n_classes, dim), without its bias."""
    return np.asarray(as_head(weights, name=name).weight, dtype=np.float64)


def _checked(head: Head, name: str) -> Head:
    """Check the arrays of a head that the caller may have made; the other ways to one have checked theirs."""
    weight = as_stored(head.weight, name)
    bias = None if head.bias is None else as_bias(head.bias, len(weight))
    return head if weight is head.weight and bias is head.bias else replace(head, weight=weight, bias=bias)


def _with_bias(head: Head, bias: Any, name: str) -> Head:
    if bias is None:
        return head
    if head.bias is not None:
        raise fail("bias", f"left out, as `{name}` has its own bias", type(bias).__name__)
    return replace(head, bias=as_bias(bias, head.n_classes))


def as_bias(bias: Any, n_classes: int) -> NDArray[np.float64]:
    """Return one finite number a class; axes of length 1 are dropped."""
    values = as_array(bias, "bias", f"{n_classes} finite numbers")
    if values.size == n_classes and n_classes in values.shape:
        values = values.reshape(n_classes)
    return as_vector(values, "bias", n_classes)


def _of_tensors(state: Mapping[str, Any], model: Any) -> Head:
    what = "the state dict" if model is None else type(model).__name__
    config = getattr(model, "config", None)
    to_dict = getattr(config, "to_dict", None)
    content = to_dict() if callable(to_dict) else config
    configuration = Configuration(content if isinstance(content, Mapping) else {})
    try:
        head = read_head(tensors_by_name(state, Path(what)), configuration, Path(what))
    except InvalidInputError as error:
        way = "its entry (state[NAME])" if model is None else "the layer (model.get_submodule(NAME))"
        raise InvalidInputError(f"{error} Pass {way} where the head is another one.") from None
    return replace(head, path="")


def _of_layer(layer: Any, matrix: str, intercept: str, columns: bool) -> Head:
    values = as_stored(getattr(layer, matrix), matrix)
    bias = getattr(layer, intercept, None)
    weight = np.ascontiguousarray(values.T) if columns else values
    labels = getattr(layer, "classes_", None)
    return Head(
        weight,
        key=matrix,
        bias=None if bias is None else as_bias(bias, len(weight)),
        why=f"it is the {matrix} of the {type(layer).__name__} that was given",
        class_names=None if labels is None or len(labels) != len(weight) else tuple(str(label) for label in labels),
    )


def _of_table(table: Any, name: str) -> Head:
    """Return the rows of a table; an index that only counts them is no names."""
    labels = list(table.index)
    counted = labels == list(range(len(labels)))
    return Head(
        as_stored(table.to_numpy(), name),
        why="the rows of the table that was given",
        class_names=None if counted else tuple(str(label) for label in labels),
    )
