"""``/login`` and ``/logout``: a key is given once, and a signed cookie stands for it on pages.

The cookie holds the id of the key, not the key; no script reads it, and no other site sends it.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from plaudit.server.access import COOKIE, SIGNED_IN_S, Server, key_of, too_often
from plaudit.server.pages.frame import page

router = APIRouter(include_in_schema=False)
_NEXT_CHARS = 64 * 1024  # the longest address that the server takes


@router.get("/login")
def login(request: Request, server: Server, next: str = "/") -> Response:
    """Ask for a key; on to the page that was wanted where none is needed."""
    if not server.keys or key_of(request, server) is not None:
        return RedirectResponse(_inside(next), 303)
    return _page(request, _inside(next))


@router.post("/login")
def give_key(
    request: Request,
    server: Server,
    key: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=_NEXT_CHARS)] = "/",
) -> Response:
    """Take a key, and give a cookie for it."""
    address = request.client.host if request.client else ""
    if not server.allowed(address, None):
        raise too_often()
    known = server.keyring.known(key.strip())
    if known is None:
        fault = "No key of this server is like that. Copy the whole key, or ask for a new one."
        return _page(request, _inside(next), fault, 403)
    answer = RedirectResponse(_inside(next), 303)
    answer.set_cookie(
        COOKIE,
        server.signer.dumps(known.id),
        max_age=SIGNED_IN_S,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
    return answer


@router.post("/logout")
def logout() -> Response:
    """Take the cookie back."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _inside(path: str) -> str:
    """Return a path of this server; ``/`` for anything that leads elsewhere."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"


def _page(request: Request, next: str, fault: str = "", status: int = 200) -> HTMLResponse:
    return page(request, "login.html.j2", status=status, next=next, fault=fault)
