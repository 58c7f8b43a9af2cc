"""MuQ (arXiv 2501.01108) and MusicFM (arXiv 2311.03318): one network, two trainings.

Both turn a mel spectrogram into 25 frames a second with two convolutional modules and read them
with 12 Conformer layers (Wav2Vec2-Conformer, rotary positions). The published package ``muq`` runs
on transformers 4 only, and its encoder holds the attention of every pair of frames; here memory
grows with length alone, so that a song is heard whole.

Conventions: waves are float32 (n, n_samples) mono at 24 kHz, without normalisation; hidden states
are (n, n_frames, dim), n_frames = ceil(ceil((n_samples // 240) / 2) / 2). Hidden state 0 is the
input of the first layer, i the output of layer i, and the last one carries the encoder's final
norm, as in the published list. Names of tensors are the published ones without ``model.``.

Front end: power mel spectrogram (window and FFT 2048, hop 240, periodic Hann, centred, reflected,
128 HTK bands from 0 to 12 kHz without normalisation), 10 log10(max(x, 1e-10)), the last frame
dropped, then (x - mean) / std with the two numbers that the weights were published with.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from weakref import WeakSet

import torch
from pydantic import JsonValue, PositiveFloat, PositiveInt
from torch import nn
from torch.nn import functional

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.conformer import Conformer, FrozenNorm, rotary
from plaudit.encoders.published.stated import Stated, read_stated
from plaudit.encoders.shared_pass import current, digest_of, tensors_of
from plaudit.encoders.weights import assign

SAMPLE_RATE = 24_000
LEAST_SAMPLES = 1_025  #: Below, the reflection at the edges has too little to reflect.
FRAMES_PER_S = 25
MEMORY_LIMIT_BYTES = 8 * 10**9  #: A song that would need more is refused by the judges.
_N_FFT = 2_048
_HOP = 240
_BANDS = 128
_CHUNK = 256  # frames of output that the convolutions make at once
_COPIES = 14  # of a hidden state that are alive at the peak; 12 were measured
_FIXED_BYTES = 10**9  # Python, torch and a chunk of the convolutions at full size
_CONTEXT = 3  # frames on either side that a frame of output depends on


@dataclass(frozen=True)
class MuqSettings:
    """What decides the shape and the arithmetic of the network.

    ``mean`` and ``std`` are of the mel spectrogram (dB), ``hidden`` is the width of the
    feed-forward parts, ``depth`` the number of layers of the whole encoder.
    """

    dim: int
    depth: int
    heads: int
    hidden: int
    conv_dim: int
    mean: float
    std: float
    kernel: int = 31
    norm_epsilon: float = 1e-5
    rotary_base: float = 10_000.0


class _ConformerStated(Stated):
    """The part of a Wav2Vec2-Conformer configuration that decides numbers."""

    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt
    hidden_act: Literal["swish", "silu"]
    position_embeddings_type: Literal["rotary"]
    # The published class takes these where its file does not say otherwise.
    conv_depthwise_kernel_size: PositiveInt = 31
    layer_norm_eps: PositiveFloat = 1e-5
    rotary_embedding_base: PositiveFloat = 10_000.0


class MelStated(Stated):
    """Mean and standard deviation of the mel spectrogram (``stat``, ``msd_stats.json``)."""

    melspec_2048_mean: float
    melspec_2048_std: PositiveFloat


class _MuqStated(Stated):
    encoder_dim: PositiveInt
    encoder_depth: PositiveInt
    conv_dim: PositiveInt
    stat: MelStated
    w2v2_config: _ConformerStated
    n_mels: Literal[128] = 128
    hop_length: Literal[240] = 240
    label_rate: Literal[25] = 25


def muq_settings(config: Mapping[str, JsonValue], where: str) -> MuqSettings:
    """Return the settings that MuQ's ``config.json`` states.

    Raises
    ------
    WeightsError
        A key is absent or asks for what this network does not compute; the key is named.
    """
    stated = read_stated(_MuqStated, config, where)
    conformer = stated.w2v2_config
    check_heads(stated.encoder_dim, conformer.num_attention_heads, where)
    return MuqSettings(
        dim=stated.encoder_dim,
        depth=stated.encoder_depth,
        heads=conformer.num_attention_heads,
        hidden=conformer.intermediate_size,
        conv_dim=stated.conv_dim,
        mean=stated.stat.melspec_2048_mean,
        std=stated.stat.melspec_2048_std,
        kernel=conformer.conv_depthwise_kernel_size,
        norm_epsilon=conformer.layer_norm_eps,
        rotary_base=conformer.rotary_embedding_base,
    )


def decisive(config: Mapping[str, JsonValue], where: str) -> dict[str, JsonValue]:
    """Return what of MuQ's ``config.json`` decides numbers; `WeightsError` as `muq_settings`."""
    stated: dict[str, JsonValue] = read_stated(_MuqStated, config, where).model_dump(mode="json")
    return stated


