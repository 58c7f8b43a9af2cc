"""The network of MERT v1 (arXiv 2306.00107), which is HuBERT's (arXiv 2106.07447) at 24 kHz.

Read it from the end: `MertNetwork.forward` turns samples into frames (seven convolutions, 75 frames
a second), frames into tokens (a projection, and a convolution over time for the positions), and
tokens into hidden states, one more than there are layers. Modules have the names under which the
weights are published. Matrix products and attention are those of `plaudit.encoders.arithmetic`,
which chooses how a machine computes them; convolutions over one recording on a CPU are in
`plaudit.encoders.wave_frames`.

Conventions: samples (n, n_samples), frames (n, n_frames, conv_dim), tokens and states
(n, n_frames, dim), all float32. Hidden state 0 is the input of the first layer, the others are the
outputs of the layers. With ``do_stable_layer_norm`` (MERT-v1-330M) norms come before attention and
before the two dense layers, and one more follows the last layer; else they come after.
"""

from collections.abc import Iterator
from typing import Literal, Self

import torch
from pydantic import PositiveFloat, PositiveInt, model_validator
from torch import Tensor, nn

from plaudit.core.settings import Record
from plaudit.encoders.arithmetic import attend, direct, gelu, linear, shifted_products


class MertShape(Record):
    """What decides shape and arithmetic of the network, in the names of ``HubertConfig``."""

    hidden_size: PositiveInt = 768
    num_hidden_layers: PositiveInt = 12
    num_attention_heads: PositiveInt = 12
    intermediate_size: PositiveInt = 3072
    hidden_act: Literal["gelu"] = "gelu"
    layer_norm_eps: PositiveFloat = 1e-5
    conv_dim: tuple[PositiveInt, ...] = (512,) * 7
    conv_kernel: tuple[PositiveInt, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_stride: tuple[PositiveInt, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = False
    feat_extract_norm: Literal["group", "layer"] = "group"
    feat_extract_activation: Literal["gelu"] = "gelu"
    feat_proj_layer_norm: bool = True
    do_stable_layer_norm: bool = False
    num_conv_pos_embeddings: PositiveInt = 128
    num_conv_pos_embedding_groups: PositiveInt = 16
    conv_pos_batch_norm: Literal[False] = False

    @model_validator(mode="after")
    def _sizes_agree(self) -> Self:
        for name in ("num_attention_heads", "num_conv_pos_embedding_groups"):
            if self.hidden_size % getattr(self, name):
                raise ValueError(f"{name} {getattr(self, name)} does not divide {self.hidden_size}")
        n_conv = len(self.conv_dim)
        if not n_conv or not n_conv == len(self.conv_kernel) == len(self.conv_stride):
            raise ValueError("conv_dim, conv_kernel and conv_stride differ in length or are empty")
        return self


class _Conv(nn.Module):
    """One convolution over time, its norm if it has one, and the activation."""

    def __init__(self, shape: MertShape, i: int) -> None:
        super().__init__()
        width = shape.conv_dim[i]
        self.conv = nn.Conv1d(
            shape.conv_dim[i - 1] if i else 1,
            width,
            shape.conv_kernel[i],
            shape.conv_stride[i],
            bias=shape.conv_bias,
        )
        self.layer_norm: nn.GroupNorm | nn.LayerNorm | None = None
        if shape.feat_extract_norm == "layer":
            self.layer_norm = nn.LayerNorm(width)
        elif i == 0:
            self.layer_norm = nn.GroupNorm(width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if isinstance(self.layer_norm, nn.LayerNorm):
            x = self.layer_norm(x.transpose(1, 2)).transpose(1, 2)
        elif self.layer_norm is not None:
            x = self.layer_norm(x)
        return gelu(x)


class _Convolutions(nn.Module):
    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList(_Conv(shape, i) for i in range(len(shape.conv_dim)))

    def forward(self, samples: Tensor) -> Tensor:
        x = samples[:, None]
        for layer in self.conv_layers:
            x = layer(x)
        return x.transpose(1, 2)


class _Projection(nn.Module):
    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        width = shape.conv_dim[-1]
        self.layer_norm = (
            nn.LayerNorm(width, eps=shape.layer_norm_eps) if shape.feat_proj_layer_norm else None
        )
        self.projection = nn.Linear(width, shape.hidden_size)

    def forward(self, frames: Tensor) -> Tensor:
        x = frames if self.layer_norm is None else self.layer_norm(frames)
        return linear(x, self.projection).float()


class _Positions(nn.Module):
    """Relative positions of tokens: a convolution of 128 tokens, in 16 groups."""

    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        kernel = shape.num_conv_pos_embeddings
        # Never on the meta device: the norm of a tensor without numbers imports torch's compiler,
        # which takes as long as all the rest of loading.
        conv: nn.Module = nn.utils.skip_init(  # type: ignore[no-untyped-call]
            nn.Conv1d,
            shape.hidden_size,
            shape.hidden_size,
            kernel,
            padding=kernel // 2,
            groups=shape.num_conv_pos_embedding_groups,
            device="cpu",
        )
        self.conv = nn.utils.parametrizations.weight_norm(conv, name="weight", dim=2)
        self._spectra: Tensor | None = None

    def forward(self, tokens: Tensor) -> Tensor:
        conv, x = self.conv, tokens.transpose(1, 2)
        if direct(tokens):
            x, self._spectra = shifted_products(x, conv, self._spectra)
        else:
            x = conv(x)[..., : tokens.shape[1]]  # an even kernel makes one token too many
        return gelu(x).transpose(1, 2)


class _Attention(nn.Module):
    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        width = shape.hidden_size
        self.n_heads = shape.num_attention_heads
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, dtype: torch.dtype, count: Tensor | None) -> Tensor:
        q, k, v = (
            linear(x, part, dtype, count).reshape(*x.shape[:2], self.n_heads, -1).transpose(1, 2)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        heard = attend(q, k, v, count)
        return linear(heard.transpose(1, 2).flatten(2), self.out_proj, dtype, count)


class _FeedForward(nn.Module):
    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(shape.hidden_size, shape.intermediate_size)
        self.output_dense = nn.Linear(shape.intermediate_size, shape.hidden_size)

    def forward(self, x: Tensor, dtype: torch.dtype, count: Tensor | None) -> Tensor:
        wide = linear(x, self.intermediate_dense, dtype, count, activate=True)
        return linear(wide, self.output_dense, dtype, count)


class _TransformerLayer(nn.Module):
    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        self.norm_first = shape.do_stable_layer_norm
        self.attention = _Attention(shape)
        self.layer_norm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)
        self.feed_forward = _FeedForward(shape)
        self.final_layer_norm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)

    def forward(self, x: Tensor, dtype: torch.dtype, count: Tensor | None) -> Tensor:
        out: Tensor
        if self.norm_first:
            x = x + self.attention(self.layer_norm(x), dtype, count)
            out = x + self.feed_forward(self.final_layer_norm(x), dtype, count)
        else:
            x = self.layer_norm(x + self.attention(x, dtype, count))
            out = self.final_layer_norm(x + self.feed_forward(x, dtype, count))
        return out


class _Transformer(nn.Module):
    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        self.norm_first = shape.do_stable_layer_norm
        self.pos_conv_embed = _Positions(shape)
        self.layer_norm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)
        self.layers = nn.ModuleList(
            _TransformerLayer(shape) for _ in range(shape.num_hidden_layers)
        )

    def placed(self, tokens: Tensor) -> Tensor:
        """Return hidden state 0: tokens with positions added."""
        x = tokens + self.pos_conv_embed(tokens)
        placed: Tensor = x if self.norm_first else self.layer_norm(x)
        return placed

    def states(self, state: Tensor, dtype: torch.dtype, count: Tensor | None) -> Iterator[Tensor]:
        """Yield every hidden state, from state 0 on."""
        yield state
        for layer in self.layers:
            state = layer(state, dtype, count)
            yield state


