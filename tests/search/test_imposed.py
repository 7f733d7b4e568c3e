import json

import numpy as np
import pytest

from sphcode import generate
from sphcode.cli.main import main
from sphcode.errors import InvalidInputError
from sphcode.search.imposed import matrix_group, permutation_group, read_symmetry


def test_names_permutations_and_matrices():
    assert read_symmetry("M22", 22) == ("M22", None)
    assert permutation_group("M22", None)[0] == "M22"
    assert permutation_group("cyclic-3", None) is None
    assert read_symmetry([[1, 2, 0]], 4) == ("given", ((1, 2, 0),))
    name, generators = read_symmetry([-np.eye(4)], 4)
    assert permutation_group(name, generators) is None
    assert len(matrix_group(name, generators, 4)) == 2


@pytest.mark.parametrize("wrong", [7, [], [[0, 0]], [[0.5, 1.0]], [np.ones((4, 4))], [[[1.0]]], object(), [["a"]]])
def test_what_is_no_symmetry_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="`symmetry` must be"):
        read_symmetry(wrong, 4)


def test_results_name_group_irreducibles_and_orbits():
    result = generate(15, 128, symmetry="2^4:15", effort=400, target=0.2 + 1e-9)
    assert result.max_cosine <= 0.2 + 1e-9
    assert result.to_dict()["provenance"]["symmetry"] == {
        "group": "2^4:15", "irreducibles": [15], "orbits": [48, 80],
    }  # fmt: skip
    again = generate(15, 128, symmetry="2^4:15", effort=400, target=0.2 + 1e-9)
    assert np.array_equal(again.points, result.points)


def test_generators_from_a_file(tmp_path, capsys):
    path = tmp_path / "group.json"
    path.write_text(json.dumps([[1, 2, 3, 4, 0], [0, 2, 4, 1, 3]]))
    assert main(["generate", "4", "10", "--symmetry", str(path), "--effort", "2000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["max_cosine"] < 0.3
    path.write_text("{")
    assert main(["generate", "4", "10", "--symmetry", str(path)]) == 2


def test_a_size_that_no_union_has_is_refused():
    with pytest.raises(InvalidInputError, match="orbits that make up 101 points"):
        generate(22, 101, symmetry="M22")
