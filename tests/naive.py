"""One slow, obvious oracle per kernel, numpy and exact numbers only; imported by tests, never by the package."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def max_cosine(points):
    """Largest off-diagonal inner product of the normalised rows, by a double loop."""
    rows = [row / np.linalg.norm(row) for row in np.asarray(points, dtype=float)]
    return max(float(rows[i] @ rows[j]) for i in range(len(rows)) for j in range(i))


def class_moments(features, labels, n_classes):
    """Class means, within-class covariance, class variances, counts of the normalised features, sample by sample."""
    rows = [row / np.sqrt(np.sum(row**2)) for row in np.asarray(features, dtype=float)]
    members = [[row for row, label in zip(rows, labels, strict=True) if label == k] for k in range(n_classes)]
    means = np.array([sum(group) / len(group) for group in members])
    within = np.zeros((means.shape[1],) * 2)
    for mean, group in zip(means, members, strict=True):
        for row in group:
            within += np.outer(row - mean, row - mean) / len(rows)
    pairs = list(zip(means, members, strict=True))
    variances = [sum(np.sum((row - mean) ** 2) for row in group) / len(group) for mean, group in pairs]
    return means, within, np.array(variances), np.array([len(group) for group in members])


def gnc1(means, within):
    """tr(S_W S_B^+) / K with the pseudo-inverse from the eigenvectors of S_B."""
    n_classes = len(means)
    centre = sum(means) / n_classes
    between = sum(np.outer(mean - centre, mean - centre) for mean in means) / n_classes
    values, vectors = np.linalg.eigh(between)
    terms = [v @ within @ v / value for value, v in zip(values, vectors.T, strict=True) if value > 1e-10 * values[-1]]
    return sum(terms) / n_classes


def gnc3(weights, means, center=True):
    """Mean of 1 - cos(weight, class mean), class by class."""
    centre = sum(means) / len(means) if center else np.zeros(len(means[0]))
    total = 0.0
    for w, m in zip(np.asarray(weights, dtype=float), means, strict=True):
        m = m - centre
        total += 1 - np.sum(w * m) / np.sqrt(np.sum(w * w) * np.sum(m * m))
    return total / len(means)


def cdnv(means, variances):
    """Mean over ordered pairs of (v_i + v_j) / (2 |m_i - m_j|^2)."""
    n = len(means)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    return np.mean([(variances[i] + variances[j]) / (2 * np.sum((means[i] - means[j]) ** 2)) for i, j in pairs])


def ncc_accuracy(features, labels, means):
    """Share of normalised features nearest to the mean of their class."""
    hits = 0
    for row, label in zip(features, labels, strict=True):
        unit = row / np.sqrt(np.sum(row**2))
        hits += int(np.argmin([np.sum((unit - mean) ** 2) for mean in means])) == label
    return hits / len(labels)


def hardmax_value(weights, means):
    """min over k != j of <w_k - w_j, m_k / |m_k|>."""
    n = len(weights)
    units = [mean / np.sqrt(np.sum(mean**2)) for mean in means]
    return min((weights[k] - weights[j]) @ units[k] for k in range(n) for j in range(n) if j != k)


def uniformity(weights):
    """Log of the mean over pairs of exp(-2 |w_i - w_j|^2) for unit rows."""
    rows = [w / np.sqrt(np.sum(w**2)) for w in weights]
    n = len(rows)
    terms = [np.exp(-2 * np.sum((rows[i] - rows[j]) ** 2)) for i in range(n) for j in range(n) if i != j]
    return np.log(np.mean(terms))


def frame_potential(weights):
    """Sum of squared inner products of unit rows over max(n, n^2 / dim)."""
    rows = [w / np.sqrt(np.sum(w**2)) for w in weights]
    n, dim = np.shape(weights)
    return sum((v @ w) ** 2 for v in rows for w in rows) / max(n, n * n / dim)


def effective_rank(weights):
    """exp(entropy) of the singular values, from the eigenvalues of the smaller Gram matrix."""
    rows = weights if len(weights) < len(weights[0]) else weights.T
    values = np.sqrt(np.linalg.eigvalsh(rows @ rows.T).clip(0))
    shares = values / values.sum()
    return np.exp(-sum(p * np.log(p) for p in shares if p > 0))


def random_unit(n, dim, seed):
    """Uniform random unit rows."""
    rows = np.random.default_rng(seed).standard_normal((n, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def hull_norm(P):
    """Norm of the point of smallest norm in the hull of the rows of P, by `scipy.optimize.nnls`."""
    from scipy.optimize import nnls

    scale = np.abs(P).max() or 1.0
    weights, _ = nnls(np.vstack([P.T / scale, np.ones(len(P))]), np.eye(P.shape[1] + 1)[-1], maxiter=20 * len(P) + 100)
    return float(np.linalg.norm(weights @ P / weights.sum()))


def one_vs_rest(W):
    """One-vs-rest distance of every row, one NNLS problem each."""
    W = np.asarray(W, dtype=float)
    return np.array([hull_norm(W[k] - np.delete(W, k, axis=0)) for k in range(len(W))])


def exact_one_vs_rest(W, k):
    """Distance of row k from the hull of the others: Wolfe's algorithm in rational numbers, rounded once."""
    from flint import fmpq, fmpq_mat

    rows = fmpq_mat([[fmpq(*float(x).as_integer_ratio()) for x in row] for row in W])
    P = [[rows[k, t] - rows[j, t] for t in range(rows.ncols())] for j in range(rows.nrows()) if j != k]

    def product(a, b):
        return sum((x * y for x, y in zip(a, b, strict=True)), fmpq(0))

    support, weights = [min(range(len(P)), key=lambda a: product(P[a], P[a]))], [fmpq(1)]
    while True:
        x = [sum((w * P[a][t] for w, a in zip(weights, support, strict=True)), fmpq(0)) for t in range(len(P[0]))]
        square = product(x, x)
        prices = [product(p, x) for p in P]
        entering = min(range(len(P)), key=prices.__getitem__)
        if prices[entering] >= square:
            break
        support, weights = [*support, entering], [*weights, fmpq(0)]
        while True:
            n = len(support)
            gram = [[product(P[a], P[b]) for b in support] for a in support]
            system = fmpq_mat([[0] + [1] * n, *([1, *row] for row in gram)])
            target = [fmpq(x) for x in system.solve(fmpq_mat([[1]] + [[0]] * n)).entries()[1:]]
            if min(target) > 0:
                weights = target
                break
            pairs = list(zip(weights, target, strict=True))
            step = min(w / (w - t) for w, t in pairs if t <= 0)
            moved = [w + step * (t - w) for w, t in pairs]
            support = [a for a, w in zip(support, moved, strict=True) if w > 0]
            weights = [w for w in moved if w > 0]
    shift = 1100 + abs(int(square.q).bit_length() - int(square.p).bit_length())
    return float(Fraction(math.isqrt((int(square.p) << 2 * shift) // int(square.q)), 1 << shift))


def smoothed_max(points, exponent, gap):
    """Log of the sum over pairs of (gap / (1 - cosine))^exponent, by a double loop."""
    terms = [(gap / (1.0 - float(points[i] @ points[j]))) ** exponent for i in range(len(points)) for j in range(i)]
    return float(np.log(sum(terms)))


def tangent_gradient(function, points, step=1e-6):
    """Gradient on the product of spheres by central differences."""
    points = np.asarray(points, dtype=float)
    gradient = np.zeros_like(points)
    for index in np.ndindex(*points.shape):
        up, down = points.copy(), points.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (function(up) - function(down)) / (2.0 * step)
    return gradient - np.sum(gradient * points, axis=1, keepdims=True) * points


def bfgs_direction(gradient, steps, changes):
    """Minus the inverse-Hessian estimate times the gradient, as a matrix updated by (step, change), oldest first."""
    scale = np.vdot(steps[-1], changes[-1]) / np.vdot(changes[-1], changes[-1])
    inverse = scale * np.eye(gradient.size)
    for step, change in zip(steps, changes, strict=True):
        s, y = step.ravel(), change.ravel()
        left = np.eye(gradient.size) - np.outer(s, y) / (s @ y)
        inverse = left @ inverse @ left.T + np.outer(s, s) / (s @ y)
    return -(inverse @ gradient.ravel()).reshape(gradient.shape)


def stress_residual(points, pairs, weights):
    """Largest tangent force at a point, where pair (i, j) pulls i towards j with its weight over the mean weight."""
    force = np.zeros_like(points)
    for (i, j), weight in zip(pairs, weights, strict=True):
        force[i] += weight / np.mean(weights) * (points[j] - (points[i] @ points[j]) * points[i])
        force[j] += weight / np.mean(weights) * (points[i] - (points[i] @ points[j]) * points[j])
    return float(np.linalg.norm(force, axis=1).max())


def max_cosine_decimal(points):
    """The same in the current decimal precision, of the float64 rows exactly normalised."""
    from decimal import Decimal

    rows = [[Decimal(float(value)) for value in row] for row in points]
    rows = [[value / sum(v * v for v in row).sqrt() for value in row] for row in rows]
    pairs = [(rows[i], rows[j]) for i in range(len(rows)) for j in range(i)]
    return max(sum(a * b for a, b in zip(first, second, strict=True)) for first, second in pairs)


def same_direction(first, second):
    """Whether one row is a positive multiple of the other, exactly."""
    x, y = [Fraction(value) for value in first], [Fraction(value) for value in second]
    parallel = all(x[i] * y[j] == x[j] * y[i] for i in range(len(x)) for j in range(i))
    return parallel and sum(a * b for a, b in zip(x, y, strict=True)) > 0


def riesz_energy(points, exponent):
    """Sum over pairs of distance to the power -exponent, or of -log distance."""
    distances = [np.linalg.norm(points[i] - points[j]) for i in range(len(points)) for j in range(i)]
    return sum(r**-exponent if exponent else -np.log(r) for r in distances)


def log_cross_entropy(features, weights, scale):
    """Log of the mean cross-entropy of one feature per class, straight from the softmax."""
    losses = []
    for k, feature in enumerate(features):
        scores = np.exp([scale * feature @ weight for weight in weights])
        losses.append(-np.log(scores[k] / scores.sum()))
    return np.log(np.mean(losses))


def fractions(high, low):
    """The rational numbers that a double-double array stands for."""
    pairs = zip(np.ravel(high).tolist(), np.ravel(low).tolist(), strict=True)
    return np.array([Fraction(h) + Fraction(t) for h, t in pairs], dtype=object).reshape(np.shape(high))


def double_double(values):
    """The double-double arrays nearest to rational numbers."""
    high = values.astype(float)
    return high, (values - np.vectorize(Fraction, otypes=[object])(high)).astype(float)
