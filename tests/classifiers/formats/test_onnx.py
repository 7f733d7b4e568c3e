"""ONNX files: the last product with constant weights before an output, its bias and its scale, class names."""

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.classifiers.formats.onnx import class_names
from sphcode.errors import FileFormatError, InvalidInputError

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

W = np.random.default_rng(0).standard_normal((10, 4)).astype(np.float32)
B = np.arange(10, dtype=np.float32)
Q = np.clip(np.rint(W / 0.02) + 128, 0, 255).astype(np.uint8)


def save(folder, nodes, tensors, *, output="y", name="model.onnx", metadata=None, extra=()):
    stored = [numpy_helper.from_array(np.asarray(value), key) for key, value in tensors.items()]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, None) for key in (output, *extra)],
        stored,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    )
    helper.set_model_props(model, metadata or {})
    onnx.save(model, folder / name)
    return folder / name


def node(kind, inputs, outputs, **options):
    return helper.make_node(kind, inputs.split(), outputs.split(), **options)


GRAPHS = {
    "matmul and add": ([node("MatMul", "x w", "h"), node("Add", "h b", "y")], {"w": W.T, "b": B}),
    "add, constant first, and softmax": (
        [node("MatMul", "x w", "h"), node("Add", "b h", "s"), node("Softmax", "s", "y")],
        {"w": W.T, "b": B.reshape(1, 10)},
    ),
    "gemm": ([node("Gemm", "x w b", "y", transB=1)], {"w": W, "b": B}),
    "gemm, not turned": ([node("Gemm", "x w b", "y")], {"w": W.T, "b": B}),
    "gemm, scaled": ([node("Gemm", "x w b", "y", transB=1, alpha=0.5)], {"w": 2 * W, "b": B}),
    "transpose of the weights": (
        [node("Transpose", "w", "t", perm=[1, 0]), node("MatMul", "x t", "h"), node("Add", "h b", "y")],
        {"w": W, "b": B},
    ),
    "1x1 convolution and pooling": (
        [node("Conv", "x w b", "h"), node("GlobalAveragePool", "h", "p"), node("Flatten", "p", "y")],
        {"w": W.reshape(10, 4, 1, 1), "b": B},
    ),
    "weights on the left": ([node("MatMul", "w x", "h"), node("Add", "h b", "y")], {"w": W, "b": B.reshape(10, 1)}),
    "constant nodes": (
        [
            helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(W.T, "inner")),
            helper.make_node("Constant", [], ["b"], value=numpy_helper.from_array(B, "inner")),
            node("MatMul", "x w", "h"),
            node("Add", "h b", "y"),
        ],
        {},
    ),
    "softmax written out": (
        [
            node("MatMul", "x w", "h"),
            node("Add", "h b", "s"),
            node("ReduceMax", "s", "m", axes=[-1]),
            node("Sub", "s m", "d"),
            node("Exp", "d", "e"),
            node("ReduceSum", "e axes", "t"),
            node("Div", "e t", "y"),
        ],
        {"w": W.T, "b": B, "axes": np.array([1])},
    ),
    "a larger matrix before it": (
        [node("MatMul", "x u", "a"), node("Relu", "a", "r"), node("MatMul", "r w", "h"), node("Add", "h b", "y")],
        {"u": np.ones((7, 4), np.float32), "w": W.T, "b": B},
    ),
    "half precision": (
        [node("MatMul", "x w", "h"), node("Add", "h b", "y")],
        {"w": W.T.astype(np.float16), "b": B.astype(np.float16)},
    ),
}


@pytest.mark.parametrize("graph", GRAPHS, ids=list(GRAPHS))
def test_the_last_product_is_the_head(tmp_path, graph):
    nodes, tensors = GRAPHS[graph]
    head = load_weights(save(tmp_path, nodes, tensors))
    assert head.key == "w"
    assert head.why.startswith("the last ")
    assert np.abs(head.weight - W).max() < (2e-3 if graph == "half precision" else 1e-6)
    assert np.array_equal(head.bias, B)


QUANTISED = {
    "dequantised weights": (
        [node("DequantizeLinear", "w s z", "d"), node("MatMul", "x d", "h"), node("Add", "h b", "y")],
        {"w": Q.T, "s": np.float32(0.02), "z": np.uint8(128), "b": B},
    ),
    "dynamic": (
        [
            node("DynamicQuantizeLinear", "x", "q qs qz"),
            node("MatMulInteger", "q w qz z", "i"),
            node("Cast", "i", "f", to=1),
            node("Mul", "qs s", "m"),
            node("Mul", "f m", "h"),
            node("Add", "h b", "y"),
        ],
        {"w": Q.T, "s": np.float32(0.02), "z": np.uint8(128), "b": B},
    ),
    "static": (
        [node("QLinearMatMul", "x xs xz w s z ys yz", "h"), node("DequantizeLinear", "h ys yz", "y")],
        {"w": Q.T, "s": np.float32(0.02), "z": np.uint8(128), "xs": np.float32(1), "xz": np.uint8(0)}
        | {"ys": np.float32(1), "yz": np.uint8(0)},
    ),
    "one scale a class": (
        [node("DequantizeLinear", "w s z", "d", axis=1), node("MatMul", "x d", "y")],
        {
            "w": Q.T,
            "s": np.linspace(0.01, 0.1, 10).astype(np.float32),
            "z": np.full(10, 128, np.uint8),
        },
    ),
}


