"""HTS-AT (arXiv 2202.00874): the audio tower of LAION's and of Microsoft's CLAP.

A log-mel spectrogram is folded into a square picture, which a Swin transformer reads.
`transformers.ClapAudioModel` computes it. Published checkpoints have other names (``norm1``,
``mlp.fc1``) and one tensor for query, key and value; they are checked under the published names.

Conventions: a clip is mono float32 at the rate of its model, in [-1, 1]. Log-mel is
``10 log10(max(power, 1e-10))`` of 64 Slaney bands from 50 to 14,000 Hz, from Hann windows of 1,024
samples, centred, with reflected ends: (n_frames, 64). It is computed in float64 on the CPU, so that
it is the same for every device; published code has it in float32.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.size import agreed_size, count_blocks

N_MELS = 64
_N_FFT = 1024
_LOW_HZ, _HIGH_HZ = 50.0, 14_000.0
_FLOOR = 1e-10
_N_STAGES = 4
_MLP_RATIO = 4

# Published name on the right, that of transformers on the left; the first that fits counts.
_RENAMED = (
    (r"^batch_norm\.", "bn0."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"\.attention\.self\.(query|key|value)\.", ".attn.qkv."),
    (r"\.attention\.self\.", ".attn."),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"\.output\.dense\.", ".mlp.fc2."),
)
_THIRDS = {"query": 0, "key": 1, "value": 2}
#: Tensors of a published tower that are computed from settings or change nothing (`re.fullmatch`
#: after the tower's prefix).
NO_EFFECT = (
    r"(spectrogram_extractor|logmel_extractor|tscam_conv|head)\..*"
    r"|.*\.attn_mask|.*\.relative_position_index|bn0\.num_batches_tracked"
)


def mel_bands(sample_rate: int) -> NDArray[np.float64]:
    """Return the weights of the mel bands on a spectrum, (513, 64), each triangle of unit area.

    The scale is Slaney's: linear below 1,000 Hz, logarithmic above.
    """
    edges = _hertz(np.linspace(_mel(_LOW_HZ), _mel(_HIGH_HZ), N_MELS + 2))
    bins = np.linspace(0, sample_rate / 2, _N_FFT // 2 + 1)
    width = np.diff(edges)
    rising = (bins[None, :] - edges[:-2, None]) / width[:-1, None]
    falling = (edges[2:, None] - bins[None, :]) / width[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).T


class LogMel:
    """Log-mel spectrogram of a clip.

    ``hop``: samples from frame to frame. ``bands_rate``: the rate (Hz) that the mel bands are made
    for, which in one published model is not the rate of its audio.
    """

    def __init__(self, hop: int, bands_rate: int) -> None:
        self._hop = hop
        self._bands = torch.from_numpy(mel_bands(bands_rate))
        self._window = torch.hann_window(_N_FFT, dtype=torch.float64)

    def __call__(self, clip: NDArray[np.float32]) -> torch.Tensor:
        """Return (1, 1, n_frames, 64) float32, on the CPU, of a clip (n_samples,)."""
        spectrum = torch.stft(
            torch.from_numpy(clip.astype(np.float64)),
            _N_FFT,
            hop_length=self._hop,
            window=self._window,
            center=True,
            pad_mode="reflect",
            return_complex=True,
        )
        power = spectrum.abs().square().T @ self._bands
        return (10.0 * power.clamp_min(_FLOOR).log10()).float()[None, None]


def tower(tensors: Mapping[str, torch.Tensor], prefix: str, where: str) -> Any:
    """Return the network that published tensors describe, on the meta device.

    Its input is what `LogMel` gives, its ``pooler_output`` (n, dim).

    Raises
    ------
    WeightsError
        The tensors that tell a size are missing, or do not make a network.
    """
    from transformers import ClapAudioConfig, ClapAudioModel

    embed = agreed_size(
        tensors,
        [(f"{prefix}patch_embed.{n}", 0) for n in ("proj.bias", "norm.weight", "norm.bias")],
        where,
    )
    depths = [count_blocks(tensors, f"{prefix}layers.{i}.blocks", where) for i in range(_N_STAGES)]
    heads = [
        _heads(tensors, f"{prefix}layers.{i}.blocks", depth, embed * 2**i, where)
        for i, depth in enumerate(depths)
    ]
    settings = ClapAudioConfig(
        patch_embeds_hidden_size=embed,
        hidden_size=embed * 2 ** (_N_STAGES - 1),
        depths=depths,
        num_attention_heads=heads,
        num_mel_bins=N_MELS,
        mlp_ratio=float(_MLP_RATIO),
    )
    with torch.device("meta"):
        return ClapAudioModel(settings).audio_encoder


def published_state(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the tensors of a tower that count, by published name without prefix."""
    state: dict[str, torch.Tensor] = {}
    for name, value in network.state_dict().items():
        published = _published(name)
        if re.fullmatch(NO_EFFECT, published):
            continue
        # Query, key and value follow each other, as in the one published tensor.
        state[published] = torch.cat([state[published], value]) if published in state else value
    return state


def own_state(
    network: torch.nn.Module, tensors: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return the state of a tower from published tensors that fit `published_state`."""
    state: dict[str, torch.Tensor] = {}
    for name in network.state_dict():
        published = _published(name)
        if name.endswith(".relative_position_index"):
            attention = network.get_submodule(name.rpartition(".")[0])
            state[name] = cast("Any", attention).create_relative_position_index()
        elif name == "batch_norm.num_batches_tracked":
            state[name] = torch.tensor(0)
        elif ".attn.qkv." in published:
            third = _THIRDS[name.split(".")[-2]]
            state[name] = tensors[published].chunk(3)[third]
        else:
            state[name] = tensors[published]
    return state


def _published(name: str) -> str:
    for pattern, published in _RENAMED:
        renamed, hits = re.subn(pattern, published, name)
        if hits:
            return renamed
    return name


def _heads(
    tensors: Mapping[str, torch.Tensor], prefix: str, depth: int, dim: int, where: str
) -> int:
    names = [f"{prefix}.{i}.attn.relative_position_bias_table" for i in range(depth)]
    heads = agreed_size(tensors, [(name, 1) for name in names], where)
    if heads < 1 or dim % heads:
        raise WeightsError(
            f"The weights in {where} do not fit; wrong shape: {names[0]} has {heads} columns (one a"
            f" head), expected a divisor of {dim}, the width of its stage."
        )
    return heads


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    low = mel * 200 / 3
    return np.where(mel < 15, low, 1000 * np.exp((mel - 15) * math.log(6.4) / 27))
