"""The battery: every measurement of the bundled encoder, in one order, under one version."""

from itertools import groupby

import torch
from torch import Tensor

from plaudit.encoders.measured.flaw import FLAWS
from plaudit.encoders.measured.music import FAMILIES
from plaudit.encoders.measured.recurrence import RECURRENCE, retold, verses
from plaudit.encoders.measured.singing import SINGING, VOICE
from plaudit.encoders.measured.spectrum import SAMPLE_RATE, Measures, Spectrum, look
from plaudit.encoders.measured.tune import follow, follow_voice
from plaudit.encoders.measured.voice_detector import hear_voice

VERSION = 12  # of measurements and embeddings: raise it whenever one of them changes


def measure(samples: Tensor) -> Tensor | None:
    """Return the raw measurements (n_measures,) of one segment, or None if it is silent.

    Parameters
    ----------
    samples : Tensor, shape (n_samples,)
        Mono at 24 kHz.

    Returns
    -------
    Tensor or None
        Values in the order of `MEASURES`, each in its own unit.
    """
    seen = look(samples)
    if seen is None:
        return None
    return torch.cat([part.reshape(-1) for part in _everything(seen).values()])


def _everything(seen: Spectrum) -> Measures:
    tune = follow(seen)
    found: Measures = {}
    for family in FAMILIES:
        found |= family(seen)
    for family_of_tune in (*SINGING, *RECURRENCE):
        found |= family_of_tune(seen, tune)
    heard = hear_voice(seen)
    voice = follow_voice(seen, heard)
    for family_of_voice in (*VOICE, verses, retold):
        of_voice = family_of_voice(seen, voice)
        found |= {f"voice_{name}": values for name, values in of_voice.items()}
    found["voice_fault"] = heard.faults
    for flaw in FLAWS:
        found |= flaw(seen)
    return found


def _names() -> tuple[str, ...]:
    """Name every measurement by measuring a few seconds of a decaying tone."""
    t = torch.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    seen = look(0.3 * torch.sin(2 * torch.pi * 220 * t) * torch.exp(-(t % 0.5) * 6))
    if seen is None:
        raise AssertionError("a tone sounds")
    return tuple(
        f"{name}_{i}" if len(part) > 1 else name
        for name, part in _everything(seen).items()
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
