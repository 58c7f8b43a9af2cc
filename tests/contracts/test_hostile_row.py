"""Any value in any field of a row: counted, or one sentence, and never another error."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plaudit.benchmarks.scores.file import read_scores
from plaudit.cli.app import main
from plaudit.core.errors import PlauditError
from plaudit.datasets.corpora.catalogue import READERS
from plaudit.datasets.manifest.songs import read_manifest

VALUES: list[Any] = [
    None, True, -1, 0, 10**18, 10**200, 10**400, 1e300, float("nan"), float("inf"), "x", "",
    "1e999", "9" * 5000, "\ud800", "\0", "=1", "\x1b", [], [[]], [1], {}, {"value": 1},
]  # fmt: skip
SCORE = {
    "song_id": "a", "path": "a.wav", "sha256": "0" * 64, "status": "ok", "coherence": 3.0,
    "coherence_low": 2.0, "duration_s": 3.0, "warnings": [{"type": "t", "message": "m"}],
    "judge": {"name": "a", "version": "1", "hash": "h"}, "prompt": "p", "margin": 0.1,
    "scores": {"musicality": {"value": 3, "low": 1, "high": 4}}, "probability": 0.5,
    "error": {"type": "t", "message": "m"}, "timeline": None, "schema_version": 2,
}  # fmt: skip
SONG = {
    "song_id": "a", "path": "a.wav", "sha256": "0" * 64, "duration_s": 3.0, "system": "s",
    "split": "train", "instrumental": True, "coherence": 3.0, "other": 1,
}  # fmt: skip
VOTE = {
    "first": "a", "second": "b", "outcome": "first", "voter": "v", "prompt": "p",
    "date": "2025-01-01", "first_system": "A", "second_system": "B", "instrumental": False,
}  # fmt: skip
ALL = settings(deadline=None, suppress_health_check=list(HealthCheck))


def run(*words: object) -> None:
    """Run a command; an error that is none of ours comes out of it."""
    with (
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
        patch.object(sys, "argv", ["plaudit", *map(str, words)]),
        suppress(SystemExit),
    ):
        main()


def standings(path: Path) -> None:
    run("bench", "standings", path, "--draws", 5)


KINDS: dict[str, tuple[dict[str, Any], Callable[[Path], object]]] = {
    "scores": (SCORE, read_scores),
    "manifest": (SONG, read_manifest),
    "votes": (VOTE, standings),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_table(kind: str, tmp_path: Path) -> None:
    row, read = KINDS[kind]
    for key in row:
        for value in VALUES:
            path = tmp_path / "rows.jsonl"
            path.write_text(json.dumps(row | {key: value}) + "\n" + json.dumps(row) + "\n")
            with suppress(PlauditError):
                read(path)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A made-up sample of each corpus whose rows are text."""
    folders = {}
    for name, reader in READERS.items():
        folder = tmp_path_factory.mktemp("corpora") / name
        folder.mkdir()
        reader.sample(folder, np.random.default_rng(0))
        if next(text_files(folder), None):
            folders[name] = folder
    return folders


def text_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix in {".jsonl", ".csv"})


@settings(ALL, max_examples=60)
@given(st.data())
def test_rows_of_a_corpus(corpora: dict[str, Path], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(corpora)))
    value = data.draw(st.sampled_from(VALUES))
    copy = corpora[name].with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(corpora[name], copy)
    path = data.draw(st.sampled_from(list(text_files(copy))))
    lines = path.read_text().split("\n")
    place = data.draw(st.integers(0, len(lines) - 2))
    if path.suffix == ".jsonl":
        row = json.loads(lines[place])
        row[data.draw(st.sampled_from(sorted(row)))] = value
        lines[place] = json.dumps(row)
    else:
        cells = lines[place].split(",")
        cells[data.draw(st.integers(0, len(cells) - 1))] = str(value)
        lines[place] = ",".join(cells)
    path.write_text("\n".join(lines), errors="replace")
    run("data", "check", name, copy)
    run("data", "prepare", name, copy, "--out", copy / "m.csv")
