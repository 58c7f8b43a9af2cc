"""Charm: the appeal of a song to the simulated public, apart from its quality.

A song may be liked for being fast, full, high or major without being any better made. Charm is
made of traits that can be heard in the sound and read in the score, and not of the five knobs, so
that popularity and preference have a part that aesthetics do not explain. The formula is a made-up
assumption, not a measurement on people::

    raw   = sum over traits of weight * (trait - centre) / spread
    charm = (raw - CENTRE) / SPREAD

=========  =======================================================================
energy     mean intensity of the sections, weighted by their length, in [0, 1]
density    log2 of played and sung notes per second
register   median pitch of the sung line (of the lead's, where nobody sings), MIDI
mode       1 for major, 0 for minor modes
intro      share of the song before the first verse or chorus
chorus     share of the song that is chorus
tempo      minus the distance from 112 bpm in octaves
=========  =======================================================================

``CENTRE`` and ``SPREAD`` make charm's mean 0 and standard deviation 1 over the songs of 30 s that
the eleven held-out systems compose to drawn prompts, with knobs drawn by the system.
"""

from dataclasses import dataclass

import numpy as np

from plaudit.synth.music.notation import Score

_BEST_BPM = 112.0

# Trait to its centre and spread over composed songs, and its weight.
_WEIGHTS: dict[str, tuple[float, float, float]] = {
    "energy": (0.68, 0.065, 0.45),
    "density": (3.83, 0.55, 0.30),
    "sung_register": (60.4, 6.2, 0.45),
    "played_register": (72.2, 2.2, 0.45),
    "mode": (0.44, 0.5, 0.30),
    "intro": (0.10, 0.065, -0.45),
    "chorus": (0.48, 0.09, 0.35),
    "tempo": (-0.46, 0.37, 0.25),
}
_CENTRE, _SPREAD = 0.30, 1.23
WITHIN_PROMPT = 0.83  # standard deviation of charm among songs that answer one prompt


@dataclass(frozen=True)
class Traits:
    """Audible traits of a song besides its quality."""

    energy: float  #: Mean intensity of the sections, weighted by length, in [0, 1].
    density: float  #: Played and sung notes per second.
    register: float  #: Median MIDI pitch of the sung line, or of the lead where nobody sings.
    mode: str  #: Name in `plaudit.synth.music.harmony.MODES`.
    intro: float  #: Share of the song that passes before the first verse or chorus, in [0, 1].
    chorus: float  #: Share of the song that is chorus, in [0, 1].


def traits_of(score: Score) -> Traits:
    """Read the traits from a score."""
    lengths = np.array([section.end_s - section.start_s for section in score.sections])
    share = lengths / lengths.sum()
    tune = [note.pitch for note in score.sung] or [
        note.pitch for note in score.notes if note.part.startswith("lead")
    ]
    names = [section.name for section in score.sections]
    opening = next((k for k, name in enumerate(names) if name in {"verse", "chorus"}), len(names))
    return Traits(
        energy=float(share @ [section.intensity for section in score.sections]),
        density=(len(score.notes) + len(score.sung)) / score.duration_s,
        register=float(np.median(tune)),
        mode=score.mode,
        intro=float(share[:opening].sum()),
        chorus=float(share @ [name == "chorus" for name in names]),
    )


def charm_of(bpm: float, traits: Traits | None, *, instrumental: bool = False) -> float:
    """Return a song's charm: mean 0 and standard deviation 1 over the population of the module."""
    values = {"tempo": -abs(float(np.log2(bpm / _BEST_BPM)))}
    if traits is not None:
        values |= {
            "energy": traits.energy,
            "density": float(np.log2(traits.density)),
            "played_register" if instrumental else "sung_register": traits.register,
            "mode": float(traits.mode == "major"),
            "intro": traits.intro,
            "chorus": traits.chorus,
        }
    raw = 0.0
    for name, value in values.items():
        centre, spread, weight = _WEIGHTS[name]
        raw += weight * (value - centre) / spread
    return (raw - _CENTRE) / _SPREAD
