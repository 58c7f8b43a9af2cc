"""The judge promise: what every judge offers, whoever made it.

A judge scores songs one by one, so that order and company never change a number; it compares and
ranks by the rows that it gives. What one adds to this is in its own class: `judge.Judge` (an
encoder and a network of ours), `published.judge.PublishedJudge`, `ensemble.EnsembleJudge`.
"""

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.audio.shared import SharedSong
from plaudit.core.choice import Precision
from plaudit.core.errors import InputError
from plaudit.core.file import is_file
from plaudit.core.note import error_note
from plaudit.core.remote import fetched, is_url
from plaudit.judging.comparison import SURE, Comparison, compare_rows
from plaudit.judging.feed import (
    Known,
    OpenFile,
    PathLike,
    Source,
    copied,
    file_of,
    is_open,
    is_path,
    source_digest,
    source_of,
)
from plaudit.judging.find import find_songs
from plaudit.judging.given import NOTHING, Given, check_given
from plaudit.judging.panel import needed, usable
from plaudit.judging.ranking import RankedSong, rank_rows
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.judging.rows.sequence import Rows
from plaudit.model.card import Card
from plaudit.model.preference import Preference
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.folder import hash_of

Paths = list[Path] | list[str] | list[PathLike] | tuple[PathLike, ...]


