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

`fit_preference` states chances that battles support: each battle is predicted by a model fitted to
other groups, and `plaudit.training.preference_calibration` turns margins into chances with
intervals, by one of three calibrations. `fit_uncalibrated` takes the margin for the logit of the
chance (that of the support vector machine times the slope that held-out battles show): enough to
measure a model on other battles, as the study does.

Battles are put in order of their content, and oriented by it, before anything is fitted or drawn:
neither their order nor which song came first changes a digit.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

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
from plaudit.training.preference_calibration import HeldOut, best_slope, fit_calibration

_WAVES, _UNITS, _TREES = 200, 8, 80
_RIDGE = 4.0  # of the net: it overfits more easily than a line
_FOLDS, _FEW_FOLDS = 5, 3  # inside the training battles; few for a slope alone, or many battles
_MANY_TO_FOLD = 2000  # battles, beyond which a third fewer of them make about the same model
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
        Battles of one group (a prompt) stay together in the folds of the calibration; by default
        those with the same difference of features.
    calibration : {"none", "temperature", "isotonic"}
        As `plaudit.training.preference_calibration.fit_calibration`.

    Returns
    -------
    PreferenceModel
        The same for the same input and generator; its ``calibrated`` says what its chances rest on,
        and whether they are worth anything.

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
    >>> bool(fitted.probability([[2.0]], [[0.0]])[0] >= 0.5)
    True
    """
    if calibration not in CALIBRATIONS:
        hint = nearest(calibration, CALIBRATIONS)
        raise InputError(f"There is no calibration '{calibration}'; {hint}")
    ready, held_out = fit_and_hold_out(
        features_first, features_second, first_won, model=model, rng=rng, weight=weight,
        groups=groups,
    )  # fmt: skip
    curve, calibrated = fit_calibration(held_out, calibration, rng.spawn(1)[0])
    return replace(ready, curve=curve, calibrated=calibrated)


def fit_and_hold_out(
    features_first: ArrayLike,
    features_second: ArrayLike,
    first_won: ArrayLike,
    *,
    model: str,
    rng: np.random.Generator,
    weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> tuple[PreferenceModel, HeldOut]:
    """Fit a model without calibration, and predict each battle by a fit to other groups.

    The parameters are those of `fit_preference`; the margins held out are on the model's scale.
    """
    data = _battles(model, features_first, features_second, first_won, weight, groups)
    fitting, folding = rng.spawn(2)
    arrays = _FITS[model](data.x, data.won, data.times, fitting)
    folds = _FOLDS if len(data.x) <= _MANY_TO_FOLD else _FEW_FOLDS
    held_out = _held_out(model, data, folds, folding)
    slope = best_slope(held_out) if model == "svm" else 1.0
    ready = PreferenceModel(model, data.scale, arrays, slope)
    return ready, held_out._replace(margin=slope * held_out.margin)


def fit_uncalibrated(
    features_first: ArrayLike,
    features_second: ArrayLike,
    first_won: ArrayLike,
    *,
    model: str,
    rng: np.random.Generator,
) -> PreferenceModel:
    """Fit a model whose chances are for measuring on other battles, as `fit_preference` does."""
    data = _battles(model, features_first, features_second, first_won, None, None)
    fitting, folding = rng.spawn(2)
    arrays = _FITS[model](data.x, data.won, data.times, fitting)
    if model != "svm":
        return PreferenceModel(model, data.scale, arrays)
    slope = best_slope(_held_out(model, data, _FEW_FOLDS, folding))
    return PreferenceModel(model, data.scale, arrays, slope)


class _Battles(NamedTuple):
    """Battles in the order of their content."""

    scale: Floats  # (d,) divisor of the differences
    x: Floats  # (n, d) scaled differences
    won: Floats  # (n,)
    times: Floats  # (n,)
    unit: NDArray[np.intp]  # (n,) groups


def _battles(
    model: str,
    features_first: ArrayLike,
    features_second: ArrayLike,
    first_won: ArrayLike,
    weight: ArrayLike | None,
    groups: ArrayLike | None,
) -> _Battles:
    if model not in MODELS:
        raise InputError(f"There is no model '{model}'; {nearest(model, MODELS)}")
    first, second = features_of(features_first, features_second)
    won = np.asarray(first_won, np.float64)
    times = np.ones(len(won)) if weight is None else np.asarray(weight, np.float64)
    unit = None if groups is None else np.unique(groups, return_inverse=True)[1]
    n_units = len(won) if unit is None else len(unit)
    if not len(first) or not first.shape[0] == len(won) == len(times) == n_units:
        raise InputError(
            "Expected battles with one outcome, weight and group each, got"
            f" {len(first)}, {len(won)}, {len(times)} and {n_units}."
        )
    if not (np.isfinite(times).all() and (times > 0).all()):
        raise InputError("Expected weights that are finite and above 0; leave such battles out.")
    difference, won, times, unit = in_order(first - second, won, times, unit)
    size = np.sqrt(np.average(np.square(difference), axis=0, weights=times))
    scale = np.where(size > 0, size, 1.0)
    return _Battles(scale, difference / scale, won, times, unit)


def in_order(
    x: Floats, won: Floats, times: Floats, unit: NDArray[np.intp] | None
) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Return battles oriented and ordered by their content, and groups numbered by it.

    Takes and returns differences of features (n, d), whether the first won (n,), weights (n,) and
    groups (n,); without groups, battles of one difference are one. Neither the order of battles and
    groups nor the song that came first changes a digit of the result.
    """
    leading = x[np.arange(len(x)), (x != 0).argmax(axis=1)] if x.shape[1] else np.zeros(len(x))
    x = np.where(leading[:, None] < 0, -x, x) + 0.0  # no negative zeros
    won = np.where(leading < 0, 1 - won, np.where(leading == 0, 1.0, won))
    keys = [row.tobytes() for row in np.column_stack([x, won, times])]
    if unit is None:
        unit = np.unique(x, axis=0, return_inverse=True)[1].reshape(-1)
    members: dict[int, list[bytes]] = {}
    for group, key in zip(unit.tolist(), keys, strict=True):
        members.setdefault(group, []).append(key)
    content = {group: sorted(rows) for group, rows in members.items()}
    number = {group: k for k, group in enumerate(sorted(content, key=content.__getitem__))}
    unit = np.array([number[group] for group in unit.tolist()], np.intp)
    order = sorted(range(len(keys)), key=lambda k: (keys[k], unit[k]))
    return x[order], won[order], times[order], unit[order]


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


def _held_out(model: str, data: _Battles, folds: int, rng: np.random.Generator) -> HeldOut:
    """Return the margin of each battle by a fit to the other folds; groups stay together."""
    part = rng.permutation(int(data.unit.max()) + 1)[data.unit] % folds
    margins = np.zeros(len(data.x))
    for fold in range(folds):
        own, rest = part == fold, part != fold
        if own.any() and rest.any():
            arrays = _FITS[model](data.x[rest], data.won[rest], data.times[rest], rng)
            margins[own] = odd_margin(model, arrays, data.x[own])
    return HeldOut(margins, data.won, data.times, data.unit)
