"""Trees as tensors say what scikit-learn says, and nothing an axis does not have."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from sklearn.ensemble import GradientBoostingRegressor

from plaudit.encoders.promise import WeightsError
from plaudit.model.bundled.heads import BundledHeads
from plaudit.model.bundled.trees import EDGE, SOFTNESS, BoostedTrees, check_trees
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.folder import model_tensors
from plaudit.model.network import Network
from plaudit.training.bundled.boosting import BoostingSettings, fit_trees

AXES = ("streams", "clarity")
Floats = NDArray[np.float32]


def made(n: int = 300, seed: int = 1) -> tuple[Floats, Floats]:
    """Return songs (n, 30), of whole numbers so that many are alike, and targets (n, 2)."""
    rng = np.random.default_rng(seed)
    songs = (rng.integers(-6, 7, (n, 30)) / 3).astype(np.float32)
    signal = np.where(songs[:, 0] > songs[:, 1], 1.0, 0.0) + 0.2 * songs[:, 2]
    noise = rng.normal(0, 0.1, n)
    share = (signal + noise + 1) / 4
    return songs, np.stack([100 * share, 1 + 4 * share], axis=1).astype(np.float32)


def test_they_say_what_scikit_learn_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plaudit.model.bundled.trees.SOFTNESS", 1e-4)
    songs, targets = made()
    trees = fit_trees(AXES, 25, 6, songs, targets, 3)
    how = BoostingSettings()
    # The same boosting, in the units of the axis.
    boosted = GradientBoostingRegressor(
        n_estimators=25, learning_rate=how.learning_rate, max_leaf_nodes=6, max_depth=None,
        subsample=how.songs, max_features=how.inputs, min_samples_leaf=how.leaf_songs,
        random_state=3,
    ).fit(songs, (targets[:, 1] - 1) / 4)  # fmt: skip
    inputs = made(200, seed=2)[0] - np.float32(0.01)  # some were at a threshold
    predicted = torch.sigmoid(trees(torch.from_numpy(inputs)))[:, 1].numpy()
    expected = boosted.predict(inputs).clip(EDGE, 1 - EDGE)
    np.testing.assert_allclose(predicted, expected, atol=2e-6)
    assert expected.std() > 0.05


def test_at_a_threshold_a_question_is_answered_by_both_sides() -> None:
    trees = BoostedTrees(AXES[1:], 1, 3)
    # Above 0 of input 0 it is .3; else .1 up to 1 of input 1, and .2 above.
    trees.low[0, 0, :2] = torch.tensor([1, 3], dtype=torch.int16)
    trees.high[0, 0, :2] = torch.tensor([2, 4], dtype=torch.int16)
    trees.feature[0, 0, 1] = 1
    trees.threshold[0, 0, 1] = 1.0
    trees.value[0, 0] = torch.tensor([0.0, 0.0, 0.3, 0.1, 0.2])
    trees.start += 0.2
    inputs = torch.tensor([[9.0, 0.0], [-9.0, -9.0], [-9.0, 9.0], [0.0, 9.0], [0.0, 1.0]])
    predicted = torch.sigmoid(trees(inputs)).flatten()
    torch.testing.assert_close(predicted, 0.2 + torch.tensor([0.3, 0.1, 0.2, 0.25, 0.225]))
    near = torch.sigmoid(trees(torch.tensor([[SOFTNESS, 9.0]])))
    assert float(near) == pytest.approx(0.2 + 0.2 + 0.1 / (1 + np.exp(-1)), abs=1e-6)


def test_a_node_that_two_others_lead_to_is_refused() -> None:
    trees = BoostedTrees(AXES[1:], 1, 3)
    trees.low[0, 0, :2] = torch.tensor([1, 3], dtype=torch.int16)
    trees.high[0, 0, :2] = torch.tensor([2, 4], dtype=torch.int16)
    check_trees(trees, 1, "a file")
    trees.high[0, 0, 1] = 2
    with pytest.raises(WeightsError, match="a file are damaged"):
        check_trees(trees, 1, "a file")


def test_what_is_not_known_of_a_song_is_not_learned() -> None:
    songs, targets = made()
    some = targets.copy()
    some[::3, 0] = np.nan
    inputs = torch.from_numpy(made(50, seed=2)[0])
    known = ~np.isnan(some[:, 0])
    left_out = fit_trees(AXES[:1], 10, 6, songs[known], targets[known, :1], 1)(inputs)
    predicted = fit_trees(AXES, 10, 6, songs, some, 1)(inputs)
    torch.testing.assert_close(predicted[:, :1], left_out)
    torch.testing.assert_close(
        predicted[:, 1], fit_trees(AXES, 10, 6, songs, targets, 1)(inputs)[:, 1]
    )


def test_the_same_seed_grows_the_same_trees() -> None:
    first, second, other = (fit_trees(AXES, 5, 6, *made(), seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_no_tree_leaves_its_axis() -> None:
    trees = BoostedTrees(AXES, 2, 4)
    trees.start += torch.tensor([7.0, -7.0])
    share = torch.sigmoid(trees(torch.zeros(3, 5)))
    torch.testing.assert_close(share, torch.tensor([[1 - EDGE, EDGE]] * 3))


SPEC = HeadSpec(
    axes=AXES, input_dim=30, shared_dims=(8, 4), branch_dims=(4,), flaw_inputs=(24, 30), trees=20,
    leaves=6,
)  # fmt: skip


def heads() -> BundledHeads:
    torch.manual_seed(1)
    network = BundledHeads(SPEC)
    songs, targets = made()
    songs[:, 24:] = 0
    network.trees = fit_trees(AXES, 20, 6, songs, targets, 1)
    network.get_buffer("tolerance.usual").fill_(0.05)
    return network.eval()


@torch.inference_mode()
def test_network_and_trees_are_averaged_and_flaws_take_from_both_alike() -> None:
    both, inputs = heads(), torch.from_numpy(made(40, seed=4)[0])
    network = BundledHeads(SPEC.model_copy(update={"trees": 0})).eval()
    network.load_state_dict({k: v for k, v in both.state_dict().items() if "trees" not in k})
    assert both.trees is not None
    assert network.penalty is not None
    assert network.tolerance is not None
    music = inputs.clone()
    music[:, 24:] = 0
    taken = network.tolerance(network.penalty(inputs[:, 24:]))
    names = [(0.0, 100.0), (1.0, 5.0)]
    alone = torch.stack(
        [
            torch.logit((x - low) / (high - low))
            for x, (low, high) in zip(network(inputs).value.T, names, strict=True)
        ],
        dim=1,
    )
    raw = (alone + both.trees(music) - taken) / 2
    expected = torch.sigmoid(raw) * torch.tensor([100.0, 4.0]) + torch.tensor([0.0, 1.0])
    torch.testing.assert_close(both(inputs).value, expected, rtol=1e-4, atol=1e-3)


@torch.inference_mode()
def test_no_score_rises_with_a_flaw() -> None:
    both, inputs = heads(), torch.from_numpy(made(40, seed=4)[0])
    for flaw in range(24, 30):
        worse = inputs.clone()
        worse[:, flaw] += 1.5
        assert (both(worse).value < both(inputs).value).all()


@torch.inference_mode()
def test_a_bias_is_added_to_the_raw_score_of_both() -> None:
    both, inputs = heads(), torch.from_numpy(made(40, seed=4)[0])
    before = torch.logit((both(inputs).value[:, 1] - 1) / 4)
    both.add_bias(torch.tensor([0.0, 0.3]))
    after = torch.logit((both(inputs).value[:, 1] - 1) / 4)
    torch.testing.assert_close(after, before + 0.3, rtol=1e-4, atol=1e-4)


def test_trees_are_kept_with_the_network_and_found_again(tmp_path: Path) -> None:
    recipe = Recipe(heads=SPEC, members=2)
    network = Network(recipe, 1).eval()
    assert network.members is not None
    for member in network.members:
        member.heads = heads()
    save_file(model_tensors(network), tmp_path / "model.safetensors")
    again = Network(recipe, 1)
    again.load_state_dict(load_file(tmp_path / "model.safetensors"))
    song, weight = torch.from_numpy(made(1, seed=5)[0]).reshape(1, 1, -1), torch.ones(1)
    torch.testing.assert_close(
        again.eval().score(song, weight).song, network.score(song, weight).song
    )


def test_grades_and_parts_of_the_bundled_judge_do_not_go_together() -> None:
    for part in (
        {"trees": 3},
        {"wide": True},
        {"flaw_inputs": (1, 3)},
        {"faults": (("hiss", "clarity"),)},
    ):
        with pytest.raises(
            ValidationError, match="trees and the axis preference need 'value', got 'ordinal'"
        ):
            HeadSpec.model_validate({"axes": AXES, "input_dim": 4, "output": "ordinal", **part})
