"""The largest cosine of rows a + b sqrt(r) of one norm, by blocks: against sums of roots, one pair after another."""

import itertools

import numpy as np
import pytest

from sphcode import construct, verify
from sphcode.codes.constructions import construct_named
from sphcode.errors import FileFormatError
from sphcode.proofs.certificate import read_points
from sphcode.proofs.code import largest_cosine as module
from sphcode.proofs.code.largest_cosine import exact_cosine
from sphcode.proofs.coordinates import ExactCosine, dot


def brute(points):
    rows = points.exact
    cosines = [ExactCosine(dot(a, b), dot(a, a) * dot(b, b)) for a, b in itertools.combinations(rows, 2)]
    best = cosines[0]
    for cosine in cosines:
        best = cosine if best < cosine else best
    return best


def fields(seed, root, n=40):
    """Rows of norm 2 + root made of signs and places: (+-1, +-1, +-sqrt(root), 0, 0) in any order."""
    rng = np.random.default_rng(seed)
    rows = set()
    while len(rows) < n:
        row = [str(rng.choice([-1, 1])), str(rng.choice([-1, 1])), f"{rng.choice(['', '-'])}sqrt({root})", "0", "0"]
        rows.add(tuple(row[i] for i in rng.permutation(5)))
    return [list(row) for row in sorted(rows)]


@pytest.mark.parametrize("root", [2, 3, 7, 42])
def test_against_all_pairs(root, monkeypatch):
    points = read_points(fields(root, root))
    expected = brute(points)
    for block in (1024, 7):
        monkeypatch.setattr(module, "_BLOCK", block)
        found = module._of_one_root(points.exact)
        assert found is not None
        assert str(found) == str(expected)
        assert not found < expected
        assert not expected < found
    assert str(exact_cosine(points)) == str(expected)


def test_close_products_are_compared_exactly():
    # 665857 - 470832 sqrt(2) is 7.5e-7: its products with the axes differ far below the rounding of the sums.
    rows = [["665857", "470832*sqrt(2)"], ["-665857", "470832*sqrt(2)"], ["470832*sqrt(2)", "665857"]]
    points = read_points(rows)
    found = module._of_one_root(points.exact)
    assert found is not None
    assert str(found) == str(brute(points))


@pytest.mark.parametrize(
    "rows",
    [
        [["sqrt(2)", "1"], ["sqrt(3)", "0"], ["0", "sqrt(3)"]],  # two roots
        [["sqrt(2)", "1"], ["sqrt(2)", "0"], ["0", "1"]],  # two norms
        [["1 + sqrt(2)", "0"], ["0", "1 + sqrt(2)"]],  # a norm that is not rational
        [["100000000", "sqrt(2)"], ["sqrt(2)", "100000000"]],  # products beyond 2^53
        [["1/10000000019", "sqrt(2)/10000000033"], ["sqrt(2)", "1"]],  # no common denominator below 2^53
    ],
)
def test_other_rows_are_left_to_the_pairs(rows):
    points = read_points(rows)
    assert module._of_one_root(points.exact) is None
    assert str(exact_cosine(points)) == str(brute(points))


def test_two_rows_that_are_one_point():
    rows = [["sqrt(2)", "1"], ["1", "sqrt(2)"], ["2/sqrt(2)", "1"]]
    with pytest.raises(FileFormatError, match="pairwise different"):
        read_points(rows)
    with pytest.raises(FileFormatError, match="the same point"):
        module._of_one_root([*read_points(rows[:2]).exact, read_points(rows[:2]).exact[0]])


@pytest.mark.parametrize(("name", "dim"), [("julin_layers", 13), ("hamming_layers", 15)])
def test_kissing_records_are_verified_without_rounding(name, dim, tmp_path):
    code = construct_named(name)
    path = tmp_path / "code.json"
    code.save(path)
    for source in (code, code.code(), str(path)):
        verdict = verify(source)
        assert verdict.accepted
        assert verdict.level == "exists"
        assert "the largest cosine is 1/2" in verdict.reason
        assert "max cosine <= 0.500000000000000000 " in verdict.claim


def test_exact_rows_of_a_construction_are_its_points():
    code = construct(13, 1154).code()
    points = read_points([list(row) for row in code.exact])
    assert np.abs(points.floats - code.points).max() < 1e-15
    assert code.coordinates == "exact numbers"
