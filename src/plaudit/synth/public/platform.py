"""Two simulated platforms on which songs are shown, played and liked.

Everything here is an assumption of ours, not a measurement on people; "archive" is shaped after
the counts of 4,237 tracks of the Free Music Archive (FMA: Defferrard et al., 2017, arXiv
1612.01840; metadata CC-BY 4.0), which `bench/studies/platform_shape.py` compares. For a song of
appeal ``a`` (about 0 in the mean, 1 in spread, see `plaudit.synth.public.audience.appeal`) and of
``age`` days::

    age      ~ exponential with mean age_scale_days, cut at oldest_days
    exposure = exposure * exp(exposure_spread * t + feedback * a) * (1 - exp(-age / growth_days))
    plays    ~ Binomial(exposure, min(play_rate * exp(pull * a), .9))
    rate     = like_rate * exp(love * a + like_spread * z + ripening * age / 365)
    likes    ~ Binomial(plays, min(rate * ((plays + 1) / 1000) ** -thinning, .9))

with ``z`` standard normal and ``t`` Student's with ``tail`` degrees of freedom, scaled to variance
1: the lower, the heavier the tail. A share ``unlisted`` is never shown at all. Exposure is rounded
down; plays and likes are whole and never more than what they are drawn from.

The scores ``streams`` and ``likes_score`` are percentiles, 0-100, of the counts among `_POPULATION`
songs of the same platform: the share of them below, plus half the share that ties (mid-rank). The
population has uniform knobs, styles of equal chance and normal charm. Age is not corrected for:
as on a real platform, an old song has had more time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from plaudit.synth.music.style import STYLES

_POPULATION = 20_000
_POPULATION_SEED = 20_240
_MOST_SHOWN = 1e9  # no song is shown more often; keeps the draws within int64

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Platform:
    """A place where songs are published: its public's taste and its counts."""

    #: Its name, and a sentence about it.
    name: str
    summary: str
    #: Weights in the appeal of a song of its standardised charm, mean of the knobs, and
    #: memorability.
    charm: float
    quality: float
    memorability: float
    #: Scale (large: ages are even) and limit of the ages of songs, in days.
    age_scale_days: float
    oldest_days: float
    growth_days: float  #: How long a song takes to find 63 % of its audience, in days.
    unlisted: float  #: Share in [0, 1] of songs that are never shown.
    exposure: float  #: Median number of times that an old song of no special appeal is shown.
    #: Standard deviation of the luck in the logarithm of exposure; degrees of freedom above 2.
    exposure_spread: float
    tail: float
    #: How much appeal raises exposure: 0 where editors choose, above where plays bring plays.
    feedback: float
    #: Share of showings that become plays, and how much appeal raises its logarithm.
    play_rate: float
    pull: float
    #: Likes per play of a song with 1,000 plays; how its logarithm rises with appeal, scatters,
    #: falls with the logarithm of plays (passers-by do not click), and rises per year of age.
    like_rate: float
    love: float
    like_spread: float
    thinning: float
    ripening: float
    #: Style to what it adds to the appeal; styles not named add nothing.
    taste: Mapping[str, float] = field(default_factory=dict, hash=False)


_CATALOGUE = (
    Platform(
        "archive",
        "An old library that editors tend: every song is found in the end, few are forgotten.",
        charm=0.5, quality=0.6, memorability=0.3,
        age_scale_days=20_000, oldest_days=3_042, growth_days=60,
        unlisted=0.0, exposure=53_000, exposure_spread=0.9, tail=6.0, feedback=0.0,
        play_rate=0.18, pull=0.6,
        like_rate=0.0016, love=0.2, like_spread=0.74, thinning=0.22, ripening=0.09,
        taste={
            "folk": 0.35, "celtic": 0.3, "bossa": 0.25, "jazz_waltz": 0.25, "lofi": 0.2,
            "cinematic": 0.2, "blues": 0.15, "waltz": 0.1, "ballad": 0.1, "soul": 0.05,
            "rock": 0.05, "reggae": 0.0, "funk": 0.0, "country": 0.0, "salsa": -0.05,
            "synthwave": -0.05, "doo_wop": -0.1, "techno": -0.15, "pop": -0.2, "trap": -0.25,
            "drum_and_bass": -0.25, "house": -0.3,
        },
    ),
    Platform(
        "feed",
        "A young feed of endless new songs: most are hardly shown, and plays bring plays.",
        charm=0.8, quality=0.35, memorability=0.45,
        age_scale_days=120, oldest_days=540, growth_days=45,
        unlisted=0.1, exposure=80, exposure_spread=1.6, tail=12.0, feedback=0.5,
        play_rate=0.15, pull=0.4,
        like_rate=0.05, love=0.45, like_spread=0.5, thinning=0.05, ripening=0.0,
        taste={
            "pop": 0.4, "house": 0.35, "trap": 0.35, "lofi": 0.2, "synthwave": 0.15,
            "techno": 0.15, "country": 0.1, "rock": 0.1, "drum_and_bass": 0.05, "funk": 0.05,
            "cinematic": 0.05, "soul": 0.0, "salsa": 0.0, "reggae": -0.05, "ballad": -0.1,
            "blues": -0.15, "doo_wop": -0.2, "celtic": -0.25, "folk": -0.3, "waltz": -0.35,
            "bossa": -0.35, "jazz_waltz": -0.4,
        },
    ),
)  # fmt: skip

