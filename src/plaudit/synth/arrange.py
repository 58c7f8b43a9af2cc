"""What the band plays: drums, bass, accompaniment, pad and lead, bar by bar.

How full a bar is played follows its intensity, so sections contrast and returning ones return.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from plaudit.synth import groove
from plaudit.synth.form import Bar
from plaudit.synth.harmony import voicing
from plaudit.synth.score import Chord, Metre
from plaudit.synth.style import Style

# A bar this full has drums, bass, pad; from FULL on it is played with the chorus patterns.
DRUMS_FROM, BASS_FROM, PAD_FROM, FULL_FROM, CRASH_FROM = 0.28, 0.36, 0.58, 0.72, 0.8
COMP_LOW, PAD_LOW, BASS_LOW = 53, 60, 33


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

    Parameters
    ----------
    bars : sequence of Bar
        The form, with its intensities.
    chords : sequence of Chord
        Harmony, one chord per bar.
    styles : mapping
        Band number (`Bar.band`) to the style it plays; 0 is the song's own.
    metre : Metre
        Counting of the bars.
    rng : numpy.random.Generator
        Chance of the drum fills.

    Returns
    -------
    list of Event
        Notes of the parts drums, bass, chords and pad; ``"bass/1"`` is the bass of band 1.
    """
    events: list[Event] = []
    fills = rng.spawn(len(bars))
    for bar, chord in zip(bars, chords, strict=True):
        end = bar.index == len(bars) - 1
        following = chords[min(bar.index + 1, len(bars) - 1)]
        style = styles[bar.band]
        events += _drums(bar, chord, style, metre, rng=fills[bar.index], end=end)
        events += _bass(bar, chord, following, style, metre, end=end)
        events += _comp(bar, chord, style, metre, end=end)
        soft = 0.7 * loudness_of(bar)
        if bar.intensity >= PAD_FROM:
            events += [
                Event(part(bar, "pad"), chord.onset_beat, chord.beats, p, soft, bar.index)
                for p in voicing(chord.pitch_classes, PAD_LOW)
            ]
    return events


def part(bar: Bar, name: str) -> str:
    """Return the name of a part in the band that plays this bar."""
    return name if bar.band == 0 else f"{name}/{bar.band}"


def _drums(
    bar: Bar, chord: Chord, style: Style, metre: Metre, *, rng: np.random.Generator, end: bool
) -> list[Event]:
    if bar.intensity < DRUMS_FROM:
        return []
    pattern = groove.GROOVES[style.groove]
    full = bar.intensity >= FULL_FROM
    hits = groove.drum_hits(pattern.full if full else pattern.calm, metre)
    if end:
        hits = [(0.0, groove.KICK, 0.9)]
    elif bar.last:
        fill = groove.fill_hits(rng, metre, full)
        hits = [hit for hit in hits if hit[0] < fill[0][0] or hit[1] == groove.KICK] + fill
    if (bar.first or end) and bar.intensity >= CRASH_FROM:
        hits.append((0.0, groove.CRASH, 0.8))
    level = loudness_of(bar)
    name = part(bar, "drums")
    return [Event(name, chord.onset_beat + b, 0.25, d, v * level, bar.index) for b, d, v in hits]


def _bass(
    bar: Bar, chord: Chord, following: Chord, style: Style, metre: Metre, *, end: bool
) -> list[Event]:
    if bar.intensity < BASS_FROM and not end:
        return []
    wanted = style.bass_patterns[bar.intensity >= FULL_FROM]
    pattern = groove.named(groove.BASS[metre.name], wanted)
    if end:
        pattern = ((0.0, float(metre.beats), 0),)
    root = BASS_LOW + (chord.root - BASS_LOW) % 12
    fifth = (chord.pitch_classes[2] - chord.root) % 12
    target = BASS_LOW + (following.root - BASS_LOW) % 12
    tones = {0: root, 7: root + fifth, 12: root + 12, -5: root + fifth - 12}
    # The approach tone is the chord's third or fifth, whichever lies nearer to the next root.
    third = root + (chord.pitch_classes[1] - chord.root) % 12
    tones[99] = min((third, root + fifth, root), key=lambda p: abs(p - target))
    name, level = part(bar, "bass"), loudness_of(bar)
    return [
        Event(name, chord.onset_beat + b, d, tones[t], level * (1.0 if b == 0 else 0.88), bar.index)
        for b, d, t in pattern
    ]


def _comp(bar: Bar, chord: Chord, style: Style, metre: Metre, *, end: bool) -> list[Event]:
    wanted = style.comp_patterns[bar.intensity >= FULL_FROM]
    pattern = groove.named(groove.COMP[metre.name], wanted)
    if end:
        pattern = ((0.0, float(metre.beats), -1),)
    voices = voicing(chord.pitch_classes, COMP_LOW)
    root = COMP_LOW - 12 + (chord.root - COMP_LOW) % 12
    ladder = [*voices, voices[0] + 12]  # arpeggios reach the octave above a triad
    name, level = part(bar, "chords"), loudness_of(bar)
    events: list[Event] = []
    for beat, beats, which in pattern:
        accent = level * (1.0 if beat % 1 == 0 else 0.85)
        pitches = [root, *voices] if which < 0 else [ladder[min(which, len(ladder) - 1)]]
        events += [
            Event(name, chord.onset_beat + beat, beats, p, accent, bar.index) for p in pitches
        ]
    return events