def check_heads(dim: int, heads: int, where: str) -> None:
    """Raise `WeightsError` if a width does not split into heads of an even width."""
    if dim % (2 * heads):
        raise WeightsError(
            f"The encoder of {where} is {dim} wide, which num_attention_heads {heads} do not split"
            " into even widths; give the configuration file that was published with the weights."
        )


def no_effect(
    prefix: str = "", depth: int | None = None, *, key_bias: bool = False
) -> tuple[str, ...]:
    """Return patterns of the published tensors that change nothing in hidden states 0 to ``depth``.

    ``prefix`` stands before their names (``model.`` in MuQ's own file). None is the whole encoder,
    whose final norm counts. A bias of keys moves all attention of a query alike, which the softmax
    does not see: ``key_bias`` keeps it, for what is compared to the last digit.
    """
    front = prefix.replace(".", r"\.")
    patterns = [
        r"cls_token", r"(rvq|quantizer_\w+|preprocessor_\w+|linear)\..*", r".*num_batches_tracked",
        r"conformer\.(pos_conv_embed|embed_positions)\..*",
    ]  # fmt: skip
    if not key_bias:
        patterns.append(r"conformer\.layers\.\d+\.self_attn\.linear_k\.bias")
    if depth is not None:
        kept = "|".join(str(layer) for layer in range(depth))
        patterns.append(rf"conformer\.layers\.(?!({kept})\.)\d+\..*")
        patterns.append(r"conformer\.layer_norm\..*")
    return tuple(front + pattern for pattern in patterns)


_LIVE: "WeakSet[Muq]" = WeakSet()


