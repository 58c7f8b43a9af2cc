"""Every encoder keeps the promise: shapes, order, company, determinism, identity."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from plaudit.encoders.open import open_encoder
from plaudit.encoders.promise import Encoder, WeightsError
from plaudit.encoders.spec import EncoderKind
from plaudit.encoders.weights import digest
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import ENCODER, read_card


@pytest.fixture(params=get_args(EncoderKind))
def folder(request: pytest.FixtureRequest) -> Path:
    if request.param == "measured":
        return BUNDLED
    path = request.getfixturevalue("tiny_apex")
    assert isinstance(path, Path)
    return path


@pytest.fixture
def encoder(folder: Path) -> Encoder:
    spec = read_card(folder).encoder
    return open_encoder(spec, folder / ENCODER, device="cpu", precision="exact")


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
    encoder: Encoder, folder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    tensors = {k: v.clone() for k, v in encoder.tensors().items()}
    name = sorted(tensors)[0]
    tensors[name] = tensors[name] + torch.ones(())
    save_file(tensors, tmp_path / ENCODER)
    with pytest.raises(WeightsError, match="not the encoder its card names"):
        open_encoder(read_card(folder).encoder, tmp_path / ENCODER, device="cpu", precision="exact")


def test_an_encoder_of_another_version_is_refused_and_what_differs_named(folder: Path) -> None:
    older = read_card(folder).encoder.model_copy(update={"sample_rate": 8000})
    with pytest.raises(WeightsError, match=r"differs.*sample_rate 8000 \(here 24000\)"):
        open_encoder(older, folder / ENCODER, device="cpu", precision="exact")
