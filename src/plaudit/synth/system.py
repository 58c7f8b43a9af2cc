"""Fourteen invented systems: two for training, eleven for testing, one that misleads judges.

Each has a taste for styles, habits of tempo and band, a sound, traces in that sound, favourite
faults, and a quality. None stands for a real product.

Quality is laid out so that groups of systems cannot be told apart by how good their songs are. On
each axis a system draws its knob u from the density ``1 + tilt * (2 u - 1)`` on [0, 1]: a straight
line, higher at the good end for a positive tilt (mean ``1/2 + tilt/6``). The tilts of a group sum
to zero on every axis, so the pooled knobs of a group are exactly uniform. The tilts of the eleven
are cosines over the order of the systems (one shared by all axes, one for each, all orthogonal);
those of the two are plus and minus the root of the shared cosine's mean square, so that axes are
correlated to the same degree (about .08) in both groups. Fame is a further cosine, orthogonal to
all of them: a system's fame says nothing about how good its songs are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.synth.music.production import PLAIN, Production
from plaudit.synth.music.prompt import Prompt, bend, with_instruments
from plaudit.synth.music.style import STYLES, Style
from plaudit.synth.public.platform import PLATFORMS, Platform

Role = Literal["training", "held-out", "falsification"]
SHARED_TILT, OWN_TILT = 0.7, 0.25  # amplitudes of the cosines; their sum stays below 1


@dataclass(frozen=True)
class System:
    """A system: its styles, its sound and its faults."""

    name: str  #: Made up.
    role: Role  #: What its songs are for.
    summary: str  #: Its most noticeable trait, in a sentence.
    #: Aesthetic axis to the lean of the knob's density, in [-1, 1]; see the module.
    tilt: Mapping[str, float] = field(default_factory=lambda: _even(0.0))
    #: Appeal of the name alone; mean 0 and standard deviation 1 over the eleven.
    fame: float = 0.0
    #: Style to weight; styles not named weigh 1.
    taste: Mapping[str, float] = field(default_factory=dict)
    #: Factors on the lower and upper end of the styles' tempi.
    pace: tuple[float, float] = (1.0, 1.0)
    #: Added to the styles' swing and to how many syllables are sung.
    swing: float = 0.0
    busy: float = 0.0
    #: Instrument or kit that it plays instead of another.
    swaps: Mapping[str, str] = field(default_factory=dict)
    #: Chance in [0, 1] of following each of a prompt's mood, tempo and instruments.
    obedience: float = 0.9
    #: Fault to weight among those of its axis; faults not named weigh 1.
    preference: Mapping[str, float] = field(default_factory=dict)
    production: Production = PLAIN  #: Its sound and the traces in it.
    #: Name in `plaudit.synth.public.platform.PLATFORMS` where its songs are published; None but for
    #: the training systems.
    platform: str | None = None

    def draw_knobs(self, rng: np.random.Generator) -> dict[str, float]:
        """Draw the five knobs of a song, each from the density of its tilt."""
        return {axis: tilted(float(rng.uniform()), self.tilt[axis]) for axis in AESTHETICS}

    def draw_style(self, rng: np.random.Generator) -> Style:
        """Draw a style by taste, and play it the system's way."""
        names = sorted(STYLES)
        weights = np.array([self.taste.get(name, 1.0) for name in names])
        drawn = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        return self.manner(STYLES[drawn])

    def manner(self, style: Style) -> Style:
        """Return a style with the system's habits of tempo, rhythm and band."""
        low, high = style.bpm
        return replace(
            style,
            bpm=(low * self.pace[0], high * self.pace[1]),
            swing=float(np.clip(style.swing + self.swing, 0.5, 0.667)),
            busy=float(np.clip(style.busy + self.busy, 0.0, 1.0)),
            kit=self.swaps.get(style.kit, style.kit),
            basses=self._own(style.basses),
            comps=self._own(style.comps),
            pads=self._own(style.pads),
            leads=self._own(style.leads),
        )

    def _own(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.swaps.get(name, name) for name in names))

    def answer(self, prompt: Prompt, rng: np.random.Generator) -> Style:
        """Return the style in which the system answers a prompt: it may ignore parts of it."""
        own = self.manner(STYLES[prompt.style])
        # Where the system follows the prompt, the prompt wins over habit.
        requested = bend(STYLES[prompt.style], prompt)
        follows = rng.uniform(size=3) < self.obedience
        if follows[0]:
            own = replace(own, modes=requested.modes)
        if follows[1]:
            own = replace(own, bpm=requested.bpm)
        if follows[2]:
            own = with_instruments(own, STYLES[prompt.style], prompt.instruments)
        return own


