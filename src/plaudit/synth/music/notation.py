"""A composed song as data: tempo map, sections, chords, notes and the sung line.

The score is made before any sound and is complete: the renderer adds no notes.

Conventions: a *beat* is the pulse (the quarter in 4/4 and 3/4, the dotted quarter in 6/8);
pitches are MIDI numbers and may be fractions (60.5 is a quarter tone above middle C); times are
seconds from the start of the song; velocities lie in [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Metre:
    """How a bar is counted."""

    name: str  #: As printed, such as ``"6/8"``.
    beats: int  #: Beats (pulses) per bar.
    steps: int  #: Grid steps per beat: 4 where a beat is a quarter, 6 where it is a dotted quarter.


METRES: dict[str, Metre] = {
    "4/4": Metre("4/4", 4, 4),
    "3/4": Metre("3/4", 3, 4),
    "6/8": Metre("6/8", 2, 6),
}


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Seconds at each beat: straight lines between the given points."""

    #: Rising positions, of equal length, from the first to beyond the last beat.
    beats: tuple[float, ...]
    seconds: tuple[float, ...]

    def at(self, beat: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return the time in seconds of one beat or of many (fractions allowed)."""
        return np.asarray(np.interp(beat, self.beats, self.seconds), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Chord:
    """One chord: where it stands, its scale degree (1-7), its root and its pitch classes (0-11)."""

    onset_beat: float
    beats: float
    degree: int
    root: int
    pitch_classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form: ``name`` is intro, verse, chorus, bridge or outro; ``tonic`` is 0-11.

    ``intensity`` in [0, 1] is how full the band plays there.
    """

    name: str
    start_bar: int
    bars: int
    start_s: float
    end_s: float
    tonic: int
    intensity: float


@dataclass(frozen=True, slots=True)
class Part:
    """A player: ``instrument`` is a name in `plaudit.synth.sound.instrument` or a kit in `drum`.

    ``role`` is drums, bass, chords, pad or lead; ``pan`` runs from -1 (left) to 1 (right);
    ``level_db`` is the part's loudness in the mix relative to the voice.
    """

    name: str
    role: str
    instrument: str
    pan: float
    level_db: float


@dataclass(frozen=True, slots=True)
class Note:
    """One played note; for drums ``pitch`` is the General MIDI drum number."""

    part: str
    onset_beat: float
    onset_s: float
    duration_s: float
    pitch: float
    velocity: float


@dataclass(frozen=True, slots=True)
class SungNote:
    """One sung syllable: a vowel (a, e, i, o, u) after a consonant ("" is none), in a phrase."""

    onset_beat: float
    onset_s: float
    duration_s: float
    pitch: float
    velocity: float
    vowel: str
    consonant: str
    phrase: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is sung in one breath; ``breath_s`` is the audible intake before it (0 is none)."""

    start_s: float
    end_s: float
    breath_s: float


@dataclass(frozen=True, slots=True)
class Score:
    """Everything about a song but its sound."""

    style: str  #: Name in `plaudit.synth.music.style.STYLES`.
    duration_s: float  #: Length of the recording, with its last ringing.
    #: Beats per minute of an undisturbed performance; the last bar, one chord, is held longer.
    bpm: float
    metre: Metre  #: Counting of the bars.
    #: Key of the song: pitch class 0-11, and a name in `plaudit.synth.music.harmony.MODES`.
    tonic: int
    mode: str
    tempo: TempoMap  #: Beats to seconds, with any drift.
    #: The form, the harmony, the players, what they play, and the sung line.
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    sung: tuple[SungNote, ...]
    phrases: tuple[Phrase, ...]
    voice: str  #: Kind of singer, a name in `plaudit.synth.sound.singer.VOICES`.
    #: Axis to knob position in [0, 1], 1 being flawless.
    knobs: Mapping[str, float] = field(default_factory=dict)
    #: Fault name to dose in [0, 1]; those of the voice's sound are applied by the renderer.
    faults: Mapping[str, float] = field(default_factory=dict)
    #: Nobody sings: no sung notes or phrases, and the lead plays the whole tune.
    instrumental: bool = False
