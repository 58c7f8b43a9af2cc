"""Fit models of preference: the probability that people prefer the first of two songs.

Every model sees the difference ``d`` of the songs' features, each divided by its root mean square
over the training battles, and has an odd margin: ``m(-d) = -m(d)``. So the probability becomes one
minus itself when the songs are swapped, and there is no intercept: a preference for the song that
is played second is not a property of a song.

``logistic``
    ``m = w d``, ridge penalty 1: Bradley and Terry's model (1952) with covariates;
``svm``
    a support vector machine on ``sin(W d)`` for random ``W`` and on ``d`` itself. These are the odd
    half of random Fourier features (Rahimi and Recht, 2007), so this is the machine with the
    Gaussian kernel made antisymmetric, ``k(d, e) - k(d, -e)``, at a cost that grows with the
    battles and not with their square;
``trees``
    gradient-boosted trees ``f`` fitted to each battle both ways round, with the margin
    ``(f(d) - f(-d)) / 2``;
``net``
    ``m = v tanh(W d)``, eight units without biases, ridge penalty.

The margin is the logit of the probability. That of the support vector machine is first multiplied
by the slope that fits best on held-out battles. ``calibration`` does so for any model:
"temperature" multiplies the margin, "isotonic" lets the probability of the favourite rise with the
size of the margin in steps. Both are fitted on folds inside the training battles.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.choice import CALIBRATIONS
from plaudit.core.errors import InputError
from plaudit.core.optional import require
from plaudit.core.settings import nearest
from plaudit.model.preference import (
    MODELS,
    Arrays,
    Floats,
    PreferenceModel,
    features_of,
    fourier_features,
    odd_margin,
)

_WAVES, _UNITS, _TREES = 200, 8, 80
_RIDGE = 4.0  # of the net: it overfits more easily than a line
_FOLDS = 3  # inside the training battles, for calibration
_MANY = 100_000  # battles, from which on trees are fitted by several threads
_PURPOSE = "Fitting a model of preference"


def fit_preference(
    features_first: ArrayLike,
    features_second: ArrayLike,
    first_won: ArrayLike,
    *,
    model: str,
    rng: np.random.Generator,
    weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    calibration: str = "none",
) -> PreferenceModel:
    """Fit a model of preference to decided battles.

    Parameters
    ----------
    features_first, features_second : array_like, (n, d)
        Finite features of both songs.
    first_won : array_like of bool, (n,)
        Whether the first was preferred.
    model : {"logistic", "svm", "trees", "net"}
        See the module.
    rng : numpy.random.Generator
        Draws features, initial weights and folds.
    weight : array_like, (n,), optional
        Weight of each battle, above 0; 1 by default.
    groups : array_like, (n,), optional
        Battles of one group (a prompt) stay together in the folds of the calibration.
    calibration : {"none", "temperature", "isotonic"}
        See the module.

    Returns
    -------
    PreferenceModel
        The same for the same input and generator.

    Raises
    ------
    InputError
        A name is unknown, shapes do not fit, a number is not finite, or there is no battle.

    Examples
    --------
    >>> fitted = fit_preference(
    ...     [[1.0], [2.0], [3.0]], [[0.0], [3.0], [1.0]], [True, False, True],
    ...     model="logistic", rng=np.random.default_rng(0),
    ... )
    >>> bool(fitted.probability([[2.0]], [[0.0]])[0] > 0.5)
    True
    """
    for name, known, what in ((model, MODELS, "model"), (calibration, CALIBRATIONS, "calibration")):
        if name not in known:
            raise InputError(f"There is no {what} '{name}'; {nearest(name, known)}")
    first, second = features_of(features_first, features_second)
    won = np.asarray(first_won, np.float64)
    times = np.ones(len(won)) if weight is None else np.asarray(weight, np.float64)
    unit = np.arange(len(won)) if groups is None else np.unique(groups, return_inverse=True)[1]
    if not len(first) or not first.shape[0] == len(won) == len(times) == len(unit):
        raise InputError(
            "Expected battles with one outcome, weight and group each, got"
            f" {len(first)}, {len(won)}, {len(times)} and {len(unit)}."
        )
    if not (np.isfinite(times).all() and (times > 0).all()):
        raise InputError("Expected weights that are finite and above 0; leave such battles out.")
    difference = first - second
    size = np.sqrt(np.average(np.square(difference), axis=0, weights=times))
    scale = np.where(size > 0, size, 1.0)
    x = difference / scale
    fitting, folding = rng.spawn(2)
    arrays = _FITS[model](x, won, times, fitting)
    if calibration == "none" and model != "svm":
        return PreferenceModel(model, scale, arrays)
    margins = _cross_fitted(model, x, won, times, np.asarray(unit, np.intp), folding)
    if calibration == "isotonic":
        return PreferenceModel(model, scale, arrays, 1.0, _steps(margins, won, times))
    return PreferenceModel(model, scale, arrays, _slope(margins, won, times))


def _logistic(x: Floats, won: Floats, times: Floats, _: np.random.Generator) -> Arrays:
    if won.min() == won.max():
        # scikit-learn needs both outcomes; swapping the songs of half the battles changes nothing.
        swapped = np.arange(len(won)) % 2 == 1
        x, won = np.where(swapped[:, None], -x, x), np.where(swapped, 1 - won, won)
    if len(won) == 1:
        x, won, times = np.vstack([x, -x]), np.r_[won, 1 - won], np.r_[times, times] / 2
    linear = require("sklearn.linear_model", "train", _PURPOSE)
    fitted = linear.LogisticRegression(
        C=1.0, fit_intercept=False, solver="newton-cholesky", tol=1e-8, max_iter=200
    ).fit(x, won, sample_weight=times)
    return {"weight": np.asarray(fitted.coef_[0], np.float64)}


def _svm(x: Floats, won: Floats, times: Floats, rng: np.random.Generator) -> Arrays:
    vector = require("sklearn.svm", "train", _PURPOSE)
    waves = rng.normal(size=(x.shape[1], _WAVES)) / np.sqrt(x.shape[1])
    both = np.concatenate([fourier_features(x, waves), fourier_features(-x, waves)])
    # Both ways round and without intercept, so the machine is odd; dual=False draws no numbers.
    fitted = vector.LinearSVC(C=0.1, fit_intercept=False, dual=False, tol=1e-5, max_iter=5000).fit(
        both, np.r_[won, 1 - won], sample_weight=np.r_[times, times] / 2
    )
    return {"waves": waves, "weight": np.asarray(fitted.coef_[0], np.float64)}


def _trees(x: Floats, won: Floats, times: Floats, rng: np.random.Generator) -> Arrays:
    ensemble = require("sklearn.ensemble", "train", _PURPOSE)
    # Weights make the binning of scikit-learn twenty times slower, so equal ones are left out.
    given = None if times.min() == times.max() else np.r_[times, times] / times.mean()
    fitted = ensemble.HistGradientBoostingClassifier(
        max_iter=_TREES, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40,
        l2_regularization=1.0, early_stopping=False, random_state=int(rng.integers(2**31)),
    )  # fmt: skip
    # On tables as small as these, several threads are slower than one.
    threads = require("threadpoolctl", "train", _PURPOSE)
    with threads.threadpool_limits(1 if len(x) < _MANY else None):
        fitted.fit(np.vstack([x, -x]), np.r_[won, 1 - won], sample_weight=given)
    return _plain_trees(fitted)


def _plain_trees(fitted: object) -> Arrays:
    """Return the nodes of fitted trees as plain numbers."""
    rows, starts, n_nodes = [], [], 0
    for (tree,) in fitted._predictors:  # type: ignore[attr-defined]
        nodes = tree.nodes
        inner = nodes["is_leaf"] == 0
        rows.append(
            np.column_stack(
                [
                    np.where(inner, nodes["feature_idx"], -1),
                    np.where(inner, nodes["num_threshold"], 0.0),
                    np.where(inner, nodes["left"] + n_nodes, 0),
                    np.where(inner, nodes["right"] + n_nodes, 0),
                    nodes["value"],
                ]
            ).astype(np.float64)
        )
        starts.append(n_nodes)
        n_nodes += len(nodes)
    return {"node": np.concatenate(rows), "start": np.array(starts, np.float64)}


def _net(x: Floats, won: Floats, times: Floats, rng: np.random.Generator) -> Arrays:
    from scipy.optimize import minimize
    from scipy.special import expit

    d = x.shape[1]
    start = rng.normal(size=(d + 1) * _UNITS) * 0.3
    sign = 2 * won - 1

    def loss(flat: Floats) -> tuple[float, Floats]:
        inner, outer = flat[: d * _UNITS].reshape(d, _UNITS), flat[d * _UNITS :]
        hidden = np.tanh(x @ inner)
        m = sign * (hidden @ outer)
        pull = -times * sign * expit(-m)
        value = float(times @ np.logaddexp(0, -m) + _RIDGE * flat @ flat)
        back = np.outer(pull, outer) * (1 - np.square(hidden))
        return value, np.concatenate([(x.T @ back).ravel(), hidden.T @ pull]) + 2 * _RIDGE * flat

    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return {"inner": best[: d * _UNITS].reshape(d, _UNITS), "outer": best[d * _UNITS :]}


_FITS: dict[str, Callable[[Floats, Floats, Floats, np.random.Generator], Arrays]] = {
    "logistic": _logistic,
    "svm": _svm,
    "trees": _trees,
    "net": _net,
}


def _cross_fitted(
    model: str,
    x: Floats,
    won: Floats,
    times: Floats,
    unit: NDArray[np.intp],
    rng: np.random.Generator,
) -> Floats:
    """Return the margin of each battle by a fit to the other folds; groups stay together."""
    part = rng.permutation(int(unit.max()) + 1)[unit] % _FOLDS
    margins = np.zeros(len(x))
    for fold in range(_FOLDS):
        held_out = part == fold
        if held_out.any() and not held_out.all():
            arrays = _FITS[model](x[~held_out], won[~held_out], times[~held_out], rng)
            margins[held_out] = odd_margin(model, arrays, x[held_out])
    return margins


def _slope(margins: Floats, won: Floats, times: Floats) -> float:
    """Return the factor on margins with the least logarithmic loss, from .01 to 100."""
    from scipy.optimize import minimize_scalar

    m = (2 * won - 1) * margins

    def loss(log_slope: float) -> float:
        return float(times @ np.logaddexp(0, -np.exp(log_slope) * m))

    ends = (np.log(0.01), np.log(100.0))
    return float(np.exp(minimize_scalar(loss, bounds=ends, method="bounded").x))


def _steps(margins: Floats, won: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return the isotonic probability of the favourite as a function of the size of margins."""
    isotonic = require("sklearn.isotonic", "train", _PURPOSE)
    right = np.where(margins == 0, 0.5, (margins > 0) == (won == 1))
    # The prior of one battle each way keeps the probability off 0 and 1.
    top = 1 - 1 / (times.sum() + 2)
    fitted = isotonic.IsotonicRegression(y_min=0.5, y_max=top, out_of_bounds="clip")
    fitted.fit(np.abs(margins), right, sample_weight=times)
    return np.asarray(fitted.X_thresholds_, np.float64), np.asarray(
        fitted.y_thresholds_, np.float64
    )
