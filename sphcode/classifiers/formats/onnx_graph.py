"""The head of an ONNX graph: the last product with constant weights before an output.

The graph is followed from its outputs backwards through steps that keep one score a class (softmax, a constant added
to it, reshaping, pooling); the first MatMul, Gemm or 1x1 convolution with constant weights met there is the head.
A step that mixes scores with anything else that was computed (a residual, a norm) ends the way: what lies behind it is
no classifier.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import Proposal

#: Steps between the head and an output that keep one score a class and mix it with nothing that was computed.
_KEEPING = frozenset(
    [
        *("Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "Relu", "Clip", "Exp", "Log", "Identity", "Cast"),
        *("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Gather", "Dropout", "Expand"),
        *("GlobalAveragePool", "GlobalMaxPool", "AveragePool", "ReduceMean", "ReduceMax", "ArgMax", "TopK"),
        *("QuantizeLinear", "DequantizeLinear", "QLinearSigmoid", "QLinearSoftmax", "QLinearGlobalAveragePool"),
        *("ZipMap", "Normalizer"),
    ]
)
#: Steps that keep a score a class when their other operand is constant.
_WITH_CONSTANT = frozenset(["Add", "Sub", "Mul", "Div", "QLinearAdd", "QLinearMul"])
#: Products, with the places of their data, weights, scale, zero point and bias among the inputs.
_PRODUCTS = {
    "MatMul": (0, 1, None, None, None),
    "FusedMatMul": (0, 1, None, None, None),
    "Gemm": (0, 1, None, None, 2),
    "FusedGemm": (0, 1, None, None, 2),
    "Conv": (0, 1, None, None, 2),
    "FusedConv": (0, 1, None, None, 2),
    "MatMulInteger": (0, 1, None, 3, None),
    "ConvInteger": (0, 1, None, 3, None),
    "QLinearMatMul": (0, 3, 4, 5, None),
    "QGemm": (0, 3, 4, 5, 6),
    "QLinearConv": (0, 3, 4, 5, 8),
    "DynamicQuantizeMatMul": (0, 1, 2, 3, 4),
    "MatMulIntegerToFloat": (0, 1, 3, 5, 6),
}
#: Outputs that are vectors, not scores: what ends there is a projection.
_EMBEDDING = re.compile(r"embed|hidden|pooler|feature|representation", re.IGNORECASE)
#: Nodes looked at on the way back from one output; a head is near its output.
_STEPS = 200


@dataclass(frozen=True)
class Constant:
    """A constant of the graph: the stored tensor, whether it is turned, and the scale and zero point to apply."""

    name: str
    turned: bool = False
    scale: str | None = None
    zero: str | None = None


class Graph:
    """The nodes of a graph by their outputs, and its stored tensors by name."""

    def __init__(self, model: Any, path: Path) -> None:
        import onnx

        self.path, self.graph = path, model.graph
        self.stored: dict[str, Any] = {tensor.name: tensor for tensor in self.graph.initializer}
        self.maker: dict[str, Any] = {}
        self.users: dict[str, list[Any]] = {}
        for node in self.graph.node:
            for output in node.output:
                self.maker[output] = node
            for name in node.input:
                self.users.setdefault(name, []).append(node)
            value = {attribute.name: attribute for attribute in node.attribute}.get("value")
            if node.op_type == "Constant" and node.output and value is not None:
                self.stored[node.output[0]] = value.t
        self.types = onnx.TensorProto.DataType

    def constant(self, name: str) -> Constant | None:
        """Follow a tensor to the stored one that it is a copy, a turn or a dequantised form of."""
        turned, scale, zero = False, None, None
        for _ in range(_STEPS):
            if name in self.stored:
                return Constant(name, turned, scale, zero)
            node = self.maker.get(name)
            if node is None or not node.input:
                return None
            if node.op_type == "Transpose":
                order = attributes(node).get("perm")
                turned = not turned if order is None or list(order)[-2:] == sorted(order)[-2:][::-1] else turned
            elif node.op_type == "DequantizeLinear":
                scale, zero = node.input[1], node.input[2] if len(node.input) > 2 else None
            elif node.op_type not in ("Identity", "Cast"):
                return None
            name = node.input[0]
        return None

    def is_constant(self, name: str) -> bool:
        """Tell whether a tensor does not depend on the inputs, as far as `constant` can follow it."""
        return name == "" or self.constant(name) is not None


def attributes(node: Any) -> dict[str, Any]:
    """Return the attributes of a node as Python values."""
    import onnx

    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


@dataclass(frozen=True)
class Head:
    """A product with constant weights near an output."""

    node: Any
    output: str
    weights: Constant
    classes_axis: int
    bias: str | None
    scale: str | None
    zero: str | None
    factor: float = 1.0

    def proposal(self) -> Proposal:
        """Return the evidence for this head."""
        why = f"the last {self.node.op_type} before the output {self.output!r}"
        return Proposal(self.weights.name, why, self.classes_axis, self.bias)

    def decoded(self, values: NDArray[Any], other: Callable[[str], NDArray[Any]]) -> NDArray[np.float64]:
        """Return (weights - zero point) * scale, each of them one number or one for each class."""
        whole = values.astype(np.float64)
        if self.zero is not None:
            whole -= self.along(other(self.zero), whole)
        return whole if self.scale is None else whole * self.along(other(self.scale), whole)

    def along(self, values: NDArray[Any], like: NDArray[Any]) -> NDArray[np.float64]:
        """Return a number, or a vector along the axis of the classes, ready to be broadcast."""
        numbers = values.astype(np.float64)
        if numbers.size == 1:
            return numbers.reshape(())
        axis = self.classes_axis + (0 if self.classes_axis == 0 else like.ndim - 2)
        if numbers.size != like.shape[axis]:
            raise ValueError(
                f"{self.weights.name!r} is quantised in blocks, which are not decoded; dequantise it first"
            )
        return numbers.reshape([-1 if index == axis else 1 for index in range(like.ndim)])

    def roundoff(self, decoded: NDArray[np.float64], other: Callable[[str], NDArray[Any]]) -> float:
        """Return how far rounding to whole steps has moved a row, as a share of its norm: half a step an entry."""
        matrix = (
            decoded.reshape(decoded.shape[0], -1)
            if self.classes_axis == 0
            else decoded.reshape(-1, decoded.shape[-1]).T
        )
        norms = np.linalg.norm(matrix, axis=1)
        if self.scale is None:
            steps = np.ones(len(norms))
        else:
            steps = np.broadcast_to(np.abs(other(self.scale).astype(np.float64)).reshape(-1), len(norms))
        halves = steps[norms > 0] * np.sqrt(matrix.shape[1]) / 2
        return float((halves / norms[norms > 0]).max(initial=0.0))


def find_heads(graph: Graph) -> Iterator[Head]:
    """Yield the heads, in the order of the outputs; each at the end of a way of steps that keep one score a class."""
    seen: set[str] = set()
    for output in graph.graph.output:
        if _EMBEDDING.search(output.name):
            continue
        queue: deque[tuple[str, tuple[str, ...]]] = deque([(output.name, ())])
        for _ in range(_STEPS):
            if not queue:
                break
            name, added = queue.popleft()
            node = graph.maker.get(name)
            if node is None:
                continue
            if node.op_type in _PRODUCTS:
                head = _head(graph, node, output.name, added)
                if head is not None and head.weights.name not in seen:
                    seen.add(head.weights.name)
                    yield head
                continue
            if (node.op_type in _KEEPING and node.input) or (
                node.op_type in ("Sub", "Div") and len(node.input) == 2 and _normalises(graph, node)
            ):
                queue.append((node.input[0], added))
            elif node.op_type in _WITH_CONSTANT and len(node.input) >= 2:
                queue.extend(_through(graph, node, added))


def _through(graph: Graph, node: Any, added: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the computed operand of a step whose other operand is constant; a constant that is added is kept."""
    operands = [node.input[index] for index in ((0, 3) if node.op_type.startswith("QLinear") else (0, 1))]
    fixed = [graph.is_constant(operand) for operand in operands]
    for operand, other, other_fixed in zip(operands, operands[::-1], fixed[::-1], strict=True):
        if other_fixed and other:
            yield operand, ((*added, other) if node.op_type == "Add" else added)
        elif node.op_type == "Mul" and _is_integer_product(graph, operand):
            yield operand, added  # the step of the inputs times that of the weights


