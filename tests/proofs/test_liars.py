"""What a liar would try on codes: points that are equal or nearly so, symmetries, citations, keys nobody reads."""

import copy
import itertools

import numpy as np
import pytest

from sphcode import SphericalCode, prove, verify
from sphcode.errors import FileFormatError, InvalidInputError, SphcodeError
from sphcode.proofs.code.check import CodeProof, prove_code


def certificate(points, claim, **more):
    return {"schema": "sphcode.code/1", "points": np.asarray(points).tolist(), "claim": claim, **more}


def simplex(dim):
    gram = np.full((dim + 1, dim + 1), -1 / dim)
    np.fill_diagonal(gram, 1)
    sizes, vectors = np.linalg.eigh(gram)
    return vectors[:, 1:] * np.sqrt(sizes[1:])


def orthoplex(dim):
    return np.vstack([np.eye(dim), -np.eye(dim)])


@pytest.fixture(scope="module")
def doubled(codes):
    """Codes with an exact Gram matrix, by name; one point is to be doubled."""
    found = {f"orthoplex {dim}": orthoplex(dim) for dim in (2, 3, 4, 8)}
    found |= {f"simplex {dim}": simplex(dim) for dim in (2, 3, 4)}
    return found | {name: codes[name] for name in ("half cube", "icosahedron", "3,8", "cube", "3,13")}


DOUBLED = ["orthoplex 2", "orthoplex 3", "orthoplex 4", "orthoplex 8", "simplex 2", "simplex 3", "simplex 4"]
DOUBLED += ["half cube", "icosahedron", "3,8", "cube", "3,13"]


def nearly(row, size):
    """Return another row next to a unit row."""
    other = row.copy()
    axis = (int(np.argmax(np.abs(row))) + 1) % len(row)
    other[axis] += size
    return other


@pytest.mark.parametrize("size", [1e-13, 1e-11, 1e-9, 1e-7])
@pytest.mark.parametrize("name", DOUBLED)
@pytest.mark.parametrize("replaced", [True, False])
def test_nearly_equal_points_keep_their_own_cosine(doubled, name, size, replaced):
    points = doubled[name][:-1] if replaced else doubled[name]
    points = np.vstack([points, nearly(points[0], size)])
    for digits in (None, 5, 30):
        verdict = verify(points, digits=digits)
        assert verdict.level == "exists"
        assert float(verdict.claim.split("<= ")[1].split(" ")[0]) > 0.999999
    for level, cosine in itertools.product(("exists", "kkt", "strict-local", "optimal"), ("0.999", "0.5", "0.6", "0")):
        assert not verify(certificate(points, {"max_cosine": cosine, "level": level})).accepted
    for level in ("kkt", "strict-local", "optimal"):
        assert not verify(certificate(points, {"max_cosine": "1", "level": level})).accepted
    assert float(prove(points)["claim"]["max_cosine"]) > 0.999999


@pytest.mark.parametrize("name", DOUBLED)
def test_one_point_twice_is_no_code(doubled, name):
    # With 22 bits in each coordinate, the multiple is exact.
    rounded = np.round(doubled[name] * 2**22) / 2**22
    points = np.vstack([rounded, rounded[0] * (1 + 2.0**-24)])
    for claim in ({"max_cosine": "1"}, {"max_cosine": "0.5"}, {"max_cosine": "1", "level": "optimal"}):
        with pytest.raises(FileFormatError, match="pairwise different"):
            verify(certificate(points, claim))
    for digits in (None, 5):
        with pytest.raises(InvalidInputError, match="pairwise different"):
            verify(points, digits=digits)


@pytest.mark.parametrize(
    "points",
    [
        [[1, 0], [1.0000001, 0]],
        [[1, 0], [1.0000001, 0], [-1, 0], [0, 1]],
        [["1", "0"], ["1.0000001", "0"], ["-1", "0"]],
        [["0.6", "0.8"], ["0.6000000006", "0.8000000008"], ["-1", "0"]],
        [["0.6", "0.8"], ["0.60", "0.80"]],
    ],
)
def test_positive_multiples_are_one_point(points):
    for claim in ({"max_cosine": "0.5"}, {"max_cosine": "1"}, None):
        with pytest.raises(FileFormatError, match="pairwise different"):
            verify({"schema": "sphcode.code/1", "points": points, **({"claim": claim} if claim else {})})


def test_rows_that_normalise_to_the_same_floats_are_refused_everywhere():
    for act in (verify, prove, SphericalCode):
        with pytest.raises(InvalidInputError, match="pairwise different"):
            act([[1, 0], [1.0000001, 0], [-1, 0], [0, 1]])