class Muq(nn.Module):
    """The network up to hidden state ``depth``; all layers and the final norm where that is None.

    Build it on the meta device and set its tensors with `plaudit.encoders.weights.assign`, alone
    (`load_muq`) or as a part of a larger network that has it at the place of its published name.
    """

    def __init__(
        self, settings: MuqSettings, depth: int | None = None, *, key_bias: bool = False
    ) -> None:
        super().__init__()
        depth = settings.depth if depth is None else depth
        if not 0 <= depth <= settings.depth:
            raise InputError(
                f"The encoder has hidden states 0 to {settings.depth}; {depth} does not exist."
            )
        self.conv = _FrontEnd(settings)
        self.conformer = Conformer(
            depth,
            settings.dim,
            settings.heads,
            settings.hidden,
            settings.kernel,
            final_norm=settings.norm_epsilon if depth == settings.depth else None,
            key_bias=key_bias,
        )
        self.settings = settings
        self.depth = depth
        self._asked = {depth}
        self._keys: dict[int, Hashable] = {}
        _LIVE.add(self)

    def states(
        self, waves: torch.Tensor, wanted: Sequence[int], mask: torch.Tensor | None = None
    ) -> list[torch.Tensor]:
        """Return hidden states by index; layers beyond the highest are not run.

        Where passes are shared (`plaudit.encoders.shared_pass`), one goes on from the highest state
        of this input that another network of the same tensors reached, and keeps those that
        others ask for.

        Parameters
        ----------
        waves : Tensor
            (n, n_samples) float32 at 24 kHz, at least 1,025 samples.
        wanted : sequence of int
            Indices from 0 to ``depth``.
        mask : Tensor, optional
            (n, n_frames) bool, True for frames that count; the others are set to zero before the
            first layer, and no frame attends to them.

        Raises
        ------
        InputError
            Too few samples, or an index that is not there.
        """
        wrong = [index for index in wanted if not 0 <= index <= self.depth]
        if wrong or not wanted:
            raise InputError(
                f"Hidden states 0 to {self.depth} are loaded; {list(wanted)} do not exist."
            )
        self._asked.update(wanted)
        passes = current() if mask is None else None
        heard = "" if passes is None else digest_of(waves)
        known: dict[int, torch.Tensor] = {}
        if passes is not None:
            held = ((i, passes.get((self._key(i), heard))) for i in range(max(wanted) + 1))
            known = {index: state for index, state in held if state is not None}
        missing = [index for index in wanted if index not in known]
        if not missing:
            return [known[index] for index in wanted]
        first = max((index for index in known if index < min(missing)), default=0)
        x = known[first] if first in known else self._frames(waves)
        if mask is not None:
            x = x.masked_fill(~mask[:, :, None], 0.0)
        turn = rotary(x.shape[1], self.settings.dim // self.settings.heads,
                      self.settings.rotary_base, x.device)  # fmt: skip
        for index in range(first, max(missing) + 1):
            x = self.conformer.step(index, x, turn, mask) if index > first else x
            if index in wanted:
                known[index] = x
            if passes is not None and self._for_others(index, max(wanted)):
                passes.keep((self._key(index), heard), x)
        return [known[index] for index in wanted]

    def state(
        self, waves: torch.Tensor, index: int | None = None, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return one hidden state (n, n_frames, dim), the last that is loaded by default."""
        return self.states(waves, [self.depth if index is None else index], mask)[0]

    def peak_bytes(self, n_samples: int) -> float:
        """Return an upper estimate of the memory of this process while it hears a song at once."""
        weights = sum(tensor.numel() for tensor in self.parameters())
        state = n_samples / SAMPLE_RATE * FRAMES_PER_S * self.settings.dim
        return _FIXED_BYTES + 4 * (weights + _COPIES * state + 3 * n_samples)

    def _for_others(self, index: int, last: int) -> bool:
        """Whether another network can use a state: it asks for it, or goes on where this ends."""
        return any(
            (index in other._asked or index == last)
            and index <= other.depth
            and other._key(index) == self._key(index)
            for other in _LIVE
            if other is not self
        )

    def _key(self, index: int) -> Hashable:
        """Return what decides a hidden state: settings, and the tensors up to it."""
        if index not in self._keys:
            layers = self.conformer.layers
            norm = self.conformer.layer_norm if index == len(layers) else None
            parts = [self.conv, *layers[:index], *([] if norm is None else [norm])]
            self._keys[index] = (replace(self.settings, depth=index), tensors_of(parts))
        return self._keys[index]

    def _frames(self, waves: torch.Tensor) -> torch.Tensor:
        """Return hidden state 0, made in chunks of time: the same numbers in far less memory."""
        if waves.shape[-1] < LEAST_SAMPLES:
            raise InputError(
                f"Expected at least {LEAST_SAMPLES:,} samples (43 ms) at 24 kHz,"
                f" got {waves.shape[-1]:,}; there is nothing to judge in so short a sound."
            )
        padded = functional.pad(waves, (_N_FFT // 2, _N_FFT // 2), mode="reflect")
        n_mel = waves.shape[-1] // _HOP
        n_frames = -(-n_mel // 4)
        size = max(1, _CHUNK // len(waves))
        window = torch.hann_window(_N_FFT).to(waves.device)
        bands = mel_bands().to(waves.device)
        parts = []
        for start in range(0, n_frames, size):
            stop = min(start + size, n_frames)
            first = max(0, start - _CONTEXT)
            begin, end = 4 * first, min(4 * (stop + _CONTEXT), n_mel)
            samples = padded[:, begin * _HOP : (end - 1) * _HOP + _N_FFT]
            mel = (_mel(samples, window, bands) - self.settings.mean) / self.settings.std
            parts.append(self.conv(mel)[:, start - first : stop - first])
        return torch.cat(parts, dim=1)


def load_muq(
    tensors: Mapping[str, torch.Tensor],
    settings: MuqSettings,
    where: str,
    *,
    device: torch.device,
    prefix: str = "model.",
    depth: int | None = None,
    key_bias: bool = False,
) -> Muq:
    """Return the network with its weights; every tensor whose name has the prefix must fit.

    Those that `no_effect` names for this depth have to be left out before.

    Raises
    ------
    WeightsError
        A tensor is missing, unexpected or of a wrong shape; names in the message are published.
    """
    if depth is not None and depth >= settings.depth:
        raise WeightsError(
            f"The configuration of {where} says that the encoder has {settings.depth} layers"
            f" (encoder_depth); expected more than {depth}, as published."
        )
    with torch.device("meta"):
        network = Muq(settings, depth, key_bias=key_bias)
    whole: nn.Module = network
    for name in reversed(prefix.split(".")[:-1]):  # so that messages have the published names
        inner, whole = whole, nn.Module()
        whole.add_module(name, inner)
    own = {n: t for n, t in tensors.items() if n.startswith(prefix)}
    assign(whole, own, where, frozen_on=device)
    return network.train(False).to(device)


def mel_bands() -> torch.Tensor:
    """Return the triangular HTK filters of the front end, (1025, 128), each with a peak of 1.

    In float32 throughout, as those that the network was trained with: in float64 they differ by
    1e-5.
    """
    top = 2_595.0 * math.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, top, _BANDS + 2) / 2_595) - 1)
    gaps = edges.diff()
    above = edges - torch.linspace(0, SAMPLE_RATE / 2, _N_FFT // 2 + 1)[:, None]
    return torch.minimum(-above[:, :-2] / gaps[:-1], above[:, 2:] / gaps[1:]).clamp(min=0)


def _mel(samples: torch.Tensor, window: torch.Tensor, bands: torch.Tensor) -> torch.Tensor:
    """Return the mel spectrogram in dB, (n, 128, n_frames), of samples that are padded already."""
    spectrum = torch.stft(samples, _N_FFT, _HOP, window=window, center=False, return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    return 10.0 * torch.log10((bands.T @ power).clamp(min=1e-10))


class _FrontEnd(nn.Module):
    """Mel frames (n, 128, n_mel) to input of the Conformer (n, ceil(ceil(n_mel / 2) / 2), dim)."""

    def __init__(self, settings: MuqSettings) -> None:
        super().__init__()
        width = settings.conv_dim
        self.conv = nn.ModuleList([_Residual(1, width), _Residual(width, width)])
        self.linear = nn.Linear(width * _BANDS // 4, settings.dim)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = mel[:, None]
        for module in self.conv:
            x = module(x)
        frames: torch.Tensor = self.linear(x.permute(0, 3, 1, 2).flatten(2))
        return frames


class _Residual(nn.Module):
    """Two convolutions beside one, all of kernel 3; halves bands and time."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
        self.bn1 = FrozenNorm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.bn2 = FrozenNorm(outputs)
        self.conv3 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
        self.bn3 = FrozenNorm(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(inner + self.bn3(self.conv3(x)))
