"""What a judge said of the songs of a manifest, from rows it just made or from a file of them.

A file is one of ``plaudit score`` (JSON, JSON Lines), whose rows are matched by the hash of their
audio, else by their path, else by the song id in their file name; or a table with a column
``song_id`` and one per axis (CSV, JSON Lines, Parquet), which any other program can write.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from plaudit.core.axes import AXES, AXIS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.datasets.manifest.songs import Manifest
from plaudit.judging.record import ROW, JudgeId, SongFailure, SongScores

Floats = NDArray[np.float64]
Rows = Sequence[SongScores | SongFailure]


@dataclass(frozen=True, eq=False)
class Answers:
    """Scores of the songs of a manifest, in its order.

    Parameters
    ----------
    axes : tuple of str
        Axes that were scored.
    said, low, high : ndarray of float64, (n_songs, n_axes)
        Scores and interval ends; nan where there is none.
    duration_s : ndarray of float64, (n_songs,)
        Seconds that the judge heard; nan where unknown.
    reason : ndarray of object, (n_songs,)
        Why a song has no score; None where it has one.
    judge : JudgeId, optional
        Whose scores they are; None if no judge of Plaudit made them.
    left_over : int
        Rows of the file that belong to no song of the manifest.
    """

    axes: tuple[str, ...]
    said: Floats
    low: Floats
    high: Floats
    duration_s: Floats
    reason: NDArray[np.object_]
    judge: JudgeId | None
    left_over: int = 0

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Whether a song has a score, (n_songs,)."""
        return np.array([reason is None for reason in self.reason], bool)


def answers_of(
    manifest: Manifest,
    rows: Iterable[tuple[int, SongScores | SongFailure]],
    reasons: dict[int, str] | None = None,
    default: str = "not judged",
) -> Answers:
    """Bring rows of one judge into the order of a manifest.

    Parameters
    ----------
    manifest : Manifest
        Songs.
    rows : iterable of (int, SongScores or SongFailure)
        Place of a song in the manifest, and its row; the first row of a song counts.
    reasons : dict, optional
        Why songs were not even tried, by place.
    default : str
        Why all the others have no row.

    Returns
    -------
    Answers
        Scores.

    Raises
    ------
    InputError
        The rows come from more than one judge, or none was judged.
    """
    n = len(manifest)
    found: dict[int, SongScores] = {}
    reason = np.full(n, default, object)
    for place, why in (reasons or {}).items():
        reason[place] = why
    for place, row in rows:
        if isinstance(row, SongFailure):
            if place not in found:
                reason[place] = row.error.type
        elif place not in found:
            found[place] = row
            reason[place] = None
    judges = {row.judge.hash: row.judge for row in found.values()}
    if len(judges) > 1:
        names = ", ".join(f"{one.name} {one.version}" for one in judges.values())
        raise InputError(f"Expected scores of one judge, got rows of {len(judges)}: {names}.")
    scored = {axis for row in found.values() for axis in row.scores}
    axes = tuple(axis.name for axis in AXES if axis.name in scored)
    columns = np.full((3, n, len(axes)), math.nan)
    duration = np.full(n, math.nan)
    for place, row in found.items():
        duration[place] = row.duration_s
        for k, axis in enumerate(axes):
            score = row.scores.get(axis)
            if score is not None:
                columns[0, place, k] = score.value
                if score.low is not None and score.high is not None:
                    columns[1:, place, k] = score.low, score.high
    judge = next(iter(judges.values()), None)
    return Answers(axes, columns[0], columns[1], columns[2], duration, reason, judge)


def read_answers(path: Path, manifest: Manifest) -> Answers:
    """Read scores from a file and match them to the songs of a manifest.

    Parameters
    ----------
    path : Path
        Rows of ``plaudit score`` in .json or .jsonl, or a table with ``song_id`` and axes in .csv,
        .jsonl or .parquet.
    manifest : Manifest
        Songs.

    Returns
    -------
    Answers
        Scores; rows that match no song are counted in ``left_over``.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        It is neither, holds a score outside its axis, or matches no song.
    """
    if not path.is_file():
        raise MissingFileError(f"Expected a file of scores, but {path} is not there.")
    records = _records(path)
    if not records:
        raise InputError(f"{path} holds no scores.")
    answers = (
        _of_rows(records, manifest, path)
        if "status" in records[0]
        else _of_table(records, manifest, path)
    )
    if not answers.judged.any():
        raise InputError(
            f"None of the {len(records)} rows in {path} belongs to a song of the manifest; rows are"
            " matched by sha256, path, or song_id."
        )
    return answers


