"""Comparing and ranking songs, for every judge that gives rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.judging.comparison import SURE, Comparison, compare_rows
from plaudit.judging.feed import PathLike
from plaudit.judging.ranking import RankedSong, rank_rows
from plaudit.judging.record import SongScores
from plaudit.model.preference import Preference


class Ruling(ABC):
    """What a judge says of several songs, from the row of each."""

    @property
    @abstractmethod
    def coverage(self) -> float | None:
        """Stated coverage of the intervals; None for a judge without any."""

    @abstractmethod
    def _row(self, song: PathLike) -> SongScores:
        """Return the row of a file; `PlauditError` if it cannot be judged."""

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
            Who made the songs, for a model with anchors; None where it is not known.
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
        a, b = (
            song if isinstance(song, SongScores) else self._row(song) for song in (first, second)
        )
        return compare_rows(
            a,
            b,
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
    ) -> list[RankedSong]:
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
        list of RankedSong
            See `plaudit.judging.ranking`.

        Raises
        ------
        PlauditError
            A song could not be judged; `stream` goes on where one cannot, and gives rows to rank.
        """
        rows = [song if isinstance(song, SongScores) else self._row(song) for song in songs]
        return rank_rows(
            rows,
            coverage=self.coverage,
            by=by,
            keep=keep,
            groups=groups,
            preference=model,
            embeddings=embeddings,
            sure=sure,
        )
