"""The battery: every measurement of the bundled encoder, in one order, under one version."""

from itertools import groupby

import torch
from torch import Tensor

from plaudit.encoders.measured.flaw import FLAWS
from plaudit.encoders.measured.music import FAMILIES
from plaudit.encoders.measured.recurrence import RECURRENCE, retold, verses
from plaudit.encoders.measured.singing import SINGING, VOICE
from plaudit.encoders.measured.spectrum import SAMPLE_RATE, Measures, Spectrum, look
from plaudit.encoders.measured.tune import follow_both
from plaudit.encoders.measured.voice_detector import detect_voice

VERSION = 12  # of measurements and embeddings: raise it whenever one of them changes


def measure(samples: Tensor) -> Tensor | None:
    """Return the raw measurements (n_measures,) of one segment, or None if it is silent.

    ``samples`` are (n_samples,), mono at 24 kHz. Values come in the order of `MEASURES`, each in
    its own unit.
    """
    spectrum = look(samples)
    if spectrum is None:
        return None
    return torch.cat([part.reshape(-1) for part in _everything(spectrum).values()])


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


def _names() -> tuple[str, ...]:
    """Name every measurement by measuring a few seconds of a decaying tone."""
    t = torch.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    spectrum = look(0.3 * torch.sin(2 * torch.pi * 220 * t) * torch.exp(-(t % 0.5) * 6))
    if spectrum is None:
        raise AssertionError("a tone is not silent")
    return tuple(
        f"{name}_{i}" if len(part) > 1 else name
        for name, part in _everything(spectrum).items()
        for i in range(len(part))
    )


MEASURES = _names()
"""Names of the measurements, in their order."""

FLAW_START = MEASURES.index("floor_0")
"""Place of the first measurement of `measured.flaw`; all from here on rise with damage."""

FLAW_FAMILIES = tuple(
    len(list(family))
    for _, family in groupby(MEASURES[FLAW_START:], lambda n: n.rpartition("_")[0])
)
"""How many measurements each family of flaws has, in their order."""
