"""Cross-entropy of unit features and unit class vectors, in logarithms throughout."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sphcode.kernels._jit import kernel

FloatArray = NDArray[np.float64]


@kernel
def log_loss(
    features: FloatArray, weights: FloatArray, scale: float, feature_gradient: FloatArray, weight_gradient: FloatArray
) -> float:
    """Return log(mean over k of L_k) / scale, L_k = log(1 + sum over j != k of exp(scale <h_k, w_j - w_k>)).

    The Euclidean gradients are written to the last two arguments. The loss itself falls below the smallest float as
    soon as scale * margin > 745; its logarithm, divided by the scale, tends to minus the margin.
    """
    n_classes = len(weights)
    shares = np.dot(features, weights.T)
    log_losses = np.empty(n_classes)
    slopes = np.empty(n_classes)
    for k in range(n_classes):
        for j in range(n_classes):
            shares[k, j] *= scale
        own = shares[k, k]
        largest = -np.inf
        for j in range(n_classes):
            shares[k, j] -= own
            if j != k:
                largest = max(largest, shares[k, j])
        total = 0.0
        for j in range(n_classes):
            shares[k, j] = 0.0 if j == k else np.exp(shares[k, j] - largest)
            total += shares[k, j]
        for j in range(n_classes):
            shares[k, j] /= total
        exponent = largest + np.log(total)  # L_k = log(1 + exp(exponent)), its slope in exponent is the sigmoid
        if exponent > 0.0:
            loss = exponent + np.log1p(np.exp(-exponent))
            log_losses[k] = np.log(loss)
            slopes[k] = 1.0 / (1.0 + np.exp(-exponent)) / loss
        else:
            small = np.exp(exponent)
            log_losses[k] = np.log(np.log1p(small)) if small > 1e-12 else exponent - 0.5 * small
            slopes[k] = small / (1.0 + small) / np.log1p(small) if small > 1e-12 else 1.0 - 0.5 * small
    largest = -np.inf
    for k in range(n_classes):
        largest = max(largest, log_losses[k])
    total = 0.0
    for k in range(n_classes):
        total += np.exp(log_losses[k] - largest)
    for k in range(n_classes):
        weight = np.exp(log_losses[k] - largest) / total * slopes[k]
        for j in range(n_classes):
            shares[k, j] *= weight
        shares[k, k] = -weight
    np.dot(shares, weights, feature_gradient)
    np.dot(shares.T, features, weight_gradient)
    return (largest + np.log(total / n_classes)) / scale
