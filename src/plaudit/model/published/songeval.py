"""SongEval toolkit (arXiv 2505.10793): five qualities of a song, from MuQ's sixth layer.

Procedure: mono at 24 kHz (resampled as librosa does, soxr HQ), no loudness normalisation; the whole
song goes through MuQ at once; hidden state 6 goes through a feed-forward part, then four attentions
in a row without residual or norm; mean over time after them and maximum over time before them, side
by side, give five numbers x, and the scores are 2 tanh(x) + 3, from 1 to 5.

Source: github.com/ASLP-lab/SongEval (commit f811311), encoder OpenMuQ/MuQ-large-msd-iter.

Where ours differs: only the six layers that count are loaded and run, in memory that grows with the
length of a song, not with its square; the tool rounds to four decimals, we do not; its loader is
silent about a tensor that is missing, ours is not. As an option, which is not the published way,
a song is heard in windows, and its score is the mean of theirs, weighted by duration.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue, PositiveInt
from torch import nn

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.attention import PackedAttention
from plaudit.encoders.published.muq import (
    LEAST_SAMPLES,
    MEMORY_LIMIT_BYTES,
    SAMPLE_RATE,
    load_muq,
    muq_settings,
    no_effect,
)
from plaudit.encoders.published.stated import Stated, read_stated
from plaudit.encoders.weights import assign
from plaudit.model.published.axis import Condition, JudgeAxis
from plaudit.model.published.procedure import (
    Conditions,
    Floats,
    Heard,
    Hearing,
    Part,
    PartFiles,
    Samples,
    WindowScores,
)

_STATE = 6
_HEADS = 8
_ROWS = 4_096  # frames that the feed-forward part reads at once
MEANINGS = {
    "coherence": "overall coherence of the song",
    "musicality": "overall musicality",
    "memorability": "how memorable it is",
    "clarity": "clarity of the song's structure",
    "naturalness": "naturalness of breath and phrasing of the voice",
}


def muq_files(depth: int) -> PartFiles:
    """Return how MuQ is published, of which hidden states up to ``depth`` are heard."""
    return PartFiles(
        hub="OpenMuQ/MuQ-large-msd-iter",
        weights=("model.safetensors", "pytorch_model.bin"),
        licence="CC-BY-NC-4.0",
        config="config.json",
        no_effect=no_effect("model.", depth),
    )


class SongEval:
    """The SongEval toolkit's judge, with ``window_s`` seconds heard at once, or all where None."""

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "encoder": muq_files(_STATE),
        "head": PartFiles(
            hub="https://github.com/ASLP-lab/SongEval",
            weights=("ckpt/model.safetensors", "model.safetensors"),
            licence="CC-BY-NC-SA-4.0",
            config="config.yaml",
        ),
    }
    HEARING: ClassVar[Hearing] = Hearing(
        rates=(SAMPLE_RATE,), resampler="soxr", least_s=LEAST_SAMPLES / SAMPLE_RATE
    )
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ()
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(
        self, parts: Mapping[str, Part], device: torch.device, *, window_s: float | None = None
    ) -> None:
        if window_s is not None and not window_s * SAMPLE_RATE >= LEAST_SAMPLES:
            raise InputError(
                f"Expected windows of at least {LEAST_SAMPLES / SAMPLE_RATE:.3f} s, got {window_s};"
                " 60 s is a good choice."
            )
        encoder, head = parts["encoder"], parts["head"]
        self._encoder = load_muq(
            encoder.tensors,
            muq_settings(encoder.config, encoder.where),
            encoder.where,
            device=device,
            depth=_STATE,
        )
        self._head = _head(head, self._encoder.settings.dim).to(device)
        self._device = device
        self._window = None if window_s is None else int(window_s * SAMPLE_RATE)

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """Coherence, musicality, memorability, clarity and naturalness, each from 1 to 5."""
        return tuple(JudgeAxis(name, meaning, 1.0, 5.0) for name, meaning in MEANINGS.items())

    def score(self, song: Samples, conditions: Conditions) -> Heard:  # noqa: ARG002 - uses none
        """Return the five scores of a song.

        Raises
        ------
        InputError
            The song is shorter than 1,025 samples (43 ms), or too long to be heard at once in 8 GB.
        """
        wave = song[SAMPLE_RATE][0]
        if self._window is None or len(wave) <= self._window:
            self._check_memory(len(wave))
            return Heard(self._scores(wave))
        windows = tuple(
            WindowScores(start / SAMPLE_RATE, stop / SAMPLE_RATE, self._scores(wave[start:stop]))
            for start, stop in _cuts(len(wave), self._window)
        )
        durations = [window.end_s - window.start_s for window in windows]
        mean = np.average([window.scores for window in windows], axis=0, weights=durations)
        return Heard(mean, windows)

    @torch.inference_mode()
    def _scores(self, wave: NDArray[np.float32]) -> Floats:
        state = self._encoder.state(torch.tensor(wave[None], device=self._device))
        scores = 2.0 * torch.tanh(self._head(state)) + 3.0
        return np.asarray(scores[0].cpu().numpy(), dtype=np.float64)

    def _check_memory(self, n_samples: int) -> None:
        head = 4 * sum(tensor.numel() for tensor in self._head.parameters())
        if head + self._encoder.peak_bytes(n_samples) > MEMORY_LIMIT_BYTES:
            raise InputError(
                f"SongEval hears a song whole, and {n_samples / SAMPLE_RATE / 60:.0f} minutes need"
                f" more than {MEMORY_LIMIT_BYTES / 1e9:.0f} GB of memory; hear it in windows"
                " (window_s = 60, say) or cut the song."
            )