def test_points_apart_by_less_than_any_float_are_two():
    """The second row is no multiple of the first, though all their float64 values agree."""
    points = [["1", "0"], ["1", "1e-40"], ["-1", "0"]]
    verdict = verify({"schema": "sphcode.code/1", "points": points})
    assert verdict.accepted
    assert verdict.level == "exists"
    assert "max cosine <= 1.000000000000000000 " in verdict.claim


def test_a_claim_with_contacts_moves_no_rattler(codes):
    """A rattler put beside another point: its cosine is the largest of the code that is given."""
    honest = prove(codes["3,19"])
    claim = honest["claim"]
    rattler = claim["rattlers"][0]["point"]
    for other in [point for point in range(0, 19, 4) if point != rattler]:
        lie = copy.deepcopy(honest)
        lie["points"][rattler] = nearly(np.array(lie["points"][other]), 1e-12).tolist()
        assert not verify(lie).accepted
        del lie["claim"]["rattlers"]
        assert not verify(lie).accepted


def test_the_exact_code_is_near_the_points(codes):
    honest = prove(codes["3,13"])
    rng = np.random.default_rng(5)
    for size in (1e-2, 1e-3, 1e-4):
        moved = np.array(honest["points"]) + size * rng.standard_normal((13, 3))
        moved /= np.linalg.norm(moved, axis=1)[:, None]
        for keys in (("contacts",), ("contacts", "stress", "stress_error"), ()):
            claim = {key: honest["claim"][key] for key in ("max_cosine", "level", *keys)}
            assert not verify(certificate(moved, claim)).accepted


@pytest.fixture(scope="module")
def with_rattlers(codes):
    """A code of 20 points with symmetries and two rattlers."""
    found = prove(codes["3,20"])
    assert found["claim"]["symmetries"]
    assert len(found["claim"]["rattlers"]) >= 2
    return found


def test_symmetries_fix_the_rattlers(with_rattlers):
    assert verify(with_rattlers).accepted
    first, second = (entry["point"] for entry in with_rattlers["claim"]["rattlers"][:2])
    lie = copy.deepcopy(with_rattlers)
    images = lie["claim"]["symmetries"][0]
    images[first], images[second] = images[second], images[first]
    assert not verify(lie).accepted


def test_symmetries_keep_the_inner_products_that_they_are_said_to_keep(with_rattlers):
    rng = np.random.default_rng(3)
    symmetries = [*with_rattlers["claim"]["symmetries"], list(range(20))]
    assert verify(with_rattlers | {"claim": with_rattlers["claim"] | {"symmetries": symmetries}}).accepted
    for _ in range(5):
        lie = copy.deepcopy(with_rattlers)
        images = lie["claim"]["symmetries"][0]
        i, j = rng.choice(20, 2, replace=False)
        images[i], images[j] = images[j], images[i]
        assert not verify(lie).accepted


def test_symmetries_of_exact_codes_are_checked_on_the_gram_matrix():
    points = orthoplex(3)
    claim = {"max_cosine": "0", "level": "optimal"}
    for true in ([1, 0, 2, 4, 3, 5], [3, 1, 2, 0, 4, 5], [0, 1, 2, 3, 4, 5]):
        assert verify(certificate(points, claim | {"symmetries": [true]})).accepted
    for false in ([1, 0, 2, 3, 4, 5], [3, 1, 2, 4, 0, 5]):
        assert not verify(certificate(points, claim | {"symmetries": [[1, 0, 2, 4, 3, 5], false]})).accepted


@pytest.mark.parametrize("level", ["exists", "kkt", "strict-local", "optimal-cited", "optimal"])
@pytest.mark.parametrize("citation", ["Fermat 1637", "e", "", "L. Fejes Toth 1943", "van der Waerden 1951"])
def test_citations_are_not_taken_on_trust(codes, level, citation):
    claim = {"max_cosine": "0.25", "level": level, "citation": citation}
    assert not verify(certificate(codes["3,7"], claim)).accepted


@pytest.mark.parametrize("level", ["exists", "optimal"])
def test_a_true_citation_is_confirmed(codes, level):
    cited = "K. Schuette, B. L. van der Waerden 1951"
    verdict = verify(certificate(codes["3,8"], {"max_cosine": "0.27", "level": level, "citation": cited}))
    assert verdict.accepted
    assert cited in verdict.reason


