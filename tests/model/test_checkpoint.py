"""Published checkpoints in each of the forms they are found in."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from formula import SCORES, head_tensors
from plaudit.core.axes import AXES, POPULARITY
from plaudit.encoders.promise import UnsafeWeightsError, WeightsError
from plaudit.model.checkpoint import read_checkpoint
from plaudit.model.mix import PUBLISHED_BIAS, PUBLISHED_WEIGHT

Tensors = dict[str, torch.Tensor]
X = torch.linspace(-1, 1, 4 * 768).reshape(1, 4, 768)
WEIGHT = torch.ones(1)


@pytest.fixture(scope="module")
def heads(golden: ModuleType) -> Tensors:
    return head_tensors(golden.fill)


def score(path: Path) -> list[float]:
    scores: list[float] = read_checkpoint(path).network.score(X, WEIGHT).song.tolist()
    return scores


def test_every_form_gives_the_same_scores(heads: Tensors, tmp_path: Path) -> None:
    run = {
        "epoch": 50,
        "model_state": heads,
        "optimizer_state": {"state": {}},
        "val_loss": np.float64(398.778),
        "val_task_losses": {"coherence": np.float32(0.5)},
        "mode": "song",
        "task": "full",
        "loss": "uncertainty",
        "shared": 2,
    }
    torch.save(run, tmp_path / "best_model.pt")
    torch.save({"model_state": heads, "epoch": 3}, tmp_path / "old.pt")
    torch.save(heads, tmp_path / "pytorch_model.bin")
    save_file(heads, tmp_path / "model.safetensors")
    torch.save({f"module.{k}": v for k, v in heads.items()}, tmp_path / "parallel.pt")
    mix = {
        "aggregator.weight": torch.tensor(PUBLISHED_WEIGHT).reshape(1, 4, 1),
        "aggregator.bias": torch.tensor([PUBLISHED_BIAS]),
    }
    torch.save({**heads, **mix}, tmp_path / "mixed.bin")
    first, *others = (score(path) for path in sorted(tmp_path.iterdir()))
    assert len(first) == len(AXES)
    assert len(others) == 5
    assert all(scores == first for scores in others)
    assert read_checkpoint(tmp_path / "best_model.pt").facts["val_loss"] == "398.778"


def test_a_mix_of_its_own_is_used(heads: Tensors, tmp_path: Path) -> None:
    torch.save(heads, tmp_path / "plain.bin")
    own = {"aggregator.weight": torch.full((1, 4, 1), 0.25), "aggregator.bias": torch.zeros(1)}
    torch.save({**heads, **own}, tmp_path / "own.bin")
    assert score(tmp_path / "own.bin") != score(tmp_path / "plain.bin")
    assert read_checkpoint(tmp_path / "own.bin").network.mix.weight.tolist() == [0.25] * 4
    torch.save({**heads, "aggregator.weight": own["aggregator.weight"]}, tmp_path / "half.bin")
    with pytest.raises(WeightsError, match=r"aggregator\.bias or neither"):
        read_checkpoint(tmp_path / "half.bin")


def test_popularity_only_gives_two_scores(golden: ModuleType, tmp_path: Path) -> None:
    tensors = head_tensors(golden.fill, scores=SCORES[:2])
    assert len(tensors) == 46
    torch.save({"model_state": tensors}, tmp_path / "best_model.pt")
    loaded = read_checkpoint(tmp_path / "best_model.pt")
    assert loaded.recipe.heads.axes == POPULARITY
    assert loaded.facts["task"] == "popularity"
    assert len(score(tmp_path / "best_model.pt")) == 2


def test_three_shared_layers(golden: ModuleType, tmp_path: Path) -> None:
    tensors = head_tensors(golden.fill, dims=(768, 512, 384, 256))
    assert len(tensors) == 133
    torch.save({"model_state": tensors, "shared": 3}, tmp_path / "best_model.pt")
    assert read_checkpoint(tmp_path / "best_model.pt").recipe.heads.shared_dims == (512, 384, 256)
    torch.save({"model_state": tensors, "shared": 2}, tmp_path / "best_model.pt")
    with pytest.raises(WeightsError, match="names 2 shared layers but holds 3"):
        read_checkpoint(tmp_path / "best_model.pt")


def test_segment_mode_averages_scores_instead_of_embeddings(heads: Tensors, tmp_path: Path) -> None:
    torch.save({"model_state": heads, "mode": "segment"}, tmp_path / "segment.pt")
    torch.save({"model_state": heads, "mode": "song"}, tmp_path / "song.pt")
    two = torch.cat([X, -3 * X])
    half = torch.full((2,), 0.5)
    by_segment = read_checkpoint(tmp_path / "segment.pt").network.score(two, half)
    by_song = read_checkpoint(tmp_path / "song.pt").network.score(two, half)
    torch.testing.assert_close(by_segment.song, by_segment.segments.mean(dim=0))
    torch.testing.assert_close(by_segment.segments, by_song.segments)
    assert not torch.allclose(by_segment.song, by_song.song)


def test_a_config_beside_it_is_read(heads: Tensors, tmp_path: Path) -> None:
    save_file(heads, tmp_path / "model.safetensors")
    config = {"model_type": "apex", "layer_indices": [1, 2, 3, 4], "segment_sec": 10, "epoch": 50}
    (tmp_path / "config.json").write_text(json.dumps(config))
    loaded = read_checkpoint(tmp_path)
    assert loaded.layers == (1, 2, 3, 4)
    assert loaded.recipe.segment.length_s == 10
    assert loaded.facts["epoch"] == "50"


def _drop(t: Tensors) -> None:
    del t["shared.0.block.0.weight"]


def _rename(t: Tensors) -> None:
    t["branch_clarity.branch.2.gain"] = t.pop("branch_clarity.branch.2.weight")


def _reshape(t: Tensors) -> None:
    t["shared.1.block.0.weight"] = t["shared.1.block.0.weight"][:, :-1]


def _add(t: Tensors) -> None:
    t["left_over"] = torch.zeros(1)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_drop, r"missing: heads\.shared\.0\.block\.0\.weight"),
        (_rename, r"missing: .*clarity\.branch\.2\.weight; unexpected: .*branch\.2\.gain"),
        (_reshape, r"wrong shape: heads\.shared\.1\.block\.0\.weight is \(256, 511\)"),
        (_add, r"unexpected: heads\.left_over"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(
    break_it: Callable[[Tensors], None], message: str, heads: Tensors, tmp_path: Path
) -> None:
    tensors = dict(heads)
    break_it(tensors)
    torch.save({"model_state": tensors}, tmp_path / "best_model.pt")
    with pytest.raises(WeightsError, match=message):
        read_checkpoint(tmp_path / "best_model.pt")


def test_a_missing_branch_is_not_another_kind_of_model(heads: Tensors, tmp_path: Path) -> None:
    torch.save({k: v for k, v in heads.items() if "clarity" not in k}, tmp_path / "six.bin")
    with pytest.raises(WeightsError, match="or all seven, found 2 shared layers and score_streams"):
        read_checkpoint(tmp_path / "six.bin")


def test_code_in_a_checkpoint_does_not_run(heads: Tensors, tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return (Path.touch, (ran,))

    torch.save({"model_state": heads, "val_loss": Trap()}, tmp_path / "best_model.pt")
    with pytest.raises(UnsafeWeightsError, match="nothing ran"):
        read_checkpoint(tmp_path / "best_model.pt")
    assert not ran.exists()


def test_other_files_are_named_for_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("these are not weights")
    with pytest.raises(WeightsError, match=r"notes\.pt"):
        read_checkpoint(tmp_path / "notes.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(WeightsError, match="must hold a checkpoint dict, got list"):
        read_checkpoint(tmp_path / "list.pt")
    with pytest.raises(WeightsError, match="no such file"):
        read_checkpoint(tmp_path / "absent.pt")
