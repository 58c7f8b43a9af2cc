"""Calibration of models of preference: the chance that held-out battles support, margin by margin.

A model favours one song of each held-out battle, by a margin of size ``m``. The chance that people
prefer the favourite is taken to be ``1/2 + (c - 1/2) tanh(s m / 2)``. The slope ``s`` says how fast
it rises, the ceiling ``c`` how often the favourite of a wide margin wins (people err, however clear
the difference). With ``c = 1`` it is the logistic function of ``s m``.

Priors: with probability one half the model knows nothing and every chance is 1/2; else ``c`` is
uniform in [0, 1], which is one battle won and one lost, and the logarithm of ``s`` is normal with
mean log 2 and standard deviation 1, for margins of mean square 1. The chance is the mean over the
posterior, not the value at its mode: where the favourite won all of n battles it stays below
``1 - 1/(n + 2)``, Laplace's rule of succession. Battles of a group resemble each other, so the
likelihood is raised to the power of one over their design effect.

The interval, of 95 %, holds every curve whose log likelihood, with the prior of ``s``, is within
3.84 of the best. That is twice the 1.92 of a likelihood interval, because predictions of several
folds share training battles, which about doubles their variance (Nadeau and Bengio, Machine
Learning 52, 2003). Both ends lie one battle in n + 2 further out: n battles show nothing finer.

Temperature scaling (Platt, 1999; Guo et al., ICML 2017) fits ``s`` alone by maximum likelihood,
which is infinite for separable battles.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from plaudit.model.preference import Curve, PreferenceCalibration, StatedChance

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_BINS, _POINTS, _DRAWS = 64, 65, 1000
_WITHIN = 3.84  # of the best log likelihood
_SLOPES = (float(np.log(0.05)), float(np.log(60.0)))  # ends of the grid of log slopes
_ALIKE_GROUPS, _CURVE_BATTLES = 2.0, 8.0  # priors: of the design effect, of "isotonic"


class HeldOut(NamedTuple):
    """Battles predicted by models that were not fitted to them; all (n,), n of 1 or more."""

    margin: Floats  #: Above 0 where the first song is favoured.
    won: Floats  #: 1 where the first was preferred, else 0.
    weight: Floats  #: How many battles each counts as.
    group: Places  #: Group of each, from 0 without gaps.

    @property
    def unit(self) -> float:
        """Return the root mean square of the margins."""
        return float(np.sqrt(np.average(np.square(self.margin), weights=self.weight)))

    @property
    def right(self) -> Floats:
        """Return 1 where the favourite won, 0 where it lost, one half for no favourite."""
        return np.where(self.margin == 0, 0.5, (self.margin > 0) == (self.won == 1))


class _Posterior(NamedTuple):
    log_slope: Floats  # (k,) at the nodes of a grid
    ceiling: Floats  # (k,)
    weight: Floats  # (k,), adds up to 1
    inside: NDArray[np.bool_]  # (k,), whether the interval holds it
    known: float  # that the model knows something

    def curves(self, size: Floats) -> Floats:
        rise = np.tanh(np.exp(self.log_slope)[:, None] * size / 2)
        return np.asarray(0.5 + (self.ceiling[:, None] - 0.5) * rise, np.float64)


def best_slope(held_out: HeldOut) -> float:
    """Return the factor that turns margins into logits: the geometric mean over its posterior."""
    unit = held_out.unit
    if not unit:
        return 1.0
    found = _posterior(held_out, _design_effect(held_out))
    return float(np.exp(found.weight @ found.log_slope)) / unit


def fit_calibration(
    held_out: HeldOut, kind: str, rng: np.random.Generator
) -> tuple[Curve, PreferenceCalibration]:
    """Fit the chance of the favourite, with its interval, to held-out battles.

    Parameters
    ----------
    held_out : HeldOut
        Predicted battles.
    kind : {"none", "temperature", "isotonic"}
        "temperature" fits slope and ceiling; "none" keeps a slope of 1 and fits the ceiling;
        "isotonic" moves the chance off the curve of "temperature" by the share of battles that the
        favourite won among margins of similar size, where the curve counts as eight battles.
    rng : numpy.random.Generator
        Draws from the posterior of "isotonic".

    Returns
    -------
    (Curve, PreferenceCalibration)
        The chance by size of the margin, in [.5, 1 - 1/(n + 2)] and flat beyond the widest
        held-out margin; and what it rests on, with the reason where it is not calibrated.
    """
    n, unit = float(held_out.weight.sum()), held_out.unit
    n_groups = len(np.unique(held_out.group))
    if not unit or n_groups < 2:
        return _unknown(
            "all battles share prompts or songs, so none could be held out"
            if n_groups < 2
            else "fitted to the other battles, the model favoured neither song of any held-out one"
        )
    design = _design_effect(held_out)
    points = np.abs(held_out.margin).max() * np.square(np.linspace(0, 1, _POINTS))
    found = _posterior(held_out, design)
    inside = found.curves(points / unit)[found.inside]
    low, high = inside.min(axis=0), inside.max(axis=0)
    if kind == "isotonic":
        chance, *draws = _isotonic(held_out, design, found, points, rng)
        known, ends = found.known, np.quantile(draws, [0.025, 0.975], axis=0)
        low, high = np.minimum(low, ends[0]), np.maximum(high, ends[1])
    else:
        own = found if kind == "temperature" else _posterior(held_out, design, fixed_slope=unit)
        known, chance = own.known, own.weight @ own.curves(points / unit)
    finest = 1 / (n + 2)
    chance = 0.5 + known * (np.asarray(chance) - 0.5)
    chance = np.maximum.accumulate(np.clip(chance, 0.5, 1 - finest))
    low = np.clip(np.minimum(low, chance) - finest, 0, 1)
    high = np.clip(np.maximum(high, chance) + finest, 0, 1)
    curve = Curve(points, chance, low, high)
    return curve, _summary(curve, held_out, n / design)


def _unknown(reason: str) -> tuple[Curve, PreferenceCalibration]:
    ends = np.array([0.0, 1.0])
    stated = StatedChance(chance=0.5, low=0.0, high=1.0)
    return Curve(ends, np.full(2, 0.5), np.zeros(2), np.ones(2)), PreferenceCalibration(
        n_effective=0.0,
        favourite_won=None,
        mean=stated,
        largest=stated,
        reason=f"Not calibrated: {reason}. Every chance is 50 %.",
    )


def _summary(curve: Curve, held_out: HeldOut, n_effective: float) -> PreferenceCalibration:
    stated = [curve.chance, curve.low, curve.high]
    size = np.abs(held_out.margin)
    mean = [float(np.average(np.interp(size, curve.margin, line), weights=held_out.weight))
            for line in stated]  # fmt: skip
    won = float(np.average(held_out.right, weights=held_out.weight))
    reason = None
    if curve.low[-1] <= 0.5:
        so = "Every chance is 50 %" if curve.chance[-1] == 0.5 else "Take every chance as 50 %"
        reason = (
            f"Not calibrated: the favourite won {100 * won:.0f} % of the held-out battles, which"
            f" {'does not exceed' if won <= 0.5 else 'may be'} chance. {so}."
        )
    return PreferenceCalibration(
        n_effective=n_effective,
        favourite_won=won,
        mean=StatedChance(chance=mean[0], low=mean[1], high=mean[2]),
        largest=StatedChance(
            chance=float(curve.chance[-1]), low=float(curve.low[-1]), high=float(curve.high[-1])
        ),
        reason=reason,
    )


def _posterior(held_out: HeldOut, design: float, *, fixed_slope: float | None = None) -> _Posterior:
    """Return the posterior on a grid that closes in on it; slopes are of margins over `unit`."""
    size, right, n = _binned(held_out)
    least, most = _SLOPES if fixed_slope is None else (float(np.log(fixed_slope)),) * 2
    start, stop = 0.0, 1.0
    for closer in (True, True, False):
        log_slope = np.linspace(least, most, 41 if most > least else 1)
        edges = np.linspace(start, stop, 62)
        # Ceilings lie closer together near 0 and 1, where battles tell them apart best.
        angle = np.pi * (edges[1:] + edges[:-1]) / 2
        ceiling = (1 - np.cos(angle)) / 2
        rise = np.tanh(np.exp(log_slope)[:, None] * size / 2)
        chance = 0.5 + (ceiling[:, None, None] - 0.5) * rise
        fit = (np.log(chance) @ right + np.log1p(-chance) @ (n - right)) / design
        slope_prior = -np.square(log_slope - np.log(2.0)) / 2
        density = fit + slope_prior + np.log(np.sin(angle))[:, None]
        weight = np.exp(density - density.max())
        if closer:
            by_slope, by_angle = weight.sum(axis=0), weight.sum(axis=1)
            some, last = np.flatnonzero(by_slope > 1e-5 * by_slope.max()), len(log_slope) - 1
            least, most = log_slope[max(some[0] - 1, 0)], log_slope[min(some[-1] + 1, last)]
            some = np.flatnonzero(by_angle > 1e-5 * by_angle.max())
            start, stop = edges[max(some[0] - 1, 0)], edges[min(some[-1] + 2, 61)]
    # The evidence is an integral over cells of ceiling, uniform, and of log slope, normal.
    cell = np.log((angle[1] - angle[0]) / 2)
    if len(log_slope) > 1:
        cell += np.log((log_slope[1] - log_slope[0]) / np.sqrt(2 * np.pi))
    else:
        cell -= slope_prior[0]
    evidence = density.max() + np.log(weight.sum()) + cell
    likely = fit + slope_prior
    return _Posterior(
        np.tile(log_slope, len(ceiling)),
        np.repeat(ceiling, len(log_slope)),
        (weight / weight.sum()).ravel(),
        (likely >= likely.max() - _WITHIN).ravel(),
        float(expit(evidence + n.sum() * np.log(2.0) / design)),
    )


def _binned(held_out: HeldOut) -> tuple[Floats, Floats, Floats]:
    """Return up to 64 sizes of margins over `unit`, with the battles won there and all."""
    size, weight = np.abs(held_out.margin) / held_out.unit, held_out.weight
    order = np.argsort(size, kind="stable")
    place = np.zeros(len(size), np.intp)
    place[order] = np.arange(len(size)) * min(_BINS, len(size)) // len(size)
    n = _sums(place, weight)
    right = _sums(place, weight * held_out.right)
    return _sums(place, weight * size) / n, right, n


def _sums(place: Places, values: Floats) -> Floats:
    return np.asarray(np.bincount(place, values), np.float64)


def _design_effect(held_out: HeldOut) -> float:
    """Return how many battles count as one, because battles of a group resemble each other.

    It compares sums of residuals by group with independent ones, and counts two more groups in
    which all battles agree: a few groups cannot show that theirs do not.
    """
    found, unit = _posterior(held_out, 1.0), held_out.unit
    size, weight = np.abs(held_out.margin), held_out.weight
    points = size.max() * np.square(np.linspace(0, 1, _POINTS))
    expected = np.interp(size, points, found.weight @ found.curves(points / unit))
    residual = weight * (held_out.right - expected)
    alone = float(np.sum(np.square(residual) / weight))
    together = float(np.square(_sums(held_out.group, residual)).sum())
    by_group = _sums(held_out.group, weight)
    n = len(by_group)
    alike = float(np.square(by_group).sum() / by_group.sum())
    return (n * max(1.0, together / alone) + _ALIKE_GROUPS * max(1.0, alike)) / (n + _ALIKE_GROUPS)


def _isotonic(
    held_out: HeldOut,
    design: float,
    found: _Posterior,
    points: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return rising chances at margins (n_points,): in the mean, and then of each draw."""
    size, weight = np.abs(held_out.margin), held_out.weight
    n_steps = int(np.clip(round((weight.sum() / design) ** 0.4), 1, 20))
    ends = np.unique(np.quantile(size, np.linspace(0, 1, n_steps + 1)[1:-1]))
    _, place = np.unique(np.searchsorted(ends, size), return_inverse=True)
    n = _sums(place, weight)
    centre = _sums(place, weight * size) / n
    right = _sums(place, weight * held_out.right) / design
    n = n / design
    node = rng.choice(len(found.weight), _DRAWS, p=found.weight)
    picked = found._replace(log_slope=found.log_slope[node], ceiling=found.ceiling[node])
    prior = _CURVE_BATTLES * picked.curves(centre / held_out.unit)
    counted = n + _CURVE_BATTLES
    drawn = rng.beta(right + prior, counted - right - prior)
    # Draws that are made to rise have ends further out than what they are drawn around.
    mean = (right + prior.mean(axis=0)) / counted
    rising = _rising(np.vstack([mean, drawn]), np.asarray(counted, np.float64))
    return np.array([np.interp(points, np.r_[0, centre], np.r_[0.5, line]) for line in rising])


def _rising(values: Floats, weight: Floats) -> Floats:
    """Return the isotonic regression of each row, (m, k): the largest of the least later means."""
    total = np.cumsum(np.c_[np.zeros(len(values)), values * weight], axis=1)
    counted = np.cumsum(np.r_[0, weight])
    k = len(weight)
    least = np.full((len(values), k, k), -np.inf)  # by start, and end from which on
    for start in range(k):
        mean = (total[:, start + 1 :] - total[:, [start]]) / (counted[start + 1 :] - counted[start])
        least[:, start, start:] = np.minimum.accumulate(mean[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(least.max(axis=1), np.float64)
