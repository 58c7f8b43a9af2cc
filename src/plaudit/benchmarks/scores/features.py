"""The numbers of the songs in battles: scores, length, loudness, acoustics, embeddings.

Scores come from a file of ``plaudit score`` (JSON, JSON Lines or CSV), or from any table (.csv,
.jsonl, .parquet) with a column of ids (``song_id``, ``id``, ``song``, ``path`` or ``file``) and
columns named like the axes. The song of a battle is looked up by its id, then by the path of its
audio, its file name, and its file name without ending; a name that two rows share is nobody's.

Length and loudness come from columns ``duration_s`` and ``loudness_lufs`` there, or of the table of
songs; where an audio file is known and there, acoustics are measured
(`plaudit.benchmarks.scores.acoustics`), and give both where no column does.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.record import Source
from plaudit.benchmarks.votes.song_file import SongFact, VoteFile
from plaudit.benchmarks.votes.song_votes import Numbers
from plaudit.core.axes import AESTHETICS, AXIS, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of
from plaudit.datasets.reading.table import read_table
from plaudit.judging.record import JudgeId

Floats = NDArray[np.float64]
Told = Callable[[int, int], None]
_IDS = ("song_id", "id", "song", "path", "file")
_MORE = ("duration_s", "loudness_lufs")
_FAMILIES = {"popularity": POPULARITY, "aesthetics": AESTHETICS}


@dataclass(frozen=True, eq=False)
class ScoreFile:
    """Rows of scores by what they may be called.

    Parameters
    ----------
    rows : dict of str to dict
        By id, path, file name and file name without ending: axes, ``duration_s``,
        ``loudness_lufs``, ``path``.
    axes : tuple of str
        Axes that have a column.
    judge : JudgeId, optional
        Whose scores they are.
    source : Source
        Where they came from.
    """

    rows: dict[str, dict[str, Any]]
    axes: tuple[str, ...]
    judge: JudgeId | None
    source: Source


def read_scores(path: Path, *, scored: bool = True) -> ScoreFile:
    """Read a file of scores.

    Parameters
    ----------
    path : Path
        One of the forms of the module.
    scored : bool, default True
        Whether axes are read; a table of songs may have columns of their names that are no scores,
        such as counts of likes.

    Returns
    -------
    ScoreFile
        Rows.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        It is no table of scores, has no axis, holds something other than numbers, or rows of
        several judges.
    """
    records = read_table(path, "a file of scores")
    found: list[tuple[tuple[str, ...], dict[str, Any]]] = []
    judges: dict[str, JudgeId] = {}
    for number, record in enumerate(records, 1):
        if record.get("status") == "error":
            continue
        row = _flat(record)
        judge = _judge(record)
        if judge is not None:
            judges[judge.hash] = judge
        wanted = (*AXIS, *_MORE) if scored else _MORE
        values: dict[str, Any] = {
            name: _number(row[name], path, number, name) for name in wanted if name in row
        }
        found.append((_names(row, path), {**values, "path": _path(row, path)}))
    if len(judges) > 1:
        names = ", ".join(f"{one.name} {one.version}" for one in judges.values())
        raise InputError(f"Expected scores of one judge in {path}, got rows of {names}.")
    axes = tuple(axis for axis in AXIS if any(axis in values for _, values in found))
    if scored and not axes:
        came = ", ".join(list(records[0])[:12]) if records else "no rows"
        raise InputError(
            f"Expected columns named like the axes ({', '.join(AXIS)}) in {path}, got {came}."
        )
    return ScoreFile(
        _index(found, path),
        axes,
        next(iter(judges.values()), None),
        Source(name=path.name, sha256=sha256_of(path)),
    )


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a row of plaudit score into the form of a table."""
    scores = record.get("scores")
    if not isinstance(scores, dict):
        return dict(record)
    values = {
        name: score.get("value") if isinstance(score, dict) else score
        for name, score in scores.items()
    }
    return {**record, **values}


def _judge(record: Mapping[str, Any]) -> JudgeId | None:
    said = record.get("judge")
    if isinstance(said, dict):
        return JudgeId.model_validate(said)
    names = [record.get(f"judge_{part}") for part in ("name", "version", "hash")]
    if all(names):
        return JudgeId(name=str(names[0]), version=str(names[1]), hash=str(names[2]))
    return None


def _number(value: Any, path: Path, row: int, name: str) -> float:
    if value is None or value == "":
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(
            f"{path}, row {row}: {name} has to be a finite number, got {value!r}; leave it empty"
            " where it is not known."
        )
    axis = AXIS.get(name)
    if axis is not None and not axis.low <= value <= axis.high:
        raise InputError(
            f"{path}, row {row}: expected {name} from {axis.low:g} to {axis.high:g}, got {value};"
            " bring it to the scale of the axis."
        )
    return float(value)


def _path(row: Mapping[str, Any], table: Path) -> Path | None:
    """Return where a row's audio is: as it is given, or beside the table."""
    given = row.get("path") or row.get("file")
    if not isinstance(given, str):
        return None
    beside = table.parent / given
    return beside if beside.exists() else Path(given)


