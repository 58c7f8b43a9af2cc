"""The shell of every page: one HTML file that works offline, from the files of a topic.

A topic has ``page.html.j2``, which fills the blocks of ``look/shell.html.j2``, ``page.css`` for
what is its own, and ``page.js`` if it has a script. A Content Security Policy allows these and
nothing else: no request leaves the page, and a script that a file name smuggles in would not run
even if escaping failed.
"""

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined


def html_page(
    topic: str, *, scripted: bool = False, sounding: bool = False, **values: object
) -> str:
    """Return a page as one HTML file, to be written as UTF-8.

    One that is ``scripted`` or ``sounding`` may play sounds that it holds.
    """
    environment = Environment(
        loader=PackageLoader("plaudit.reports", ""), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style = _read("look/shell.css") + _read(f"{topic}/page.css")
    script = _read(f"{topic}/page.js") if scripted else ""
    return environment.get_template(f"{topic}/page.html.j2").render(
        policy=_policy(style, script, sounding=scripted or sounding),
        style=style,
        script=script,
        **values,
    )


def _read(name: str) -> str:
    return resources.files("plaudit.reports").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str, *, sounding: bool) -> str:
    allowed = [f"style-src '{_digest(style)}'", "img-src data:"]
    if sounding:
        allowed.insert(1, "media-src data:")
    if script:
        allowed.insert(0, f"script-src '{_digest(script)}'")
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
