"""construct: the best of all families for a case; names and parameters; blocks and files."""

import csv
import itertools
import json
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from sphcode import SphericalCode, construct
from sphcode.codes.constructions import construct_named, constructions
from sphcode.codes.constructions.construction import MAX_COORDINATES
from sphcode.errors import InvalidInputError, TableLookupError


def reference(name):
    text = (files("sphcode.data") / "reference" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize(
    "row", reference("sharp_and_sdp_optimal_codes.csv"), ids=lambda row: f"{row['dim']}-{row['n']}"
)
def test_every_sharp_and_sdp_optimal_code(row):
    construction = construct(int(row["dim"]), int(row["n"]))
    assert float(construction.cosine) == pytest.approx(float(row["cos_max"]), abs=1e-15)
    assert construction.proven_optimal
    assert construction.attained
    if row["design_strength"]:
        assert construction.design_strength == int(row["design_strength"])


@pytest.mark.parametrize(
    ("dim", "n_points"),
    [(4, 24), (5, 40), (6, 72), (7, 126), (8, 240), (9, 306), (10, 500), (16, 4320), (22, 49896), (23, 93150),
     (24, 196560)],
)  # fmt: skip
def test_kissing_configurations(dim, n_points):
    assert construct(dim, n_points).cosine.text == "1/2"


@pytest.mark.parametrize(
    ("dim", "n_points", "distance"),
    [(512, 10_000, 0.9375), (2048, 10_000, 0.96875), (4096, 128_256, 0.984375), (768, 30_522, 0.9375),
     (384, 30_522, 0.9375)],
)  # fmt: skip
def test_sizes_of_learned_models(dim, n_points, distance):
    construction = construct(dim, n_points)
    assert construction.one_vs_rest_distance > distance
    assert (construction.dim, construction.n_points) == (dim, n_points)
    rng = np.random.default_rng(0)
    starts = rng.integers(0, n_points - 64, 2)
    rows, others = (construction.block(int(start), int(start) + 64) for start in starts)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-12
    assert (rows @ others.T).max() <= construction.max_cosine + 1e-12


@pytest.mark.parametrize("dim", [2, 3, 4, 5, 7, 8, 11, 16, 24, 33])
def test_a_code_for_every_size(dim):
    for n_points in [*range(2, 3 * dim + 6), 7 * dim, dim * dim, 3001]:
        construction = construct(dim, n_points)
        assert (construction.dim, construction.n_points) == (dim, n_points)
        if n_points <= 200:
            code = construction.code()
            assert code.max_cosine <= construction.max_cosine + 1e-12
            if construction.attained:
                assert code.max_cosine == pytest.approx(float(construction.cosine), abs=1e-12)
    for n_points in (10**5, 10**7):
        assert construct(dim, n_points).cosine.value < 1


def test_best_is_monotone_in_the_number_of_points():
    for dim in (3, 9):
        values = [float(construct(dim, n_points).cosine) for n_points in range(2, 150)]
        assert all(b >= a - 1e-6 for a, b in itertools.pairwise(values))


def test_rankin_cases():
    assert construct(10, 7).cosine.text == "-1/6"
    assert construct(10, 15).cosine.text == "0"
    assert construct(10, 15).proven_optimal
    assert construct(2, 9).proven_optimal


@pytest.mark.parametrize(("dim", "n_points"), [(1, 5), (3, 1), (3, 2.5), ("3", 4), (True, 4)])
def test_bad_case(dim, n_points):
    with pytest.raises(InvalidInputError, match="must be"):
        construct(dim, n_points)


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("kerdock", {"dim": 100}, "64 and 256"),
        ("kerdock", {"dim": 128}, "64 and 256"),
        ("bch", {"dim": 256}, "128 and 512"),
        ("delsarte_goethals", {"dim": 64, "r": 3}, "from 1 to 2"),
        ("shortened", {"dim": 64, "s": 9}, "from 1 to 7"),
        ("hadamard", {"dim": 90}, "88 and 96"),
        ("paley_lines", {"q": 21}, "17 and 25"),
        ("complex_bases", {"q": 15}, "13 and 17"),
        ("steiner_lines", {"v": 9, "block": 3}, "7 and 15"),
        ("reed_solomon", {"q": 6, "length": 3, "k": 2}, "5 and 7"),
        ("reed_solomon", {"q": 5, "length": 7, "k": 3}, "from 3 to 6"),
        ("isotropic", {"q": 6}, "2, 3, 4, 5, 7"),
        ("laminated", {"dim": 30}, "from 13 to 23"),
        ("construction_a", {"dim": 15}, "from 9 to 14"),
        ("simplex_blocks", {"dim": 5, "n_points": 11}, "from 7 to 10"),
        ("nothing", {}, "one of"),
        ("kerdock", {"size": 16}, "parameters of kerdock"),
        ("kerdock", {}, "needs the parameters dim"),
        ("subset", {"of": 3, "n_points": 3}, "mapping"),
    ],
)
def test_bad_parameters_name_the_valid_ones(name, params, message):
    with pytest.raises(InvalidInputError, match=message):
        construct_named(name, **params)