PLATFORMS: dict[str, Platform] = {platform.name: platform for platform in _CATALOGUE}


@dataclass(frozen=True)
class Publicity:
    """Age and counts of songs on a platform, one entry a song."""

    #: (n,) days since publication, times shown, plays, likes.
    age_days: Counts
    exposure: Counts
    plays: Counts
    likes: Counts


def publish(platform: Platform, appeal: Floats, rng: np.random.Generator) -> Publicity:
    """Publish songs and count; the formula is in the module.

    ``appeal`` (n,) is how much the platform's public likes each song, see
    `plaudit.synth.public.audience.appeal`; ``rng`` decides age, luck and habit.
    """
    n = len(appeal)
    reach = -np.expm1(-platform.oldest_days / platform.age_scale_days)
    age = np.floor(-platform.age_scale_days * np.log1p(-reach * rng.uniform(size=n)))
    luck = rng.standard_t(platform.tail, n) * np.sqrt(1 - 2 / platform.tail)
    grown = np.log(-np.expm1(-(age + 1) / platform.growth_days))
    shown = np.log(platform.exposure) + platform.exposure_spread * luck
    shown = shown + platform.feedback * appeal + grown
    listed = rng.uniform(size=n) >= platform.unlisted
    exposure = np.where(listed, np.exp(np.minimum(shown, np.log(_MOST_SHOWN))), 0).astype(np.int64)
    play_rate = np.minimum(platform.play_rate * np.exp(platform.pull * appeal), 0.9)
    plays = rng.binomial(exposure, play_rate)
    rate = np.log(platform.like_rate) + platform.love * appeal + platform.ripening * age / 365
    rate = rate + platform.like_spread * rng.standard_normal(n)
    rate = rate - platform.thinning * np.log((plays + 1) / 1000)
    likes = rng.binomial(plays, np.minimum(np.exp(rate), 0.9))
    return Publicity(age.astype(np.int64), exposure, plays, likes)


def standardised(values: Floats | float, n: int, alike: float = 0.0) -> Floats:
    """Standardise the mean of ``n`` even knobs in [0, 1] that correlate by ``alike``."""
    return np.asarray((np.asarray(values) - 0.5) / np.sqrt((1 + (n - 1) * alike) / (12 * n)))


def population_appeal(platform: Platform, n: int, rng: np.random.Generator) -> Floats:
    """Draw the appeal of ``n`` songs of a platform's population, see the module."""
    knobs = rng.uniform(size=(n, 5))
    taste = np.array([platform.taste.get(name, 0.0) for name in sorted(STYLES)])
    return np.asarray(
        platform.charm * rng.standard_normal(n)
        + platform.quality * standardised(knobs.mean(1), 5)
        + platform.memorability * standardised(knobs[:, 0], 1)
        + rng.choice(taste, n)
    )


def percentiles(platform: Platform, plays: Counts, likes: Counts) -> tuple[Floats, Floats]:
    """Return the percentiles, 0-100, of plays and of likes (n,) in the platform's population.

    Ties share the middle of their ranks.
    """
    known_plays, known_likes = _population(platform)
    return _midrank(plays, known_plays), _midrank(likes, known_likes)


def _midrank(values: Counts, known: Counts) -> Floats:
    below = np.searchsorted(known, values, "left")
    upto = np.searchsorted(known, values, "right")
    return np.asarray(50.0 * (below + upto) / len(known), dtype=np.float64)


@cache
def _population(platform: Platform) -> tuple[Counts, Counts]:
    """Return the sorted plays and likes of the songs that fill a platform."""
    rng = np.random.default_rng(_POPULATION_SEED)
    known = publish(platform, population_appeal(platform, _POPULATION, rng), rng)
    return np.sort(known.plays), np.sort(known.likes)
