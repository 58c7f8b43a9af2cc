"""A published judge at work: songs and their conditions in, rows out.

A song is read whole and judged alone, so that other songs never change a number.
"""

import torch

from plaudit.audio.errors import SilentError, TooLongError
from plaudit.audio.whole import WholeSong, read_whole, resampled
from plaudit.core.choice import Precision
from plaudit.encoders.device import whole_float32
from plaudit.judging.any_judge import AnyJudge
from plaudit.judging.feed import Source, source_digest
from plaudit.judging.given import Given
from plaudit.judging.record import Score, SongScores, Span
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.procedure import Conditions, Floats, Heard, PublishedModel, Samples

_MOST_S = 4 * 3600.0  # a song is held in memory: at 48 kHz, .7 GB an hour


class PublishedJudge(AnyJudge):
    """A judge that others published, and the card that says what it is.

    It takes conditions: a prompt, lyrics, a reference recording. ``max_seconds``: longest song
    taken, None for four hours.
    """

    card: PublishedCard

    def __init__(
        self,
        card: PublishedCard,
        model: PublishedModel,
        device: torch.device,
        max_seconds: float | None = None,
    ) -> None:
        super().__init__(card, max_seconds)
        self._model = model
        self._device = device

    @property
    def precision(self) -> Precision:
        """Precision in use, which is always "exact" (float32)."""
        return "exact"

    @property
    def device(self) -> str:
        """Device that it runs on."""
        return str(self._device)

    def _judged(self, source: Source, given: Given, *, timeline: bool) -> SongScores:
        song = self._read(source)
        if song.facts.silent:
            named = "The array" if isinstance(source, tuple) else source
            raise SilentError(
                f"{named} is silent from beginning to end, and judge '{self.card.name}' was not"
                " trained on silence; check the file."
            )
        reference = None
        if given.reference is not None:
            reference = self._samples(self._read(given.reference))
        conditions = Conditions(given.prompt, given.lyrics, reference)
        with whole_float32():
            heard = self._model.score(self._samples(song), conditions)
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
