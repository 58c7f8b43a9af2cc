"""What a job needs of a judge that is opened already; `plaudit.judging.judge.Judge` has it."""

from typing import Annotated, Protocol

from pydantic import Field

from plaudit.core.choice import Precision
from plaudit.judging.panel import Member

MaxSeconds = Annotated[float | None, Field(gt=0)]
"""Longest song that a job takes, in seconds; a longer one becomes an error row. None: any."""


class Scorer(Member, Protocol):
    """A judge at work: a server opens it once and hands it to every job."""

    axes: tuple[str, ...]

    @property
    def coverage(self) -> float | None:
        """Stated coverage of its intervals; None for a judge without any."""

    @property
    def precision(self) -> Precision:
        """Precision in use."""

    @property
    def device(self) -> str:
        """Device the encoder runs on."""
