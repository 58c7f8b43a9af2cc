"""Records keep where each option of their command came from."""

import json
from pathlib import Path

import pytest
from pydantic import Field

from plaudit.core.option_source import OptionSources, sourced, taken_from
from plaudit.core.settings import Record
from typed_command import plaudit


class Made(Record):
    n: int = 1
    option_sources: OptionSources = Field(default_factory=dict)


def test_a_record_keeps_the_sources_of_the_command_that_runs() -> None:
    assert sourced(Made()) == Made()
    assert Made().model_dump_json() == '{"n":1}'
    with taken_from({"draws": "default"}):
        kept = sourced(Made())
    assert json.loads(kept.model_dump_json())["option_sources"] == {"draws": "default"}
    assert Made.model_validate_json(kept.model_dump_json()) == kept
    assert sourced(Made()) == Made()


def test_a_record_tells_typed_from_set_from_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["x,y,first", "y,z,first", "z,x,first", "x,y,second", "y,z,second", "z,x,second"]
    (tmp_path / "battles.csv").write_text("\n".join(["first,second,outcome", *rows]) + "\n")
    (tmp_path / "plaudit.toml").write_text("[bench.standings]\ndraws = 50\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAUDIT_BENCH_STANDINGS_SEED", "3")
    plaudit("bench", "standings", "battles.csv", "--least-votes", "1", "--out", "board.json")
    sources = json.loads((tmp_path / "board.json").read_text())["option_sources"]
    assert sources["least-votes"] == sources["out"] == "command line"
    assert sources["draws"] == "plaudit.toml [bench.standings]"
    assert sources["seed"] == "PLAUDIT_BENCH_STANDINGS_SEED"
    assert sources["method"] == "default"
