"""Boosted regression trees as tensors: what they say is added up, node by node, without pickles.

A tree asks one measurement at a time whether it lies above a threshold. A network draws smooth
slopes through all of them at once, so the two err on different songs, and their mean errs less
(`docs/decisions/0016-trees-beside-the-networks.md`). Trees are fitted by scikit-learn
(`plaudit.training.bundled.boosting`); here they are only read: five tables that safetensors can
hold.

Near a threshold the answer is a share of each side (Jordan and Jacobs, Neural Computation 6, 1994):
a measurement that is 0 in most songs has thresholds just above 0, and a codec brings a trace of it.
"""

import torch
from torch import Tensor, nn

from plaudit.core.axes import AXIS

EDGE = 0.02
"""How near to either end of an axis trees may say, as a share of it."""
SOFT = 0.05
"""How softly a question is answered, in units of the scale of the inputs."""


class Trees(nn.Module):
    """Trees of each axis.

    Parameters
    ----------
    axes : tuple of str
        Axes; each has as many trees.
    n_trees : int
        Trees of an axis.
    leaves : int
        Most leaves of a tree.
    """

    feature: Tensor
    threshold: Tensor
    low: Tensor
    high: Tensor
    value: Tensor
    start: Tensor
    by: Tensor

    def __init__(self, axes: tuple[str, ...], n_trees: int, leaves: int) -> None:
        super().__init__()
        self.axes = axes
        shape = (len(axes), n_trees, 2 * leaves - 1)
        # Node 0 is the root. A leaf leads to itself, on both sides; so do nodes nothing leads to.
        itself = torch.arange(shape[-1], dtype=torch.int16).expand(shape).clone()
        self.register_buffer(
            "feature", torch.zeros(shape, dtype=torch.int16)
        )  # place of what is asked for
        self.register_buffer("threshold", torch.zeros(shape))
        self.register_buffer("low", itself)  # node where it is at most the threshold
        self.register_buffer("high", itself.clone())
        self.register_buffer("value", torch.zeros(shape))  # of a leaf, as a share of the axis
        self.register_buffer("start", torch.zeros(len(axes)))  # said before any tree
        self.register_buffer("by", torch.zeros(len(axes)))  # added to the raw score

    def forward(self, inputs: Tensor) -> Tensor:
        """Return raw scores (n, n_axes), those before the sigmoid, of inputs (n, n_inputs)."""
        tables = [t.flatten(0, 1) for t in (self.feature, self.threshold, self.low, self.high)]
        feature, threshold, low, high = tables
        value = self.value.flatten(0, 1)
        asked = inputs[:, feature.long()]  # (n, trees of all axes, nodes)
        above = torch.sigmoid((asked - threshold) / SOFT)
        reached = torch.zeros_like(above)
        reached[:, :, 0] = 1
        # A node leads only to later ones; a leaf, and a node that nothing leads to, to itself.
        for node in range(above.shape[2]):
            asks = low[:, node] != node
            here = reached[:, :, node] * asks
            reached[:, :, node] -= here
            for side, share in ((low, 1 - above[:, :, node]), (high, above[:, :, node])):
                place = side[:, node].long().expand(len(inputs), -1).unsqueeze(2)
                reached.scatter_add_(2, place, (here * share).unsqueeze(2))
        said = (reached * value).sum(dim=2).reshape(len(inputs), len(self.axes), -1)
        share = (self.start + said.double().sum(dim=2)).clamp(EDGE, 1 - EDGE)
        return torch.logit(share).to(inputs.dtype) + self.by

    def worth(self, targets: Tensor) -> Tensor:
        """Return targets (n, n_axes) as shares of their axes, as trees learn them."""
        ends = [(AXIS[name].low, AXIS[name].high) for name in self.axes]
        low, high = torch.tensor(ends, dtype=targets.dtype).unbind(dim=1)
        return (targets - low) / (high - low)
