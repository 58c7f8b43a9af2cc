"""Five knobs, one per aesthetic axis, and the audible faults they dose.

A knob of 1 is flawless and 0 as bad as it gets. Each axis has several unlike faults; which of them
a song suffers, and in what proportion, is drawn at random, so that an axis is not one artefact.
The meanings follow SongEval (arXiv 2505.10793); the faults are our reading of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest


@dataclass(frozen=True)
class Fault:
    """One fault on an axis, in words that a listener would use.

    ``where`` tells whether it is written into the score's notes or played into the sound.
    """

    name: str
    axis: str
    meaning: str
    where: Literal["notes", "sound"] = "notes"


FAULTS: tuple[Fault, ...] = (
    Fault("foreign_key", "coherence", "Bars jump to a key that has nothing to do with the song."),
    Fault("tempo_drift", "coherence", "The tempo wanders and jumps between sections."),
    Fault("band_change", "coherence", "Other instruments and grooves take over without reason."),
    Fault("wrong_notes", "musicality", "Players and singer hit notes outside the key."),
    Fault("clashing_voices", "musicality", "The accompaniment plays another chord than the tune."),
    Fault("detuning", "musicality", "Parts are out of tune with each other."),
    Fault("unsteady_beat", "musicality", "Onsets stumble around the beat."),
    Fault("through_composed", "memorability", "Phrases are new each time; the hook never returns."),
    Fault("flat_tune", "memorability", "The tune loses its contour and hums around one note."),
    Fault("shuffled_rhythm", "memorability", "The tune's rhythm is another one in every bar."),
    Fault("buried_tune", "memorability", "The tune sinks under the band.", "sound"),
    Fault("flat_dynamics", "clarity", "Every section is equally full and equally loud."),
    Fault("blurred_boundaries", "clarity", "Layers come and go at bars that mean nothing."),
    Fault("same_sections", "clarity", "Chorus and bridge are made of the verse's material."),
    Fault("robotic_pitch", "naturalness", "The voice has no vibrato, glide or drift.", "sound"),
    Fault("run_on", "naturalness", "The singer never breathes; phrases run into each other."),
    Fault("glitch", "naturalness", "The voice stutters, drops out and jumps.", "sound"),
    Fault("buzz", "naturalness", "One frozen, buzzing vowel without air or consonants.", "sound"),
)


def check_knobs(knobs: Mapping[str, float] | None) -> dict[str, float]:
    """Return all five knobs, in [0, 1], in the order of the axes; knobs not named are 1, flawless.

    Raises
    ------
    InputError
        A name is not an aesthetic axis, or a position is outside [0, 1].
    """
    given = dict(knobs or {})
    for name, value in given.items():
        if name not in AESTHETICS:
            raise InputError(f"There is no knob '{name}'; {nearest(name, AESTHETICS)}")
        if not 0.0 <= value <= 1.0:
            raise InputError(f"Expected knob '{name}' in 0 to 1, got {value}; 1 is flawless.")
    return {name: float(given.get(name, 1.0)) for name in AESTHETICS}


def check_doses(doses: Mapping[str, float] | None) -> dict[str, float]:
    """Return the given doses, each a known fault in [0, 1].

    Raises
    ------
    InputError
        A name is not a fault, or a dose is outside [0, 1].
    """
    names = [fault.name for fault in FAULTS]
    for name, dose in (doses or {}).items():
        if name not in names:
            raise InputError(f"There is no fault '{name}'; {nearest(name, names)}")
        if not 0.0 <= dose <= 1.0:
            raise InputError(f"Expected a dose of '{name}' in 0 to 1, got {dose}; 1 is the worst.")
    return dict(doses or {})


def draw_knobs(rng: np.random.Generator, shared: float = 0.35) -> dict[str, float]:
    """Draw knob positions in [0, 1] for a corpus: uniform per axis, with a common part.

    ``shared`` is the share in [0, 1] of each knob that all five have in common: bad songs tend to
    be bad at more than one thing. With 0 the axes are independent.
    """
    common = rng.uniform()
    own = rng.uniform(size=len(AESTHETICS))
    return {
        n: float(shared * common + (1 - shared) * u) for n, u in zip(AESTHETICS, own, strict=True)
    }


def draw_doses(
    rng: np.random.Generator,
    knobs: Mapping[str, float],
    preference: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Choose each axis's faults and how strong each is: fault name to dose in [0, 1].

    A dose is ``(1 - knob) * weight``, and the leading fault of each axis has weight 1. The choice
    does not depend on the knobs' positions: turning a knob changes the dose of the same faults,
    smoothly, and leaves the other axes' faults as they were. ``rng`` is always advanced by the same
    number of draws.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    knobs : mapping
        All five axes, see `check_knobs`.
    preference : mapping, optional
        Fault name to how much it is preferred, 0 or more; faults not named weigh 1. A fault of
        weight 2 leads its axis twice as often as one of weight 1, and is oftener and more strongly
        present where it does not lead; one of weight 0 occurs only where all of its axis have 0.

    Raises
    ------
    InputError
        A preference names no fault, or is negative or not finite.
    """
    preferred = _check_preference(preference)
    doses: dict[str, float] = {}
    for axis in AESTHETICS:
        names = [fault.name for fault in FAULTS if fault.axis == axis]
        # Never quite 0, so that an axis of which no fault is preferred still has a leading one.
        rates = np.array([max(preferred.get(name, 1.0), 1e-9) for name in names])
        # The first of independent exponential clocks leads: chances are proportional to the rates.
        lead = int(np.argmin(rng.exponential(size=len(names)) / rates))
        present = rng.uniform(size=len(names)) < 1.0 - 0.4**rates
        strength = 0.4 + 0.6 * rng.uniform(size=len(names)) ** (1.0 / rates)
        weights = np.where(present, strength, 0.0)
        weights[lead] = 1.0
        for name, weight in zip(names, weights, strict=True):
            doses[name] = float((1.0 - knobs[axis]) * weight)
    return doses


def _check_preference(preference: Mapping[str, float] | None) -> dict[str, float]:
    names = [fault.name for fault in FAULTS]
    for name, weight in (preference or {}).items():
        if name not in names:
            raise InputError(f"There is no fault '{name}'; {nearest(name, names)}")
        if not 0.0 <= weight < np.inf:
            raise InputError(f"Expected a weight of '{name}' of 0 or more, got {weight}.")
    return dict(preference or {})
