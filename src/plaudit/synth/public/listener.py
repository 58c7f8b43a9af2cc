"""Simulated listeners who vote in battles: their habits, and how a vote is cast.

An assumption of ours, not a measurement on people. A song has a utility for a listener, the sum of
its value to anybody with his taste and of his own error::

    U_i = value_i + error * e_i            e_1, e_2 standard normal, new in every vote
    d   = (U_1 - U_2) / sqrt(2) + position_bias

He answers NEITHER when both ``U_i`` are below his floor, else TIE when ``|d|`` is at most his
threshold, else FIRST or SECOND by the sign of ``d``. Values are standardised (see
`plaudit.synth.public.battle`), so ``d``, biases, thresholds and errors share one unit: the standard
deviation of the difference between two songs when the shares of aesthetics, appeal and system add
up to 1.

A careless listener does not listen: he presses FIRST or SECOND by his position bias, now and then
another button, after a second or two. Few listeners cast most of the votes (Pareto).

A positive position bias favours the song that is played first. The pool leans slightly to the
second, as in published arenas, where always answering "second" is right in 51 to 55 % of decided
battles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome

DAYS = 184  # about six months
POSITION_BIAS, _POSITION_SPREAD = -0.08, 0.15
CARELESS = 0.08
_TAIL = 1.3  # Pareto exponent of activity: the lower, the more of the votes a few cast
_THRESHOLD, _FLOOR = 0.15, -0.8
_CARELESS_TIE, _CARELESS_NEITHER = 0.06, 0.02
_CARELESS_SPREAD = 0.5  # turns a careless listener's position bias into a chance
_PATIENCE_S, _CARELESS_S = 16.0, 0.9  # median seconds of listening to a song of 30 s
_FIRST_LONGER = 1.2
_REACH, _NODES = 9.0, 60  # of the integral: standard deviations, and points on each side of 0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Voter:
    """A listener's habits."""

    voter: str  #: Stable name, such as "voter-0031".
    careless: bool  #: Answers without listening.
    #: Added to the difference in utility; positive favours the song played first.
    position_bias: float
    threshold: float  #: Difference below which two songs are equally good to him, at least 0.
    floor: float  #: Utility below which a song is bad; where both are, the answer is NEITHER.
    patience_s: float  #: Seconds he gives a song of 30 s that leaves him cold.
    activity: float  #: Weight of his share in the votes, above 0.
    first_day: int  #: Day from which he votes, 0 to `DAYS` - 1.


@dataclass(frozen=True)
class Vote:
    """One answer: the outcome, and the seconds listened to each song."""

    outcome: Outcome
    listen_first_s: float
    listen_second_s: float


def draw_voters(
    rng: np.random.Generator,
    size: int = 300,
    *,
    careless: float = CARELESS,
    position_bias: float = POSITION_BIAS,
) -> tuple[Voter, ...]:
    """Draw a pool of listeners; how often each votes is his ``activity``.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    size : int, default 300
        Listeners, at least 1.
    careless : float, default 0.08
        Chance in [0, 1] of each to be careless.
    position_bias : float, default -0.08
        Mean of the listeners' position biases.

    Raises
    ------
    InputError
        No listener, or a chance outside [0, 1].
    """
    if size < 1:
        raise InputError(f"Expected at least 1 voter, got {size}; somebody has to listen.")
    if not 0.0 <= careless <= 1.0:
        raise InputError(f"Expected a share of careless voters in 0 to 1, got {careless}.")
    return tuple(
        Voter(
            voter=f"voter-{number:04d}",
            careless=bool(rng.uniform() < careless),
            position_bias=float(rng.normal(position_bias, _POSITION_SPREAD)),
            threshold=float(_THRESHOLD * np.exp(rng.normal(0, 0.5))),
            floor=float(rng.normal(_FLOOR, 0.35)),
            patience_s=float(_PATIENCE_S * np.exp(rng.normal(0, 0.5))),
            activity=float(1 + rng.pareto(_TAIL)),
            first_day=int(rng.integers(DAYS)),
        )
        for number in range(1, size + 1)
    )


