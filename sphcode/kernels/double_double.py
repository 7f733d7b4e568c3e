"""Linear algebra in double-double arithmetic: a number is the unevaluated sum of two float64, about 106 bits.

Every matrix comes as two arrays, the high parts and the low parts. Sums and products are those of Dekker (1971) and
Knuth, with a fused multiply-add for the error of a product; inner products add the errors in the low word as they come
(Ogita, Rump and Oishi 2005, Dot2), with an error of about K^2 2^-106 relative to the sum of the absolute values.

The large products take a range of rows, so that threads may share them: each entry is computed by one thread in one
order, hence the result does not depend on their number.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import intrinsic

from sphcode.kernels._jit import kernel

#: Columns of the right factor that are packed, to stay in cache while the rows of the left one pass by.
WIDTH = 64


@intrinsic
def _fma(typing_context, a, b, c):
    """Return a * b + c, rounded once."""

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@kernel(inline=True)
def _two_sum(a, b):
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@kernel(inline=True)
def _quick(a, b):
    """Return a + b as a double-double, given |a| >= |b|."""
    total = a + b
    return total, b - (total - a)


@kernel(inline=True)
def _plus(ah, al, bh, bl):
    high, error = _two_sum(ah, bh)
    low, rest = _two_sum(al, bl)
    high, error = _quick(high, error + low)
    return _quick(high, error + rest)


@kernel(inline=True)
def _times(ah, al, bh, bl):
    product = ah * bh
    error = _fma(ah, bh, -product)
    return _quick(product, _fma(ah, bl, _fma(al, bh, error)))


@kernel(inline=True)
def _over(ah, al, bh, bl):
    first = ah / bh
    ph, pl = _times(bh, bl, first, 0.0)
    rh, rl = _plus(ah, al, -ph, -pl)
    second = rh / bh
    ph, pl = _times(bh, bl, second, 0.0)
    rh, rl = _plus(rh, rl, -ph, -pl)
    high, low = _quick(first, second)
    return _plus(high, low, rh / bh, 0.0)


@kernel
def add(ah, al, bh, bl, ch, cl):
    """Write a + b entry by entry (vectors)."""
    for i in range(len(ch)):
        ch[i], cl[i] = _plus(ah[i], al[i], bh[i], bl[i])


@kernel
def multiply(ah, al, bh, bl, ch, cl):
    """Write a * b entry by entry (vectors)."""
    for i in range(len(ch)):
        ch[i], cl[i] = _times(ah[i], al[i], bh[i], bl[i])


@kernel
def divide(ah, al, bh, bl, ch, cl):
    """Write a / b entry by entry (vectors)."""
    for i in range(len(ch)):
        ch[i], cl[i] = _over(ah[i], al[i], bh[i], bl[i])


@kernel
def row_sums(ah, al, ch, cl):
    """Write the sum of each row of a matrix."""
    for i in range(ah.shape[0]):
        high, low = 0.0, 0.0
        for j in range(ah.shape[1]):
            high, low = _plus(high, low, ah[i, j], al[i, j])
        ch[i], cl[i] = high, low


@kernel(inline=True)
def _accumulate(xh, xl, yh, yl, high, low):
    """Add x * y to the accumulator, whose low word is left unnormalised."""
    product = xh * yh
    error = _fma(xh, yh, -product)
    error = _fma(xl, yh, _fma(xh, yl, error))
    total, rest = _two_sum(high, product)
    return total, low + (error + rest)


@kernel
def _row_times_panel(ah, al, ph, pl, n_terms, high, low):
    """Write to the accumulators the row a times the packed panel p, four terms at a time."""
    for j in range(WIDTH):
        high[j] = 0.0
        low[j] = 0.0
    k = 0
    while k + 4 <= n_terms:
        x0, x1, x2, x3 = ah[k], ah[k + 1], ah[k + 2], ah[k + 3]
        y0, y1, y2, y3 = al[k], al[k + 1], al[k + 2], al[k + 3]
        for j in range(WIDTH):
            h, t = _accumulate(x0, y0, ph[k, j], pl[k, j], high[j], low[j])
            h, t = _accumulate(x1, y1, ph[k + 1, j], pl[k + 1, j], h, t)
            h, t = _accumulate(x2, y2, ph[k + 2, j], pl[k + 2, j], h, t)
            h, t = _accumulate(x3, y3, ph[k + 3, j], pl[k + 3, j], h, t)
            high[j] = h
            low[j] = t
        k += 4
    while k < n_terms:
        for j in range(WIDTH):
            high[j], low[j] = _accumulate(ah[k], al[k], ph[k, j], pl[k, j], high[j], low[j])
        k += 1


@kernel
def _pack(bh, bl, start, ph, pl):
    """Copy the columns of b from `start` on into the panel; columns beyond the end are zero."""
    width = min(WIDTH, bh.shape[1] - start)
    for k in range(bh.shape[0]):
        for j in range(WIDTH):
            ph[k, j] = bh[k, start + j] if j < width else 0.0
            pl[k, j] = bl[k, start + j] if j < width else 0.0
    return width


@kernel
def matmul(ah, al, bh, bl, ch, cl, begin, end):
    """Write rows begin to end of c = a b."""
    n_terms = bh.shape[0]
    ph, pl = np.empty((n_terms, WIDTH)), np.empty((n_terms, WIDTH))
    high, low = np.empty(WIDTH), np.empty(WIDTH)
    for start in range(0, bh.shape[1], WIDTH):
        width = _pack(bh, bl, start, ph, pl)
        for i in range(begin, end):
            _row_times_panel(ah[i], al[i], ph, pl, n_terms, high, low)
            for j in range(width):
                ch[i, start + j], cl[i, start + j] = _quick(high[j], low[j])


@kernel
def add_product_of_products(ah, al, bh, bl, ch, cl, dh, dl, mh, ml, begin, end):
    """Add to the lower triangle of m, rows begin to end, the entrywise product of a b and c d."""
    n_terms = bh.shape[0]
    ph, pl = np.empty((n_terms, WIDTH)), np.empty((n_terms, WIDTH))
    qh, ql = np.empty((n_terms, WIDTH)), np.empty((n_terms, WIDTH))
    high, low, other_high, other_low = np.empty(WIDTH), np.empty(WIDTH), np.empty(WIDTH), np.empty(WIDTH)
    for start in range(0, end, WIDTH):
        _pack(bh, bl, start, ph, pl)
        _pack(dh, dl, start, qh, ql)
        for i in range(max(begin, start), end):
            _row_times_panel(ah[i], al[i], ph, pl, n_terms, high, low)
            _row_times_panel(ch[i], cl[i], qh, ql, n_terms, other_high, other_low)
            for j in range(start, min(i + 1, start + WIDTH)):
                xh, xl = _quick(high[j - start], low[j - start])
                yh, yl = _quick(other_high[j - start], other_low[j - start])
                xh, xl = _times(xh, xl, yh, yl)
                mh[i, j], ml[i, j] = _plus(mh[i, j], ml[i, j], xh, xl)


@kernel
def _factor_row(lh, ll, i, start, end):
    """Finish the columns start to end of row i, given the rows of the diagonal block above; False if not positive."""
    for j in range(start, min(end, i + 1)):
        high, low = lh[i, j], ll[i, j]
        for k in range(start, j):
            xh, xl = _times(lh[i, k], ll[i, k], lh[j, k], ll[j, k])
            high, low = _plus(high, low, -xh, -xl)
        if j < i:
            lh[i, j], ll[i, j] = _over(high, low, lh[j, j], ll[j, j])
        elif high > 0.0:
            root = np.sqrt(high)
            xh, xl = _times(root, 0.0, root, 0.0)
            xh, xl = _plus(high, low, -xh, -xl)
            lh[i, i], ll[i, i] = _quick(root, xh / (2.0 * root))
        else:
            return False
    return True


@kernel
def cholesky(ah, al, start, begin, until):
    """Write to the rows `begin` to `until` the columns of the Cholesky factor from `start` on, WIDTH of them.

    The columns before are done, and these in the rows above `begin`. Only the lower triangle is read and written.
    False if the matrix is not positive.
    """
    end = min(start + WIDTH, len(ah))
    ph, pl = np.empty((start, WIDTH)), np.empty((start, WIDTH))
    high, low = np.empty(WIDTH), np.empty(WIDTH)
    for k in range(start):
        for j in range(WIDTH):
            ph[k, j] = ah[start + j, k] if start + j < end else 0.0
            pl[k, j] = al[start + j, k] if start + j < end else 0.0
    for i in range(begin, until):
        _row_times_panel(ah[i], al[i], ph, pl, start, high, low)
        for j in range(start, min(i + 1, end)):
            xh, xl = _quick(high[j - start], low[j - start])
            ah[i, j], al[i, j] = _plus(ah[i, j], al[i, j], -xh, -xl)
        if not _factor_row(ah, al, i, start, end):
            return False
    return True


@kernel
def inverse_lower(lh, ll, xh, xl):
    """Write the inverse of a lower triangular matrix to x, which holds zeros."""
    order = len(lh)
    ph, pl = np.empty((order, WIDTH)), np.empty((order, WIDTH))
    high, low = np.empty(WIDTH), np.empty(WIDTH)
    for start in range(0, order, WIDTH):
        end = min(start + WIDTH, order)
        for i in range(start, order):
            _row_times_panel(lh[i, start:], ll[i, start:], ph, pl, i - start, high, low)
            for j in range(WIDTH):
                rh, rl = _quick(-high[j], -low[j])
                if start + j == i:
                    rh, rl = _plus(rh, rl, 1.0, 0.0)
                ph[i - start, j], pl[i - start, j] = _over(rh, rl, lh[i, i], ll[i, i])
            for j in range(start, min(i + 1, end)):
                xh[i, j], xl[i, j] = ph[i - start, j - start], pl[i - start, j - start]


@kernel
def cholesky_solve(lh, ll, vh, vl):
    """Overwrite the vector v by the solution of l l^T x = v."""
    order = len(lh)
    for i in range(order):
        high, low = vh[i], vl[i]
        for k in range(i):
            xh, xl = _times(lh[i, k], ll[i, k], vh[k], vl[k])
            high, low = _plus(high, low, -xh, -xl)
        vh[i], vl[i] = _over(high, low, lh[i, i], ll[i, i])
    for i in range(order - 1, -1, -1):
        vh[i], vl[i] = _over(vh[i], vl[i], lh[i, i], ll[i, i])
        for k in range(i):
            xh, xl = _times(lh[i, k], ll[i, k], vh[i], vl[i])
            vh[k], vl[k] = _plus(vh[k], vl[k], -xh, -xl)
