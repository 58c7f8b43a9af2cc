"""API keys: made, listed, revoked, and told apart from any other text.

A key is ``plaudit_ID_SECRET``. The secret is random, shown once, and kept as an argon2 hash alone.
A hash costs 50 ms and 64 MB by design, so one is computed at a time, and a key that was right is
remembered, by its SHA-256 and in memory, for `REMEMBERED_S`.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, or_, select

from plaudit.core.database import reading, writing
from plaudit.core.errors import InputError
from plaudit.server.database.schema import Key

READ, SCORE = "read", "score"
SCOPES = (READ, SCORE)
"""What a key allows: to see what its owner has; to send, cancel and remove."""

REMEMBERED_S = 10.0
"""For this long a key that was revoked may still be taken."""

_MARK = "plaudit"
_ID_CHARS = 12
_SECRET_CHARS = 64


class Known(NamedTuple):
    """A key that is valid; what it sends belongs to ``owner``."""

    id: str
    owner: str
    scopes: tuple[str, ...]
    per_minute: int | None


class KeyRow(NamedTuple):
    """A key as it is listed."""

    id: str
    owner: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int | None
    created: float
    revoked: float | None


def add_key(
    engine: Engine,
    name: str,
    scopes: Sequence[str] = SCOPES,
    per_minute: int | None = None,
    owner: str | None = None,
) -> str:
    """Make a key and return it whole, this once; it sees what an ``owner`` has, or its own.

    Raises
    ------
    InputError
        A key of that name is in force.
    """
    key_id, secret = secrets.token_hex(_ID_CHARS // 2), secrets.token_hex(_SECRET_CHARS // 2)
    with writing(engine) as session:
        taken = select(Key.id).where(Key.name == name, Key.revoked.is_(None))
        if session.scalar(taken) is not None:
            raise InputError(f"There is a key '{name}' already; revoke it or give another name.")
        session.add(
            Key(
                id=key_id,
                owner=owner,
                name=name,
                secret=PasswordHasher().hash(secret),
                scopes=list(dict.fromkeys(scopes)),
                per_minute=per_minute,
                created=time.time(),
                revoked=None,
            )
        )
    return f"{_MARK}_{key_id}_{secret}"


def keys(engine: Engine) -> list[KeyRow]:
    """Return all keys, oldest first."""
    with reading(engine) as session:
        return [_listed(key) for key in session.scalars(select(Key).order_by(Key.created, Key.id))]


def any_key(engine: Engine) -> bool:
    """Return whether a key is in force."""
    return any(key.revoked is None for key in keys(engine))


def revoke_key(engine: Engine, which: str) -> KeyRow:
    """Revoke a key by its name or id; `InputError` where none in force has it."""
    with writing(engine) as session:
        named = select(Key).where(or_(Key.id == which, Key.name == which), Key.revoked.is_(None))
        key = session.scalar(named)
        if key is None:
            raise InputError(f"No key '{which}' is in force; `plaudit keys list` names them.")
        key.revoked = time.time()
        return _listed(key)


def _listed(key: Key) -> KeyRow:
    owner, scopes = key.owner or key.id, tuple(key.scopes)
    return KeyRow(key.id, owner, key.name, scopes, key.per_minute, key.created, key.revoked)


def find_key(engine: Engine, which: str, *, revoked: bool = False) -> KeyRow:
    """Return a key by its name or id, among those in force or all.

    Raises
    ------
    InputError
        There is none, or several have the name.
    """
    found = [
        key
        for key in keys(engine)
        if which in (key.id, key.name) and (revoked or key.revoked is None)
    ]
    if not found:
        kind = "" if revoked else " in force"
        raise InputError(f"There is no key '{which}'{kind}; `plaudit keys list` names them.")
    if len(found) > 1:
        ids = ", ".join(key.id for key in found)
        raise InputError(f"{len(found)} keys have the name '{which}'; give one of the ids: {ids}.")
    return found[0]


class Keyring:
    """Tells valid keys from any other text, and remembers them for a short time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hasher, self._one_at_a_time = PasswordHasher(), threading.Lock()
        self._remembered: dict[str, tuple[float, Known]] = {}

    def known(self, token: str) -> Known | None:
        """Return the key that a token is; None for a wrong or revoked one."""
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
        return self._recall(digest) or self._verified(token, digest)

    def by_id(self, key_id: str) -> Known | None:
        """Return the key of an id that was signed here; None for a revoked one."""
        if (known := self._recall(key_id)) is None:
            found = self._find(key_id)
            known = None if found is None else self._remember(key_id, found[0])
        return known

    def _verified(self, token: str, digest: str) -> Known | None:
        mark, _, rest = token.partition("_")
        key_id, _, secret = rest.partition("_")
        if (mark, len(key_id), len(secret)) != (_MARK, _ID_CHARS, _SECRET_CHARS):
            return None
        if not (key_id + secret).isalnum() or (found := self._find(key_id)) is None:
            return None
        with self._one_at_a_time:
            # Whoever waited may find it remembered.
            if (known := self._recall(digest)) is not None:
                return known
            try:
                self._hasher.verify(found[1], secret)
            except (VerificationError, InvalidHashError):
                return None
            return self._remember(digest, found[0])

    def _find(self, key_id: str) -> tuple[Known, str] | None:
        with reading(self._engine) as session:
            key = session.scalar(select(Key).where(Key.id == key_id, Key.revoked.is_(None)))
            if key is None:
                return None
            row = _listed(key)
            return Known(row.id, row.owner, row.scopes, row.per_minute), key.secret

    def _recall(self, text: str) -> Known | None:
        until, known = self._remembered.get(text, (0.0, None))
        return known if time.monotonic() < until else None

    def _remember(self, text: str, known: Known) -> Known:
        self._remembered[text] = (time.monotonic() + REMEMBERED_S, known)
        return known
