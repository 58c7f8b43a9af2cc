"""Models of preference: the chance that people prefer the first of two songs, from numbers of both.

Every model sees the difference ``d`` of the songs' numbers, each divided by its root mean square
over the battles that teach, and has a margin that is odd: ``m(-d) = -m(d)``. So an answer becomes
one minus itself when the songs change places, whatever was taught, and there is no intercept: a
liking for the song that is played second is nothing that a song can have.

``logistic``
    ``m = w d``, ridge penalty 1: Bradley and Terry's model (1952) with covariates;
``svm``
    a support vector machine on ``sin(W d)`` for random ``W`` and on ``d`` itself. These are the odd
    half of random Fourier features (Rahimi and Recht, 2007), so this is the machine with the
    Gaussian kernel made antisymmetric, ``k(d, e) - k(d, -e)``, at a cost that grows with the
    battles and not with their square;
``trees``
    gradient-boosted trees that learn each battle both ways round, and answer half of
    ``f(d) - f(-d)``;
``net``
    ``m = v tanh(W d)``, eight units without biases, ridge penalty.

The margin is the logit of the probability, but for the support vector machine, whose margin is
multiplied by the slope that fits best on battles it did not learn from. ``calibration`` does more
of that for any model: "temperature" multiplies the margin, "isotonic" lets the chance of the
favourite rise with the size of the margin in steps; both learn from folds inside the training
battles.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.core.optional import require
from plaudit.core.settings import nearest
from plaudit.model.preference import (
    CALIBRATIONS,
    MODELS,
    Arrays,
    Floats,
    PreferenceModel,
    features_of,
    odd_margin,
    waves_of,
)

WAVES, UNITS, TREES = 200, 8, 80
RIDGE = 4.0  # of the net: it has more ways to be wrong than a line
FOLDS = 3  # inside the training battles, for calibration
MANY = 100_000  # battles, from which on trees are grown by several threads
PURPOSE = "Fitting a model of preference"


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
        Finite numbers of both songs.
    first_won : array_like of bool, (n,)
        Whether the first was preferred.
    model : {"logistic", "svm", "trees", "net"}
        See the module.
    rng : numpy.random.Generator
        Whatever the model draws.
    weight : array_like, (n,), optional
        What each battle counts, above 0; 1 when not given.
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
    >>> found = fit_preference(
    ...     [[1.0], [2.0], [3.0]], [[0.0], [3.0], [1.0]], [True, False, True],
    ...     model="logistic", rng=np.random.default_rng(0),
    ... )
    >>> bool(found.probability([[2.0]], [[0.0]])[0] > 0.5)
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
    moved = first - second
    size = np.sqrt(np.average(np.square(moved), axis=0, weights=times))
    scale = np.where(size > 0, size, 1.0)
    x = moved / scale
    fitting, folding = rng.spawn(2)
    arrays = _MAKERS[model](x, won, times, fitting)
    plain = PreferenceModel(model, scale, arrays)
    if calibration == "none" and model != "svm":
        return plain
    out = _cross_fitted(model, x, won, times, np.asarray(unit, np.intp), folding)
    if calibration == "isotonic":
        return PreferenceModel(model, scale, arrays, 1.0, _steps(out, won, times))
    return PreferenceModel(model, scale, arrays, _slope(out, won, times))


def _logistic(x: Floats, won: Floats, times: Floats, _: np.random.Generator) -> Arrays:
    if won.min() == won.max():
        # scikit-learn wants both outcomes; turning half of the battles round is the same problem.
        turned = np.arange(len(won)) % 2 == 1
        x, won = np.where(turned[:, None], -x, x), np.where(turned, 1 - won, won)
    if len(won) == 1:
        x, won, times = np.vstack([x, -x]), np.r_[won, 1 - won], np.r_[times, times] / 2
    linear = require("sklearn.linear_model", "train", PURPOSE)
    ready = linear.LogisticRegression(
        C=1.0, fit_intercept=False, solver="newton-cholesky", tol=1e-8, max_iter=200
    ).fit(x, won, sample_weight=times)
    return {"weight": np.asarray(ready.coef_[0], np.float64)}


def _svm(x: Floats, won: Floats, times: Floats, rng: np.random.Generator) -> Arrays:
    vector = require("sklearn.svm", "train", PURPOSE)
    waves = rng.normal(size=(x.shape[1], WAVES)) / np.sqrt(x.shape[1])
    both = np.concatenate([waves_of(x, waves), waves_of(-x, waves)])
    # Both ways round and without intercept, so the machine itself is odd; dual=False has no chance.
    ready = vector.LinearSVC(C=0.1, fit_intercept=False, dual=False, tol=1e-5, max_iter=5000).fit(
        both, np.r_[won, 1 - won], sample_weight=np.r_[times, times] / 2
    )
    return {"waves": waves, "weight": np.asarray(ready.coef_[0], np.float64)}


def _trees(x: Floats, won: Floats, times: Floats, rng: np.random.Generator) -> Arrays:
    ensemble = require("sklearn.ensemble", "train", PURPOSE)
    # Weights make the binning of scikit-learn twenty times slower, so equal ones are not given.
    given = None if times.min() == times.max() else np.r_[times, times] / times.mean()
    ready = ensemble.HistGradientBoostingClassifier(
        max_iter=TREES, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40,
        l2_regularization=1.0, early_stopping=False, random_state=int(rng.integers(2**31)),
    )  # fmt: skip
    # Threads that wait for each other cost more than they bring on tables as small as these.
    threads = require("threadpoolctl", "train", PURPOSE)
    with threads.threadpool_limits(1 if len(x) < MANY else None):
        ready.fit(np.vstack([x, -x]), np.r_[won, 1 - won], sample_weight=given)
    return _plain_trees(ready)


def _plain_trees(ready: object) -> Arrays:
    """Return the nodes of fitted trees as plain numbers, so that nothing else is kept of them."""
    rows, starts, n_nodes = [], [], 0
    for (tree,) in ready._predictors:  # type: ignore[attr-defined]
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
    start = rng.normal(size=(d + 1) * UNITS) * 0.3
    sign = 2 * won - 1

    def loss(flat: Floats) -> tuple[float, Floats]:
        inner, outer = flat[: d * UNITS].reshape(d, UNITS), flat[d * UNITS :]
        hidden = np.tanh(x @ inner)
        m = sign * (hidden @ outer)
        pull = -times * sign * expit(-m)
        value = float(times @ np.logaddexp(0, -m) + RIDGE * flat @ flat)
        back = np.outer(pull, outer) * (1 - np.square(hidden))
        return value, np.concatenate([(x.T @ back).ravel(), hidden.T @ pull]) + 2 * RIDGE * flat

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return {"inner": found[: d * UNITS].reshape(d, UNITS), "outer": found[d * UNITS :]}


_MAKERS: dict[str, Callable[[Floats, Floats, Floats, np.random.Generator], Arrays]] = {
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
    part = rng.permutation(int(unit.max()) + 1)[unit] % FOLDS
    margins = np.zeros(len(x))
    for fold in range(FOLDS):
        asked = part == fold
        if asked.any() and not asked.all():
            arrays = _MAKERS[model](x[~asked], won[~asked], times[~asked], rng)
            margins[asked] = odd_margin(model, arrays, x[asked])
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
    """Return where the chance of the favourite steps up, as it rises with the size of margins."""
    isotonic = require("sklearn.isotonic", "train", PURPOSE)
    right = np.where(margins == 0, 0.5, (margins > 0) == (won == 1))
    # The prior of one battle each way keeps the chance off 0 and 1.
    top = 1 - 1 / (times.sum() + 2)
    ready = isotonic.IsotonicRegression(y_min=0.5, y_max=top, out_of_bounds="clip")
    ready.fit(np.abs(margins), right, sample_weight=times)
    return np.asarray(ready.X_thresholds_, np.float64), np.asarray(ready.y_thresholds_, np.float64)
