"""Simulated platforms: counts with the shapes that were set, percentiles that fill the scale."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plaudit.synth.public.platform import (
    PLATFORMS,
    Platform,
    percentiles,
    population_appeal,
    publish,
)

N = 20_000
ARCHIVE, FEED = PLATFORMS["archive"], PLATFORMS["feed"]
both = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)


def median(platform: Platform, appeal: float = 0.0) -> tuple[float, float, float]:
    """Medians of exposure, plays, and likes per play."""
    got = publish(platform, np.full(N, appeal), np.random.default_rng(1))
    played = got.plays > 0
    share = got.likes[played] / got.plays[played]
    return float(np.median(got.exposure)), float(np.median(got.plays)), float(np.mean(share))


def test_there_are_two_platforms_and_they_differ() -> None:
    assert list(PLATFORMS) == ["archive", "feed"]
    rng = np.random.default_rng(2)
    archive, feed = (publish(p, population_appeal(p, N, rng), rng) for p in PLATFORMS.values())
    assert np.median(archive.plays) > 1000 * np.median(feed.plays)
    assert np.mean(feed.plays == 0) > 0.1 > np.mean(archive.plays == 0)
    assert np.median(archive.age_days) > 10 * np.median(feed.age_days)


@both
def test_likes_are_of_plays_and_plays_of_exposure(platform: Platform) -> None:
    rng = np.random.default_rng(3)
    got = publish(platform, population_appeal(platform, N, rng), rng)
    for counts in (got.age_days, got.exposure, got.plays, got.likes):
        assert counts.dtype == np.int64
    assert (got.likes <= got.plays).all()
    assert (got.plays <= got.exposure).all()
    assert got.likes.min() >= 0


@both
def test_percentiles_are_even_over_the_population(platform: Platform) -> None:
    rng = np.random.default_rng(4)
    got = publish(platform, population_appeal(platform, N, rng), rng)
    for score in percentiles(platform, got.plays, got.likes):
        assert 0 <= score.min() <= score.max() <= 100
        # Mid-ranks keep the middle of the scale whatever the ties.
        assert score.mean() == pytest.approx(50, abs=1)
        for point in (10, 25, 50, 75, 90):
            # Half of a tie's mass lies on either side of its score.
            share = 100 * (np.mean(score < point) + np.mean(score <= point)) / 2
            tie = 100 * np.mean(score == score[np.abs(score - point).argmin()])
            assert abs(share - point) <= 1.2 + tie / 2


def test_an_appealing_song_is_shown_played_and_liked_more() -> None:
    dull, loved = median(FEED, -1), median(FEED, 1)
    assert all(high > low for low, high in zip(dull, loved, strict=True))
    # Editors show a song whatever it is worth.
    assert median(ARCHIVE, -1)[0] == pytest.approx(median(ARCHIVE, 1)[0])
    assert median(ARCHIVE, -1)[1] < median(ARCHIVE, 1)[1]


def test_counts_have_heavy_tails() -> None:
    rng = np.random.default_rng(5)
    for platform, least in ((ARCHIVE, 0.08), (FEED, 0.25)):
        plays = np.sort(publish(platform, population_appeal(platform, N, rng), rng).plays)
        assert plays[-N // 100 :].sum() / plays.sum() > least
        assert plays.mean() > 1.5 * np.median(plays)
        # Hill's estimate of the exponent over the top 5 %: finite mean at most, or close to it.
        top = plays[-N // 20 :].astype(float)
        assert 1 / np.mean(np.log(top / top[0])) < 2.5


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_share_that_is_never_shown_is_as_set(share: float) -> None:
    platform = replace(ARCHIVE, unlisted=share)
    got = publish(platform, np.zeros(N), np.random.default_rng(6))
    slack = 4 * np.sqrt(share * (1 - share) / N)
    assert np.mean(got.plays == 0) == pytest.approx(share, abs=slack + 1e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"exposure": 200.0}, {"exposure_spread": 0.5}, {"tail": 3.0}, {"feedback": 0.0},
        {"play_rate": 0.3}, {"pull": 0.0}, {"like_rate": 0.2}, {"love": 0.0},
        {"like_spread": 0.0}, {"thinning": 0.5}, {"ripening": 2.0}, {"unlisted": 0.5},
        {"growth_days": 400.0}, {"age_scale_days": 20.0}, {"oldest_days": 30.0}, {"taste": {}},
        {"charm": 0.0}, {"quality": 0.0}, {"memorability": 0.0},
    ],
    ids=str,
)  # fmt: skip
def test_every_setting_changes_what_is_counted(change: dict[str, Any]) -> None:
    def counts(platform: Platform) -> tuple[int, int, int]:
        rng = np.random.default_rng(7)
        got = publish(platform, population_appeal(platform, 2000, rng), rng)
        return int(got.age_days.sum()), int(got.plays.sum()), int(got.likes.sum())

    assert counts(replace(FEED, **change)) != counts(FEED)


def test_older_songs_have_been_played_more() -> None:
    got = publish(FEED, np.zeros(N), np.random.default_rng(8))
    young, old = got.plays[got.age_days < 14], got.plays[got.age_days > 120]
    assert np.median(old) > 2 * np.median(young)


def test_percentiles_are_of_the_platform_itself() -> None:
    hundred, five = np.array([100]), np.array([5])
    low = percentiles(ARCHIVE, hundred, five)
    high = percentiles(FEED, hundred, five)
    assert low[0][0] < 5
    assert high[0][0] > 85
    # Ties at zero share the middle of their ranks.
    nothing = percentiles(FEED, np.array([0]), np.array([0]))
    got = publish(
        FEED, population_appeal(FEED, N, np.random.default_rng(9)), np.random.default_rng(9)
    )
    assert nothing[1][0] == pytest.approx(50 * np.mean(got.likes == 0), abs=1)
