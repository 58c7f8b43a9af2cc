"""Who comes in, and what is known of them: a random id, a language, keyed hashes; no address.

A hash is HMAC-SHA256 under the test's secret. Whoever has the database alone cannot tell whether an
address or a participant's name is in it, though there are few addresses.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import Deletion, Invitation, StoredEvent, StoredTask, Vote, Voter
from plaudit.arena.definition.record import People
from plaudit.arena.session.errors import NotFoundError, RefusedError
from plaudit.arena.session.record import Headphones
from plaudit.core.database import add_once

_HASH_BYTES = 16
_LONGEST_NAME = 200
_EVENT = ("key", "kind", "position_s", "at_ms", "received")


class Keyed:
    """Hashes and codes under a secret; each use has a name, so that none stands for another."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def digest(self, use: str, text: str) -> bytes:
        """Return 16 bytes that only the secret's owner can make of a text."""
        message = f"{use}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, message, hashlib.sha256)[:_HASH_BYTES]

    def hash(self, use: str, text: str) -> str:
        """Return `digest` in hexadecimal."""
        return self.digest(use, text).hex()

    def share(self, use: str, text: str) -> float:
        """Return a number in [0, 1) that looks drawn, and is the same at each call."""
        return int.from_bytes(self.digest(use, text)[:6], "big") / 2**48

    def completion_code(self, participant_hash: str) -> str:
        """Return what a crowd worker shows for having finished: ten letters and digits."""
        return base64.b32encode(self.digest("completion", participant_hash))[:10].decode()


def new_voter(
    session: Session,
    keyed: Keyed,
    people: People,
    *,
    language: str,
    terms: str,
    token: str | None,
    participant: str | None,
    address: str | None,
    now: float,
) -> str:
    """Let a person in; who comes again by the same invitation or name is the same voter.

    Raises
    ------
    RefusedError
        This door is closed in this test, or the token is none of its invitations.
    """
    values = {
        "id": secrets.token_hex(16),  # it is typed in commands, where a dash begins an option
        "created": now,
        "language": language,
        "terms": terms,
        "participant_hash": None,
        "address_hash": None if address is None else keyed.hash("address", address),
        "finished": None,
        "headphones": None,
    }
    if token is not None and people.invited:
        return _invited(session, keyed.hash("invitation", token), values)
    if participant is not None and people.participants:
        if not participant.strip() or len(participant) > _LONGEST_NAME:
            raise RefusedError("Expected the name of a participant in 1 to 200 letters.")
        values["participant_hash"] = known = keyed.hash("participant", participant.strip())
        add_once(session, Voter, kind="crowd", **values)
        query = select(Voter.id).where(Voter.participant_hash == known)
        return str(session.scalars(query).one())
    if not people.open:
        raise RefusedError(
            "This test is for people who were invited; use the address that you were sent."
        )
    session.add(Voter(kind="anonymous", **values))
    return str(values["id"])


def _invited(session: Session, token_hash: str, values: dict[str, object]) -> str:
    query = select(Invitation).where(Invitation.token_hash == token_hash).with_for_update()
    invitation = session.scalar(query)
    if invitation is None:
        raise RefusedError("The invitation is not known; use the whole address that you were sent.")
    if invitation.voter is None:
        session.add(Voter(kind="invited", **values))
        session.flush()
        invitation.voter = str(values["id"])
    return invitation.voter


def invite(session: Session, keyed: Keyed, n: int, now: float) -> list[str]:
    """Make invitations; return their tokens, which are kept nowhere."""
    tokens = [secrets.token_urlsafe(15) for _ in range(n)]
    for token in tokens:
        hashed = keyed.hash("invitation", token)
        session.add(Invitation(token_hash=hashed, created=now, voter=None))
    return tokens


def voter_row(session: Session, voter: str, *, held: bool = False) -> Voter:
    """Return a voter; ``held`` keeps others of this voter waiting until the transaction ends."""
    query = select(Voter).where(Voter.id == voter)
    found = session.scalar(query.with_for_update() if held else query)
    if found is None:
        raise NotFoundError("This voter is not known here; begin again at the first page.")
    return found


def note_headphones(session: Session, voter: str, outcome: Headphones) -> None:
    """Note whether a voter named the quietest tone; who skips later does not undo it."""
    person = voter_row(session, voter, held=True)
    if outcome != "skipped" or person.headphones is None:
        person.headphones = outcome


def forget(session: Session, voter: str, now: float) -> int:
    """Delete all that is stored of a voter; return how many votes that were.

    An invitation can be used again. That votes went is counted, without whose they were.
    """
    voter_row(session, voter, held=True)
    own = select(func.count()).select_from(Vote).join(StoredTask, StoredTask.id == Vote.task)
    n = session.scalar(own.where(StoredTask.voter == voter)) or 0
    session.execute(delete(Voter).where(Voter.id == voter))
    session.add(Deletion(at=now, votes=n))
    return n


def own(session: Session, voter: str, *, reveal: bool) -> dict[str, Any]:
    """Return all that is stored of a voter, as JSON has it.

    Systems and songs of a task stand in it once it has an answer, and only with ``reveal``: a look
    at one's data is no way around the blindness of the test.
    """
    person = voter_row(session, voter)
    query = select(StoredTask, Vote).outerjoin(Vote, Vote.task == StoredTask.id)
    rows = session.execute(query.where(StoredTask.voter == voter).order_by(StoredTask.place))
    tasks = []
    for task, vote in rows:
        shown = ("key", "label", "system", "song", "role") if vote and reveal else ("key", "label")
        events = session.scalars(select(StoredEvent).where(StoredEvent.task == task.id))
        tasks.append(
            {
                "task": task.id,
                "place": task.place,
                "made": task.made,
                "sides": [{name: side[name] for name in shown} for side in task.sides],
                "events": [{name: getattr(event, name) for name in _EVENT} for event in events],
                "received": vote and vote.received,
                "answer": vote and vote.answer,
                "listening": vote and vote.listening,
            }
        )
    kept = {name.key: getattr(person, name.key) for name in Voter.__table__.columns}
    return {**kept, "tasks": tasks}
