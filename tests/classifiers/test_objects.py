"""Objects of Python as heads: what is taken, with bias and names, and what is refused with what to pass."""

import types

import numpy as np
import pytest

from sphcode import Head, align, assign, classifier_geometry, compare, construct, generate
from sphcode.classifiers.objects import as_head
from sphcode.errors import InvalidInputError

ROWS = np.random.default_rng(2).standard_normal((12, 3))
BIAS = np.linspace(-1, 1, 12)


def thing(**attributes):
    return types.SimpleNamespace(**attributes)


def test_layers_of_other_packages_bring_their_bias():
    layers = {
        "weight": thing(weight=ROWS, bias=BIAS),
        "kernel": thing(kernel=ROWS.T, bias=BIAS[None, :]),
        "coef_": thing(coef_=ROWS, intercept_=BIAS, classes_=list("abcdefghijkl")),
    }
    for key, layer in layers.items():
        head = as_head(layer)
        np.testing.assert_array_equal(head.weight, ROWS)
        np.testing.assert_array_equal(head.bias, BIAS)
        assert key in head.why
    assert as_head(layers["coef_"]).class_names == tuple("abcdefghijkl")


def test_a_state_dict_is_searched_like_a_file():
    state = {"module.layers.0.weight": np.ones((3, 3)), "module.fc.weight": ROWS, "module.fc.bias": BIAS}
    head = as_head(state)
    assert head.key == "module.fc.weight"
    np.testing.assert_array_equal(head.bias, BIAS)
    assert as_head({"W": ROWS.astype(int), "b": BIAS}).key == "W"
    with pytest.raises(InvalidInputError, match=r"`key` must be given for the state dict.*Pass its entry \(state"):
        as_head({"one_x": ROWS, "two_x": ROWS})


def test_tables_name_their_classes():
    pandas = pytest.importorskip("pandas")
    names = [f"class {index}" for index in range(12)]
    assert as_head(pandas.DataFrame(ROWS, index=names)).class_names == tuple(names)
    assert as_head(pandas.DataFrame(ROWS)).class_names is None
    table = thing(to_numpy=lambda: ROWS, index=names)
    assert as_head(table).class_names == tuple(names)
    assert compare(table).name(3) == "class 3"
    assert compare(table, names=list("abcdefghijkl")).name(3) == "d"


def test_modules_layers_and_tensors_of_torch():
    torch = pytest.importorskip("torch")
    linear = torch.nn.Linear(3, 12)
    model = torch.nn.Sequential()
    model.add_module("backbone", torch.nn.Linear(5, 3))
    model.add_module("head", torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 12)))
    for module, layer in ((linear, linear), (model, model.head)):
        head = as_head(module)
        np.testing.assert_allclose(head.weight, layer.weight.detach().numpy(), atol=1e-6)
        np.testing.assert_array_equal(head.bias, layer.bias.detach().numpy())
        assert as_head(module.state_dict()).key == head.key
    np.testing.assert_array_equal(as_head(linear.weight).weight, linear.weight.detach().numpy())
    assert as_head(linear.weight).bias is None
    assert classifier_geometry(linear)["max_cosine"] == classifier_geometry(linear.weight)["max_cosine"]
    with pytest.raises(InvalidInputError, match=r"pass one at a time \(weights\[0\]\)"):
        as_head(torch.zeros(2, 12, 3))
    with pytest.raises(
        InvalidInputError, match=r"1\.weight \(12 x 3\).*Pass the layer \(model\.get_submodule\(NAME\)\)"
    ):
        as_head(torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.Linear(3, 12)))
    with pytest.raises(InvalidInputError, match="without data"):
        as_head(torch.nn.Linear(3, 12, device="meta"))


def test_the_configuration_of_a_model_counts():
    torch = pytest.importorskip("torch")
    model = torch.nn.Module()
    model.embed_tokens = torch.nn.Embedding(12, 3)
    model.config = thing(to_dict=lambda: {"architectures": ["FooModel"], "vocab_size": 12})
    head = as_head(model)
    assert head.stand_in
    assert "FooModel" in head.notes[0]


def test_codes_results_and_constructions_go_everywhere():
    construction = construct(3, 12)
    result = generate(3, 12)
    for thing_with_code in (construction, construction.code(), result):
        assert compare(thing_with_code).min_one_vs_rest == pytest.approx(construction.one_vs_rest_distance, abs=1e-9)
        assert compare(ROWS, against=thing_with_code).reference.kind == "given"
        assert align(thing_with_code, thing_with_code).relative_residual < 1e-9
        assert len(assign(thing_with_code, np.eye(12)).indices) == 12
        assert classifier_geometry(thing_with_code)["max_cosine"] == pytest.approx(construction.max_cosine, abs=1e-9)


@pytest.mark.parametrize(
    "wrong", [None, 3, "", object(), thing(get_weights=list), np.zeros((2, 3, 4)), {"a": 3}, [[1]]]
)
def test_what_is_no_head_is_refused(wrong):
    with pytest.raises(InvalidInputError):
        as_head(wrong)


def test_the_bias_of_an_array_may_be_given():
    np.testing.assert_array_equal(as_head(ROWS, bias=BIAS[:, None]).bias, BIAS)
    for wrong in (BIAS[:3], "fc.bias", np.ones((3, 4)), np.full(12, np.nan)):
        with pytest.raises(InvalidInputError, match="`bias` must be 12 finite numbers"):
            as_head(Head(ROWS), bias=wrong)


def test_unit_columns_of_an_array_are_noticed():
    columns = ROWS.T / np.linalg.norm(ROWS, axis=1)
    assert any("columns are unit vectors" in note for note in as_head(columns).notes)
    assert as_head(columns.T).notes == as_head(ROWS).notes == ()
