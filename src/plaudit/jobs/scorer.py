"""What a job needs of a judge that is opened already; `plaudit.judging.judge.Judge` has it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from plaudit.core.choice import Precision
from plaudit.judging.feed import Known
from plaudit.judging.given import Given
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard

MaxSeconds = Annotated[float | None, Field(gt=0)]
"""Longest song that a job takes, in seconds; a longer one becomes an error row. None: any."""


class Scorer(Protocol):
    """A judge at work: a server opens it once and hands it to every job."""

    id: JudgeId
    axes: tuple[str, ...]

    @property
    def card(self) -> Card | PublishedCard:
        """What it is."""

    @property
    def coverage(self) -> float | None:
        """Stated coverage of its intervals; None for a judge without any."""

    @property
    def precision(self) -> Precision:
        """Precision in use."""

    @property
    def device(self) -> str:
        """Device the encoder runs on."""

    def stream(
        self,
        songs: Iterable[Path | str],
        *,
        given: Sequence[Given] | None = None,
        known: Known | None = None,
        timeline: bool = True,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield a row per file, in order."""
