"""The tune through the whole song: what is sung or led, with words, phrases and breaths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from plaudit.synth.music.form import Bar
from plaudit.synth.music.harmony import pitch_of
from plaudit.synth.music.melody import Tune, draw_tune, nearest_chord_step, tune_bar
from plaudit.synth.music.notation import Chord, Metre, Note, Phrase, SungNote
from plaudit.synth.music.style import Style

_VOWELS = ("a", "e", "i", "o", "u")
_CONSONANTS = ("", "", "m", "n", "l", "d", "t", "k", "s", "h", "b", "r")


@dataclass(frozen=True)
class Register:
    """Where a voice lies: the tonic that steps count from, and the lowest pitch (MIDI)."""

    tonic: int
    lowest: int

    def step_at(self, height: int) -> int:
        """Return the diatonic step nearest to ``height`` semitones above the lowest pitch."""
        return round((self.lowest + height - self.tonic) * 7 / 12)


@dataclass(frozen=True)
class Line:
    """One tone of the tune before it has a time; ``phrase`` counts phrases through the song."""

    beat: float
    beats: float
    pitch: float
    bar: int
    phrase: int
    vowel: str
    consonant: str


def draw_tunes(
    rng: np.random.Generator, style: Style, metre: Metre, register: Register
) -> dict[str, Tune]:
    """Invent the song's tunes: the verse low and busy, the chorus high and with longer notes."""
    heights = {"verse": 5, "chorus": 10, "bridge": 8}
    busy = {"verse": style.busy + 0.15, "chorus": style.busy - 0.1, "bridge": 0.2}
    return {
        kind: draw_tune(rng, metre, busy[kind], register.step_at(high))
        for kind, high in heights.items()
    }


