"""LAION CLAP (arXiv 2211.06687): songs and texts in one space of 512 dimensions.

The audio tower is HTS-AT (`plaudit.encoders.published.htsat`) at 48 kHz, the text tower RoBERTa,
each with a projection of two layers. Both are computed with the classes of `transformers`; the
weights are LAION's own checkpoints, under their own names, each tensor accounted for.

How it hears, as published: samples are clipped to [-1, 1], times 32,767, cut to whole numbers, and
divided again; a clip is 480,000 samples (10 s), of a longer song ONE RANDOM CROP, a shorter one is
repeated whole times and filled with zeros.

Where we differ: a random crop gives another score with each call. Here a longer song is cut into
clips of 10 s from its start, the last one being the rest, and its embedding is the mean of the
clips' embeddings, each weighed by the seconds of song in it, brought to unit length again. A rest
of a few samples thus moves nothing. Songs of up to 10 s are heard as published. With
``crop_start`` a longer song is heard as published, from that sample on.

Source: laion_clap 1.1.7, ``CLAP_Module(enable_fusion=False)``. Sizes come from the tensors, because
the checkpoints have no configuration; heads of the text tower, which no tensor shows, are 64 wide.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.htsat import NO_EFFECT, LogMel, own_state, published_state, tower
from plaudit.encoders.published.size import agreed_size, count_blocks, count_heads
from plaudit.encoders.shared_pass import once
from plaudit.encoders.weights import assign, check_fit

SAMPLE_RATE = 48_000
CLIP_SAMPLES = 480_000
_HOP = 480
_MAX_TOKENS = 77
_AUDIO, _TEXT = "audio_branch.", "text_branch."
_KEY_BIAS = ".attention.self.key.bias"
_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")
_PROJECTIONS = ("audio_projection", "text_projection")
# RoBERTa base, whose rows no other tensor confirms.
_ROBERTA_WIDTH, _ROBERTA_VOCABULARY, _ROBERTA_POSITIONS = 768, 50_265, 514

#: Published tensors that change no score (`re.fullmatch`). The bias of a key moves all of a
#: query's attention alike, which its softmax does not see.
CLAP_NO_EFFECT = (
    r"audio_branch\.(" + NO_EFFECT + ")",
    r"logit_scale_[at]",
    r"(audio|text)_transform\..*",
    r"text_branch\.embeddings\.(position_ids|token_type_ids)",
    r"text_branch\.encoder\.layer\.\d+\.attention\.self\.key\.bias",
)


class Clip(NamedTuple):
    """Embedding (dim,) of unit length of the samples from ``start`` to ``stop`` of a song."""

    start: int
    stop: int
    embedding: NDArray[np.float32]


class ClapEncoder:
    """Both towers of a CLAP checkpoint, or the one for audio alone, frozen.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Weights by published name, without ``module.`` before it and without `CLAP_NO_EFFECT`.
    where : str
        Source of the weights, for messages.
    device : torch.device
        Where to run; log-mel is computed on the CPU.
    text : bool
        Whether it has the tower for texts, which `read` needs.
    """

    def __init__(
        self,
        tensors: Mapping[str, torch.Tensor],
        where: str,
        device: torch.device,
        *,
        text: bool = True,
    ) -> None:
        network = _network(tensors, where, text=text)
        check_fit(_expected(network), tensors, where)
        assign(network, _state(network, tensors), where, frozen_on=device)
        self._network = network.train(False).to(device)
        self._device = device
        self._where = where
        self._log_mel = LogMel(_HOP, SAMPLE_RATE)
        last = cast("torch.nn.Sequential", network["audio_projection"])[-1]
        self.dim = int(cast("torch.nn.Linear", last).out_features)

    @torch.inference_mode()
    def hear(self, samples: NDArray[np.float32], crop_start: int | None = None) -> list[Clip]:
        """Return the clips of a song (n_samples,), mono at 48 kHz, with their embeddings.

        ``crop_start`` (samples) is where the only clip of a song of more than 10 s begins.
        """
        return [
            Clip(start, stop, self._embed(samples[start:stop]))
            for start, stop in cuts(len(samples), crop_start)
        ]

    @torch.inference_mode()
    def read(self, ids: list[int]) -> NDArray[np.float32]:
        """Return the embedding (dim,) of unit length of a text, from its token ids with their ends.

        More than 77 are cut, the end stays.

        Raises
        ------
        WeightsError
            An id is beyond the vocabulary of the weights.
        """
        kept = ids if len(ids) <= _MAX_TOKENS else [*ids[: _MAX_TOKENS - 1], ids[-1]]
        text = cast("Any", self._network["text_branch"])
        size = int(text.config.vocab_size)
        if max(kept) >= size:
            raise WeightsError(
                f"The tokenizer gave the id {max(kept)}, but {self._where} knows {size} tokens;"
                " import the judge again with the tokenizer.json of its text model."
            )

        def embedding() -> NDArray[np.float32]:
            state = text(torch.tensor([kept], device=self._device)).pooler_output
            return self._project(state, "text_projection")

        return once([text, self._network["text_projection"]], "text", tuple(kept), embedding)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors that count, by published name."""
        return _expected(self._network)

    def _embed(self, clip: NDArray[np.float32]) -> NDArray[np.float32]:
        audio = self._network["audio_branch"]

        def embedding() -> NDArray[np.float32]:
            mel = self._log_mel(filled(quantised(clip))).to(self._device)
            return self._project(audio(mel).pooler_output, "audio_projection")

        return once([audio, self._network["audio_projection"]], "audio", clip, embedding)

    def _project(self, state: torch.Tensor, name: str) -> NDArray[np.float32]:
        embedding = torch.nn.functional.normalize(self._network[name](state), dim=-1)
        return cast("NDArray[np.float32]", embedding[0].cpu().numpy())


