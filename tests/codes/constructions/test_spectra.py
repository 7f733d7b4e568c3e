"""Every family against its formulas in exact arithmetic: inner products, multiplicities, rank, design strength."""

from collections import Counter
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from sphcode.codes.constructions import construct_named, constructions
from sphcode.codes.constructions.exact import surd

FIXED = [(family.name, {}) for family in constructions() if not family.params]

SMALL = [
    *((name, params) for name, params in FIXED if name not in ("leech", "snub-dodecahedron")),
    ("simplex", {"dim": 1}),
    ("simplex", {"dim": 9}),
    ("orthoplex", {"dim": 6}),
    ("simplex_blocks", {"dim": 7, "n_points": 9}),
    ("simplex_blocks", {"dim": 7, "n_points": 13}),
    ("simplex_blocks", {"dim": 6, "n_points": 12}),
    ("a", {"dim": 2}),
    ("a", {"dim": 5}),
    ("d", {"dim": 4}),
    ("d", {"dim": 7}),
    ("laminated", {"dim": 16}),
    *(("construction_a", {"dim": dim}) for dim in range(9, 15)),
    *(("isotropic", {"q": q}) for q in (2, 3, 4, 5)),
    *(("hadamard", {"dim": dim}) for dim in (4, 8, 12, 16, 20, 28, 52)),
    *(("paley_lines", {"q": q}) for q in (5, 9, 13, 25, 49)),
    *(("steiner_lines", {"v": v, "block": 2}) for v in (4, 8, 12)),
    *(("steiner_lines", {"v": v, "block": 3}) for v in (7, 15, 31, 39)),
    *(("complex_bases", {"q": q}) for q in (3, 5, 9)),
    *(("kerdock", {"dim": dim}) for dim in (4, 16, 64)),
    *(("bch", {"dim": dim}) for dim in (8, 32)),
    ("delsarte_goethals", {"dim": 16, "r": 1}),
    *(("shortened", {"dim": dim, "s": s}) for dim, s in ((8, 1), (16, 1), (16, 2), (32, 3), (64, 1), (64, 3))),
    *(
        ("reed_solomon", {"q": q, "length": length, "k": k, "antipodal": antipodal})
        for q, length, k, antipodal in (
            (2, 3, 2, False),
            (3, 4, 3, True),
            (4, 6, 3, False),
            (5, 5, 3, True),
            (8, 10, 3, False),
            (9, 10, 2, True),
            (9, 7, 3, False),
            (5, 6, 5, False),
        )
    ),
]

LARGE = [
    ("leech", {}),
    ("laminated", {"dim": 22}),
    ("laminated", {"dim": 23}),
    ("delsarte_goethals", {"dim": 32, "r": 1}),
    ("kerdock", {"dim": 256}),
    ("reed_solomon", {"q": 23, "length": 23, "k": 3, "antipodal": True}),
]


def label(case):
    name, params = case
    return "-".join([name, *map(str, params.values())])


def exact_cosines(construction, rows, others):
    """Count pairs of integers: inner product and product of the squared norms, or coefficients of 1 and sqrt(r)."""
    left, right = (np.asarray(part, dtype=float) for part in (rows, others))
    r = construction.radicand
    if left.ndim == 2:
        first, second = left @ right.T, np.outer((left**2).sum(1), (right**2).sum(1))
    else:
        first = left[..., 0] @ right[..., 0].T + r * left[..., 1] @ right[..., 1].T
        second = left[..., 0] @ right[..., 1].T + left[..., 1] @ right[..., 0].T
    assert max(np.abs(first).max(), np.abs(second).max()) < 2**53  # so float64 holds these integers exactly
    counts = Counter()
    for value in np.unique(second).tolist():
        here = first[second == value].astype(np.int64)
        low = int(here.min())
        tally = np.bincount(here - low) if here.max() - low < 10**6 else None
        found = enumerate(tally.tolist(), low) if tally is not None else Counter(here.tolist()).items()
        counts.update({(a, int(value)): count for a, count in found if count})
    return counts


def as_texts(construction, counts):
    """Turn exact inner products into the text of cosines."""
    r, texts = construction.radicand, Counter()
    first = construction.integer_rows(0, 1)[0]
    for (a, b), count in counts.items():
        if first.ndim == 1:
            cosine = surd(0, Fraction(a, b), b)
        else:
            p = int((first[:, 0] ** 2).sum() + r * (first[:, 1] ** 2).sum())
            q = int(2 * (first[:, 0] * first[:, 1]).sum())
            norm = p * p - r * q * q
            cosine = surd(Fraction(a * p - r * b * q, norm), Fraction(b * p - a * q, norm), r)
        texts[cosine.text] += count
    return texts


def rank_modulo_prime(matrix, prime=2**31 - 1):
    """Rank of an integer matrix modulo a large prime, at most its rank."""
    rows = [row % prime for row in np.asarray(matrix, dtype=object)]
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        inverse = pow(int(rows[rank][column]), -1, prime)
        for i in range(rank + 1, len(rows)):
            if rows[i][column]:
                rows[i] = (rows[i] - rows[i][column] * inverse % prime * rows[rank]) % prime
        rank += 1
    return rank


