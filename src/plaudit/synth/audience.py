"""Simulated listeners and a simulated platform: how a song whose truth is known is received.

Everything here is an assumption of ours, made so that studies have a known answer. Nothing in it
was measured on people, and no number made with it says anything about people. The shape follows
common knowledge only: raters have biases and noise, scores of one song resemble each other (halo),
plays have heavy tails and much luck.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.synth.knob import check_knobs, draw_knobs
from plaudit.synth.style import STYLES

RATERS = 4
HALO = 0.2  # share of each expected rating that comes from the mean of the knobs
BIAS, NOISE = 0.25, 0.4  # standard deviations of a rater's habit and of one rating, in points
LUCK = 0.45  # standard deviation of a song's fortune, in units of appeal

# How much the platform's public likes a style, in units of appeal: made up.
TASTE: dict[str, float] = {
    "pop": 0.35, "house": 0.25, "rock": 0.1, "synthwave": 0.05, "lofi": 0.15,
    "soul": 0.0, "reggae": -0.05, "ballad": 0.0, "folk": -0.2, "bossa": -0.3,
}  # fmt: skip


@dataclass(frozen=True)
class SongTruth:
    """What the audience reacts to.

    Parameters
    ----------
    knobs : mapping
        Aesthetic axis to position in [0, 1]; ignored where there is no music.
    style : str
        Name in `plaudit.synth.style.STYLES`, or a kind of non-music.
    bpm : float
        Beats per minute.
    is_music : bool, default True
        False for what `plaudit.synth.nonmusic` makes.
    """

    knobs: Mapping[str, float]
    style: str
    bpm: float
    is_music: bool = True


@dataclass(frozen=True)
class Reception:
    """How an audience received a song.

    Parameters
    ----------
    ratings : ndarray of float64, (4, 5)
        Whole points 1-5 of four raters (rows) on the aesthetic axes (columns, in their order).
    expected : mapping
        Aesthetic axis to the rating, 1-5, that infinitely many unbiased raters would agree on.
    streams, likes : float
        Percentile, 0-100, among the songs of the simulated platform.
    """

    ratings: NDArray[np.float64]
    expected: Mapping[str, float]
    streams: float
    likes: float


def expected_ratings(truth: SongTruth) -> dict[str, float]:
    """Return each axis's expected rating, 1-5: rising in its own knob, and a little in all.

    The formula is ``1.2 + 3.5 * ((1 - HALO) * knob + HALO * mean(knobs))``; what is not music gets
    1.05 on every axis.

    Parameters
    ----------
    truth : SongTruth
        What is true of the song.

    Returns
    -------
    dict of str to float
        Aesthetic axis to rating.
    """
    if not truth.is_music:
        return dict.fromkeys(AESTHETICS, 1.05)
    knobs = check_knobs(truth.knobs)
    mean = float(np.mean(list(knobs.values())))
    return {n: 1.2 + 3.5 * ((1 - HALO) * k + HALO * mean) for n, k in knobs.items()}


def appeal(truth: SongTruth) -> float:
    """Return how much the platform's public would like a song, without luck: about -2 to 2."""
    knobs = check_knobs(truth.knobs)
    quality = float(np.mean(list(knobs.values())))
    tempo = -0.5 * np.log2(truth.bpm / 110.0) ** 2
    liked = TASTE.get(truth.style, 0.0)
    return 2.0 * (quality - 0.5) + 0.9 * (knobs["memorability"] - 0.5) + liked + 0.4 * float(tempo)


def audience(truth: SongTruth, rng: np.random.Generator) -> Reception:
    """Let four raters and a platform receive a song.

    Parameters
    ----------
    truth : SongTruth
        What is true of the song.
    rng : numpy.random.Generator
        Biases, noise and luck.

    Returns
    -------
    Reception
        Ratings, their expectation, and popularity; what is not music is rated about 1 and stays
        near the bottom of the platform.

    Raises
    ------
    InputError
        An unknown knob, or one outside [0, 1].
    """
    expected = expected_ratings(truth)
    bias = rng.normal(0, BIAS, (RATERS, 1))
    noise = rng.normal(0, NOISE, (RATERS, len(AESTHETICS)))
    if not truth.is_music:
        bias, noise = bias * 0.3, noise * 0.3
    ideal = np.array([expected[name] for name in AESTHETICS])
    ratings = np.clip(np.rint(ideal + bias + noise), 1, 5)
    luck = rng.normal(0, LUCK), rng.standard_t(3), rng.normal(0, 0.5)
    if not truth.is_music:
        low = np.abs(rng.normal(0, 1.5, 2)).clip(0, 8)
        return Reception(ratings, expected, float(low[0]), float(low[1]))
    plays, likes = _counts(appeal(truth), *luck)
    known_plays, known_likes = _platform()
    return Reception(
        ratings, expected, _percentile(plays, known_plays), _percentile(likes, known_likes)
    )


def _counts(liked: float, fortune: float, tail: float, habit: float) -> tuple[float, float]:
    """Return the logarithms of plays and likes: exposure has a heavy tail, likes follow plays."""
    plays = 4.0 + 1.8 * (liked + fortune) + 0.35 * tail
    return plays, 0.85 * plays - 3.0 + 0.6 * liked + habit


@cache
def _platform() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sorted log-plays and log-likes of 4,000 songs that fill the platform."""
    rng = np.random.default_rng(20_240)
    counts = []
    for _ in range(4_000):
        style = STYLES[str(rng.choice(list(STYLES)))]
        truth = SongTruth(draw_knobs(rng), style.name, float(rng.uniform(*style.bpm)))
        luck = rng.normal(0, LUCK), rng.standard_t(3), rng.normal(0, 0.5)
        counts.append(_counts(appeal(truth), *luck))
    plays, likes = np.sort(np.array(counts), axis=0).T
    return plays, likes


def _percentile(value: float, known: NDArray[np.float64]) -> float:
    return float(100.0 * np.searchsorted(known, value) / len(known))
