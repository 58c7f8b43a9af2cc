"""The state of a stopped run: another file in its place is refused by name, whatever is in it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from planted_songs import SMALL, planted
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.training.batches import Batches, prepare
from plaudit.training.loop import Loop, make_accelerator
from plaudit.training.run_folder import RunFolder
from plaudit.training.settings import TrainSettings

PATHS = {"manifest": "songs.parquet", "store": "store", "out": "run"}


class StopError(Exception):
    """Stands for the end of a process."""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainSettings, Batches, Path]:
    """A run that ended after its second epoch, with the file it left."""
    chosen = TrainSettings.model_validate({**PATHS, **SMALL, "average": 0.9})
    batches = prepare(chosen, planted(48, n_layers=4))
    path = tmp_path_factory.mktemp("stopped") / "member-0.checkpoint"

    def stop(record: dict[str, Any], _: object) -> None:
        if record["epoch"] == 2:
            raise StopError

    with pytest.raises(StopError):
        Loop(chosen, batches, make_accelerator(chosen), 0, path).run(stop)
    return chosen, batches, path


def first(content: dict[str, Any]) -> tuple[dict[str, Tensor], str]:
    weights = content["model"]
    return weights, next(n for n, v in weights.items() if v.is_floating_point() and v.dim())


def change_weights(change: Callable[[Tensor], Tensor], part: str = "model") -> Any:
    def apply(content: dict[str, Any]) -> None:
        _, name = first(content)
        weights = content[part] if part == "model" else content["progress"][part]
        weights[name] = change(weights[name])

    return apply


def change_moment(change: Callable[[Tensor], Tensor]) -> Any:
    def apply(content: dict[str, Any]) -> None:
        state = next(iter(content["optimizer"]["state"].values()))
        state["exp_avg"] = change(state["exp_avg"])

    return apply


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nan": change_weights(lambda v: v * torch.nan),
    "kept nan": change_weights(lambda v: v * torch.nan, "kept"),
    "average infinite": change_weights(lambda v: v / 0, "average"),
    "shape": change_weights(lambda v: torch.cat([v, v])),
    "kept shape": change_weights(lambda v: v[:0], "kept"),
    "type": change_weights(lambda v: v > 0),
    "a tensor less": lambda content: content["model"].pop(first(content)[1]),
    "no weights": lambda content: content.pop("model"),
    "no progress": lambda content: content.pop("progress"),
    "no optimiser": lambda content: content.pop("optimizer"),
    "no schedule": lambda content: content.pop("schedule"),
    "an unknown count": lambda content: content["progress"].update(other=1),
    "a negative count": lambda content: content["progress"].update(epoch=-1),
    "a count as text": lambda content: content["progress"].update(stale="x"),
    "kept is none": lambda content: content["progress"].update(kept=[1]),
    "moment shape": change_moment(lambda v: v[:0]),
    "moment nan": change_moment(lambda v: v * torch.nan),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_damaged_checkpoint_is_named(
    case: str, stopped: tuple[TrainSettings, Batches, Path], tmp_path: Path
) -> None:
    chosen, batches, whole = stopped
    content = copy.deepcopy(torch.load(whole, weights_only=True))
    CHANGES[case](content)
    path = tmp_path / "member-0.checkpoint"
    torch.save(content, path)
    with pytest.raises(WeightsError, match=r"member-0\.checkpoint"):
        Loop(chosen, batches, make_accelerator(chosen), 0, path)


def test_a_list_in_its_place_is_named(
    stopped: tuple[TrainSettings, Batches, Path], tmp_path: Path
) -> None:
    chosen, batches, _ = stopped
    torch.save([1], tmp_path / "list")
    with pytest.raises(WeightsError, match="list is damaged"):
        Loop(chosen, batches, make_accelerator(chosen), 0, tmp_path / "list")


def test_the_file_as_it_was_goes_on(stopped: tuple[TrainSettings, Batches, Path]) -> None:
    chosen, batches, path = stopped
    assert Loop(chosen, batches, make_accelerator(chosen), 0, path).state.epoch == 2


@pytest.mark.parametrize("text", ["[]", "{}", "[" * 10**5, '{"epochs": -1}', "\x00"])
def test_a_damaged_summary_is_named(tmp_path: Path, text: str) -> None:
    folder = RunFolder(tmp_path)
    folder.state.mkdir()
    folder.summary(0).write_text(text)
    with pytest.raises(InputError, match=r"member-0\.json"):
        folder.read_summary(0)
