"""Audiobox Aesthetics (arXiv 2502.05139): enjoyment, usefulness, complexity, production quality.

Procedure: the song, mono at 16 kHz, is cut into windows of 10 s from its start; the last one is
filled up with zeros, which are masked. WavLM hears each window. Each axis has its own weighted sum
of WavLM's 13 states, a mean over the frames that hold music, a vector of length one, five linear
layers with layer norms, and a scale (mean and standard deviation) that brings it back to that of
its raters, about 1 to 10, which is not clipped. A song's score is the mean over windows, each
weighted by how much of it is music.

Source: ``audiobox_aesthetics`` 0.0.4 of facebookresearch/audiobox-aesthetics with
``facebook/audiobox-aesthetics``, float32. Where ours differs: windows are heard one by one, so that
memory does not grow with the song. Sizes are those of the tensors.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.stated import Stated, read_stated
from plaudit.encoders.published.wavlm import NO_EFFECT, SAMPLE_RATE, WavLm
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

_WINDOW = 10 * SAMPLE_RATE
_WAVLM = "wavlm_model."
_DEPTH = 5  # linear layers of each axis
_AXES = {
    "CE": JudgeAxis(
        "content_enjoyment", "how enjoyable it is: feeling, skill, creativity, subjective taste"
    ),
    "CU": JudgeAxis("content_usefulness", "how likely it is to be used as material for content"),
    "PC": JudgeAxis("production_complexity", "how many components the sound has", better="neither"),
    "PQ": JudgeAxis(
        "production_quality", "technical quality: clarity, fidelity, dynamics, frequencies, space"
    ),
}


class _Scale(Stated):
    mean: float
    std: float


class _Stated(Stated):
    target_transform: dict[str, _Scale]
    normalize_embed: bool = True
    use_weighted_layer_sum: bool = True
    proj_ln: bool = True
    proj_act_fn: str = "gelu"
    proj_num_layer: int = _DEPTH
    output_dim: int = 1


class _Heads(nn.Module):
    """Layer weights and projections of each axis, under the published names."""

    def __init__(self, dim: int, n_states: int) -> None:
        super().__init__()
        self.layer_weights = nn.ParameterDict(
            {a: nn.Parameter(torch.empty(n_states)) for a in _AXES}
        )
        self.proj_layer = nn.ModuleDict({axis: _projection(dim) for axis in _AXES})

    def forward(self, means: torch.Tensor) -> torch.Tensor:
        """Return raw scores (n_axes,) of layer means (n_states, dim)."""
        scores = []
        for axis in _AXES:
            mix = functional.softmax(self.layer_weights[axis], dim=0) @ means
            scores.append(self.proj_layer[axis](functional.normalize(mix, dim=-1))[0])
        return torch.stack(scores)


def _projection(dim: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(_DEPTH - 1):
        # The place of the published dropout keeps its number.
        layers += [nn.Linear(dim, dim), nn.LayerNorm(dim), nn.GELU()]
    return nn.Sequential(*layers, nn.Linear(dim, 1))


class Audiobox:
    """Audiobox Aesthetics, which keeps the promise of a published judge.

    Parameters
    ----------
    parts : mapping of str to Part
        ``model``: all tensors and ``config.json``.
    device : torch.device
        Where to run.

    Raises
    ------
    WeightsError
        A tensor or an entry of the settings is missing or does not fit; it is named.
    """

    PARTS: ClassVar[dict[str, PartFiles]] = {
        "model": PartFiles(
            hub="facebook/audiobox-aesthetics",
            weights=("model.safetensors", "checkpoint.pt"),
            licence="CC-BY-4.0",
            config="config.json",
            within=("state_dict",),
            config_within={"model_cfg": False, "target_transform": True},
            prefix="model.",
            no_effect=tuple(_WAVLM.replace(".", r"\.") + pattern for pattern in NO_EFFECT),
        )
    }
    HEARING: ClassVar[Hearing] = Hearing(rates=(SAMPLE_RATE,))
    CONDITIONS: ClassVar[tuple[Condition, ...]] = ()
    NEEDS: ClassVar[tuple[Condition, ...]] = ()

    def __init__(self, parts: Mapping[str, Part], device: torch.device) -> None:
        part = parts["model"]
        self._scale = _scales(part)
        wavlm = {n.removeprefix(_WAVLM): t for n, t in part.tensors.items() if n.startswith(_WAVLM)}
        self._wavlm = WavLm(wavlm, _WAVLM, part.where, device)
        with torch.device("meta"):
            heads = _Heads(self._wavlm.dim, self._wavlm.n_layers + 1)
        own = {name: t for name, t in part.tensors.items() if not name.startswith(_WAVLM)}
        assign(heads, own, part.where)
        self._heads = heads.train(False).to(device)
        self._device = device

    @property
    def axes(self) -> tuple[JudgeAxis, ...]:
        """Its four scores."""
        return tuple(_AXES.values())

    @torch.inference_mode()
    def score(self, song: Samples, conditions: Conditions) -> Heard:  # noqa: ARG002 - it has none
        """Return the scores of a song and of each of its windows of 10 s."""
        samples = song[SAMPLE_RATE][0]
        windows: list[WindowScores] = []
        for start in range(0, len(samples), _WINDOW):
            piece = samples[start : start + _WINDOW]
            wave = torch.zeros(_WINDOW, device=self._device)
            wave[: len(piece)] = torch.tensor(piece, device=self._device)
            raw = self._heads(self._wavlm.layer_means(wave, len(piece))).cpu().double().numpy()
            scores = raw * self._scale[1] + self._scale[0]
            end = start + len(piece)
            windows.append(WindowScores(start / SAMPLE_RATE, end / SAMPLE_RATE, scores))
        if not windows:
            raise InputError("Expected a song with samples, got none.")
        weights = np.array([window.end_s - window.start_s for window in windows])
        whole = np.average([window.scores for window in windows], axis=0, weights=weights)
        return Heard(whole, tuple(windows))


def _scales(part: Part) -> Floats:
    """Return mean and standard deviation of each axis, (2, n_axes), of a checked configuration."""
    stated = read_stated(_Stated, part.config, part.where)
    for key, expected in (
        ("normalize_embed", True), ("use_weighted_layer_sum", True), ("proj_ln", True),
        ("proj_act_fn", "gelu"), ("proj_num_layer", _DEPTH), ("output_dim", 1),
    ):  # fmt: skip
        if getattr(stated, key) != expected:
            raise WeightsError(
                f"The configuration of {part.where} has {getattr(stated, key)!r} for '{key}';"
                f" expected {expected!r}, as Audiobox Aesthetics was published."
            )
    missing = [axis for axis in _AXES if axis not in stated.target_transform]
    if missing:
        raise WeightsError(
            f"The configuration of {part.where} lacks 'target_transform.{missing[0]}'; give the"
            " config.json that was published with the weights."
        )
    scales = [stated.target_transform[axis] for axis in _AXES]
    return np.array([[s.mean for s in scales], [s.std for s in scales]])