class MertNetwork(nn.Module):
    """Samples in, hidden states out."""

    def __init__(self, shape: MertShape) -> None:
        super().__init__()
        self.feature_extractor = _Convolutions(shape)
        self.feature_projection = _Projection(shape)
        self.encoder = _Transformer(shape)
        # Stands for masked frames while MERT was trained; published, and without effect here.
        self.masked_spec_embed = nn.Parameter(torch.empty(shape.hidden_size))

    def forward(self, samples: Tensor, dtype: torch.dtype = torch.float32) -> Iterator[Tensor]:
        """Yield the hidden states of samples (n, n_samples), one after another."""
        return self.hidden(self.feature_extractor(samples), dtype)

    def hidden(
        self,
        frames: Tensor,
        dtype: torch.dtype = torch.float32,
        count: Tensor | None = None,
    ) -> Iterator[Tensor]:
        """Yield the hidden states of frames, one after another.

        Matrix products are computed in ``dtype``; ``count`` (n_frames,) is how many equal tokens
        each one stands for.
        """
        first = self.encoder.placed(self.feature_projection(frames))
        return self.encoder.states(first, dtype, count)

    def output(self, last: Tensor) -> Tensor:
        """Return the output of the network, given its last hidden state."""
        return self.encoder.layer_norm(last) if self.encoder.norm_first else last
