"""One spelling for votes, times, prompts, ids and splits of all corpora."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BeforeValidator

from plaudit.core.outcome import Outcome
from plaudit.datasets.reading.row import Split

_VOTES: dict[str, Outcome] = {
    **dict.fromkeys(("a", "1", "model_a", "first"), Outcome.FIRST),
    **dict.fromkeys(("b", "2", "model_b", "second"), Outcome.SECOND),
    **dict.fromkeys(("tie", "both", "equal"), Outcome.TIE),
    **dict.fromkeys(("both_bad", "neither"), Outcome.NEITHER),
}
_SPLITS: dict[str, Split] = {
    "train": "train",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


def outcome_of(vote: object) -> Outcome | None:
    """Read a vote; `ValueError` if it is spelled in no known way: a vote is never guessed.

    Examples
    --------
    >>> outcome_of("BOTH_BAD").value, outcome_of("")
    ('neither', None)
    """
    text = "" if vote is None else str(vote).strip().lower()
    if not text:
        return None
    if text not in _VOTES:
        raise ValueError(f"expected a vote such as {', '.join(_VOTES)}, got {vote!r}")
    return _VOTES[text]


def moment_of(value: object) -> datetime | None:
    """Read ISO text, seconds since 1970, a date or a datetime, in UTC; empty is None.

    Text without a zone is taken as UTC. Anything else is a `ValueError`.

    Examples
    --------
    >>> moment_of("2024-05-12T16:51:35Z") == moment_of(1715532695)
    True
    """
    match value:
        case None | "":
            return None
        case datetime():
            moment = value
        case date():
            moment = datetime(value.year, value.month, value.day)
        case str():
            moment = datetime.fromisoformat(value)
        case int() | float() if not isinstance(value, bool):
            try:
                moment = datetime.fromtimestamp(value, UTC)
            except (OverflowError, OSError) as error:
                raise ValueError(f"expected seconds since 1970, got {value!r}") from error
        case _:
            raise ValueError(f"expected a date, got {value!r}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


OutcomeOf = Annotated[Outcome | None, BeforeValidator(outcome_of)]
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]


def prompt_key(*texts: str | None) -> str | None:
    """Return an id that equal prompts share, whatever their spaces and capitals.

    Examples
    --------
    >>> prompt_key("A slow Waltz ") == prompt_key("a slow  waltz")
    True
    """
    parts = [" ".join((text or "").casefold().split()) for text in texts]
    if not any(parts):
        return None
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


def song_id_of(name: str) -> str:
    """Return the id of a song: the name of its file without the suffix."""
    return str(PurePosixPath(name).with_suffix(""))


def split_of(word: str | None, path: Path) -> Split | None:
    """Return the split of a line, from its column or the name of its file."""
    for text in (word or "", path.stem):
        for name, split in _SPLITS.items():
            if name in text.lower():
                return split
    return None
