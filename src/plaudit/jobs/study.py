"""A study as a user runs it: files read, models fitted, a record, a page and answers written."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import Progress

from plaudit.benchmarks.preference.record import StudyResult, StudySettings
from plaudit.benchmarks.preference.scheme import Answer
from plaudit.benchmarks.preference.study import Followed, study_preference
from plaudit.benchmarks.preference.study_data import StudyData, gather
from plaudit.benchmarks.scores.features import numbers_of
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.core.file import atomic, write_atomic
from plaudit.reports.preference.page import study_page
from plaudit.reports.preference.table import study_text
from plaudit.reports.songs.output import check_target

ResultForm = Literal["table", "json"]
RECORD, PAGE, ANSWERS, MEASURED = (
    "study.json", "study.html", "answers.parquet", "acoustics.jsonl",
)  # fmt: skip


def run_study(
    votes: Path,
    scores: Path,
    out: Path,
    settings: StudySettings,
    *,
    form: ResultForm = "table",
    songs: Path | None = None,
    store: Path | None = None,
    acoustics: bool = True,
    workers: int = 1,
) -> StudyResult:
    """Study the battles of a file with the scores of a file, show and write what came out.

    Parameters
    ----------
    votes, scores : Path
        Battles (`plaudit.benchmarks.votes.songs`) and scores
        (`plaudit.benchmarks.scores.file`).
    out : Path
        Folder for ``study.json`` (the record), ``study.html`` (the page), ``answers.parquet`` (what
        every model said of every battle) and ``acoustics.jsonl`` (what was measured of songs).
    settings : StudySettings
        What to do.
    form : {"table", "json"}
        What standard output gets.
    songs : Path, optional
        A table of songs with their length, loudness or audio file.
    store : Path, optional
        Embeddings of the songs.
    acoustics : bool, default True
        Whether to measure audio that is there.
    workers : int, default 1
        Processes.

    Returns
    -------
    StudyResult
        The record.

    Raises
    ------
    PlauditError
        A file cannot be used, or nothing is left to study; the sentence says why.
    """
    for name in (RECORD, PAGE):
        check_target(out / name, [votes, scores])
    told = read_votes(votes)
    said = read_scores(scores)
    table = None if songs is None else read_scores(songs, scored=False)
    sources = [told.source, said.source, *([] if table is None else [table.source])]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        hearing = bar.add_task("Acoustics", visible=False)
        numbers, notes = numbers_of(
            told,
            said,
            songs=table,
            store=store,
            acoustics=acoustics,
            cache=out / MEASURED,
            told=lambda done, n: bar.update(hearing, completed=done, total=n, visible=True),
        )
        data = gather(told.battles, numbers)
        fitting = bar.add_task("Models", visible=True, total=None)
        result, followed = study_preference(
            data,
            settings,
            sources=sources,
            judge=said.judge,
            notes=notes,
            workers=workers,
            told=lambda done, n: bar.update(fitting, completed=done, total=n),
        )
    text = result.model_dump_json() + "\n"
    write_atomic(out / RECORD, text)
    write_atomic(out / PAGE, study_page(result))
    write_answers(out / ANSWERS, data, followed)
    sys.stdout.write(text if form == "json" else study_text(result))
    sys.stdout.flush()
    for name in (RECORD, PAGE, ANSWERS):
        sys.stderr.write(f"Wrote {out / name}\n")
    return result


def write_answers(path: Path, data: StudyData, followed: Sequence[Followed]) -> None:
    """Write what was said of every battle, so that others can measure it their way.

    Parameters
    ----------
    path : Path
        Parquet file: ``battle`` (place in the file of battles, from 0), ``scheme``, ``unknown``
        (the system that the fit did not know), ``features``, ``model``, ``said`` (chance that the
        first song wins; of scores as they are only its order and its side of .5 count) and
        ``first_won`` (null for a tie).
    data : StudyData
        Battles.
    followed : sequence of Followed
        From `plaudit.benchmarks.preference.study.study_preference`.
    """
    import pyarrow as pa
    from pyarrow import parquet

    def table(part: Followed, one: Answer) -> pa.Table:
        n = len(part.rows)
        return pa.table({
            "battle": pa.array(data.place[part.rows], pa.int64()),
            "scheme": pa.array([part.scheme] * n).dictionary_encode(),
            "unknown": pa.array(part.system, pa.string()).dictionary_encode(),
            "features": pa.array([one.features] * n).dictionary_encode(),
            "model": pa.array([one.model] * n, pa.string()).dictionary_encode(),
            "said": pa.array(one.said, pa.float64()),
            "first_won": pa.array(part.first_won[part.rows], pa.float64(), from_pandas=True),
        })  # fmt: skip

    tables = [table(part, one) for part in followed for one in part.answers]
    with atomic(path) as file:
        parquet.write_table(pa.concat_tables(tables).unify_dictionaries(), file)
