"""The functions return what their commands print and write, and print nothing themselves."""

import json
import logging
import shutil
from pathlib import Path

import pytest

import plaudit
from plaudit.core.errors import InputError, MissingFileError
from plaudit.judging.comparison import Comparison
from plaudit.judging.ranking import RankedSong
from plaudit.judging.record import ROW, SongFailure, SongScores
from plaudit.judging.rows.sequence import Rows
from typed_command import plaudit as typed


@pytest.fixture(scope="module")
def corpus(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two songs, one of them in a subfolder, and a letter that calls itself a song."""
    folder = tmp_path_factory.mktemp("corpus with a space")
    (folder / "deeper").mkdir()
    shutil.copy(songs / "a.wav", folder / "a.wav")
    shutil.copy(songs / "b.wav", folder / "deeper" / "b.wav")
    (folder / "letter.mp3").write_text("this is a letter, not a song\n" * 50)
    return folder


@pytest.fixture(scope="module")
def rows(corpus: Path, quick_apex: Path) -> Rows[SongScores | SongFailure]:
    return plaudit.score(corpus, judge=quick_apex, timeline=True)


def test_score_is_the_command(
    corpus: Path, quick_apex: Path, rows: Rows[SongScores | SongFailure]
) -> None:
    shown = typed(
        "score", corpus, "--judge", quick_apex, "-f", "jsonl", "--timeline", status=1
    ).stdout
    assert rows == [ROW.validate_json(line) for line in shown.splitlines()]
    assert [row.path for row in rows.failures] == [str(corpus / "letter.mp3")]
    assert all(row.timeline for row in rows if isinstance(row, SongScores))


def test_nothing_is_printed_and_notes_are_logged(
    corpus: Path, quick_apex: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    out, page = tmp_path / "rows.jsonl", tmp_path / "page.html"
    with caplog.at_level(logging.INFO, "plaudit"):
        rows = plaudit.score(
            [corpus / "a.wav", corpus / "letter.mp3"], judge=quick_apex, format="jsonl",
            output=str(out), report=page,
        )  # fmt: skip
    assert [row.status for row in rows] == ["ok", "error"]
    written = [ROW.validate_json(line) for line in out.read_text().splitlines()]
    assert [row.path for row in written] == [row.path for row in rows]
    assert "</html>" in page.read_text()
    assert capfd.readouterr() == ("", "")
    assert f"Wrote {out}" in caplog.messages
    assert any(message.startswith("Not judged (1)") for message in caplog.messages)


def test_compare_and_rank_are_the_commands(corpus: Path, quick_apex: Path) -> None:
    first, second = corpus / "a.wav", corpus / "deeper" / "b.wav"
    verdict = plaudit.compare(first, second, judge=quick_apex, sure=0.9)
    words = ("--judge", quick_apex, "--sure", "0.9")
    shown = typed("compare", first, second, *words, "--format", "json").stdout
    assert verdict == Comparison.model_validate_json(shown)
    ranked = plaudit.rank(corpus, judge=quick_apex, keep=1, sure=0.9)
    shown = typed("rank", corpus, *words, "--keep", "1", "-f", "jsonl", status=1).stdout
    best, failed = [json.loads(line) for line in shown.splitlines()]
    assert ranked[0] == RankedSong.model_validate(best)
    assert [isinstance(row, RankedSong) and row.kept for row in ranked] == [True, False, False]
    assert ranked.failures == [SongFailure.model_validate(failed)]
    assert ranked.to_frame()["rank"].tolist()[:2] == [1, 2]


def test_a_report_is_made_of_rows_that_are_there(
    rows: Rows[SongScores | SongFailure], quick_apex: Path, tmp_path: Path
) -> None:
    page = plaudit.report(rows, tmp_path / "page.html", judge=quick_apex)
    text = page.read_text()
    assert "letter.mp3" in text
    assert "</html>" in text
    [song, *_] = [row for row in rows if isinstance(row, SongScores)]
    assert plaudit.report(song, page, judge=[quick_apex]).read_text() != text
    with pytest.raises(InputError, match="none of judge=bundled; name the judge"):
        plaudit.report(rows, tmp_path / "other.html")
    with pytest.raises(InputError, match="Expected rows of songs for a page, got none"):
        plaudit.report([], tmp_path / "other.html")
    assert song.path is not None
    with pytest.raises(InputError, match="read"):
        plaudit.report(rows, song.path, judge=quick_apex)
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(InputError, match="not written by Plaudit"):
        plaudit.report(rows, tmp_path / "mine.html", judge=quick_apex)


def test_errors_are_those_of_the_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one of the two"):
        plaudit.score()
    with pytest.raises(InputError, match="needs --output"):
        plaudit.score("a.mp3", resume=True)
    with pytest.raises(MissingFileError, match=r"nothing\.toml"):
        plaudit.train(tmp_path / "nothing.toml")
