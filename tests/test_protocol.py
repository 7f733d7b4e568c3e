"""One protocol: every result is pickled, copied and written as JSON; codes, results and constructions go everywhere."""

import copy
import dataclasses
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import sphcode
from sphcode import compare, construct, generate, verify
from sphcode.codes.constructions import constructions

ROWS = np.random.default_rng(2).standard_normal((12, 3))


def results():
    code, comparison = construct(3, 12).code(), compare(ROWS, bias=ROWS[:, 0], scale=4.0)
    return {
        "SphericalCode": code,
        "TableRow": sphcode.best_known(3, 24),
        "Construction": construct(3, 12),
        "SearchResult": generate(3, 12),
        "Bound": sphcode.bound(3, 13),
        "EnergyBound": sphcode.energy_bound(3, 13, "logarithmic"),
        "CrossEntropyBound": sphcode.cross_entropy_bound(3, 13, 0.1),
        "Verdict": verify(code),
        "Isometry": sphcode.same_code(code, code),
        "Nearest": sphcode.nearest(code.points),
        "Head": sphcode.Head(ROWS),
        "Comparison": comparison,
        "ClassVectors": comparison.class_vectors,
        "UnitMeasurement": comparison.unit,
        "RawMeasurement": comparison.raw,
        "OneVsRest": comparison.unit.distances,
        "FeatureMeasurement": comparison.features,
        "Geometry": comparison.geometry,
        "Reference": comparison.reference,
        "TemperatureOptimum": comparison.temperature,
        "Alignment": sphcode.align(ROWS, code),
        "Assignment": sphcode.assign(code, np.eye(12), n_starts=2),
    }


@pytest.fixture(scope="module")
def every():
    return results()


def test_results_are_pickled_copied_and_written(every):
    for name, result in every.items():
        assert type(result).__name__ == name
        content = result.to_dict()
        text = json.dumps(content, allow_nan=False)
        for again in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
            assert type(again) is type(result)
            assert json.dumps(again.to_dict(), allow_nan=False) == text, name


def test_every_result_class_has_a_dictionary():
    inputs = {"Features", "ThreePointModel", "Progress"}
    classes = [getattr(sphcode, name) for name in sphcode.__all__ if isinstance(getattr(sphcode, name), type)]
    lacking = {one.__name__ for one in classes if dataclasses.is_dataclass(one) and not hasattr(one, "to_dict")}
    assert lacking <= inputs


def test_results_and_constructions_are_codes(every, tmp_path):
    code, search = every["SphericalCode"], every["SearchResult"]
    for one in (code, search, every["Construction"]):
        assert len(one) == len(list(one)) == 12
        np.testing.assert_array_equal(np.asarray(one), one.points)
        assert one.points.shape == (12, 3)
        assert verify(one).accepted
        saved = one.save(tmp_path / "code.npz")
        np.testing.assert_array_equal(sphcode.SphericalCode.load(saved).points, one.points)


@pytest.mark.parametrize("family", constructions(), ids=lambda family: family.name)
def test_small_members_of_every_family_pickle(family):
    for member in list(family.members(8))[:3]:
        again = pickle.loads(pickle.dumps(member))
        assert repr(again) == repr(member)
        np.testing.assert_array_equal(again.block(0, 2), member.block(0, 2))


def test_dir_shows_the_public_names_only():
    script = "import sphcode; print(*dir(sphcode)); sphcode.generate; sphcode.compare; print(*dir(sphcode))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == second == " ".join(sorted(sphcode.__all__))
