"""Means of groups where voters and items were drawn: a linear mixed model, fitted by REML.

A score is ``mean of its group + a deviation of each factor's level + error``, and all deviations
are normal with a variance of their own. Factors may be crossed (every voter hears every item) or
nested. Plain means would count a voter's twenty answers as twenty independent ones; this model does
not, and it needs no balanced design.

Conventions: scores (n,), groups and levels are codes from 0. The most likely variances under
restricted likelihood are found in terms of the ratio of each to that of the error; Henderson's
equations give means and likelihood, with the largest factor eliminated first, whose part is
diagonal. Degrees of freedom are those of Satterthwaite.

References
----------
Patterson and Thompson, Recovery of inter-block information when block sizes are unequal, Biometrika
58 (1971). Henderson, Best linear unbiased estimation and prediction, Biometrics 31 (1975).
Giesbrecht and Burns, Two-stage analysis based on a mixed model, Biometrics 41 (1985).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.interval import Estimate

Codes = NDArray[np.intp]
_ERROR = "error"
_LEAST_RATIO = 1e-6  # of a variance to that of the error, below which it counts as 0
_SMALLEST = 1e-20  # share of the mean square that is rounding alone
_STEP = 1e-3  # of numeric derivatives, as a share of the variance


@dataclass(frozen=True, eq=False)
class MixedMeans:
    """Means of groups, how sure they are, and where scores vary."""

    mean: Floats  #: (k,) of the groups.
    covariance: Floats  #: (k, k) of the means.
    #: Variance of each factor's levels, and of the "error"; a factor that could not be told from
    #: another, or from the groups, is not there.
    variance: dict[str, float]
    n: int  #: Scores.
    #: Derivatives of the covariance by each variance that is not 0, (m, k, k), and their
    #: covariance, (m, m).
    _slope: Floats = field(repr=False)
    _spread: Floats = field(repr=False)

    def contrast(self, weights: ArrayLike, *, confidence: float = 0.95) -> Estimate:
        """Return a weighted sum of the means with its interval.

        Parameters
        ----------
        weights : array_like, (k,)
            One a group: a one and zeros for a mean, a one and a minus one for a difference.
        confidence : float, default 0.95
            In (0, 1).

        Returns
        -------
        Estimate
            By Student's t with Satterthwaite's degrees of freedom. Without an interval, and with a
            reason, where they fall below one (hardly anything was drawn twice), and where no score
            lies off its mean.
        """
        from scipy.special import stdtrit

        w = np.asarray(weights, np.float64)
        value, variance = float(w @ self.mean), float(w @ self.covariance @ w)
        if not variance:
            reason = "no answer lies off its mean, so its uncertainty cannot be seen"
            return Estimate(value, math.nan, math.nan, self.n, reason=reason)
        slope = np.einsum("i,mij,j->m", w, self._slope, w)
        noise = float(slope @ self._spread @ slope)
        freedom = 2 * variance**2 / noise if noise > 0 else math.inf
        if not freedom >= 1:
            reason = "too few voters or items for an interval"
            return Estimate(value, math.nan, math.nan, self.n, reason=reason)
        t = float(stdtrit(min(freedom, 1e9), (1 + confidence) / 2))
        half = t * math.sqrt(max(variance, 0.0))
        return Estimate(value, value - half, value + half, self.n)


def mixed_means(
    scores: ArrayLike, groups: ArrayLike, factors: Mapping[str, ArrayLike]
) -> MixedMeans:
    """Fit means of groups under random factors.

    Parameters
    ----------
    scores : array_like, (n,)
        Finite numbers.
    groups : array_like of int, (n,)
        Group of each, from 0; every group has a score.
    factors : mapping of str to array_like of int, (n,)
        Level of each score in each factor, such as its voter and its item. One that cannot be told
        from the error (a level a score), from the groups, or from a factor before it is left out.

    Returns
    -------
    MixedMeans
        Means, their covariance and the variances.

    Raises
    ------
    InputError
        Scores and codes differ in length, a score is not finite, or there are no more scores than
        groups.

    Examples
    --------
    >>> voter, system = np.divmod(np.arange(8), 2)
    >>> fit = mixed_means([3, 4, 1, 2, 4, 4, 2, 3], system, {"voter": voter})
    >>> fit.mean.tolist()
    [2.5, 3.25]
    >>> gap = fit.contrast([-1, 1])
    >>> round(gap.low, 2), round(gap.high, 2)
    (-0.05, 1.55)
    """
    y, group, levels = _checked(scores, groups, factors)
    system = _System(y - y.mean(), group, levels)
    ratio = _most_likely(system)
    error = system.solve(ratio).rest / (len(y) - system.k)
    if error <= _SMALLEST * float(np.square(y).mean()):
        nothing = np.zeros((system.k, system.k))
        mean = system.solve(ratio).mean + y.mean()
        return MixedMeans(mean, nothing, {_ERROR: 0.0}, len(y), nothing[None], np.zeros((1, 1)))
    variance = {name: float(r * error) for name, r in zip(levels, ratio, strict=True)}
    slope, spread = _satterthwaite(system, np.array([*variance.values(), error]))
    solved = system.solve(ratio)
    return MixedMeans(
        solved.mean + y.mean(), error * solved.inverse, {**variance, _ERROR: error}, len(y),
        slope, spread,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Solved:
    """The equations, solved for some ratios."""

    mean: Floats  # (k,)
    inverse: Floats  # (k, k); times the variance of the error it is the covariance
    rest: float  # weighted sum of squares that is left
    log_det: float


class _System:
    """Henderson's equations: sums that do not depend on the variances, and their solution."""

    def __init__(self, y: Floats, group: Codes, levels: Mapping[str, Codes]) -> None:
        self.n, self.k = len(y), int(group.max()) + 1
        self.total = float(y @ y)
        order = sorted(levels, key=lambda name: int(levels[name].max()))
        self.names, self.order = list(levels), order
        blocks = [group, *(levels[name] for name in order)]
        sizes = [int(codes.max()) + 1 for codes in blocks]
        self.dense = blocks[:-1] if levels else blocks
        ends = np.cumsum([0, *sizes[: len(self.dense)]])
        self.parts = [slice(a, b) for a, b in pairwise(ends)]
        self.cross = np.zeros((ends[-1], ends[-1]))
        for a, rows in enumerate(self.dense):
            for b, columns in enumerate(self.dense):
                self.cross[self.parts[a], self.parts[b]] = _cross(rows, columns)
        self.sums = np.concatenate([np.bincount(codes, y) for codes in self.dense])
        if levels:
            last = blocks[-1]
            self.last_cross = np.concatenate([_cross(codes, last) for codes in self.dense])
            self.last_sums = np.bincount(last, y)
            self.last_n = np.bincount(last).astype(np.float64)

    def solve(self, ratio: Floats) -> _Solved:
        """Solve for the ratio of each factor's variance to the error's, in the order of names."""
        scale = np.sqrt(np.maximum(ratio, 0.0))
        by_name = dict(zip(self.names, scale, strict=True))
        weight = np.ones(len(self.sums))
        for part, name in zip(self.parts[1:], self.order, strict=False):
            weight[part] = by_name[name]
        matrix = self.cross * weight[:, None] * weight
        matrix[np.diag_indices(len(weight))] += np.r_[
            np.zeros(self.k), np.ones(len(weight) - self.k)
        ]
        right, rest, log_det = self.sums * weight, self.total, 0.0
        if self.names:
            last = by_name[self.order[-1]]
            diagonal = last**2 * self.last_n + 1
            coupled = self.last_cross * weight[:, None] * last
            matrix = matrix - (coupled / diagonal) @ coupled.T
            own = last * self.last_sums
            right = right - coupled @ (own / diagonal)
            rest -= float(own @ (own / diagonal))
            log_det += float(np.log(diagonal).sum())
        root = np.linalg.cholesky(matrix)
        half = np.linalg.solve(root, right)
        identity = np.linalg.solve(root, np.eye(len(weight))[:, : self.k])
        return _Solved(
            identity.T @ half,
            identity.T @ identity,
            max(rest - float(half @ half), 0.0),
            log_det + 2 * float(np.log(np.diag(root)).sum()),
        )

    def deviance(self, variance: Floats) -> float:
        """Return minus twice the restricted log likelihood, but for a constant; the error last."""
        error = variance[-1]
        solved = self.solve(variance[:-1] / error)
        rest = solved.rest / float(error)
        return solved.log_det + (self.n - self.k) * math.log(error) + rest


