"""A judge: songs in, scores out. Every number Plaudit prints is made here.

The main path for one song: segments (`plaudit.audio`) -> layer means (`plaudit.encoders`) ->
mix, pooling, heads (`plaudit.model`) -> `SongScores`. Songs are scored one by one and segments in
batches that depend on the song alone, so order and company never change a number.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeGuard, overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from plaudit.audio.errors import SilentError
from plaudit.audio.segment import Segment
from plaudit.core.axes import AXIS
from plaudit.core.choice import Precision
from plaudit.core.errors import InputError, PlauditError
from plaudit.core.note import Note
from plaudit.encoders.promise import Encoder
from plaudit.judging.comparison import SURE, Comparison, compare_rows
from plaudit.judging.feed import Known, SongFeed, Source, failure_note, read_ahead
from plaudit.judging.interval import half_widths
from plaudit.judging.ranking import RankedSong, rank_rows
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores, Span
from plaudit.model.card import Card
from plaudit.model.folder import judge_hash
from plaudit.model.network import Network, SongOutput
from plaudit.model.pooling import segment_weights
from plaudit.model.preference import Preference

PathLike = str | os.PathLike[str]
Paths = list[Path] | list[str] | list[PathLike] | tuple[PathLike, ...]


class Judge:
    """An encoder, the network after it, and the card that says what they are.

    Made by `plaudit.load_judge`.

    Parameters
    ----------
    card : Card
        What the judge is.
    network : Network
        Layer mix, pooling and heads, in evaluation mode.
    encoder : Encoder
        What hears the segments.
    """

    def __init__(self, card: Card, network: Network, encoder: Encoder) -> None:
        self.card = card
        self.id = JudgeId(name=card.name, version=card.version, hash=judge_hash(card))
        self.axes = card.recipe.heads.axes
        self._network = network
        self._encoder = encoder

    @property
    def precision(self) -> Precision:
        """Precision really in use: "exact" or "fast"."""
        return self._encoder.precision

    @property
    def device(self) -> str:
        """Device the encoder runs on."""
        return self._encoder.device

    @overload
    def score(self, song: PathLike, *, timeline: bool = True) -> SongScores: ...
    @overload
    def score(self, song: ArrayLike, sample_rate: int, *, timeline: bool = True) -> SongScores: ...
    @overload
    def score(self, song: Paths, *, timeline: bool = True) -> list[SongScores | SongFailure]: ...

    def score(
        self,
        song: PathLike | ArrayLike | Paths,
        sample_rate: int | None = None,
        *,
        timeline: bool = True,
    ) -> SongScores | list[SongScores | SongFailure]:
        """Score a file, an array of samples, or a list of files.

        Parameters
        ----------
        song : path, array or list of paths
            A file; or samples, shape (n_samples,) or (n_channels, n_samples), in [-1, 1]; or
            several files.
        sample_rate : int, optional
            Rate of an array in Hz; required with an array, refused with a path.
        timeline : bool, default True
            Whether rows hold the scores of each segment. A song whose last segment is padded is
            then heard for one more segment: the last full one takes its place in the timeline.

        Returns
        -------
        SongScores or list of SongScores and SongFailure
            One row for one song. For a list one row each, in order: a bad file gives a
            `SongFailure` in its place and the others go on.

        Raises
        ------
        PlauditError
            A single song could not be judged; the class and the sentence say why.
        """
        if _is_path(song):
            if sample_rate is not None:
                raise InputError("A file knows its own sample rate; leave out sample_rate.")
            return self._one(Path(song), timeline=timeline)
        if isinstance(song, list | tuple) and all(_is_path(one) for one in song):
            return list(self.stream([Path(one) for one in song], timeline=timeline))
        if sample_rate is None:
            raise InputError("An array of samples needs its rate: judge.score(array, 44100).")
        return self._one((np.asarray(song), sample_rate), timeline=timeline)

    def stream(
        self,
        songs: Iterable[PathLike],
        *,
        readers: int | None = None,
        known: Known | None = None,
        timeline: bool = True,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield one row per file, in order, as soon as each is judged.

        Parameters
        ----------
        songs : iterable of path
            Files; a generator is read only a little ahead.
        readers : int, optional
            Files decoded at a time; by default one per core, up to 16, and at most 2 on a CPU
            that has to run the encoder as well.
        known : callable, optional
            Given the SHA-256 of a file, returns its row if it was judged before, else None; such
            a file is not judged again.
        timeline : bool, default True
            As for `score`.

        Yields
        ------
        SongScores or SongFailure
            A bad file never stops the ones after it.
        """
        cores = os.cpu_count() or 1
        most = 2 if self._encoder.device == "cpu" else 16
        feeds = read_ahead(
            (Path(song) for song in songs),
            self._encoder.spec.sample_rate,
            self.card.recipe.segment,
            readers=readers or min(cores, most),
            known=known,
        )
        for feed in feeds:
            name = str(feed.source)
            try:
                yield self._judge(feed, name, timeline=timeline)
            except (PlauditError, OSError) as error:
                yield SongFailure(path=name, error=failure_note(error))

    def compare(
        self,
        first: PathLike | SongScores,
        second: PathLike | SongScores,
        *,
        model: Preference | None = None,
        embeddings: NDArray[np.float64] | None = None,
        sure: float = SURE,
    ) -> Comparison:
        """Say which of two songs people prefer.

        Parameters
        ----------
        first, second : path or SongScores
            Files, or rows of this judge.
        model : Preference, optional
            A fitted model of preference (`plaudit.model.preference.load_preference`).
        embeddings : ndarray of float64, (2, d), optional
            Of both songs, for a model that reads them (`plaudit.embeddings.store.mean`).
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
            song if isinstance(song, SongScores) else self.score(song, timeline=False)
            for song in (first, second)
        )
        return compare_rows(
            a,
            b,
            coverage=self._coverage,
            preference=model,
            embeddings=embeddings,
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
        rows = [
            song if isinstance(song, SongScores) else self.score(song, timeline=False)
            for song in songs
        ]
        return rank_rows(
            rows,
            coverage=self._coverage,
            by=by,
            keep=keep,
            groups=groups,
            preference=model,
            embeddings=embeddings,
            sure=sure,
        )

    @property
    def _coverage(self) -> float | None:
        return None if self.card.interval is None else self.card.interval.coverage

    def _one(self, source: Source, *, timeline: bool) -> SongScores:
        feeds = read_ahead(
            [source], self._encoder.spec.sample_rate, self.card.recipe.segment, readers=1
        )
        name = str(source) if isinstance(source, Path) else None
        return next(self._judge(feed, name, timeline=timeline) for feed in feeds)

    def _judge(self, feed: SongFeed, name: str | None, *, timeline: bool) -> SongScores:
        means: list[NDArray[np.float32]] = []
        heard: list[Segment] = []
        batch: list[Segment] = []

        def encode() -> None:
            if batch:
                means.append(self._encoder.encode(np.stack([s.samples for s in batch])))
                # Samples are dropped as soon as they are heard: a long song needs no more memory.
                heard.extend(
                    Segment(s.start_s, s.end_s, np.empty(0, np.float32), s.music_s) for s in batch
                )
                batch.clear()

        for segment in feed:
            batch.append(segment)
            if len(batch) == self._encoder.batch_size:
                encode()
        encode()
        if feed.known_row is not None:
            return feed.known_row.model_copy(update={"path": name})
        known = feed.heard
        assert known is not None  # noqa: S101 - set before the feed ends
        if known.silent and self.card.recipe.silence == "refuse":
            raise SilentError(
                f"{name or 'The array'} is silent from beginning to end, and judge"
                f" '{self.card.name}' never learned what silence is worth; check the file."
            )
        recipe = self.card.recipe
        weights = segment_weights(
            recipe.prior if recipe.pooling == "attention" else recipe.pooling,
            [s.end_s - s.start_s for s in heard],
            [s.music_s for s in heard],
        )
        out = self._network.score(torch.tensor(np.concatenate(means)), weights)
        return SongScores(
            path=name,
            sha256=feed.sha256,
            judge=self.id,
            precision=self._encoder.precision,
            duration_s=known.duration_s,
            scores=self._scores(out),
            warnings=(*known.warnings, *self._doubts(out)),
            timeline=self._timeline(heard, out, known.last_window) if timeline else None,
        )

    def _scores(self, out: SongOutput) -> dict[str, Score]:
        values = dict(zip(self.axes, out.song.tolist(), strict=True))
        bad = [axis for axis, value in values.items() if not np.isfinite(value)]
        if bad:
            raise InputError(f"The judge gave no finite number for {', '.join(bad)}.")
        width = half_widths(self.card.interval, self.axes, out.spread)
        if width is None:
            return {axis: Score(value=value) for axis, value in values.items()}
        return {
            axis: Score(
                value=value,
                low=max(AXIS[axis].low, value - width[axis]),
                high=min(AXIS[axis].high, value + width[axis]),
            )
            for axis, value in values.items()
        }

    def _doubts(self, out: SongOutput) -> tuple[Note, ...]:
        """Say so when the judge abstains, or the song lies outside what it learned from."""
        return (*self._abstentions(out), *self._unfamiliar(out))

    def _abstentions(self, out: SongOutput) -> tuple[Note, ...]:
        interval = self.card.interval
        width = half_widths(interval, self.axes, out.spread)
        if interval is None or width is None:
            return ()
        limits = interval.abstain_above
        wide = [axis for axis in self.axes if width[axis] > limits.get(axis, np.inf)]
        if not wide:
            return ()
        message = (
            f"The judge abstains on {', '.join(wide)}: its interval there is wider than its card"
            " allows. The value is its best guess, not a judgement."
        )
        return (Note(type="abstains", message=message),)

    def _unfamiliar(self, out: SongOutput) -> tuple[Note, ...]:
        known = self.card.familiarity
        distance = float(out.embedding.square().mean().sqrt())
        if known is None or distance <= known.limit:
            return ()
        message = (
            f"It sounds unlike the songs this judge learned from: its distance is {distance:.2f},"
            f" and {known.coverage:.0%} of those lie within {known.limit:.2f}."
            " Take its scores here as guesses."
        )
        return (Note(type="unfamiliar", message=message),)

    def _timeline(
        self, heard: list[Segment], out: SongOutput, last_window: Segment | None
    ) -> tuple[Span, ...]:
        """Return the scores of each segment; padding is not heard where the song fills a window."""
        rows = out.segments.tolist()
        if last_window is not None:
            # Encoded alone: in a batch with others it could move the last digit of their scores.
            means = self._encoder.encode(last_window.samples[np.newaxis])
            alone = self._network.score(torch.tensor(means), torch.ones(1))
            heard = [*heard[:-1], last_window]
            rows = [*rows[:-1], *alone.segments.tolist()]
        return tuple(
            Span(
                start_s=segment.start_s,
                end_s=segment.end_s,
                scores=dict(zip(self.axes, row, strict=True)),
            )
            for segment, row in zip(heard, rows, strict=True)
        )


def _is_path(value: object) -> TypeGuard[PathLike]:
    return isinstance(value, str | os.PathLike)
