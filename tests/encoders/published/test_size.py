"""Sizes of a network are what its tensors agree on; a tensor that should show one is named."""

import pytest
import torch

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.size import agreed_size, count_blocks, count_heads, shape_of


def test_one_wrong_tensor_does_not_outvote_the_others() -> None:
    tensors = {
        "a": torch.zeros(5),
        "b": torch.zeros(4),
        "c": torch.zeros(2, 4),
        "d": torch.tensor(0),
    }
    places = [("a", 0), ("b", 0), ("c", 1), ("d", 0), ("absent", 0)]
    assert agreed_size(tensors, places, "x.pt") == 4
    assert agreed_size(tensors, places[:2], "x.pt") == 5
    with pytest.raises(WeightsError, match=r"x\.pt do not fit; missing: absent, d"):
        agreed_size(tensors, places[3:], "x.pt")


def test_a_block_has_more_than_one_tensor() -> None:
    names = ["t.h.0.w", "t.h.0.b", "t.h.2.w", "t.h.2.b", "t.h.7.w", "u.h.3.w", "u.h.3.b", "t.h.x.w"]
    tensors = {name: torch.zeros(1) for name in [*names, "t.h.0.h.4.w", "t.h.0.h.4.b"]}
    assert count_blocks(tensors, "t.h", "x.pt") == 2
    with pytest.raises(WeightsError, match=r"missing: t\.g\.0"):
        count_blocks(tensors, "t.g", "x.pt")


def test_heads_are_64_wide_or_four() -> None:
    assert [count_heads(width, "x.pt") for width in (768, 1024, 64, 48)] == [12, 16, 4, 4]
    with pytest.raises(WeightsError, match="width of 331; expected a multiple of its 5"):
        count_heads(331, "x.pt")


def test_a_shape_is_read_or_its_tensor_named() -> None:
    tensors = {"layer.0.weight": torch.zeros(3, 2)}
    assert shape_of(tensors, "layer.0.weight", 2, "here") == (3, 2)
    with pytest.raises(WeightsError, match=r"in here do not fit; missing: layer\.1\.weight"):
        shape_of(tensors, "layer.1.weight", 2, "here")
    with pytest.raises(WeightsError, match=r"layer\.0\.weight is \(3, 2\), expected 1 axes"):
        shape_of(tensors, "layer.0.weight", 1, "here")
