"""``plaudit compare``: two songs scored, and the prediction which of them people prefer."""

from pathlib import Path

from plaudit.benchmarks.scores.file import read_scores
from plaudit.core.axes import ANY_AXIS
from plaudit.core.choice import Device, TextForm
from plaudit.core.errors import InputError
from plaudit.core.name import respelled
from plaudit.core.settings import Record
from plaudit.jobs.asked import Asked, check_asked
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import MaxSeconds, Scorer
from plaudit.jobs.song_embeddings import check_store, embeddings_of
from plaudit.judging.comparison import SURE, Comparison, check_sure, compare_rows
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.preference import load_preference
from plaudit.reports.songs.comparison import comparison_text


class CompareSettings(Record):
    """Two songs, and how they are compared."""

    #: Audio files.
    first: str
    second: str
    judge: str = "bundled"  #: Name, folder or hub id.
    model: Path | None = None  #: Folder of a model of preference.
    store: Path | None = None  #: Embeddings of both songs, for a model that reads them.
    systems: str | None = None  #: Who made them, "A,B", for a model with anchors.
    form: TextForm = "text"  #: What is shown.
    sure: float = SURE  #: Chance in (.5, 1) from which on the judge can tell.
    device: Device = "auto"  #: Where the encoder runs.
    max_seconds: MaxSeconds = None
    #: A file of scores (`plaudit.benchmarks.scores.file`) in which both songs are looked up by id
    #: or path, instead of judging them.
    scores: Path | None = None
    asked: Asked = Asked()  #: What both songs are to answer, for a judge that can use it.


def compare_songs(
    settings: CompareSettings, streams: Streams, *, judge: Scorer | None = None
) -> Comparison:
    """Judge two songs and show which is preferred.

    Raises
    ------
    PlauditError
        A song could not be judged (both are tried, and the sentence names each that could not) or
        is not in the file of scores.
    """
    check_sure(settings.sure)
    systems = None if settings.systems is None else _read_systems(settings.systems)
    if settings.scores is None:
        check_asked([settings.judge], [settings.asked.given()])
    known = None if settings.scores is None else read_scores(settings.scores)
    preference = None if settings.model is None else load_preference(settings.model)
    if judge is None:
        from plaudit.judging.load import load_judge

        judge = load_judge(settings.judge, device=settings.device, max_seconds=settings.max_seconds)
    check_store(preference, settings.store)
    coverage = judge.coverage
    if known is None:
        rows = _judged(judge, settings)
    else:
        known.check_judge(judge.id)
        rows = [known.find(name, ANY_AXIS) for name in (settings.first, settings.second)]
        for note in respelled(known.source.name, known.by_name):
            streams.note(note)
        # How often the intervals of other programs hold is not known.
        coverage = None if known.judge is None else coverage
    comparison = compare_rows(
        rows[0],
        rows[1],
        coverage=coverage,
        preference=preference,
        embeddings=embeddings_of(rows, settings.store),
        systems=systems,
        sure=settings.sure,
    )
    as_json = settings.form == "json"
    text = comparison.model_dump_json() + "\n" if as_json else comparison_text(comparison)
    streams.show(text, end="")
    return comparison


def _read_systems(text: str) -> tuple[str | None, str | None]:
    names = [name.strip() or None for name in text.split(",")]
    if len(names) != 2:
        raise InputError(f"Expected two systems with a comma between, such as a,b; got '{text}'.")
    return names[0], names[1]


def _judged(judge: Scorer, settings: CompareSettings) -> list[SongScores]:
    judged = list(
        judge.stream(
            [settings.first, settings.second], given=[settings.asked.given()] * 2, timeline=False
        )
    )
    failures = [row for row in judged if isinstance(row, SongFailure)]
    if failures:
        raise InputError(" ".join(row.error.message for row in failures))
    return [row for row in judged if isinstance(row, SongScores)]