def test_too_many_points():
    with pytest.raises(TableLookupError, match="points in 4 dimensions"):
        construct_named("layered", dim=4, n_points=10**12)


def test_parameters_rebuild_the_construction():
    for dim, n_points in [(3, 9), (9, 100), (24, 777), (70, 5000), (512, 10_000), (40, 10**7)]:
        construction = construct(dim, n_points)
        params = json.loads(json.dumps(dict(construction.params)))
        again = construct_named(construction.name, **params)
        assert again.label == construction.label
        assert again.cosine == construction.cosine
        assert np.abs(again.block(5, 9) - construction.block(5, 9)).max() < 1e-15


def test_families_have_members_that_their_builders_accept():
    names = [family.name for family in constructions()]
    assert len(names) == len(set(names))
    for family in constructions():
        for member in family.members(40):
            assert member.name == family.name
            assert member.dim <= 40
            assert set(member.params) == set(family.params)


def test_blocks_agree_with_the_whole():
    for construction in (construct(512, 10_000), construct(20, 500), construct(21, 162), construct(384, 30_522)):
        some = construction.block(90, 150)
        assert np.abs(construction.block(100, 101)[0] - some[10]).max() < 1e-15
        assert construction.block(90, 150, np.float32).dtype == np.float32
    with pytest.raises(InvalidInputError, match="`stop` must be an integer from 91"):
        construct(8, 240).block(90, 90)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".json", ".txt", ".safetensors"])
def test_files(tmp_path, suffix):
    construction = construct(22, 100)
    path = construction.save(tmp_path / f"code{suffix}")
    code = SphericalCode.load(path, dim=22)
    assert np.abs(code.points - construction.code().points).max() < (1e-7 if suffix == ".safetensors" else 1e-15)
    if suffix in (".npz", ".json"):
        assert code.provenance["source"] == "construction higman-sims"


def test_code_has_a_limit():
    construction = construct(4096, 128_256)
    assert construction.n_points * construction.dim > MAX_COORDINATES
    with pytest.raises(InvalidInputError, match="at most 67108864"):
        construction.code()
    with pytest.raises(InvalidInputError, match="must be a file name ending"):
        construction.save("code.xyz")


@pytest.mark.slow
def test_large_code_is_written_in_little_memory(tmp_path):
    script = (
        "from sphcode import construct;"
        f"construct(4096, 128_256).save({str(tmp_path / 'w.safetensors')!r});"
        # Not ru_maxrss: a child starts with the peak of the process that forked it.
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
    )
    kibibytes = int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
    assert kibibytes <= 500 * 1024
    assert (tmp_path / "w.safetensors").stat().st_size > 4 * 4096 * 128_256
