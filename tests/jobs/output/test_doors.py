"""No command replaces what it reads, or a file that Plaudit did not write."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from planted_board import drawn_battles, write_battles
from plaudit.cli.app import app
from plaudit.core.errors import InputError

Door = Callable[[Path], tuple[list[str], str, list[Path]]]
STRENGTH = np.array([0.5, 0.0, -0.5])


def standings(folder: Path) -> tuple[list[str], str, list[Path]]:
    path = write_battles(
        folder / "battles.csv", drawn_battles(np.random.default_rng(1), STRENGTH, 90)
    )
    words = ["bench", "standings", str(path), "--draws", "5", "--format", "json"]
    return words, "--out", [path]


def boards(folder: Path) -> tuple[list[str], str, list[Path]]:
    words, option, _ = standings(folder)
    paths = [folder / "a.json", folder / "b.json"]
    for path in paths:
        run(*words, option, str(path))
    return ["bench", "boards", *map(str, paths)], "--out", paths


def result(folder: Path, name: str) -> Path:
    path = folder / name
    run("bench", "run", "musicprefs", "--sample", "--draws", "5", "--out", str(path))
    return path


def report(folder: Path) -> tuple[list[str], str, list[Path]]:
    path = result(folder, "result.json")
    return ["bench", "report", str(path)], "--out", [path]


def comparison(folder: Path) -> tuple[list[str], str, list[Path]]:
    paths = [result(folder, "a.json"), result(folder, "b.json")]
    return ["bench", "compare", *map(str, paths)], "--html", paths


def scores(folder: Path) -> Path:
    path = folder / "scores.jsonl"
    rows = [{"song_id": f"s{k}", "clarity": 1 + 0.3 * k} for k in range(10)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rank(folder: Path) -> tuple[list[str], str, list[Path]]:
    path = scores(folder)
    return ["rank", "--scores", str(path), "--by", "clarity"], "--output", [path]


def evaluation(folder: Path, option: str) -> tuple[list[str], str, list[Path]]:
    manifest = folder / "manifest.csv"
    lines = [f"s{k},s{k}.wav,test,{1 + 0.25 * k}" for k in range(10)]
    manifest.write_text("\n".join(["song_id,path,split,clarity", *lines]) + "\n")
    paths = [scores(folder), manifest]
    return ["evaluate", *map(str, paths), "--baselines", "constant"], option, paths


DOORS: dict[str, Door] = {
    "bench standings": standings,
    "bench boards": boards,
    "bench report": report,
    "bench compare": comparison,
    "rank": rank,
    "evaluate --out": lambda folder: evaluation(folder, "--out"),
    "evaluate --report": lambda folder: evaluation(folder, "--report"),
}


def run(*words: str) -> None:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, (done.output, done.exception)


@pytest.mark.parametrize("door", DOORS)
def test_what_is_read_and_what_is_not_ours_stays(door: str, tmp_path: Path) -> None:
    words, option, inputs = DOORS[door](tmp_path)
    mine = tmp_path / "thesis.txt"
    mine.write_text("my thesis\n")
    for path in (*inputs, mine):
        before = path.read_bytes()
        done = CliRunner().invoke(app, [*words, option, str(path)])
        assert done.exit_code == 1, done.output
        assert isinstance(done.exception, InputError)
        expected = "not written by Plaudit" if path == mine else "is what is read"
        assert expected in str(done.exception)
        assert path.read_bytes() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_command_replaces_what_it_wrote_before(door: str, tmp_path: Path) -> None:
    words, option, _ = DOORS[door](tmp_path)
    for _ in range(2):
        run(*words, option, str(tmp_path / "own.out"))


@pytest.mark.parametrize("form", ["table", "json", "html", "svg"])
def test_boards_in_every_form_are_known_as_ours(form: str, tmp_path: Path) -> None:
    words, option, _ = boards(tmp_path)
    for _ in range(2):
        run(*words, "--format", form, option, str(tmp_path / "own.out"))


@pytest.mark.parametrize("form", ["table", "json", "html"])
def test_standings_in_every_form_are_known_as_ours(form: str, tmp_path: Path) -> None:
    words, option, _ = standings(tmp_path)
    for _ in range(2):
        run(*words[:-1], form, option, str(tmp_path / "own.out"))


def test_an_scp_list_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    labels = tmp_path / "track1.scp"
    labels.write_text("a 3.0\n")
    words = ["bench", "run", "asae-track1", "--sample", "--draws", "5", "--scp", str(labels)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "does not say who wrote it" in str(done.exception)
    assert labels.read_text() == "a 3.0\n"


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "battles.csv"
    rows = [f"\x1b[31mred,\x1b]0;title\x07blue,{('first', 'second')[k % 2]}" for k in range(8)]
    path.write_text("\n".join(["first,second,outcome", *rows]) + "\n")
    done = CliRunner().invoke(app, ["bench", "standings", str(path), "--draws", "5"])
    assert done.exit_code == 0
    assert "\\u001b[31mred" in done.output
    assert "\x1b" not in done.output
    assert "\x07" not in done.output