def cuts(n_samples: int, crop_start: int | None = None) -> list[tuple[int, int]]:
    """Return the first and the last sample (exclusive) of each clip of a song.

    Raises
    ------
    InputError
        The crop would end after the song.
    """
    if n_samples <= CLIP_SAMPLES:
        return [(0, n_samples)]
    if crop_start is not None:
        last = n_samples - CLIP_SAMPLES
        if not 0 <= crop_start <= last:
            raise InputError(
                f"Expected a crop that starts at sample 0 to {last} of a song of {n_samples}"
                f" samples at {SAMPLE_RATE} Hz, got {crop_start}."
            )
        return [(crop_start, crop_start + CLIP_SAMPLES)]
    starts = range(0, n_samples, CLIP_SAMPLES)
    return [(start, min(start + CLIP_SAMPLES, n_samples)) for start in starts]


def quantised(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return samples as a 16-bit file holds them, cut towards zero."""
    whole = (np.clip(clip, -1, 1) * 32_767).astype(np.int16)
    return (whole / 32_767).astype(np.float32)


def filled(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a clip of 10 s from a shorter one: repeated whole times, then zeros."""
    times = CLIP_SAMPLES // len(clip)
    return np.pad(np.tile(clip, times), (0, CLIP_SAMPLES - times * len(clip)))


def mean_embedding(clips: list[Clip]) -> NDArray[np.float32]:
    """Return the embedding (dim,) of a song, of unit length, from those of its clips."""
    if len(clips) == 1:
        return clips[0].embedding
    seconds = np.array([clip.stop - clip.start for clip in clips], dtype=np.float64)
    mean = seconds @ np.stack([clip.embedding for clip in clips]).astype(np.float64)
    return cast("NDArray[np.float32]", (mean / np.linalg.norm(mean)).astype(np.float32))


def _network(tensors: Mapping[str, torch.Tensor], where: str, *, text: bool) -> torch.nn.ModuleDict:
    """The parts, under their published names, on the meta device."""
    reader = _text_tower(tensors, where) if text else None
    parts = _PROJECTIONS if text else _PROJECTIONS[:1]
    ends = [(f"{name}.{i}.bias", 0) for name in parts for i in (0, 2)]
    joint = agreed_size(tensors, ends, where)
    audio = tower(tensors, _AUDIO, where)
    with torch.device("meta"):
        network = torch.nn.ModuleDict(
            {"audio_branch": audio, "audio_projection": _projection(audio.num_features, joint)}
        )
        if reader is not None:
            network["text_branch"] = reader
            network["text_projection"] = _projection(reader.config.hidden_size, joint)
    return network


def _text_tower(tensors: Mapping[str, torch.Tensor], where: str) -> Any:
    from transformers import ClapTextConfig, ClapTextModel

    width = agreed_size(
        tensors,
        [
            (f"{_TEXT}{n}", 0)
            for n in (
                "pooler.dense.bias",
                "embeddings.LayerNorm.weight",
                "embeddings.LayerNorm.bias",
            )
        ],
        where,
    )
    layers = count_blocks(tensors, f"{_TEXT}encoder.layer", where)
    inner = [
        (f"{_TEXT}encoder.layer.{i}.intermediate.dense.{n}", 0)
        for i in range(layers)
        for n in ("bias", "weight")
    ]
    known = width == _ROBERTA_WIDTH
    rows = {
        name: agreed_size(tensors, [(f"{_TEXT}embeddings.{name}_embeddings.weight", 0)], where)
        for name in ("word", "position")
    }
    settings = ClapTextConfig(
        vocab_size=_ROBERTA_VOCABULARY if known else rows["word"],
        max_position_embeddings=_ROBERTA_POSITIONS if known else rows["position"],
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=count_heads(width, where),
        intermediate_size=agreed_size(tensors, inner, where),
        layer_norm_eps=1e-5,
    )
    with torch.device("meta"):
        return ClapTextModel(settings)


def _projection(dim: int, joint: int) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        torch.nn.Linear(dim, joint), torch.nn.ReLU(), torch.nn.Linear(joint, joint)
    )


def _expected(network: torch.nn.ModuleDict) -> dict[str, torch.Tensor]:
    """The published tensors that the network needs."""
    others = {
        name: value
        for name, value in network.state_dict().items()
        if not name.startswith(_AUDIO) and not name.endswith((_KEY_BIAS, *_BUFFERS))
    }
    audio = published_state(network["audio_branch"])
    return others | {f"{_AUDIO}{name}": value for name, value in audio.items()}


def _state(
    network: torch.nn.ModuleDict, tensors: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return the state of the network from the published tensors."""
    published = {n.removeprefix(_AUDIO): t for n, t in tensors.items() if n.startswith(_AUDIO)}
    audio = own_state(network["audio_branch"], published)
    state = {f"{_AUDIO}{name}": value for name, value in audio.items()}
    for name, value in network.state_dict().items():
        if name.endswith(_BUFFERS[0]):
            state[name] = torch.arange(value.shape[1]).expand(1, -1)
        elif name.endswith((_KEY_BIAS, _BUFFERS[1])):
            state[name] = torch.zeros(value.shape, dtype=value.dtype)
        elif not name.startswith(_AUDIO):
            state[name] = tensors[name]
    return state
