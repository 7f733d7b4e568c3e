"""Nearest codewords against brute force, 10,000 vectors of each family: `python tests/benchmarks/decode_check.py`.

Float vectors by value, and by number where the next point is further away than the error; whole numbers, with ties,
by number; and 10,000 rows (all, if fewer) that find themselves by `nearest` and `index`.
"""

import sys

import numpy as np

from sphcode.codes.constructions import construct_named

FAMILIES = [
    ("orthoplex", {"dim": 24}), ("simplex", {"dim": 12}), ("a", {"dim": 9}), ("d", {"dim": 12}), ("e8", {}),
    ("laminated", {"dim": 16}), ("leech", {}), ("kerdock", {"dim": 64}), ("kerdock", {"dim": 256}),
    ("bch", {"dim": 32}),
    ("delsarte_goethals", {"dim": 32, "r": 1}), ("reed_solomon", {"q": 11, "length": 11, "k": 3, "antipodal": True}),
    ("reed_solomon", {"q": 16, "length": 17, "k": 2}), ("shortened", {"dim": 64, "s": 2}), ("weil_orbits", {}),
    ("bent_tiers", {"dim": 18}),
    ("direct_sum", {"of": [{"name": "e8", "params": {}}, {"name": "d", "params": {"dim": 8}}]}),
    ("product", {"of": [{"name": "e8", "params": {}}, {"name": "simplex", "params": {"dim": 4}}]}),
    ("pad", {"of": {"name": "kerdock", "params": {"dim": 16}}, "dim": 20}),
    ("subset", {"of": {"name": "kerdock", "params": {"dim": 64}}, "n_points": 3000}),
    ("antipodes", {"of": {"name": "simplex", "params": {"dim": 7}}}),
]  # fmt: skip
VECTORS = 10_000
STEP = 250


def brute(rows, x):
    """Return the two largest inner products with all rows, and the number of the first one."""
    top, where = np.empty((len(x), 2)), np.empty(len(x), dtype=np.int64)
    for start in range(0, len(x), STEP):
        products = x[start : start + STEP] @ rows.T
        where[start : start + STEP] = products.argmax(axis=1)
        top[start : start + STEP] = -np.partition(-products, 1, axis=1)[:, :2]
    return top, where


def check(name, params):
    code = construct_named(name, **params)
    rows = np.concatenate(list(code.blocks()))
    rng = np.random.default_rng(0)
    wrong = 0
    for kind in (np.float64, np.float32):
        x = rng.standard_normal((VECTORS // 2, code.dim)).astype(kind)
        wide = x.astype(np.float64)
        top, where = brute(rows, wide)
        found = code.nearest(x)
        error = 8 * code.dim * np.finfo(kind).eps * np.linalg.norm(wide, axis=1)
        wrong += int((np.einsum("ij,ij->i", wide, rows[found]) < top[:, 0] - error).sum())
        wrong += int((found != where)[top[:, 0] - top[:, 1] > 2 * error].sum())
    ties = "no whole rows of one norm"
    whole = None if code.integer_rows is None else code.integer_rows(0, code.n_points)
    if whole is not None and whole.shape == rows.shape and len(np.unique((whole**2).sum(axis=1))) == 1:
        x = rng.integers(-3, 4, (VECTORS, code.dim)).astype(np.float64)
        x[~x.any(axis=1), 0] = 1
        top, where = brute(whole.astype(np.float64), x)  # exact: sums of small whole numbers
        wrong += int((code.nearest(x) != where).sum())
        ties = f"{int((top[:, 0] == top[:, 1]).sum())} ties"
    numbers = np.arange(code.n_points) if code.n_points <= VECTORS else rng.integers(0, code.n_points, VECTORS)
    own = code.row(numbers)
    wrong += int((code.nearest(own) != numbers).sum()) + int((code.index(own) != numbers).sum())
    print(f"{code.label}: {wrong} wrong of {2 * VECTORS + 2 * len(numbers)}; {ties}; {code.decoder.method}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(sum(check(*family) for family in FAMILIES) > 0)
