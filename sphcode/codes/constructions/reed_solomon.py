"""Reed-Solomon codes with each symbol replaced by a vertex of a regular simplex.

A code of q^k words of length L over q symbols, any two of which agree in at most k - 1 places, becomes q^k points in
L (q - 1) dimensions: words that agree in a places have inner product (a q - L) / (L (q - 1)). With k = 3 and L = q the
inner products are 0 and +-1/(q - 1), so the antipodes may be added: 2 q^3 points in q (q - 1) dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, fail
from sphcode.codes.constructions.construction import Construction, Family
from sphcode.codes.constructions.decoders import SymbolWords
from sphcode.codes.constructions.exact import Exact, rational
from sphcode.codes.constructions.finite_field import field, prime_power, prime_powers
from sphcode.codes.constructions.regular import simplex

#: Multiplication tables are kept for all symbols; this bounds them.
_MAX_SYMBOLS = 2**13

#: The decoder keeps the symbols of the words without constant term, up to this many.
_MAX_TABLE = 2**26


class _Params(NamedTuple):
    q: int
    length: int
    k: int
    antipodal: bool


def reed_solomon(q: int, length: int, k: int, antipodal: bool = False) -> Construction:
    """Return the points of the (extended) Reed-Solomon code of `length` symbols and q^k words, 2 <= k <= length.

    length <= q + 1, or q + 2 if q is even and k = 3. With `antipodal` the antipodes are added.
    """
    q = _check_symbols(q)
    k = check_int("k", k, minimum=2)
    length = check_int("length", length, minimum=k, maximum=q + 2 if k == 3 and q % 2 == 0 else q + 1)
    params = _Params(q, length, k, bool(antipodal))
    if antipodal and q == 2:
        raise fail("q", ">= 3 with antipodes", q)
    n_words, dim = q**k, length * (q - 1)
    agreements = {length - weight: count for weight, count in mds_weights(q, length, k).items() if weight}

    def cosine_of(agreement: int) -> Exact:
        return rational(agreement * q - length, dim)

    def spectrum() -> Iterable[tuple[Exact, int]]:
        pairs: dict[Exact, int] = {}
        for agreement, count in agreements.items():
            cosine = cosine_of(agreement)
            for one in (cosine, rational(-cosine.value)) if antipodal else (cosine,):
                pairs[one] = pairs.get(one, 0) + n_words * count // (1 if antipodal else 2)
        if antipodal:
            pairs[rational(-1)] = pairs.get(rational(-1), 0) + n_words
        return pairs.items()

    cosine = cosine_of(max(agreements))
    # Among the first q^(k-1) words some two agree in k - 1 places: the constant terms are 0, so they agree at 0 too.
    attained_by = q ** (k - 1) * (2 if antipodal else 1)
    if antipodal and -cosine_of(min(agreements)).value > cosine.value:
        cosine, attained_by = rational(-cosine_of(min(agreements)).value), 0
    return Construction(
        name="reed_solomon",
        params=params._asdict(),
        dim=dim,
        n_points=n_words * (2 if antipodal else 1),
        cosine=cosine,
        reference="Reed and Solomon 1960; simplex mapping: Ericson and Zinoviev, Codes on Euclidean Spheres, chapter 5",
        unit_rows=lambda start, stop: _unit_rows(params, start, stop),
        integer_rows=lambda start, stop: _integer_rows(params, start, stop),
        attained_by=attained_by,
        spectrum_formula=spectrum,
        decoder_formula=partial(_decoder, params) if q ** (k - 1) * length <= _MAX_TABLE else None,
    )


def _decoder(params: _Params, _: Construction) -> SymbolWords:
    """Return the decoder that sums over the words with constant term 0, shifted by each constant."""
    q, f = params.q, field(params.q)
    symbols = _symbols(params, 0, q ** (params.k - 1)).astype(np.uint16)
    places = min(q, params.length)
    plus = f.add(np.arange(q)[:, None], np.arange(q)[None, :]).astype(np.uint16)
    vertices = simplex(q - 1).block(0, q)
    return SymbolWords(vertices, plus, symbols[:, :places].copy(), symbols[:, places:].copy(), params.antipodal)


def mds_weights(q: int, length: int, k: int) -> dict[int, int]:
    """Return the number of words of each Hamming weight of a linear MDS code (MacWilliams and Sloane, chapter 11)."""
    distance = length - k + 1
    weights = {0: 1}
    for weight in range(distance, length + 1):
        count = math.comb(length, weight) * sum(
            (-1) ** j * math.comb(weight, j) * (q ** (weight - distance + 1 - j) - 1)
            for j in range(weight - distance + 1)
        )
        if count:
            weights[weight] = count
    return weights


def _check_symbols(q: int) -> int:
    q = check_int("q", q, minimum=2, maximum=_MAX_SYMBOLS)
    if prime_power(q) is None:
        below = max(p for p in range(2, q) if prime_power(p))
        above = next(p for p in range(q + 1, 2 * q) if prime_power(p))
        raise fail("q", f"a prime power (the nearest are {below} and {above})", q)
    return q


def _words(params: _Params, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the words of the points `start`, ..., `stop - 1` and their signs; with antipodes each word comes twice."""
    index = np.arange(start, stop)
    if not params.antipodal:
        return _symbols(params, start, stop), np.ones_like(index)
    words = _symbols(params, start // 2, (stop - 1) // 2 + 1)
    return words[index // 2 - start // 2], 1 - 2 * (index % 2)


def _symbols(params: _Params, start: int, stop: int) -> NDArray[np.int64]:
    """Return the words `start`, ..., `stop - 1`, shape (stop - start, length).

    Word number i has the digits of i in base q as coefficients, the leading one fastest. Its symbols are the values at
    the elements of the field, the leading coefficient, and (q even, k = 3) the middle one.
    """
    f, number = field(params.q), np.arange(start, stop)
    coefficients = [number // params.q**i % params.q for i in range(params.k)]
    x = np.arange(min(params.q, params.length))
    values = np.zeros((stop - start, len(x)), dtype=np.int64)
    for coefficient in coefficients:
        values = f.add(f.multiply(values, x), coefficient[:, None])
    return np.column_stack([values, *coefficients[: params.length - len(x)]])


def _unit_rows(params: _Params, start: int, stop: int) -> NDArray[np.float64]:
    words, signs = _words(params, start, stop)
    vertices = simplex(params.q - 1).block(0, params.q) / math.sqrt(params.length)
    return (vertices[words] * signs[:, None, None]).reshape(stop - start, -1)


def _integer_rows(params: _Params, start: int, stop: int) -> NDArray[np.int64]:
    words, signs = _words(params, start, stop)
    vertices = params.q * np.eye(params.q, dtype=np.int64) - 1
    return (vertices[words] * signs[:, None, None]).reshape(stop - start, -1)


def _members(dim: int) -> Iterable[Construction]:
    """For each number of symbols and each k the longest code that fits, with and without antipodes."""
    for q in prime_powers(min(_MAX_SYMBOLS, dim // 2 + 1)):
        for k in (2, 3, 4):
            length = min(dim // (q - 1), q + 2 if k == 3 and q % 2 == 0 else q + 1)
            if length < k or q == 2:
                continue
            yield reed_solomon(q, length, k)
            shorter = min(length, q)
            if shorter >= k:
                yield reed_solomon(q, shorter, k, antipodal=True)


FAMILIES = (
    Family(
        "reed_solomon",
        "Reed-Solomon code with simplices for symbols, q^k points in length (q - 1) dimensions",
        {
            "q": "a prime power",
            "length": "an integer from k to q + 1 (q + 2 if q is even and k = 3)",
            "k": "an integer >= 2",
            "antipodal": "true or false",
        },
        reed_solomon,
        _members,
    ),
)
