"""SphericalCode: exact cosines, files in all formats, clear errors."""

import json
import math
import os
import pickle
from fractions import Fraction

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphcode import SphericalCode, construct
from sphcode._files import check_writable
from sphcode.codes.code import FORMATS, as_code
from sphcode.errors import FileFormatError, InvalidInputError, WriteError


def random_code(n_points, dim, seed=0):
    points = np.random.default_rng(seed).standard_normal((n_points, dim))
    return SphericalCode(points / np.linalg.norm(points, axis=1, keepdims=True), {"source": "test"})


def exact_cosine(x, y):
    """Inner product of the exactly normalised float rows, correctly rounded up to one last bit."""
    dot, xx, yy = (
        sum(Fraction(a) * Fraction(b) for a, b in zip(u, v, strict=True)) for u, v in ((x, y), (x, x), (y, y))
    )
    square = dot * dot / (xx * yy)
    scaled = math.isqrt(square.numerator * 10**80 // square.denominator)
    return math.copysign(scaled / 10**40, dot)


def test_square():
    code = SphericalCode([[1, 0], [0, 1], [-1, 0], [0, -1]])
    assert (code.n_points, code.dim, code.max_cosine) == (4, 2, 0.0)
    assert code.min_angle == pytest.approx(math.pi / 2, rel=1e-15)
    assert 1 - 1e-14 < code.one_vs_rest_distance < 1
    assert repr(code) == "SphericalCode(dim=2, n_points=4, max_cosine=0, min_angle_deg=90)"


@given(st.integers(2, 40), st.integers(2, 12), st.integers(0, 10**6))
def test_max_cosine_is_that_of_the_oracle_and_exact(n_points, dim, seed):
    code = random_code(n_points, dim, seed)
    i, j = code.closest_pair
    assert i < j
    assert code.max_cosine == pytest.approx(naive.max_cosine(code.points), abs=1e-15)
    assert abs(code.max_cosine - exact_cosine(code.points[i], code.points[j])) <= 4e-16 * math.sqrt(dim)
    assert Fraction(code.one_vs_rest_distance) <= 1 - Fraction(exact_cosine(code.points[i], code.points[j]))


def test_max_cosine_across_blocks():
    code = random_code(2500, 8)
    gram = code.points @ code.points.T
    np.fill_diagonal(gram, -1)
    assert code.max_cosine == pytest.approx(gram.max(), abs=1e-15)
    assert gram[code.closest_pair] == pytest.approx(gram.max(), abs=1e-15)


def test_min_angle_of_close_points_keeps_its_digits():
    angle = 1e-9
    code = SphericalCode([[1.0, 0.0], [math.cos(angle), math.sin(angle)], [-1.0, 0.0]])
    assert code.min_angle == pytest.approx(angle, rel=1e-12)


def test_a_code_keeps_an_array_of_its_own():
    rows = random_code(5, 3).points.copy()
    code = SphericalCode(rows)
    rows[0] = 2
    assert code.max_cosine == SphericalCode(code.points).max_cosine


def test_codes_are_arrays_and_sequences():
    code = random_code(5, 3)
    np.testing.assert_array_equal(np.asarray(code), code.points)
    assert np.asarray(code, dtype=np.float32).dtype == np.float32
    assert np.array(code) is not code.points
    assert len(code) == len(list(code)) == 5
    for row, point in zip(code, code.points, strict=True):
        np.testing.assert_array_equal(row, point)
    np.testing.assert_array_equal(np.asarray(pickle.loads(pickle.dumps(code))), code.points)


def test_torch_takes_the_points_without_a_warning():
    torch = pytest.importorskip("torch")
    code = random_code(5, 3)
    for points in (torch.as_tensor(code.points), torch.from_numpy(code.points), torch.tensor(np.asarray(code))):
        np.testing.assert_array_equal(points.numpy(), code.points)


def test_anything_with_a_code_gives_it(tmp_path):
    code = random_code(5, 3)
    construction = construct(3, 12)
    assert as_code(code) is code
    np.testing.assert_array_equal(as_code(construction).points, construction.points)
    np.testing.assert_array_equal(as_code(code.save(tmp_path / "c.npz")).points, code.points)
    np.testing.assert_array_equal(as_code(code.points.tolist()).points, code.points)
    for wrong in (None, 3, {"points": code.points}, object()):
        with pytest.raises(InvalidInputError, match="`against` must be a code"):
            as_code(wrong, "against")


@pytest.mark.parametrize("suffix", FORMATS)
def test_round_trip(tmp_path, suffix):
    code = random_code(7, 3)
    path = tmp_path / f"pack.3.7{suffix}"
    code.save(path)
    again = SphericalCode.load(path)
    if suffix == ".safetensors":
        assert np.abs(again.points - code.points).max() < 1e-6
    else:
        assert np.abs(again.points - code.points).max() <= 2.3e-16
    if suffix in (".npz", ".json"):
        assert again.provenance == {"source": "test"}
    assert os.listdir(tmp_path) == [path.name]


def test_safetensors_file_is_read_by_the_reference_library(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    code = random_code(7, 3)
    code.save(tmp_path / "head.safetensors")
    tensors = safetensors.load_file(tmp_path / "head.safetensors")
    assert tensors["weight"].dtype == np.float32
    assert np.array_equal(tensors["weight"], code.points.astype(np.float32))


def test_json_accepts_hex_floats(tmp_path):
    rows = [[(1.0).hex(), (0.0).hex()], [(0.0).hex(), "-0x1p0"]]
    path = tmp_path / "code.json"
    path.write_text(json.dumps({"schema": "sphcode.code/1", "points": rows}))
    assert SphericalCode.load(path).max_cosine == 0


def test_json_with_fewer_points_than_it_says_is_refused(tmp_path):
    path = tmp_path / "code.json"
    path.write_text(json.dumps({"schema": "sphcode.code/1", "dim": 2, "n_points": 3, "points": [[1, 0], [-1, 0]]}))
    with pytest.raises(FileFormatError, match=r"\(2, 2\), got \(3, 2\)"):
        SphericalCode.load(path)


def test_text_layouts(tmp_path):
    code = random_code(6, 4)
    flat = tmp_path / "flat.txt"
    code.save(flat)
    assert SphericalCode.load(flat, dim=4).n_points == 6
    with pytest.raises(FileFormatError, match="one coordinate per line"):
        SphericalCode.load(flat)
    with pytest.raises(FileFormatError, match="not a whole number of points in 5 dimensions"):
        SphericalCode.load(flat, dim=5)
    rows = tmp_path / "rows.txt"
    np.savetxt(rows, code.points, fmt="%.17g")
    assert SphericalCode.load(rows).dim == 4


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02rubbish", b"{", b"[1, 2]", b"[" * 100_000])
def test_malformed_files(tmp_path, suffix, content):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="bad"):
        SphericalCode.load(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_truncated_and_missing_files(tmp_path, suffix):
    path = tmp_path / f"pack.3.50{suffix}"
    random_code(50, 3).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3 + 1])
    if suffix != ".txt":  # a text file cut between lines is a shorter text file
        with pytest.raises(FileFormatError):
            SphericalCode.load(path)
    with pytest.raises(FileFormatError, match="no such file"):
        SphericalCode.load(tmp_path / f"missing{suffix}")


def test_unknown_suffix(tmp_path):
    with pytest.raises(InvalidInputError, match=r"ending in \.npz"):
        random_code(3, 3).save(tmp_path / "code.docx")
    with pytest.raises(InvalidInputError, match=r"ending in \.npz"):
        SphericalCode.load(tmp_path / "code")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_device_is_written_to_and_not_replaced(tmp_path):
    path = tmp_path / "full.npy"
    path.symlink_to("/dev/full")
    with pytest.raises(WriteError, match="No space left"):
        random_code(4, 3).save(path)
    assert path.is_symlink()


def test_the_folder_of_a_device_need_not_be_writable(monkeypatch):
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    check_writable(os.devnull)
    with pytest.raises(WriteError, match="Permission denied"):
        check_writable("code.npz")


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "code.npy"
    random_code(4, 3).save(path)
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(WriteError, match="No space left"):
        random_code(5, 3).save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["code.npy"]
    with pytest.raises(WriteError, match="could not write"):
        random_code(5, 3).save(tmp_path / "nowhere" / "code.npz")


def test_many_points_are_searched_by_a_tree():
    points = naive.random_unit(2100, 3, 0)
    points[[7, 2000]] = points[30] + [[1e-6, 0, 0], [0, -1e-6, 0]]
    code = SphericalCode(points / np.linalg.norm(points, axis=1, keepdims=True))
    cosines = code.points @ code.points.T - 2.0 * np.eye(2100)
    assert cosines[code.closest_pair] == pytest.approx(cosines.max(), abs=1e-15)
    assert code.max_cosine == pytest.approx(cosines.max(), abs=1e-15)
    assert code.closest_pair in [(7, 30), (30, 2000), (7, 2000)]
