"""Files that a job writes: ours may be replaced, other people's are left alone."""

from pathlib import Path

import pytest

from plaudit.core.choice import ROW_FORMATS, RowFormat
from plaudit.core.errors import InputError
from plaudit.core.note import Note
from plaudit.jobs.output.overwrite import check_output, write_rows
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText

ROWS: list[SongScores | SongFailure] = [
    SongScores(
        path="a.wav",
        sha256="a" * 64,
        judge=JudgeId(name="j", version="1", hash="h" * 64),
        precision="exact",
        duration_s=31.0,
        scores={"clarity": Score(value=3.0)},
    ),
    SongFailure(path="b.mp3", error=Note(type="NotAudioError", message="not audio")),
]


@pytest.mark.parametrize("form", ROW_FORMATS)
@pytest.mark.parametrize("rows", [ROWS, ROWS[1:], []])
def test_what_we_wrote_we_may_replace(
    form: RowFormat, rows: list[SongScores | SongFailure], tmp_path: Path
) -> None:
    path = tmp_path / "scores"
    write_rows(path, rows, RowText(form, ["clarity"]))
    text = RowText(form, ["clarity"])
    written = text.begin() + "".join(text.row(row) for row in rows) + text.end()
    assert path.read_text(encoding="utf-8") == written
    check_output(path)


@pytest.mark.parametrize(
    "content", ["my notes", "{}", "[1, 2]", "path,title\n", "<!DOCTYPE html><p>mine"]
)
def test_what_others_wrote_we_may_not(content: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(content)
    with pytest.raises(InputError, match="was not written by Plaudit"):
        check_output(tmp_path / "file")


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    check_output(tmp_path / "new")
    (tmp_path / "empty").touch()
    check_output(tmp_path / "empty")
    with pytest.raises(InputError, match="is what is read"):
        check_output(tmp_path / "empty", [tmp_path / "empty"])
    with pytest.raises(InputError, match="got the folder"):
        check_output(tmp_path)