def _names(row: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    names = [str(row[name]) for name in _IDS if row.get(name) not in (None, "")]
    if not names:
        raise InputError(
            f"Expected a column of ids ({', '.join(_IDS)}) in {path}, got"
            f" {', '.join(list(row)[:12])}."
        )
    file = row.get("path") or row.get("file")
    if isinstance(file, str):
        names += [Path(file).name, Path(file).stem]
    return tuple(dict.fromkeys(names))


def _index(
    found: Sequence[tuple[tuple[str, ...], dict[str, Any]]], path: Path
) -> dict[str, dict[str, Any]]:
    """Find rows by every name that belongs to one of them alone; the first name always counts."""
    rows: dict[str, dict[str, Any]] = {}
    first: dict[str, dict[str, Any]] = {}
    shared: set[str] = set()
    for names, values in found:
        if first.setdefault(names[0], values) != values:
            raise InputError(
                f"Expected one row of scores a song in {path}, got different ones for"
                f" '{names[0]}'; leave one."
            )
        for name in names:
            if rows.setdefault(name, values) != values:
                shared.add(name)
    for name in shared:
        del rows[name]
    return rows | first


def numbers_of(
    votes: VoteFile,
    scores: ScoreFile,
    *,
    songs: ScoreFile | None = None,
    store: Path | None = None,
    acoustics: bool = True,
    cache: Path | None = None,
    told: Told | None = None,
) -> tuple[Numbers, list[str]]:
    """Return what is known of each song that has scores.

    Parameters
    ----------
    votes : VoteFile
        Battles, and what they tell of their songs.
    scores : ScoreFile
        Scores.
    songs : ScoreFile, optional
        More columns, by the same names: ``duration_s``, ``loudness_lufs``, ``path``.
    store : Path, optional
        Embeddings of the songs, by their ids.
    acoustics : bool, default True
        Whether to measure the audio of songs whose file is there.
    cache : Path, optional
        Remembers what was measured.
    told : callable, optional
        Called with (songs measured, songs to measure).

    Returns
    -------
    (Numbers, list of str)
        The numbers, and sentences about those that there are not.
    """
    battles = votes.battles
    ids = [one for one in dict.fromkeys((*battles.first, *battles.second))
           if _row(one, votes.songs.get(one), scores) is not None]  # fmt: skip
    rows = [_row(one, votes.songs.get(one), scores) or {} for one in ids]
    facts = [votes.songs.get(one, SongFact()) for one in ids]
    more = [_row(one, votes.songs.get(one), songs) or {} if songs else {} for one in ids]
    columns: dict[str, tuple[tuple[str, ...], Floats]] = {}
    for family, axes in _FAMILIES.items():
        known = tuple(axis for axis in axes if axis in scores.axes)
        columns[family] = known, _table(rows, known)
    duration = _first([[row.get("duration_s") for row in rows],
                       [row.get("duration_s") for row in more],
                       [fact.duration_s for fact in facts]])  # fmt: skip
    loudness = _first([[row.get("loudness_lufs") for row in rows],
                       [row.get("loudness_lufs") for row in more]])  # fmt: skip
    notes = []
    if acoustics:
        paths = [_audio(*three) for three in zip(rows, more, facts, strict=True)]
        measured = _acoustics(paths, cache, told)
        if measured is None:
            notes.append("No audio file of a song is there, so acoustics were not measured.")
        else:
            from plaudit.benchmarks.scores.acoustics import ACOUSTICS

            names = tuple(ACOUSTICS)
            columns["acoustics"] = names, measured
            duration = _first([duration, np.exp(measured[:, names.index("length")])])
            loudness = _first([loudness, measured[:, names.index("loudness")]])
    for family, name, values in (
        ("duration", "duration_s", duration),
        ("loudness", "loudness_lufs", loudness),
    ):
        if np.isnan(values).all():
            notes.append(f"The {family} of songs is not known, so it stands beside nothing.")
        else:
            columns[family] = (name,), values[:, None]
    if store is not None:
        columns["embedding"] = _embeddings(store, ids, notes)
    return Numbers(tuple(ids), columns), notes


def _row(song: str, fact: SongFact | None, scores: ScoreFile | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    return next((scores.rows[name] for name in _called(song, fact) if name in scores.rows), None)


def _called(song: str, fact: SongFact | None) -> Iterator[str]:
    """Yield what the row of a song may be called."""
    yield song
    if fact is not None and fact.path is not None:
        yield str(fact.path)
        yield fact.path.name
        yield fact.path.stem
    yield Path(song).name if "." in song else song
    yield Path(song).stem if "." in song else song


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Floats:
    found = [[row.get(name, math.nan) for name in names] for row in rows]
    return np.array(found, np.float64).reshape(len(rows), len(names))


def _first(sources: Sequence[Sequence[float | None] | Floats]) -> Floats:
    """Return the first known value of each song."""
    tables = [
        np.array([math.nan if one is None else one for one in source], np.float64)
        for source in sources
    ]
    found = tables[0]
    for other in tables[1:]:
        found = np.where(np.isnan(found), other, found)
    return found


def _audio(row: Mapping[str, Any], more: Mapping[str, Any], fact: SongFact) -> Path | None:
    for path in (row.get("path"), more.get("path"), fact.path):
        if isinstance(path, Path) and path.is_file():
            return path
    return None


def _acoustics(
    paths: Sequence[Path | None], cache: Path | None, told: Told | None
) -> Floats | None:
    if not any(path is not None for path in paths):
        return None
    from plaudit.benchmarks.scores.acoustics import measure_songs

    measured = measure_songs(paths, cache, told)
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
