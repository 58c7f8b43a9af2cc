"""``plaudit score``: songs found, rows shown as they come, files written, a summary.

The numbers are the judge's (`plaudit.judging.judge`); here is only what is done with them.
"""

from collections.abc import Sequence
from pathlib import Path

from plaudit.core.choice import Device, Precision, RowFormat
from plaudit.core.errors import InputError
from plaudit.core.file import is_stream
from plaudit.core.settings import Record
from plaudit.jobs.asked import Asked, asked_songs
from plaudit.jobs.output.overwrite import check_inside, check_outputs, write_rows
from plaudit.jobs.output.preview import write_page
from plaudit.jobs.output.screen import PLAIN_WIDTH, Screen
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import MaxSeconds, Scorer
from plaudit.judging.catalogue import local_judge
from plaudit.judging.given import Given
from plaudit.judging.ledger import Ledger, ledger_path
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText


class ScoreSettings(Record):
    """What to score and what to write."""

    paths: tuple[str, ...] = ()  #: Files, folders and patterns.
    manifest: Path | None = None  #: Table of songs, instead of paths.
    judge: str = "bundled"  #: Name, folder or hub id.
    form: RowFormat = "table"  #: Format of rows.
    output: Path | None = None  #: File for the rows; the stream otherwise.
    report: Path | None = None  #: HTML report to write as well.
    #: As the options of ``plaudit score``.
    timeline: bool = False
    recursive: bool = False
    resume: bool = False
    #: As `plaudit.judging.load.load_judge`.
    device: Device = "auto"
    precision: Precision = "exact"
    max_seconds: MaxSeconds = None
    asked: Asked = Asked()  #: What songs are to answer, for a judge that can use it.

    @property
    def spans_needed(self) -> bool:
        """Whether rows need the scores of each segment: a timeline may cost one segment more."""
        return self.timeline or self.report is not None


class Scored(Record):
    """How many songs there were, and those that could not be judged."""

    n_songs: int
    failures: tuple[SongFailure, ...]


def score_songs(
    settings: ScoreSettings, streams: Streams, *, judge: Scorer | None = None
) -> Scored:
    """Score songs, show and write the rows.

    Raises
    ------
    InputError
        No songs, a contradiction, or a target that may not be replaced.
    """
    if settings.resume and settings.output is None:
        raise InputError("--resume continues a file, so it needs --output FILE.")
    if settings.timeline and settings.form in ("table", "csv"):
        raise InputError(f"--timeline adds to JSON rows; use --format json, not {settings.form}.")
    songs, given = asked_songs(
        settings.paths,
        settings.manifest,
        settings.asked,
        settings.judge,
        streams,
        recursive=settings.recursive,
    )
    _check_outputs(settings, songs)
    if settings.output is not None and is_stream(settings.output):
        with settings.output.open("w", encoding="utf-8") as file:
            shown = settings.model_copy(update={"output": None})
            return score_songs(shown, Streams(file, streams.err), judge=judge)
    if judge is None:
        # The heavy import, after everything that can be wrong with the call itself was checked.
        from plaudit.judging.load import load_judge

        judge = load_judge(
            settings.judge,
            device=settings.device,
            precision=settings.precision,
            max_seconds=settings.max_seconds,
        )
        if judge.precision != settings.precision:
            streams.note(
                f"Judge '{settings.judge}' has no {settings.precision} precision; its scores are"
                f" {judge.precision}."
            )
    ledger = _ledger(judge, settings)
    rows_shown = settings.form if settings.output is None else None
    screen = Screen(streams, rows_shown, judge.axes, songs, timeline=settings.timeline)
    try:
        kept, failures = _judged(judge, songs, given, settings, screen, ledger)
    except KeyboardInterrupt:
        if ledger is not None:
            streams.note(f"Stopped. What was judged is in {ledger.path}; add --resume.")
        raise
    finally:
        if ledger is not None:
            ledger.close()
    if settings.report is not None:
        write_page(settings.report, kept, judge.card)
    speed = screen.audio_s / screen.took_s
    summary = (
        f"Judge {judge.card.name} {judge.card.version} ({judge.device}, {judge.precision}):"
        f" {len(songs) - len(failures)} of {len(songs)} songs in {screen.took_s:.1f} s,"
        f" {speed:.0f}x real time"
    )
    streams.note_end([summary], [settings.output, settings.report], failures)
    return Scored(n_songs=len(songs), failures=tuple(failures))


def _check_outputs(settings: ScoreSettings, songs: Sequence[Path]) -> None:
    asked = settings.asked
    inputs = [*songs, settings.manifest, local_judge(settings.judge), asked.lyrics, asked.reference]
    check_outputs([settings.output, settings.report], inputs)
    if settings.output is not None and not is_stream(settings.output):
        partial = ledger_path(settings.output)
        check_inside(partial.parent, [partial.name], inputs)
        if settings.report is not None:
            check_outputs([settings.report, partial])


def _judged(
    judge: Scorer,
    songs: Sequence[Path],
    given: Sequence[Given],
    settings: ScoreSettings,
    screen: Screen,
    ledger: Ledger | None,
) -> tuple[list[SongScores | SongFailure], list[SongFailure]]:
    """Return the rows that a report needs, and the failures."""
    kept: list[SongScores | SongFailure] = []
    failures: list[SongFailure] = []
    with screen:
        known = None if ledger is None else ledger.known
        for row in judge.stream(songs, given=given, known=known, timeline=settings.spans_needed):
            if isinstance(row, SongFailure):
                failures.append(row)
            if settings.report is not None:
                kept.append(row)
            if ledger is not None:
                ledger.add(row)
            screen.add(row)
    if ledger is not None and settings.output is not None:
        text = RowText(settings.form, judge.axes, width=PLAIN_WIDTH, timeline=settings.timeline)
        write_rows(settings.output, ledger.rows(), text)
        ledger.remove()
    return kept, failures


def _ledger(judge: Scorer, settings: ScoreSettings) -> Ledger | None:
    if settings.output is None:
        return None
    return Ledger(
        settings.output,
        judge.id,
        judge.precision,
        resume=settings.resume,
        timeline=settings.spans_needed,
    )
