"""The bundled encoder: measurements of a segment, brought to a common scale learned from music.

It needs no download, hears 30 s in a sixth of a second of one core, and every number has a name. It
has one layer: (n, 1, dim). Segments are measured side by side, each by one thread.

Values are standardised over the training songs. Those of music are then limited to two standard
deviations, so that music unlike the training songs cannot push a score without limit. Those of
flaws are compressed, and limited a little beyond the largest values of damaged songs, since nothing
was learned beyond them.

Measurements of a voice, a tune, its notes or harmony are weighted by how much of it there is
(`SUPPORTS`). Where there is little, they depend on a few moments that a codec can change, so their
standardised values are scaled towards 0, the median of the training songs.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plaudit.core.errors import InputError
from plaudit.encoders.device import check_precision, choose_device
from plaudit.encoders.lone_thread import lone_threads, side_by_side
from plaudit.encoders.measured.battery import FLAW_START, MEASURES, VERSION, measure
from plaudit.encoders.measured.spectrum import SAMPLE_RATE
from plaudit.encoders.promise import EncoderFacts
from plaudit.encoders.shared_pass import once
from plaudit.encoders.spec import EncoderSpec
from plaudit.encoders.weights import assign, digest

LIMIT = 2.0  # standard deviations, of measurements of music
FLAW_LIMIT = 3.5  # after compression: a little beyond all but a few of the most damaged songs
_MOST_THREADS = 4  # a segment needs some 60 MB while it is measured
_KEPT = 32 << 20  # bytes
_MOST_DAMAGED = 0.97  # share of damaged songs; one in six or twelve has any one kind of damage


class Support(NamedTuple):
    """Support of measurements: a measured share of the time or the spectrum, or a count.

    The weight of the measurements rises from 0 at ``starts`` to 1 at ``full``. ``measures`` are the
    beginnings of their names.
    """

    share: str
    starts: float
    full: float
    measures: tuple[str, ...]


SUPPORTS = (
    # Real instruments are mistaken for a singer, and a codec changes at which moments: the
    # ramps are wide, so that a few of them more or less change little. Half of all songs with a
    # singer have at least .7 of a voice and 35 notes, 95 % have .48 and 18.
    Support("voice_sung_0", 0.25, 0.75, ("voice_",)),
    Support("voice_note_count", 6, 18, ("voice_",)),
    Support("voice_note_count", 12, 36, ("voice_note_gaps_", "voice_note_moves_", "voice_retold_")),
    # The others: 1 from the value that 95 % of all songs reach, 0 up to two thirds of it.
    Support(
        "sung_0",
        0.49,
        0.73,
        ("tune_range", "tune_notes", "tune_local_range", "tune_moves", "vowel", "line_match_"),
    ),
    Support("notes_1", 0.19, 0.28, ("pitch_motion_", "vibrato_share", "notes_0")),
    Support(
        "tonal_0",
        0.11,
        0.16,
        ("chroma_", "key_", "block_key_", "intervals_", "tuning_", "harmony_"),
    ),
)
"""What measurements of music rest on; the measured amounts themselves are not scaled."""
_SHARES = {support.share for support in SUPPORTS}
_RESTING = [
    (
        MEASURES.index(support.share),
        support.starts,
        support.full,
        [
            place
            for place, name in enumerate(MEASURES[:FLAW_START])
            if name.startswith(support.measures) and name not in _SHARES
        ],
    )
    for support in SUPPORTS
]


class _Scale(torch.nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.mean = torch.nn.Parameter(torch.zeros(dim))
        self.scale = torch.nn.Parameter(torch.ones(dim))


class MeasuredEncoder(EncoderFacts):
    """Named measurements, standardised and limited; the last entry is 1 for silence.

    Parameters
    ----------
    tensors : dict of str to Tensor
        ``mean`` and ``scale``, each (n_measures,); `fit_scale` makes them.
    where : str
        Source of the tensors, for messages.
    name : str
        Name for the card.
    device : {"auto", "cpu", "cuda", "cuda:N", "mps"}
        Makes no difference either: this encoder always runs on the CPU.
    precision : {"exact", "fast"}
        Makes no difference: this encoder is always "exact".
    """

    def __init__(
        self,
        tensors: dict[str, Tensor],
        *,
        where: str,
        name: str,
        device: str = "auto",
        precision: str = "exact",
    ) -> None:
        check_precision(precision)
        choose_device("cpu" if device == "auto" else device)  # refuses what is not there
        self._device = torch.device("cpu")
        # By default glibc gives the memory of each segment back to the system, which clears it for
        # the next one. It keeps twice as much as the largest block that was ever freed, up to 32 MB
        # with its head; this one is never written to, so it takes no memory.
        np.empty(_KEPT - 4096, np.uint8)
        with torch.device("meta"):
            self._scale = _Scale(len(MEASURES))
        assign(self._scale, tensors, where, frozen_on=self._device)
        if not bool((self._scale.scale > 0).all()):
            raise InputError(f"{where}: every scale must be positive.")
        self._spec = EncoderSpec(
            kind="measured",
            name=name,
            hash=digest(tensors),
            sample_rate=SAMPLE_RATE,
            layers=(0,),
            dim=len(MEASURES) + 1,
            licence="Apache-2.0",
            config={"version": VERSION},
        )

    @property
    def batch_size(self) -> int:
        """How many segments are measured side by side: torch's threads, at most four."""
        return min(torch.get_num_threads(), _MOST_THREADS)

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return standardised measurements (n, 1, dim) of segments (n, n_samples), mono at 24 kHz.

        See `standardise`; a silent segment has every flaw, and 1 in its last entry.
        """
        each = np.ascontiguousarray(segments, dtype=np.float32)
        if self.batch_size == 1:
            rows = [self._shared(row) for row in each]
        else:
            rows = side_by_side(self._threads, self._shared, each)
        return np.stack(rows)[:, None]

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return lone_threads(self.batch_size)

    def _shared(self, segment: NDArray[np.float32]) -> NDArray[np.float32]:
        return once([self._scale], VERSION, segment, partial(self._row, segment))

    def _row(self, segment: NDArray[np.float32]) -> NDArray[np.float32]:
        return standardise(measure(torch.tensor(segment)), self.tensors()).numpy()

    def tensors(self) -> dict[str, Tensor]:
        """Return ``mean`` and ``scale``."""
        return {k: v.detach().cpu() for k, v in self._scale.state_dict().items()}


def standardise(raw: Tensor | None, scale: dict[str, Tensor]) -> Tensor:
    """Return raw measurements (n_measures,), None for silence, as one row (dim,) of the encoder.

    ``scale`` holds ``mean`` and ``scale``, each (n_measures,). Measurements of music are limited to
    [-LIMIT, LIMIT], then scaled by how much of what they rest on is there (`SUPPORTS`); flaws are
    ``2 asinh(z / 2)``, limited to [-FLAW_LIMIT, FLAW_LIMIT]. The last entry is 1 for silence and 0
    otherwise.
    """
    row = torch.zeros(len(MEASURES) + 1)
    if raw is None:
        # Silence has every flaw at its limit, so that no judge has to learn it from examples.
        row[FLAW_START:-1] = FLAW_LIMIT
        row[-1] = 1.0
        return row
    z = (raw - scale["mean"]) / scale["scale"]
    row[:FLAW_START] = z[:FLAW_START].clamp(-LIMIT, LIMIT)
    for share, starts, full, resting in _RESTING:
        row[resting] *= ((raw[share] - starts) / (full - starts)).clamp(0, 1)
    flaws = 2 * torch.asinh(z[FLAW_START:] / 2)
    row[FLAW_START:-1] = flaws.clamp(-FLAW_LIMIT, FLAW_LIMIT)
    return row


def fit_scale(raw: NDArray[np.float32], damaged: NDArray[np.float32]) -> dict[str, Tensor]:
    """Return ``mean`` and ``scale``, (n_measures,): they give training songs median 0, spread 1.

    ``raw`` and ``damaged`` are measurements (n_segments, n_measures) of clean and of damaged songs,
    from `plaudit.encoders.measured.battery.measure`.

    Medians and quartiles rather than moments: a few odd songs should not set the scale. Clean songs
    hardly differ in some flaws (none has gaps), so a flaw is scaled such that the most damaged
    songs have about 3.
    """
    low, middle, high = np.quantile(raw, (0.25, 0.5, 0.75), axis=0)
    scale = np.maximum((high - low) / 1.349, 1e-3)  # of a normal distribution, its deviation
    most = np.quantile(damaged[:, FLAW_START:], _MOST_DAMAGED, axis=0) - middle[FLAW_START:]
    scale[FLAW_START:] = np.maximum.reduce([scale[FLAW_START:], most / 3, np.full_like(most, 0.02)])
    return {
        "mean": torch.from_numpy(middle.astype(np.float32)),
        "scale": torch.from_numpy(scale.astype(np.float32)),
    }
