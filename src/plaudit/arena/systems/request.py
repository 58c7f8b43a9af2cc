"""What a system is asked, and what it answers: the whole promise of a system.

A program reads one request as JSON on its standard input, writes a sound file at ``out``, and ends
with status 0; a last line of JSON on its standard output, such as ``{"cost": 0.04}``, goes to the
log of costs. An HTTP endpoint gets the same JSON (without ``out``) by POST and answers with the
bytes of a sound file; a header ``X-Cost`` goes to the log. Formats are those that Plaudit reads.
"""

from dataclasses import dataclass, field
from typing import Any

from plaudit.core.errors import InputError
from plaudit.core.settings import Record


class Request(Record):
    """One song that is asked for."""

    schema_version: int = 1
    system: str
    prompt_id: str
    prompt: str | None
    lyrics: str | None
    instrumental: bool | None
    duration_s: float
    seed: int
    out: str = ""  #: Path of the file that a program writes.


class GenerationError(InputError):
    """A system made no song; ``again`` says whether asking again may help."""

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True)
class Made:
    """What a system said of a song that it made."""

    cost: float | None = None  #: In its own currency.
    details: dict[str, Any] = field(default_factory=dict)
