"""The numbers of the songs in battles: scores, length, loudness, acoustics, embeddings.

The song of a battle is looked up in a table of scores by its id, then by the path of its audio, its
file name, and its file name without ending.

Length and loudness come from columns ``duration_s`` and ``loudness_lufs`` there, or of the table of
songs; where an audio file is known and there, acoustics are measured
(`plaudit.benchmarks.scores.acoustics`), and give both where no column does. Songs of one content
hash, or that sound alike where the audio is there, are one recording.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.scores.contamination import Contamination, TrainingList
from plaudit.benchmarks.scores.table import ScoreRow, ScoreTable, values_of
from plaudit.benchmarks.votes.file import SongFact
from plaudit.benchmarks.votes.songs import VoteFile
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.file import is_file
from plaudit.core.name import respelled
from plaudit.datasets.inspect.recording import read_recordings, song_name

Floats = NDArray[np.float64]
_OnProgress = Callable[[int, int], None]
_FAMILIES = {"popularity": POPULARITY, "aesthetics": AESTHETICS}
_NOTHING = ScoreRow(line=0, names=(), scores={})


@dataclass(frozen=True, eq=False)
class Numbers:
    """Scores and measurements of each song."""

    song_id: tuple[str, ...]  #: Songs.
    #: By family ("popularity", "aesthetics", "embedding", "duration", "loudness", "acoustics"):
    #: names, and values (n_songs, n_names); nan where unknown.
    columns: Mapping[str, tuple[tuple[str, ...], Floats]]
    #: Number of each song's recording, (n_songs,); songs of one recording have one number. Empty
    #: where nothing is known of it, so that each song is its own.
    recording: tuple[int, ...] = ()
    #: Which songs taught the judge of the scores, (n_songs,), empty as above; and how many, None
    #: for scores that no judge of Plaudit gave.
    taught: tuple[bool, ...] = ()
    contamination: Contamination | None = None


def numbers_of(
    votes: VoteFile,
    scores: ScoreTable,
    *,
    songs: ScoreTable | None = None,
    store: Path | None = None,
    acoustics: bool = True,
    cache: Path | None = None,
    training: TrainingList | None = None,
    on_progress: _OnProgress | None = None,
) -> tuple[Numbers, list[str]]:
    """Return the numbers of each song that has scores, and notes.

    ``training`` is the list of the songs that taught the judge of the scores.

    Raises
    ------
    InputError
        There are no scores of an axis on its scale, or each song has rows that differ.
    """
    axes = scores.scored_axes()
    notes = [*scores.notes(), *_disputed(scores)]
    battles = votes.battles
    known = {
        song: row
        for song in dict.fromkeys((*battles.first, *battles.second))
        if (row := _row(song, votes.songs.get(song), scores)) is not None
    }
    ids, rows = list(known), list(known.values())
    facts = [votes.songs.get(song, SongFact()) for song in ids]
    more = [
        (None if songs is None else _row(song, fact, songs)) or _NOTHING
        for song, fact in zip(ids, facts, strict=True)
    ]
    for table in (scores, songs):
        if table is not None:
            notes += respelled(table.source.name, table.by_name)
    columns: dict[str, tuple[tuple[str, ...], Floats]] = {}
    for family, names in _FAMILIES.items():
        given = tuple(axis for axis in names if axis in axes)
        columns[family] = given, values_of(rows, given)
    duration = _first([[row.duration_s for row in rows],
                       [row.duration_s for row in more],
                       [fact.duration_s for fact in facts]])  # fmt: skip
    loudness = _first([[row.loudness_lufs for row in rows], [row.loudness_lufs for row in more]])
    folders = (Path(scores.where).parent, Path("" if songs is None else songs.where).parent)
    paths = [
        _audio(row.path, other.path, fact, folders)
        for row, other, fact in zip(rows, more, facts, strict=True)
    ]
    digests = np.array(
        [row.sha256 or other.sha256 for row, other in zip(rows, more, strict=True)], object
    )
    known_as = [song_name(None, song) for song in ids]
    recordings = read_recordings(known_as, paths, sha256=digests, listen=acoustics)
    if acoustics:
        measured = _acoustics(paths, cache, on_progress)
        if measured is None:
            notes.append("No audio file of a song is there, so acoustics were not measured.")
        else:
            from plaudit.benchmarks.scores.acoustics import ACOUSTICS

            features = tuple(ACOUSTICS)
            columns["acoustics"] = features, measured
            duration = _first([duration, np.exp(measured[:, features.index("length")])])
            loudness = _first([loudness, measured[:, features.index("loudness")]])
    for family, name, values in (
        ("duration", "duration_s", duration),
        ("loudness", "loudness_lufs", loudness),
    ):
        if np.isnan(values).all():
            notes.append(f"The {family} of songs is not known, so it is no control.")
        else:
            columns[family] = (name,), values[:, None]
    if store is not None:
        columns["embedding"] = _embeddings(store, ids, notes)
    numbers = Numbers(tuple(ids), columns, tuple(recordings.groups.tolist()))
    if training is not None:
        contamination, taught = training.compare(recordings)
        numbers = replace(numbers, taught=tuple(taught.tolist()), contamination=contamination)
    return numbers, notes


def _disputed(scores: ScoreTable) -> list[str]:
    """Return a note on songs whose rows differ; `InputError` if all songs have such rows."""
    songs = scores.disputed
    if songs and not scores.by_name:
        raise InputError(
            f"Expected one row of scores a song in {scores.where}, got different ones for"
            f" '{songs[0]}'; leave one."
        )
    if not songs:
        return []
    return [
        f"{len(songs):,} songs have rows with different scores in {scores.source.name} and count as"
        f" without scores; the first is '{songs[0]}'."
    ]


def _row(song: str, fact: SongFact | None, scores: ScoreTable) -> ScoreRow | None:
    rows = scores.by_name
    return next((rows[name] for name in _called(song, fact) if name in rows), None)


def _called(song: str, fact: SongFact | None) -> Iterator[str]:
    """Yield the names by which the row of a song may be known."""
    yield song
    if fact is not None and fact.path is not None:
        yield str(fact.path)
        yield fact.path.name
        yield fact.path.stem
    yield Path(song).name if "." in song else song
    yield Path(song).stem if "." in song else song


def _first(sources: Sequence[Sequence[float | None] | Floats]) -> Floats:
    """Return the first known value of each song."""
    tables = [
        np.array([math.nan if value is None else value for value in source], np.float64)
        for source in sources
    ]
    values = tables[0]
    for other in tables[1:]:
        values = np.where(np.isnan(values), other, values)
    return values


def _audio(
    first: str | None, second: str | None, fact: SongFact, folders: tuple[Path, Path]
) -> Path | None:
    """Return the audio of a song: a path as it is given, or beside the table that gives it."""
    for given, folder in zip((first, second), folders, strict=True):
        if given is not None:
            for path in (folder / given, Path(given)):
                if is_file(path):
                    return path
    return fact.path if fact.path is not None and is_file(fact.path) else None


def _acoustics(
    paths: Sequence[Path | None], cache: Path | None, on_progress: _OnProgress | None
) -> Floats | None:
    if not any(path is not None for path in paths):
        return None
    from plaudit.benchmarks.scores.acoustics import measure_songs

    measured = measure_songs(paths, cache, on_progress)
    return None if np.isnan(measured).all() else measured


def _embeddings(
    store: Path, ids: Sequence[str], notes: list[str]
) -> tuple[tuple[str, ...], Floats]:
    """Return the mean embedding of each song, and note how many have none."""
    from plaudit.embeddings.store.mean import mean_embeddings

    means = mean_embeddings(store, ids)
    missing = int(np.isnan(means).all(axis=1).sum())
    if missing:
        notes.append(f"{missing:,} songs have no embedding; it counts as equal in their battles.")
    return tuple(f"embedding_{k}" for k in range(means.shape[1])), means
