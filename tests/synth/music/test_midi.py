"""MIDI files: read back by another program's rules, they say what the score says."""

import io
from typing import Any

import mido
import numpy as np
import pytest

from plaudit.synth.music.channel import DRUM_CHANNEL
from plaudit.synth.music.compose import compose
from plaudit.synth.music.midi import KIT_PROGRAM, PROGRAM, midi_bytes
from plaudit.synth.music.notation import METRES, Score
from plaudit.synth.music.style import STYLES
from plaudit.synth.sound.drum import KITS
from plaudit.synth.sound.instrument import INSTRUMENTS


def written(seed: int, style: str | None = None, duration_s: float = 20.0, **more: Any) -> Score:
    return compose(np.random.default_rng(seed), duration_s, style=style, **more)


class Playback:
    """What a synthesizer would do with the file: sounding notes with their bend and program."""

    def __init__(self, data: bytes) -> None:
        self.file = mido.MidiFile(file=io.BytesIO(data), charset="utf-8")
        self.meta: list[tuple[float, Any]] = []
        self.notes: list[dict[str, float]] = []
        program, bend = [0] * 16, [0] * 16
        sounding: dict[tuple[int, int], list[dict[str, float]]] = {}
        now = 0.0
        for message in self.file:  # iterates over merged tracks in seconds
            now += message.time
            if message.is_meta:
                self.meta.append((now, message))
            elif message.type == "program_change":
                program[message.channel] = message.program
            elif message.type == "pitchwheel":
                held = [n for (c, _), ns in sounding.items() if c == message.channel for n in ns]
                assert not held, "a bend under a sounding note"
                bend[message.channel] = message.pitch
            elif message.type == "note_on" and message.velocity:
                note = {
                    "onset_s": now,
                    "pitch": message.note + bend[message.channel] / 4096,
                    "velocity": message.velocity / 127,
                    "program": program[message.channel],
                    "drum": message.channel == DRUM_CHANNEL,
                }
                sounding.setdefault((message.channel, message.note), []).append(note)
                self.notes.append(note)
            elif message.type in ("note_off", "note_on"):
                note = sounding[message.channel, message.note].pop(0)
                note["duration_s"] = now - note["onset_s"]
        assert not any(sounding.values()), "a note that never ends"
        self.end_s = now

    def of(self, kind: str) -> list[tuple[float, Any]]:
        return [(at, message) for at, message in self.meta if message.type == kind]


def expected(score: Score) -> list[tuple[float, float, int, bool, float]]:
    """Onset, pitch, program, whether a drum, and velocity of everything that sounds."""
    parts = {part.name: part for part in score.parts}
    rows = []
    for note in score.notes:
        part = parts[note.part]
        drum = part.role == "drums"
        octaves = 0 if drum else INSTRUMENTS[part.instrument].octaves
        program = KIT_PROGRAM[part.instrument] if drum else PROGRAM[part.instrument]
        rows.append((note.onset_s, note.pitch + 12 * octaves, program, drum, note.velocity))
    rows += [(note.onset_s, note.pitch, 53, False, note.velocity) for note in score.sung]
    return rows


def assert_same_notes(score: Score, playback: Playback) -> None:
    wanted = expected(score)
    assert len(playback.notes) == len(wanted)
    left = list(playback.notes)
    for onset_s, pitch, program, drum, velocity in wanted:
        match = [
            n
            for n in left
            if abs(n["onset_s"] - onset_s) < 0.001
            and abs(n["pitch"] - pitch) < 0.001
            and n["drum"] == drum
            and n["program"] == program
            and abs(n["velocity"] - velocity) < 0.005
        ]
        assert match, (onset_s, pitch, program, velocity)
        left.remove(match[0])


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_reads_back_note_for_note(style: str) -> None:
    score = written(3, style)
    playback = Playback(midi_bytes(score, "Näme"))
    assert_same_notes(score, playback)
    assert playback.file.type == 1
    assert playback.file.tracks[0].name == "Näme"
    assert [track.name for track in playback.file.tracks[1:]] == [
        "Chords",
        *(["voice"] if score.sung else []),
        *(part.name for part in score.parts),
    ]
    assert playback.end_s == pytest.approx(score.duration_s, abs=0.001)


@pytest.mark.parametrize("seed", range(6))
def test_the_worst_song_reads_back_note_for_note(seed: int) -> None:
    doses = dict.fromkeys(("detuning", "tempo_drift", "band_change", "foreign_key"), 1.0)
    doses |= {"unsteady_beat": 0.7, "wrong_notes": 1.0}
    score = written(seed, doses=doses)
    assert_same_notes(score, Playback(midi_bytes(score)))


