"""What every route needs of the server that runs: its database, folder, limits, judges."""

from dataclasses import dataclass, field
from functools import cached_property

from fastapi import Request
from itsdangerous import URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine

from plaudit.server.data_folder import DataFolder
from plaudit.server.database.keys import Keyring
from plaudit.server.limits import Limits


class Bounded:
    """What stands before any application: its limits, its names, and who asks how often."""

    limits: Limits
    hosts: tuple[str, ...]
    rate: MovingWindowRateLimiter

    def spent(self, who: str) -> bool:
        """Return whether somebody without a key has asked too often; nothing is counted."""
        return not self.rate.test(RateLimitItemPerMinute(self.limits.requests_per_minute), who)

    def allowed(self, who: str, per_minute: int | None = None) -> bool:
        """Count a request; return whether it is within its limit."""
        limit = RateLimitItemPerMinute(per_minute or self.limits.requests_per_minute)
        return self.rate.hit(limit, who)


def new_rate() -> MovingWindowRateLimiter:
    """Return counts of requests that begin at none."""
    return MovingWindowRateLimiter(MemoryStorage())


@dataclass
class Serving(Bounded):
    """One server at work; a route reaches it by `serving_of`."""

    engine: Engine
    folder: DataFolder
    limits: Limits
    judges: tuple[str, ...]  #: Names as the server was told them; the first is the default.
    keys: bool  #: Whether a request needs a key.
    hosts: tuple[str, ...]  #: Names under which the server may be addressed.
    fault: str = ""  #: Why nothing is judged any more.
    arriving: int = 0  #: Bytes of songs that are on their way in.
    streams: int = 0  #: Live streams of progress that are open.
    rate: MovingWindowRateLimiter = field(default_factory=new_rate)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys that open this server."""
        return Keyring(self.engine)

    @cached_property
    def signer(self) -> URLSafeTimedSerializer:
        """Signs the cookie that stands for a key."""
        return URLSafeTimedSerializer(self.folder.signing_secret(), salt="key")


def serving_of(request: Request) -> Serving:
    """Return the server of a request."""
    serving: Serving = request.app.state.serving
    return serving