def tilted(u: float, tilt: float) -> float:
    """Map a uniform number to the density ``1 + tilt * (2 x - 1)`` on [0, 1] (its quantile)."""
    if abs(tilt) < 1e-9:
        return u
    return float((tilt - 1 + np.sqrt((1 - tilt) ** 2 + 4 * tilt * u)) / (2 * tilt))


def open_system(name: str) -> System:
    """Return a system by name.

    Raises
    ------
    InputError
        There is no such system; the message names the nearest.
    """
    if name not in SYSTEMS:
        raise InputError(f"There is no system '{name}'; {nearest(name, SYSTEMS)}")
    return SYSTEMS[name]


def platform_of(name: str) -> Platform:
    """Return the platform on which a training system's songs are published.

    Raises
    ------
    InputError
        The system is unknown, or is not one to train on: nobody published its songs.
    """
    home = open_system(name).platform
    if home is None:
        raise InputError(
            f"Expected a training system ({', '.join(TRAINING)}), got '{name}'; the songs of the"
            " others are only heard in battles."
        )
    return PLATFORMS[home]


def _wave(order: int, place: int) -> float:
    """Return cosine number ``order`` over the eleven: zero mean, mean square 1/2, orthogonal."""
    return float(np.cos(np.pi * order * (place + 0.5) / 11))


def _placed(place: int, system: System) -> System:
    """Give one of the eleven its quality and its fame by its place in the order, 0 the best."""
    tilt = {
        axis: SHARED_TILT * _wave(1, place) + OWN_TILT * _wave(2 + number, place)
        for number, axis in enumerate(AESTHETICS)
    }
    fame = float(np.sqrt(2) * _wave(8, place))
    return replace(system, tilt=tilt, fame=fame)


def _even(tilt: float) -> dict[str, float]:
    return dict.fromkeys(AESTHETICS, tilt)


_TRAINING_TILT = SHARED_TILT * float(np.sqrt(0.5))

