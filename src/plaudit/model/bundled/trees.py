"""Boosted regression trees as tensors: five tables, which safetensors can hold without pickles.

A tree splits on one measurement at a time. A network draws smooth slopes through all of them, so
the two err on different songs, and their mean errs less
(`docs/decisions/0016-boosted-trees-beside-the-network.md`). scikit-learn fits the trees
(`plaudit.training.bundled.boosting`); here they are only evaluated.

Splits are soft (Jordan and Jacobs, Neural Computation 6, 1994): near a threshold a song goes to
both sides in part. A measurement that is 0 in most songs has thresholds just above 0, and a codec
leaves a trace of it.
"""

import torch
from torch import Tensor, nn

from plaudit.core.axes import AXIS
from plaudit.encoders.promise import WeightsError

EDGE = 0.02
"""Least distance of a prediction from either end of an axis, as a share of the axis."""
SOFTNESS = 0.05
"""Width of a soft split, in units of the scale of the inputs."""


class BoostedTrees(nn.Module):
    """``n_trees`` boosted trees for each axis, of at most ``leaves`` leaves."""

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
        # Node 0 is the root. A leaf leads to itself, on both sides; so does an unused node.
        # Made on the CPU: on the meta device `torch.arange` imports sympy, for half a second.
        nodes = torch.arange(shape[-1], dtype=torch.int16, device="cpu")
        itself = torch.zeros(shape, dtype=torch.int16).copy_(nodes)
        self.register_buffer("feature", torch.zeros(shape, dtype=torch.int16))  # of a split
        self.register_buffer("threshold", torch.zeros(shape))
        self.register_buffer("low", itself)  # node for inputs up to the threshold
        self.register_buffer("high", itself.clone())
        self.register_buffer("value", torch.zeros(shape))  # of a leaf, as a share of the axis
        self.register_buffer("start", torch.zeros(len(axes)))  # prediction before any tree
        self.register_buffer("by", torch.zeros(len(axes)))  # bias of the raw score

    def forward(self, inputs: Tensor) -> Tensor:
        """Return raw scores (n, n_axes), those before the sigmoid, of inputs (n, n_inputs)."""
        n_songs = inputs.shape[0]  # len() would fix their number in an export
        feature, threshold = self.feature.flatten(0, 1), self.threshold.flatten(0, 1)
        above = torch.sigmoid((inputs[:, feature.long()] - threshold) / SOFTNESS)
        parent, from_low, from_high = _ways(self.low.flatten(0, 1), self.high.flatten(0, 1))
        up = above.gather(2, parent.expand(n_songs, -1, -1))
        # Share of a song that reaches each node from the node above it: (n, trees of all axes,
        # nodes). Then from twice as far above, as often as the deepest tree needs.
        reached = (1 - up) * from_low + up * from_high
        reached[:, :, 0] = 1
        from_node = parent  # the root's is itself
        for _ in range((above.shape[2] // 2 - 1).bit_length()):
            reached = reached * reached.gather(2, from_node.expand(n_songs, -1, -1))
            from_node = from_node.gather(1, from_node)
        leaves = (self.low == torch.arange(above.shape[2], device=self.low.device)) * self.value
        by_tree = (reached * leaves.flatten(0, 1)).sum(dim=2).reshape(n_songs, len(self.axes), -1)
        share = (self.start + by_tree.double().sum(dim=2)).clamp(EDGE, 1 - EDGE)
        return torch.logit(share).to(inputs.dtype) + self.by


def _ways(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the parent of each node, and whether it is its low and its high child (0 or 1)."""
    low, high = low.long(), high.long()
    node = torch.arange(low.shape[1], device=low.device).expand_as(low)
    splits = (low != node).long()  # a leaf and an unused node lead to themselves
    none = torch.zeros_like(low)
    parent = none.scatter_add(1, low, node * splits).scatter_add(1, high, node * splits)
    return parent, none.scatter_add(1, low, splits), none.scatter_add(1, high, splits)


def _is_forest(low: Tensor, high: Tensor) -> bool:
    """Return whether no node has two parents, or one twice."""
    _, from_low, from_high = _ways(low.flatten(0, 1), high.flatten(0, 1))
    return bool((from_low + from_high <= 1).all())


def check_trees(network: nn.Module, n_inputs: int, where: str) -> None:
    """Check that splits read inputs that exist, and that nodes lead to later ones or themselves.

    No node has two others that lead to it.

    Raises
    ------
    WeightsError
        A table of a tree holds another number.
    """
    for trees in network.modules():
        if not isinstance(trees, BoostedTrees):
            continue
        n_nodes = trees.low.shape[2]
        itself = torch.arange(n_nodes)
        sides = [side.long() for side in (trees.low, trees.high)]
        in_order = all(bool(((side >= itself) & (side < n_nodes)).all()) for side in sides)
        leaf = [side == itself for side in sides]
        feature = trees.feature.long()
        known = bool(((feature >= 0) & (feature < n_inputs)).all())
        if not (in_order and known and torch.equal(*leaf) and _is_forest(*sides)):
            raise WeightsError(
                f"The trees in {where} are damaged: a split reads no input, or leads to no later"
                " node; make the folder again."
            )


def axis_share(targets: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Return targets (n, n_axes) as shares of their axes, as the trees learn them."""
    ends = [(AXIS[name].low, AXIS[name].high) for name in axes]
    low, high = torch.tensor(ends, dtype=targets.dtype).unbind(dim=1)
    return (targets - low) / (high - low)
