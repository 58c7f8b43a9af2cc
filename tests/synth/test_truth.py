"""The record of a song's truth: whole, readable, and the same after a round trip."""

import json
from dataclasses import replace

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.settings import read_json
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.prompt import draw_prompt
from plaudit.synth.song import Song, make_song
from plaudit.synth.sound.mixdown import loudness_lufs
from plaudit.synth.truth import SongRecord, record_of


@pytest.fixture(scope="module")
def song() -> Song:
    return make_song(5, 12.0, {"coherence": 0.2, "naturalness": 0.4}, "lofi")


def test_record_survives_a_round_trip(song: Song) -> None:
    record = record_of(song, 5)
    again = read_json(SongRecord, record.text(), "song.json")
    assert again == record
    assert again.text() == record.text()


def test_record_says_what_is_in_the_score(song: Song) -> None:
    record = record_of(song, 5)
    score = song.score
    assert (record.style, record.tonic, record.metre) == ("lofi", score.tonic, score.metre.name)
    assert record.knobs["coherence"] == 0.2
    assert {d.fault: d.dose for d in record.doses} == dict(score.faults)
    assert {d.meaning for d in record.doses} == {f.meaning for f in FAULTS}
    assert len(record.notes) == len(score.notes) == sum(p.notes for p in record.parts)
    assert len(record.sung) == len(score.sung)
    assert len(record.chords) == len(score.chords)
    assert record.loudness_lufs == pytest.approx(loudness_lufs(song.audio), abs=1e-3)
    assert record.peak == pytest.approx(np.abs(song.audio).max(), abs=1e-6)


def test_beats_and_chords_fill_the_form(song: Song) -> None:
    record = record_of(song)
    beats = [b for b in record.beats if b.beat == 0]
    assert [b.bar for b in beats] == list(range(sum(s.bars for s in record.sections)))
    for section in record.sections:
        assert section.start_s == beats[section.start_bar].time_s
    times = [b.time_s for b in record.beats]
    assert times == sorted(times)
    for chord, following in zip(record.chords, record.chords[1:], strict=False):
        assert chord.end_s == following.start_s


def test_an_instrumental_has_no_naturalness() -> None:
    prompt = next(p for s in range(99) if (p := draw_prompt(np.random.default_rng(s), 1.0)))
    record = record_of(make_song(1, 10.0, system="cairn", prompt=prompt), 1)
    assert record.instrumental
    assert record.voice is None
    assert record.knobs["naturalness"] is None
    assert not record.sung
    assert record.prompt is not None
    assert record.prompt.text == prompt.text
    assert set(record.knobs) == set(AESTHETICS)
    assert read_json(SongRecord, record.text(), "song.json") == record


def test_text_is_to_be_read(song: Song) -> None:
    lines = record_of(song, 5).text().splitlines()
    assert lines[0] == '{"schema_version": 1,'
    assert max(map(len, lines)) < 260
    assert sum('"onset_s"' in line for line in lines) == len(song.score.notes) + len(
        song.score.sung
    )


def test_unknown_keys_and_undefined_numbers_are_refused(song: Song) -> None:
    record = json.loads(record_of(song).text())
    with pytest.raises(InputError, match="did you mean 'title'"):
        read_json(SongRecord, json.dumps(record | {"titel": "x"}), "song.json")
    broken = replace(song, score=replace(song.score, bpm=float("nan")))
    with pytest.raises(ValueError, match="not JSON compliant"):
        record_of(broken).text()