@pytest.mark.parametrize("graph", QUANTISED, ids=list(QUANTISED))
def test_scale_and_zero_point_are_applied(tmp_path, graph):
    nodes, tensors = QUANTISED[graph]
    head = load_weights(save(tmp_path, nodes, tensors))
    scale = np.asarray(tensors["s"], np.float64).reshape(-1, 1)
    expected = (Q.astype(float) - 128) * scale
    assert np.abs(head.weight - expected).max() < 1e-6
    assert "quantised" in head.notes[0]
    assert head.dtype == "U8 with a scale"
    rows = np.linalg.norm(expected, axis=1)
    assert head.cosine_rounding == pytest.approx(2 * (scale.ravel() * np.sqrt(4) / 2 / rows).max(), rel=1e-6)


def test_what_is_no_classifier_is_not_taken_for_one(tmp_path):
    """The last product of an encoder stands behind a residual and a norm."""
    nodes = [
        node("MatMul", "x u", "a"),
        node("MatMul", "a w", "h"),
        node("Add", "h x", "r"),
        node("LayerNormalization", "r g", "y"),
    ]
    path = save(tmp_path, nodes, {"u": W, "w": W.T, "g": np.ones(10, np.float32)})
    with pytest.raises(InvalidInputError, match="its matrices are"):
        load_weights(path)
    assert load_weights(path, "w", classes_axis=1).n_classes == 10
    wide = [node("Conv", "x w", "y")]
    with pytest.raises(InvalidInputError, match="its matrices are w"):
        load_weights(save(tmp_path, wide, {"w": np.ones((5, 3, 3, 3), np.float32)}))


@pytest.mark.parametrize("output", ["text_embeds", "last_hidden_state", "pooler_output", "image_features"])
def test_a_projection_is_no_head(tmp_path, output):
    """The output says that it holds vectors; the matrix is still read when it is asked for."""
    nodes = [node("MatMul", "x u", "a"), node("MatMul", "a w", output)]
    path = save(tmp_path, nodes, {"u": W, "w": W.T}, output=output)
    with pytest.raises(InvalidInputError, match="its matrices are"):
        load_weights(path)
    assert load_weights(path, "w", classes_axis=0).n_classes == 4


def test_a_second_output_is_named(tmp_path):
    nodes = [node("MatMul", "x w", "y"), node("MatMul", "x v", "z")]
    path = save(tmp_path, nodes, {"w": W.T, "v": np.ones((4, 3), np.float32)}, extra=("z",))
    head = load_weights(path)
    assert head.key == "w"
    assert any("v (of the output 'z')" in note for note in head.notes)
    assert load_weights(path, "v", classes_axis=1).n_classes == 3


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("names", "{0: 'a', 1: 'b', 2: 'c'}"),
        ("names", '["a", "b", "c"]'),
        ("id2label", '{"0": "a", "1": "b", "2": "c"}'),
        ("id2label", '{"2": "c", "10": "d", "0": "a"}'),
        ("character", "a\nb\nc"),
        ("labels", "a,b,c"),
        ("classes", "a, b, c"),
    ],
)
def test_class_names_of_the_metadata(key, text):
    assert class_names({key: text, "author": "x,y"})[:2] in (("a", "b"), ("a", "c"))


def test_class_names_of_a_file(tmp_path):
    nodes, tensors = GRAPHS["gemm"]
    names = [f"class {number}" for number in range(10)]
    head = load_weights(save(tmp_path, nodes, tensors, metadata={"names": repr(dict(enumerate(names)))}))
    assert list(head.class_names) == names
    assert class_names({"names": "__import__('os')"}) == ()
    assert class_names({"names": "(" * 10_000}) == ()


def test_numbers_in_a_second_file(tmp_path):
    nodes, tensors = GRAPHS["gemm"]
    path = save(tmp_path, nodes, tensors)
    onnx.save(
        onnx.load(path),
        path,
        save_as_external_data=True,
        location="model.onnx.data",
        size_threshold=0,
        convert_attribute=True,
    )
    assert np.array_equal(load_weights(path).weight, W)
    (tmp_path / "model.onnx.data").write_bytes(b"short")
    with pytest.raises(FileFormatError, match="claims bytes"):
        load_weights(path)
    (tmp_path / "model.onnx.data").unlink()
    with pytest.raises(FileFormatError, match="not beside it"):
        load_weights(path)
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../../etc/passwd"
    onnx.save(model, path)
    with pytest.raises(FileFormatError, match="no file of the same folder"):
        load_weights(path)


def test_shapes_that_the_bytes_do_not_fill(tmp_path):
    nodes, tensors = GRAPHS["gemm"]
    path = save(tmp_path, nodes, tensors)
    model = onnx.load(path)
    model.graph.initializer[0].dims[:] = [10**6, 10**6]
    onnx.save(model, path)
    with pytest.raises(FileFormatError, match="do not fill"):
        load_weights(path)
    for content in (b"", b"\x08\x09", b"nonsense" * 10, path.read_bytes()[:50]):
        path.write_bytes(content)
        with pytest.raises((FileFormatError, InvalidInputError)):
            load_weights(path)


def test_linear_models_of_scikit_learn(tmp_path):
    linear = helper.make_node(
        "LinearClassifier",
        ["x"],
        ["label", "y"],
        domain="ai.onnx.ml",
        coefficients=W.ravel().tolist(),
        intercepts=B.tolist(),
        classlabels_ints=list(range(10)),
    )
    head = load_weights(save(tmp_path, [linear], {}))
    assert np.array_equal(head.weight, W)
    assert np.array_equal(head.bias, B)