def strength(construction, highest=12):
    """Design strength from the spectrum, by Gegenbauer sums in rational arithmetic."""
    dim, n_points = construction.dim, construction.n_points
    lines = [(Fraction(1), Fraction(n_points, 2)), *((line.cosine.value, line.pairs) for line in construction.spectrum)]
    before, now = [Fraction(1)] * len(lines), [cosine for cosine, _ in lines]
    for degree in range(1, highest + 1):
        total = sum((weight * value for (_, weight), value in zip(lines, now, strict=True)), Fraction(0))
        if abs(total) > Fraction(1, 10**20):
            return degree - 1
        # (k + d - 2) P_(k+1) = (2 k + d - 2) t P_k - k P_(k-1), P_k(1) = 1
        scale = degree + dim - 2
        after = [
            ((2 * degree + dim - 2) * cosine * value - degree * old) / scale
            for (cosine, _), value, old in zip(lines, now, before, strict=True)
        ]
        before, now = now, after
    return highest


@pytest.mark.parametrize("case", SMALL, ids=label)
def test_whole_gram_matrix(case):
    construction = construct_named(case[0], **case[1])
    n_points = construction.n_points
    assert n_points <= 20_000
    assert sum(line.pairs for line in construction.spectrum) == n_points * (n_points - 1) // 2
    expected = Counter({line.cosine.text: 2 * line.pairs for line in construction.spectrum})
    expected["1"] += n_points
    if construction.integer_rows is not None:
        rows = construction.integer_rows(0, n_points)
        assert as_texts(construction, exact_cosines(construction, rows, rows)) == expected
    points = np.concatenate(list(construction.blocks()))
    assert points.shape == (n_points, construction.dim)
    gram = points @ points.T
    cosines = np.array([float(line.cosine) for line in construction.spectrum] + [1.0])
    nearest = np.abs(gram[:100, :, None] - cosines).min(axis=2)
    assert nearest.max() < 1e-12
    np.fill_diagonal(gram, -2.0)
    assert gram.max() == pytest.approx(float(construction.cosine), abs=1e-12)
    assert construction.cosine == construction.spectrum[0].cosine


@pytest.mark.parametrize("case", LARGE, ids=label)
def test_seeded_rows_against_all(case):
    seeded_rows_against_all(case)


def seeded_rows_against_all(case):
    construction = construct_named(case[0], **case[1])
    chosen = np.random.default_rng(5).integers(0, construction.n_points, 3)
    largest = -2.0
    texts = {"1", *(line.cosine.text for line in construction.spectrum or ())}
    for row in chosen.tolist():
        vector = construction.integer_rows(row, row + 1)
        for start in range(0, construction.n_points, 8192):
            stop = min(start + 8192, construction.n_points)
            counts = exact_cosines(construction, vector, construction.integer_rows(start, stop))
            here = as_texts(construction, counts)
            assert construction.spectrum is None or set(here) <= texts
            largest = max(largest, *(float(surd(0, Fraction(a, b), b)) for a, b in counts if a * a != b or a < 0))
    assert largest <= construction.max_cosine


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [("bch", {"dim": 512}), ("kerdock", {"dim": 1024}), ("isotropic", {"q": 9})], ids=label
)
def test_one_row_against_all_of_a_very_large_code(case):
    seeded_rows_against_all(case)


@pytest.mark.parametrize("dim", [13, 14, 15, 17, 18])
def test_laminated_kissing_numbers(dim):
    check_laminated(dim)


def check_laminated(dim):
    construction = construct_named("laminated", dim=dim)
    rows = construction.integer_rows(0, construction.n_points)
    assert len(rows) == construction.n_points
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert {int(value) for value in (rows**2).sum(axis=1)} == {32}
    assert rank_modulo_prime(rows[:: max(1, len(rows) // 200)]) == dim
    sample = rows[:2000].astype(float)
    assert np.unique(sample @ sample.T).tolist() == [-32, -16, -8, 0, 8, 16, 32]


@pytest.mark.slow
@pytest.mark.parametrize("dim", [19, 20, 21])
def test_larger_laminated_kissing_numbers(dim):
    check_laminated(dim)


@pytest.mark.parametrize(
    "case",
    [("coxeter-todd", {}), ("equiangular-276", {}), ("mclaughlin", {}), ("smith", {}), ("leech-kissing-2", {}),
     ("e6", {}), ("e7", {}), ("petersen", {}), ("gewirtz", {}), ("isotropic", {"q": 3}), ("a", {"dim": 5})],
    ids=label,
)  # fmt: skip
def test_integer_rows_span_the_dimension(case):
    construction = construct_named(case[0], **case[1])
    rows = construction.integer_rows(0, min(construction.n_points, 300))
    assert rank_modulo_prime(rows) == construction.dim


STRENGTH = [case for case in [*SMALL, ("leech", {})] if case[1].get("antipodal") is None and case[1] != {"dim": 1}]


@pytest.mark.parametrize("case", STRENGTH, ids=label)
def test_design_strength(case):
    construction = construct_named(case[0], **case[1])
    if construction.design_strength is not None:
        assert strength(construction) == construction.design_strength


def test_wrong_spectra_are_noticed():
    e8 = construct_named("e8")
    wrong = [line._replace(pairs=line.pairs + 7) for line in e8.spectrum]
    assert strength(e8) == 7
    assert strength(SimpleNamespace(dim=8, n_points=240, spectrum=wrong)) < 7
