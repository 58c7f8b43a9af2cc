"""``plaudit judges agree``: songs heard by several judges (or their rows read), and compared."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.benchmarks.scores.file import read_judged
from plaudit.core.choice import Device, TextForm
from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.jobs.asked import Asked, asked_songs
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.preview import previews_of
from plaudit.jobs.output.screen import Screen
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import MaxSeconds, Scorer
from plaudit.judging.agreement import Agreement, agreement_of
from plaudit.judging.catalogue import local_judge
from plaudit.judging.given import Given
from plaudit.judging.panel import check_different, judged_by_all, left_out
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.agreement.page import agreement_page
from plaudit.reports.agreement.text import agreement_text


class AgreeSettings(Record):
    """Which judges, on which songs."""

    paths: tuple[str, ...] = ()  #: Files, folders and patterns.
    manifest: Path | None = None  #: Table of songs, instead of paths.
    judges: tuple[str, ...] = ()  #: Names, folders or hub ids, two or more.
    scores: Path | None = None  #: Rows of several judges, instead of judging.
    form: TextForm = "text"  #: What is shown.
    report: Path | None = None  #: HTML page to write as well.
    recursive: bool = False  #: Whether folders give the songs of their subfolders too.
    device: Device = "auto"  #: Where the judges run.
    max_seconds: MaxSeconds = None
    asked: Asked = Asked()  #: What songs are to answer, for the judges that can use it.


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
        if settings.paths or settings.manifest is not None or settings.judges:
            raise InputError("Give songs and judges, or --scores with their rows: one of the two.")
        check_outputs([settings.report], [settings.scores])
        rows = read_judged(settings.scores)
    else:
        rows = _judged(settings, streams, judges)
    failures = tuple(row for row in rows if isinstance(row, SongFailure))
    agreement = agreement_of([row for row in rows if isinstance(row, SongScores)])
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
    songs, given = asked_songs(
        settings.paths,
        settings.manifest,
        settings.asked,
        settings.judges,
        streams,
        recursive=settings.recursive,
    )
    _check_one_answer(songs, given)
    asked = settings.asked
    inputs = [*songs, settings.manifest, *map(local_judge, settings.judges)]
    check_outputs([settings.report], [*inputs, asked.lyrics, asked.reference])
    if judges is None:
        from plaudit.judging.load import load_judge

        judges = [
            load_judge(name, device=settings.device, max_seconds=settings.max_seconds)
            for name in settings.judges
        ]
    check_different(judges)
    for note in left_out(judges, given):
        streams.note(note)
    rows: list[SongScores | SongFailure] = []
    axes = {judge.id: judge.axes for judge in judges}
    with Screen(streams, None, (), songs, panel=axes) as screen:
        for row in judged_by_all(judges, songs, given=given, max_s=settings.max_seconds):
            rows.append(row)
            screen.add(row)
    return rows


def _check_one_answer(songs: Sequence[Path], given: Sequence[Given]) -> None:
    answers: dict[Path, Given] = {}
    for song, own in zip(songs, given, strict=True):
        if answers.setdefault(song, own) != own:
            raise InputError(f"{song} is to answer different things; judges agree on one a song.")
