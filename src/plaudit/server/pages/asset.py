"""Files that pages load: style, scripts, and the two libraries in ``assets/vendor``.

The list is closed, and each file is read once; its address carries its hash, so that a browser
keeps it until it changes.
"""

import hashlib
from functools import cache
from importlib import resources
from typing import NamedTuple

from fastapi import APIRouter, Response

from plaudit.server.refusal import not_found

router = APIRouter(include_in_schema=False)
_OWN = ("pages.css", "pages.js", "upload.js", "live.js", "player.js", "pair.js", "listen.js")
_VENDORED = ("htmx.min.js", "wavesurfer.min.js")
_STAGE = ("stage.css", "stage.js", "mixer.js", "transport.js", "task.js", "order.js", "check.js")
_FILES = {
    "shell.css": ("plaudit.reports", "look/shell.css"),
    "songs.css": ("plaudit.reports", "songs/page.css"),
    **{name: ("plaudit.server.pages", f"assets/{name}") for name in _OWN},
    **{name: ("plaudit.server.stage", f"assets/{name}") for name in _STAGE},
    **{name: ("plaudit.server.pages", f"assets/vendor/{name}") for name in _VENDORED},
}
_KEEP = "public, max-age=31536000, immutable"


class _Asset(NamedTuple):
    content: bytes
    digest: str


@cache
def _asset(name: str) -> _Asset:
    package, path = _FILES[name]
    content = resources.files(package).joinpath(path).read_bytes()
    return _Asset(content, hashlib.sha256(content).hexdigest()[:16])


def asset_url(name: str) -> str:
    """Return the address of a file that a page loads."""
    return f"/assets/{_asset(name).digest}/{name}"


@router.get("/assets/{digest}/{name}")
def asset(digest: str, name: str) -> Response:
    """Return a file that pages load; one of another version is not there."""
    if name not in _FILES or _asset(name).digest != digest:
        raise not_found("file")
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    return Response(_asset(name).content, media_type=kind, headers={"Cache-Control": _KEEP})
