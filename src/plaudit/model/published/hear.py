"""HEAR (arXiv 2511.18869): qualities of a song from MuQ and MusicFM, heard in parts and whole.

Procedure: mono at 24 kHz (resampled as librosa does, soxr HQ). Hidden state 10 of MuQ and of
MusicFM, of segments of 30 s in a row (a last one under 1,025 samples is left out) and of the whole
song; side by side, cut to the shortest, [MusicFM segments, MuQ segments, MusicFM song, MuQ song].
Head: linear, layer norm, a depthwise convolution of three frames (stride three) and a pointwise one
beside averages of three frames, layer norm, GELU; a feed-forward part; attentions with residuals
and one layer norm for all; attentive pooling by two queries of eight heads; linear to x. Scores are
2 tanh(x) + 3, from 1 to 5.

Source: github.com/Eps-Acoustic-Revolution-Lab/EAR_HEAR (commit 140455f), weights earlab/EAR_HEAR:
``track_1.pth`` gives musicality alone, ``track_2.pth`` five qualities; the shape of the head tells
which. Encoders: OpenMuQ/MuQ-large-msd-iter and minzwon/MusicFM (MSD).

Where ours differs: only the ten layers that count are loaded and run, in memory that grows with the
length of a song, not with its square.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.attention import PackedAttention
from plaudit.encoders.published.muq import (
    FRAMES_PER_S,
    LEAST_SAMPLES,
    MEMORY_LIMIT_BYTES,
    SAMPLE_RATE,
    load_muq,
    muq_settings,
)
from plaudit.encoders.published.musicfm import musicfm_no_effect, musicfm_settings
from plaudit.encoders.published.pooling import AttentivePooling
from plaudit.encoders.published.size import agreed_size
from plaudit.encoders.weights import assign
from plaudit.model.published.axis import Condition, JudgeAxis
from plaudit.model.published.procedure import Conditions, Heard, Hearing, Part, PartFiles, Samples
from plaudit.model.published.songeval import MEANINGS, muq_files

_STATE = 10
_SEGMENT = 30 * SAMPLE_RATE
_TAKEN = 3  # frames that become one
_HEADS = 8
_QUERIES = 2
_LEAST_SAMPLES = 2_160  # three frames
_TRACKS = {1: ("musicality",), 5: tuple(MEANINGS)}


class Hear:
    """HEAR, of track 1 or 2 as its head says."""

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "muq": muq_files(_STATE),
        "musicfm": PartFiles(
            hub="minzwon/MusicFM",
            weights=("pretrained_msd.pt",),
            licence="MIT OR Apache-2.0",
            config="msd_stats.json",
            within=("state_dict",),
            prefix="model.",
            no_effect=musicfm_no_effect(_STATE),
        ),
        "head": PartFiles(
            hub="earlab/EAR_HEAR",
            weights=("track_2.pth", "track_1.pth"),
            licence="Apache-2.0",
            no_effect=(r"model\.mqmhastp\..*\.att_1\.bias",),
        ),
    }
    HEARING: ClassVar[Hearing] = Hearing(
        rates=(SAMPLE_RATE,), resampler="soxr", least_s=_LEAST_SAMPLES / SAMPLE_RATE
    )
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ()
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(self, parts: Mapping[str, Part], device: torch.device) -> None:
        muq, musicfm, head = parts["muq"], parts["musicfm"], parts["head"]
        settings = muq_settings(muq.config, muq.where)
        self._muq = load_muq(muq.tensors, settings, muq.where, device=device, depth=_STATE)
        self._musicfm = load_muq(
            musicfm.tensors,
            musicfm_settings(musicfm.tensors, musicfm.config, settings, musicfm.where),
            musicfm.where,
            device=device,
            prefix="",
            depth=_STATE,
            key_bias=True,
        )
        width = 2 * (self._muq.settings.dim + self._musicfm.settings.dim)
        self._head = _head(head, width).to(device)
        self._device = device
        self._axes = _TRACKS[self._head.model.fc.out_features]

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """Musicality alone (track 1), or the five of SongEval (track 2), each from 1 to 5."""
        return tuple(JudgeAxis(name, MEANINGS[name], 1.0, 5.0) for name in self._axes)

    def score(self, song: Samples, conditions: Conditions) -> Heard:  # noqa: ARG002 - uses none
        """Return the scores of a song.

        Raises
        ------
        InputError
            The song is shorter than 2,160 samples (90 ms), or too long to be heard at once in 8 GB.
        """
        wave = song[SAMPLE_RATE][0]
        if len(wave) < _LEAST_SAMPLES:
            raise InputError(
                f"Expected at least {_LEAST_SAMPLES:,} samples (90 ms) at 24 kHz,"
                f" got {len(wave):,}; there is nothing to judge in so short a sound."
            )
        if self._peak_bytes(len(wave)) > MEMORY_LIMIT_BYTES:
            raise InputError(
                f"HEAR hears a song whole, and {len(wave) / SAMPLE_RATE / 60:.0f} minutes need more"
                f" than {MEMORY_LIMIT_BYTES / 1e9:.0f} GB of memory; cut the song."
            )
        with torch.inference_mode():
            scores = self._head(self._features(torch.tensor(wave[None], device=self._device)))
        return Heard(np.asarray(scores[0].cpu().numpy(), dtype=np.float64))

    def _features(self, wave: torch.Tensor) -> torch.Tensor:
        """Return the features of a song (1, n_frames, 4 dim)."""
        segments = [s for s in torch.split(wave, _SEGMENT, dim=1) if s.shape[1] >= LEAST_SAMPLES]
        encoders = (self._musicfm, self._muq)
        heard = [torch.cat([e.state(s) for s in segments], dim=1) for e in encoders]
        if segments[0].shape == wave.shape:  # both are the same
            heard += heard
        else:
            heard += [encoder.state(wave) for encoder in encoders]
        # What is left out and what is rounded make two frames at the most.
        shortest = min(states.shape[1] for states in heard)
        return torch.cat([states[:, :shortest] for states in heard], dim=-1)

    def _peak_bytes(self, n_samples: int) -> float:
        """Return the memory at the peak: both encoders, the head, features twice, one at work."""
        beside = sum(t.numel() for n in (self._musicfm, self._head) for t in n.parameters())
        width = 2 * (self._muq.settings.dim + self._musicfm.settings.dim)
        features = n_samples / SAMPLE_RATE * FRAMES_PER_S * width
        return 4 * (beside + 2 * features) + self._muq.peak_bytes(n_samples)


def _head(part: Part, width: int) -> "_Head":
    """Return the head of the sizes that its tensors have: no file beside them states any."""
    tensors, where = part.tensors, part.where
    classes = agreed_size(tensors, [("model.fc.bias", 0), ("model.fc.weight", 0)], where)
    dim = agreed_size(
        tensors,
        [("model.ln_ffd.weight", 0), ("model.ln_ffd.bias", 0), ("model.ffd.3.bias", 0)],
        where,
    )
    if classes not in _TRACKS or dim % _HEADS:
        raise WeightsError(
            f"The head in {where} gives {classes} scores from a width of {dim}; expected 1 score"
            f" (track 1) or 5 (track 2), from a width that {_HEADS} heads divide."
        )
    names = [name.split(".") for name in tensors if name.startswith("model.attn.")]
    with torch.device("meta"):
        head = _Head(
            width,
            agreed_size(
                tensors,
                [("input_norm.weight", 0), ("input_norm.bias", 0),
                 ("mixed_win_downsample.bias", 0)],
                where,
            ),
            dim,
            agreed_size(
                tensors,
                [("model.ffd.0.bias", 0), ("model.ffd.0.weight", 0), ("model.ffd.3.weight", 1)],
                where,
            ),
            1 + max((int(name[2]) for name in names if name[2].isdecimal()), default=0),
            classes,
        )  # fmt: skip
    assign(head, tensors, where)
    return head.train(False)


class _Head(nn.Module):
    """Features (1, n_frames, width) to scores (1, n_classes)."""

    def __init__(
        self, width: int, narrow: int, dim: int, hidden: int, layers: int, classes: int
    ) -> None:
        super().__init__()
        self.mixed_win_downsample = nn.Linear(width, narrow)
        self.input_norm = nn.LayerNorm(narrow)
        self.down_sample_conv = _Fewer(narrow, dim)
        self.model = _Generator(dim, hidden, layers, classes)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        narrow = self.input_norm(self.mixed_win_downsample(features))
        scores: torch.Tensor = 2.0 * torch.tanh(self.model(self.down_sample_conv(narrow))) + 3.0
        return scores


class _Fewer(nn.Module):
    """One frame of three, from their convolution and their average."""

    def __init__(self, narrow: int, dim: int) -> None:
        super().__init__()
        self.depthwise_conv = nn.Conv1d(
            narrow, narrow, _TAKEN, stride=_TAKEN, groups=narrow, bias=False
        )
        self.pointwise_conv = nn.Conv1d(narrow, dim, 1, bias=False)
        self.residual_conv = nn.Conv1d(narrow, dim, 1, bias=False)
        self.norm1 = nn.LayerNorm(dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.transpose(1, 2)
        average = self.residual_conv(functional.avg_pool1d(x, _TAKEN))
        x = self.pointwise_conv(self.depthwise_conv(x)) + average
        return functional.gelu(self.norm1(x.transpose(1, 2)))


class _Generator(nn.Module):
    """Frames (1, n_frames, dim) to numbers before the tanh (1, n_classes)."""

    def __init__(self, dim: int, hidden: int, layers: int, classes: int) -> None:
        super().__init__()
        self.attn = nn.ModuleList(PackedAttention(dim, _HEADS) for _ in range(layers))
        self.ln_ffd = nn.LayerNorm(dim)
        self.ffd = nn.Sequential(
            nn.Linear(dim, hidden), nn.ReLU(), nn.Identity(), nn.Linear(hidden, dim)
        )
        self.mqmhastp = AttentivePooling(dim, _QUERIES, _HEADS)
        self.fc = nn.Linear(2 * _QUERIES * dim, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.ffd(x)
        for attention in self.attn:
            x = x + attention(self.ln_ffd(x))
        numbers: torch.Tensor = self.fc(self.mqmhastp(x))
        return numbers
