"""The APEX heads (arXiv 2605.03395): one shared trunk, then one branch per axis.

A block is Linear, BatchNorm, GELU (erf) and Dropout. The trunk is two blocks, 768-512-256, or
three, 768-512-384-256, with dropout 0.3. A branch is two blocks, 256-128-64, with dropout 0.1, then
Linear(64, 1) and a sigmoid over the range of its axis. Tensor names are the published ones, with
our axis names in them (`plaudit.model.checkpoint` translates).

A spec can name other widths, another activation and no normalisation: the heads of other recipes
(`plaudit.training.settings`) are these with other settings.
"""

from itertools import pairwise

from torch import Tensor, nn

from plaudit.model.card import Activation, HeadSpec
from plaudit.model.head_output import HeadOutput, squash

_ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU,
}  # fmt: skip


class Heads(nn.Module):
    """Trunk and branches of the axes that a spec names."""

    def __init__(self, spec: HeadSpec) -> None:
        super().__init__()
        self.axes = spec.axes
        self.shared = make_trunk(spec)
        for axis in spec.axes:
            self.add_module(f"branch_{axis}", Branch(spec))

    def forward(self, embeddings: Tensor) -> HeadOutput:
        """Return scores (n, n_axes) of embeddings (n, dim), each in the range of its axis."""
        return HeadOutput(squash(self.raw(embeddings), self.axes))

    def raw(self, embeddings: Tensor) -> list[Tensor]:
        """Return one number (n,) per axis of embeddings (n, dim), before any sigmoid."""
        trunk = self.shared(embeddings)
        return [self.get_submodule(f"branch_{axis}")(trunk) for axis in self.axes]


class Branch(nn.Module):
    """Blocks and a last linear unit for one axis, under the published tensor names."""

    def __init__(self, spec: HeadSpec, n_outputs: int = 1) -> None:
        super().__init__()
        dims = (spec.trunk_dim, *spec.branch_dims)
        blocks = [_Block(a, b, spec, spec.branch_dropout) for a, b in pairwise(dims)]
        self.branch = nn.Sequential(*blocks, nn.Linear(dims[-1], n_outputs))

    def forward(self, trunk: Tensor) -> Tensor:
        """Return raw scores (n,), or (n, n_outputs), of what the trunk returns (n, trunk_dim)."""
        out: Tensor = self.branch(trunk)
        return out.squeeze(-1)


def make_trunk(spec: HeadSpec) -> nn.Sequential:
    """Return the shared blocks: (n, input_dim) in, (n, trunk_dim) out."""
    dims = (spec.input_dim, *spec.shared_dims)
    return nn.Sequential(*(_Block(a, b, spec, spec.shared_dropout) for a, b in pairwise(dims)))


class _Block(nn.Module):
    def __init__(self, n_in: int, n_out: int, spec: HeadSpec, dropout: float) -> None:
        super().__init__()
        norm = nn.BatchNorm1d(n_out) if spec.norm == "batch" else nn.Identity()
        self.block = nn.Sequential(
            nn.Linear(n_in, n_out), norm, _ACTIVATIONS[spec.activation](), nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block(x)
        return out
