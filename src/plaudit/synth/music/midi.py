"""A score as a Standard MIDI File, to open in a notation program or a sequencer.

Type 1, 1920 ticks per quarter. The first track is the conductor: tempi, metre, keys, and the
sections as markers; then the chords as text, the sung line with its syllables as lyrics (a capital
begins a phrase), and a track per part with a General MIDI program. Drums are on channel 10.

Conventions: second 0 is tick 0. The time before the first beat is a bar of one sixteenth, so that
bar lines fall on beats. Each beat lasts as long as in the score's tempo map; where the rounding of
tempi to whole microseconds would add up to more than 0.1 ms, the next tempo makes up for it. Notes
sit at their seconds, not on the grid. Pitches are what sounds (an instrument that plays an octave
above what is written is written where it sounds); fractions of a semitone are pitch bend, within
the usual range of two semitones. As a bend holds for a whole channel, notes of one part that sound
together with unlike bends are sent on channels of their own.
"""

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from plaudit.synth.music.channel import META, Desk, Event, Player, Tone, Track
from plaudit.synth.music.chord_name import chord_symbol, key_name, key_signature
from plaudit.synth.music.notation import Metre, Note, Score, SungNote, TempoMap
from plaudit.synth.sound.instrument import INSTRUMENTS

_TICKS = 1920  # per quarter note
_MOST_TEMPO_ERROR_S = 0.0001
_BEND_PER_SEMITONE = 4096
_VOICE_PROGRAM = 53  # "Voice Oohs"
_GUIDE_VOLUME = 100  # of the voice; others stand around it

# General MIDI programs, counted from 0.
PROGRAM: dict[str, int] = {
    "piano": 0, "epiano": 4, "clavinet": 7, "music_box": 10, "vibraphone": 11, "marimba": 12,
    "bell": 14, "organ": 16, "accordion": 21, "nylon_guitar": 24, "steel_guitar": 25,
    "slide_guitar": 26, "muted_guitar": 28, "overdrive": 29, "upright_bass": 32,
    "finger_bass": 33, "slap_bass": 36, "synth_bass": 38, "sub_bass": 39, "reese_bass": 39,
    "bass_808": 39, "cello": 42, "harp": 46, "strings": 48, "choir": 52, "stab": 55, "brass": 61,
    "sax": 66, "clarinet": 71, "flute": 73, "square_lead": 80, "saw_lead": 81, "pluck_synth": 84,
    "warm_pad": 89, "banjo": 105, "fiddle": 110,
}  # fmt: skip
# Sets of General MIDI level 2 and GS.
KIT_PROGRAM: dict[str, int] = {
    "studio": 0, "electronic": 24, "brushes": 40, "dusty": 32,
    "club": 24, "trap": 25, "breaks": 8, "tight": 16, "percussion": 8, "hall": 48,
}  # fmt: skip


def midi_bytes(score: Score, title: str = "") -> bytes:
    """Write a score as a Standard MIDI File."""
    import mido

    clock = _Clock(score.tempo, score.metre)
    tracks = [
        _conductor(score, clock, title),
        Track("Chords", [_chord(score, clock, k) for k in range(len(score.chords))]),
    ]
    tracks += _played(score, clock)
    end = clock.tick(score.duration_s)
    file = mido.MidiFile(type=1, ticks_per_beat=_TICKS, charset="utf-8")
    file.tracks = [_written(track, end) for track in tracks]
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _written(track: Track, end: int) -> Any:
    import mido

    made = mido.MidiTrack()
    made.append(mido.MetaMessage("track_name", name=track.name, time=0))
    at = 0
    for event in sorted(track.events):  # stable: equals stay in the order they were written
        kind = mido.MetaMessage if event.is_meta else mido.Message
        made.append(kind(event.kind, time=event.tick - at, **event.values))
        at = event.tick
    made.append(mido.MetaMessage("end_of_track", time=max(end - at, 0)))
    return made


class _Clock:
    """Beats and seconds to ticks, through tempi of whole microseconds per quarter."""

    def __init__(self, tempo: TempoMap, metre: Metre) -> None:
        self.ticks_per_beat = _TICKS * metre.steps // 4
        self.lead_in = _TICKS // 4 if tempo.seconds[0] > 0 else 0  # ticks before the first beat
        self._first = tempo.beats[0]
        ticks = [self.at_beat(beat) for beat in tempo.beats]
        points = list(zip(ticks, tempo.seconds, strict=True))
        if self.lead_in:
            points.insert(0, (0, 0.0))
        self.tempi: list[tuple[int, int]] = []  # (tick, microseconds per quarter)
        self._ticks, self._seconds = [points[0][0]], [points[0][1]]
        current = 0
        for (start, _), (stop, until) in pairwise(points):
            reached = self._seconds[-1]
            quarters = (stop - start) / _TICKS
            if not current or abs(reached + quarters * current / 1e6 - until) > _MOST_TEMPO_ERROR_S:
                current = max(round((until - reached) / quarters * 1e6), 1)
                self.tempi.append((start, current))
            self._ticks.append(stop)
            self._seconds.append(reached + quarters * current / 1e6)

    def at_beat(self, beat: float) -> int:
        """Return the tick of a beat."""
        return self.lead_in + round((beat - self._first) * self.ticks_per_beat)

    def tick(self, seconds: float) -> int:
        """Return the tick nearest to a time in seconds."""
        last, before = self._seconds[-1], self._seconds[-2]
        if seconds > last:
            pace = (self._ticks[-1] - self._ticks[-2]) / (last - before)
            return self._ticks[-1] + round((seconds - last) * pace)
        return round(float(np.interp(seconds, self._seconds, self._ticks)))


