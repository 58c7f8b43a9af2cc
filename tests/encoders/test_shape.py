"""Sizes of a network are what its tensors agree on."""

import pytest
import torch

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.shape import agreed, blocks, text_heads


def test_one_wrong_tensor_does_not_outvote_the_others() -> None:
    tensors = {
        "a": torch.zeros(5),
        "b": torch.zeros(4),
        "c": torch.zeros(2, 4),
        "d": torch.tensor(0),
    }
    places = [("a", 0), ("b", 0), ("c", 1), ("d", 0), ("absent", 0)]
    assert agreed(tensors, places, "x.pt") == 4
    assert agreed(tensors, places[:2], "x.pt") == 5
    with pytest.raises(WeightsError, match=r"x\.pt do not fit; missing: absent, d"):
        agreed(tensors, places[3:], "x.pt")


def test_a_block_has_more_than_one_tensor() -> None:
    names = ["t.h.0.w", "t.h.0.b", "t.h.2.w", "t.h.2.b", "t.h.7.w", "u.h.3.w", "u.h.3.b", "t.h.x.w"]
    tensors = {name: torch.zeros(1) for name in names}
    assert blocks(tensors, "t.h", "x.pt") == 2
    with pytest.raises(WeightsError, match=r"missing: t\.g\.0"):
        blocks(tensors, "t.g", "x.pt")


def test_heads_are_64_wide_or_four() -> None:
    assert [text_heads(width, "x.pt") for width in (768, 1024, 48)] == [12, 16, 4]
    with pytest.raises(WeightsError, match="width 200; expected a multiple of its 3"):
        text_heads(200, "x.pt")
