"""Defaults of a user's own, from ``plaudit.toml`` and the environment."""

import json
import re
from pathlib import Path

import pytest

from plaudit.jobs.about.defaults import FILE, OTHERS
from typed_command import plaudit

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with scores to rank, and nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in OTHERS:
        monkeypatch.delenv(name, raising=False)
    Path("scores.csv").write_text("path,clarity,musicality\na.wav,3,5\nb.wav,4,1\n")


def write(text: str) -> None:
    Path(FILE).write_text(text)


def first(*words: object) -> str:
    """Rank, and return the form and the first song of the result."""
    shown = plaudit("rank", "--scores", "scores.csv", *words).stdout
    if shown.startswith("{"):
        return f"jsonl {json.loads(shown.splitlines()[0])['path']}"
    return ("csv " if "," in shown.splitlines()[0] else "table ") + shown.splitlines()[1][-60:]


def test_the_nearest_source_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert first("--by", "clarity").startswith("table")
    write('[rank]\nby = "clarity"\nformat = "jsonl"\n')
    assert first() == "jsonl b.wav"
    monkeypatch.setenv("PLAUDIT_RANK_BY", "musicality")
    assert first() == "jsonl a.wav"
    assert first("--by", "clarity") == "jsonl b.wav"
    assert first("--format", "csv").startswith("csv")
    said = plaudit("rank", "--scores", "scores.csv", "--format", "csv").stderr
    assert said.startswith("Settings taken: --by of PLAUDIT_RANK_BY.\n")
    quiet = plaudit("-q", "rank", "--scores", "scores.csv")
    assert quiet.stderr == ""


def test_a_setting_for_all_commands_reaches_each(monkeypatch: pytest.MonkeyPatch) -> None:
    write('judge = "nobody"\ndevice = "cpu"\n[compare]\njudge = "bundled"\n')
    rows = json.loads(plaudit("settings", "--format", "json").stdout)
    sources = {(row["command"], row["option"]): (row["value"], row["source"]) for row in rows}
    assert sources["score", "judge"] == (["nobody"], FILE)
    assert sources["compare", "judge"] == ("bundled", f"{FILE} [compare]")
    assert sources["embed", "device"] == ("cpu", FILE)
    assert ("bench run", "judge") not in sources, "a judge is no default there"
    assert "no judge 'nobody'" in plaudit("score", "a.wav", status=1).stderr
    monkeypatch.setenv("PLAUDIT_JUDGE", "bundled nobody")
    shown = plaudit("settings", "score").stdout
    assert "score --judge = bundled nobody  (PLAUDIT_JUDGE)" in shown
    assert "score --output = -  (default)" in shown


def test_what_no_command_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, said in (
        ('devise = "cpu"', "plaudit.toml has an unknown key 'devise'; did you mean 'device'?"),
        ("[rnak]\nby = 1", "unknown key 'rnak'; did you mean 'rank'?"),
        ("[rank]\nbye = 1", r"plaudit.toml [rank] has an unknown key 'bye'"),
        ("rank = 1", "unknown key 'rank'"),
        ("[rank", "plaudit.toml cannot be read: it is not TOML"),
    ):
        write(text)
        assert said in plaudit("rank", "a.wav", status=1).stderr
    write("")
    assert "All is as by default" in plaudit("settings").stdout
    assert "no command 'rnak'" in plaudit("settings", "rnak", status=1).stderr
    monkeypatch.setenv("PLAUDIT_JUGE", "x")
    assert "PLAUDIT_JUGE is set, and no command knows it" in plaudit("settings").stderr


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAUDIT_SERVE_DATABASE", "postgresql://me:hush@host/db")
    shown = plaudit("settings").stdout
    assert "serve --database = postgresql://host/db" in shown
    assert "hush" not in shown


def test_the_page_lists_all_that_can_be_set() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    table = plaudit("settings", "--format", "markdown").stdout
    assert table in page, "write docs/settings.md again with `plaudit settings --format markdown`"


def test_other_variables_are_no_options() -> None:
    """A variable of the same name would be read twice."""
    table = plaudit("settings", "--format", "markdown").stdout
    for name in OTHERS:
        assert table.count(f"`{name}`") == 1
    read = {path for path in (ROOT / "src").rglob("*.py") if "PLAUDIT_" in path.read_text()}
    named = {name for path in read for name in re.findall(r'"(PLAUDIT_[A-Z]+)"', path.read_text())}
    assert named == set(OTHERS)
