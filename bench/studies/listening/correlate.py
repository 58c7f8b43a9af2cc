"""What each fault moves: the catalogue of correlates, and one measure per axis made of them.

A correlate is an independent, simple measure that a fault should move, in one direction, the more
the stronger its dose. `CORRELATES` has one for every fault of `plaudit.synth.music.knob.FAULTS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from listening import fault_measure
from listening.hearing import Hearing
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.synth.music.knob import FAULTS


@dataclass(frozen=True)
class Correlate:
    """A measure that one fault moves.

    Parameters
    ----------
    fault : str
        Name in `plaudit.synth.music.knob.FAULTS`.
    name : str
        What is measured, in a few words.
    meaning : str
        How, in one sentence.
    unit : str
        Unit and range; "share" is 0 to 1.
    sign : {1, -1}
        Direction in which a growing dose moves it.
    listens_to : {"sound", "voice", "score"}
        The finished record, the singer alone, or the written notes. Bars and sections are known
        from the score in every case.
    measure : callable
        From a `Hearing` to a number; nan when the song has nothing to measure.
    clean, span : float
        Typical value for flawless songs of 30 s, and how far it is from there to dose 1, without
        sign: what it takes to put correlates on one scale.
    """

    fault: str
    name: str
    meaning: str
    unit: str
    sign: Literal[1, -1]
    listens_to: Literal["sound", "voice", "score"]
    measure: Callable[[Hearing], float]
    clean: float
    span: float


_CATALOGUE = (
    Correlate(
        "foreign_key", "key consistency",
        "Mean cosine between the chroma of all pairs of two-bar windows.",
        "-1 to 1", -1, "sound", fault_measure.key_consistency, 0.945, 0.064,
    ),
    Correlate(
        "tempo_drift", "spread of tempo",
        "Standard deviation of the local tempo, found by aligning the onsets' autocorrelation.",
        "%", 1, "sound", fault_measure.tempo_spread, 0.1, 14.5,
    ),
    Correlate(
        "band_change", "band consistency",
        "Share of notes played by the commonest instrument of their role.",
        "share", -1, "score", fault_measure.band_consistency, 1, 0.4,
    ),
    Correlate(
        "wrong_notes", "sound outside the scale",
        "Share of spectral peaks below 600 Hz outside the diatonic scale that fits two bars best.",
        "share", 1, "sound", fault_measure.outside_share, 0.155, 0.135,
    ),
    Correlate(
        "clashing_voices", "sound of the chord",
        "Share of spectral peaks below 600 Hz that belong to the chord written in their bar.",
        "share", -1, "sound", fault_measure.chord_share, 0.685, 0.12,
    ),
    Correlate(
        "detuning", "mistuning",
        "Mean distance of spectral peaks from equal temperament at 440 Hz.",
        "cents", 1, "sound", fault_measure.mistuning_cents, 12.2, 12.4,
    ),
    Correlate(
        "unsteady_beat", "pulse clarity",
        "Share of the onset strength within 145 ms of beats that falls within 35 ms of them.",
        "share", -1, "sound", fault_measure.pulse_clarity, 0.39, 0.115,
    ),
    Correlate(
        "through_composed", "return of figures",
        "How much of each bar of the tune returns in another bar of such a section, moved or not.",
        "share", -1, "score", fault_measure.figure_return, 0.85, 0.42,
    ),
    Correlate(
        "flat_tune", "sung range",
        "Distance of the 10th and 90th percentile of the voice's tracked pitch, mean over phrases.",
        "semitones", -1, "voice", fault_measure.sung_range, 6.7, 5.3,
    ),
    Correlate(
        "shuffled_rhythm", "return of rhythms",
        "How many of the onsets in each bar of the tune come back in another bar.",
        "share", -1, "score", fault_measure.rhythm_return, 0.98, 0.18,
    ),
    Correlate(
        "buried_tune", "level of the tune",
        "Level of the tune's harmonics in the record against all else from 200 Hz to 4 kHz.",
        "dB", -1, "sound", fault_measure.tune_level_db, 6.7, 7.3,
    ),
    Correlate(
        "flat_dynamics", "contrast of sections",
        "Standard deviation between sections of the levels of 24 bands.",
        "dB", -1, "sound", fault_measure.section_contrast_db, 3.85, 1.75,
    ),
    Correlate(
        "blurred_boundaries", "weight of sections",
        "Share of the bars' differences in band levels that lies between sections.",
        "share", -1, "sound", fault_measure.boundary_share, 0.54, 0.2,
    ),
    Correlate(
        "same_sections", "contrast of material",
        "Chroma distance of other sections from the verse, bar by bar, each in its own key.",
        "0 to 1", -1, "sound", fault_measure.material_contrast, 0.175, 0.08,
    ),
    Correlate(
        "robotic_pitch", "motion of pitch",
        "Median distance of the voice's tracked pitch from the note's median, mean over notes.",
        "cents", -1, "voice", fault_measure.pitch_motion_cents, 3.6, 3.4,
    ),
    Correlate(
        "run_on", "rests",
        "Mean over ends of phrases of the longest time without pitch there, at most 1 s of each.",
        "s", -1, "voice", fault_measure.rest_s, 0.53, 0.49,
    ),
    Correlate(
        "glitch", "lost and jumping pitch",
        "Share of the time within notes in which the voice has no pitch or leaps off it.",
        "share", 1, "voice", fault_measure.glitch_share, 0.006, 0.167,
    ),
    Correlate(
        "buzz", "change of vowel",
        "Standard deviation over time of the voice's spectral shape.",
        "dB", -1, "voice", fault_measure.vowel_motion_db, 5.8, 2.6,
    ),
)  # fmt: skip

CORRELATES: dict[str, Correlate] = {correlate.fault: correlate for correlate in _CATALOGUE}


def measured(song: Hearing, fault: str) -> float:
    """Return a fault's correlate, in the unit that `CORRELATES` gives it.

    Parameters
    ----------
    song : Hearing
        A song, with its sound and voice as far as the correlate listens to them.
    fault : str
        Name in `CORRELATES`.

    Returns
    -------
    float
        Undefined (nan) when the song has nothing to measure, such as an instrumental song's voice.

    Raises
    ------
    InputError
        There is no such fault, or the song comes without what must be heard.
    """
    if fault not in CORRELATES:
        raise InputError(f"There is no fault '{fault}'; {nearest(fault, CORRELATES)}")
    return CORRELATES[fault].measure(song)


def axis_measured(song: Hearing, axis: str, weights: Mapping[str, float] | None = None) -> float:
    """Return one measure of an axis: the weighted mean of its correlates on a common scale.

    Each correlate is taken as its distance from flawless songs in units of what a full dose does,
    so that the result is about 0 for a flawless song and about -1 at the worst.

    Parameters
    ----------
    song : Hearing
        A song with its sound and voice.
    axis : str
        Name of an aesthetic axis.
    weights : mapping, optional
        Fault name to weight: which faults the song's knob doses, such as the doses of the same
        song with the knob at 0. All of the axis's faults weigh the same when not given.

    Returns
    -------
    float
        Higher is better; nan when none of the correlates can be measured.

    Raises
    ------
    InputError
        There is no such aesthetic axis.
    """
    if axis not in AESTHETICS:
        raise InputError(f"There is no aesthetic axis '{axis}'; {nearest(axis, AESTHETICS)}")
    total = weight_sum = 0.0
    for fault in FAULTS:
        weight = 1.0 if weights is None else weights.get(fault.name, 0.0)
        if fault.axis != axis or weight <= 0:
            continue
        own = CORRELATES[fault.name]
        value = own.measure(song)
        if np.isfinite(value):
            total -= weight * own.sign * (value - own.clean) / own.span
            weight_sum += weight
    return total / weight_sum if weight_sum else np.nan
