"""Pictures of composed songs: drawn whole, always with the same bytes, of what the score says."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from PIL import Image

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.reports.corpus.knob_strip import draw_knobs
from plaudit.reports.corpus.pitch_track import draw_pitch_track, track_of
from plaudit.reports.corpus.portrait import draw_song, facts
from plaudit.reports.corpus.roll import DRUMS, draw_chords, draw_roll, drifts, lane_of
from plaudit.reports.corpus.similarity import changes, draw_similarity, found_changes, likeness_of
from plaudit.reports.look.canvas import sheet
from plaudit.synth.music.prompt import Prompt
from plaudit.synth.song import Song, make_song


@cache
def song(seconds: float = 12.0, **knobs: float) -> Song:
    return make_song(24, seconds, knobs, "pop")


@cache
def instrumental() -> Song:
    prompt = Prompt("Slow $folk$ tune_with_ harp", "folk", "tender", "slow", ("harp",), True)
    return make_song(3, 12.0, prompt=prompt, system="cairn")


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        assert image.info.keys() <= {"dpi"}
        return image.size


@pytest.mark.parametrize("draw", [draw_song, draw_similarity, draw_pitch_track])
def test_the_same_song_has_the_same_bytes(
    draw: Callable[[Song, Path], None], tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        draw(song(), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    draw(song(clarity=0.0, naturalness=0.0), tmp_path / "c.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.png", "b.png", "c.png"]


def test_a_portrait_is_wide_and_grows_with_what_there_is_to_say(tmp_path: Path) -> None:
    draw_song(song(), tmp_path / "clean.png")
    wide, tall = size_of(tmp_path / "clean.png")
    assert wide == 1440
    score = song().score
    bent = replace(score, tempo=replace(score.tempo, seconds=_bent(score.tempo.seconds)))
    assert drifts(bent)
    assert not drifts(score)
    draw_song(replace(song(), score=bent), tmp_path / "drift.png")
    assert size_of(tmp_path / "drift.png")[1] > tall


def _bent(seconds: tuple[float, ...]) -> tuple[float, ...]:
    at = np.array(seconds)
    return tuple((at + 0.03 * np.sin(at) * at).tolist())


def test_nobody_sings_in_an_instrumental(tmp_path: Path) -> None:
    assert instrumental().score.instrumental
    draw_song(instrumental(), tmp_path / "a.png")
    for shown, voices in ((instrumental(), False), (song(), True)):
        with sheet(6, 3) as figure:
            axes = figure.add_subplot()
            draw_roll(axes, shown.score)
            lines = [kind for kind in axes.collections if isinstance(kind, LineCollection)]
            assert any(kind.get_paths() for kind in lines) == voices
    assert facts(instrumental()).endswith("instrumental")
    assert "system cairn" in facts(instrumental())


def test_the_roll_holds_every_note() -> None:
    score = song().score
    with sheet(6, 3) as figure:
        axes = figure.add_subplot()
        draw_roll(axes, score)
        boxes = sum(len(kind.get_paths()) for kind in axes.collections)
        drums = sum(note.part.startswith("drums") for note in score.notes)
        joints = sum(a.phrase == b.phrase for a, b in zip(score.sung, score.sung[1:], strict=False))
        assert boxes == len(score.notes) - drums + 2 * len(score.sung) + joints


def test_chords_are_written_where_they_change() -> None:
    score = song(30.0).score
    with sheet(30, 1) as figure:
        axes = figure.add_subplot()
        draw_chords(axes, score, 30)
        names = [text.get_text() for text in axes.texts]
    roots = {chord.root for chord in score.chords}
    assert len(names) >= len(roots)
    assert all(name[0] in "ABCDEFG" for name in names)


def test_every_drum_has_a_lane() -> None:
    assert lane_of(36) == "kick"
    assert lane_of(42) == "hats"
    assert lane_of(56) == lane_of(127) == "percussion"
    numbers = [number for lane in DRUMS.values() for number in lane]
    assert len(numbers) == len(set(numbers))


def test_a_voice_tracks_its_score() -> None:
    track = track_of(song(20.0).score)
    assert len(track.error_cents) == len(song(20.0).score.sung)
    assert np.nanmedian(np.abs(track.error_cents)) < 15
    with pytest.raises(InputError, match="instrumental"):
        track_of(instrumental().score)


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
    found = likeness_of(np.stack([sound, sound]), 44_100)
    np.testing.assert_allclose(found.similarity, found.similarity.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(found.similarity), 1, atol=1e-9)
    np.testing.assert_allclose(found.peaks(3), [10, 20, 30], atol=0.8)
    step = found.times[1]
    first, second, third = (round(s / step) for s in (5, 15, 25))
    assert found.similarity[first, third] > 0.9
    assert found.similarity[first, second] < 0.4


def test_sections_are_heard_in_a_clear_song_and_not_in_a_formless_one() -> None:
    hits = {}
    for clarity in (1.0, 0.0):
        made = make_song(7, 75.0, {"clarity": clarity}, "waltz")
        hits[clarity] = found_changes(made.score, likeness_of(made.audio, made.sample_rate))
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
    five, one = size_of(tmp_path / "five.png"), size_of(tmp_path / "one.png")
    assert five[0] == one[0] == 1440
    assert five[1] - one[1] == pytest.approx(4 * 2.1 * 150, abs=4)