def _cuts(n_samples: int, window: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each window; a last one that is too short to be scored is left out."""
    for start in range(0, n_samples, window):
        stop = min(start + window, n_samples)
        if stop - start >= LEAST_SAMPLES:
            yield start, stop


class _HeadStated(Stated):
    in_features: PositiveInt
    ffd_hidden_size: PositiveInt
    num_classes: PositiveInt
    attn_layer_num: PositiveInt


def _head(part: Part, dim: int) -> "_Head":
    stated = read_stated(_HeadStated, _generator(part.config), part.where)
    if stated.in_features != dim or stated.in_features % _HEADS:
        raise WeightsError(
            f"The configuration of {part.where} says in_features {stated.in_features}; expected"
            f" {dim}, the width of the encoder, which {_HEADS} heads divide."
        )
    if stated.num_classes != len(MEANINGS):
        raise WeightsError(
            f"The configuration of {part.where} says num_classes {stated.num_classes}; expected"
            f" {len(MEANINGS)}, one for each of {', '.join(MEANINGS)}."
        )
    with torch.device("meta"):
        head = _Head(dim, stated.ffd_hidden_size, stated.attn_layer_num)
    assign(head, part.tensors, part.where)
    return head.train(False)


def _generator(config: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return the settings of the head, which the published file has under ``generator``."""
    inner = config.get("generator")
    return inner if isinstance(inner, dict) else config


class _Head(nn.Module):
    """Hidden states (1, n_frames, dim) to five numbers before the tanh, (1, 5)."""

    def __init__(self, dim: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.attn = nn.ModuleList(PackedAttention(dim, _HEADS) for _ in range(layers))
        self.ffd = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, dim))
        self.fc = nn.Linear(2 * dim, len(MEANINGS))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        x = torch.cat([self.ffd(rows) for rows in torch.split(states, _ROWS, dim=1)], dim=1)
        highest = x.amax(dim=1)
        for attention in self.attn:
            x = attention(x)
        scores: torch.Tensor = self.fc(torch.cat([x.mean(dim=1), highest], dim=-1))
        return scores
