"""The pages of a corpus folder: tables and songs read, files written whole."""

from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from plaudit.core.errors import MissingFileError
from plaudit.jobs.synth.pages import read_corpus, write_pages
from small_corpus import write_corpus


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), 4, 6, 3)


def test_both_files_are_written_whole_and_again_the_same(folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_pages(folder, lambda done, n: steps.append((done, n)))
    assert steps == [(k + 1, 10) for k in range(10)]
    assert (folder / "contact.png").read_bytes().startswith(b"\x89PNG")
    before = {name: (folder / name).read_bytes() for name in ("contact.png", "summary.html")}
    write_pages(folder)
    assert before == {name: (folder / name).read_bytes() for name in before}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_corpus_without_songs_says_so(tmp_path: Path) -> None:
    write_corpus(tmp_path, 1, 0, 0, audio=False)
    empty = parquet.read_table(tmp_path / "songs.parquet").slice(0, 0)
    parquet.write_table(empty, tmp_path / "songs.parquet")
    write_pages(tmp_path)
    assert "holds no song" in (tmp_path / "summary.html").read_text(encoding="utf-8")
    assert not (tmp_path / "contact.png").exists()


def test_a_folder_that_is_no_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"songs\.parquet, found none"):
        write_pages(tmp_path)


def test_tables_keep_numbers_text_and_gaps(folder: Path) -> None:
    songs = read_corpus(folder).songs
    assert songs["plays"].dtype == np.float64
    assert np.isnan(songs["plays"][songs["role"] != "training"]).all()
    assert songs["platform"][-1] is None
    assert "nothing" not in songs
    assert len(songs.where(songs["role"] == "training")) == 4


def test_an_absent_song_is_named(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path, 4, 0, 0)
    (folder / str(read_corpus(folder).songs["file"][0])).unlink()
    with pytest.raises(MissingFileError, match="s000000"):
        write_pages(folder)