def _most_likely(system: _System) -> Floats:
    """Return the ratios that make the scores the most likely."""
    from scipy.optimize import minimize

    if not system.names:
        return np.zeros(0)
    freedom = system.n - system.k

    def profiled(scale: Floats) -> float:
        solved = system.solve(np.square(scale))
        return solved.log_det + freedom * math.log(max(solved.rest, 1e-300) / freedom)

    start = np.full(len(system.names), 0.7)
    found = minimize(
        profiled, start, method="L-BFGS-B", bounds=[(0.0, 1e4)] * len(start),
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500},
    )  # fmt: skip
    ratio = np.square(np.asarray(found.x, np.float64))
    return np.where(ratio < _LEAST_RATIO, 0.0, ratio)


def _satterthwaite(system: _System, variance: Floats) -> tuple[Floats, Floats]:
    """Return derivatives of the covariance of the means, and the covariance of the variances."""
    free = np.flatnonzero(variance > 0)
    steps = np.zeros((len(free), len(variance)))
    steps[np.arange(len(free)), free] = _STEP * variance[free]

    def covariance(at: Floats) -> Floats:
        return np.asarray(at[-1] * system.solve(at[:-1] / at[-1]).inverse, np.float64)

    slope = np.array([
        (covariance(variance + step) - covariance(variance - step)) / (2 * step.sum())
        for step in steps
    ])  # fmt: skip
    bend = np.empty((len(free), len(free)))
    for a, first in enumerate(steps):
        for b, second in enumerate(steps):
            corners = [
                sign * other * system.deviance(variance + sign * first + other * second)
                for sign in (1, -1)
                for other in (1, -1)
            ]
            bend[a, b] = sum(corners) / (4 * first.sum() * second.sum())
    return slope, np.asarray(2 * np.linalg.pinv(bend), np.float64)


