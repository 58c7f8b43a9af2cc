"""Everything that is true of one composed song, as a record to read and to keep as JSON.

Times are seconds from the start of the recording; bars and beats are counted from 0; pitches are
MIDI numbers, of which fractions are out of tune; knobs and doses lie in [0, 1].
"""

import json
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel

from plaudit.core.settings import Record
from plaudit.synth.music.chord_name import chord_symbol, key_name, key_signature, roman_numeral
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.notation import Score
from plaudit.synth.song import Song
from plaudit.synth.sound.mixdown import loudness_lufs

_SCHEMA_VERSION: Literal[1] = 1


class PromptTruth(Record):
    """The prompt that a song answers, see `plaudit.synth.music.prompt.Prompt`."""

    text: str
    style: str
    mood: str
    tempo: str
    instruments: tuple[str, ...]
    instrumental: bool


class Dose(Record):
    """How much of one fault a song has: 0 none, 1 the worst; ``meaning`` is for listeners."""

    fault: str
    axis: str
    dose: float
    meaning: str


class SectionTruth(Record):
    """A part of the form; ``key`` is where its bars are mostly, ``intensity`` how full it is."""

    name: str
    start_s: float
    end_s: float
    start_bar: int
    bars: int
    tonic: int
    key: str
    intensity: float


class ChordTruth(Record):
    """A chord: ``symbol`` as on a lead sheet, ``numeral`` its function, ``root`` 0-11."""

    start_s: float
    end_s: float
    symbol: str
    numeral: str
    degree: int
    root: int
    pitch_classes: tuple[int, ...]


class BeatTruth(Record):
    """A pulse: ``beat`` 0 is the first of its bar."""

    time_s: float
    bar: int
    beat: int


class PartTruth(Record):
    """A player: instrument, place (-1 left, 1 right), level against the voice, how many notes."""

    part: str
    role: str
    instrument: str
    pan: float
    level_db: float
    notes: int


class PhraseTruth(Record):
    """What is sung in one breath; ``breath_s`` is the audible intake before it (0 is none)."""

    start_s: float
    end_s: float
    breath_s: float


class SungTruth(Record):
    """A sung syllable; ``phrase`` counts the phrases from 0."""

    onset_s: float
    duration_s: float
    pitch: float
    velocity: float
    syllable: str
    phrase: int


class NoteTruth(Record):
    """A played note; ``pitch`` of a drum is its General MIDI number."""

    onset_s: float
    duration_s: float
    part: str
    pitch: float
    velocity: float


class SongRecord(Record):
    """What is true of a song."""

    schema_version: Literal[1] = _SCHEMA_VERSION
    title: str
    seed: int | None  #: Seed of the song, which was made with the settings that stand here.
    system: str | None  #: Name in `plaudit.synth.system.SYSTEMS`; None is the plain composer.
    prompt: PromptTruth | None
    style: str
    tonic: int  #: Pitch class 0-11.
    mode: str  #: Name in `plaudit.synth.music.harmony.MODES`.
    key: str  #: The key in words.
    bpm: float  #: Beats per minute at the start.
    metre: str
    duration_s: float
    sample_rate: int
    loudness_lufs: float  #: Integrated loudness, measured.
    peak: float  #: Highest absolute sample, 1 is full scale.
    instrumental: bool  #: Nobody sings.
    voice: str | None  #: Kind of singer.
    #: Aesthetic axis to position, 1 flawless; naturalness is None where nobody sings.
    knobs: dict[str, float | None]
    doses: tuple[Dose, ...]  #: Every fault of the catalogue, also those at 0.
    #: The song itself, in order of time.
    sections: tuple[SectionTruth, ...]
    chords: tuple[ChordTruth, ...]
    beats: tuple[BeatTruth, ...]
    parts: tuple[PartTruth, ...]
    phrases: tuple[PhraseTruth, ...]
    sung: tuple[SungTruth, ...]
    notes: tuple[NoteTruth, ...]

    def text(self) -> str:
        """Return the record as JSON to be read: one line for each section, chord, beat and note."""
        fields = [
            f"  {json.dumps(name)}: {_lines(getattr(self, name))}"
            for name in type(self).model_fields
            if name != "schema_version"
        ]
        # The first line is how Plaudit's files are recognised, see `plaudit.synth.song_files`.
        return ",\n".join([f'{{"schema_version": {self.schema_version}', *fields]) + "\n}\n"


