"""The simulated audience: how a song whose truth is known is rated, played and liked.

Everything here is an assumption of ours, made so that studies have a known answer. Nothing in it
was measured on people, and no number made with it says anything about people. The shape follows
common knowledge only: raters have biases and noise, scores of one song resemble each other (halo),
plays have heavy tails and much luck, and what is well made is not all that is liked.

Raters are in `plaudit.synth.public.rater`, the platforms in `plaudit.synth.public.platform`, what
is liked but not well made in `plaudit.synth.public.charm`. Functions raise `InputError` for an
unknown knob, and for one outside [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.synth.music.knob import check_knobs
from plaudit.synth.music.notation import Score
from plaudit.synth.public.charm import Traits, charm_of, traits_of
from plaudit.synth.public.platform import PLATFORMS, Platform, percentiles, publish, standardised
from plaudit.synth.public.rater import draw_panel, rate

_HALO = 0.2  # share of each expected rating that comes from the mean of the knobs
_NOT_MUSIC_POINTS, _NOT_MUSIC_APPEAL = 1.05, -8.0
ARCHIVE = PLATFORMS["archive"]


@dataclass(frozen=True)
class SongTruth:
    """What the audience reacts to."""

    #: Aesthetic axis to position in [0, 1]; ignored where there is no music, and naturalness where
    #: nobody sings.
    knobs: Mapping[str, float]
    style: str  #: Name in `plaudit.synth.music.style.STYLES`, or a kind of non-music.
    bpm: float  #: Beats per minute.
    is_music: bool = True  #: False for what `plaudit.synth.sound.nonmusic` makes.
    instrumental: bool = False  #: Nobody sings: naturalness is undefined and never rated.
    #: Traits that can be liked besides quality; None is an average song's. See `truth_of`.
    traits: Traits | None = None


@dataclass(frozen=True)
class Reception:
    """How an audience received a song."""

    #: (4, 5) whole points 1-5 of four raters (rows) on the aesthetic axes (columns, in their
    #: order); nan for the naturalness of an instrumental song.
    ratings: NDArray[np.float64]
    #: Aesthetic axis to the expected rating, 1-5, before anybody's bias, noise and
    #: rounding; nan for the naturalness of an instrumental song.
    expected: Mapping[str, float]
    #: Percentile, 0-100, among the songs of the platform; ties share the middle of their ranks.
    streams: float
    likes: float
    raters: tuple[str, ...]  #: Names of the four, in the order of the rows.
    platform: str  #: Name in `plaudit.synth.public.platform.PLATFORMS`.
    #: Days since publication, times shown, plays and likes on the platform.
    age_days: int
    exposure: int
    plays: int
    like_count: int


def truth_of(score: Score) -> SongTruth:
    """Return what an audience reacts to in a composed song: its knobs, and the traits of its notes.

    It counts as instrumental when nobody sings in it.
    """
    return SongTruth(
        score.knobs,
        score.style,
        score.bpm,
        instrumental=not score.sung,
        traits=traits_of(score),
    )


def applicable_knobs(truth: SongTruth) -> dict[str, float]:
    """Return the checked knobs, each in [0, 1], of the axes that are defined.

    Five, or four where nobody sings: naturalness is undefined then.
    """
    given = dict(truth.knobs)
    if truth.instrumental:
        given.pop("naturalness", None)
    known = check_knobs(given)
    if truth.instrumental:
        del known["naturalness"]
    return known


def expected_ratings(truth: SongTruth) -> dict[str, float]:
    """Return the expected rating, 1-5, of each axis; it rises with its knob, and a little with all.

    The formula is ``1.2 + 3.5 * ((1 - HALO) * knob + HALO * mean(knobs))``, the mean over the axes
    that are defined; what is not music gets 1.05 on every axis, and the naturalness of an
    instrumental song is nan.
    """
    if not truth.is_music:
        return dict.fromkeys(AESTHETICS, _NOT_MUSIC_POINTS)
    knobs = applicable_knobs(truth)
    mean = float(np.mean(list(knobs.values())))
    return {
        name: 1.2 + 3.5 * ((1 - _HALO) * knobs.get(name, float("nan")) + _HALO * mean)
        for name in AESTHETICS
    }


def charm(truth: SongTruth) -> float:
    """Return a song's charm, its appeal apart from quality; mean 0, standard deviation 1.

    Higher is liked more. It depends on tempo and traits and on no knob;
    `plaudit.synth.public.charm` has the formula and the population.
    """
    return charm_of(truth.bpm, truth.traits, instrumental=truth.instrumental)


def quality(truth: SongTruth, alike: float = 0.0) -> float:
    """Return the mean of the defined knobs, standardised: mean 0, standard deviation 1.

    ``(mean - 1/2) / sqrt((1 + (n - 1) * alike) / (12 n))`` for n defined axes, where ``alike`` is
    the correlation between the axes in a population whose knobs are uniform on [0, 1].
    """
    knobs = list(applicable_knobs(truth).values())
    return float(standardised(float(np.mean(knobs)), len(knobs), alike))


def appeal(truth: SongTruth, platform: Platform = ARCHIVE) -> float:
    """Return how much a platform's public likes a song, without luck: about 0, with a spread of 1.

    ``platform.charm * charm + platform.quality * quality + platform.memorability * memorability +
    platform.taste[style]``, with all but the taste standardised over uniform knobs. Higher is liked
    more; what is not music gets -8.
    """
    if not truth.is_music:
        return _NOT_MUSIC_APPEAL
    hook = float(standardised(applicable_knobs(truth)["memorability"], 1))
    liked = platform.taste.get(truth.style, 0.0)
    made = platform.quality * quality(truth) + platform.memorability * hook
    return platform.charm * charm(truth) + made + liked


def audience(truth: SongTruth, rng: np.random.Generator, platform: Platform = ARCHIVE) -> Reception:
    """Let four raters and a platform receive a song: ratings, expected ratings and popularity.

    ``rng`` decides who rates, noise, age and luck. What is not music is rated about 1 and stays
    near the bottom of the platform.
    """
    expected = expected_ratings(truth)
    rating, publishing = rng.spawn(2)
    panel = draw_panel(rating)
    points = np.array([expected[name] for name in AESTHETICS])
    ratings = rate(panel, points, rating, is_music=truth.is_music)
    counts = publish(platform, np.array([appeal(truth, platform)]), publishing)
    streams, likes = percentiles(platform, counts.plays, counts.likes)
    return Reception(
        ratings=ratings,
        expected=expected,
        streams=float(streams[0]),
        likes=float(likes[0]),
        raters=tuple(rater.rater for rater in panel),
        platform=platform.name,
        age_days=int(counts.age_days[0]),
        exposure=int(counts.exposure[0]),
        plays=int(counts.plays[0]),
        like_count=int(counts.likes[0]),
    )