def _cross(rows: Codes, columns: Codes) -> Floats:
    """Return how often each level of one meets each of another."""
    width = int(columns.max()) + 1
    flat = np.bincount(rows * width + columns, minlength=(int(rows.max()) + 1) * width)
    return flat.reshape(-1, width).astype(np.float64)


def _checked(
    scores: ArrayLike, groups: ArrayLike, factors: Mapping[str, ArrayLike]
) -> tuple[Floats, Codes, dict[str, Codes]]:
    """Return scores, groups, and the factors that can be told from all before them."""
    y, group = np.asarray(scores, np.float64), np.asarray(groups, np.intp)
    levels = {name: np.asarray(codes, np.intp) for name, codes in factors.items()}
    if any(len(codes) != len(y) for codes in (group, *levels.values())):
        raise InputError("Expected as many groups and levels as scores; give one of each a score.")
    if not np.isfinite(y).all():
        raise InputError("Expected finite scores, got others; leave out what was not rated.")
    n_groups = len(np.unique(group))
    if len(y) <= n_groups or int(group.max()) + 1 != n_groups:
        raise InputError(
            f"Expected more scores than groups, and a score in each, got {len(y)} scores of"
            f" {n_groups} groups."
        )
    kept: dict[str, Codes] = {}
    for name, codes in levels.items():
        _, level = np.unique(codes, return_inverse=True)
        if int(level.max()) + 1 == len(y) or _explained(level, group):
            continue
        if any(_same(level, other) for other in kept.values()):
            continue
        kept[name] = level.astype(np.intp)
    return y, group, kept


def _explained(level: Codes, group: Codes) -> bool:
    """Return whether the groups tell every level of a factor, so that none is free to vary."""
    met = _cross(level, group)
    free = float(met.sum() - (np.square(met) / met.sum(axis=0)).sum())
    return bool(free < 0.5)


def _same(level: Codes, other: Codes) -> bool:
    met = _cross(level, other) > 0
    one_to_one: bool = len(met) == met.shape[1] == int(met.sum())
    return one_to_one
