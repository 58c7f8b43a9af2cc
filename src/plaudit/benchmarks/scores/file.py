"""Files of scores in all their forms, read into one table.

A file is a table (.json, .jsonl, .csv, .tsv, .parquet) in any spelling of
`plaudit.benchmarks.scores.spelling`, or an ``.scp`` list as the ASAE challenge writes it: a name,
and the score of musicality or those of five axes. Every command that takes scores reads them here,
so that a file that one of them accepts is accepted by all.
"""

import math
from collections.abc import Iterator
from pathlib import Path

from plaudit.benchmarks.scores.spelling import named_axes, read_list, read_row
from plaudit.benchmarks.scores.table import ScoreRow, ScoreTable, SkippedRow
from plaudit.core.axes import ANY_AXIS, AXIS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import sha256_of
from plaudit.datasets.corpora.asae import LISTS
from plaudit.datasets.reading.origin import Origin
from plaudit.datasets.reading.table import FORMS, BrokenRow, read_rows
from plaudit.judging.record import SongScores

_WHAT = "a file of scores"


def read_scores(path: Path, *, scored: bool = True) -> ScoreTable:
    """Read a file of scores.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        It is in no known form, holds no row that can be used or no number of an axis, or rows of
        several judges.
    """
    if not path.is_file():
        raise MissingFileError(f"Expected {_WHAT}, but {path} is not there.")
    form = path.suffix.lower()
    if form not in (*FORMS, ".scp"):
        raise InputError(f"Expected {_WHAT} as {', '.join(FORMS)} or .scp, got {path.name}.")
    rows: list[ScoreRow] = []
    skipped: list[SkippedRow] = []
    columns: dict[str, None] = {}
    for row, named in _list(path) if form == ".scp" else _table(path, scored=scored):
        columns |= dict.fromkeys(named)
        if isinstance(row, SkippedRow):
            skipped.append(row)
        else:
            rows.append(row)
            columns |= dict.fromkeys(row.scores)
    if not rows and not skipped:
        raise InputError(f"{path} holds no scores; expected a row for each song.")
    fault = next((row for row in skipped if not row.is_failure), None)
    if not rows and fault is not None:
        raise InputError(f"{path} has no row that can be used; line {fault.line}: {fault.message}")
    _check_axes(path, rows)
    judges = {row.judge.hash: row.judge for row in rows if row.judge is not None}
    if len(judges) > 1:
        names = ", ".join(f"{judge.name} {judge.version}" for judge in judges.values())
        raise InputError(f"Expected scores of one judge in {path}, got rows of {names}.")
    axes = tuple(axis for axis in AXIS if axis in columns)
    return ScoreTable(
        where=str(path),
        source=Origin(name=path.name, sha256=sha256_of(path)),
        rows=tuple(rows),
        skipped=tuple(skipped),
        columns=(*axes, *(name for name in columns if name not in AXIS)),
        judge=next(iter(judges.values()), None),
    )


def read_judged(path: Path) -> list[SongScores]:
    """Read the rows of songs that judges of Plaudit scored, of one judge or of several.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        It is in no known form, or holds no row that names its judge.
    """
    if not path.is_file():
        raise MissingFileError(f"Expected {_WHAT}, but {path} is not there.")
    if path.suffix.lower() not in FORMS:
        raise InputError(f"Expected {_WHAT} as {', '.join(FORMS)}, got {path.name}.")
    rows = [
        SongScores(
            path=row.path or row.names[0],
            sha256=row.sha256 or "",
            judge=row.judge,
            precision="exact",
            duration_s=math.nan if row.duration_s is None else row.duration_s,
            scores={axis: row.scores[axis] for axis in ANY_AXIS if axis in row.scores},
            warnings=row.warnings,
        )
        for row, _ in _table(path, scored=True)
        if isinstance(row, ScoreRow) and row.judge is not None and not row.is_pair
    ]
    if not rows:
        raise InputError(
            f"{path} has no row that names its judge; write one with plaudit score, as JSON or CSV."
        )
    return rows


def _table(path: Path, *, scored: bool) -> Iterator[tuple[ScoreRow | SkippedRow, set[str]]]:
    for line, cells in read_rows(path, _WHAT, errors="surrogateescape"):
        if isinstance(cells, BrokenRow):
            yield SkippedRow(line, (), "a broken row", cells.reason), set()
            continue
        named = named_axes(cells) if scored else set()
        for row in read_row(line, cells, scored=scored):
            yield row, named


def _list(path: Path) -> Iterator[tuple[ScoreRow | SkippedRow, set[str]]]:
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    for line, words in enumerate(map(str.split, text.split("\n")), start=1):
        if words:
            yield read_list(line, words, LISTS), set()


def _check_axes(path: Path, rows: list[ScoreRow]) -> None:
    """Refuse an axis that has cells, none of which is a number."""
    for axis in AXIS:
        wrong = next((row for row in rows if axis in row.unread), None)
        if wrong is not None and not any(axis in row.scores for row in rows):
            raise InputError(
                f"{path}, line {wrong.line}: {axis} has to be a finite number, got"
                f" {wrong.unread[axis]}, and no row has one; leave it empty where it is not known."
            )
