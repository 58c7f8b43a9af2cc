"""Scores of the songs of a manifest, from rows that a judge just made or from a file of scores."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.spelling import NO_SCORE
from plaudit.benchmarks.scores.table import ScoreRow, SkippedRow
from plaudit.core.axes import AXES
from plaudit.core.errors import InputError
from plaudit.core.name import NameMap, respelled
from plaudit.datasets.manifest.songs import Manifest
from plaudit.judging.record import JudgeId, SongFailure, SongScores

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Scores of the songs of a manifest, in its order."""

    axes: tuple[str, ...]  #: Axes that were scored.
    #: (n_songs, n_axes) scores and interval ends; nan where there is none.
    predicted: Floats
    low: Floats
    high: Floats
    duration_s: Floats  #: (n_songs,) seconds that the judge heard; nan where unknown.
    reason: NDArray[np.object_]  #: (n_songs,) why a song has no score; None where it has one.
    judge: JudgeId | None  #: Whose scores they are; None if no judge of Plaudit made them.
    #: Rows of the file that belong to no song of the manifest, or to one that has a row before.
    left_over: int = 0
    notes: tuple[str, ...] = ()  #: Sentences on what else was left out of the file.
    #: (n_songs,) digests of the files that were judged, None where unknown.
    sha256: NDArray[np.object_] | None = None

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Whether a song has a score, (n_songs,)."""
        return np.array([reason is None for reason in self.reason], bool)


def predictions_of(
    manifest: Manifest,
    rows: Iterable[tuple[int, SongScores | SongFailure]],
    reasons: dict[int, str] | None = None,
    default: str = "not judged",
) -> Predictions:
    """Bring rows of one judge into the order of a manifest.

    Raises
    ------
    InputError
        The rows come from more than one judge, or none was judged.
    """
    n = len(manifest)
    scored_rows: dict[int, SongScores] = {}
    reason = np.full(n, default, object)
    for place, why in (reasons or {}).items():
        reason[place] = why
    for place, row in rows:
        if isinstance(row, SongFailure):
            if place not in scored_rows:
                reason[place] = row.error.type
        elif place not in scored_rows:
            scored_rows[place] = row
            reason[place] = None
    judges = {row.judge.hash: row.judge for row in scored_rows.values()}
    if len(judges) > 1:
        names = ", ".join(f"{judge.name} {judge.version}" for judge in judges.values())
        raise InputError(f"Expected scores of one judge, got rows of {len(judges)}: {names}.")
    scored = {axis for row in scored_rows.values() for axis in row.scores}
    axes = tuple(axis.name for axis in AXES if axis.name in scored)
    columns = np.full((3, n, len(axes)), math.nan)
    duration, sha256 = np.full(n, math.nan), np.full(n, None, object)
    for place, row in scored_rows.items():
        duration[place], sha256[place] = row.duration_s, row.sha256 or None
        for k, axis in enumerate(axes):
            score = row.scores.get(axis)
            if score is not None:
                columns[0, place, k] = score.value
                if score.low is not None and score.high is not None:
                    columns[1:, place, k] = score.low, score.high
    judge = next(iter(judges.values()), None)
    return Predictions(
        axes, columns[0], columns[1], columns[2], duration, reason, judge, sha256=sha256
    )


def read_predictions(path: Path, manifest: Manifest) -> Predictions:
    """Read scores from a file and match them to the songs of a manifest.

    Rows are matched by the hash of their audio, else by id, by path, or by the id in the name of
    their file; those that match no song, or one that has a row already, are counted in
    ``left_over``.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        It is no file of scores (`plaudit.benchmarks.scores.file`), has none of an axis on its
        scale, or matches no song.
    """
    table = read_scores(path)
    if table.rows:
        table.scored_axes()
    finder = _Finder(manifest)
    placed: dict[int, SongScores] = {}
    reasons: dict[int, str] = {}
    left_over = 0
    for row, song in zip(table.rows, table.songs(), strict=True):
        place = finder.place(row)
        if place is None or place in placed:
            left_over += 1
        elif song.scores:
            placed[place] = song
        else:
            reasons[place] = NO_SCORE
    for skipped in table.skipped:
        place = finder.place(skipped)
        if place is None:
            left_over += 1
        else:
            reasons[place] = skipped.reason
    if not placed:
        raise InputError(
            f"None of the {len(table.rows) + len(table.skipped)} rows in {path} has scores of a"
            " song of the manifest; rows are matched by sha256, song_id or path."
        )
    predictions = predictions_of(
        manifest, placed.items(), reasons, default="not in the file of scores"
    )
    notes = (*table.notes(), *respelled("the manifest", finder.ids))
    return replace(predictions, judge=table.judge, left_over=left_over, notes=notes)


class _Finder:
    """Finds the song of a row in a manifest: by hash, id, path, or song id in its file name."""

    def __init__(self, manifest: Manifest) -> None:
        hashes, ids = manifest.column("sha256"), manifest.column("song_id")
        self._hash = {value: k for k, value in enumerate(hashes) if value is not None}
        self._path = {
            path.resolve(): k for k, path in enumerate(manifest.audio_paths()) if path is not None
        }
        self.ids = NameMap({str(value): k for k, value in enumerate(ids)})

    def place(self, row: ScoreRow | SkippedRow) -> int | None:
        if row.sha256 in self._hash:
            return self._hash[row.sha256]
        place = next((self.ids[name] for name in row.names if name in self.ids), None)
        if place is not None or row.path is None:
            return place
        path = Path(row.path)
        place = self._path.get(path.resolve())
        return place if place is not None else self.ids.get(path.stem)
