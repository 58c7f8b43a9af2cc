"""Simulated raters: stable people, who agree as well as real ones."""

import numpy as np
import pytest

from plaudit.core.errors import InputError
from plaudit.synth.public.rater import PANEL, POOL, draw_panel, rate, rater_pool


def ratings_of(songs: int, raters: int, seed: int) -> np.ndarray:
    """Ratings (songs, raters) on one axis of songs worth 1.2 to 4.7 points."""
    rng = np.random.default_rng(seed)
    worth = rng.uniform(1.2, 4.7, (songs, 5)).astype(np.float64)
    return np.stack([rate(draw_panel(rng, raters), w, rng)[:, 0] for w in worth])


def test_the_pool_is_the_same_people_at_every_call() -> None:
    pool = rater_pool()
    assert len({rater.rater for rater in pool}) == POOL
    rater_pool.cache_clear()
    assert rater_pool() == pool


def test_a_panel_is_four_different_people_and_all_are_asked_in_time() -> None:
    rng = np.random.default_rng(1)
    panels = [draw_panel(rng) for _ in range(200)]
    assert {len({rater.rater for rater in panel}) for panel in panels} == {PANEL}
    assert len({rater.rater for panel in panels for rater in panel}) == POOL


def test_raters_agree_as_well_as_real_ones() -> None:
    # AES-PAM's music: split-half of five against five .78 to .86 after Spearman and Brown.
    correlations = []
    for seed in range(6):
        ratings = ratings_of(300, 10, seed)
        r = np.corrcoef(ratings[:, :5].mean(1), ratings[:, 5:].mean(1))[0, 1]
        correlations.append(2 * r / (1 + r))
    assert 0.77 < np.mean(correlations) < 0.89


def test_a_strict_rater_is_strict_everywhere() -> None:
    rng = np.random.default_rng(2)
    worth = rng.uniform(2, 4, (400, 5)).astype(np.float64)
    pool = rater_pool()
    given = [np.mean([rater.rate(w, rng) for w in worth]) for rater in pool]
    severity = [rater.severity + np.mean(rater.lean) for rater in pool]
    assert np.corrcoef(severity, given)[0, 1] > 0.97
    assert np.std(given) > 0.2


def test_a_rater_likes_a_song_as_a_whole() -> None:
    rater = rater_pool()[0]
    rng = np.random.default_rng(3)
    ratings = np.stack([rater.rate(np.full(5, 3.0), rng) for _ in range(3000)])
    # The halo: errors on two axes of one song go together.
    assert 0.1 < np.corrcoef(ratings[:, 0], ratings[:, 4])[0, 1] < 0.4


def test_nobody_rates_what_is_undefined_and_nobody_disagrees_on_noise() -> None:
    rng = np.random.default_rng(4)
    worth = np.array([3.0, 3.0, 3.0, 3.0, np.nan])
    ratings = rate(draw_panel(rng), worth, rng)
    assert np.isnan(ratings[:, 4]).all()
    assert np.isfinite(ratings[:, :4]).all()
    noise = np.concatenate(
        [rate(draw_panel(rng), np.full(5, 1.05), rng, is_music=False) for _ in range(50)]
    )
    assert noise.mean() < 1.1


@pytest.mark.parametrize("size", [0, POOL + 1])
def test_a_panel_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(InputError, match="raters"):
        draw_panel(np.random.default_rng(0), size)
