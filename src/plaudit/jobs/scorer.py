"""What a job needs of a judge that is opened already; `plaudit.judging.judge.Judge` has it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from plaudit.core.choice import Precision
from plaudit.judging.feed import Known
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.model.card import Card

MaxSeconds = Annotated[float | None, Field(gt=0)]
"""Longest song that a job takes, in seconds; a longer one becomes an error row. None: any."""


class Scorer(Protocol):
    """A judge at work: a server opens it once and hands it to every job."""

    card: Card
    id: JudgeId
    axes: tuple[str, ...]

    @property
    def precision(self) -> Precision:
        """Precision in use."""

    @property
    def device(self) -> str:
        """Device the encoder runs on."""

    def stream(
        self, songs: Iterable[Path | str], *, known: Known | None = None, timeline: bool = True
    ) -> Iterator[SongScores | SongFailure]:
        """Yield a row per file, in order."""
