from functools import cache

import naive
import numpy as np
import pytest

from sphcode import one_vs_rest
from sphcode.errors import InvalidInputError, OpenBoundsWarning
from sphcode.margins import column_generation, device
from sphcode.margins.screen import Screen

torch = pytest.importorskip("torch")


def language(n, dim, seed):
    """Rows with a falling spectrum, different norms and a strong common direction."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, dim)) / np.sqrt(np.arange(1, dim + 1))
    rows *= (1 + 0.15 * rng.standard_normal((n, 1))) / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows + 2.0 * np.eye(dim)[0]


ROWS = {
    "random": naive.random_unit(300, 20, seed=1),
    "language": language(300, 24, 2),
    "single": language(300, 24, 3).astype(np.float32),
    "cross-polytope": np.vstack([np.eye(20), -np.eye(20)]),
    "duplicates": np.vstack([naive.random_unit(40, 5, seed=4), naive.random_unit(40, 5, seed=4)[:3]]),
    "near": np.vstack([naive.random_unit(40, 5, seed=5), naive.random_unit(40, 5, seed=5)[:3] + 1e-9]),
    "inside": np.random.default_rng(6).standard_normal((60, 6)) * np.linspace(0.1, 2, 60)[:, None],
    "zero": np.zeros((5, 3)),
}


@pytest.fixture
def bfloat16(monkeypatch):
    """Let torch multiply in bfloat16 on any processor."""
    monkeypatch.setattr(device, "bfloat16_unit", lambda: "vector")


@pytest.mark.parametrize("name", ROWS)
def test_devices_agree_class_by_class(name, bfloat16):
    rows = ROWS[name]
    auto, cpu = (one_vs_rest(rows, device=where) for where in ("auto", "cpu"))
    scale = np.linalg.norm(rows, axis=1).max()
    assert auto.certified.all()
    assert cpu.certified.all()
    assert (auto.lower <= cpu.upper).all()
    assert (cpu.lower <= auto.upper).all()
    assert np.abs(auto.distances - cpu.distances).max() <= 1e-13 * scale
    assert auto.inside_hull.tolist() == cpu.inside_hull.tolist()


def test_bounds_hold_against_fractions(bfloat16):
    rows = np.random.default_rng(7).standard_normal((12, 4)) * [1, 1, 1, 1e-10]
    result = one_vs_rest(rows, device="cpu")
    truth = np.array([naive.exact_one_vs_rest(rows, k) for k in range(12)])
    assert result.certified.all()
    assert (result.lower <= truth).all()
    assert (truth <= result.upper).all()


def nearly_equal():
    """Rows inside the hull, of which two are one unit in the last place of 16 bits apart, and two are equal."""
    rows = np.random.default_rng(12).standard_normal((14, 3))
    rows[1] = rows[0] * (1 + 2.0**-7)
    rows[2] = rows[3]
    return rows


AWKWARD = {
    "nearly equal": nearly_equal(),
    "near a line": np.arange(12.0)[:, None] * np.ones(3) + 1e-2 * np.random.default_rng(13).standard_normal((12, 3)),
    "cap": np.eye(4)[0] + 3e-3 * np.random.default_rng(14).standard_normal((16, 4)),
    "tiny column": np.random.default_rng(15).standard_normal((12, 4)) * [1, 1, 1, 1e-6],
    "norms far apart": np.random.default_rng(16).standard_normal((9, 4)) * 10.0 ** np.linspace(-4, 4, 9)[:, None],
    "cross-polytope": np.vstack([np.eye(5), -np.eye(5)]),
    "cube": np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T / 2,
    "zero row": np.vstack([np.zeros(3), np.eye(3), 1e-3 * np.eye(3)]),
    "equal rows": np.ones((6, 3)) / 3,
}
PLACES = ["auto", "cpu"] + ["cuda"] * device._has_cuda()


@cache
def in_16_bits(name, dtype):
    """Rows as they are stored in 16 bits, as a tensor, and their distances by fractions."""
    stored = torch.tensor(AWKWARD[name]).to(getattr(torch, dtype))
    wide = stored.double().numpy()
    return stored, np.array([naive.exact_one_vs_rest(wide, k) for k in range(len(wide))])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", AWKWARD)
def test_rows_of_16_bits_against_fractions(monkeypatch, bfloat16, name, dtype, place):
    monkeypatch.setattr("sphcode._validate.LARGE_BYTES", 1)  # as a large head: kept in float32
    stored, truth = in_16_bits(name, dtype)
    result = one_vs_rest(stored, device=place)
    scale = float(stored.double().norm(dim=1).max())
    assert result.certified.all()
    assert (result.lower <= truth).all()
    assert (truth <= result.upper).all()
    assert np.abs(result.distances - truth).max() <= 1e-13 * scale


@pytest.mark.parametrize("kind", ["float64", "float32", "bfloat16"])
def test_errors_of_bfloat16_scores_are_below_their_bound(kind):
    rows = language(500, 64, 8)
    if kind == "bfloat16":
        rows = torch.tensor(rows).bfloat16().float().numpy()
    rows = rows.astype(np.float64 if kind == "float64" else np.float32)
    # Rows near zero are screened as they are stored; from zero far ones are centred.
    for weights in (rows, rows - rows.mean(axis=0).astype(rows.dtype)):
        screen = Screen.of(weights, "cpu")
        directions = naive.random_unit(200, 64, seed=9)
        directions[0] = np.asarray(weights, dtype=float).mean(axis=0)
        directions[0] /= np.linalg.norm(directions[0])
        exact = directions @ ((np.asarray(weights, dtype=float) - screen.origin) / screen.unit).T
        errors, share = screen.errors(directions)
        parts = [(part, screen.scores(directions.astype(np.float32), part)) for part in screen.slices()]
        scores = [device.single_of(scores) * screen.factors[part] for part, scores in parts]
        observed = np.abs(np.hstack(scores) - exact)
        assert (observed <= errors[:, None] + share * (np.abs(exact) + errors[:, None])).all()
        assert observed.max() > 1e-4  # it is bfloat16 that was measured


def test_stored_bfloat16_rows_have_no_residual():
    rows = torch.tensor(naive.random_unit(60, 16, seed=10)).bfloat16().float().numpy()
    assert Screen.of(rows, "cpu").residual == 0.0
    assert Screen.of(rows.astype(float), "cpu").residual > 0.0


@pytest.mark.parametrize("wrong", [0.5, -0.5])
def test_bfloat16_scores_outside_their_error_are_found(monkeypatch, bfloat16, wrong):
    monkeypatch.setattr(column_generation, "LEAST_SHARE", 1)
    product, rng = device.LowRows.product, np.random.default_rng(0)

    def broken(self, vectors, part):
        scores = device.single_of(product(self, vectors, part))
        scores[rng.random(scores.shape) < 1e-3] += wrong
        return scores

    monkeypatch.setattr(device.LowRows, "product", broken)
    with pytest.warns(OpenBoundsWarning, match="scores were recomputed and found outside their error"):
        result = one_vs_rest(naive.random_unit(400, 12, seed=11), device="cpu")
    assert not result.certified.any()


@pytest.mark.parametrize("setting", [True, False, (False, False)])
def test_switches_of_torch_return(setting):
    switches, name = torch.backends.cuda.matmul, "allow_bf16_reduced_precision_reduction"
    if isinstance(setting, tuple) and not hasattr(switches, f"{name}_split_k"):
        pytest.skip("this version has one switch")
    former = device._setting(switches, name)
    setattr(switches, name, setting)
    before = device._setting(switches, name)
    try:
        with device.full_precision(), device.full_precision():
            assert not getattr(switches, name)
        assert device._setting(switches, name) == before
        with pytest.raises(KeyError), device.full_precision():
            raise KeyError
        assert device._setting(switches, name) == before
    finally:
        setattr(switches, name, former)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_types_that_the_caller_lets_torch_choose_change_nothing(bfloat16, dtype):
    expected = one_vs_rest(ROWS["language"], device="cpu")
    with torch.autocast("cpu", dtype=getattr(torch, dtype)):
        result = one_vs_rest(ROWS["language"], device="cpu")
    assert result.lower.tobytes() == expected.lower.tobytes()


def test_where_products_are_made(monkeypatch):
    monkeypatch.setattr(device, "_has_cuda", lambda: False)
    monkeypatch.setattr(device, "bfloat16_unit", lambda: "none")
    assert device.torch_device("cpu", 1e15, 10) is None
    monkeypatch.setattr(device, "bfloat16_unit", lambda: "matrix")
    assert device.torch_device("cpu", 1.0, 10) == "cpu"
    assert device.torch_device("auto", 1.0, 10) is None
    assert device.torch_device("auto", 1e15, 10) == "cpu"
    monkeypatch.setattr(device, "_has_cuda", lambda: True)
    monkeypatch.setattr(device, "_free_bytes", lambda: 20)
    assert device.torch_device("auto", 1e15, 10) == "cpu"
    assert device.torch_device("cuda", 1e15, 10) == "cuda"
    monkeypatch.setattr(device, "_free_bytes", lambda: 25)
    assert device.torch_device("auto", 1e15, 10) == "cuda"
    monkeypatch.setattr(device.importlib.util, "find_spec", lambda name: None)
    assert device.torch_device("auto", 1e15, 10) is None


def test_a_gpu_without_room_is_an_error_in_words(monkeypatch):
    def full(*_, **__):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(torch, "empty", full)
    with pytest.raises(InvalidInputError, match=r"or a GPU with 2[.]0 GB free, got .cuda."):
        device.LowRows.empty(10**6, 1000, "cuda")


def test_the_unit_of_this_processor_is_named():
    device.bfloat16_unit.cache_clear()
    assert device.bfloat16_unit() in ("matrix", "vector", "none")


@pytest.mark.parametrize("wrong", ["gpu", 1, None])
def test_unknown_devices_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="`device` must be one of auto, cpu, cuda"):
        one_vs_rest(np.eye(3), device=wrong)
