"""``plaudit study preference``: files read, models fitted, a record, a page and answers written."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.benchmarks.preference.record import StudyResult, StudySettings
from plaudit.benchmarks.preference.scheme import Prediction
from plaudit.benchmarks.preference.study import SchemePredictions, study_preference
from plaudit.benchmarks.preference.study_data import StudyData, gather
from plaudit.benchmarks.scores.features import numbers_of
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.training_list import list_of_judge
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.core.choice import ResultForm
from plaudit.core.file import OUR_KEY, atomic, write_atomic
from plaudit.core.option_source import sourced
from plaudit.core.pool import cores
from plaudit.core.printable import to_arrow
from plaudit.core.progress import counting
from plaudit.core.settings import Record
from plaudit.jobs.output.overwrite import check_inside
from plaudit.jobs.output.streams import Streams
from plaudit.reports.preference.page import study_page
from plaudit.reports.preference.table import study_text

_RECORD, _PAGE = "study.json", "study.html"
_ANSWERS, _ACOUSTICS = "answers.parquet", "acoustics.jsonl"


class StudyFiles(Record):
    """What to study and what to write."""

    #: Battles (`plaudit.benchmarks.votes.songs`) and scores
    #: (`plaudit.benchmarks.scores.file`).
    votes: Path
    scores: Path
    #: Folder for ``study.json`` (the record), ``study.html`` (the page), ``answers.parquet`` (what
    #: every model predicted for every battle) and ``acoustics.jsonl`` (what was measured of songs).
    out: Path
    form: ResultForm = "table"  #: What is shown.
    songs: Path | None = None  #: A table of songs with their length, loudness or audio file.
    store: Path | None = None  #: Embeddings of the songs.
    acoustics: bool = True  #: Whether to measure audio that is there.
    workers: int | None = None  #: Processes; one per core when not given.


def run_study(files: StudyFiles, settings: StudySettings, streams: Streams) -> StudyResult:
    """Study the battles of a file with the scores of a file, show and write the result.

    Raises
    ------
    PlauditError
        A file cannot be used, or nothing is left to study; the sentence says why.
    """
    out = files.out
    inputs = [files.votes, files.scores, files.songs, files.store]
    check_inside(out, (_RECORD, _PAGE, _ANSWERS, _ACOUSTICS), inputs)
    votes = read_votes(files.votes)
    scores = read_scores(files.scores)
    songs = None if files.songs is None else read_scores(files.songs, scored=False)
    judge = scores.judge
    training = None if judge is None else list_of_judge(judge.hash, judge.name)
    sources = [votes.source, scores.source, *([] if songs is None else [songs.source])]
    with counting("songs measured", streams.err) as on_progress:
        numbers, notes = numbers_of(
            votes,
            scores,
            songs=songs,
            store=files.store,
            acoustics=files.acoustics,
            cache=out / _ACOUSTICS,
            training=training,
            on_progress=on_progress,
        )
    data = gather(votes.battles, numbers)
    with counting("models fitted", streams.err) as on_progress:
        result, predictions = study_preference(
            data,
            settings,
            sources=sources,
            judge=judge,
            notes=notes,
            workers=files.workers or cores(),
            on_progress=on_progress,
        )
    result = sourced(result)
    text = result.model_dump_json() + "\n"
    write_atomic(out / _RECORD, text)
    write_atomic(out / _PAGE, study_page(result))
    _write_answers(out / _ANSWERS, data, predictions)
    streams.show(text if files.form == "json" else study_text(result), end="")
    for name in (_RECORD, _PAGE, _ANSWERS):
        streams.note(f"Wrote {out / name}")
    return result


def _write_answers(path: Path, data: StudyData, schemes: Sequence[SchemePredictions]) -> None:
    """Write what was predicted for every battle, so that others can measure it their way.

    Columns: ``battle`` (place in the file of battles, from 0), ``scheme``, ``unknown`` (the system
    that the fit did not know), ``features``, ``model``, ``turned`` (whether the first song of the
    study is the second of the file), ``predicted`` (probability that the first song of the study
    wins; of unfitted scores only the order and the side of .5 count) and ``first_won`` (null for a
    tie).
    """
    import pyarrow as pa
    from pyarrow import parquet

    def rows(part: SchemePredictions, prediction: Prediction) -> pa.Table:
        n = len(part.rows)
        unknown = [None if name is None else to_arrow(name) for name in part.system]
        return pa.table({
            "battle": pa.array(data.place[part.rows], pa.int64()),
            "scheme": pa.array([part.scheme] * n).dictionary_encode(),
            "unknown": pa.array(unknown, pa.string()).dictionary_encode(),
            "features": pa.array([prediction.features] * n).dictionary_encode(),
            "model": pa.array([prediction.model] * n, pa.string()).dictionary_encode(),
            "turned": pa.array(data.turned[part.rows], pa.bool_()),
            "predicted": pa.array(prediction.predicted, pa.float64()),
            "first_won": pa.array(part.first_won[part.rows], pa.float64(), from_pandas=True),
        })  # fmt: skip

    tables = [rows(part, prediction) for part in schemes for prediction in part.predictions]
    table = pa.concat_tables(tables).unify_dictionaries()
    with atomic(path) as file:
        parquet.write_table(table.replace_schema_metadata({OUR_KEY: b"answers"}), file)
