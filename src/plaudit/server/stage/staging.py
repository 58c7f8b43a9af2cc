"""What every route of a listening test needs: its room, its languages, and who comes in."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Path, Request, Response
from itsdangerous import BadData, URLSafeSerializer
from limits.strategies import MovingWindowRateLimiter

from plaudit.arena.session.room import Room
from plaudit.server.access import too_often
from plaudit.server.limits import Limits
from plaudit.server.refusal import RefusalError
from plaudit.server.serving import Bounded, new_rate
from plaudit.server.stage.language import Language

COOKIE = "plaudit_voter"
_KEPT_S = 365 * 86_400


@dataclass
class Staging(Bounded):
    """One test at work; a route reaches it by `staging_of`."""

    room: Room
    languages: dict[str, Language]  #: By code; the first is the test's own.
    limits: Limits
    hosts: tuple[str, ...]  #: Names under which the server may be addressed.
    database: str | None = None  #: URL; SQLite in the test's folder without.
    rate: MovingWindowRateLimiter = field(default_factory=new_rate)

    @cached_property
    def signer(self) -> URLSafeSerializer:
        """Signs the cookie of a voter."""
        return URLSafeSerializer(self.room.secret, salt="voter")


class Visitor(NamedTuple):
    """What the cookie says; the server signed it, and no script reads it."""

    voter: str
    language: str
    checked: bool = False  #: Whether the page of the level check is behind them.


def staging_of(request: Request) -> Staging:
    """Return the test of a request."""
    staging: Staging = request.app.state.staging
    return staging


def visitor_of(request: Request) -> Visitor | None:
    """Return who comes, as far as a valid cookie says it; whether they are still known, ask."""
    try:
        values: Any = staging_of(request).signer.loads(request.cookies.get(COOKIE, ""))
        return Visitor(str(values["voter"]), str(values["language"]), bool(values["checked"]))
    except (BadData, KeyError, TypeError):
        return None


def give_cookie(request: Request, answer: Response, visitor: Visitor) -> None:
    """Let a browser keep who it is."""
    answer.set_cookie(
        COOKIE,
        str(staging_of(request).signer.dumps(visitor._asdict())),
        max_age=_KEPT_S,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",  # a link from a crowd platform has to find its voter again
    )


def take_cookie(answer: Response) -> None:
    """Let a browser forget who it is."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")


def known_visitor(request: Request) -> Visitor | None:
    """Return a voter who is still stored, and counts one request of theirs."""
    visitor = visitor_of(request)
    count_request(request, visitor)
    return visitor if visitor and staging_of(request).room.known(visitor.voter) else None


def count_request(request: Request, visitor: Visitor | None) -> None:
    """Refuse who asks too often: a voter, or an address without one."""
    address = request.client.host if request.client else ""
    if not staging_of(request).allowed(visitor.voter if visitor else address):
        raise too_often()


def _voter(request: Request) -> str:
    visitor = visitor_of(request)
    count_request(request, visitor)
    if visitor is None:
        raise RefusalError(401, "NoVoter", "Start on the first page, and allow its cookie.")
    return visitor.voter


Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Of a task or a side, as the room draws them."""
Stage = Annotated[Staging, Depends(staging_of)]
Voter = Annotated[str, Depends(_voter)]
"""The id of a voter whom a valid cookie names; the room says whether it knows them."""
Known = Annotated[Visitor | None, Depends(known_visitor)]
