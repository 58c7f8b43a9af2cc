"""From chance, a length and five knobs to a score.

Each stage draws from its own generator, so turning one knob leaves what the others decided.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.synth.music import dose, sing
from plaudit.synth.music.arrange import CRASH_FROM, Event, arrange, loudness_of, part
from plaudit.synth.music.form import Bar, bars_of, layout, unit_of
from plaudit.synth.music.harmony import chord, progression
from plaudit.synth.music.knob import FAULTS, check_doses, check_knobs, draw_doses
from plaudit.synth.music.notation import METRES, Chord, Metre, Note, Part, Score, Section, TempoMap
from plaudit.synth.music.style import STYLES, Style
from plaudit.synth.sound.singer import VOICES

MIN_S, MAX_S = 10.0, 240.0
_LEAD_IN_S = 0.08
_LEAD_PITCH = 74  # where the middle of a tune lies on the lead instrument, to the nearest octave
_STAGES = ("style", "key", "form", "harmony", "tune", "band", "fills", "words", "singer", "doses")


def compose(
    rng: np.random.Generator,
    duration_s: float,
    knobs: Mapping[str, float] | None = None,
    style: str | Style | None = None,
    doses: Mapping[str, float] | None = None,
    *,
    preference: Mapping[str, float] | None = None,
    instrumental: bool = False,
) -> Score:
    """Compose a song.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance; the same state gives the same score.
    duration_s : float
        Length of the recording in seconds, 10 to 240.
    knobs : mapping, optional
        Aesthetic axis to position in [0, 1]; axes not named are flawless (1).
    style : str or Style, optional
        Name in `plaudit.synth.music.style.STYLES`, or one bent by a prompt or a system's habits;
        drawn when not given.
    doses : mapping, optional
        Fault name to dose in [0, 1], replacing those drawn for the knobs.
    preference : mapping, optional
        Fault name to weight, for a system that fails in some ways more than in others.
    instrumental : bool, default False
        Nobody sings: the lead plays the tune, and faults of the voice do not occur.

    Raises
    ------
    InputError
        A length outside 10 to 240 s, an unknown style, knob or fault, a position outside [0, 1].
    """
    if not MIN_S <= duration_s <= MAX_S:
        raise InputError(
            f"Expected a song of {MIN_S:g} to {MAX_S:g} s, got {duration_s} s; choose a length "
            "within it."
        )
    if isinstance(style, str) and style not in STYLES:
        raise InputError(f"There is no style '{style}'; {nearest(style, STYLES)}")
    full = check_knobs(knobs)
    names = (*_STAGES, *(f.name for f in FAULTS))
    chance = dict(zip(names, rng.spawn(len(names)), strict=True))

    catalogue = list(STYLES.values())
    drawn = catalogue[int(chance["style"].integers(len(catalogue)))]
    chosen = STYLES[style] if isinstance(style, str) else style or drawn
    metre = METRES[chosen.metre]
    doses = {**draw_doses(chance["doses"], full, preference), **check_doses(doses)}
    if instrumental:
        doses |= {f.name: 0.0 for f in FAULTS if f.axis == "naturalness"}

    tonic = int(chance["key"].integers(12))
    mode = str(chance["key"].choice(chosen.modes))
    voice = str(chance["key"].choice(chosen.voices))
    ring_s = min(1.5, 0.03 * duration_s + 0.4)
    end_s = duration_s - ring_s
    n_bars, bpm = _bars_and_tempo(chance["form"], chosen, metre, end_s - _LEAD_IN_S)
    steady_s = 60.0 * n_bars * metre.beats / bpm

    unit = unit_of(n_bars)
    sections = layout(chance["form"], n_bars)
    bars = dose.blur_form(bars_of(chance["form"], sections, unit), doses, chance)
    foreign = _foreign_styles(chance["band_change"], chosen)
    bars = dose.break_song(bars, doses, chance, len(foreign))
    if instrumental:
        bars = [replace(bar, sung=False) for bar in bars]
    chords = _chords(
        chance["harmony"], bars, unit=unit, style=chosen, tonic=tonic, mode=mode, metre=metre
    )

    lowest = VOICES[voice].lowest
    register = sing.Register(lowest + (tonic - lowest) % 12, lowest)
    tunes = sing.draw_tunes(chance["tune"], chosen, metre, register)
    line = sing.tune_line(
        bars, chords, tunes, metre, register=register, mode=mode, doses=doses, chance=chance
    )
    styles = {0: chosen, **{k + 1: s for k, s in enumerate(foreign)}}
    events = arrange(bars, chords, styles, metre, chance["fills"])
    # The lead plays the tune where nobody sings, and doubles the hook where it is loudest.
    lift = 12 * round((_LEAD_PITCH - float(np.median([tone.pitch for tone in line]))) / 12)
    events += [
        _played(tone, bars[tone.bar], lift)
        for tone in line
        if not bars[tone.bar].sung
        or (bars[tone.bar].kind == "chorus" and bars[tone.bar].intensity >= CRASH_FROM)
    ]

    tempo = dose.tempo_map(
        bars,
        metre.beats,
        (_LEAD_IN_S, _LEAD_IN_S + steady_s),
        doses["tempo_drift"],
        chance["tempo_drift"],
    )
    tempo = _held(tempo, len(bars) * metre.beats, metre.beats, end_s)
    voiced = [tone for tone in line if bars[tone.bar].sung]
    # The voice goes first, so that its faults do not depend on how much the band plays.
    voice_events = [Event("voice", t.beat, t.beats, t.pitch, 0.5, t.bar) for t in voiced]
    timed = _timed(
        voice_events + events, bars, style=chosen, tempo=tempo, doses=doses, chance=chance
    )
    sung, phrases = sing.perform(
        voiced, timed[: len(voiced)], bars, doses["run_on"], chance["singer"]
    )
    notes = tuple(
        sorted(timed[len(voiced) :], key=lambda note: (note.onset_s, note.part, note.pitch))
    )
    return Score(
        style=chosen.name,
        duration_s=float(duration_s),
        bpm=bpm,
        metre=metre,
        tonic=tonic,
        mode=mode,
        tempo=tempo,
        sections=_sections(sections, bars, tonic, metre, tempo),
        chords=tuple(_shifted(c, bar.shift) for c, bar in zip(chords, bars, strict=True)),
        parts=_parts(chance["band"], styles, {note.part for note in notes}),
        notes=notes,
        sung=sung,
        phrases=phrases,
        voice=voice,
        knobs=full,
        faults=doses,
        instrumental=instrumental,
    )


def _bars_and_tempo(
    rng: np.random.Generator, style: Style, metre: Metre, music_s: float
) -> tuple[int, float]:
    """Draw a tempo and return the whole bars, at least 4, that fit at it, and the tempo.

    Where fewer than 4 bars fit, the tempo is raised. The last chord fills the rest of the time, see
    `_held`.
    """
    bpm = float(rng.uniform(*style.bpm))
    n_bars = max(4, int(music_s * bpm / (60.0 * metre.beats)))
    return n_bars, max(bpm, 60.0 * n_bars * metre.beats / music_s)


def _held(tempo: TempoMap, n_beats: int, per_bar: int, end_s: float) -> TempoMap:
    """Hold the last bar, which is one chord, until ``end_s``."""
    beats, seconds = np.array(tempo.beats), np.array(tempo.seconds)
    start, end = (float(tempo.at(float(beat))) for beat in (n_beats - per_bar, n_beats))
    late = beats > n_beats - per_bar
    seconds[late] = start + (seconds[late] - start) * (end_s - start) / (end - start)
    return TempoMap(tempo.beats, tuple(seconds.tolist()))


def _foreign_styles(rng: np.random.Generator, own: Style) -> list[Style]:
    others = [s for s in STYLES.values() if s.kit != own.kit or s.comps != own.comps]
    picks = rng.choice(len(others), size=2, replace=False)
    return [others[int(k)] for k in picks]


def _chords(
    rng: np.random.Generator,
    bars: list[Bar],
    *,
    unit: int,
    style: Style,
    tonic: int,
    mode: str,
    metre: Metre,
) -> list[Chord]:
    material = {
        kind: progression(rng, style.school, mode, kind, unit)
        for kind in ("verse", "chorus", "bridge")
    }
    chords = []
    for bar in bars:
        degree = 1 if bar.index == len(bars) - 1 else material[bar.kind][bar.place]
        onset = float(bar.index * metre.beats)
        chords.append(
            chord(degree, tonic, mode, sevenths=style.sevenths, span=(onset, float(metre.beats)))
        )
    return chords


def _shifted(home: Chord, shift: int) -> Chord:
    classes = tuple((c + shift) % 12 for c in home.pitch_classes)
    return Chord(home.onset_beat, home.beats, home.degree, (home.root + shift) % 12, classes)


def _played(tone: sing.Line, bar: Bar, lift: int) -> Event:
    """Let the lead instrument play a tone of the tune, whole octaves from where it is sung."""
    pitch = tone.pitch + lift
    level = loudness_of(bar) * (0.5 if bar.sung else 1.0)
    return Event(part(bar, "lead"), tone.beat, tone.beats, pitch, level, bar.index)


def _swung(beats: np.ndarray, swing: float) -> np.ndarray:
    """Delay the off-beats: the first half of each beat takes the share ``swing`` of its time."""
    whole = np.floor(beats)
    rest = beats - whole
    late = np.where(rest < 0.5, rest * 2 * swing, swing + (rest - 0.5) * 2 * (1 - swing))
    return np.asarray(whole + late)


def _timed(
    events: list[Event],
    bars: list[Bar],
    *,
    style: Style,
    tempo: TempoMap,
    doses: Mapping[str, float],
    chance: dose.Chance,
) -> list[Note]:
    """Give events their seconds and final pitches, with the faults of musicality."""
    pitches = dose.spoil_pitches(events, doses, chance)
    beats = np.array([event.beat for event in events])
    lengths = np.array([event.beats for event in events])
    starts = tempo.at(_swung(beats, style.swing))
    ends = tempo.at(_swung(beats + lengths, style.swing))
    late = dose.jitter(len(events), doses["unsteady_beat"], chance["unsteady_beat"])
    notes = []
    for k, event in enumerate(events):
        shift = 0 if event.part.startswith("drums") else bars[event.bar].shift
        notes.append(
            Note(
                event.part,
                event.beat,
                max(float(starts[k] + late[k]), 0.0),
                max(float(ends[k] - starts[k]), 0.04),
                pitches[k] + shift,
                float(np.clip(event.velocity, 0.05, 1.0)),
            )
        )
    return notes


def _sections(
    sections: list[tuple[str, int]], bars: list[Bar], tonic: int, metre: Metre, tempo: TempoMap
) -> tuple[Section, ...]:
    made = []
    start = 0
    for name, count in sections:
        own = bars[start : start + count]
        shifts = [bar.shift for bar in own]
        span = tempo.at(np.array([start, start + count]) * float(metre.beats))
        key = (tonic + max(shifts, key=shifts.count)) % 12
        intensity = float(np.mean([bar.intensity for bar in own]))
        made.append(Section(name, start, count, float(span[0]), float(span[1]), key, intensity))
        start += count
    return tuple(made)


# Loudness of each part relative to the voice, and how far from the middle it sits.
_PLACE = {
    "drums": (-3.5, 0.0),
    "bass": (-5.0, 0.0),
    "chords": (-8.0, 0.35),
    "pad": (-12.0, 0.25),
    "lead": (-4.0, 0.2),
}


def _parts(
    rng: np.random.Generator, styles: Mapping[int, Style], used: set[str]
) -> tuple[Part, ...]:
    """Draw the players of each band; only parts that play are listed."""
    parts = []
    for number, style in styles.items():
        choices = {
            "drums": (style.kit,),
            "bass": style.basses,
            "chords": style.comps,
            "pad": style.pads,
            "lead": style.leads,
        }
        for role, instruments in choices.items():
            level, spread = _PLACE[role]
            instrument = str(rng.choice(instruments))
            pan = float(rng.choice([-1.0, 1.0]) * spread * rng.uniform(0.5, 1.3))
            drawn = Part(
                role if number == 0 else f"{role}/{number}",
                role,
                instrument,
                pan,
                level + float(rng.normal(0, 0.8)),
            )
            if drawn.name in used:
                parts.append(drawn)
    return tuple(parts)
