"""One reading of what corpora spell in many ways: votes, moments, prompts."""

import hashlib
from datetime import UTC, date, datetime

from plaudit.core.outcome import Outcome

_VOTES: dict[str, Outcome] = {
    **dict.fromkeys(("a", "1", "model_a", "first"), Outcome.FIRST),
    **dict.fromkeys(("b", "2", "model_b", "second"), Outcome.SECOND),
    **dict.fromkeys(("tie", "both", "equal"), Outcome.TIE),
    **dict.fromkeys(("both_bad", "neither"), Outcome.NEITHER),
}


def outcome_of(vote: object) -> Outcome | None:
    """Read a vote.

    Raises
    ------
    ValueError
        It is spelled in no known way: a vote is never guessed.

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
    """Read a moment.

    Parameters
    ----------
    value : object
        ISO text, seconds since 1970, a date or datetime; nothing at all is None.

    Returns
    -------
    datetime, optional
        In UTC; text without a zone is taken as UTC.

    Raises
    ------
    ValueError
        It is none of these.

    Examples
    --------
    >>> moment_of("2024-05-12T16:51:35Z") == moment_of(1715532695)
    True
    """
    match value:
        case None | "":
            return None
        case datetime():
            found = value
        case date():
            found = datetime(value.year, value.month, value.day)
        case str():
            found = datetime.fromisoformat(value)
        case int() | float() if not isinstance(value, bool):
            try:
                found = datetime.fromtimestamp(value, UTC)
            except (OverflowError, OSError) as error:
                raise ValueError(f"expected seconds since 1970, got {value!r}") from error
        case _:
            raise ValueError(f"expected a date, got {value!r}")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


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
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
