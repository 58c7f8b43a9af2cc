"""The table of several judges: a line per song where there is room, else a line per judge."""

from collections.abc import Callable, Sequence

import pytest
from rich.cells import cell_len
from rich.text import Text

from plaudit.core.choice import RowFormat
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.reports.songs.panel_table import PanelTable, judge_names
from plaudit.reports.songs.row_text import RowText

Maker = Callable[..., SongScores]
Rows = Callable[..., list[SongScores]]
A = JudgeId(name="a", version="1", hash="a" * 64)
B = JudgeId(name="b", version="1", hash="b" * 64)
PANEL = {A: ("coherence", "clarity"), B: ("alignment",)}


@pytest.fixture
def rows(make_song: Maker) -> Rows:
    def made(path: str, *, notes: tuple[Note, ...] = ()) -> list[SongScores]:
        a = make_song(path, 1, warnings=notes)
        scores = {"coherence": Score(value=3.21), "clarity": Score(value=1.5)}
        a = a.model_copy(update={"judge": A, "scores": scores})
        b = a.model_copy(update={"judge": B, "scores": {"alignment": Score(value=-0.1234)}})
        return [a, b]

    return made


def text(table: PanelTable, rows: Sequence[SongScores | SongFailure]) -> str:
    return table.begin() + "".join(table.row(row) for row in rows)


def failed(judge: JudgeId, message: str) -> SongFailure:
    return SongFailure(path="x.mp3", judge=judge, error=Note(type="E", message=message))


def test_scores_stand_below_their_judges(rows: Rows) -> None:
    above, heads, _, line = text(PanelTable(PANEL, width=100), rows("x.mp3")).splitlines()
    assert above.split() == ["a", "b"]
    assert heads.split() == ["song", "length", "coherence", "clarity", "alignment"]
    assert line.split() == ["x.mp3", "1:35", "3.21", "1.50", "-0.123"]
    assert above.index("b") > heads.index("clarity")
    assert len(line) == len(heads)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100])
def test_no_line_is_too_wide(width: int, rows: Rows) -> None:
    panel = PANEL | {JudgeId(name="a judge with a long name", version="1", hash="c"): ("quality",)}
    note = Note(type="n", message="a word " * 30)
    song = rows("静かな海の歌 " * 9 + ".mp3", notes=(note,))
    three = [*song, song[0].model_copy(update={"judge": list(panel)[2], "scores": {}})]
    lines = text(PanelTable(panel, width=max(width, 40)), three).splitlines()
    assert max(map(cell_len, lines)) <= max(width, 40)


def test_a_line_per_judge_where_room_is_short(rows: Rows) -> None:
    lines = text(PanelTable(PANEL, width=40), rows("x.mp3")).splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["x.mp3", "1:35"],
        ["a", "coher", "3.21", "clari", "1.50"],
        ["b", "align", "-0.123"],
    ]


def test_nothing_is_shown_before_all_judges_of_a_song(
    rows: Rows,
) -> None:
    table = PanelTable(PANEL)
    first, second = rows("x.mp3")
    assert table.row(first) == ""
    assert table.row(second).count("\n") == 1


def test_failures_and_warnings_name_their_judge(rows: Rows) -> None:
    both = Note(type="clipped", message="It is clipped.")
    a, b = rows("x.mp3", notes=(both,))
    b = b.model_copy(update={"warnings": (both, Note(type="odd", message="It is odd."))})
    lines = text(PanelTable(PANEL), [a, b]).splitlines()
    assert lines[3].endswith(" !")
    assert lines[4:] == ["  warning: It is clipped.", "  b: warning: It is odd."]
    lines = text(PanelTable(PANEL), [a, failed(B, "No prompt.")]).splitlines()
    assert lines[3].split()[:5] == ["x.mp3", "1:35", "3.21", "1.50", "n/a"]
    assert lines[4] == "  b: error: No prompt."
    lines = text(PanelTable(PANEL), [failed(A, "Text."), failed(B, "Text.")]).splitlines()
    assert lines[3:] == ["x.mp3", "  error: Text."]
    lines = text(PanelTable(PANEL), [failed(A, "Text."), failed(B, "No.")]).splitlines()
    assert lines[4:] == ["  a: error: Text.", "  b: error: No."]


def test_styled_lines_show_the_same_text(rows: Rows) -> None:
    song = [*rows("[red]x[/red].mp3", notes=(Note(type="n", message="[b]m"),))]
    both: list[list[SongScores | SongFailure]] = [[*song], [song[0], failed(B, "[b]No.")]]
    for more in both:
        plain = "".join(map(PanelTable(PANEL).row, more))
        styled = "".join(map(PanelTable(PANEL, styled=True).row, more))
        assert Text.from_markup(styled).plain == plain
        assert styled != plain


def test_names_tell_judges_apart() -> None:
    newer = A.model_copy(update={"version": "2", "hash": "c" * 64})
    twin = A.model_copy(update={"hash": "d" * 64})
    assert judge_names([A, B]) == ["a", "b"]
    assert judge_names([A, newer]) == ["a 1", "a 2"]
    assert judge_names([A, twin]) == ["a aaaaaaaa", "a dddddddd"]


def test_other_formats_take_rows_as_they_come(rows: Rows) -> None:
    forms: tuple[RowFormat, ...] = ("json", "jsonl", "csv")
    for form in forms:
        writer = RowText(form, ("coherence", "alignment"), panel=PANEL)
        assert all(writer.row(row) for row in rows("x.mp3"))
