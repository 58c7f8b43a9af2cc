"""Pictures of composed songs: drawn whole, always with the same bytes, of what the score says."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib.collections import LineCollection
from PIL import Image

from plaudit.reports.corpus.portrait import draw_song, facts
from plaudit.reports.corpus.roll import DRUMS, draw_chords, draw_roll, drifts, lane_of
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


def test_the_same_song_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_song(song(), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    draw_song(song(clarity=0.0, naturalness=0.0), tmp_path / "c.png")
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
