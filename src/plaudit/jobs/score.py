"""``plaudit score``: songs found, rows shown as they come, files written, a summary.

The numbers are the judge's (`plaudit.judging.judge`); here is only what is done with them. Several
judges hear each song one after another (`plaudit.judging.panel`).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from plaudit.core.choice import ROW_FORMATS, Precision, RowFormat
from plaudit.core.errors import InputError
from plaudit.core.file import is_stream
from plaudit.core.settings import Record
from plaudit.embeddings.cluster.choice import Price, device_on
from plaudit.jobs.asked import asked_songs
from plaudit.jobs.output.copied import check_copy, copied
from plaudit.jobs.output.ending import form_of
from plaudit.jobs.output.overwrite import check_inside, check_outputs, write_rows
from plaudit.jobs.output.screen import PLAIN_WIDTH, Screen
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import PanelSettings, Scorer, check_panel, open_judges
from plaudit.judging.given import Given
from plaudit.judging.ledger import Ledger, ledger_path
from plaudit.judging.panel import judged_by_all
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.look.wording import count_text
from plaudit.reports.songs.row_text import RowText

if TYPE_CHECKING:
    from plaudit.jobs.cluster_rows import ClusterRows

_log = logging.getLogger(__name__)


class ScoreSettings(PanelSettings):
    """What to score and what to write."""

    judge: str = "bundled"  #: Name, folder or hub id.
    others: tuple[str, ...] = ()  #: Further judges of the same songs.
    form: RowFormat | None = None  #: Of rows; that of the ending of the file, or a table.
    output: Path | None = None  #: File for the rows; the stream otherwise.
    copy_to: str | None = None  #: URL where it is kept too (`plaudit.jobs.output.copied`).
    report: Path | None = None  #: HTML report to write as well.
    #: As the options of ``plaudit score``.
    timeline: bool = False
    resume: bool = False
    precision: Precision = "exact"  #: As `plaudit.judging.load.load_judge`.
    batch_segments: int | None = None  #: The same.
    #: Where songs are judged (`plaudit.embeddings.cluster.choice.check_cluster`); here by default.
    cluster: str | None = None
    workers: int | None = None  #: On the cluster; as many as it has cores by default.
    price_per_core_hour: Price = None

    @property
    def row_form(self) -> RowFormat:
        """The format of the rows."""
        return self.form or form_of(self.output, ROW_FORMATS, "table")

    @property
    def spans_needed(self) -> bool:
        """Whether rows need the scores of each segment: a timeline may cost one segment more."""
        return self.timeline or (self.report is not None and not self.others)

    @property
    def judges(self) -> tuple[str, ...]:
        """All judges, in the order of the rows of a song."""
        return (self.judge, *self.others)


class Scored(Record):
    """How many songs there were, and those that could not be judged."""

    n_songs: int
    failures: tuple[SongFailure, ...]


def score_songs(
    settings: ScoreSettings,
    streams: Streams,
    *,
    judge: Scorer | None = None,
    on_row: Callable[[SongScores | SongFailure], None] | None = None,
) -> Scored:
    """Score songs, show and write the rows; ``on_row`` is called with each as it comes.

    Raises
    ------
    InputError
        No songs, a contradiction, or a target that may not be replaced.
    """
    settings = _checked(settings)
    if settings.output is not None and is_stream(settings.output):
        with settings.output.open("w", encoding="utf-8") as file:
            shown = settings.model_copy(update={"output": None})
            return score_songs(shown, Streams(file, streams.err), judge=judge, on_row=on_row)
    songs, given = asked_songs(settings, settings.judges, streams)
    _check_outputs(settings, songs)
    judges = (
        open_judges(
            settings.judges,
            settings,
            streams,
            precision=settings.precision,
            batch_segments=settings.batch_segments,
        )
        if judge is None
        else [judge]
    )
    if len(judges) > 1:
        check_panel(judges, given, streams)
    ids = [(own.id, own.precision) for own in judges]
    with copied(
        settings.output, settings.copy_to, ids, streams.note, resume=settings.resume
    ) as on_saved:
        return _score(judges, songs, given, settings, streams, on_row, on_saved)


def _score(
    judges: Sequence[Scorer],
    songs: Sequence[Path],
    given: Sequence[Given],
    settings: ScoreSettings,
    streams: Streams,
    on_row: Callable[[SongScores | SongFailure], None] | None,
    on_saved: Callable[[], None] | None,
) -> Scored:
    alone = len(judges) == 1
    panel = None if alone else {own.id: own.axes for own in judges}
    ledger = _ledger(judges, settings)
    rows_shown = settings.row_form if settings.output is None else None
    axes = tuple(dict.fromkeys(axis for own in judges for axis in own.axes))
    screen = Screen(streams, rows_shown, axes, songs, timeline=settings.timeline, panel=panel)
    width = PLAIN_WIDTH
    text = RowText(settings.row_form, axes, width=width, timeline=settings.timeline, panel=panel)
    cluster = _cluster(judges, settings, streams)
    try:
        if cluster is None:
            rows = _rows(judges, songs, given, settings, ledger)
        else:
            rows = cluster.rows(songs, given, ledger)
        kept, failures = _judged(rows, settings, screen, ledger, on_row, on_saved)
        if ledger is not None and settings.output is not None:
            write_rows(settings.output, ledger.rows(), text)
            ledger.remove()
    except KeyboardInterrupt:
        if ledger is not None:
            streams.note(f"Stopped. What was judged is in {ledger.path}; add --resume.")
        raise
    finally:
        if ledger is not None:
            ledger.close()
    if settings.report is not None:
        _write_report(settings.report, kept, judges, settings.limit)
    notes = [_summary(judges, len(songs), len(failures), screen)]
    if cluster is not None:
        notes.append(cluster.work(screen.took_s, settings.price_per_core_hour).sentence())
    streams.note_end(notes, [settings.output, settings.report], failures)
    return Scored(n_songs=len(songs), failures=tuple(failures))


def _checked(settings: ScoreSettings) -> ScoreSettings:
    """Refuse settings that contradict each other, and return them with the device of the job."""
    if settings.resume and settings.output is None:
        raise InputError("--resume continues a file, so it needs --output FILE.")
    check_copy(settings.output, settings.copy_to)
    form = settings.row_form
    if settings.timeline and form in ("table", "csv"):
        raise InputError(f"--timeline adds to JSON rows; use --format json, not {form}.")
    if settings.workers is not None and settings.cluster is None:
        raise InputError("--workers are those of a cluster; give --cluster too.")
    device = device_on(settings.cluster, settings.device, settings.price_per_core_hour)
    return settings.model_copy(update={"device": device})


def _write_report(
    report: Path,
    rows: Sequence[SongScores | SongFailure],
    judges: Sequence[Scorer],
    limit: int | None,
) -> None:
    from plaudit.jobs.output.preview import write_page, write_panel_page  # jinja, if asked for

    if len(judges) == 1:
        write_page(report, rows, judges[0].card, limit=limit)
    else:
        write_panel_page(report, rows, {own.id: own.card for own in judges}, limit=limit)


def _summary(judges: Sequence[Scorer], n_songs: int, n_failures: int, screen: Screen) -> str:
    if len(judges) == 1:
        card, n, what = judges[0].card, n_songs, "songs"
        who = f"Judge {card.name} {card.version} ({judges[0].device}, {judges[0].precision})"
    else:
        named = ", ".join(f"{own.card.name} {own.card.version}" for own in judges)
        n, what = n_songs * len(judges), f"rows for {count_text(n_songs)}"
        who = f"Judges {named}"
    done = f"{who}: {n - n_failures} of {n} {what} in {screen.took_s:.1f} s"
    if screen.n_known:
        done += f", {screen.n_known} of them by an earlier run"
    if not screen.audio_s:
        return done
    return f"{done}, {screen.audio_s / screen.took_s:.0f}x real time"


def _check_outputs(settings: ScoreSettings, songs: Sequence[Path]) -> None:
    inputs = settings.inputs(songs, settings.judges)
    check_outputs([settings.output, settings.report], inputs)
    if settings.output is not None and not is_stream(settings.output):
        partial = ledger_path(settings.output)
        check_inside(partial.parent, [partial.name], inputs)
        if settings.report is not None:
            check_outputs([settings.report, partial])


def _judged(
    rows: Iterator[SongScores | SongFailure],
    settings: ScoreSettings,
    screen: Screen,
    ledger: Ledger | None,
    on_row: Callable[[SongScores | SongFailure], None] | None,
    on_saved: Callable[[], None] | None,
) -> tuple[list[SongScores | SongFailure], list[SongFailure]]:
    """Return the rows that a report needs, and the failures."""
    kept: list[SongScores | SongFailure] = []
    failures: list[SongFailure] = []
    with screen:
        for row in rows:
            if isinstance(row, SongFailure):
                failures.append(row)
            _log.debug("%s: %s after %.2f s", row.path, row.status, screen.took_s)
            if settings.report is not None:
                kept.append(row)
            if ledger is not None:
                ledger.add(row)
            if on_saved is not None:
                on_saved()
            screen.add(row, known=ledger is not None and ledger.is_known(row))
            if on_row is not None:
                on_row(row)
    return kept, failures


def _rows(
    judges: Sequence[Scorer],
    songs: Sequence[Path],
    given: Sequence[Given],
    settings: ScoreSettings,
    ledger: Ledger | None = None,
) -> Iterator[SongScores | SongFailure]:
    spans = settings.spans_needed
    if len(judges) == 1:
        known = None if ledger is None else ledger.known
        return judges[0].stream(songs, given=given, known=known, timeline=spans)
    return judged_by_all(
        judges,
        songs,
        given=given,
        known_of=None if ledger is None else ledger.known_of,
        timeline=spans,
        max_s=settings.max_seconds,
    )


def _cluster(
    judges: Sequence[Scorer], settings: ScoreSettings, streams: Streams
) -> "ClusterRows | None":
    if settings.cluster is None:
        return None
    from plaudit.jobs.cluster_rows import ClusterRows

    return ClusterRows(
        settings.cluster,
        judges,
        partial(open_judges, settings.judges, settings, None, precision=settings.precision),
        partial(_rows, settings=settings),
        workers=settings.workers,
        on_event=streams.note,
    )


def _ledger(judges: Sequence[Scorer], settings: ScoreSettings) -> Ledger | None:
    if settings.output is None:
        return None
    first, *others = [(judge.id, judge.precision) for judge in judges]
    return Ledger(
        settings.output,
        *first,
        resume=settings.resume,
        timeline=settings.spans_needed,
        others=others,
    )
