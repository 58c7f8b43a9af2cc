"""Who asks, and what they may do: hosts, origins, rates, keys."""

from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import Depends, Request
from itsdangerous import BadData

from plaudit.server.database.keys import READ, SCORE, Known
from plaudit.server.database.schema import LOCAL
from plaudit.server.refusal import RefusalError
from plaudit.server.serving import Bounded, Serving, serving_of

SAFE = ("GET", "HEAD", "OPTIONS")
COOKIE = "plaudit_key"
SIGNED_IN_S = 30 * 86_400  # then the key is asked for again


class Caller(NamedTuple):
    """Who asks: the owner of what they send."""

    owner: str


def check_origin(request: Request, serving: Bounded) -> None:
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


def caller_of(request: Request) -> Caller:
    """Return who asks; `RefusalError` where they may not, or ask too often.

    What changes something takes the scope `SCORE`, all else `READ`.
    """
    return _caller(request, READ if request.method in SAFE else SCORE)


def reader_of(request: Request) -> Caller:
    """Return who asks by POST for what changes nothing."""
    return _caller(request, READ)


def _caller(request: Request, scope: str) -> Caller:
    serving = serving_of(request)
    address = request.client.host if request.client else ""
    if not serving.keys:
        if not serving.allowed(address, None):
            raise too_often()
        return Caller(LOCAL)
    if serving.spent(address):
        raise too_often()
    known = key_of(request, serving)
    if known is None:
        serving.allowed(address, None)  # counted, so that nobody tries keys for long
        raise _no_key(request)
    if not serving.allowed(known.id, known.per_minute):
        raise too_often()
    if scope not in known.scopes:
        text = f"This key has not the scope '{scope}'; ask for one that has."
        raise RefusalError(403, "NoScope", text)
    return Caller(known.id)


def check_visitor(request: Request) -> None:
    """Let anybody in who asks not too often; `RefusalError` otherwise."""
    address = request.client.host if request.client else ""
    if not serving_of(request).allowed(address, None):
        raise too_often()


def key_of(request: Request, serving: Serving) -> Known | None:
    """Return the key of a request: a token in a header, or the cookie that stands for one."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return serving.keyring.known(token.strip())
    try:
        key_id = serving.signer.loads(request.cookies.get(COOKIE, ""), max_age=SIGNED_IN_S)
    except BadData:
        return None
    return serving.keyring.by_id(str(key_id))


def too_often() -> RefusalError:
    """Return the refusal of somebody who asks too often."""
    return RefusalError(429, "TooOften", "Too many requests; wait a minute.", {"Retry-After": "60"})


def _no_key(request: Request) -> RefusalError:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        there = {"Location": f"/login?next={quote(request.url.path, safe='/')}"}
        return RefusalError(303, "NoKey", "Give your key on the page /login.", there)
    text = "Expected a key (Authorization: Bearer KEY); `plaudit keys add` makes one."
    return RefusalError(401, "NoKey", text, {"WWW-Authenticate": "Bearer"})


Asking = Annotated[Caller, Depends(caller_of)]
Reading = Annotated[Caller, Depends(reader_of)]
Visiting = Annotated[None, Depends(check_visitor)]
"""What is open to whoever has its address."""
Server = Annotated[Serving, Depends(serving_of)]