class AnyJudge(ABC):
    """A judge, made by `plaudit.load_judge`; ``max_seconds`` is the longest song that it takes."""

    card: Card | PublishedCard

    def __init__(self, card: Card | PublishedCard, max_seconds: float | None) -> None:
        self.card = card
        self.id = JudgeId(name=card.name, version=card.version, hash=hash_of(card))
        self.axes = card.score_names
        self.max_seconds = max_seconds

    @property
    @abstractmethod
    def precision(self) -> Precision:
        """Precision really in use: "exact" (float32) or "fast"."""

    @property
    @abstractmethod
    def device(self) -> str:
        """Device that it runs on."""

    @property
    def coverage(self) -> float | None:
        """Stated coverage of its intervals; None for a judge without any."""
        return None

    @abstractmethod
    def _judged(self, source: Source, given: Given, *, timeline: bool) -> SongScores:
        """Return the row of a song, of which ``given`` was checked."""

    # No type tells a folder from a file: typed, a folder is given in a list.
    @overload
    def score(
        self, song: PathLike | OpenFile | bytes, *, given: Given = NOTHING, timeline: bool = True
    ) -> SongScores: ...
    @overload
    def score(
        self, song: ArrayLike, sample_rate: int, *, given: Given = NOTHING, timeline: bool = True
    ) -> SongScores: ...
    @overload
    def score(
        self, song: Paths, *, given: Given = NOTHING, timeline: bool = True
    ) -> Rows[SongScores | SongFailure]: ...

    def score(
        self,
        song: PathLike | OpenFile | ArrayLike | Paths,
        sample_rate: int | None = None,
        *,
        given: Given = NOTHING,
        timeline: bool = True,
    ) -> SongScores | Rows[SongScores | SongFailure]:
        """Score a file, a folder, an array of samples, an open file, or a list of files.

        Parameters
        ----------
        song : path, array, open file, bytes or list of paths
            A file; a folder, searched whole; samples, shape (n_samples,) or (n_channels,
            n_samples), in [-1, 1]; a file that is open for bytes (read from where it stands), or
            its bytes; or several files and folders.
        sample_rate : int, optional
            Rate of an array in Hz; required with an array, refused with a file.
        given : Given, optional
            Conditions of each song, for judges that use them.
        timeline : bool, default True
            Whether rows hold the scores of each segment or window. A judge that hears a song as a
            whole has one entry. Where a judge of segments pads the last one, it hears one segment
            more: the last full one takes its place in the timeline.

        Returns
        -------
        SongScores or Rows of SongScores and SongFailure
            One row for one song. For a list or a folder one row for each song, in order: a bad file
            gives a `SongFailure` in its place and the others go on.

        Raises
        ------
        PlauditError
            A single song could not be judged, or the judge cannot use what was given; the class
            and the sentence say why. A folder holds no songs.
        """
        folder = is_path(song) and _is_folder(song)
        if folder and sample_rate is not None:
            source_of(cast("PathLike", song), sample_rate)  # raises
        if folder or (isinstance(song, list | tuple) and all(map(is_path, song))):
            paths = _songs_of(cast("Paths", [song] if folder else song))
            return Rows(self.stream(paths, given=[given] * len(paths), timeline=timeline))
        self._check(given)
        if is_open(song):
            if sample_rate is not None:
                raise InputError("A file knows its own sample rate; leave out sample_rate.")
            with copied(song) as copy:
                row = self._judged(copy, given, timeline=timeline)
                return row.model_copy(update={"path": copy.shown})
        source = source_of(cast("PathLike | ArrayLike", song), sample_rate)
        with fetched(source) as here:
            return self._judged(here, given, timeline=timeline)

    def stream(
        self,
        songs: Iterable[PathLike],
        *,
        given: Sequence[Given] | None = None,
        known: Known | None = None,
        timeline: bool = True,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield one row per file, in order, as soon as each is judged.

        Parameters
        ----------
        songs : iterable of path
            Files; a generator is read only a little ahead.
        given : sequence of Given, optional
            Conditions of each song; none by default.
        known : callable, optional
            Given the SHA-256 of a file (and what it answers), returns its row if it was judged
            before, else None; such a file is not judged again.
        timeline : bool, default True
            As for `score`.

        Yields
        ------
        SongScores or SongFailure
            A bad file never stops the ones after it; nor does a song that lacks what the judge
            needs.

        Raises
        ------
        InputError
            The judge cannot use what was given.
        """
        for own in dict.fromkeys(given or ()):  # a wrong call is refused before any work
            check_given(self.card.name, usable(self), (), own)
        return self._rows(map(file_of, songs), given, known, timeline=timeline)

    def _rows(
        self,
        songs: Iterable[Path | SharedSong],
        given: Sequence[Given] | None,
        known: Known | None,
        *,
        timeline: bool,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield the rows of `stream`: here song by song."""
        for place, path in enumerate(songs):
            own = NOTHING if given is None else given[place]
            try:
                self._check(own)
                row = None
                with fetched(path) as here:
                    if known is not None and is_file(Path(os.fspath(here))):
                        row = known(source_digest(here) + own.digest())
                    if row is None:
                        row = self._judged(here, own, timeline=timeline)
                yield row.model_copy(update={"path": str(path)})
            except Exception as error:  # noqa: BLE001 - one song never ends a run
                yield SongFailure(path=str(path), error=error_note(error))

    def _check(self, given: Given) -> None:
        check_given(self.card.name, usable(self), needed(self), given)

    def _row(self, song: PathLike | SongScores) -> SongScores:
        return song if isinstance(song, SongScores) else self.score(song, timeline=False)

    def compare(
        self,
        first: PathLike | SongScores,
        second: PathLike | SongScores,
        *,
        model: Preference | None = None,
        embeddings: NDArray[np.float64] | None = None,
        systems: tuple[str | None, str | None] | None = None,
        sure: float = SURE,
    ) -> Comparison:
        """Compare two songs: which one people prefer.

        Parameters
        ----------
        first, second : path or SongScores
            Files, or rows of this judge.
        model : Preference, optional
            A fitted model of preference (`plaudit.model.preference.load_preference`).
        embeddings : ndarray of float64, (2, d), optional
            Of both songs, for a model that reads them (`plaudit.embeddings.store.mean`).
        systems : tuple of str, optional
            Systems of both songs, for a model with anchors; None where unknown.
        sure : float, default .75
            Chance in (.5, 1) from which on the judge can tell.

        Returns
        -------
        Comparison
            See `plaudit.judging.comparison`.

        Raises
        ------
        PlauditError
            A song could not be judged, or the model does not fit this judge.
        """
        return compare_rows(
            self._row(first),
            self._row(second),
            coverage=self.coverage,
            preference=model,
            embeddings=embeddings,
            systems=systems,
            sure=sure,
        )

    def rank(
        self,
        songs: Iterable[PathLike | SongScores],
        *,
        by: str = "preference",
        keep: int | None = None,
        groups: Sequence[str] | None = None,
        model: Preference | None = None,
        embeddings: NDArray[np.float64] | None = None,
        sure: float = SURE,
    ) -> Rows[RankedSong]:
        """Put songs in order, with the range of places each may have.

        Parameters
        ----------
        songs : iterable of path or SongScores
            Files, or rows of this judge.
        by, keep, groups : optional
            As in `plaudit.judging.ranking.rank_rows`.
        model : Preference, optional
            A fitted model of preference.
        embeddings : ndarray of float64, (n_songs, d), optional
            Of the songs, for a model that reads them.
        sure : float, default .75
            Chance in (.5, 1) from which on one song is surely better than another.

        Returns
        -------
        Rows of RankedSong
            See `plaudit.judging.ranking`.

        Raises
        ------
        PlauditError
            A song could not be judged; `stream` goes on where one cannot, and gives rows to rank.
        """
        ranked = rank_rows(
            [self._row(song) for song in songs],
            coverage=self.coverage,
            by=by,
            keep=keep,
            groups=groups,
            preference=model,
            embeddings=embeddings,
            sure=sure,
        )
        return Rows(ranked)


def _is_folder(path: PathLike) -> bool:
    return not isinstance(path, SharedSong) and not is_url(path) and os.path.isdir(path)  # noqa: PTH112 - never raises


def _songs_of(paths: Paths) -> list[PathLike]:
    """Return files as they are given, and the songs of each folder in its place."""
    note = logging.getLogger(__name__).info
    songs: list[PathLike] = []
    for path in paths:
        songs += find_songs([path], note, recursive=True) if _is_folder(path) else [path]
    return songs
