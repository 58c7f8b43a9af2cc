"""Intervals cover what they say on songs they were not fitted to, and the judge gives the same."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AXIS
from plaudit.core.errors import InputError
from plaudit.judging.interval import half_widths, scores_of
from plaudit.judging.warning import doubts
from plaudit.metrics.coverage import coverage
from plaudit.model.card import Card
from plaudit.model.network import SongOutput
from plaudit.reports.look.judge_card import _half_widths
from plaudit.training.calibration import (
    LARGEST_BIAS,
    bounds,
    conformal_quantile,
    fit_bias,
    fit_interval,
)

Floats = NDArray[np.float32]
AXES = ("likes", "clarity")


def planted(n: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Scores, truth, and a spread that knows how hard a song is up to a factor."""
    rng = np.random.default_rng(seed)
    unit = rng.uniform(0.35, 0.65, (n, 2))
    hard = rng.choice([0.02, 0.1], (n, 2))  # half of the songs are five times as hard
    length = np.array([AXIS[a].high - AXIS[a].low for a in AXES])
    low = np.array([AXIS[a].low for a in AXES])
    predicted = low + length * unit
    true = predicted + length * hard * rng.standard_normal((n, 2))
    return (
        predicted.astype(np.float32),
        true.astype(np.float32),
        (3 * length * hard).astype(np.float32),
    )


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("follows", [False, True])
def test_new_songs_are_covered_as_often_as_was_said(level: float, follows: bool) -> None:
    predicted, true, spread = planted(1000, 0)
    interval = fit_interval(predicted, true, AXES, level, spread=spread if follows else None)
    new_predicted, new_true, new_spread = planted(4000, 1)
    low, high = bounds(interval, new_predicted, new_spread, AXES)
    for place in range(2):
        covered = coverage(low[:, place], high[:, place], new_true[:, place])
        assert covered == pytest.approx(level, abs=0.035)


def test_widths_that_follow_the_spread_cover_easy_and_hard_songs_alike() -> None:
    predicted, true, spread = planted(1000, 0)
    new_predicted, new_true, new_spread = planted(4000, 1)
    hard = new_spread[:, 0] > new_spread[:, 0].mean()
    covered, width = {}, {}
    for name, own in (("constant", None), ("spread", spread)):
        interval = fit_interval(predicted, true, AXES, 0.8, spread=own)
        assert interval.scale == name
        low, high = (end[:, 0] for end in bounds(interval, new_predicted, new_spread, AXES))
        truth = new_true[:, 0]
        covered[name] = [coverage(low[s], high[s], truth[s]) for s in (hard, ~hard)]
        width[name] = float((high - low).mean())
    assert covered["spread"] == pytest.approx([0.8, 0.8], abs=0.04)
    assert covered["constant"][0] < 0.7
    assert covered["constant"][1] > 0.95
    assert width["spread"] < width["constant"]


def test_the_quantile_by_hand() -> None:
    errors = np.array([5.0, 1.0, 3.0, 2.0, 4.0, 6.0, 7.0, 9.0, 8.0])
    assert conformal_quantile(errors, 0.8) == 8  # the 8th of 9: ceil(10 x .8)
    assert conformal_quantile(errors, 0.5) == 5
    assert conformal_quantile(errors, 0.95) == np.inf


def test_too_few_songs_give_no_interval_and_unknown_labels_do_not_count() -> None:
    predicted, true, spread = planted(200, 0)
    true[3:, 0] = np.nan
    for own in (None, spread):
        interval = fit_interval(predicted, true, AXES, 0.8, spread=own)
        low, high = bounds(interval, predicted, own, AXES)
        assert np.isnan(low[:, 0]).all()
        assert np.isnan(high[:, 0]).all()
        assert float((high - low)[:, 1].mean()) < 4
        assert "No interval of likes (3 songs): to cover 80% takes 4." in interval.explanation
        out = output(predicted[0], None if own is None else own[0])
        scores = scores_of(interval, AXES, out)
        assert (scores["likes"].low, scores["likes"].high) == (None, None)
        assert scores["clarity"].low is not None
        card = Card.model_construct(interval=interval, familiarity=None)
        (note,) = doubts(card, AXES, out, 30.0)
        assert note.type == "no_interval"
        assert note.message.startswith("No interval of likes: its card says")
        assert "likes" not in _half_widths(interval)
    nothing = fit_interval(predicted[:2], true[:2], AXES, 0.8)
    assert nothing.half_width == {}
    assert nothing.explanation.startswith("No interval of likes (2 songs), clarity (2 songs)")
    assert set(scores_of(nothing, AXES, output(predicted[0], None))) == set(AXES)
    assert _half_widths(nothing) == "No axis has an interval."


