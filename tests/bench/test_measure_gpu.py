"""The script for a GPU, tried on the CPU at tiny sizes: every part, its files, and its time."""

import json
import sys
from pathlib import Path

import pytest

import measure_gpu

Rows = list[dict[str, str]]


def run(monkeypatch: pytest.MonkeyPatch, out: Path, *words: str) -> tuple[int, Rows]:
    words = ("measure_gpu.py", "--device", "cpu", "--quick", "--out", str(out), *words)
    monkeypatch.setattr(sys, "argv", list(words))
    with pytest.raises(SystemExit) as ended:
        measure_gpu.main()
    return int(ended.value.code or 0), json.loads(out.read_text(encoding="utf-8"))


def test_every_part_but_the_command_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ("rates", "encoder", "errors", "company", "feed")
    status, rows = run(monkeypatch, tmp_path / "gpu.json", "--parts", *parts)
    assert status == 0, rows
    assert {row["part"] for row in rows} == {"machine", *parts}
    found = {row["measured"]: row for row in rows}
    assert float(found["exact, batches of 2"]["value"]) > 0
    assert "of the product rate" in found["exact, batches of 2"]["note"]
    assert float(found["CPU, exact: embedding"]["value"]) < 1e-5
    assert float(found["cpu in batches, exact: embedding"]["value"]) < 1e-5
    assert float(found["exact: other company"]["value"]) == 0
    assert float(found["decode and resample, 1 songs at a time"]["value"]) > 0
    table = (tmp_path / "gpu.md").read_text(encoding="utf-8").splitlines()
    assert len(table) == len(rows) + 2


def test_a_part_that_fails_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(bench: measure_gpu.Bench) -> None:
        raise ValueError("no such card")

    monkeypatch.setattr(measure_gpu, "company", broken)
    status, rows = run(
        monkeypatch, tmp_path / "gpu.json", "--minutes", "0", "--parts", "company", "encoder"
    )
    assert status == 1
    (fault,) = (row for row in rows if row["measured"] == "failed")
    assert (fault["value"], fault["note"]) == ("ValueError", "no such card")
    # No time is left for the sizes of the encoder, and the row of the part says so.
    assert "its time was over" in rows[-1]["note"]
    assert [row["measured"] for row in rows if row["part"] == "encoder"] == ["took"]
