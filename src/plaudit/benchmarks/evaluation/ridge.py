"""Ridge regression with a penalty chosen by leave-one-out error.

One singular value decomposition of the standardised features serves all penalties: the error of a
song that is left out is its residual divided by 1 minus its leverage (Allen's PRESS).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError

Floats = NDArray[np.float64]
PENALTIES: tuple[float, ...] = tuple(10.0**k for k in range(-3, 8))


@dataclass(frozen=True, eq=False)
class Ridge:
    """A fitted line."""

    #: Of the training features, (n_features,); a constant feature has spread 1.
    mean: Floats
    spread: Floats
    weights: Floats  #: For standardised features, (n_features,).
    intercept: float  #: Training mean of the labels.
    penalty: float  #: Chosen from `PENALTIES`.

    def predict(self, features: Floats) -> Floats:
        """Return predictions for features (n, n_features), as (n,)."""
        return np.asarray(
            (features - self.mean) / self.spread @ self.weights + self.intercept, np.float64
        )


def fit_ridge(features: Floats, labels: Floats, penalties: tuple[float, ...] = PENALTIES) -> Ridge:
    """Fit a line to finite features (n, n_features) and labels (n,).

    The penalty, above 0, is that of the least leave-one-out error, the largest of equals. Fewer
    than 3 songs, or different lengths, are an `InputError`.
    """
    if features.ndim != 2 or len(features) != len(labels) or len(labels) < 3:
        raise InputError(
            f"Expected features (n, n_features) and n labels of at least 3 songs, got"
            f" {features.shape} and {labels.shape}."
        )
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-12 * (1 + np.abs(mean)), spread, 1.0)
    x = (features - mean) / spread
    intercept = float(labels.mean())
    y = labels - intercept
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    uy = u.T @ y
    best, chosen = np.inf, penalties[0]
    for penalty in sorted(penalties):
        shrink = s**2 / (s**2 + penalty)
        leverage = np.square(u) @ shrink + 1 / len(y)
        left_out = (y - u @ (shrink * uy)) / np.maximum(1 - leverage, 1e-9)
        error = float(np.square(left_out).mean())
        if error <= best * (1 + 1e-12):
            best, chosen = error, penalty
    weights = vt.T @ (s / (s**2 + chosen) * uy)
    return Ridge(mean, spread, weights, intercept, chosen)
