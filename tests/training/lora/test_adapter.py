"""LoRA: nothing changes until something is learned, and what is learned becomes plain weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from formula import TINY
from plaudit.core.errors import InputError
from plaudit.encoders.mert import MertEncoder, load_mert
from plaudit.training.lora.adapter import (
    adapters,
    attach,
    dropout_on,
    merged,
    merged_tensors,
    write_weights,
)
from plaudit.training.lora.settings import LoraSettings

SETTINGS = LoraSettings(rank=2, alpha=8.0, targets=("q_proj", "v_proj"), dropout=0.0)


@pytest.fixture
def encoder(tiny_mert: Path) -> MertEncoder:
    return load_mert(tiny_mert, device="cpu")


@pytest.fixture(scope="module")
def sounds() -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    return rng.normal(0, 0.1, (2, 24_000)).astype(np.float32)


def learn(encoder: MertEncoder, sounds: NDArray[np.float32], steps: int = 12) -> list[float]:
    """Pull the embeddings of two sounds apart, and return the loss of each step."""
    optimizer = torch.optim.Adam(adapters(encoder), lr=0.03)
    losses = []
    for _ in range(steps):
        means = encoder.layer_means(torch.from_numpy(sounds))
        loss = torch.nn.functional.cosine_similarity(means[0], means[1], dim=-1).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def test_before_learning_it_is_the_frozen_encoder_to_the_last_bit(
    encoder: MertEncoder, sounds: NDArray[np.float32]
) -> None:
    before, tensors = encoder.encode(sounds), encoder.tensors()
    trained = attach(encoder, SETTINGS, seed=1)
    assert len(trained) == 2 * 2 * TINY["num_hidden_layers"]  # type: ignore[operator]
    assert all(p.requires_grad for p in trained)
    assert sum(p.requires_grad for p in encoder.network.parameters()) == len(trained)
    np.testing.assert_array_equal(encoder.encode(sounds), before)
    same = merged_tensors(encoder)
    assert same.keys() == tensors.keys()
    assert all(torch.equal(same[name], tensors[name]) for name in tensors)
    assert merged(encoder, "same").spec.hash == encoder.spec.hash
    with pytest.raises(InputError, match="adapters already"):
        attach(encoder, SETTINGS, seed=1)


def test_learning_moves_adapters_only_and_merging_keeps_what_was_learned(
    encoder: MertEncoder, sounds: NDArray[np.float32], tmp_path: Path
) -> None:
    frozen, before = encoder.tensors(), encoder.encode(sounds)
    attach(encoder, SETTINGS, seed=1)
    losses = learn(encoder, sounds)
    assert losses[-1] < losses[0] - 0.005
    state = encoder.network.state_dict()
    for name, value in frozen.items():
        there = name if name in state else ".base_layer.".join(name.rsplit(".", 1))
        assert torch.equal(state[there], value), name
    adapted = encoder.encode(sounds)
    assert np.abs(adapted - before).max() > 1e-3
    plain = merged(encoder, "tiny-lora")
    np.testing.assert_allclose(plain.encode(sounds), adapted, atol=1e-5)
    assert plain.spec.hash != encoder.spec.hash
    changed = [n for n in frozen if not torch.equal(plain.tensors()[n], frozen[n])]
    assert len(changed) == 2 * TINY["num_hidden_layers"]  # type: ignore[operator]
    assert all(name.endswith(("q_proj.weight", "v_proj.weight")) for name in changed)

    write_weights(plain, tmp_path / "tiny-lora")
    again = load_mert(tmp_path / "tiny-lora", layers=plain.spec.layers, device="cpu")
    assert again.spec == plain.spec
    np.testing.assert_array_equal(again.encode(sounds), plain.encode(sounds))


@pytest.mark.parametrize(
    "change",
    [{"rank": 3}, {"alpha": 1.0}, {"targets": ("k_proj",)}, {"dropout": 0.9}],
)
def test_every_setting_changes_what_is_learned(
    tiny_mert: Path, sounds: NDArray[np.float32], change: dict[str, object]
) -> None:
    learned = []
    for settings in (SETTINGS, SETTINGS.model_copy(update=change)):
        encoder = load_mert(tiny_mert, device="cpu")
        attach(encoder, settings, seed=1)
        dropout_on(encoder, True)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            learn(encoder, sounds, steps=2)
        dropout_on(encoder, False)
        learned.append(encoder.encode(sounds))
    assert not np.array_equal(learned[0], learned[1])


def test_dropout_is_off_unless_asked_for(encoder: MertEncoder, sounds: NDArray[np.float32]) -> None:
    attach(encoder, SETTINGS.model_copy(update={"dropout": 0.5}), seed=1)
    learn(encoder, sounds, steps=2)
    once = encoder.encode(sounds)
    np.testing.assert_array_equal(encoder.encode(sounds), once)
    dropout_on(encoder, True)
    assert not np.array_equal(encoder.encode(sounds), once)
    dropout_on(encoder, False)
    np.testing.assert_array_equal(encoder.encode(sounds), once)


def test_settings_are_read_strictly() -> None:
    for wrong in ({"rank": 0}, {"targets": ()}, {"targets": ("q_proj", "q_proj")}, {"rnak": 2}):
        with pytest.raises(ValidationError):
            LoraSettings.model_validate(wrong)
