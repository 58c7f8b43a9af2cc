"""The page on Python runs from its first cell to its last, and shows what its cells print."""

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
CELL = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def cells(page: str) -> Iterator[tuple[str, str]]:
    """Code, and the output that the page shows of it."""
    code = ""
    for kind, text in CELL.findall(page):
        if kind == "text":
            yield code, text
            code = ""
        else:
            code += text
    if code:
        yield code, ""


def plain(output: str) -> list[str]:
    """Words of an output; decimals are examples, which another judge changes."""
    return re.sub(r"\d+\.\d+", "0.0", output).split()


def test_decimals_are_examples_and_words_are_not() -> None:
    assert plain("a 4.2 (1 to 2)") == plain("a  3.915 (1 to 2)") != plain("b 4.2 (1 to 2)")


def test_every_cell_runs_and_prints_what_stands_below_it(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(songs, "songs")
    names: dict[str, object] = {}
    ran = 0
    for code, shown in cells(PAGE.read_text(encoding="utf-8")):
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - the page is ours
        assert plain(printed.getvalue()) == plain(shown), f"after\n{code}"
        ran += 1
    assert ran > 5
