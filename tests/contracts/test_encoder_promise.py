"""Every encoder keeps the promise: shapes, order, company, determinism, identity."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from plaudit.encoders.open import open_encoder
from plaudit.encoders.promise import Encoder, WeightsError
from plaudit.encoders.spec import EncoderKind, EncoderSpec
from plaudit.encoders.weights import digest
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.encoder_name import find_encoders
from plaudit.model.folder import ENCODER, read_card


class Kept(NamedTuple):
    """An encoder as a judge keeps it."""

    spec: EncoderSpec
    path: Path


@pytest.fixture(scope="module")
def published_kept(
    published: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Kept]:
    @cache
    def keep(name: str) -> Kept:
        encoder = next(find_encoders(str(published[name]), device="cpu")).source.open().encoder
        path = tmp_path_factory.mktemp("kept") / ENCODER
        save_file({n: t.contiguous() for n, t in encoder.tensors().items()}, path)
        return Kept(encoder.spec, path)

    return keep


@pytest.fixture(params=get_args(EncoderKind))
def kept(request: pytest.FixtureRequest, published_kept: Callable[[str], Kept]) -> Kept:
    if request.param not in ("measured", "mert"):
        return published_kept(request.param)
    folder = BUNDLED if request.param == "measured" else request.getfixturevalue("tiny_apex")
    assert isinstance(folder, Path)
    return Kept(read_card(folder).encoder, folder / ENCODER)


@pytest.fixture
def encoder(kept: Kept) -> Encoder:
    return open_encoder(*kept, device="cpu", precision="exact")


def segments(encoder: Encoder) -> np.ndarray:
    rng = np.random.default_rng(0)
    t = np.arange(4 * encoder.spec.sample_rate) / encoder.spec.sample_rate
    tones = [np.sin(2 * np.pi * hz * t) * np.exp(-(t % 0.5) * 5) for hz in (220, 330, 495)]
    return (np.stack(tones) * 0.3 + rng.normal(0, 0.003, (3, len(t)))).astype(np.float32)


def test_shapes(encoder: Encoder) -> None:
    out = encoder.encode(segments(encoder))
    assert out.shape == (3, len(encoder.spec.layers), encoder.spec.dim)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


def test_alone_or_in_company_in_any_order(encoder: Encoder) -> None:
    batch = segments(encoder)
    together = encoder.encode(batch)
    np.testing.assert_allclose(together[::-1], encoder.encode(batch[::-1]), atol=1e-5)
    for i in range(3):
        np.testing.assert_allclose(together[i], encoder.encode(batch[i : i + 1])[0], atol=1e-5)


def test_frozen(encoder: Encoder) -> None:
    before = digest(encoder.tensors())
    encoder.encode(segments(encoder))
    assert digest(encoder.tensors()) == before == encoder.spec.hash
    assert not any(t.requires_grad for t in encoder.tensors().values())


def test_another_encoder_than_the_card_names_is_refused(
    encoder: Encoder, kept: Kept, tmp_path: Path
) -> None:
    tensors = {k: v.clone() for k, v in encoder.tensors().items()}
    name = sorted(tensors)[0]
    tensors[name] = tensors[name] + torch.ones(())
    save_file(tensors, tmp_path / ENCODER)
    with pytest.raises(WeightsError, match="not the encoder its card names"):
        open_encoder(kept.spec, tmp_path / ENCODER, device="cpu", precision="exact")


def test_a_tensor_too_many_or_too_few_is_named(
    encoder: Encoder, kept: Kept, tmp_path: Path
) -> None:
    tensors = {k: v.clone() for k, v in encoder.tensors().items()}
    save_file({**tensors, "more": torch.zeros(1)}, tmp_path / "more.safetensors")
    with pytest.raises(WeightsError, match="unexpected: more"):
        open_encoder(kept.spec, tmp_path / "more.safetensors", device="cpu", precision="exact")
    name = sorted(tensors)[-1]
    del tensors[name]
    save_file(tensors, tmp_path / "fewer.safetensors")
    with pytest.raises(WeightsError, match=re.escape(f"missing: {name}")):
        open_encoder(kept.spec, tmp_path / "fewer.safetensors", device="cpu", precision="exact")


def test_an_encoder_of_another_version_is_refused_and_what_differs_named(kept: Kept) -> None:
    older = kept.spec.model_copy(update={"sample_rate": 8000})
    here = kept.spec.sample_rate
    with pytest.raises(WeightsError, match=rf"differs.*sample_rate 8000 \(here {here}\)"):
        open_encoder(older, kept.path, device="cpu", precision="exact")


def test_the_licence_of_the_weights_is_stated(encoder: Encoder) -> None:
    known = ("CC-BY-NC-4.0", "CC0-1.0", "CC-BY-4.0", "Apache-2.0")
    assert encoder.spec.licence.startswith(known)
