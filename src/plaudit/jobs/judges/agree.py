"""``plaudit judges agree``: songs heard by several judges (or their rows read), and compared."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.benchmarks.scores.file import read_judged
from plaudit.core.choice import TextForm
from plaudit.core.errors import InputError
from plaudit.core.option_source import sourced
from plaudit.core.settings import Record
from plaudit.jobs.asked import asked_songs
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.preview import previews_of
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import PanelSettings, Scorer, judged_songs, open_judges
from plaudit.judging.agreement import Agreement, agreement_of
from plaudit.judging.given import Given
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.agreement.page import agreement_page
from plaudit.reports.agreement.text import agreement_text


class AgreeSettings(PanelSettings):
    """Which judges, on which songs."""

    judges: tuple[str, ...] = ()  #: Names, folders or hub ids, two or more.
    scores: Path | None = None  #: Rows of several judges, instead of judging.
    form: TextForm = "text"  #: What is shown.
    report: Path | None = None  #: HTML page to write as well.


class Agreed(Record):
    """How far judges agree, and what could not be judged."""

    agreement: Agreement
    failures: tuple[SongFailure, ...]


def judges_agree(
    settings: AgreeSettings, streams: Streams, *, judges: Sequence[Scorer] | None = None
) -> Agreed:
    """Judge songs by all judges, show how far they agree.

    Raises
    ------
    InputError
        A contradiction, fewer than two judges, no songs, or a target that may not be replaced.
    """
    rows: Sequence[SongScores | SongFailure]
    if settings.scores is not None:
        if settings.paths or settings.manifest or settings.judges or settings.limit:
            raise InputError("Give songs and judges, or --scores with their rows: one of the two.")
        check_outputs([settings.report], [settings.scores])
        rows = read_judged(settings.scores)
    else:
        rows = _judged(settings, streams, judges)
    failures = tuple(row for row in rows if isinstance(row, SongFailure))
    agreement = sourced(agreement_of([row for row in rows if isinstance(row, SongScores)]))
    as_json = settings.form == "json"
    streams.show(
        agreement.model_dump_json() + "\n" if as_json else agreement_text(agreement), end=""
    )
    if settings.report is not None:
        write_output(settings.report, agreement_page(agreement, previews_of(rows)))
    streams.note_end([], [settings.report], failures)
    return Agreed(agreement=agreement, failures=failures)


def _judged(
    settings: AgreeSettings, streams: Streams, judges: Sequence[Scorer] | None
) -> list[SongScores | SongFailure]:
    if judges is None and len(settings.judges) < 2:
        raise InputError("Expected two judges or more; name each with --judge.")
    songs, given = asked_songs(settings, settings.judges, streams)
    _check_one_answer(songs, given)
    check_outputs([settings.report], settings.inputs(songs, settings.judges))
    judges = open_judges(settings.judges, settings, streams) if judges is None else judges
    return judged_songs(judges, songs, given, settings, streams)


def _check_one_answer(songs: Sequence[Path], given: Sequence[Given]) -> None:
    answers: dict[Path, Given] = {}
    for song, own in zip(songs, given, strict=True):
        if answers.setdefault(song, own) != own:
            raise InputError(f"{song} has several conditions; give one for each song.")
