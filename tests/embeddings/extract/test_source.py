"""Where an encoder comes from: the layers and the precision that were asked for, or a sentence."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.embeddings.extract.encoder_source import (
    is_mert,
    judge_source,
    mert_source,
    parse_layers,
)
from plaudit.encoders.mert import load_mert
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.folder import ENCODER, read_card


@pytest.fixture(scope="module")
def sound() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 0.1, (1, 24_000)).astype(np.float32)


@pytest.mark.parametrize("layers", [(2, 5, 8, -1), (0,), (3, 1)])
def test_mert_gives_the_layers_that_were_asked_for(
    tiny_mert: Path, sound: NDArray[np.float32], layers: tuple[int, ...]
) -> None:
    source = pickle.loads(pickle.dumps(mert_source(str(tiny_mert), layers=layers, device="cpu")))  # noqa: S301 - as it goes to a worker
    assert source.spec.layers == layers
    assert source.spec.name == "MERT-tiny"
    expected = load_mert(tiny_mert, layers=layers, device="cpu").encode(sound)
    np.testing.assert_array_equal(source.open().encode(sound), expected)


def test_the_encoder_of_a_judge_is_the_same_one(
    tiny_apex: Path, tiny_mert: Path, sound: NDArray[np.float32]
) -> None:
    spec = read_card(tiny_apex).encoder
    whole = judge_source(spec, tiny_apex / ENCODER, device="cpu")
    assert whole.spec == spec
    assert whole.spec.hash == mert_source(str(tiny_mert), device="cpu").spec.hash
    some = judge_source(spec, tiny_apex / ENCODER, layers=(4,), device="cpu")
    assert some.open().encode(sound).shape == (1, 1, 32)
    assert some.look().precision == "exact"
    fast = judge_source(spec, tiny_apex / ENCODER, device="cpu", precision="fast")
    assert fast.look().precision == "fast"
    assert not np.array_equal(fast.open().encode(sound), whole.open().encode(sound))


def test_an_encoder_of_fixed_layers_keeps_some_of_them() -> None:
    spec = EncoderSpec(
        kind="measured", name="fixed", hash="0" * 64, sample_rate=24_000, layers=(0, 1, 2), dim=3,
        licence="x", config={},
    )  # fmt: skip
    source = judge_source(spec, Path("x"), layers=(2, 0))
    assert source.opened == spec
    assert source.spec.layers == (2, 0)
    with pytest.raises(InputError, match=r"has layers \[0, 1, 2\], not \[7\]"):
        judge_source(spec, Path("x"), layers=(0, 7))
    for wrong in ((), (1, 1)):
        with pytest.raises(InputError, match="each layer once"):
            judge_source(spec, Path("x"), layers=wrong)


def test_names_are_told_apart(tiny_mert: Path, tiny_apex: Path) -> None:
    assert is_mert(str(tiny_mert))
    assert is_mert("m-a-p/MERT-v1-95M")
    assert not is_mert(str(tiny_apex))
    assert not is_mert("bundled")
    assert not is_mert("./judges/mine")
    assert parse_layers("2,5,8,-1") == (2, 5, 8, -1)
    for wrong in ("", "2,,5", "a"):
        with pytest.raises(InputError, match="Expected layers such as"):
            parse_layers(wrong)
