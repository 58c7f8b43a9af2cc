"""Every reader keeps the promise of `datasets.reading.promise`, shown on its own sample."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from plaudit.core.errors import InputError, MissingFileError
from plaudit.datasets.corpora.catalogue import READERS, read_corpus, rows_of
from plaudit.datasets.inspect.corpus import inspect
from plaudit.datasets.reading.account import Account, RowError
from plaudit.datasets.reading.index import NAME, changed, read_index
from plaudit.datasets.reading.promise import Reader, Source, open_source
from plaudit.datasets.reading.row import BattleRow, SongRow

FACTS_IN_WORDS = ("title", "rows", "where", "licence", "citation", "audio", "layout")
LISTS = {"musiceval", "asae"}
"""Their label files are lists: no row names its columns."""
Corpus = tuple[str, Reader, Path]


@pytest.fixture(params=READERS)
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> Corpus:
    """A reader by its name, with a folder that holds its sample."""
    name = str(request.param)
    READERS[name].sample(tmp_path, np.random.default_rng(7))
    return name, READERS[name], tmp_path


def rows(reader: Reader, folder: Path) -> tuple[list[SongRow], list[BattleRow], Account]:
    account = Account(strict=False)
    songs: list[SongRow] = []
    battles: list[BattleRow] = []
    for row in rows_of(reader, open_source(folder, reader.facts), account):
        if isinstance(row, SongRow):
            songs.append(row)
        else:
            battles.append(row)
    return songs, battles, account


def test_the_facts_are_there(corpus: Corpus) -> None:
    name, reader, _ = corpus
    facts = reader.facts
    assert facts.name == name
    assert all(getattr(facts, word) for word in FACTS_IN_WORDS)
    assert facts.labels
    assert facts.files
    assert facts.known_faults
    assert all(fault.endswith(".") for fault in facts.known_faults)


def test_the_sample_is_read_without_a_fault(corpus: Corpus) -> None:
    name, reader, folder = corpus
    songs, battles, account = rows(reader, folder)
    assert songs
    assert account.n_faults == 0, account.faults
    assert {song.corpus for song in songs} | {battle.corpus for battle in battles} == {name}


def test_ids_are_unique(corpus: Corpus) -> None:
    _, reader, folder = corpus
    songs, battles, _ = rows(reader, folder)
    assert len({song.song_id for song in songs}) == len(songs)
    assert len({battle.battle_id for battle in battles}) == len(battles)


def test_what_was_said_is_declared_and_in_its_range(corpus: Corpus) -> None:
    _, reader, folder = corpus
    songs, battles, _ = rows(reader, folder)
    facts = reader.facts
    label_names: set[str] = set()
    for song in songs:
        points = [(name, p) for name, given in song.ratings.items() for p in given if p is not None]
        counts = [("plays", song.plays), ("likes", song.likes)]
        # A score called likes and a count called likes are told apart by their kind.
        values = [*points, *song.scores.items(), *((n, c) for n, c in counts if c is not None)]
        for name, value in values:
            label = facts.label(name)
            assert label is not None, f"{name} is not among the facts"
            assert label.kind != "battle"
            assert label.low is None or value >= label.low
            assert label.high is None or value <= label.high
            label_names.add(name)
    for battle in battles:
        label = facts.label(battle.criterion)
        assert label is not None
        assert label.kind == "battle"
        label_names.add(battle.criterion)
    assert label_names == {label.name for label in facts.labels}, "the sample shows every label"


def test_a_battle_is_about_songs_that_are_there_or_says_why_not(corpus: Corpus) -> None:
    _, reader, folder = corpus
    songs, battles, _ = rows(reader, folder)
    known = {song.song_id for song in songs}
    for battle in battles:
        assert battle.without_songs or {battle.first, battle.second} <= known
        assert battle.first != battle.second


def test_a_missing_folder_and_an_empty_one_are_named(corpus: Corpus, tmp_path: Path) -> None:
    name, _, _ = corpus
    with pytest.raises(MissingFileError, match=r"is not there\. Get it from"):
        list(read_corpus(name, tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no label file of .*; expected "):
        list(read_corpus(name, tmp_path / "empty"))


def test_a_folder_that_cannot_be_read_is_named(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(InputError, match=r"the folder .* refuses it \(Permission denied\)"):
        list(read_corpus(corpus[0], tmp_path))


def test_an_odd_line_is_an_error_with_its_place(corpus: Corpus) -> None:
    name, reader, folder = corpus
    source = open_source(folder, reader.facts)
    path, line = spoil(source)
    with pytest.raises(RowError, match=f"{path.name}, line {line}: "):
        list(read_corpus(name, folder))
    _, _, account = rows(reader, folder)
    assert (account.faults[0].file, account.faults[0].line) == (path.name, line)


def spoil(source: Source) -> tuple[Path, int]:
    """Put a line of nonsense into a label file, or lose a column of a Parquet file."""
    path = source.files[0]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        lost = "battle_id" if "battle_id" in table.column_names else table.column_names[0]
        pq.write_table(table.drop_columns([lost]), path)
        return path, 1
    lines = path.read_text(encoding="utf-8").splitlines()
    lines.insert(1, "?!")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, 2


@pytest.mark.parametrize("corpus", sorted(set(READERS) - LISTS), indirect=True)
def test_a_lost_column_is_named_with_those_that_are_there(corpus: Corpus) -> None:
    name, reader, folder = corpus
    source = open_source(folder, reader.facts)
    path = source.files[0]
    if path.suffix == ".parquet":
        spoil(source)
    elif path.suffix == ".csv":
        header, _, rest = path.read_text(encoding="utf-8").partition("\n")
        path.write_text(",".join("odd" for _ in header.split(",")) + "\n" + rest, encoding="utf-8")
    else:
        path.write_text(json.dumps({"odd": 1}) + "\n" + path.read_text(encoding="utf-8"))
    with pytest.raises(RowError, match=r"line [12]: expected a column '.+'; the columns are \w"):
        list(read_corpus(name, folder))


def test_the_index_tells_a_changed_byte(corpus: Corpus) -> None:
    name, reader, folder = corpus
    assert inspect(name, folder).index == "absent"
    assert inspect(name, folder, index=True).index == "written"
    assert inspect(name, folder).index == "unchanged"
    files = open_source(folder, reader.facts).files
    index = read_index(folder)
    assert set(index.files) == {str(path.relative_to(folder)) for path in files}
    assert NAME not in index.files
    path = files[-1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert changed(folder, index, files) == [f"{path.relative_to(folder)} has other bytes"]
    path.unlink()
    assert changed(folder, index, files[:-1]) == [f"{path.relative_to(folder)} is missing"]


def test_rows_without_audio_or_labels_are_counted(corpus: Corpus) -> None:
    name, reader, folder = corpus
    songs, battles, _ = rows(reader, folder)
    report = inspect(name, folder)
    assert report.sound
    assert (report.songs, report.battles) == (len(songs), len(battles))
    assert sum(report.without_audio.values()) == len(songs), "the sample has no sound"
    named = next((song for song in songs if song.path is not None and not song.withheld), None)
    if named is not None and named.path is not None:
        named.path.parent.mkdir(parents=True, exist_ok=True)
        named.path.write_bytes(b"sound")
        assert sum(inspect(name, folder).without_audio.values()) == len(songs) - 1
    silent = sum(not row.labelled for row in battles)
    assert report.without_label.get("battles", 0) == silent


# The rows of the others are spread over several files.
@pytest.mark.parametrize("corpus", sorted(set(READERS) - {"proving-ground", "asae"}), indirect=True)
def test_a_file_may_be_given_instead_of_its_folder(corpus: Corpus) -> None:
    name, reader, folder = corpus
    source = open_source(folder, reader.facts)
    from_file = list(read_corpus(name, source.files[0]))
    assert from_file
    assert len(from_file) <= len(list(read_corpus(name, folder)))


def test_an_unknown_corpus_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'songeval'"):
        list(read_corpus("songevil", tmp_path))
