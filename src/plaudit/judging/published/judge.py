"""A published judge at work: songs and their conditions in, rows out.

A song is read whole and judged alone, so that other songs never change a number.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast, overload

import torch
from numpy.typing import ArrayLike

from plaudit.audio.errors import SilentError, TooLongError
from plaudit.audio.whole import WholeSong, read_whole, resampled
from plaudit.core.choice import Precision
from plaudit.core.file import is_file
from plaudit.core.note import error_note
from plaudit.judging.feed import Known, PathLike, Source, file_of, is_path, source_digest, source_of
from plaudit.judging.given import NOTHING, Given, check_given
from plaudit.judging.judge import Paths
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores, Span
from plaudit.judging.ruling import Ruling
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.folder import published_hash
from plaudit.model.published.procedure import Conditions, Floats, Heard, PublishedModel, Samples

_MOST_S = 4 * 3600.0  # a song is held in memory: at 48 kHz, .7 GB an hour


class PublishedJudge(Ruling):
    """A judge that others published, and the card that says what it is.

    Made by `plaudit.load_judge`. It scores, compares and ranks like `plaudit.judging.judge.Judge`,
    and takes conditions: a prompt, lyrics, a reference recording. ``max_seconds``: longest song
    taken, None for four hours.
    """

    def __init__(
        self,
        card: PublishedCard,
        model: PublishedModel,
        device: torch.device,
        max_seconds: float | None = None,
    ) -> None:
        self.card = card
        self.id = JudgeId(name=card.name, version=card.version, hash=published_hash(card))
        self.axes = tuple(axis.name for axis in card.axes)
        self.max_seconds = max_seconds
        self._model = model
        self._device = device

    @property
    def precision(self) -> Precision:
        """Precision in use, which is always "exact" (float32)."""
        return "exact"

    @property
    def device(self) -> str:
        """Device that it runs on."""
        return self._device.type

    @property
    def coverage(self) -> float | None:
        """None: no published judge states intervals."""
        return None

    @overload
    def score(
        self, song: PathLike, *, given: Given = NOTHING, timeline: bool = True
    ) -> SongScores: ...
    @overload
    def score(
        self, song: ArrayLike, sample_rate: int, *, given: Given = NOTHING, timeline: bool = True
    ) -> SongScores: ...
    @overload
    def score(
        self, song: Paths, *, given: Given = NOTHING, timeline: bool = True
    ) -> list[SongScores | SongFailure]: ...

    def score(
        self,
        song: PathLike | ArrayLike | Paths,
        sample_rate: int | None = None,
        *,
        given: Given = NOTHING,
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
        given : Given, optional
            What each song is to answer.
        timeline : bool, default True
            Whether rows hold the scores of each window; a judge that hears a song as a whole has
            none.

        Returns
        -------
        SongScores or list of SongScores and SongFailure
            One row for one song. For a list one row each, in order: a bad file gives a
            `SongFailure` in its place and the others go on.

        Raises
        ------
        PlauditError
            A single song could not be judged, or the judge cannot use what was given; the class
            and the sentence say why.
        """
        if isinstance(song, list | tuple) and all(map(is_path, song)):
            paths = [Path(path) for path in song]
            return list(self.stream(paths, given=[given] * len(paths), timeline=timeline))
        self._check(given)
        source = source_of(cast("PathLike | ArrayLike", song), sample_rate)
        return self._judged(source, given, timeline=timeline)

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
            Files.
        given : sequence of Given, optional
            What each song is to answer; nothing without.
        known : callable, optional
            Given the SHA-256 of a file, returns its row if it was judged before, else None; such
            a file is not judged again.
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
            check_given(self.card.name, self.card.conditions, (), own)
        for place, path in enumerate(map(file_of, songs)):
            own = NOTHING if given is None else given[place]
            try:
                self._check(own)
                row = None
                if known is not None and is_file(Path(path)):
                    row = known(source_digest(path) + own.digest())
                if row is None:
                    row = self._judged(path, own, timeline=timeline)
                yield row.model_copy(update={"path": str(path)})
            except Exception as error:  # noqa: BLE001 - one song never ends a run
                yield SongFailure(path=str(path), error=error_note(error))

    def _check(self, given: Given) -> None:
        check_given(self.card.name, self.card.conditions, self.card.needs, given)

    def _row(self, song: PathLike) -> SongScores:
        return self.score(song, timeline=False)

    def _judged(self, source: Source, given: Given, *, timeline: bool) -> SongScores:
        song = self._read(source)
        if song.facts.silent:
            named = "The array" if isinstance(source, tuple) else source
            raise SilentError(
                f"{named} is silent from beginning to end, and judge '{self.card.name}' never"
                " learned what silence is worth; check the file."
            )
        reference = None
        if given.reference is not None:
            reference = self._samples(self._read(given.reference))
        heard = self._model.score(
            self._samples(song), Conditions(given.prompt, given.lyrics, reference)
        )
        return SongScores(
            path=None if isinstance(source, tuple) else str(source),
            sha256=source_digest(source),
            judge=self.id,
            precision=self.precision,
            duration_s=song.facts.duration_s,
            scores={name: Score(value=v) for name, v in self._named(heard.scores).items()},
            warnings=song.facts.warnings,
            timeline=self._timeline(heard, song) if timeline else None,
            given=given if given.names else None,
        )

    def _timeline(self, heard: Heard, song: WholeSong) -> tuple[Span, ...]:
        windows = heard.windows or [(0.0, song.facts.duration_s, heard.scores)]
        return tuple(
            Span(start_s=start, end_s=end, scores=self._named(scores))
            for start, end, scores in windows
        )

    def _named(self, scores: Floats) -> dict[str, float]:
        return dict(zip(self.axes, map(float, scores), strict=True))

    def _read(self, source: Source) -> WholeSong:
        hearing = self._model.HEARING
        most = self.max_seconds or _MOST_S
        try:
            return read_whole(source, averaged=hearing.mono, least_s=hearing.least_s, max_s=most)
        except TooLongError as error:
            if self.max_seconds is not None:
                raise
            raise TooLongError(
                f"{error} Judge '{self.card.name}' holds a song in memory, so it takes four hours"
                " at most unless --max-seconds says otherwise."
            ) from error

    def _samples(self, song: WholeSong) -> Samples:
        hearing = self._model.HEARING
        return {
            rate: resampled(song.samples, song.sample_rate, rate, hearing.resampler)
            for rate in hearing.rates
        }
