"""The loop learns what can be learned, nothing else, under every condition and setting."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from planted_songs import SMALL, planted
from plaudit.training.batches import Batches, Places, prepare
from plaudit.training.condition import CONDITIONS
from plaudit.training.data import TrainingSet
from plaudit.training.loop import Loop, is_mixed, make_accelerator
from plaudit.training.result import measure
from plaudit.training.settings import TrainSettings
from plaudit.training.state import TrainState
from plaudit.training.trainee import Trainee


def settings(**changes: Any) -> TrainSettings:
    paths = {"manifest": "songs.parquet", "store": "store", "out": "run"}
    return TrainSettings.model_validate({**paths, **SMALL, **changes})


def fit(
    data: TrainingSet, folder: Path, **changes: Any
) -> tuple[Trainee, Batches, TrainState]:  # fmt: skip
    """Train one network and return it with the weights that were kept."""
    chosen = settings(**changes)
    batches = prepare(chosen, data)
    loop = Loop(chosen, batches, make_accelerator(chosen), 0, folder / "checkpoint")
    state = loop.run(lambda record, state: None)
    (folder / "checkpoint").unlink()
    loop.trainee.load_state_dict(state.kept)
    return loop.trainee, batches, state


def predict(trainee: Trainee, batches: Batches, songs: Places) -> tuple[Tensor, Tensor]:
    """Return scores and targets."""
    value = batches.predict(trainee.finished(), songs).value
    return value, torch.from_numpy(batches.data.targets[songs])


def spearman(trainee: Trainee, batches: Batches, split: str) -> float:
    songs = batches.test if split == "test" else batches.validation
    value, target = predict(trainee, batches, songs)
    measured = measure(split, value.numpy(), target.numpy(), batches.data.axes)
    mean = next(row.value for row in measured if (row.measure, row.axis) == ("Spearman", "mean"))
    assert mean is not None
    return mean


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"output": "ordinal"}, {"pooling": "attention"}, {"pooling": "attended"},
        {"pooling": "statistics", "learning_rate": 0.0075, "epochs": 20},
        {"norm": "none", "activation": "silu"},
    ],
    ids=str,
)  # fmt: skip
def test_overfits_eight_songs(changes: dict[str, Any], tmp_path: Path) -> None:
    eight = planted(8, validation=0.0)
    # Seventeen times each, the last to validate: can they be learned at all?
    names = np.array([f"{i}-{k}" for k in range(17) for i in eight.song_ids])
    each = np.tile(np.diff(eight.offsets), 17)
    many = replace(
        eight,
        song_ids=names,
        split=np.repeat(["train", "validation"], [128, 8]),
        offsets=np.concatenate([[0], np.cumsum(each)]),
        values=np.tile(eight.values, (17, 1, 1)),
        targets=np.tile(eight.targets, (17, 1)),
        duration_s=np.tile(eight.duration_s, 17),
        music_s=np.tile(eight.music_s, 17),
    )
    quick: dict[str, Any] = {
        "epochs": 12, "patience": 20, "shared_dropout": 0.0, "branch_dropout": 0.0,
        "targets": "standardised", "condition": "song-full-equal-2", "weight_decay": 0.0,
        "learning_rate": 0.03,
    }  # fmt: skip
    trainee, batches, _ = fit(many, tmp_path, **{**quick, **changes})
    value, target = predict(trainee, batches, batches.validation)
    error = (value - target).abs() / torch.tensor([100.0, 100.0, 4, 4, 4, 4, 4])
    assert float(error.mean()) < 0.06


def test_what_is_planted_is_found_and_permuted_labels_give_chance(tmp_path: Path) -> None:
    data = planted(600, test=0.3)
    recipe = {"epochs": 12, "targets": "standardised", "batch": 32, "shared_dropout": 0.1}
    trainee, batches, _ = fit(data, tmp_path, **recipe)
    assert spearman(trainee, batches, "test") > 0.85
    shuffled = data.targets.copy()
    learned = np.flatnonzero(data.split != "test")
    shuffled[learned] = shuffled[np.random.default_rng(1).permutation(learned)]
    trainee, batches, _ = fit(replace(data, targets=shuffled), tmp_path, **recipe)
    assert abs(spearman(trainee, batches, "test")) < 0.15


def test_embeddings_are_not_touched(tmp_path: Path) -> None:
    data = planted(32, n_layers=2)
    before = data.values.copy()
    data.values.flags.writeable = False
    fit(data, tmp_path, mix="softmax", noise=0.5, mixup=0.5, pooling="attention")
    np.testing.assert_array_equal(data.values, before)


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_trains_an_epoch_with_the_published_tensors(
    name: str, tmp_path: Path
) -> None:
    condition = CONDITIONS[name]
    published = {"shared_dims": None, "branch_dims": (128, 64), "epochs": 1}
    trainee, _, state = fit(planted(24), tmp_path, condition=name, **published)
    heads = trainee.network.heads.state_dict()
    expected = {("popularity", 2): 46, ("popularity", 3): 53, ("full", 2): 126, ("full", 3): 133}
    assert len(heads) == expected[condition.task, condition.depth]
    assert state.epoch == 1
    assert np.isfinite(state.kept_loss)
    assert trainee.axes == condition.axes


@pytest.mark.parametrize(
    ("base", "change"),
    [
        ({}, {"condition": "song-full-equal-2"}),
        ({}, {"condition": "song-full-weighted-2"}),
        ({}, {"condition": "segment-full-uncertainty-2"}),
        ({}, {"mix": "softmax"}),
        ({}, {"mix": "free"}),
        ({}, {"mix": "published"}),
        ({}, {"pooling": "duration"}),
        ({}, {"pooling": "music"}),
        ({}, {"pooling": "attention"}),
        ({"pooling": "attention"}, {"prior": "music"}),
        ({}, {"pooling": "attended"}),
        ({}, {"pooling": "statistics"}),
        ({}, {"activation": "relu"}),
        ({}, {"activation": "silu"}),
        ({}, {"norm": "none"}),
        ({}, {"error": "smooth-l1"}),
        ({}, {"listwise": 1.0}),
        ({}, {"axes": "aesthetics"}),
        ({"mixup": 1.0}, {"mixup_kernel": 0.5}),
        ({}, {"shared_dims": (16, 16)}),
        ({}, {"branch_dims": (4,)}),
        ({}, {"shared_dropout": 0.6}),
        ({}, {"branch_dropout": 0.6}),
        ({}, {"output": "ordinal"}),
        ({"output": "ordinal"}, {"grades": 5}),
        ({}, {"targets": "standardised"}),
        ({}, {"loss_rate": 0.1}),
        ({}, {"ranking": 5.0}),
        ({}, {"mixup": 1.0}),
        ({}, {"noise": 1.0}),
        ({}, {"average": 0.9}),
        ({}, {"epochs": 3}),
        ({"epochs": 8, "learning_rate": 0.5}, {"patience": 1}),
        ({}, {"batch": 8}),
        ({}, {"learning_rate": 1e-3}),
        ({}, {"weight_decay": 5.0}),
        ({}, {"clip": 1e-9}),
        ({}, {"seed": 1}),
        ({}, {"interval": "constant"}),
        ({"interval": "constant"}, {"calibration": 0.2}),
    ],
    ids=str,
)
def test_each_setting_changes_what_is_learned(
    base: dict[str, Any], change: dict[str, Any], tmp_path: Path, plain: TrainState
) -> None:
    first = fit(songs(), tmp_path, **base)[2] if base else plain
    second = fit(songs(), tmp_path, **base, **change)[2]
    assert (first.epoch, first.kept_loss) != (second.epoch, second.kept_loss)


def songs() -> TrainingSet:
    return planted(48, n_layers=4)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> TrainState:
    """One run of the small settings, and that it can be had again to the last bit."""
    folder = tmp_path_factory.mktemp("plain")
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    _, _, first = fit(songs(), folder)
    _, _, second = fit(songs(), folder)
    assert torch.rand(1) == expected  # the global generator is as it was
    assert first.kept_loss == second.kept_loss
    assert all(torch.equal(first.kept[name], value) for name, value in second.kept.items())
    return first


def test_a_learned_mix_finds_the_layer_that_knows(tmp_path: Path) -> None:
    data = planted(400, n_layers=3)
    values = data.values.copy()
    values[:, 1:] = np.random.default_rng(0).normal(0, 2, values[:, 1:].shape)
    knows = np.add.reduceat(values[:, 0].astype(np.float32), data.offsets[:-1], axis=0)
    raw = knows / np.diff(data.offsets)[:, None] @ np.random.default_rng(2).normal(0, 1, (6, 7))
    low, span = data.targets.min(0), np.ptp(data.targets, 0)
    targets = (low + span / (1 + np.exp(-raw))).astype(np.float32)
    planted_in_first = replace(data, values=values, targets=targets)
    recipe = {"epochs": 8, "targets": "standardised", "learning_rate": 0.06, "mix": "softmax"}
    trainee, _, _ = fit(planted_in_first, tmp_path, **recipe)
    assert trainee.mix_logits is not None
    share = torch.softmax(trainee.mix_logits.detach(), dim=0)
    assert float(share[0]) > 0.5
    assert float(share.sum()) == pytest.approx(1)
    torch.testing.assert_close(trainee.finished().mix.weight, share)


def test_attention_finds_the_segments_that_count(tmp_path: Path) -> None:
    data = planted(400)
    rng = np.random.default_rng(3)
    counts = np.full(400, 3)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    values = rng.normal(size=(1200, 1, 6)).astype(np.float16)
    marked = np.arange(1200) % 3 == 1
    values[:, 0, 5] = np.where(marked, 2, -2)
    raw = values[marked, 0, :5].astype(np.float32) @ rng.normal(0, 1, (5, 7))
    low, span = data.targets.min(0), np.ptp(data.targets, 0)
    seconds = np.full(1200, 30, dtype=np.float32)
    hidden = replace(
        data, offsets=offsets, values=values, duration_s=seconds, music_s=seconds,
        targets=(low + span / (1 + np.exp(-raw))).astype(np.float32),
    )  # fmt: skip
    recipe = {"epochs": 8, "targets": "standardised", "learning_rate": 0.06, "batch": 32}
    scores = [
        spearman(*fit(hidden, tmp_path, **recipe, pooling=pooling)[:2], "validation")
        for pooling in ("mean", "attention")
    ]
    assert scores[1] > scores[0] + 0.1


def test_segments_are_scored_one_by_one_and_averaged(tmp_path: Path) -> None:
    data = planted(24, n_layers=2)
    trainee, batches, _ = fit(data, tmp_path, condition="segment-full-equal-2", pooling="duration")
    value, _ = predict(trainee, batches, np.array([5]))
    rows = slice(data.offsets[5], data.offsets[6])
    x = torch.from_numpy(data.values[rows].astype(np.float32)).mean(dim=1)
    weights = torch.from_numpy(data.duration_s[rows] / data.duration_s[rows].sum())
    with torch.no_grad():
        expected = (weights.unsqueeze(1) * trainee.network.heads(x).value).sum(dim=0)
    torch.testing.assert_close(value[0], expected)
    song, batches, _ = fit(data, tmp_path, condition="song-full-equal-2", pooling="duration")
    value, _ = predict(song, batches, np.array([5]))
    with torch.no_grad():
        whole = song.network.heads((weights.unsqueeze(1) * x).sum(dim=0, keepdim=True))
    torch.testing.assert_close(value, whole.value)


def test_mixed_precision_is_for_gpus() -> None:
    assert not is_mixed("mixed", "cpu")
    assert not is_mixed("full", "mps")
    assert is_mixed("mixed", "mps")
