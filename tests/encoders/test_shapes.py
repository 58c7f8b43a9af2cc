"""Sizes come from shapes, or the tensor that should show them is named."""

import pytest
import torch

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.shapes import count_heads, count_layers, shape_of

TENSORS = {
    "text.layer.0.weight": torch.zeros(3, 2),
    "text.layer.10.weight": torch.zeros(3, 2),
    "text.layer.2.layer.40.weight": torch.zeros(3, 2),
    "other.text.layer.77.weight": torch.zeros(3, 2),
}


def test_the_highest_layer_below_a_prefix_counts() -> None:
    assert count_layers(TENSORS, "text.layer.") == 11
    assert count_layers(TENSORS, "text.layers.") == 0


def test_a_shape_is_read_or_its_tensor_named() -> None:
    assert shape_of(TENSORS, "text.layer.0.weight", 2, "here") == (3, 2)
    with pytest.raises(WeightsError, match=r"in here do not fit: missing: text\.layer\.1\.weight"):
        shape_of(TENSORS, "text.layer.1.weight", 2, "here")
    with pytest.raises(WeightsError, match=r"text\.layer\.0\.weight is \(3, 2\), expected 1 axes"):
        shape_of(TENSORS, "text.layer.0.weight", 1, "here")


@pytest.mark.parametrize(("dim", "heads"), [(1024, 16), (768, 12), (64, 4), (48, 4)])
def test_heads_are_64_wide_and_at_least_four(dim: int, heads: int) -> None:
    assert count_heads(dim) == heads
