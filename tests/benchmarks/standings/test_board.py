"""Published boards: both spellings of intervals, changes over time, and what is no board."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from planted_board import drawn_battles, write_battles
from plaudit.benchmarks.standings.board import read_board, read_boards
from plaudit.benchmarks.standings.compute import read_standings
from plaudit.benchmarks.standings.history import compare_boards
from plaudit.benchmarks.standings.history_record import BoardHistory
from plaudit.benchmarks.standings.record import standings_settings
from plaudit.cli.app import app
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.settings import read_json

HEAD = "Rank\tModel\tArena Score\t95% CI\t# Votes\tGeneration Speed (RTF)\torganization\taccess\n"
OLD = HEAD + (
    "1\talto\t1150.5\t+50.5 / -30.5\t100\t2.0\tUs\tOpen weights\n"
    "2\tbasso\t1000.0\t+60.0 / -60.0\t90\t\tThem\tProprietary\n"
    "3\tcorno\t849.5\t+40.0 / -50.0\t80\t1.0\tUs\tOpen weights\n"
)
NEW = HEAD + (
    "1\tbasso\t1200\t±40\t120\t2.0\tThem\tProprietary\n"
    "2\talto\t1100\t±30\t95\t2.0\tUs\tOpen weights\n"
    "3\tduduk\t950\t±80\t31\t2.0\tUs\tOpen weights\n"
    "4\tcorno\t750\tN/A\t85\t2.0\tUs\tOpen weights\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vocal_20250831.tsv").write_text(OLD)
    (tmp_path / "vocal_leaderboard_20250728_to_20250930.tsv").write_text(NEW)
    (tmp_path / "instrumental_20250831.tsv").write_text(OLD)
    return tmp_path


def test_boards_are_read_in_both_spellings(folder: Path) -> None:
    boards = read_boards([folder])
    assert [board.label for board in boards] == [
        "instrumental 2025-08-31", "vocal 2025-08-31", "vocal 2025-09-30",
    ]  # fmt: skip
    alto = boards[1].rows[0]
    assert (alto.system, alto.low, alto.high, alto.votes) == ("alto", 1120, 1201, 100)
    assert boards[1].rows[1].speed is None
    basso, *_, corno = boards[2].rows
    assert (basso.low, basso.high, basso.maker) == (1160, 1240, "Them")
    assert (corno.low, corno.high) == (None, None)


def test_what_changed_and_what_is_sure(folder: Path) -> None:
    history = compare_boards(read_boards([folder]))
    (step,) = history.steps
    assert (step.before, step.after) == ("vocal 2025-08-31", "vocal 2025-09-30")
    assert (step.entered, step.left) == (("duduk",), ())
    assert (step.reversed_pairs, step.shared_pairs) == (1, 3)
    assert step.fewer_votes == ("alto",)
    change = {moved.system: moved for moved in step.moved}
    assert {name: moved.rank_change for name, moved in change.items()} == {
        "basso": 1, "alto": -1, "corno": 0,
    }  # fmt: skip
    # About the mean of the three that both boards have: 1000 before, 1016.67 after.
    assert change["basso"].score_change == pytest.approx(1200 - 1016.667 - 0, abs=0.01)
    assert sum(moved.score_change for moved in step.moved) == pytest.approx(0)
    assert change["basso"].clear
    assert not change["corno"].clear  # it has no interval
    old, new = history.orders[1:]
    assert (old.apart, old.pairs) == (3, 3)
    assert (new.apart, new.pairs, new.unknown) == (3, 3, ("corno",))
    assert new.overlaps == {"basso": (), "alto": (), "duduk": ()}


def test_intervals_that_meet() -> None:
    text = HEAD + "1\ta\t1100\t±50\t9\t\t\t\n2\tb\t1000\t±50\t9\t\t\t\n3\tc\t900\t±40\t9\t\t\t\n"
    rows = boards_from(text)
    assert rows["overlaps"] == {"a": ("b",), "b": ("a",), "c": ()}
    assert (rows["apart"], rows["pairs"]) == (2, 3)


def boards_from(text: str) -> dict[str, object]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tsv"
        path.write_text(text)
        return compare_boards([read_board(path)]).orders[0].model_dump()


def test_our_own_standings_are_boards(tmp_path: Path) -> None:
    rows = drawn_battles(np.random.default_rng(0), np.array([1.0, 0.0, -1.0]), 400)
    battles = write_battles(tmp_path / "battles.csv", rows)
    board = read_standings(battles, standings_settings(draws=30))
    path = tmp_path / "all_20260131.json"
    path.write_text(board.model_dump_json())
    read_back = read_board(path)
    assert read_back.label == "all 2026-01-31"
    assert [row.score for row in read_back.rows] == [standing.rating for standing in board.systems]
    assert read_back.rows[0].votes == board.systems[0].votes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no board: expected columns Model and Arena Score, got nothing"),
        ("a,b\n1,2\n", "is no board"),
        (HEAD, "holds no system"),
        (HEAD + "1\t\t1000\t±5\t9\t\t\t\n", "line 2: expected a model"),
        (HEAD + "1\ta\t\t±5\t9\t\t\t\n", "line 2: expected a score for a, got nothing"),
        (HEAD + "1\ta\thigh\t±5\t9\t\t\t\n", "line 2: expected a number in 'Arena Score'"),
        (HEAD + "1\ta\tinf\t±5\t9\t\t\t\n", "expected a finite number"),
        (HEAD + "1\ta\t1000\t5\t9\t\t\t\n", "line 2: expected an interval as"),
        (HEAD + "1\ta\t1000\t±5\tmany\t\t\t\n", "expected a number in '# Votes'"),
        (HEAD + "1\ta\t1000\t±5\t9\t\t\t\n" * 2, "names a more than once"),
    ],
)
def test_what_is_no_board(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_board(path)


def test_paths_that_cannot_be_used(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="is not there"):
        read_boards([folder / "none.tsv"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no board"):
        read_boards([tmp_path / "empty"])
    (folder / "x.txt").write_text(OLD)
    with pytest.raises(InputError, match=r"in a file \.tsv"):
        read_boards([folder / "x.txt"])
    (folder / "x.json").write_text("{}")
    with pytest.raises(InputError, match="no record of plaudit bench standings"):
        read_board(folder / "x.json")
    (folder / "vocal-20250831.tsv").write_text(OLD)
    with pytest.raises(InputError, match=r"vocal-20250831\.tsv and vocal_20250831\.tsv are both"):
        read_boards([folder])
    with pytest.raises(InputError, match="at least one board"):
        compare_boards([])


def test_the_command_line(folder: Path) -> None:
    run = CliRunner()
    table = run.invoke(app, ["bench", "boards", str(folder)])
    assert table.exit_code == 0, table.output
    assert "Since vocal 2025-08-31: duduk entered; 1 of 3 pairs turned round" in table.output
    assert "1 of 3 have fewer votes than before" in table.output
    record = run.invoke(app, ["bench", "boards", str(folder), "--format", "json"])
    assert read_json(BoardHistory, record.output, "it").boards[0].name == "instrumental"
    assert json.loads(record.output)["steps"][0]["moved"][0]["system"] == "basso"
    out = folder / "boards.svg"
    drawn = run.invoke(app, ["bench", "boards", str(folder), "-f", "svg", "-o", str(out)])
    assert drawn.exit_code == 0, drawn.output
    assert out.read_text().startswith("<!-- Plaudit -->\n<svg xmlns=")
