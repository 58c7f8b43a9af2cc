"""Layer mix: one weighted sum of the encoder's layers, plus a bias.

APEX mixes four MERT layers with a ``Conv1d(4, 1, 1)`` that was drawn at random (torch seed 42) and
never trained. Compatibility needs exactly those numbers; a learned mix starts from the plain mean.
Input (n, n_layers, dim), output (n, dim).
"""

import torch
from torch import Tensor, nn

# Drawn by the published code, not by us: APEX, arXiv 2605.03395.
PUBLISHED_WEIGHT = (
    0.3822692632675171,
    0.4150039553642273,
    -0.11713624000549316,
    0.45930564403533936,
)
PUBLISHED_BIAS = -0.10955178737640381


class LayerMix(nn.Module):
    """Weighted sum over layers, plus a bias."""

    def __init__(self, n_layers: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((n_layers,), 1.0 / n_layers))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, layer_means: Tensor) -> Tensor:
        """Return segment embeddings (n, dim) of layer means (n, n_layers, dim)."""
        return torch.einsum("nld,l->nd", layer_means, self.weight) + self.bias