def tune_line(
    bars: Sequence[Bar],
    chords: Sequence[Chord],
    tunes: Mapping[str, Tune],
    metre: Metre,
    *,
    register: Register,
    mode: str,
    doses: Mapping[str, float],
    chance: Mapping[str, np.random.Generator],
) -> list[Line]:
    """Write the tune through the song, with the faults of memorability in it.

    ``bars`` and ``chords``, one per bar, are in the home key, and so are the pitches returned, in
    order of time, for sung and unsung bars alike. ``tunes`` maps material (verse, chorus, bridge)
    to a tune. Of ``doses`` (fault to dose) through_composed, flat_tune and shuffled_rhythm are
    read; ``chance`` has generators for these and for "words".
    """
    words = _Words(chance["words"])
    tonic = register.tonic % 12
    fresh_u = chance["through_composed"].uniform(size=len(bars))
    fresh = chance["through_composed"].spawn(len(bars))
    middle = round(float(np.mean([tune.centre for tune in tunes.values()])))
    shuffle_u = chance["shuffled_rhythm"].uniform(size=len(bars))
    shuffles = chance["shuffled_rhythm"].spawn(len(bars))
    line: list[Line] = []
    phrase, phrase_key = -1, (-1, -1)
    turn: dict[str, set[int]] = {}
    invented = tunes[bars[0].kind]
    for bar, chord in zip(bars, chords, strict=True):
        turn.setdefault(bar.kind, set()).add(bar.section)
        key = (bar.section, bar.place // 2)
        if key != phrase_key:
            phrase, phrase_key = phrase + 1, key
            own = fresh[bar.index]
            centre = tunes[bar.kind].centre + int(own.integers(-3, 4))
            invented = draw_tune(own, metre, 0.5, centre)
        used = invented if fresh_u[bar.index] < doses["through_composed"] else tunes[bar.kind]
        tones = tune_bar(used, bar.place, chord, tonic, mode, final=bar.last)
        if shuffle_u[bar.index] < doses["shuffled_rhythm"]:
            tones = _reshuffled(tones, metre, bar.place % 2 == 1, shuffles[bar.index])
        tones = [
            (b, d, flat if b % 1 else nearest_chord_step(flat, chord, tonic, mode))
            for b, d, s in tones
            for flat in [_flattened(s, middle, doses["flat_tune"])]
        ]
        verse = len(turn[bar.kind]) if bar.kind == "verse" else 0
        for number, (beat, beats, step) in enumerate(tones):
            pitch = _in_range(step, register, mode, chord)
            vowel, consonant = words.at((bar.kind, verse, bar.place, number))
            onset = chord.onset_beat + beat
            line.append(Line(onset, beats, pitch, bar.index, phrase, vowel, consonant))
    return line


def perform(
    line: Sequence[Line],
    timed: Sequence[Note],
    bars: Sequence[Bar],
    run_on: float,
    rng: np.random.Generator,
) -> tuple[tuple[SungNote, ...], tuple[Phrase, ...]]:
    """Give the sung line its times, accents and breaths.

    ``line`` holds the tones of the sung bars, ``timed`` the same tones with their seconds and final
    pitches. ``run_on`` is a dose in [0, 1]: how much of each rest between phrases is sung through.
    ``SungNote.phrase`` is the index into the phrases returned.
    """
    numbers = {phrase: n for n, phrase in enumerate(dict.fromkeys(t.phrase for t in line))}
    accents = rng.normal(0, 0.04, len(line))
    breaths = rng.uniform(0.24, 0.42, len(numbers))
    starts = np.maximum.accumulate([note.onset_s for note in timed])
    notes: list[SungNote] = []
    for k, tone in enumerate(line):
        start = float(starts[k])
        end = start + timed[k].duration_s
        last = k + 1 == len(line) or line[k + 1].phrase != tone.phrase
        if k + 1 < len(line):
            gap = float(starts[k + 1]) - end
            if not last and gap < 0.3:
                end = float(starts[k + 1])
            elif gap < 3.0:
                end += max(gap, 0.0) * run_on
        velocity = 0.42 + 0.45 * bars[tone.bar].intensity + accents[k]
        notes.append(
            SungNote(
                tone.beat, start, max(end - start, 0.05), timed[k].pitch,
                float(np.clip(velocity, 0.2, 1.0)), tone.vowel, tone.consonant,
                numbers[tone.phrase],
            )
        )  # fmt: skip
    phrases: list[Phrase] = []
    for number in range(len(numbers)):
        own = [note for note in notes if note.phrase == number]
        start = own[0].onset_s
        room = start - (phrases[-1].end_s if phrases else 0.0)
        breath = min(float(breaths[number]), 0.8 * room) * (1.0 - run_on)
        end = own[-1].onset_s + own[-1].duration_s
        phrases.append(Phrase(start, end, breath if breath > 0.08 else 0.0))
    return tuple(notes), tuple(phrases)


class _Words:
    """Syllables by place in the song: the same words whenever the same line returns."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._known: dict[tuple[str, int, int, int], tuple[str, str]] = {}

    def at(self, place: tuple[str, int, int, int]) -> tuple[str, str]:
        if place not in self._known:
            vowel = _VOWELS[int(self._rng.integers(len(_VOWELS)))]
            self._known[place] = (vowel, _CONSONANTS[int(self._rng.integers(len(_CONSONANTS)))])
        return self._known[place]


def _reshuffled(
    tones: list[tuple[float, float, int]], metre: Metre, close: bool, rng: np.random.Generator
) -> list[tuple[float, float, int]]:
    """Place the same steps at new times in the bar, leaving the rest of a closing bar.

    The first tone in the bar, and any before it, stay: phrases begin when they began.
    """
    led = [tone for tone in tones if tone[0] < 0]
    moved = tones[len(led) :]
    per_beat = 2 if metre.steps == 4 else 3
    span = metre.beats * (0.7 if close else 1.0)
    while round(span * per_beat) < 1.3 * len(moved):
        per_beat *= 2  # rapid tunes need a finer grid to be moved on
    first, usable = round(moved[0][0] * per_beat), round(span * per_beat)
    later = first + 1 + rng.permutation(max(usable - first - 1, len(moved)))[: len(moved) - 1]
    places = np.sort(np.concatenate([[first], later]))
    ends = np.append(places[1:], max(usable, places[-1] + 1))
    return led + [
        (float(a) / per_beat, float(b - a) / per_beat * 0.95, tone[2])
        for a, b, tone in zip(places, ends, moved, strict=True)
    ]


def _flattened(step: int, centre: int, dose: float) -> int:
    return step if dose == 0 else round(centre + (step - centre) * (1.0 - dose))


def _in_range(step: int, register: Register, mode: str, chord: Chord) -> float:
    tonic_pitch, lowest = register.tonic, register.lowest
    pitch = pitch_of(step, tonic_pitch, mode)
    if chord.degree == 5 and mode != "major" and (pitch - tonic_pitch) % 12 == 10:
        pitch += 1  # the leading tone of the dominant
    while pitch < lowest - 1:
        pitch += 12
    while pitch > lowest + 18:
        pitch -= 12
    return float(pitch)
