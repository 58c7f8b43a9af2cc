"""Sizes of a network read from its tensors, for weights that are published without a configuration.

A size is what most of the tensors that have it agree on, so that one tensor of a wrong shape is
named as the wrong one, and does not make all others look wrong.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import torch

from plaudit.encoders.promise import WeightsError

_HEAD_WIDTH = 64
_LEAST_HEADS = 4
Place = tuple[str, int]  # name of a tensor, and one of its dimensions


def agreed_size(tensors: Mapping[str, torch.Tensor], places: Iterable[Place], where: str) -> int:
    """Return the size that most places show; of two equally frequent ones the first.

    Raises
    ------
    WeightsError
        None of the tensors is there.
    """
    wanted = list(places)
    seen = Counter(
        tensors[name].shape[dim]
        for name, dim in wanted
        if name in tensors and tensors[name].ndim > dim
    )
    if not seen:
        names = ", ".join(sorted({name for name, _ in wanted}))
        raise WeightsError(f"The weights in {where} do not fit; missing: {names}.")
    return seen.most_common(1)[0][0]


def shape_of(
    tensors: Mapping[str, torch.Tensor], name: str, n_axes: int, where: str
) -> tuple[int, ...]:
    """Return the shape of a tensor that alone decides several sizes.

    Raises
    ------
    WeightsError
        The tensor is missing, or has another number of axes.
    """
    if name not in tensors:
        raise WeightsError(f"The weights in {where} do not fit; missing: {name}.")
    shape = tuple(tensors[name].shape)
    if len(shape) != n_axes or not all(shape):
        raise WeightsError(
            f"The weights in {where} do not fit; wrong shape: {name} is {shape}, expected"
            f" {n_axes} axes."
        )
    return shape


def count_blocks(tensors: Mapping[str, torch.Tensor], prefix: str, where: str) -> int:
    """Return how many numbered blocks follow a prefix (``prefix.0.``, ``prefix.1.``, ...).

    A number that only one tensor bears is no block: the tensor will be named as unexpected.

    Raises
    ------
    WeightsError
        There is no block.
    """
    numbered = re.compile(re.escape(prefix) + r"\.(\d+)\.")
    found = Counter(match[1] for name in tensors if (match := numbered.match(name)))
    count = sum(n > 1 for n in found.values())
    if count == 0:
        raise WeightsError(f"The weights in {where} do not fit; missing: {prefix}.0 and all of it.")
    return count


def count_heads(width: int, where: str) -> int:
    """Return how many attention heads a network has, which no tensor shows.

    They are 64 wide, as published; a network too narrow for four of those has four.

    Raises
    ------
    WeightsError
        The width is no multiple of the number of heads.
    """
    heads = max(_LEAST_HEADS, width // _HEAD_WIDTH)
    if width % heads:
        raise WeightsError(
            f"The weights in {where} have a width of {width}; expected a multiple of its {heads}"
            " attention heads."
        )
    return heads
