"""Who asks, and what they may do: hosts, origins, rates, keys."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from plaudit.server.database.schema import LOCAL
from plaudit.server.refusal import RefusalError
from plaudit.server.serving import Serving, serving_of

SAFE = ("GET", "HEAD", "OPTIONS")


class Caller(NamedTuple):
    """Who asks: the owner of what they send."""

    owner: str


def check_origin(request: Request, serving: Serving) -> None:
    """Refuse a name that is not this server's, and a change that another site's page asks for.

    A page of any site can send a form to a server on this machine, or point a name of its own at
    it; the browser says which page it was.
    """
    host = request.headers.get("host", "")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if "*" not in serving.hosts and name not in serving.hosts:
        raise RefusalError(
            421, "WrongHost", "This server is not addressed by that name; see --host."
        )
    if request.method in SAFE:
        return
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    if (origin is not None and origin.split("://", 1)[-1] != host) or site in (
        "cross-site", "same-site",
    ):  # fmt: skip
        raise RefusalError(403, "CrossSite", "A page of another site may change nothing here.")


def check_visitor(request: Request) -> None:
    """Let anybody in who asks in the right way and not too often; `RefusalError` otherwise."""
    serving = serving_of(request)
    check_origin(request, serving)
    address = request.client.host if request.client else ""
    if not serving.allowed(address, None):
        raise RefusalError(
            429, "TooOften", "Too many requests; wait a minute.", {"Retry-After": "60"}
        )


def caller_of(request: Request) -> Caller:
    """Return who asks; `RefusalError` where they may not, or ask too often."""
    check_visitor(request)
    return Caller(LOCAL)


Asking = Annotated[Caller, Depends(caller_of)]
Visiting = Annotated[None, Depends(check_visitor)]
"""What is open to whoever has its address."""
Server = Annotated[Serving, Depends(serving_of)]