def _records(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        from pyarrow import csv

        return list(csv.read_csv(path).to_pylist())
    if path.suffix == ".parquet":
        from pyarrow import parquet

        return list(parquet.read_table(path).to_pylist())
    if path.suffix not in (".json", ".jsonl"):
        raise InputError(f"Expected scores in .json, .jsonl, .csv or .parquet, got {path}.")
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            rows = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path} is not {path.suffix[1:]}: {error}.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"Expected a list of rows in {path}; write it with plaudit score.")
    return rows


def _of_rows(records: list[dict[str, Any]], manifest: Manifest, path: Path) -> Answers:
    if "duration_s" in records[0] and "scores" not in records[0] and "error" not in records[0]:
        raise InputError(
            f"{path} is a CSV of plaudit score, which leaves things out; use --format jsonl there."
        )
    rows = []
    for number, record in enumerate(records, 1):
        try:
            kept = {**record, "timeline": None} if record.get("status") == "ok" else record
            rows.append(ROW.validate_python(kept))
        except ValidationError as error:
            raise InputError(
                f"{path}, row {number} is not a row of plaudit score: {error.errors()[0]['msg']}."
            ) from error
    finder = _Finder(manifest)
    placed = [(finder.place(row), row) for row in rows]
    known = [(place, row) for place, row in placed if place is not None]
    answers = answers_of(manifest, known, default="not in the file of scores")
    lost = len(placed) - len(known)
    return replace(answers, left_over=lost)


class _Finder:
    """Where in a manifest a row belongs: by hash, path, or song id in the name of its file."""

    def __init__(self, manifest: Manifest) -> None:
        hashes, ids = manifest.column("sha256"), manifest.column("song_id")
        self._hash = {value: k for k, value in enumerate(hashes) if value is not None}
        self._path = {
            path.resolve(): k for k, path in enumerate(manifest.audio_paths()) if path is not None
        }
        self._id = {value: k for k, value in enumerate(ids)}

    def place(self, row: SongScores | SongFailure) -> int | None:
        if isinstance(row, SongScores) and row.sha256 in self._hash:
            return self._hash[row.sha256]
        if row.path is None:
            return None
        path = Path(row.path)
        found = self._path.get(path.resolve())
        return found if found is not None else self._id.get(path.stem)


def _of_table(records: list[dict[str, Any]], manifest: Manifest, path: Path) -> Answers:
    names = list(records[0])
    axes = tuple(axis.name for axis in AXES if axis.name in names)
    if "song_id" not in names or not axes:
        raise InputError(
            f"Expected rows of plaudit score, or columns 'song_id' and at least one axis"
            f" ({', '.join(AXIS)}) in {path}; it has {', '.join(names[:12])}."
        )
    place = {str(value): k for k, value in enumerate(manifest.column("song_id"))}
    n = len(manifest)
    columns = np.full((3, n, len(axes)), math.nan)
    reason = np.full(n, "not in the file of scores", object)
    left_over = 0
    for number, record in enumerate(records, 1):
        at = place.get(str(record.get("song_id")))
        if at is None or reason[at] is None:
            left_over += 1
            continue
        reason[at] = None
        for k, axis in enumerate(axes):
            triple = [record.get(name) for name in (axis, f"{axis}_low", f"{axis}_high")]
            columns[:, at, k] = [_number(value, path, number, axis) for value in triple]
    said = columns[0]
    reason[(reason == None) & np.isnan(said).all(axis=1)] = "no score in the file"  # noqa: E711
    for k, axis in enumerate(axes):
        low, high = AXIS[axis].low, AXIS[axis].high
        outside = int(np.count_nonzero((said[:, k] < low) | (said[:, k] > high)))
        if outside:
            raise InputError(
                f"Expected {axis} from {low:g} to {high:g} in {path}, but {outside} scores lie"
                " outside; bring them to the scale of the axis."
            )
    nowhere = np.full(n, math.nan)
    return Answers(axes, columns[0], columns[1], columns[2], nowhere, reason, None, left_over)


def _number(value: Any, path: Path, row: int, axis: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isinf(value):
        raise InputError(f"{path}, row {row}: {axis} has to be a number, got {value!r}.")
    return float(value)
