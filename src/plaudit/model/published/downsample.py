"""How CMI-RM shortens a sequence of states before attention: by means or by convolutions.

Conventions: states are float32 (n, dim), all of them valid; what is left over at the end, after as
many whole groups as there are, is dropped, so a sequence shorter than one group becomes empty.
Modules carry the published names of their tensors. Source: ``downsample.py`` of CMI-RewardBench.
"""

import math
from typing import Literal, cast

import torch
from pydantic import PositiveFloat, PositiveInt, field_validator
from torch import nn
from torch.nn import functional

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.stated import Stated

_Kind = Literal["none", "meanpool", "meanpool+mlp", "conv", "conv*2", "gluconv*2+pw"]
_ALSO: dict[str, _Kind] = {
    "mean": "meanpool",
    "mean+mlp": "meanpool+mlp", "baseline1": "meanpool+mlp", "b1": "meanpool+mlp",
    "baseline2simple": "conv", "b2s": "conv",
    "baseline2": "conv*2", "b2": "conv*2",
    "baseline3": "gluconv*2+pw", "b3": "gluconv*2+pw",
}  # fmt: skip


class Shortening(Stated):
    """One way to shorten; ``factor`` states become one."""

    kind: _Kind
    factor: PositiveInt = 1
    mlp_ratio: PositiveFloat = 2.0
    pre_mlp: bool = False
    stage: PositiveInt = 1
    kernel_size: PositiveInt = 5
    use_layernorm: bool = True

    @field_validator("kind", mode="before")
    @classmethod
    def _one_name(cls, kind: object) -> object:
        return _ALSO.get(kind.lower(), kind.lower()) if isinstance(kind, str) else kind


class DownsampleStated(Stated):
    """The entry ``downsample`` of CMI-RM's settings: which of its ``configs`` shortens what."""

    eval: str = "none"
    ref: str | None = None
    text: str = "none"
    configs: dict[str, Shortening] | None = None

    def of(self, what: Literal["eval", "ref", "text"], where: str) -> Shortening:
        """Return how the evaluated song, the reference or the texts are shortened.

        Raises
        ------
        WeightsError
            The settings name a way that they do not describe.
        """
        if not self.configs:
            return Shortening(kind="none")
        name = {"eval": self.eval, "ref": self.ref or self.eval, "text": self.text}[what]
        if name not in self.configs:
            raise WeightsError(
                f"The configuration of {where} has '{name}' for 'downsample.{what}', but"
                f" 'downsample.configs' describes {', '.join(self.configs)} only."
            )
        return self.configs[name]


def build_downsampler(dim: int, how: Shortening) -> nn.Module:
    """Return the module (n, dim) to (n', dim) that shortens in this way."""
    first, second = _strides(how.factor)
    match how.kind:
        case "none":
            return nn.Identity()
        case "meanpool":
            return _Mean(how.factor)
        case "meanpool+mlp":
            return _MeanPerceptron(dim, how)
        case "conv":
            return _Repeated(_Convolved(dim, how.factor, how), how)
        case "conv*2":
            return _Twice(_Convolved(dim, first, how), _Convolved(dim, second, how), how.factor)
        case "gluconv*2+pw":
            return _GatedTwice(_Gated(dim, first, how), _Gated(dim, second, how), how.factor)


def _strides(factor: int) -> tuple[int, int]:
    """Return two factors as near each other as can be, the smaller first, but 3 before all."""
    small = max(d for d in range(1, math.isqrt(factor) + 1) if factor % d == 0)
    large = factor // small
    return (large, small) if large == 3 else (small, large)


def _whole_groups(states: torch.Tensor, size: int) -> torch.Tensor:
    return states[: len(states) // size * size]


class _Mean(nn.Module):
    def __init__(self, factor: int) -> None:
        super().__init__()
        self._factor = factor

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        whole = _whole_groups(states, self._factor)
        return whole.reshape(-1, self._factor, states.shape[1]).mean(dim=1)


class _MeanPerceptron(_Mean):
    """Means with a perceptron before or after them."""

    def __init__(self, dim: int, how: Shortening) -> None:
        super().__init__(how.factor)
        self._first = how.pre_mlp
        inner = int(dim * how.mlp_ratio)
        self.mlp = nn.Sequential(
            nn.Linear(dim, inner), nn.SiLU(), nn.Identity(), nn.Linear(inner, dim)
        )

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        if self._first:
            return super().forward(self.mlp(states))
        return cast("torch.Tensor", self.mlp(super().forward(states)))


class _Convolved(nn.Module):
    """A convolution of each dimension alone, a layer norm and SiLU."""

    def __init__(self, dim: int, stride: int, how: Shortening) -> None:
        super().__init__()
        self._stride = stride
        size = how.kernel_size
        self.dw = nn.Conv1d(
            dim, dim, size, stride=stride, padding=size // 2, groups=dim, bias=False
        )
        self.ln = nn.LayerNorm(dim) if how.use_layernorm else nn.Identity()

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        whole = _whole_groups(states, self._stride)
        if not len(whole):
            return whole
        return functional.silu(self.ln(self.dw(self.read(whole.T)).T))

    def read(self, columns: torch.Tensor) -> torch.Tensor:
        """Return what is convolved, (dim, n)."""
        return columns


class _Gated(_Convolved):
    """The same behind a gate, which mixes the dimensions."""

    def __init__(self, dim: int, stride: int, how: Shortening) -> None:
        super().__init__(dim, stride, how)
        self.pw1 = nn.Conv1d(dim, 2 * dim, 1, bias=False)

    def read(self, columns: torch.Tensor) -> torch.Tensor:
        return functional.glu(self.pw1(columns), dim=0)


class _Repeated(nn.Module):
    """One convolution with one set of weights, applied ``stage`` times, as published."""

    def __init__(self, block: nn.Module, how: Shortening) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([block])
        self._times = how.stage if how.factor > 1 else 0

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        for _ in range(self._times):
            states = self.blocks[0](states)
        return states


class _Twice(nn.Module):
    def __init__(self, block1: nn.Module, block2: nn.Module, factor: int) -> None:
        super().__init__()
        self.block1, self.block2 = block1, block2
        self._factor = factor

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        if self._factor == 1:  # as published: weights are there and not used
            return states
        return cast("torch.Tensor", self.block2(self.block1(states)))


class _GatedTwice(_Twice):
    """Two gated convolutions, then a projection."""

    def __init__(self, block1: nn.Module, block2: nn.Module, factor: int) -> None:
        super().__init__(block1, block2, factor)
        dim = cast("nn.Conv1d", block1.dw).in_channels
        self.final_pw = nn.Conv1d(dim, dim, 1, bias=False)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        short = super().forward(states)
        if self._factor == 1 or not len(short):
            return short
        return cast("torch.Tensor", self.final_pw(short.T).T)
