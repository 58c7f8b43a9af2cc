"""Sizes of a network from the shapes of its tensors, where no published configuration says them."""

import re
from collections.abc import Mapping

import torch

from plaudit.encoders.promise import WeightsError

_HEAD = 64  # dimensions of a head in MuQ and XLM-RoBERTa


def shape_of(
    tensors: Mapping[str, torch.Tensor], name: str, n_axes: int, where: str
) -> tuple[int, ...]:
    """Return the shape of a tensor that decides a size.

    Raises
    ------
    WeightsError
        The tensor is missing, or has another number of axes.
    """
    if name not in tensors:
        raise WeightsError(f"The weights in {where} do not fit: missing: {name}.")
    shape = tuple(tensors[name].shape)
    if len(shape) != n_axes or not all(shape):
        raise WeightsError(
            f"The weights in {where} do not fit: wrong shape: {name} is {shape}, expected"
            f" {n_axes} axes."
        )
    return shape


def count_layers(tensors: Mapping[str, torch.Tensor], prefix: str) -> int:
    """Return how many layers have a tensor: one more than the highest number after the prefix."""
    numbers = (re.match(rf"{re.escape(prefix)}(\d+)\.", name) for name in tensors)
    return 1 + max((int(number[1]) for number in numbers if number), default=-1)


def count_heads(dim: int) -> int:
    """Return into how many heads a width divides, which no shape shows.

    Heads are 64 wide, as published; a network too narrow for four of those has four.
    """
    return max(4, dim // _HEAD)
