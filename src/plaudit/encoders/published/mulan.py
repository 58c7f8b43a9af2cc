"""The two towers of MuQ-MuLan (arXiv 2501.01108): music and text as vectors of one space.

Each tower is a published encoder (MuQ for music, XLM-RoBERTa for text) with a transformer on top.
A block adds attention, then a feed-forward layer, each behind a layer norm without bias. In the
attention, queries and keys are L2-normalised within each head, scaled by a learned vector, and
their products times 8 are the logits; there are no positions, biases or final norm.

Conventions: one song or one text at a time; states are float32 (n_frames or n_tokens, dim), 25
frames a second. The towers' modules carry the published names of their tensors.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, cast

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import nn
from torch.nn import functional

from plaudit.encoders.published import muq, xlm_roberta
from plaudit.encoders.published.size import count_blocks, count_heads, shape_of
from plaudit.encoders.published.stated import Stated
from plaudit.encoders.shared_pass import once

_SCALE = 8.0
AUDIO, TEXT = "mulan.audio.", "mulan.text."  #: Before the names of the tensors of the towers.
# MuQ's own configuration has these; they are not in that of MuQ-MuLan.
_MEL_MEAN, _MEL_STD = 6.768444971712967, 18.417922652295623


class BlockSizes(Stated):
    """Sizes of a MuLan transformer, in the words of the published settings.

    ``dim`` is its width; the inner width of a feed-forward layer is ``dim * ff_mult * 2 / 3``.
    """

    dim: PositiveInt
    tf_depth: PositiveInt
    heads: PositiveInt = 8
    dim_head: PositiveInt = 64
    ff_mult: PositiveFloat = 4

    @property
    def inner(self) -> int:
        """Width of all heads together."""
        return self.heads * self.dim_head

    @property
    def hidden(self) -> int:
        """Inner width of a feed-forward layer."""
        return int(self.dim * self.ff_mult * 2 / 3)


class SpaceStated(Stated):
    """The common space of music and texts, and the clips that are cut from a song for it."""

    dim_latent: PositiveInt
    sr: Literal[24_000] = 24_000
    clip_secs: PositiveInt = 10


class AudioModelStated(Stated):
    """The encoder of music, whose last state is read."""

    model_dim: PositiveInt
    use_layer_idx: Literal[-1] = -1


class TextModelStated(Stated):
    """The encoder of texts."""

    model_dim: PositiveInt | None = None


class TextSizes(BlockSizes):
    """Sizes of the transformer of texts."""

    max_seq_len: PositiveInt = 256  # CMI-RM cuts texts to it


class MulanStated(Stated):
    """What MuQ-MuLan's ``config.json`` says."""

    mulan: SpaceStated
    audio_model: AudioModelStated
    text_model: TextModelStated
    audio_transformer: BlockSizes
    text_transformer: TextSizes


class GammaNorm(nn.Module):
    """Layer norm with a learned scale and no shift."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.learned_gamma = nn.Parameter(torch.ones(dim))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return states (..., dim), normalised."""
        return functional.layer_norm(states, states.shape[-1:], self.learned_gamma)


class Attention(nn.Module):
    """Self-attention whose queries and keys have length one, times a learned scale."""

    def __init__(self, sizes: BlockSizes) -> None:
        super().__init__()
        self._heads = sizes.heads
        self.norm = GammaNorm(sizes.dim)
        self.to_q = nn.Linear(sizes.dim, sizes.inner, bias=False)
        self.to_kv = nn.Linear(sizes.dim, 2 * sizes.inner, bias=False)
        self.q_scale = nn.Parameter(torch.ones(sizes.dim_head))
        self.k_scale = nn.Parameter(torch.ones(sizes.dim_head))
        self.to_out = nn.Sequential(nn.Linear(sizes.inner, sizes.dim, bias=False))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return the attention of each of the states (n, dim) to all of them."""
        states = self.norm(states)
        query = by_head(self.to_q(states), self._heads)
        key, value = (by_head(part, self._heads) for part in self.to_kv(states).chunk(2, dim=-1))
        query = functional.normalize(query, dim=-1) * self.q_scale
        key = functional.normalize(key, dim=-1) * self.k_scale
        heard: torch.Tensor = self.to_out(attend(query, key, value, _SCALE))
        return heard


class Gate(nn.Module):
    """GEGLU: the first half, times GELU of the second."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return (..., n) from (..., 2 n)."""
        kept, gate = states.chunk(2, dim=-1)
        return functional.gelu(gate) * kept


def feed_forward(sizes: BlockSizes) -> nn.Sequential:
    """Return a feed-forward layer; the fourth module stands where dropout was."""
    return nn.Sequential(
        GammaNorm(sizes.dim),
        nn.Linear(sizes.dim, 2 * sizes.hidden, bias=False),
        Gate(),
        nn.Identity(),
        nn.Linear(sizes.hidden, sizes.dim, bias=False),
    )


