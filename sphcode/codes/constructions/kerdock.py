"""Signs of quadratic forms: Kerdock codes, duals of BCH codes, Delsarte-Goethals codes, and their shortened codes.

A word is the vector of signs (-1)^(Q(x) + b.x + c) / sqrt(d), d = 2^m, for a quadratic form Q in m variables over the
field of two elements. Two words of the same form are equal, opposite or orthogonal; the inner product of words of forms
Q and Q' is 0 or +-2^(-h) if the alternating bilinear form of Q - Q' has rank 2 h. In a largest set of forms whose
differences all have rank at least 2 (n - r), n = [m / 2], it is known how often each rank occurs (Delsarte and Goethals
1975).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, fail
from sphcode.codes.constructions.construction import Construction, Family, pairs_of_design
from sphcode.codes.constructions.decoders import SignWords
from sphcode.codes.constructions.exact import Exact, inverse_sqrt, rational
from sphcode.codes.constructions.finite_field import field

#: Largest exponent m of d = 2^m: 65,536 dimensions.
_MAX_LOG = 16


class FormSet(NamedTuple):
    """A largest set of quadratic forms in m variables, all differences of rank at least 2 ([m / 2] - r)."""

    m: int
    r: int

    @property
    def log_step(self) -> int:
        """Logarithm of the number of values of one coefficient of a form: m - 1 or m, whichever is odd."""
        return self.m - 1 + self.m % 2

    @property
    def size(self) -> int:
        """Number of forms."""
        return 1 << self.log_step * (self.r + 1)

    @property
    def cosine(self) -> Exact:
        """Largest inner product of two words."""
        return rational(1, 2 ** (self.m // 2 - self.r))

    def rank_counts(self) -> dict[int, int]:
        """Return how many forms differ from a given one by rank 2 h, for each h >= 1 that occurs."""
        n, step = self.m // 2, 1 << self.log_step
        counts = {}
        for i in range(self.r + 1):
            counts[n - i] = 0
            for j in range(i, self.r + 1):
                sign = -1 if (j - i) % 2 else 1
                power = 1 << (j - i) * (j - i - 1)
                counts[n - i] += sign * power * _gaussian(j, i) * _gaussian(n, j) * (step ** (self.r + 1 - j) - 1)
        return counts

    def signs(self, first: int, last: int) -> NDArray[np.int8]:
        """Return the signs (-1)^Q of the forms `first`, ..., `last - 1` at all points."""
        return np.array([1 - 2 * self.values(index) for index in range(first, last)], dtype=np.int8)

    def values(self, index: int) -> NDArray[np.int64]:
        """Return the values of form number `index` at all points.

        m odd: Q(x) = Tr(a_1 x^3 + a_2 x^5 + ... + a_(r+1) x^(2^(r+1) + 1)) on the field of 2^m elements.
        m even: Q(x, t) = sum of Tr((u x)^(1 + 2^i)), 1 <= i < m/2, + t Tr(u x) + Tr(a_1 x^3 + ...) with r coefficients.
        """
        f = field(2**self.log_step)
        x = np.arange(f.q)
        coefficients = [index // f.q**i % f.q for i in range(self.r + 1)]
        kerdock_part = np.zeros(f.q, dtype=np.int64)
        trace = kerdock_part
        if self.m % 2 == 0:
            product = f.multiply(coefficients.pop(0), x)
            trace = f.trace(product)
            for i in range(1, self.m // 2):
                kerdock_part = kerdock_part ^ f.trace(f.power(product, 1 + 2**i))
        linear_part = np.zeros(f.q, dtype=np.int64)
        for i, a in enumerate(coefficients, start=1):
            linear_part ^= f.multiply(a, f.power(x, 1 + 2**i))
        values = kerdock_part ^ f.trace(linear_part)
        return np.concatenate([values, values ^ trace]) if self.m % 2 == 0 else values


def _gaussian(n: int, k: int) -> int:
    """Return the Gaussian binomial coefficient [n, k] in base 4."""
    above, below = ([(1 << 2 * e) - 1 for e in exponents] for exponents in (range(n - k + 1, n + 1), range(1, k + 1)))
    return math.prod(above) // math.prod(below)


def kerdock(dim: int) -> Construction:
    """Return the d^2 + 2d points of d/2 + 1 real mutually unbiased bases, d = 4^k; largest cosine 1/sqrt(d)."""
    m = _log2(dim, parity=0)
    return _words_and_axes(
        FormSet(m, 0),
        name="kerdock",
        params={"dim": dim},
        reference="Kerdock 1972; Cameron and Seidel 1973; Calderbank, Cameron, Kantor and Seidel 1997",
        attained_by=2 * dim + 1,
        proven_optimal=m <= 10,  # 24-cell; d = 16, 64, 256, 1024: Cohn, de Laat and Leijenhorst 2024
    )


def bch(dim: int) -> Construction:
    """Return the 2 d^2 + 2 d words and +-e_i, d = 2^m with m odd; largest cosine sqrt(2 / d).

    The words are the dual of the extended double-error-correcting BCH code, signs of Tr(a x^3 + b x) + c.
    """
    return _words_and_axes(
        FormSet(_log2(dim, parity=1), 0),
        name="bch",
        params={"dim": dim},
        reference="Gold 1968; Kasami 1969; MacWilliams and Sloane 1977, chapter 15",
        attained_by=6 * dim,
    )


def delsarte_goethals(dim: int, r: int) -> Construction:
    """Return the Delsarte-Goethals code with +-e_i, d = 2^m, 1 <= r < [m / 2]; largest cosine 2^(r - [m / 2]).

    For r = 0 it would be the Kerdock or BCH code; for r = [m / 2] - 1 it is the second-order Reed-Muller code.
    """
    m = _log2(dim)
    r = check_int("r", r, minimum=1, maximum=m // 2 - 1)
    return _words_and_axes(
        FormSet(m, r),
        name="delsarte_goethals",
        params={"dim": dim, "r": r},
        reference="Delsarte and Goethals, Alternating bilinear forms over GF(q), 1975",
    )


def _words_and_axes(
    forms: FormSet,
    *,
    name: str,
    params: dict[str, int],
    reference: str,
    attained_by: int = 0,
    proven_optimal: bool = False,
) -> Construction:
    """Return the code of all words of a set of forms, of both signs, and of the coordinate axes."""
    dim = 2**forms.m
    n_words = 2 * dim * forms.size

    def spectrum() -> Iterable[tuple[Exact, int]]:
        pairs: dict[Exact, int] = {rational(-1): n_words // 2 + dim}
        zero = n_words * (2 * dim - 2) // 2 + 2 * dim * (dim - 1)
        for half_rank, count in forms.rank_counts().items():
            for sign in (1, -1):
                pairs[rational(sign, 2**half_rank)] = n_words * count * 4**half_rank // 2
            zero += n_words * count * (2 * dim - 2 * 4**half_rank) // 2
        for cosine in (inverse_sqrt(dim), -inverse_sqrt(dim)):
            pairs[cosine] = pairs.get(cosine, 0) + n_words * dim
        pairs[rational(0)] = zero
        return pairs.items()

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        rows = _axes_and_words(forms, start, stop, 1).astype(np.float64)
        rows[max(0, 2 * dim - start) :] /= math.sqrt(dim)
        return rows

    axis_length = math.isqrt(dim) if forms.m % 2 == 0 else 1
    return Construction(
        name=name,
        params=params,
        dim=dim,
        n_points=2 * dim + n_words,
        cosine=forms.cosine,
        reference=reference,
        unit_rows=unit_rows,
        integer_rows=lambda start, stop: _axes_and_words(forms, start, stop, axis_length),
        attained_by=attained_by,
        proven_optimal=proven_optimal,
        design_strength=5 if forms.m % 2 == 0 and forms.r == 0 else 3,
        spectrum_formula=spectrum,
        decoder_formula=lambda _: SignWords(dim, forms.size, forms.signs),
    )


def shortened(dim: int, s: int) -> Construction:
    """Return the words of the Kerdock or BCH code in 2^m dimensions with sign + at s places, without these places.

    They are 2^(2 m - s) points (m even) or 2^(2 m + 1 - s) points (m odd) in 2^m - s dimensions, 1 <= s <= m + 1, with
    largest cosine (w - s) / (2^m - s), w = 2^[(m + 1) / 2]: the derived code, s times over.

    Parameters
    ----------
    dim : int
        The power of two 2^m of the code that is shortened.
    s : int
        The number of places.
    """
    m = _log2(dim)
    s = check_int("s", s, minimum=1, maximum=m + 1)
    forms = FormSet(m, 0)
    free = 2 ** (m + 1 - s)
    n_points = forms.size * free
    longest = 2 ** ((m + 1) // 2)
    cosines = [rational(w - s, dim - s) for w in (longest, 0, -longest)]

    def integer_rows(start: int, stop: int) -> NDArray[np.int64]:
        places = np.delete(np.arange(dim), [0, *(2**i for i in range(s - 1))])
        parts = []
        for index in range(start // free, (stop - 1) // free + 1):
            values = forms.values(index)
            low = sum(int(values[2**i]) << i for i in range(s - 1))
            word = np.arange(max(start, index * free), min(stop, (index + 1) * free)) - index * free
            linear = np.bitwise_count(((word << (s - 1)) + low)[:, None] & places[None, :])
            parts.append(1 - 2 * ((linear + values[places]) & 1).astype(np.int64))
        return np.concatenate(parts)

    # The binary code is an orthogonal array of strength 5, so up to s = 3 the shortened points are a 2-design.
    spectrum = (lambda: pairs_of_design(dim - s, n_points, cosines)) if s <= 3 else None
    return Construction(
        name="shortened",
        params={"dim": dim, "s": s},
        dim=dim - s,
        n_points=n_points,
        cosine=cosines[0],
        reference="derived from Kerdock and BCH codes: MacWilliams and Sloane 1977, chapter 15",
        unit_rows=lambda start, stop: integer_rows(start, stop) / math.sqrt(dim - s),
        integer_rows=integer_rows,
        attained=spectrum is not None,
        design_strength={1: 3, 2: 3, 3: 2}.get(s),
        spectrum_formula=spectrum,
    )


def _log2(dim: int, parity: int | None = None) -> int:
    """Return m with dim = 2^m, 2 <= m, of the given parity if any, or name the nearest such dimensions."""
    dim = check_int("dim", dim, minimum=2)
    valid = [2**m for m in range(2, _MAX_LOG + 1) if parity in (None, m % 2)]
    if dim not in valid:
        kind = {None: "a power of 2", 0: "a power of 4", 1: "2^m with m odd"}[parity]
        nearest = " and ".join(
            str(v) for v in (*[v for v in valid if v < dim][-1:], *[v for v in valid if v > dim][:1])
        )
        raise fail("dim", f"{kind} from {valid[0]} to {valid[-1]} (the nearest are {nearest})", dim)
    return dim.bit_length() - 1


def _axes_and_words(forms: FormSet, start: int, stop: int, axis_length: int) -> NDArray[np.int64]:
    """Return rows: first +-axis_length e_i, then +-1 words form by form, linear function by linear function."""
    dim = 2**forms.m
    rows = np.zeros((stop - start, dim), dtype=np.int64)
    axes = np.arange(start, min(stop, 2 * dim))
    rows[np.arange(len(axes)), axes // 2] = axis_length * (1 - 2 * (axes % 2))
    place = np.arange(dim)
    done = len(axes)
    while done < len(rows):
        index, first = divmod(start + done - 2 * dim, 2 * dim)
        word = np.arange(first, min(2 * dim, first + len(rows) - done))
        linear = np.bitwise_count((word // 2)[:, None] & place[None, :])
        bits = (linear + (word % 2)[:, None] + forms.values(index)) & 1
        rows[done : done + len(word)] = 1 - 2 * bits
        done += len(word)
    return rows


def _logs(dim: int, *parities: int) -> list[int]:
    return [m for m in range(2, _MAX_LOG + 1) if 2**m <= dim and m % 2 in parities]


def _shortened_members(dim: int) -> Iterable[Construction]:
    """Yield the shortened codes of all powers of two; the last may itself lie just above `dim`."""
    for m in range(2, _MAX_LOG + 1):
        for s in range(1, m + 2):
            if 0 < 2**m - s <= dim and 2 ** ((m + 1) // 2) > s:
                yield shortened(2**m, s)


FAMILIES = (
    Family(
        "kerdock",
        "d/2 + 1 mutually unbiased bases, d^2 + 2d points at 1/sqrt(d)",
        {"dim": "a power of 4"},
        kerdock,
        lambda dim: [kerdock(2**m) for m in _logs(dim, 0)],
    ),
    Family(
        "bch",
        "dual of the extended double-error-correcting BCH code with the orthoplex, 2d^2 + 2d points at sqrt(2/d)",
        {"dim": "2^m, m odd, m >= 3"},
        bch,
        lambda dim: [bch(2**m) for m in _logs(dim, 1)],
    ),
    Family(
        "delsarte_goethals",
        "more quadratic forms, up to the second-order Reed-Muller code at 1/2",
        {"dim": "2^m, m >= 4", "r": "an integer from 1 to [m / 2] - 1"},
        delsarte_goethals,
        lambda dim: [delsarte_goethals(2**m, r) for m in _logs(dim, 0, 1) for r in range(1, m // 2)],
    ),
    Family(
        "shortened",
        "Kerdock or BCH words with sign + at s places: about d^2 / 2^s points in d - s dimensions",
        {"dim": "2^m, m >= 2", "s": "an integer from 1 to m + 1"},
        shortened,
        _shortened_members,
    ),
)
