"""The battery: every measurement of the bundled encoder, in one order, under one version."""

from itertools import groupby

import torch
from torch import Tensor

from plaudit.encoders.measured.flaw import FLAWS
from plaudit.encoders.measured.music import FAMILIES
from plaudit.encoders.measured.recurrence import RECURRENCE, retold, verses
from plaudit.encoders.measured.singing import SINGING, VOICE
from plaudit.encoders.measured.spectrum import Measures, Spectrum, look
from plaudit.encoders.measured.tune import follow_both
from plaudit.encoders.measured.voice_detector import detect_voice

VERSION = 12  # of measurements and embeddings: raise it whenever one of them changes

# How many numbers each measurement has, in their order. They stand here because to find them by
# measuring would cost every start a fifth of a second; `measure` holds them to what it measures.
_TABLE = """
cepstrum_mean 16, cepstrum_spread 16, cepstrum_motion 16, band_level 7, band_floor 7, band_peak 7,
flatness_mean 7, flatness_spread 7, centroid 2, rolloff 4, sounding 1, level_quantiles 4,
level_motion 1, pulse 6, voice_pulse 6, voice_pause 2, slow_level 1, pulse_strength 2, pulse_lag 1,
pulse_steady 4, onset 4, onset_spectrum 6, key_fit 4, block_key_fit 2, key_agreement 3,
chroma_entropy 3, chroma_motion 1, intervals_mean 6, intervals_spread 6, tuning 2, tonal 2,
timbre_return 3, timbre_novelty 3, timbre_similarity 2, timbre_next 1, chroma_return 3,
chroma_novelty 3, chroma_similarity 2, chroma_next 1,
tune_range 3, tune_notes 4, tune_local_range 2, tune_moves 3, sung 3, sung_breaks 2, rests 2,
tune_salience 2, pitch_motion 6, vibrato_share 1, notes 2, vowel_spread 1, vowel_motion 3,
vowel_mean 5, vowels_alike 1, treble_bursts 3, voice_steps 3, line_match_8 6, line_match_16 6,
harmony_match_8 6, harmony_match_16 6, timbre_match_8 6, timbre_match_16 6, band_rhythm 4,
tune_rhythm 4, timbre_contrast 10, harmony_contrast 10, level_contrast 10, density_contrast 10,
contrast_agreement 3, section_spread 3,
voice_tune_range 3, voice_tune_notes 4, voice_tune_local_range 2, voice_tune_moves 3, voice_sung 3,
voice_sung_breaks 2, voice_rests 2, voice_tune_salience 2, voice_pitch_motion 6,
voice_vibrato_share 1, voice_notes 2, voice_vowel_spread 1, voice_vowel_motion 3,
voice_vowel_mean 5, voice_vowels_alike 1, voice_breaths 4, voice_breath_count 1, voice_throat 10,
voice_note_count 1, voice_pace 3, voice_note_gaps 6, voice_note_moves 6, voice_held 4,
voice_note_match_8 6, voice_note_match_16 6, voice_chance_match_8 6, voice_chance_match_16 6,
voice_attack_rhythm 4, voice_swell_rhythm 4, voice_sung_rhythm 4, voice_retold 24, voice_fault 18,
floor 3, floor_flatness 4, floor_level 1, static 3, near_peak 3, short_crest 2, dull 4, thin 4,
gap 2, cut 6, break 3, leap 3, loop 2, sway 4, blur 1, astray 2, sequel 1, phase 3, robot 4, flat 1
"""
_NUMBERS = {name: int(n) for name, n in (item.split() for item in _TABLE.split(","))}


@torch.inference_mode()
def measure(samples: Tensor) -> Tensor | None:
    """Return the raw measurements (n_measures,) of one segment, or None if it is silent.

    ``samples`` are (n_samples,), mono at 24 kHz. Values come in the order of `MEASURES`, each in
    its own unit.
    """
    spectrum = look(samples)
    if spectrum is None:
        return None
    measures = _everything(spectrum)
    if [(name, len(part)) for name, part in measures.items()] != list(_NUMBERS.items()):
        raise AssertionError("what is measured is not what _TABLE states")
    return torch.cat(list(measures.values()))


def _everything(spectrum: Spectrum) -> Measures:
    detected = detect_voice(spectrum)
    tune, voice = follow_both(spectrum, detected)
    measures: Measures = {}
    for family in FAMILIES:
        measures |= family(spectrum)
    for family_of_tune in (*SINGING, *RECURRENCE):
        measures |= family_of_tune(spectrum, tune)
    for family_of_voice in (*VOICE, verses, retold):
        of_voice = family_of_voice(spectrum, voice)
        measures |= {f"voice_{name}": values for name, values in of_voice.items()}
    measures["voice_fault"] = detected.faults
    for flaw in FLAWS:
        measures |= flaw(spectrum)
    return measures


MEASURES = tuple(f"{name}_{i}" if n > 1 else name for name, n in _NUMBERS.items() for i in range(n))
"""Names of the measurements, in their order."""

FLAW_START = MEASURES.index("floor_0")
"""Place of the first measurement of `measured.flaw`; all from here on rise with damage."""

FLAW_FAMILIES = tuple(
    len(list(family))
    for _, family in groupby(MEASURES[FLAW_START:], lambda n: n.rpartition("_")[0])
)
"""How many measurements each family of flaws has, in their order."""