class Transformer(nn.Module):
    """MuLan's transformer."""

    def __init__(self, sizes: BlockSizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleList([Attention(sizes), feed_forward(sizes)]) for _ in range(sizes.tf_depth)
        )

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return states (n, dim) from (n, dim)."""
        for layer in self.layers:
            attention, feed = cast("nn.ModuleList", layer)
            states = states + attention(states)
            states = states + feed(states)
        return states


class AudioTower(nn.Module):
    """MuQ, a projection and a transformer, on the meta device: assign its tensors."""

    def __init__(self, encoder: muq.MuqSettings, sizes: BlockSizes) -> None:
        super().__init__()
        self.model = nn.Module()  # its tensors are called model.model
        self.model.model = muq.Muq(encoder)
        self.proj = nn.Linear(encoder.dim, sizes.dim)
        self.transformer = Transformer(sizes)
        self._settings = (encoder, sizes)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """Return the states (n_frames, dim) of samples (n_samples,) at 24 kHz."""
        encoder = cast("muq.Muq", self.model.model)

        def states() -> torch.Tensor:
            made: torch.Tensor = self.transformer(self.proj(encoder.state(samples[None])[0]))
            return made

        return once([self], self._settings, samples, states)


class TextTower(nn.Module):
    """XLM-RoBERTa and a transformer of its width."""

    def __init__(self, encoder: nn.Module, sizes: BlockSizes) -> None:
        super().__init__()
        self.model = encoder
        self.transformer = Transformer(sizes)
        self._settings = sizes

    def forward(self, ids: Sequence[int]) -> torch.Tensor:
        """Return the states (n_tokens, dim) of one text, as `xlm_roberta.text_states` reads it."""

        def states() -> torch.Tensor:
            made: torch.Tensor = self.transformer(xlm_roberta.text_states(self.model, ids))
            return made

        return once([self], self._settings, tuple(ids), states)


class Towers(nn.Module):
    """The towers and their projections, under ``mulan``, as in the published names.

    Build them on the meta device: assign their tensors. Without ``text`` they only hear.
    """

    def __init__(self, audio: AudioTower, text: TextTower | None, stated: MulanStated) -> None:
        super().__init__()
        latent = stated.mulan.dim_latent
        self.mulan = nn.Module()
        self.mulan.audio = audio
        self.mulan.audio_to_latents = nn.Linear(stated.audio_transformer.dim, latent)
        if text is not None:
            self.mulan.text = text
            self.mulan.text_to_latents = nn.Linear(stated.text_transformer.dim, latent)

    def latent(self, kind: Literal["audio", "text"], heard: object) -> torch.Tensor:
        """Return the vector of length one of samples or of token ids."""
        states = self.mulan.get_submodule(kind)(heard)
        vector = self.mulan.get_submodule(f"{kind}_to_latents")(states.mean(dim=0))
        return functional.normalize(vector, dim=-1)


def no_effect(audio: str, text: str) -> tuple[str, ...]:
    """Return patterns of tensors of the two towers that change nothing; arguments are prefixes."""
    return (
        *muq.no_effect(f"{audio}model.model."),
        re.escape(audio) + r"aggregator\..*",
        *xlm_roberta.no_effect(f"{text}model."),
    )


def by_head(states: torch.Tensor, heads: int) -> torch.Tensor:
    """Return (n, heads * d) as (heads, n, d)."""
    return states.reshape(len(states), heads, states.shape[1] // heads).transpose(0, 1)


def attend(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scale: float
) -> torch.Tensor:
    """Return attention (n, heads * d) of queries, keys and values (heads, n, d)."""
    heard = functional.scaled_dot_product_attention(
        queries[None], keys[None], values[None], scale=scale
    )
    return heard[0].transpose(0, 1).flatten(1)


def block_sizes(tensors: Mapping[str, torch.Tensor], prefix: str, where: str) -> BlockSizes:
    """Return the sizes of a transformer from the shapes of its tensors.

    For weights whose settings do not say them. The sizes come from the first block alone, so any
    other that differs is refused by name when tensors are assigned.

    Raises
    ------
    WeightsError
        A tensor of the first block is missing.
    """
    (dim_head,) = shape_of(tensors, f"{prefix}layers.0.0.q_scale", 1, where)
    dim, inner = shape_of(tensors, f"{prefix}layers.0.0.to_out.0.weight", 2, where)
    _, hidden = shape_of(tensors, f"{prefix}layers.0.1.4.weight", 2, where)
    return BlockSizes(
        dim=dim,
        tf_depth=count_blocks(tensors, f"{prefix}layers", where),
        heads=max(1, inner // dim_head),
        dim_head=dim_head,
        ff_mult=(hidden + 0.5) * 3 / (2 * dim),  # the width is rounded down from it
    )


def muq_sizes(
    tensors: Mapping[str, torch.Tensor], prefix: str, dim: int, where: str
) -> muq.MuqSettings:
    """Return the settings of a MuQ of width ``dim`` from shapes, and from what MuQ-large states.

    Raises
    ------
    WeightsError
        A tensor that decides a size is missing.
    """
    (conv_dim,) = shape_of(tensors, f"{prefix}conv.conv.0.conv1.bias", 1, where)
    first = f"{prefix}conformer.layers.0."
    return muq.MuqSettings(
        dim=dim,
        depth=count_blocks(tensors, f"{prefix}conformer.layers", where),
        heads=count_heads(dim, where),
        hidden=shape_of(tensors, f"{first}ffn1.output_dense.weight", 2, where)[1],
        conv_dim=conv_dim,
        mean=_MEL_MEAN,
        std=_MEL_STD,
        kernel=shape_of(tensors, f"{first}conv_module.depthwise_conv.weight", 3, where)[2],
    )