def _normalises(graph: Graph, node: Any) -> bool:
    """Tell whether a step is a part of a softmax that was written out: x - max(x), or exp(x) / sum(exp(x))."""
    if len(node.input) != 2:
        return False
    scores, name = node.input
    reduction = {"Sub": "ReduceMax", "Div": "ReduceSum"}.get(node.op_type)
    for _ in range(_STEPS):
        maker = graph.maker.get(name)
        if maker is None or not maker.input:
            return False
        if maker.op_type == reduction:
            return bool(maker.input[0] == scores) and (node.op_type == "Sub" or graph.maker[scores].op_type == "Exp")
        if maker.op_type not in ("Reshape", "Expand", "Max", "Squeeze", "Unsqueeze", "Identity", "Cast"):
            return False
        name = next((operand for operand in maker.input if not graph.is_constant(operand)), "")
    return False


def _is_integer_product(graph: Graph, name: str) -> bool:
    node = graph.maker.get(name)
    if node is not None and node.op_type == "Cast":
        node = graph.maker.get(node.input[0])
    return node is not None and node.op_type in ("MatMulInteger", "ConvInteger")


def _head(graph: Graph, node: Any, output: str, added: tuple[str, ...]) -> Head | None:
    """Return a product as a head; None when its weights are computed, or it is a convolution of more than one cell."""
    _, at, scale_at, zero_at, bias_at = _PRODUCTS[node.op_type]
    options = attributes(node)
    weights = graph.constant(node.input[at]) if len(node.input) > at else None
    axis = 1
    if weights is None and node.op_type == "MatMul":
        weights, axis = graph.constant(node.input[0]), 0
    if weights is None:
        return None
    shape = tuple(graph.stored[weights.name].dims)
    if "Conv" in node.op_type:
        if options.get("group", 1) != 1 or any(size != 1 for size in shape[2:]):
            return None
        axis = 0
    elif options.get("transB", 0):
        axis = 0
    if weights.turned:
        axis = 1 - axis
    if len([size for size in shape if size > 1]) > 2 or len(shape) < 2:
        return None
    n_classes = shape[0] if axis == 0 else shape[-1]

    def named(place: int | None) -> str | None:
        name = node.input[place] if place is not None and len(node.input) > place else ""
        found = graph.constant(name) if name else None
        return None if found is None else found.name

    biases = [
        name for name in (named(bias_at), *(_stored_name(graph, name) for name in added[::-1])) if name is not None
    ]
    fitting = [name for name in biases if int(np.prod(graph.stored[name].dims, dtype=object)) == n_classes]
    scale, zero = weights.scale or named(scale_at), weights.zero or named(zero_at)
    if node.op_type in ("MatMulInteger", "ConvInteger"):
        scale = _scale_behind(graph, node)
    scale, zero = _stored_name(graph, scale), _stored_name(graph, zero)
    alpha, beta = options.get("alpha", 1.0), options.get("beta", 1.0)
    factor = alpha / beta if "Gemm" in node.op_type and bias_at is not None and alpha > 0 and beta > 0 else 1.0
    return Head(node, output, weights, axis, fitting[0] if fitting else None, scale, zero, factor)


def _stored_name(graph: Graph, name: str | None) -> str | None:
    found = graph.constant(name) if name else None
    return None if found is None else found.name


def _scale_behind(graph: Graph, node: Any) -> str | None:
    """Return the constant scale of an integer product: a factor of what multiplies its result."""
    name = node.output[0]
    for _ in range(3):
        users = graph.users.get(name, [])
        for user in users:
            if user.op_type != "Mul":
                continue
            other = next((operand for operand in user.input if operand != name), "")
            maker = graph.maker.get(other)
            for operand in (other, *(maker.input if maker is not None and maker.op_type == "Mul" else ())):
                if graph.constant(operand) is not None:
                    return str(operand)
        casts = [user for user in users if user.op_type == "Cast"]
        if not casts:
            return None
        name = casts[0].output[0]
    return None