# The number is the place in the order of quality, 0 the best.
_CATALOGUE = (
    System(
        "larkspur", "training", "Radio-ready pop in a bright, close room.", _even(_TRAINING_TILT),
        taste={"pop": 2.0, "house": 1.6, "trap": 1.6, "soul": 1.4, "funk": 1.4, "rock": 1.3},
        preference={"wrong_notes": 1.5, "through_composed": 1.5, "robotic_pitch": 1.5},
        production=Production(bright=0.3, level_db={"voice": 1.0}, artefacts={"band_edge": 0.1}),
        platform="feed",
    ),
    System(
        "quillon", "training", "Moody, roomy and a little dull on top.", _even(-_TRAINING_TILT),
        taste={"synthwave": 1.8, "lofi": 1.6, "ballad": 1.6, "cinematic": 1.6, "folk": 1.4},
        pace=(0.97, 0.98), swaps={"piano": "epiano"},
        preference={"detuning": 1.5, "flat_dynamics": 1.5, "run_on": 1.5, "tempo_drift": 1.5},
        production=Production(
            bright=-0.2, reverb_time=1.2, wet=1.25, artefacts={"tilt": 0.3, "hiss": 0.25}
        ),
        platform="archive",
    ),
    _placed(0, System(
        "fathom", "held-out", "Deep bass, long rooms, slow hands.",
        pace=(0.92, 0.95), taste={"reggae": 2.0, "drum_and_bass": 2.0, "lofi": 1.5},
        swaps={"finger_bass": "sub_bass", "upright_bass": "sub_bass"},
        preference={"band_change": 2.0, "clashing_voices": 2.0, "buried_tune": 2.0},
        production=Production(
            bright=-0.4, level_db={"bass": 2.0}, reverb_time=1.3, artefacts={"smear": 0.5}
        ),
    )),
    _placed(1, System(
        "cairn", "held-out", "Acoustic and dry, as if played in a kitchen.",
        taste={"folk": 2.5, "bossa": 2.0, "celtic": 2.0, "country": 1.5},
        swaps={"studio": "brushes", "warm_pad": "strings"},
        preference={"unsteady_beat": 2.0, "flat_tune": 2.0, "glitch": 2.0},
        production=Production(wet=0.35, reverb_time=0.6, spread=1.3, artefacts={"comb": 0.5}),
    )),
    _placed(2, System(
        "juniper", "held-out", "Small voices, wide stereo, treble of glass.",
        taste={"pop": 1.5, "synthwave": 1.5}, busy=0.15,
        preference={"foreign_key": 2.0, "shuffled_rhythm": 2.0, "buzz": 2.0},
        production=Production(
            bright=0.5, tract=1.06, spread=1.6, level_db={"voice": 1.0}, artefacts={"shimmer": 0.45}
        ),
    )),
    _placed(3, System(
        "emberline", "held-out", "Overdriven and forward, everything near the microphone.",
        pace=(1.02, 1.06), taste={"rock": 2.5, "blues": 2.0, "soul": 1.5}, swaps={"piano": "organ"},
        preference={"wrong_notes": 2.0, "same_sections": 2.0, "run_on": 2.0},
        production=Production(
            bright=0.2, level_db={"chords": 2.0, "drums": 1.0}, wet=0.6, artefacts={"glare": 0.8}
        ),
    )),
    _placed(4, System(
        "isobar", "held-out", "Club music through a codec that drops what it cannot afford.",
        taste={"house": 2.5, "techno": 2.5, "trap": 1.5},
        swaps={"studio": "electronic", "dusty": "electronic"},
        preference={"tempo_drift": 2.0, "flat_dynamics": 2.0, "robotic_pitch": 2.0},
        production=Production(level_db={"drums": 2.0, "bass": 1.0}, artefacts={"birdies": 0.7}),
    )),
    _placed(5, System(
        "gossamer", "held-out", "Soft, distant, half of it reverberation.",
        pace=(0.95, 0.97), taste={"ballad": 2.0, "cinematic": 2.0, "lofi": 1.5},
        preference={"detuning": 2.0, "blurred_boundaries": 2.0, "through_composed": 2.0},
        production=Production(
            bright=-0.3, reverb_time=1.5, wet=1.8, level_db={"drums": -2.0}, artefacts={"tilt": 0.5}
        ),
    )),
    _placed(6, System(
        "kestrel", "held-out", "Fast and wordy, with a faint whine above the band.",
        pace=(1.05, 1.12), busy=0.25, taste={"salsa": 2.0, "funk": 2.0},
        preference={"band_change": 2.0, "shuffled_rhythm": 2.0, "glitch": 2.0},
        production=Production(bright=0.3, artefacts={"whine": 0.8}),
    )),
    _placed(7, System(
        "hollowell", "held-out", "Telephone-narrow top, almost mono, large-headed singers.",
        swaps={"bell": "marimba", "pluck_synth": "epiano"}, taste={"doo_wop": 2.5, "waltz": 1.5},
        preference={"clashing_voices": 2.0, "flat_tune": 2.0, "buzz": 2.0},
        production=Production(
            bright=-0.2, tract=0.94, artefacts={"band_edge": 0.75, "narrow": 0.8}
        ),
    )),
    _placed(8, System(
        "dovetail", "held-out", "Lazy swing on everything, brushes even in rock.",
        swing=0.06, taste={"jazz_waltz": 2.0, "blues": 2.0},
        swaps={"studio": "brushes", "synth_bass": "upright_bass"},
        preference={"unsteady_beat": 2.0, "buried_tune": 2.0, "run_on": 2.0},
        production=Production(moving=0.4, level_db={"voice": -1.5}, artefacts={"hiss": 0.7}),
    )),
    _placed(9, System(
        "brontide", "held-out", "Thunderous drums in a hall, treble shaved off.",
        swaps={"brushes": "studio", "dusty": "studio"}, pace=(0.97, 1.0),
        preference={"foreign_key": 2.0, "same_sections": 2.0, "robotic_pitch": 2.0},
        production=Production(
            level_db={"drums": 3.0}, reverb_time=1.4, wet=1.3,
            artefacts={"band_edge": 0.45, "smear": 0.3},
        ),
    )),
    _placed(10, System(
        "aldine", "held-out", "Music-box timbres, thin bass, glass in the cymbals.",
        swaps={"piano": "bell", "nylon_guitar": "harp", "finger_bass": "synth_bass"}, busy=-0.1,
        preference={"tempo_drift": 2.0, "wrong_notes": 2.0, "blurred_boundaries": 2.0},
        production=Production(
            bright=0.4, level_db={"bass": -2.5}, artefacts={"shimmer": 0.3, "comb": 0.3}
        ),
    )),
    # Its sound is the cleanest of all, without artefacts; its knobs are uniform, and all faults are
    # equally likely. A judge that learned "clean sound means good song", or which systems are good,
    # is wrong about it.
    System(
        "lodestar", "falsification", "Flawless, wide and glossy, whatever the song is worth.",
        obedience=1.0,
        production=Production(bright=0.15, spread=1.4, wet=1.1, level_db={"voice": 0.5}),
    ),
)  # fmt: skip

SYSTEMS: dict[str, System] = {system.name: system for system in _CATALOGUE}
TRAINING: tuple[str, ...] = tuple(s.name for s in _CATALOGUE if s.role == "training")
HELD_OUT: tuple[str, ...] = tuple(s.name for s in _CATALOGUE if s.role == "held-out")
TWELFTH: str = next(s.name for s in _CATALOGUE if s.role == "falsification")
