"""The network of CMI-RM: joint attention over the prompt and the song.

Texts, lyrics and the reference are one sequence, read by the prompt transformer; with the frames of
the evaluated song behind it, it is read by the joint transformer. The mean over the song's frames
becomes two scores. In the form "CA" the song's frames attend to themselves and to the prompt in
turn instead. Blocks are those of MuLan (`plaudit.encoders.published.mulan`).

Conventions: one song, every state valid: states are float32 (n, dim). Modules carry the published
names of their tensors.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, cast

import torch
from pydantic import PositiveFloat, PositiveInt, field_validator
from torch import nn

from plaudit.core.errors import InputError
from plaudit.encoders.published.mulan import (
    Attention,
    AudioTower,
    BlockSizes,
    GammaNorm,
    TextTower,
    Transformer,
    attend,
    by_head,
    feed_forward,
)
from plaudit.encoders.published.stated import Stated
from plaudit.model.published.downsample import DownsampleStated, build_downsampler


class TextEncoderStated(Stated):
    """The encoder of texts; only MuQ-MuLan's is accepted."""

    name: Literal["muqmulan", "muq_mulan"] = "muq_mulan"


class AdaptersStated(Stated):
    """Adapters of the text encoder; a checkpoint with any is refused."""

    use_lora: Literal[False] = False


class CmiRmStated(Stated):
    """What CMI-RM's ``config.yaml`` says, with the defaults of the published code."""

    name: Literal["reward"] = "reward"
    mode: Literal["concat_text_late", "concat_text_early"] = "concat_text_late"
    attention_mode: Literal["SA", "CA"] = "SA"
    sr: Literal[24_000] = 24_000
    output_dim: Literal[2] = 2
    dim: PositiveInt = 768
    mlp_dim: PositiveInt = 512
    prompt_tf_depth: PositiveInt = 1
    joint_tf_depth: PositiveInt = 4
    heads: PositiveInt = 8
    dim_head: PositiveInt = 64
    ff_mult: PositiveFloat = 4
    text_encoder: TextEncoderStated = TextEncoderStated()
    text_lora_config: AdaptersStated | None = None
    downsample: DownsampleStated | None = None

    @field_validator("text_encoder", mode="before")
    @classmethod
    def _as_read(cls, stated: object) -> object:
        # The published code reads a mapping; any bare name means MuQ-MuLan there.
        return stated if isinstance(stated, Mapping) else {}

    def blocks(self, depth: int) -> BlockSizes:
        """Return the sizes of a transformer of this depth."""
        return BlockSizes(
            dim=self.dim,
            tf_depth=depth,
            heads=self.heads,
            dim_head=self.dim_head,
            ff_mult=self.ff_mult,
        )


class Asked(NamedTuple):
    """What a song is to answer: ids of texts, and the states (n, dim) of the reference, if any."""

    text: Sequence[int]
    lyrics: Sequence[int]
    reference: torch.Tensor | None


class JointNetwork(nn.Module):
    """Both towers, what shortens their states, the two transformers and the head.

    Build it on the meta device; ``where`` is the source of the settings, for messages.
    """

    def __init__(self, stated: CmiRmStated, audio: AudioTower, text: TextTower, where: str) -> None:
        super().__init__()
        self.audio_module, self.text_module = audio, text
        ways = stated.downsample or DownsampleStated()
        self.eval_downsampler = build_downsampler(stated.dim, ways.of("eval", where))
        self.ref_downsampler = build_downsampler(stated.dim, ways.of("ref", where))
        self.text_downsampler = build_downsampler(stated.dim, ways.of("text", where))
        self.lyrics_downsampler = build_downsampler(stated.dim, ways.of("text", where))
        self.prompt_transformer = Transformer(stated.blocks(stated.prompt_tf_depth))
        sizes = stated.blocks(stated.joint_tf_depth)
        self.joint_transformer: nn.Module = (
            Transformer(sizes)
            if stated.attention_mode == "SA"
            else nn.ModuleList(_Decoder(sizes) for _ in range(sizes.tf_depth))
        )
        self.score_projector = nn.Sequential(
            nn.LayerNorm(stated.dim),
            nn.Linear(stated.dim, stated.mlp_dim),
            nn.ReLU(),
            nn.Linear(stated.mlp_dim, 2),
        )

    def forward(self, heard: torch.Tensor, asked: Asked) -> torch.Tensor:
        """Return alignment and musicality (2,) of the frames (n, dim) of a song.

        Raises
        ------
        InputError
            The song or the reference is too short to leave anything after it is shortened.
        """
        frames = _left(self.eval_downsampler(heard), "song")
        prompt = [
            self.text_downsampler(self.text_module(asked.text)),
            self.lyrics_downsampler(self.text_module(asked.lyrics)),
        ]
        if asked.reference is not None:
            prompt.append(_left(self.ref_downsampler(asked.reference), "reference"))
        read = self.prompt_transformer(torch.cat(prompt))
        if isinstance(self.joint_transformer, nn.ModuleList):
            for layer in self.joint_transformer:
                frames = layer(frames, _left(read, "prompt"))
        else:
            frames = self.joint_transformer(torch.cat([read, frames]))[len(read) :]
        scores: torch.Tensor = self.score_projector(frames.mean(dim=0))
        return scores


class _Decoder(nn.Module):
    """A song's frames attend to themselves, then to the prompt."""

    def __init__(self, sizes: BlockSizes) -> None:
        super().__init__()
        self.self_attn = Attention(sizes)
        self.cross_attn = _CrossAttention(sizes)
        self.ffn = feed_forward(sizes)

    def forward(self, frames: torch.Tensor, prompt: torch.Tensor) -> torch.Tensor:
        frames = frames + self.self_attn(frames)
        frames = frames + self.cross_attn(frames, prompt)
        return cast("torch.Tensor", frames + self.ffn(frames))


class _CrossAttention(nn.Module):
    """Attention to other states; queries and keys keep their length here."""

    def __init__(self, sizes: BlockSizes) -> None:
        super().__init__()
        self._heads, self._scale = sizes.heads, sizes.dim_head**-0.5
        self.norm_q, self.norm_kv = GammaNorm(sizes.dim), GammaNorm(sizes.dim)
        self.to_q = nn.Linear(sizes.dim, sizes.inner, bias=False)
        self.to_kv = nn.Linear(sizes.dim, 2 * sizes.inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(sizes.inner, sizes.dim, bias=False))

    def forward(self, frames: torch.Tensor, prompt: torch.Tensor) -> torch.Tensor:
        query = by_head(self.to_q(self.norm_q(frames)), self._heads)
        both = self.to_kv(self.norm_kv(prompt)).chunk(2, dim=-1)
        key, value = (by_head(part, self._heads) for part in both)
        return cast("torch.Tensor", self.to_out(attend(query, key, value, self._scale)))


def _left(states: torch.Tensor, what: str) -> torch.Tensor:
    if not len(states):
        raise InputError(
            f"The {what} is too short for this CMI-RM, which hears whole groups of frames or"
            " tokens, and here not one is whole; give it a longer one."
        )
    return states
