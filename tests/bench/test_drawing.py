"""Pictures of the proving ground: always with the same bytes, of what is heard in the sound."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawing.knob_strip import draw_knobs
from drawing.pitch_track import draw_pitch_track, track_of
from drawing.similarity import changes, draw_similarity, likeness_of, matched_changes
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.song import Song, make_song


@cache
def song(seconds: float = 12.0, **knobs: float) -> Song:
    return make_song(24, seconds, knobs, "pop")


@pytest.mark.parametrize("draw", [draw_similarity, draw_pitch_track])
def test_a_picture_of_the_same_song_has_the_same_bytes(
    draw: Callable[[Song, Path], None], tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        draw(song(), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    draw(song(clarity=0.0, naturalness=0.0), tmp_path / "c.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_a_voice_tracks_its_score() -> None:
    track = track_of(song(20.0).score)
    assert len(track.error_cents) == len(song(20.0).score.sung)
    assert np.nanmedian(np.abs(track.error_cents)) < 15
    with pytest.raises(InputError, match="instrumental"):
        track_of(compose(np.random.default_rng(3), 12.0, instrumental=True))


def test_a_voice_half_a_semitone_higher_is_measured_so() -> None:
    score = song(20.0).score
    sharp = replace(score, sung=tuple(replace(n, pitch=n.pitch + 0.5) for n in score.sung))
    apart = track_of(sharp).pitch - track_of(score).pitch
    assert np.nanmedian(apart) == pytest.approx(0.5, abs=0.05)


def test_likeness_finds_where_two_sounds_meet() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(10 * 44_100) / 44_100
    chord = sum(np.sin(2 * np.pi * hertz * t) for hertz in (220, 277, 330))
    noise = rng.normal(size=t.size)
    sound = np.concatenate([chord, noise, chord, noise]).astype(np.float32) * np.float32(0.1)
    likeness = likeness_of(np.stack([sound, sound]), 44_100)
    np.testing.assert_allclose(likeness.similarity, likeness.similarity.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(likeness.similarity), 1, atol=1e-9)
    np.testing.assert_allclose(likeness.peaks(3), [10, 20, 30], atol=0.8)
    step = likeness.times[1]
    first, second, third = (round(s / step) for s in (5, 15, 25))
    assert likeness.similarity[first, third] > 0.9
    assert likeness.similarity[first, second] < 0.4


def test_sections_are_heard_in_a_clear_song_and_not_in_a_formless_one() -> None:
    hits = {}
    for clarity in (1.0, 0.0):
        made = make_song(7, 75.0, {"clarity": clarity}, "waltz")
        hits[clarity] = matched_changes(made.score, likeness_of(made.audio, made.sample_rate))
        every = len(changes(made.score))
    assert hits[1.0] >= 0.6 * every
    assert hits[0.0] < hits[1.0]


def test_too_short_a_sound_has_no_form() -> None:
    with pytest.raises(InputError, match="at least 8 s"):
        likeness_of(np.zeros((2, 44_100), np.float32), 44_100)


def test_a_knob_strip_has_a_row_for_each_knob(tmp_path: Path) -> None:
    turned = {axis: song(**{axis: 0.0}) for axis in AESTHETICS}
    draw_knobs(song(), turned, tmp_path / "five.png")
    draw_knobs(song(), {"clarity": turned["clarity"]}, tmp_path / "one.png")
    with Image.open(tmp_path / "five.png") as five, Image.open(tmp_path / "one.png") as single:
        assert five.width == single.width == 1440
        assert five.height - single.height == pytest.approx(4 * 2.1 * 150, abs=4)
