"""Every kissing configuration of the folder: size, norm, rank and all inner products, in exact integers."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from sphcode import construct
from sphcode.codes.constructions import construct_named
from sphcode.codes.constructions.exact import surd

RECORDS = {
    ("weil_orbits", 10): 510,
    ("julin_layers", 13): 1154,
    ("fano_products", 14): 1932,
    ("hamming_layers", 15): 2564,
    ("bent_tiers", 17): 5730,
    ("bent_tiers", 18): 8358,
    ("golay_signs", 19): 11948,
    ("golay_signs", 20): 19448,
    ("golay_signs", 21): 29768,
}
LARGE = 10_000  # points; the Gram matrices of larger ones are counted under `slow`
CASES = [
    pytest.param(name, dim, n_points, id=f"{name}-{dim}", marks=[pytest.mark.slow] if n_points > LARGE else [])
    for (name, dim), n_points in RECORDS.items()
]


def built(name, dim):
    return construct_named(name, **({"dim": dim} if name in ("bent_tiers", "golay_signs") else {}))


def parts(construction):
    """Rational and irrational parts of all rows, in floats that hold integers."""
    rows = construction.integer_rows(0, construction.n_points)
    if rows.ndim == 2:
        rows = np.stack([rows, np.zeros_like(rows)], axis=2)
    return rows[..., 0].astype(np.float32), rows[..., 1].astype(np.float32)


def counted(construction):
    """Count ordered pairs by inner product p + q sqrt(radicand), for integers p, q below 2^13 in absolute value."""
    whole, root = parts(construction)
    counts = Counter()
    for start in range(0, len(whole), 512):
        block = slice(start, start + 512)
        p = whole[block] @ whole.T + construction.radicand * (root[block] @ root.T)
        q = whole[block] @ root.T + root[block] @ whole.T
        assert max(np.abs(p).max(), np.abs(q).max()) < 2**13
        # 2^13 p + q would need 27 bits, so the two are put together as integers.
        keys = np.bincount(((p.astype(np.int32) + 2**13) * 2**11 + q.astype(np.int32) + 2**10).ravel())
        for key in np.flatnonzero(keys).tolist():
            counts[key // 2**11 - 2**13, key % 2**11 - 2**10] += int(keys[key])
    return counts


@pytest.mark.parametrize(("name", "dim", "n_points"), CASES)
def test_all_inner_products_in_integers(name, dim, n_points):
    construction = built(name, dim)
    assert (construction.dim, construction.n_points) == (dim, n_points)
    assert len(construction.integer_rows(0, n_points)) == n_points
    counts = counted(construction)
    norm = max(p for p, q in counts if q == 0)
    counts[norm, 0] -= n_points  # each point with itself: all norms are equal and no two points are
    assert counts[norm, 0] == 0
    spectrum = Counter()
    for (p, q), count in counts.items():
        if count:
            spectrum[surd(Fraction(p, norm), Fraction(q, norm), construction.radicand).text] += count
    assert spectrum == {line.cosine.text: 2 * line.pairs for line in construction.spectrum}
    assert all(line.cosine.value <= Fraction(1, 2) for line in construction.spectrum)


@pytest.mark.parametrize(("name", "dim"), RECORDS)
def test_unit_rows_are_along_the_integer_rows(name, dim):
    construction = built(name, dim)
    n_points = min(construction.n_points, 600)
    whole, root = (part[:n_points].astype(float) for part in parts(construction))
    rows = whole + np.sqrt(construction.radicand) * root
    unit = construction.unit_rows(0, n_points)
    assert unit.shape == (n_points, dim)
    scale = rows[0] @ rows[0]
    assert np.abs(unit @ unit.T - rows @ rows.T / scale).max() < 1e-13
    step = construction.n_points // 500
    spread = np.concatenate([construction.unit_rows(i, i + 1) for i in range(0, construction.n_points, step)])
    assert np.linalg.matrix_rank(spread) == dim


@pytest.mark.parametrize(("name", "dim"), RECORDS)
def test_construct_takes_it(name, dim):
    n_points = RECORDS[name, dim]
    best = construct(dim, n_points)
    assert best.name == name
    assert best.max_cosine == 0.5
    assert not best.proven_optimal
    assert construct(dim, n_points - 1).max_cosine <= 0.5  # shortened


def test_padded():
    assert construct(12, 505).max_cosine <= 0.5
    assert construct(18, 8358).label == "bent_tiers(dim=18)"
