"""The search proposes within its ranges, finds what is planted, and the same after a crash."""

from pathlib import Path
from typing import Any, cast

import pytest

from plaudit.core.errors import InputError
from plaudit.training.result import MEAN, Measured, RunResult
from plaudit.training.settings import TrainSettings
from plaudit.training.sweep.execution import Plans, Sweep
from plaudit.training.sweep.search import best_label, read_ranges, search

VALUES = {"manifest": "songs.parquet", "store": "store", "out": "out"}
TABLE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "batch": {"low": 8, "high": 64},
    "targets": {"choices": ["raw", "standardised"]},
}


class CrashError(Exception):
    """Stands for a kill: nothing is told to the study."""


class Planted:
    """A sweep whose runs cost nothing: small batches and standardised targets are better."""

    def __init__(self, out: Path, crash_at: str = "") -> None:
        self.out, self.crash_at = out, crash_at
        self.proposed: list[TrainSettings] = []

    def run(self, plans: Plans) -> dict[str, list[RunResult]]:
        ((label, settings),) = plans.items()
        if label == self.crash_at:
            raise CrashError
        self.proposed.append(settings)
        value = (settings.targets == "standardised") / 2 - settings.batch / 200
        measures = (Measured(split="validation", measure="Spearman", axis=MEAN, value=value, n=9),)
        result = RunResult(
            settings=settings.model_dump(mode="json"), data="0", axes=("likes",), epochs=(1,),
            best_epochs=(1,), validation_losses=(1.0,), weights_hash="0", device="cpu",
            precision="full", n_train=9, n_validation=9, n_test=0, left_out=0, measures=measures,
        )  # fmt: skip
        return {label: [result]}


def searched(planted: Planted, trials: int, messages: list[str] | None = None) -> Any:
    ranges = read_ranges(TABLE, "here")
    collected = [] if messages is None else messages
    return search(cast("Sweep", planted), VALUES, ranges, trials, "here", collected.append)


def test_it_stays_in_its_ranges_and_finds_what_is_better(tmp_path: Path) -> None:
    planted, messages = Planted(tmp_path), []  # type: ignore[var-annotated]  # filled by the search
    results = searched(planted, 16, messages)
    assert list(results) == [f"trial-{k:03d}" for k in range(16)]
    for settings in planted.proposed:
        assert 1e-4 <= settings.learning_rate <= 1e-1
        assert 8 <= settings.batch <= 64
    assert len({settings.learning_rate for settings in planted.proposed}) == 16
    best = planted.proposed[int(best_label(results).removeprefix("trial-"))]
    assert best.targets == "standardised"
    assert best.batch < 36
    assert "best so far" in messages[-1]


def test_a_crash_changes_no_proposal(tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole = Planted(tmp_path / "whole")
    searched(whole, 14)
    killed = Planted(tmp_path / "killed", crash_at="trial-012")  # past the random start
    for _ in range(2):
        with pytest.raises(CrashError):
            searched(killed, 14)
    again = Planted(tmp_path / "killed")
    searched(again, 14)
    assert again.proposed == whole.proposed


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, r"has no table \[search\]"),
        ({"learning_rat": {"low": 1, "high": 2}}, "cannot vary 'learning_rat'; did you mean"),
        ({"seed": {"low": 1, "high": 2}}, "cannot vary 'seed'"),
        ({"batch": {"low": 1}}, "give low and high, or choices"),
        ({"batch": {"low": 1, "hihg": 2}}, "unknown key 'hihg'; did you mean 'high'"),
    ],
)
def test_wrong_ranges_are_told(table: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_ranges(table, "here")
