"""What songs are to answer, as requests give it and jobs keep it: texts, and a reference recording.

A job keeps conditions as plain values by their name; a reference stands there as its SHA-256, and
its bytes are those of a song of the same owner.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from plaudit.core.settings import Record, read_json
from plaudit.judging.given import NAMES, Given
from plaudit.model.published.card import PublishedCard
from plaudit.server.database.schema import LoadedJudge
from plaudit.server.refusal import RefusalError
from plaudit.server.serving import Serving


class Conditions(Record):
    """What a song is to answer; ``reference`` is the SHA-256 of a song that was sent."""

    prompt: str | None = None
    lyrics: str | None = None
    reference: str | None = None


def given_of(server: Serving, conditions: Conditions) -> dict[str, str]:
    """Return the conditions that were given, as a job keeps them; `RefusalError` for a long one."""
    values = {name: getattr(conditions, name) for name in NAMES}
    given = {name: text for name, text in values.items() if text is not None}
    for name, text in given.items():
        if len(text) > server.limits.text_chars:
            most = server.limits.text_chars
            raise RefusalError(413, "TooLong", f"The {name} may have at most {most} characters.")
    # PostgreSQL keeps no NUL in a text.
    return {name: text.replace("\0", "") for name, text in given.items()}


def digest_of(given: Mapping[str, str], conditions: Sequence[str]) -> str:
    """Return the digest of what a judge uses of conditions (`Given.digest`)."""
    named = Given(
        prompt=given.get("prompt"),
        lyrics=given.get("lyrics"),
        reference=Path("here") if "reference" in given else None,
    )
    return named.only(conditions).digest(given.get("reference"))


def conditions_of(judge: LoadedJudge) -> tuple[str, ...]:
    """Return the conditions that a judge can use."""
    return _card(judge).conditions if judge.published else ()


def check_needs(session: Session, judges: Sequence[str], given: Mapping[str, str]) -> None:
    """Refuse a judge that could judge no song, since it has not what it needs."""
    for name in judges:
        judge = session.get(LoadedJudge, name)
        if judge is None or not judge.published:  # or one that is still being loaded
            continue
        for need in _card(judge).needs:
            if need not in given:
                what = need if need == "lyrics" else f"a {need}"
                text = f"Judge '{name}' scores how a song answers {what}; give '{need}' too."
                raise RefusalError(422, "NoCondition", text)


def _card(judge: LoadedJudge) -> PublishedCard:
    return read_json(PublishedCard, judge.card, "a card")