@pytest.mark.parametrize("name", sorted(METRES))
def test_beats_stand_on_bar_lines_at_their_seconds(name: str) -> None:
    style = next(style.name for style in STYLES.values() if style.metre == name)
    score = written(5, style, doses={"tempo_drift": 1.0})
    playback = Playback(midi_bytes(score))
    metre = playback.of("time_signature")[-1][1]
    assert f"{metre.numerator}/{metre.denominator}" == name
    assert playback.of("time_signature")[-1][0] == pytest.approx(score.tempo.seconds[0], abs=0.001)
    # A sequencer's bar lines, through the file's own tempi, are the score's downbeats.
    ticks_per_bar = 4 * playback.file.ticks_per_beat * metre.numerator // metre.denominator
    start = round(playback.file.ticks_per_beat / 4)
    bars = sum(section.bars for section in score.sections)
    for bar in range(bars + 1):
        wanted = float(score.tempo.at(float(bar * score.metre.beats)))
        assert seconds_at(playback.file, start + bar * ticks_per_bar) == pytest.approx(
            wanted, abs=0.0005
        )


def seconds_at(file: Any, tick: int) -> float:
    now, at, tempo = 0.0, 0, 500_000
    for message in file.tracks[0]:
        step = min(message.time, tick - at)
        now += mido.tick2second(step, file.ticks_per_beat, tempo)
        at += step
        if at >= tick:
            break
        if message.type == "set_tempo":
            tempo = message.tempo
    return float(now + mido.tick2second(tick - at, file.ticks_per_beat, tempo))


def test_tempo_is_the_songs() -> None:
    score = written(1, "pop")
    (first, lead), (second, beat), (_, held) = Playback(midi_bytes(score)).of("set_tempo")
    assert first == 0
    assert lead.tempo == 320_000  # a sixteenth of 0.08 s before the first beat
    assert second == pytest.approx(score.tempo.seconds[0])
    assert mido.tempo2bpm(beat.tempo) == pytest.approx(score.bpm, rel=1e-5)
    assert mido.tempo2bpm(held.tempo) < score.bpm  # the last chord
    drifting = written(1, "pop", doses={"tempo_drift": 1.0})
    assert len(Playback(midi_bytes(drifting)).of("set_tempo")) > 10


def test_sections_are_markers_and_foreign_keys_are_keys() -> None:
    score = written(9, "pop", 40.0, doses={"foreign_key": 1.0})
    playback = Playback(midi_bytes(score))
    markers = playback.of("marker")
    assert [m.text for _, m in markers] == [s.name for s in score.sections]
    for (at, _), section in zip(markers, score.sections, strict=True):
        assert at == pytest.approx(section.start_s, abs=0.001)
    tonics = [section.tonic for section in score.sections]
    changes = sum(a != b for a, b in zip([score.tonic, *tonics], tonics, strict=False))
    assert len(set(tonics)) > 1
    assert len(playback.of("key_signature")) == 1 + changes


def test_a_syllable_for_every_sung_note() -> None:
    score = written(2, "pop")
    playback = Playback(midi_bytes(score))
    lyrics = playback.of("lyrics")
    assert [m.text.lower() for _, m in lyrics] == [n.consonant + n.vowel for n in score.sung]
    assert sum(m.text[0].isupper() for _, m in lyrics) == len(score.phrases)
    for (at, _), note in zip(lyrics, score.sung, strict=True):
        assert at == pytest.approx(note.onset_s, abs=0.001)


def test_an_instrumental_has_no_voice() -> None:
    score = written(4, "pop", instrumental=True)
    playback = Playback(midi_bytes(score))
    assert not playback.of("lyrics")
    assert "voice" not in [track.name for track in playback.file.tracks]
    assert_same_notes(score, playback)


def test_a_clean_song_needs_one_channel_a_part_and_no_bend() -> None:
    score = written(6, "pop")
    channels = {}
    for track in mido.MidiFile(file=io.BytesIO(midi_bytes(score))).tracks:
        assert not [m for m in track if m.type == "pitchwheel"]
        used = {m.channel for m in track if m.type == "note_on"}
        assert len(used) <= 1
        channels[track.name] = used
    assert channels["drums"] == {9}
    assert sum(map(len, channels.values())) == len(set.union(*channels.values()))


def test_durations_are_kept_unless_the_key_is_struck_again() -> None:
    score = written(8, "ballad")
    playback = Playback(midi_bytes(score))
    sung = [n for n in playback.notes if n["program"] == 53]
    for got, note in zip(sorted(sung, key=lambda n: n["onset_s"]), score.sung, strict=True):
        following = [n.onset_s for n in score.sung if n.onset_s > note.onset_s]
        longest = min([note.duration_s, *(t - note.onset_s for t in following)])
        assert longest - 0.001 <= got["duration_s"] <= note.duration_s + 0.001


def test_same_score_same_bytes() -> None:
    assert midi_bytes(written(1)) == midi_bytes(written(1))
    assert midi_bytes(written(1)) != midi_bytes(written(2))


def test_every_instrument_and_kit_has_a_program() -> None:
    assert set(PROGRAM) >= set(INSTRUMENTS)
    assert set(KIT_PROGRAM) >= set(KITS)
