"""Doses of the faults that live in the notes; those of the sound are in `render` and `singer`.

Every function takes the same random draws at every dose and lets the dose decide how many of them
take effect, so that a larger dose contains the smaller one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from plaudit.synth.music.arrange import Event
from plaudit.synth.music.form import Bar
from plaudit.synth.music.notation import TempoMap

Chance = Mapping[str, np.random.Generator]
_FOREIGN_SHIFTS = (1, -1, 6, -3, 4, -4)
_MAX_WRONG = 0.4  # share of notes that go wrong at full dose
_MAX_DETUNE = 0.6  # semitones
_MAX_JITTER_S = 0.06  # standard deviation of onsets


def blur_form(bars: Sequence[Bar], doses: Mapping[str, float], chance: Chance) -> list[Bar]:
    """Apply the faults of clarity to the form: dynamics, boundaries, material."""
    levels = np.array([bar.intensity for bar in bars])
    mean = float(levels.mean())
    rng = chance["blurred_boundaries"]
    u = rng.uniform(size=len(bars))
    sections: dict[int, list[Bar]] = {}
    for bar in bars:
        sections.setdefault(bar.section, []).append(bar)
    other = _dealt(list(sections.values()), rng)
    fill = rng.uniform(size=len(bars)) < 0.2
    blurred: list[Bar] = []
    for k, bar in enumerate(bars):
        level, first, last, kind = bar.intensity, bar.first, bar.last, bar.kind
        if u[k] < doses["blurred_boundaries"]:
            level, first, last = float(levels[other[k]]), bool(fill[k]), bool(fill[k])
        level += (mean - level) * doses["flat_dynamics"]
        # The verse's material replaces that of each other section from its end on.
        own = sections[bar.section]
        if own.index(bar) >= round(len(own) * (1.0 - doses["same_sections"])):
            kind = "verse"
        blurred.append(replace(bar, intensity=level, first=first, last=last, kind=kind))
    return blurred


def _dealt(sections: Sequence[Sequence[Bar]], rng: np.random.Generator) -> list[int]:
    """Return for each bar another bar, so that every section gets bars of all sections evenly."""
    place = np.concatenate(
        [(rng.permutation(len(own)) + rng.uniform()) / len(own) for own in sections]
    )
    return [int(index) for index in np.argsort(place)]


def break_song(
    bars: Sequence[Bar], doses: Mapping[str, float], chance: Chance, bands: int
) -> list[Bar]:
    """Apply foreign_key and band_change: whole bars move to another key or another band."""
    shifts = _spans(bars, doses["foreign_key"] * 0.6, chance["foreign_key"], len(_FOREIGN_SHIFTS))
    players = _spans(bars, doses["band_change"] * 0.6, chance["band_change"], bands)
    return [
        replace(bar, shift=_FOREIGN_SHIFTS[s - 1] if s else 0, band=p)
        for bar, s, p in zip(bars, shifts, players, strict=True)
    ]


def _spans(bars: Sequence[Bar], share: float, rng: np.random.Generator, choices: int) -> list[int]:
    """Mark a share of all bars, in runs to section ends, with a choice 1..n (0 is unmarked)."""
    runs: dict[int, list[int]] = {}
    for bar in bars:
        if bar.index >= 2:  # the first two bars stay in the song's own key and band
            runs.setdefault(bar.section, []).append(bar.index)
    order = rng.permutation(list(runs))
    chosen = rng.integers(1, choices + 1, size=len(bars))
    marks = [0] * len(bars)
    left = round(share * len(bars))
    for section in order:
        run = runs[int(section)]
        for index in run[max(len(run) - left, 0) :] if left else []:
            marks[index] = int(chosen[section])
            left -= 1
    return marks


def tempo_map(
    bars: Sequence[Bar],
    beats_per_bar: int,
    span_s: tuple[float, float],
    dose: float,
    rng: np.random.Generator,
) -> TempoMap:
    """Lay the beats out in time; ``dose`` makes the tempo wander and jump, total time kept.

    ``span_s`` holds the times of the first beat and of the end of the last bar; jumps happen where
    sections begin. At a dose of 1 the tempo strays by up to about a third.
    """
    count = len(bars) * beats_per_bar
    section = np.repeat([bar.section for bar in bars], beats_per_bar)
    jumps = rng.normal(0, 0.14, int(section[-1]) + 1)
    jumps[0] = 0.0
    cycles = rng.uniform(1.0, 2.5)
    turn = rng.uniform(0, 2 * np.pi)
    wander = 0.16 * np.sin(2 * np.pi * cycles * np.arange(count) / count + turn)
    length = np.exp(dose * (wander + jumps[section]))
    passed = np.concatenate([[0.0], np.cumsum(length)]) / length.sum()
    seconds = span_s[0] + (span_s[1] - span_s[0]) * passed
    beats = np.arange(count + 1.0)
    # Notes may ring past the last bar, and pick-ups may come before the first.
    last = seconds[-1] + 8 * (seconds[-1] - seconds[-2])
    return TempoMap((*beats.tolist(), count + 8.0), (*seconds.tolist(), float(last)))


def spoil_pitches(
    events: Sequence[Event], doses: Mapping[str, float], chance: Chance
) -> list[float]:
    """Return the events' MIDI pitches with wrong notes, clashing chords and detuning.

    ``doses`` maps a fault to its dose in [0, 1], ``chance`` to its generator. Drums stay as they
    are. Detuning comes in eighths of a semitone, so that equal pitches stay equal sounds.
    """
    count = len(events)
    wrong = chance["wrong_notes"]
    wrong_u, direction = wrong.uniform(size=count), wrong.choice([-1.0, 1.0], size=count)
    clash = chance["clashing_voices"]
    n_bars = 1 + max((event.bar for event in events), default=0)
    clash_u, clash_by = clash.uniform(size=n_bars), clash.choice([-1.0, 1.0, 6.0, 3.0], size=n_bars)
    tune = chance["detuning"]
    names = sorted({event.part for event in events})
    offsets = dict(zip(names, tune.uniform(-1, 1, len(names)), strict=True))
    own = tune.normal(0, 0.35, count)
    pitches: list[float] = []
    for k, event in enumerate(events):
        pitch = event.pitch
        role = event.part.split("/")[0]
        if role != "drums":
            if wrong_u[k] < _MAX_WRONG * doses["wrong_notes"]:
                pitch += direction[k]
            if role in {"chords", "pad"} and clash_u[event.bar] < 0.8 * doses["clashing_voices"]:
                pitch += clash_by[event.bar]
            sour = _MAX_DETUNE * doses["detuning"] * (np.sign(offsets[event.part]) * 0.4 + own[k])
            pitch += round(8 * sour) / 8
        pitches.append(float(pitch))
    return pitches


def jitter(count: int, dose: float, rng: np.random.Generator) -> np.ndarray:
    """Return what an unsteady beat adds to each of ``count`` onsets, in seconds."""
    return rng.normal(0, 1, count).clip(-2.2, 2.2) * _MAX_JITTER_S * dose
