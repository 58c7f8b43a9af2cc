"""``plaudit rank``: songs judged (or their rows read), put in order, shown or written."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.table import ScoreTable
from plaudit.core.axes import ANY_AXIS
from plaudit.core.choice import ROW_FORMATS, Device, RowFormat
from plaudit.core.errors import InputError
from plaudit.core.name import NameMap, respelled
from plaudit.core.note import Note
from plaudit.core.settings import Record, nearest
from plaudit.datasets.corpora.own_table import path_column
from plaudit.datasets.reading.table import read_table
from plaudit.jobs.asked import AskedSettings, asked_songs
from plaudit.jobs.output.ending import form_of
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.screen import Screen
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import MaxSeconds, Scorer
from plaudit.jobs.song_embeddings import check_store, embeddings_of
from plaudit.judging.catalogue import local_judge
from plaudit.judging.comparison import SURE, check_sure, main_axes
from plaudit.judging.given import Given
from plaudit.judging.ranking import PREFERENCE, WAYS, RankedSong, rank_rows
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.preference import Preference, load_preference
from plaudit.reports.songs.ranking import rank_text


class RankSettings(AskedSettings):
    """What to rank and what to write."""

    judge: str = "bundled"  #: Name, folder or hub id.
    by: str = PREFERENCE  #: An axis, "mean" or "preference".
    form: RowFormat | None = None  #: Of rows; that of the ending of the file, or a table.
    #: Songs to keep of each group; the others are left out of what is written.
    keep: int | None = None
    group_by: str | None = None  #: Column of the manifest that groups songs.
    #: Table of songs: those to judge, where neither paths nor scores are given, and their groups.
    manifest: Path | None = None
    #: A file of scores (`plaudit.benchmarks.scores.file`), taken instead of judging again; those
    #: that a judge of Plaudit gave have to be of the same judge.
    scores: Path | None = None
    model: Path | None = None  #: Folder of a model of preference.
    store: Path | None = None  #: Embeddings of the songs, for a model that reads them.
    output: Path | None = None  #: File for the result; the stream otherwise.
    sure: float = SURE  #: Chance in (.5, 1) from which on one song is surely better than another.
    device: Device = "auto"  #: Where the encoder runs.
    max_seconds: MaxSeconds = None

    @property
    def row_form(self) -> RowFormat:
        """The format of the rows."""
        return self.form or form_of(self.output, ROW_FORMATS, "table")


class Ranking(Record):
    """Songs in order, those that were not kept among them, and files that could not be judged."""

    songs: tuple[RankedSong, ...]
    failures: tuple[SongFailure, ...]


def rank_songs(settings: RankSettings, streams: Streams, *, judge: Scorer | None = None) -> Ranking:
    """Judge songs, rank them, show or write them.

    Raises
    ------
    InputError
        No songs, a contradiction, or a target that may not be replaced.
    """
    form = settings.row_form
    known, songs, given, groups = _checked(settings, streams)
    preference = None if settings.model is None else load_preference(settings.model)
    if judge is None:
        from plaudit.judging.load import load_judge

        judge = load_judge(settings.judge, device=settings.device, max_seconds=settings.max_seconds)
    if preference is not None and settings.by != PREFERENCE:
        raise InputError(f"--model ranks by preference, not by {settings.by}; leave one out.")
    check_store(preference, settings.store)
    coverage = judge.coverage
    if known is None:
        judged = _judged(judge, songs, given, streams)
    else:
        judged = _from_file(known, judge, settings.by, preference)
        # How often the intervals of other programs hold is not known.
        coverage = None if known.judge is None else coverage
    rows = [row for row in judged if isinstance(row, SongScores)]
    failures = tuple(row for row in judged if isinstance(row, SongFailure))
    ranked: list[RankedSong] = []
    if rows:
        ranked = rank_rows(
            rows,
            coverage=coverage,
            by=settings.by,
            keep=settings.keep,
            groups=None if groups is None else groups.of([str(row.path) for row in rows]),
            preference=preference,
            embeddings=embeddings_of(rows, settings.store),
            sure=settings.sure,
        )
    text = rank_text([song for song in ranked if song.kept is not False], failures, form)
    if settings.output is None:
        streams.show(text, end="")
    else:
        write_output(settings.output, text)
    streams.note_end(_summary(ranked, settings.keep, settings.sure), [settings.output], failures)
    if preference is not None and preference.card.doubt:
        streams.note(preference.card.doubt)
    return Ranking(songs=tuple(ranked), failures=failures)


class _Groups:
    """Groups of a manifest by full path, and by file name where only one group has it."""

    def __init__(self, manifest: Path, column: str) -> None:
        self._manifest, self._column = manifest, column
        records = read_table(manifest, "a manifest")
        columns = list(dict.fromkeys(name for record in records for name in record))
        where = path_column(columns)
        if where is None:
            raise InputError(
                f"Expected a column path in {manifest}, got {', '.join(columns) or 'none'}."
            )
        if column not in columns:
            raise InputError(f"{manifest} has no column '{column}'; {nearest(column, columns)}")
        by_path: dict[str, str] = {}
        by_name: dict[str, set[str]] = {}
        for record in records:
            if record.get(where) is None or record.get(column) is None:
                continue
            path, group = Path(str(record[where])), str(record[column])
            for place in (path, manifest.parent / path):
                by_path[str(place.resolve())] = group
            by_name.setdefault(path.name, set()).add(group)
        unique = {name: min(groups) for name, groups in by_name.items() if len(groups) == 1}
        self._names = NameMap(by_path | unique)

    def of(self, paths: Sequence[str]) -> list[str]:
        """Return the group of each path."""
        groups: list[str | None] = [
            self._names.get(str(Path(path).resolve())) or self._names.get(Path(path).name)
            for path in paths
        ]
        missing = [path for path, group in zip(paths, groups, strict=True) if group is None]
        if missing:
            raise InputError(
                f"{len(missing)} of {len(paths)} songs are not in {self._manifest}, have no"
                f" {self._column} there, or share their file name with another row; the first is"
                f" {missing[0]}."
            )
        return [str(group) for group in groups]

    def notes(self) -> list[str]:
        """Return what a reader should know of names that were matched."""
        return respelled(str(self._manifest), self._names)


def _checked(
    settings: RankSettings, streams: Streams
) -> tuple[ScoreTable | None, list[Path], list[Given], _Groups | None]:
    """Return the rows or the songs to rank and their groups, or say what is wrong with the call."""
    if settings.by not in WAYS:
        raise InputError(f"There is no way to rank '{settings.by}'; {nearest(settings.by, WAYS)}")
    if settings.group_by is not None and settings.manifest is None:
        raise InputError("--group-by names a column of a table; give it with --manifest FILE.")
    given = bool(settings.paths) or settings.scores is not None
    if given and settings.manifest is not None and settings.group_by is None:
        raise InputError("--manifest with songs or scores gives their groups; add --group-by.")
    if settings.paths and settings.scores is not None:
        raise InputError("Give songs to judge, or --scores with their rows: one of the two.")
    if not given and settings.manifest is None:
        raise InputError("Give songs to judge, --manifest with a table of them, or --scores.")
    if settings.limit is not None and settings.scores is not None:
        raise InputError("--limit counts songs to judge; leave it out with --scores.")
    check_sure(settings.sure)
    known = None if settings.scores is None else read_scores(settings.scores)
    if known is not None and known.rows:
        known.scored_axes(ANY_AXIS)
    songs: list[Path] = []
    answers: list[Given] = []
    if settings.scores is None:
        table = None if settings.paths else settings.manifest
        listed = settings.model_copy(update={"manifest": table})
        songs, answers = asked_songs(listed, [settings.judge], streams)
        if len(set(songs)) < len(songs):
            twice = next(song for song in songs if songs.count(song) > 1)
            raise InputError(f"{twice} has several conditions in {table}; give one for each song.")
    groups = None
    if settings.manifest is not None and settings.group_by is not None:
        groups = _Groups(settings.manifest, settings.group_by)
        judged = [] if known is None else known.songs()
        groups.of([*map(str, songs), *(str(row.path) for row in judged)])  # raises if one has none
        for note in groups.notes():
            streams.note(note)
    inputs = [
        settings.scores, settings.manifest, settings.model, settings.store, settings.listed_in
    ]  # fmt: skip
    check_outputs([settings.output], [*songs, *inputs, local_judge(settings.judge)])
    return known, songs, answers, groups


def _from_file(
    table: ScoreTable, judge: Scorer, by: str, preference: Preference | None
) -> list[SongScores | SongFailure]:
    """Return rows that were read; a song without a score that the order needs is a failure."""
    if not table.rows:
        return [*table.failures()]
    table.check_judge(judge.id)
    axes = table.scored_axes(ANY_AXIS)
    needed = (by,) if by in axes else main_axes(axes)
    if preference is not None:
        needed = tuple(axis for axis in preference.card.features if axis in axes)
    rows: list[SongScores | SongFailure] = [*table.failures()]
    for song in table.songs(ANY_AXIS):
        missing = [axis for axis in needed if axis not in song.scores]
        if missing:
            reason = f"{song.path} has no score of {', '.join(missing)}, so it has no place."
            rows.append(SongFailure(path=song.path, error=Note(type="NoScore", message=reason)))
        else:
            rows.append(song)
    return rows


def _judged(
    judge: Scorer, songs: Sequence[Path], given: Sequence[Given], streams: Streams
) -> list[SongScores | SongFailure]:
    rows: list[SongScores | SongFailure] = []
    with Screen(streams, None, judge.axes, songs) as screen:
        for row in judge.stream(songs, given=given, timeline=False):
            rows.append(row)
            screen.add(row)
    return rows


def _summary(ranked: Sequence[RankedSong], keep: int | None, sure: float) -> list[str]:
    """Return sentences on how reliable the order is; ``ranked`` holds all songs."""
    if not ranked:
        return ["No song could be ranked."]
    groups = {song.group for song in ranked}
    counted = f"{len(ranked)} songs" + (f" in {len(groups)} groups" if len(groups) > 1 else "")
    if ranked[0].rank_low is None:
        why = "This judge gives no intervals"
        if ranked[0].low is not None:
            why = "How often the intervals of the file hold is not known"
        return [f"Ranked {counted}. {why}, so nothing says which are ties."]
    tied = [song for song in ranked if song.rank_low == 1 and song.rank != 1]
    lines = [
        f"Ranked {counted}; a chance of {sure:.2f} counts as sure. Songs that cannot be told from"
        f" the first of their group: {len(tied)}."
    ]
    if ranked[0].basis == "intervals":
        lines.append("Chances follow from the judge's own intervals, not from votes of people.")
    if keep is not None:
        kept = sum(song.kept is True for song in ranked)
        close = sum(song.kept is False and song.may_belong is True for song in ranked)
        lines.append(
            f"Kept {kept}; of the {len(ranked) - kept} left out, {close} may belong among them as"
            " far as the judge can tell."
        )
    return lines
