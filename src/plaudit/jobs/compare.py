"""Comparing and ranking as a user does it: songs judged, put in order, shown, written."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.table import ScoreTable
from plaudit.core.choice import RowFormat
from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.core.note import Note
from plaudit.core.settings import nearest
from plaudit.datasets.reading.table import read_table
from plaudit.embeddings.store.mean import mean_embeddings, store_hash
from plaudit.judging.comparison import check_sure, compare_rows, main_axes
from plaudit.judging.find import find_songs
from plaudit.judging.ranking import PREFERENCE, WAYS, RankedSong, rank_rows
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.preference import NOT_SHOWN, Preference
from plaudit.reports.songs.comparison import comparison_text
from plaudit.reports.songs.output import check_target
from plaudit.reports.songs.ranking import rank_text
from plaudit.reports.songs.screen import Screen

if TYPE_CHECKING:
    from plaudit.judging.judge import Judge

Floats = NDArray[np.float64]


def compare_songs(
    judge: "Judge",
    first: str,
    second: str,
    *,
    preference: Preference | None,
    store: Path | None,
    sure: float,
    as_json: bool,
) -> None:
    """Judge two songs and print which is preferred.

    Parameters
    ----------
    judge : Judge
        Who judges.
    first, second : str
        Audio files.
    preference : Preference or None
        A fitted model of preference.
    store : Path or None
        Embeddings of both, for a model that reads them.
    sure : float
        Chance from which on the judge can tell.
    as_json : bool
        Whether to print the record instead of text.

    Raises
    ------
    PlauditError
        A song could not be judged; both are tried, and the sentence names each that could not.
    """
    check_store(preference, store)
    rows: list[SongScores] = []
    failed: list[SongFailure] = []
    for row in judge.stream([first, second], timeline=False):
        if isinstance(row, SongFailure):
            failed.append(row)
        else:
            rows.append(row)
    if failed:
        raise InputError(" ".join(row.error.message for row in failed))
    interval = judge.card.interval
    found = compare_rows(
        rows[0],
        rows[1],
        coverage=None if interval is None else interval.coverage,
        preference=preference,
        embeddings=embeddings_of(rows, store),
        sure=sure,
    )
    sys.stdout.write(found.model_dump_json() + "\n" if as_json else comparison_text(found))


class RankJob:
    """What to rank and what to write; everything that can be wrong with the call is said here.

    Parameters
    ----------
    paths : sequence of str
        Files, folders and patterns; or none, where rows are given.
    by : str
        An axis, "mean" or "preference".
    form : {"table", "json", "jsonl", "csv"}
        Format.
    keep : int, optional
        Songs to keep of each group; the others are left out of what is written.
    group_by : str, optional
        Column of the manifest that groups songs.
    manifest : Path, optional
        Table with a column ``path`` (or ``file``) and that column.
    scores : Path, optional
        A file of scores (`plaudit.benchmarks.scores.file`), taken instead of judging again; those
        that a judge of Plaudit gave have to be of the same judge.
    output : Path, optional
        File for the result; standard output otherwise.
    sure : float
        Chance from which on one song is surely better than another.
    recursive : bool
        Whether folders give the songs of their subfolders too.

    Raises
    ------
    InputError
        No songs, a contradiction, or a target that may not be replaced.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        by: str = PREFERENCE,
        form: RowFormat = "table",
        keep: int | None = None,
        group_by: str | None = None,
        manifest: Path | None = None,
        scores: Path | None = None,
        output: Path | None = None,
        sure: float,
        recursive: bool = False,
    ) -> None:
        if by not in WAYS:
            raise InputError(f"There is no way to rank '{by}'; {nearest(by, WAYS)}")
        if (group_by is None) != (manifest is None):
            raise InputError("--group-by COLUMN and --manifest FILE go together; give both.")
        if bool(paths) == (scores is not None):
            raise InputError("Give songs to judge, or --scores with their rows: one of the two.")
        check_sure(sure)
        self._known = None if scores is None else read_scores(scores)
        if self._known is not None and self._known.rows:
            self._known.scored_axes()
        self.songs = find_songs(paths, recursive=recursive) if paths else []
        self._groups = (
            None if manifest is None or group_by is None else _group_names(manifest, group_by)
        )
        self._manifest = manifest
        if self._groups is not None:
            names = [str(song) for song in self.songs]
            names += [] if self._known is None else [str(row.path) for row in self._known.songs()]
            self._grouped(names)
        if output is not None:
            check_target(output, self.songs)
        self._by, self._form, self._keep, self._sure = by, form, keep, sure
        self._output = output

    def run(self, judge: "Judge", preference: Preference | None, store: Path | None = None) -> int:
        """Judge the songs, rank them, show or write them.

        Parameters
        ----------
        judge : Judge
            Who judges.
        preference : Preference or None
            A fitted model of preference.
        store : Path or None
            Embeddings of the songs, for a model that reads them.

        Returns
        -------
        int
            How many files could not be judged.
        """
        if preference is not None and self._by != PREFERENCE:
            raise InputError(f"--model ranks by preference, not by {self._by}; leave one out.")
        check_store(preference, store)
        interval = judge.card.interval
        if self._known is None:
            rows, failures = self._judged(judge)
        else:
            rows, failures = self._read(self._known, judge, preference)
            if self._known.judge is None:
                interval = None  # how often theirs hold is not known
        ranked: list[RankedSong] = []
        if rows:
            groups = None
            if self._groups is not None:
                groups = self._grouped([str(row.path) for row in rows])
            ranked = rank_rows(
                rows,
                coverage=None if interval is None else interval.coverage,
                by=self._by,
                keep=self._keep,
                groups=groups,
                preference=preference,
                embeddings=embeddings_of(rows, store),
                sure=self._sure,
            )
        shown = [song for song in ranked if song.kept is not False]
        text = rank_text(shown, failures, self._form)
        if self._output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            write_atomic(self._output, text)
        self._say_summary(ranked, failures)
        if preference is not None and not preference.card.better_than_chance:
            sys.stderr.write(f"{NOT_SHOWN}\n")
        return len(failures)

    def _judged(self, judge: "Judge") -> tuple[list[SongScores], list[SongFailure]]:
        rows: list[SongScores] = []
        failures: list[SongFailure] = []
        sizes = [song.stat().st_size if song.is_file() else 0 for song in self.songs]
        screen = Screen(None, judge.axes, timeline=False, sizes=sizes)
        with screen:
            for row in judge.stream(self.songs, timeline=False):
                if isinstance(row, SongFailure):
                    failures.append(row)
                else:
                    rows.append(row)
                screen.add(row)
        return rows, failures

    def _read(
        self, table: ScoreTable, judge: "Judge", preference: Preference | None
    ) -> tuple[list[SongScores], list[SongFailure]]:
        """Return the rows of a file that have all scores that the order needs, and the others."""
        if not table.rows:
            return [], table.failures()
        if table.judge is not None and table.judge.hash != judge.id.hash:
            raise InputError(
                f"The rows are of judge '{table.judge.name}' {table.judge.version}, not of"
                f" '{judge.id.name}' {judge.id.version}; name the judge with --judge."
            )
        axes = table.scored_axes()
        needed = [self._by] if self._by in axes else list(main_axes(axes))
        if preference is not None:
            needed = [axis for axis in preference.card.features if axis in axes]
        rows, failures = [], table.failures()
        for row in table.songs():
            missing = [axis for axis in needed if axis not in row.scores]
            if missing:
                reason = f"{row.path} has no score of {', '.join(missing)}, so it has no place."
                failures.append(
                    SongFailure(path=row.path, error=Note(type="MissingScore", message=reason))
                )
            else:
                rows.append(row)
        return rows, failures

    def _grouped(self, paths: Sequence[str]) -> list[str]:
        """Return the group of each path, found by its full path or else by its file name."""
        names = self._groups or {}
        found = [names.get(str(Path(p).resolve())) or names.get(Path(p).name) for p in paths]
        lost = [path for path, group in zip(paths, found, strict=True) if group is None]
        if lost:
            raise InputError(
                f"{len(lost)} of {len(paths)} songs are not in {self._manifest}, or two rows there"
                f" share their file name; the first is {lost[0]}."
            )
        return [str(group) for group in found]

    def _say_summary(self, ranked: Sequence[RankedSong], failures: Sequence[SongFailure]) -> None:
        notes = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
        for sentence in summary(ranked, self._keep, self._sure):
            notes.print(sentence)
        if self._output is not None:
            notes.print(f"Wrote {self._output}")
        if failures:
            notes.print(f"Not judged ({len(failures)}):")
            for row in failures:
                notes.print(f"  {row.error.type}: {row.error.message}")


