"""What the band plays: drums, bass, accompaniment, pad and lead, bar by bar.

How full a bar is played follows its intensity, so sections contrast and returning ones return.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from plaudit.synth.music import groove
from plaudit.synth.music.form import Bar
from plaudit.synth.music.harmony import voicing
from plaudit.synth.music.notation import Chord, Metre
from plaudit.synth.music.pattern import (
    ALL,
    APPROACH,
    BASS,
    BOOGIE_5,
    BOOGIE_6,
    COMP,
    FIFTH,
    FIFTH_TURN,
    OCTAVE,
    PAD,
    PAIR,
    POWER,
    ROOT,
    UPPER,
    CompPattern,
    named,
)
from plaudit.synth.music.style import Style

# Intensities from which a bar has drums, bass, backbeat, chorus patterns, and a crash.
_DRUMS_FROM, _BASS_FROM, _BEAT_FROM, _FULL_FROM, CRASH_FROM = 0.28, 0.36, 0.4, 0.72, 0.8
_COMP_LOW, _PAD_LOW, _BASS_LOW, _LICK_LOW = 53, 60, 33, 69
_TOUCH = 0.05  # standard deviation of a good player's loudness from note to note
# How phrases of four bars swell and settle.
_ARC = (0.95, 1.0, 1.06, 1.0)
_BACKBEAT = {groove.SNARE, groove.CLAP, groove.RIM}

# Answers of the lead to a sung phrase: (start, length, tone of the chord), after the singer ends.
_LICKS: dict[str, tuple[CompPattern, ...]] = {
    "4/4": (
        ((3, 0.5, 1), (3.5, 0.5, 2)),
        ((3, 0.25, 0), (3.25, 0.25, 1), (3.5, 0.5, 2)),
        ((3, 0.5, 3), (3.5, 0.25, 2), (3.75, 0.25, 1)),
        ((3, 1, 2),),
    ),
    "3/4": (((2.5, 0.5, 2),), ((2.5, 0.25, 1), (2.75, 0.25, 2)), ((2.25, 0.25, 3), (2.5, 0.5, 2))),
    "6/8": (
        ((1.5, 1 / 6, 1), (5 / 3, 1 / 3, 2)),
        ((5 / 3, 1 / 3, 1),),
        ((1.5, 1 / 6, 3), (5 / 3, 1 / 3, 2)),
    ),
}


class Event(NamedTuple):
    """A note before it has a time: ``beat`` from the start, ``beats`` long, in bar ``bar``."""

    part: str
    beat: float
    beats: float
    pitch: float
    velocity: float
    bar: int


def loudness_of(bar: Bar) -> float:
    """Return the velocity, in [0, 1], at which players play a bar of given intensity."""
    return 0.4 + 0.55 * bar.intensity


def arrange(
    bars: Sequence[Bar],
    chords: Sequence[Chord],
    styles: Mapping[int, Style],
    metre: Metre,
    rng: np.random.Generator,
) -> list[Event]:
    """Write the parts of the whole band but the tune.

    ``styles`` maps the number of a band (`Bar.band`; 0 is the song's own) to the style it plays;
    ``chords`` holds one chord per bar; ``rng`` decides fills, ghost notes, licks and touch. Returns
    the parts drums, bass, chords and pad, and the lead's answers to the singer; ``"bass/1"`` is the
    bass of band 1.
    """
    events: list[Event] = []
    own = rng.spawn(len(bars))
    band = _Band(chords, metre, rng)
    for bar, chord in zip(bars, chords, strict=True):
        last = bar.index == len(bars) - 1
        following = None if last else bars[bar.index + 1]
        style = styles[bar.band]
        band.turn_to(bar)
        beat, touch, chance = own[bar.index].spawn(3)
        played = [
            *_drums(bar, chord, style, metre, rng=beat, end=last),
            *_bass(bar, chord, style, metre, band=band, end=last),
            *_comp(bar, chord, style, metre, band=band, end=last),
            *_pad(bar, chord, style, metre, band=band, end=last),
            *_lick(bar, chord, style, band=band, u=float(chance.uniform())),
        ]
        events += _shaped(played, bar, following, metre, touch=touch, loose=style.loose)
    return events


class _Band:
    """State of the players: the song's chords and tones, its licks, the chord before."""

    def __init__(self, chords: Sequence[Chord], metre: Metre, rng: np.random.Generator) -> None:
        self.chords = chords
        self.scale = {pc for chord in chords for pc in chord.pitch_classes}
        shapes = _LICKS[metre.name]
        picks = rng.spawn(1)[0].integers(len(shapes), size=8)
        self.licks = [shapes[int(k)] for k in picks]
        self._section = -1
        self._voices: dict[str, list[int]] = {}

    def turn_to(self, bar: Bar) -> None:
        """Begin a bar; each section starts from the plain position, so that it can return."""
        if bar.section != self._section:
            self._section, self._voices = bar.section, {}

    def voices(self, name: str, chord: Chord, low: int) -> list[int]:
        """Return the chord in the inversion nearest to what this part played before."""
        self._voices[name] = voicing(chord.pitch_classes, low, self._voices.get(name))
        return self._voices[name]

    def approach(self, bar: Bar, root: int, fifth: int) -> int:
        """Return a tone of the song that leads by step to the next bar's root."""
        following = self.chords[min(bar.index + 1, len(self.chords) - 1)].root
        target = _BASS_LOW + (following - _BASS_LOW) % 12
        if target == root:
            return fifth
        # From the side on which the bass already is, the closest tone first.
        side = 1 if root > target else -1
        for step in (side, 2 * side, -side, -2 * side):
            if (target + step) % 12 in self.scale:
                return target + step
        return root


def _shaped(
    played: Sequence[Event],
    bar: Bar,
    following: Bar | None,
    metre: Metre,
    *,
    touch: np.random.Generator,
    loose: float,
) -> list[Event]:
    """Let a bar swell with its phrase, lead into a louder section, and vary from note to note."""
    arc = _ARC[bar.place % len(_ARC)]
    rise = 0.0
    if bar.last and following is not None:
        rise = 0.35 * max(following.intensity - bar.intensity, 0.0)
    noise = 1 + _TOUCH * loose * touch.standard_normal(len(played)).clip(-2, 2)
    first = bar.index * metre.beats
    return [
        event._replace(
            velocity=float(
                event.velocity * arc * (1 + rise * (event.beat - first) / metre.beats) * noise[k]
            )
        )
        for k, event in enumerate(played)
    ]


def part(bar: Bar, name: str) -> str:
    """Return the name of a part in the band that plays this bar."""
    return name if bar.band == 0 else f"{name}/{bar.band}"


def _drums(
    bar: Bar, chord: Chord, style: Style, metre: Metre, *, rng: np.random.Generator, end: bool
) -> list[Event]:
    if bar.intensity < _DRUMS_FROM:
        return []
    pattern = groove.GROOVES[style.groove]
    full = bar.intensity >= _FULL_FROM
    lines = pattern.full if full else pattern.calm
    if full and bar.place % 2:
        lines = lines | pattern.answer
    hits = groove.drum_hits(lines, metre, rng)
    if bar.intensity < _BEAT_FROM:
        hits = [hit for hit in hits if hit[1] not in _BACKBEAT] or hits
    if end:
        hits = [(0.0, groove.KICK, 0.9)]
    elif bar.last or (bar.place % 4 == 3 and rng.uniform() < 0.35):
        fill = groove.fill_hits(rng, metre, full and bar.last, style.fill)
        start = fill[0][0] if fill else float(metre.beats)
        hits = [hit for hit in hits if hit[0] < start or hit[1] == groove.KICK] + fill
    if (bar.first or end) and bar.intensity >= CRASH_FROM:
        hits.append((0.0, groove.CRASH, 0.8))
    level = loudness_of(bar)
    name = part(bar, "drums")
    return [Event(name, chord.onset_beat + b, 0.25, d, v * level, bar.index) for b, d, v in hits]


def _bass(
    bar: Bar, chord: Chord, style: Style, metre: Metre, *, band: _Band, end: bool
) -> list[Event]:
    if bar.intensity < _BASS_FROM and not end:
        return []
    pattern = named(BASS[metre.name], style.bass_patterns[bar.intensity >= _FULL_FROM])
    if end:
        pattern = ((0.0, float(metre.beats), 0),)
    root = _BASS_LOW + (chord.root - _BASS_LOW) % 12
    third, fifth, top = ((chord.pitch_classes[k] - chord.root) % 12 for k in (1, 2, -1))
    tones = {0: root, 3: root + third, 7: root + fifth, 10: root + top, 12: root + 12}
    tones[-5] = root + fifth - 12
    tones[FIFTH_TURN] = tones[-5] if bar.place % 2 else root
    tones[APPROACH] = band.approach(bar, root, root + fifth)
    name, level = part(bar, "bass"), loudness_of(bar)
    return [
        Event(name, chord.onset_beat + b, d, tones[t], level * (1.0 if b == 0 else 0.86), bar.index)
        for b, d, t in pattern
    ]


def _struck(mark: int, voices: Sequence[int], chord: Chord) -> list[int]:
    """Return the pitches of a chord that a mark of a pattern stands for; see `music.pattern`."""
    if mark >= 0:
        ladder = [*voices, voices[0] + 12, voices[1] + 12]  # arpeggios reach beyond the octave
        return [ladder[min(mark, len(ladder) - 1)]]
    root = _COMP_LOW - 12 + (chord.root - _COMP_LOW) % 12
    fifth, top = (root + (chord.pitch_classes[k] - chord.root) % 12 for k in (2, -1))
    return {
        ALL: [root, *voices],
        UPPER: list(voices),
        PAIR: list(voices[-2:]),
        POWER: [root, fifth, root + 12],
        ROOT: [root],
        FIFTH: [fifth - 12 if fifth - 12 >= _COMP_LOW - 15 else fifth],
        BOOGIE_5: [root, fifth],
        BOOGIE_6: [root, top if top != fifth else root + 12],
        OCTAVE: [voices[-1] - 12, voices[-1]],
    }[mark]


def _accent(beat: float, metre: Metre) -> float:
    """Return how loud a place in the bar is: the first beat, the others, what lies between.

    Beats of three parts are heard by accents alone, so these are stronger.
    """
    if beat == 0:
        return 1.0
    compound = metre.steps == 6
    if abs(beat - round(beat)) < 1e-6:
        return 0.96 if compound else 0.93
    return 0.7 if compound else 0.84


def _comp(
    bar: Bar, chord: Chord, style: Style, metre: Metre, *, band: _Band, end: bool
) -> list[Event]:
    pattern = named(COMP[metre.name], style.comp_patterns[bar.intensity >= _FULL_FROM])
    if end:
        pattern = ((0.0, float(metre.beats), ALL),)
    name, level = part(bar, "chords"), loudness_of(bar)
    voices = band.voices(name, chord, _COMP_LOW)
    events: list[Event] = []
    for number, (beat, beats, mark) in enumerate(pattern):
        pitches = _struck(mark, voices, chord)
        # Hands strum down and up in turn.
        order = pitches if number % 2 == 0 else pitches[::-1]
        for k, pitch in enumerate(order):
            onset = chord.onset_beat + beat + k * style.strum
            events.append(Event(name, onset, beats, pitch, level * _accent(beat, metre), bar.index))
    return events


def _pad(
    bar: Bar, chord: Chord, style: Style, metre: Metre, *, band: _Band, end: bool
) -> list[Event]:
    if bar.intensity < style.pad_from:
        return []
    pattern = named(PAD[metre.name], style.pad_patterns[bar.intensity >= _FULL_FROM])
    if end:
        pattern = ((0.0, float(metre.beats), UPPER),)
    name, soft = part(bar, "pad"), 0.7 * loudness_of(bar)
    voices = band.voices(name, chord, _PAD_LOW)
    events: list[Event] = []
    for beat, beats, mark in pattern:
        # A line of single tones is a voice of its own: above the held chord, and louder.
        lift, level = (12, 1.25 * soft) if mark >= 0 else (0, soft)
        events += [
            Event(name, chord.onset_beat + beat, beats, pitch + lift, level, bar.index)
            for pitch in _struck(mark, voices, chord)
        ]
    return events


def _lick(bar: Bar, chord: Chord, style: Style, *, band: _Band, u: float) -> list[Event]:
    """Let the lead answer where the singer breathes; the same answer at the same place."""
    if not bar.sung or bar.place % 2 == 0 or u >= style.licks or bar.intensity < _BEAT_FROM:
        return []
    shape = band.licks[(bar.place // 2 + (4 if bar.kind == "chorus" else 0)) % len(band.licks)]
    ladder = voicing(chord.pitch_classes, _LICK_LOW)
    ladder.append(ladder[0] + 12)
    level = 0.62 * loudness_of(bar)
    return [
        Event(part(bar, "lead"), chord.onset_beat + b, d, ladder[min(t, 3)], level, bar.index)
        for b, d, t in shape
    ]