def cast(
    voter: Voter,
    value: tuple[float, float],
    duration_s: tuple[float, float],
    error: float,
    rng: np.random.Generator,
) -> Vote:
    """Let a listener hear two songs and answer; nobody listens longer than the song.

    ``value`` holds the values of the first and the second song to anybody with his taste,
    ``duration_s`` their lengths in seconds, ``error`` the standard deviation of what he adds to
    each utility, at least 0. ``rng`` is always advanced by five draws.
    """
    whim = rng.standard_normal(4)
    button = rng.uniform()
    if voter.careless:
        listened_s = _CARELESS_S * np.exp(0.6 * whim[2:])
        seconds = np.minimum(listened_s, duration_s)
        return Vote(_pressed(voter, button), float(seconds[0]), float(seconds[1]))
    utility = np.array(value) + error * whim[:2]
    # Longer for long songs, for liked ones, and for the first one.
    length = np.array(duration_s)
    listened_s = voter.patience_s * (length / 30) ** 0.4 * np.exp(0.15 * utility + 0.3 * whim[2:])
    seconds = np.minimum(listened_s * (_FIRST_LONGER, 1.0), length)
    difference = float(utility[0] - utility[1]) / np.sqrt(2) + voter.position_bias
    if utility.max() < voter.floor:
        outcome = Outcome.NEITHER
    elif abs(difference) <= voter.threshold:
        outcome = Outcome.TIE
    else:
        outcome = Outcome.FIRST if difference > 0 else Outcome.SECOND
    return Vote(outcome, float(seconds[0]), float(seconds[1]))


def chances(voters: Sequence[Voter], value: Floats, error: float) -> Floats:
    """Return the chances of the four outcomes of votes, by integration and not by simulation.

    With ``D`` and ``S`` the difference and the sum of the utilities over sqrt(2), which are
    independent normals of spread ``error``, a song reaches the floor when ``S >= sqrt(2) * floor -
    |D|``. FIRST is that and ``D > threshold - position_bias``: one integral over ``D``, taken by
    Gauss and Legendre's rule on both sides of its kink at 0.

    Parameters
    ----------
    voters : sequence of Voter
        Voters, one per vote.
    value : ndarray of float64, (n, 2)
        Values of the first and the second song to anybody with his taste.
    error : float
        Standard deviation of what a listener adds to each song's utility, above 0.

    Returns
    -------
    ndarray of float64, (n, 4)
        Chances of FIRST, SECOND, TIE and NEITHER, in this order; rows add up to 1.

    Raises
    ------
    InputError
        The error is not above 0.
    """
    from scipy.special import ndtr

    if not error > 0:
        raise InputError(f"Expected an error above 0, got {error}; give noise or chance.")
    bias = np.array([voter.position_bias for voter in voters])
    threshold = np.array([voter.threshold for voter in voters])
    floor = np.array([voter.floor for voter in voters])
    difference = (value[:, 0] - value[:, 1]) / np.sqrt(2)
    level = (value[:, 0] + value[:, 1]) / np.sqrt(2)
    first = _above(threshold - bias, difference, level, floor, error)
    # SECOND is FIRST with the songs, and so the difference and the bias, the other way round.
    second = _above(threshold + bias, -difference, level, floor, error)
    neither = ndtr((floor - value[:, 0]) / error) * ndtr((floor - value[:, 1]) / error)
    attentive = np.stack([first, second, 1 - first - second - neither, neither], axis=1)
    careless = np.array([voter.careless for voter in voters])
    pressed = ndtr(bias / _CARELESS_SPREAD)
    decided = 1 - _CARELESS_TIE - _CARELESS_NEITHER
    ties, none = np.full(len(bias), _CARELESS_TIE), np.full(len(bias), _CARELESS_NEITHER)
    inattentive = np.stack([decided * pressed, decided * (1 - pressed), ties, none], axis=1)
    return np.asarray(np.where(careless[:, None], inattentive, attentive))


def _above(low: Floats, mean: Floats, level: Floats, floor: Floats, error: float) -> Floats:
    """Return the chance that D exceeds ``low`` while a song reaches the floor."""
    from scipy.special import ndtr

    top = np.maximum(mean + _REACH * error, low)
    bottom = np.clip(mean - _REACH * error, low, top)
    middle = np.clip(0.0, bottom, top)
    total = np.zeros(len(mean))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    for start, end in ((bottom, middle), (middle, top)):
        half = (end - start)[:, None] / 2
        at = start[:, None] + half * (nodes + 1)
        density = np.exp(-0.5 * ((at - mean[:, None]) / error) ** 2) / (error * np.sqrt(2 * np.pi))
        short = (np.sqrt(2) * floor[:, None] - np.abs(at) - level[:, None]) / error
        total += (half * weights * density * ndtr(-short)).sum(1)
    return total


def _pressed(voter: Voter, button: float) -> Outcome:
    """Return the answer of a careless listener, from a uniform draw in [0, 1)."""
    if button < _CARELESS_TIE:
        return Outcome.TIE
    if button < _CARELESS_TIE + _CARELESS_NEITHER:
        return Outcome.NEITHER
    share = (button - _CARELESS_TIE - _CARELESS_NEITHER) / (1 - _CARELESS_TIE - _CARELESS_NEITHER)
    first = 0.5 * (1 + math.erf(voter.position_bias / _CARELESS_SPREAD / math.sqrt(2)))
    return Outcome.FIRST if share < first else Outcome.SECOND