def summary(ranked: Sequence[RankedSong], keep: int | None, sure: float) -> list[str]:
    """Return sentences on how far the order can be relied on.

    Parameters
    ----------
    ranked : sequence of RankedSong
        All songs, kept or not.
    keep : int or None
        Songs kept of each group.
    sure : float
        Chance that counted as sure.

    Returns
    -------
    list of str
        Whole sentences.
    """
    if not ranked:
        return ["No song could be ranked."]
    groups = {song.group for song in ranked}
    said = f"{len(ranked)} songs" + (f" in {len(groups)} groups" if len(groups) > 1 else "")
    if ranked[0].rank_low is None:
        return [f"Ranked {said}. This judge gives no intervals, so nothing says which are ties."]
    tied = [song for song in ranked if song.rank_low == 1 and song.rank != 1]
    lines = [
        f"Ranked {said}; a chance of {sure:.2f} counts as sure. Songs that cannot be told from the"
        f" first of their group: {len(tied)}."
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


def check_store(preference: Preference | None, store: Path | None) -> None:
    """Refuse embeddings that nothing reads, or that are not of the kind a model learned from."""
    learned = None if preference is None else preference.card.embeddings
    if store is not None and learned is None:
        raise InputError(
            "--embeddings is for a model that learned from embeddings; give one with --model, or"
            " leave --embeddings out."
        )
    if store is not None and learned is not None and store_hash(store) != learned.sha256:
        raise InputError(
            f"The store {store} is of another encoder or other settings than {learned.name}, which"
            " the model learned from; embed the songs as that one was."
        )


def embeddings_of(rows: Sequence[SongScores], store: Path | None) -> Floats | None:
    """Return embeddings (n_songs, d) from a store that calls songs by path, name or stem."""
    if store is None:
        return None
    names = [str(row.path) for row in rows]
    wanted = [(name, Path(name).name, Path(name).stem) for name in names]
    flat = list(dict.fromkeys(name for three in wanted for name in three))
    found = dict(zip(flat, mean_embeddings(store, flat), strict=True))
    return np.stack(
        [
            next((found[n] for n in three if not np.isnan(found[n]).any()), found[three[0]])
            for three in wanted
        ]
    )


def _group_names(manifest: Path, column: str) -> dict[str, str]:
    """Return groups by full path, and by file name where only one row has it."""
    records = read_table(manifest, "a manifest")
    known = list(records[0]) if records else []
    where = next((name for name in ("path", "file") if name in known), None)
    if where is None:
        raise InputError(f"Expected a column path in {manifest}, got {', '.join(known) or 'none'}.")
    if column not in known:
        raise InputError(f"{manifest} has no column '{column}'; {nearest(column, known)}")
    found: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    for record in records:
        if record.get(where) is None or record.get(column) is None:
            continue
        path, group = Path(str(record[where])), str(record[column])
        for place in (path, manifest.parent / path):
            found[str(place.resolve())] = group
        names.setdefault(path.name, set()).add(group)
    return found | {name: next(iter(one)) for name, one in names.items() if len(one) == 1}