@pytest.mark.parametrize(("level", "least"), [(0.8, 4), (0.9, 9), (0.5, 1)])
def test_an_interval_that_is_given_holds_from_the_fewest_songs_on(level: float, least: int) -> None:
    rng = np.random.default_rng(0)
    axis, middle = ("clarity",), np.full((least + 1, 1), 3.0, np.float32)
    held = []
    for _ in range(2000):
        true = (middle + 0.2 * rng.standard_normal(middle.shape)).astype(np.float32)
        assert not fit_interval(middle[: least - 1], true[: least - 1], axis, level).half_width
        interval = fit_interval(middle[:least], true[:least], axis, level)
        low, high = bounds(interval, middle[least:], None, axis)
        held.append(low[0, 0] <= true[least, 0] <= high[0, 0])
    assert np.mean(held) > level - 0.03


def output(value: Floats, spread: Floats | None) -> SongOutput:
    """What a network gives for one song."""
    given = None if spread is None else torch.from_numpy(spread)
    song = torch.from_numpy(value)
    return SongOutput(song, song[None], song, given)


def test_the_judge_gives_the_same_ends() -> None:
    predicted, true, spread = planted(300, 0)
    for own in (None, spread):
        interval = fit_interval(predicted, true, AXES, 0.8, spread=own)
        low, high = bounds(interval, predicted, own, AXES)
        for song in range(5):
            width = half_widths(interval, AXES, torch.from_numpy(spread[song]))
            assert width is not None
            for place, axis in enumerate(AXES):
                value = float(predicted[song, place])
                assert low[song, place] == pytest.approx(max(AXIS[axis].low, value - width[axis]))
                assert high[song, place] == pytest.approx(min(AXIS[axis].high, value + width[axis]))
    with pytest.raises(InputError, match="this network gives none"):
        half_widths(interval, AXES, None)
    assert half_widths(None, AXES, None) is None


def test_a_tiny_spread_counts_as_the_floor() -> None:
    predicted, true, spread = planted(300, 0)
    interval = fit_interval(predicted, true, AXES, 0.8, spread=spread, abstain_above=0.3)
    tiny = half_widths(interval, AXES, torch.tensor([0.0, 0.0]))
    assert tiny is not None
    assert tiny["likes"] == pytest.approx(interval.half_width["likes"])  # 1 % of 100
    assert interval.abstain_above == pytest.approx({"likes": 30, "clarity": 1.2})


def test_only_a_spread_beyond_the_usual_widens() -> None:
    predicted, true, spread = planted(1000, 0)
    interval = fit_interval(predicted, true, AXES, 0.5, spread=spread, usual=0.9)
    for place, axis in enumerate(AXES):
        assert interval.floor[axis] == np.sort(spread[:, place])[900]
        inside = np.abs(predicted - true)[:, place] <= interval.half_width[axis] * np.maximum(
            spread[:, place], interval.floor[axis]
        )
        assert inside.mean() == pytest.approx(0.5, abs=0.002)
    strange = half_widths(interval, AXES, torch.tensor([3.0, 3.0]) * max(interval.floor.values()))
    usual = half_widths(interval, AXES, torch.tensor([0.0, 0.0]))
    assert strange is not None
    assert usual is not None
    assert strange["likes"] == pytest.approx(3 * usual["likes"])
    unknown = fit_interval(
        predicted, np.full_like(true, np.nan), AXES, 0.5, spread=spread, usual=0.9
    )
    assert (unknown.half_width, unknown.floor) == ({}, {})


def moved(predicted: Floats, bias: Floats) -> Floats:
    low = np.array([AXIS[a].low for a in AXES])
    length = np.array([AXIS[a].high - AXIS[a].low for a in AXES])
    share = (predicted - low) / length
    raw = np.log(share / (1 - share)) + bias
    return np.asarray(low + length / (1 + np.exp(-raw)), np.float32)


def test_a_bias_takes_the_mean_error_away_and_keeps_the_order() -> None:
    predicted, true, _ = planted(300, 2)
    wrong = predicted - np.array([12.0, -0.5], np.float32)
    true[::3, 1] = np.nan
    right = moved(wrong, fit_bias(wrong, true, AXES))
    np.testing.assert_allclose(np.nanmean(right - true, axis=0), 0, atol=1e-3)
    assert (np.argsort(right, axis=0) == np.argsort(wrong, axis=0)).all()


def test_a_bias_without_targets_is_none_and_has_a_bound() -> None:
    predicted, true, _ = planted(5, 3)
    true[:, 0], true[:, 1] = np.nan, 5.0
    assert fit_bias(predicted, true, AXES).tolist() == [0.0, LARGEST_BIAS]