def test_truth_values_are_no_coordinates():
    for points in ([[1, False], [0, True], [-1, 0]], [[True, False], [False, True]], [["1", False], ["0", "1"]]):
        with pytest.raises(FileFormatError, match="points"):
            verify({"schema": "sphcode.code/1", "points": points})
        with pytest.raises(SphcodeError):
            verify(points)


def test_sizes_are_integers():
    points = orthoplex(2)
    for key, value in itertools.product(("n_points", "dim"), (4.0, 2.0, True, "4", None, 3)):
        with pytest.raises(FileFormatError, match=key):
            verify({"schema": "sphcode.code/1", "points": points.tolist(), key: value})


def test_a_proof_is_about_different_points():
    """Whatever contacts are suggested, no proof has points that may be equal."""
    points = np.array([[1, 0], [1, 1e-9], [-1, 0], [-1, 1e-9]])
    pairs = list(itertools.combinations(range(4), 2))
    for count in (1, 2, 3, 4):
        for chosen in itertools.combinations(pairs, count):
            proof = prove_code(points, 130, contacts=np.array(chosen))
            assert not isinstance(proof, CodeProof) or proof.cosine < 1


#: Numbers of order 1e-14 left over from cancellation, which float64 at its own precision gets wrong in the third digit.
LEFT = "(sqrt(2) - 1.41421356237309)", "(sqrt(3) - 1.73205080756887)"


def test_cancelling_coordinates_are_rounded_from_their_true_values():
    # The cosine of the first two is 0.5692, that of the others between.
    points = [list(LEFT), ["1", "0"], ["57/100", "-8216446920658588/10000000000000000"]]
    found = float(verify(points).claim.split("<= ")[1].split(" ")[0])
    x, y = 5.0488016887242097e-15, 7.2935274463415059e-15
    assert found == pytest.approx(max(0.57, x / np.hypot(x, y)), abs=1e-6)
    assert not verify({"schema": "sphcode.code/1", "points": points, "claim": {"max_cosine": "0.5699"}}).accepted


def test_cancelling_rows_that_are_parallel_are_one_point():
    points = [list(LEFT), [f"sqrt(2)*{LEFT[0]}", f"sqrt(2)*{LEFT[1]}"], ["-1/2", "1/3"]]
    with pytest.raises(InvalidInputError, match="the same point"):
        verify(points)


@pytest.mark.parametrize("size", ["1/1" + "0" * 320, "1/1" + "0" * 170, "1e200", "1e390"])
def test_exact_coordinates_of_any_size(size):
    points = [[f"3*{size}", f"sqrt(16)*{size}"], ["-1/2", "0"], ["0", "-sqrt(2)"]]
    assert "the largest cosine is 0" in verify(points).reason
    with pytest.raises(InvalidInputError, match="the same point"):
        verify([*points, ["0.3*1", "0.4"]])


def test_rows_of_huge_floats_are_refused():
    for size in (1e17, 1e154, 1e200, 1.7e308):
        with pytest.raises(InvalidInputError, match="row 0 is not"):
            verify([[size, 0], [0, size]])


def test_many_inner_products_are_no_error():
    """28 inner products: a polynomial with a double zero at each is beyond what is examined."""
    points = [
        np.multiply(signs, row)
        for row in itertools.permutations((1, 2, 3))
        for signs in itertools.product((1, -1), repeat=3)
    ]
    verdict = verify(np.array(points), digits=5)
    assert verdict.level == "exists"
    assert "13/14" in verdict.reason


def test_a_float_claim_is_printed_as_the_number_it_is():
    """0.1 in float64 is above 1/10, and so may the cosine be."""
    points = [["1", "0"], ["0.100000000000000003*1", "sqrt(99)/10"]]
    verdict = verify({"schema": "sphcode.code/1", "points": points, "claim": {"max_cosine": 0.1}})
    assert verdict.accepted
    assert "max cosine <= 0.10000000000000001" in verdict.claim
    assert not verify({"schema": "sphcode.code/1", "points": points, "claim": {"max_cosine": "0.1"}}).accepted
    text = {"schema": "sphcode.code/1", "points": orthoplex(2).tolist(), "claim": {"max_cosine": " 0.5\u2028\n"}}
    assert verify(text).claim.endswith("<= 0.5")


def test_masked_rows_and_tuples():
    with pytest.raises(InvalidInputError):
        verify(np.ma.array([[1.0, 0.0], [0.0, 1.0]], mask=[[False, True], [False, False]]))
    with pytest.raises(InvalidInputError):
        verify(((True, 0.0), (0.0, 1.0)))
    assert verify((("1", "0"), ("0", "1"))).accepted
