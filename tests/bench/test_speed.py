"""`make bench`: one table of all scripts, as text, JSON and Markdown; a failed script is named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import run
from table import Row, markdown, text

ROWS = [
    Row("published", 2.6841, "x real time", 1.0, "0.0e+00"),
    Row("ours", 75.94, "x real time", 28.293),
    Row("load", 57_012.3, "rows/s"),
]


def test_one_table_shows_value_unit_ratio_and_error() -> None:
    lines = text(ROWS).splitlines()
    assert lines[0].split() == ["measured", "value", "unit", "ratio", "error"]
    assert lines[1].split() == ["published", "2.68", "x", "real", "time", "1.00", "0.0e+00"]
    assert lines[3].split() == ["load", "57,012", "rows/s"]
    assert len({line.index("x real") for line in lines[1:3]}) == 1
    assert markdown(ROWS).splitlines()[2] == "| published | 2.68 | x real time | 1.00 | 0.0e+00 |"


def test_every_script_is_run() -> None:
    folder = Path(run.__file__).parent
    assert set(run.SCRIPTS) == {path.stem for path in folder.glob("*.py")} - {"run", "table"}


def test_the_runner_collects_the_rows_of_a_script(tmp_path: Path) -> None:
    files = [tmp_path / "bench.json", tmp_path / "bench.md"]
    options = ["--json", str(files[0]), "--markdown", str(files[1])]
    command = [sys.executable, str(run.__file__), "startup", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    record = json.loads(files[0].read_text(encoding="utf-8"))
    assert record["failed"] == []
    assert record["machine"]["cores"] > 0
    names = [row["measured"] for row in record["rows"]]
    commands = ("python -c pass", "import plaudit", "plaudit --help", "plaudit score --help")
    assert names == [f"startup: {command}" for command in commands]
    assert record["rows"][0]["ratio"] == 1
    assert all(name in done.stdout and name in files[1].read_text("utf-8") for name in names)


def test_a_script_that_fails_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "good.py").write_text("import json\nprint(json.dumps([['it', 1.5, 's', 1.0, '']]))")
    (tmp_path / "bad.py").write_text("raise SystemExit('no room')")
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "SCRIPTS", ("bad", "good"))
    monkeypatch.setattr(sys, "argv", ["run.py"])
    with pytest.raises(SystemExit, match="Failed: bad"):
        run.main()
    assert "good: it" in capsys.readouterr().out


def test_an_unknown_script_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "encodr"])
    with pytest.raises(SystemExit):
        run.main()
    assert "expected scripts among startup" in capsys.readouterr().err
