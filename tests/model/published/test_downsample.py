"""The ways in which CMI-RM shortens a sequence, against their definitions."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.stated import read_stated
from plaudit.model.published.downsample import DownsampleStated, Shortening, build_downsampler

DIM = 4


def shorten(states: torch.Tensor, **how: Any) -> torch.Tensor:
    torch.manual_seed(3)
    with torch.inference_mode():
        short: torch.Tensor = build_downsampler(DIM, Shortening(**how))(states)
    return short


def states(n: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(n).normal(size=(n, DIM)).astype(np.float32))


@pytest.mark.parametrize("kind", ["meanpool", "meanpool+mlp", "conv", "conv*2", "gluconv*2+pw"])
@pytest.mark.parametrize("factor", [1, 2, 3, 5, 6, 9, 12])
def test_only_whole_groups_are_kept(kind: str, factor: int) -> None:
    for n in (0, 1, factor - 1, factor, 5 * factor + factor // 2):
        assert shorten(states(n), kind=kind, factor=factor).shape == (n // factor, DIM)


def test_means_are_means() -> None:
    x = states(11)
    expected = torch.stack([x[i : i + 3].mean(dim=0) for i in (0, 3, 6)])
    torch.testing.assert_close(shorten(x, kind="mean", factor=3), expected)


def test_a_perceptron_stands_before_or_after_the_means() -> None:
    torch.manual_seed(3)
    module: Any = build_downsampler(DIM, Shortening(kind="meanpool+mlp", factor=3, mlp_ratio=1.5))
    assert module.mlp[0].out_features == 6
    with torch.inference_mode():
        x = states(12)
        after = module.mlp(x.reshape(4, 3, DIM).mean(dim=1))
        before = module.mlp(x).reshape(4, 3, DIM).mean(dim=1)
    how = {"kind": "meanpool+mlp", "factor": 3, "mlp_ratio": 1.5}
    torch.testing.assert_close(shorten(x, **how), after)
    torch.testing.assert_close(shorten(x, pre_mlp=True, **how), before)
    assert not torch.allclose(before, after)


@pytest.mark.parametrize(
    ("factor", "strides"),
    [(2, (1, 2)), (3, (3, 1)), (4, (2, 2)), (5, (1, 5)), (6, (3, 2)), (8, (2, 4)), (9, (3, 3)),
     (12, (3, 4)), (18, (3, 6))],
)  # fmt: skip
def test_two_strides_make_a_factor(factor: int, strides: tuple[int, int]) -> None:
    module: Any = build_downsampler(DIM, Shortening(kind="conv*2", factor=factor, kernel_size=7))
    assert (module.block1.dw.stride[0], module.block2.dw.stride[0]) == strides
    assert module.block1.dw.kernel_size == (7,)


def test_one_convolution_is_applied_as_often_as_it_has_stages() -> None:
    torch.manual_seed(3)
    module: Any = build_downsampler(DIM, Shortening(kind="conv", factor=2, use_layernorm=False))
    assert list(module.state_dict()) == ["blocks.0.dw.weight"]
    x = states(13)
    with torch.inference_mode():
        for n in (12, 6):
            x = functional.silu(
                functional.conv1d(
                    x[:n].T[None], module.blocks[0].dw.weight, stride=2, padding=2, groups=DIM
                )[0].T
            )
    got = shorten(states(13), kind="conv", factor=2, stage=2, use_layernorm=False)
    torch.testing.assert_close(got, x)
    assert len(shorten(states(13), kind="conv", factor=2)) == 6


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Mean", "meanpool"), ("baseline1", "meanpool+mlp"), ("b2s", "conv"), ("b3", "gluconv*2+pw")],
)
def test_published_short_names_are_known(name: str, kind: str) -> None:
    assert Shortening(kind=name).kind == kind  # type: ignore[arg-type]


def test_the_reference_is_shortened_like_the_song_unless_stated() -> None:
    ways = {"a": {"kind": "mean", "factor": 5}, "none": {"kind": "none"}}
    stated = read_stated(DownsampleStated, {"eval": "a", "ref": None, "configs": ways}, "here")  # type: ignore[dict-item]
    assert stated.of("ref", "here") == stated.of("eval", "here") == Shortening(**ways["a"])  # type: ignore[arg-type]
    assert stated.of("text", "here").kind == "none"
    assert DownsampleStated(eval="a").of("eval", "here").kind == "none"
    with pytest.raises(WeightsError, match=r"of here has 'c' for 'downsample\.ref'.*a, none only"):
        stated.model_copy(update={"ref": "c"}).of("ref", "here")