def _lines(value: object) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        inner = ",\n".join(f"    {_line(item)}" for item in value)
        return f"[\n{inner}\n  ]"
    return _line(value)


def _line(value: object) -> str:
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


def record_of(song: Song, seed: int | None = None) -> SongRecord:
    """Return what is true of a song, and the seed that it was made from.

    Times to a tenth of a millisecond; loudness and peak are measured.
    """
    score = song.score
    counts = [sum(note.part == part.name for note in score.notes) for part in score.parts]
    return SongRecord(
        title=song.title,
        seed=seed,
        system=song.system,
        prompt=PromptTruth(**vars(song.prompt)) if song.prompt else None,
        style=score.style,
        tonic=score.tonic,
        mode=score.mode,
        key=key_name(score.tonic, score.mode),
        bpm=round(score.bpm, 6),
        metre=score.metre.name,
        duration_s=score.duration_s,
        sample_rate=song.sample_rate,
        loudness_lufs=round(loudness_lufs(song.audio), 3),
        peak=round(float(np.abs(song.audio).max()), 6),
        instrumental=score.instrumental,
        voice=None if score.instrumental else score.voice,
        knobs=_known_knobs(score),
        doses=tuple(
            Dose(fault=f.name, axis=f.axis, dose=score.faults.get(f.name, 0.0), meaning=f.meaning)
            for f in FAULTS
        ),
        sections=_sections(score),
        chords=_chords(score),
        beats=_beats(score),
        parts=tuple(
            PartTruth(
                part=part.name,
                role=part.role,
                instrument=part.instrument,
                pan=round(part.pan, 4),
                level_db=round(part.level_db, 3),
                notes=count,
            )
            for part, count in zip(score.parts, counts, strict=True)
        ),
        phrases=tuple(
            PhraseTruth(start_s=_time(p.start_s), end_s=_time(p.end_s), breath_s=_time(p.breath_s))
            for p in score.phrases
        ),
        sung=tuple(
            SungTruth(
                onset_s=_time(n.onset_s),
                duration_s=_time(n.duration_s),
                pitch=n.pitch,
                velocity=round(n.velocity, 4),
                syllable=n.consonant + n.vowel,
                phrase=n.phrase,
            )
            for n in score.sung
        ),
        notes=tuple(
            NoteTruth(
                onset_s=_time(n.onset_s),
                duration_s=_time(n.duration_s),
                part=n.part,
                pitch=n.pitch,
                velocity=round(n.velocity, 4),
            )
            for n in score.notes
        ),
    )


def _known_knobs(score: Score) -> dict[str, float | None]:
    """Return the knobs of a song, None for naturalness where nobody sings."""
    silent = {"naturalness"} if score.instrumental else set()
    return {axis: None if axis in silent else knob for axis, knob in score.knobs.items()}


def _time(seconds: float) -> float:
    return round(float(seconds), 4)


def _sections(score: Score) -> tuple[SectionTruth, ...]:
    return tuple(
        SectionTruth(
            name=s.name,
            start_s=_time(s.start_s),
            end_s=_time(s.end_s),
            start_bar=s.start_bar,
            bars=s.bars,
            tonic=s.tonic,
            key=key_name(s.tonic, score.mode),
            intensity=round(s.intensity, 4),
        )
        for s in score.sections
    )


def _chords(score: Score) -> tuple[ChordTruth, ...]:
    signature = key_signature(score.tonic, score.mode)
    starts = score.tempo.at(np.array([c.onset_beat for c in score.chords]))
    ends = score.tempo.at(np.array([c.onset_beat + c.beats for c in score.chords]))
    return tuple(
        ChordTruth(
            start_s=_time(start),
            end_s=_time(end),
            symbol=chord_symbol(c.root, c.pitch_classes, signature),
            numeral=roman_numeral(c.degree, c.root, c.pitch_classes),
            degree=c.degree,
            root=c.root,
            pitch_classes=c.pitch_classes,
        )
        for c, start, end in zip(score.chords, starts, ends, strict=True)
    )


def _beats(score: Score) -> tuple[BeatTruth, ...]:
    bars = sum(section.bars for section in score.sections)
    count = score.metre.beats
    times: Sequence[float] = score.tempo.at(np.arange(bars * count, dtype=np.float64)).tolist()
    return tuple(
        BeatTruth(time_s=_time(time), bar=k // count, beat=k % count)
        for k, time in enumerate(times)
    )