def _conductor(score: Score, clock: _Clock, title: str) -> Track:
    key = key_name(score.tonic, score.mode)
    summary = f"{score.style}, {key}, {score.metre.name}, {score.bpm:.1f} BPM; composed by Plaudit"
    over, under = map(int, score.metre.name.split("/"))
    click = round(24 * score.metre.steps / 4)
    events = [Event(0, META, "text", {"text": summary})]
    events += [Event(tick, META, "set_tempo", {"tempo": us}) for tick, us in clock.tempi]
    metres = [(clock.lead_in, over, under)]
    if clock.lead_in:
        metres.insert(0, (0, 1, 16))
    events += [
        Event(
            tick,
            META,
            "time_signature",
            {"numerator": n, "denominator": d, "clocks_per_click": click},
        )
        for tick, n, d in metres
    ]
    signature = key_signature(score.tonic, score.mode)
    events.append(Event(0, META, "key_signature", {"key": signature}))
    for section in score.sections:
        tick = clock.at_beat(float(section.start_bar * score.metre.beats))
        new_signature = key_signature(section.tonic, score.mode)
        if new_signature != signature:
            events.append(Event(tick, META, "key_signature", {"key": new_signature}))
            signature = new_signature
        events.append(Event(tick, META, "marker", {"text": section.name}))
    return Track(title or "Plaudit", events)


def _chord(score: Score, clock: _Clock, index: int) -> Event:
    chord = score.chords[index]
    home = key_signature(score.tonic, score.mode)
    text = chord_symbol(chord.root, chord.pitch_classes, home)
    return Event(clock.at_beat(chord.onset_beat), META, "text", {"text": text})


def _played(score: Score, clock: _Clock) -> list[Track]:
    """Return the tracks of the singer, who has the first channel, and of the parts."""
    players: list[Player] = []
    sounds: list[tuple[Sequence[Note | SungNote], int]] = []
    if score.sung:
        players.append(Player("voice", score.voice, _VOICE_PROGRAM, _GUIDE_VOLUME, 64))
        sounds.append((score.sung, 0))
    for part in score.parts:
        drums = part.role == "drums"
        program = KIT_PROGRAM[part.instrument] if drums else PROGRAM[part.instrument]
        # General MIDI: a volume of v is 40 log10(v / 127) dB.
        volume = int(np.clip(round(_GUIDE_VOLUME * 10 ** (part.level_db / 40)), 1, 127))
        pan = int(np.clip(round(64 + 63 * part.pan), 0, 127))
        players.append(Player(part.name, part.instrument, program, volume, pan, drums))
        octaves = 0 if drums else INSTRUMENTS[part.instrument].octaves
        sounds.append(([n for n in score.notes if n.part == part.name], octaves))
    tones = [
        _tone(note, octaves, clock, player)
        for player, (notes, octaves) in enumerate(sounds)
        for note in notes
    ]
    tones.sort(key=lambda tone: (tone.start, tone.player, tone.key))
    tracks = [Track(p.name, [_instrument(p)]) for p in players]
    desk = Desk(players, tracks)
    for tone in tones:
        desk.play(tone)
    desk.close()
    for note in score.sung:
        text = note.consonant + note.vowel
        first = any(abs(note.onset_s - p.start_s) < 1e-9 for p in score.phrases)
        lyric = {"text": text.capitalize() if first else text}
        tracks[0].events.append(Event(clock.tick(note.onset_s), META, "lyrics", lyric))
    return tracks


def _instrument(player: Player) -> Event:
    return Event(0, META, "instrument_name", {"name": player.instrument})


def _tone(note: Note | SungNote, octaves: int, clock: _Clock, player: int) -> Tone:
    key = round(note.pitch)
    bend = round((note.pitch - key) * _BEND_PER_SEMITONE)
    start = clock.tick(note.onset_s)
    stop = max(clock.tick(note.onset_s + note.duration_s), start + 1)
    velocity = int(np.clip(round(127 * note.velocity), 1, 127))
    return Tone(start, stop, int(np.clip(key + 12 * octaves, 0, 127)), bend, velocity, player)
