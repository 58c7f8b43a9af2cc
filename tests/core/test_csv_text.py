"""Cells: no spreadsheet runs one, and reading gives back what was written."""

import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.csv_text import csv_line, csv_rows, guarded, unguarded
from plaudit.core.parse import ParseError

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
CELLS = st.text(st.sampled_from(f"{STARTS}'1e.ab,;\""), max_size=8) | st.text(max_size=8)


@given(CELLS)
def test_a_guarded_cell_is_no_formula_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    if cell[:1] in STARTS and cell:
        float(cell)


@pytest.mark.parametrize("start", STARTS)
def test_every_start_of_a_formula_is_defused(start: str) -> None:
    assert guarded(f"{start}cmd") == f"'{start}cmd"
    assert unguarded(f"'{start}cmd") == f"{start}cmd"


@pytest.mark.parametrize("text", ["-3.5", "+1", "-1e-05", "'tis", "a=b", "", "'"])
def test_numbers_and_other_text_stay(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


@given(st.lists(st.lists(CELLS.filter(bool), min_size=2, max_size=2), min_size=1, max_size=5))
def test_rows_come_back_from_a_file(rows: list[list[str]]) -> None:
    rows = [["a", "b"], *rows]
    text = "".join(f"{csv_line(row)}\n" for row in rows)
    assert [list(map(unguarded, row)) for row in csv.reader(io.StringIO(text, newline=""))] == rows


def test_values_are_written_whole() -> None:
    cells = [None, math.nan, True, 3, -3.5, 1e-17, "x"]
    assert csv_line(cells) == ",,true,3,-3.5,1e-17,x"


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", b"\xef\xbb\xbfa,b\n1,'=x\n", [(1, ["a", "b"]), (2, ["1", "=x"])]),
        ("a.csv", b"a;b\r\n\r\n1;2\r\n", [(1, ["a", "b"]), (3, ["1", "2"])]),
        ("a.TSV", b"a\tb;c\n001\t2\n", [(1, ["a", "b;c"]), (2, ["001", "2"])]),
        ("a.csv", 'a,b\n"x\ny",\u2028\n'.encode(), [(1, ["a", "b"]), (3, ["x\ny", "\u2028"])]),
        # As spreadsheets write them.
        (
            "a.csv",
            "a\tb\r\n\u00e9\t1,5\r\n".encode("utf-16"),
            [(1, ["a", "b"]), (2, ["\u00e9", "1,5"])],
        ),
        (
            "a.csv",
            b"\xfe\xff" + "a;b\n1;2\n".encode("utf-16-be"),
            [(1, ["a", "b"]), (2, ["1", "2"])],
        ),
        ("a.csv", b'a;"b, c"\n1;2,5\n', [(1, ["a", "b, c"]), (2, ["1", "2,5"])]),
        ("a.csv", b"\xef\xbb\xbfsep=;\r\na;b,c\r\n1;2\r\n", [(2, ["a", "b,c"]), (3, ["1", "2"])]),
    ],
)
def test_tables_of_all_kinds(
    tmp_path: Path, name: str, content: bytes, rows: list[tuple[int, list[str]]]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert list(csv_rows(tmp_path / name)) == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfea\0,\0b\0\n\0\0\xd8", "not a table as text"),
        (b"a,b\n\xff,1\n", "not a table as text"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "not a table as text .field larger"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ParseError, match=message):
        list(csv_rows(tmp_path / "a.csv"))
