"""The shell of a page: each topic brings its own files, and the policy allows nothing else."""

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from plaudit.reports.look.shell import html_page

REPORTS = Path(__file__).parents[3] / "src" / "plaudit" / "reports"
TOPICS = sorted(path.parent.name for path in REPORTS.glob("*/page.py"))


def test_there_are_pages_to_check() -> None:
    assert {"songs", "evaluation", "suites", "preference", "standings", "boards", "corpus"} <= set(
        TOPICS
    )


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fills_the_shell_and_has_a_style_of_its_own(topic: str) -> None:
    template = (REPORTS / topic / "page.html.j2").read_text(encoding="utf-8")
    assert template.startswith('{% extends "look/shell.html.j2" %}')
    assert "<head>" not in template
    shared = set(_rules(REPORTS / "look" / "shell.css"))
    assert not shared & set(_rules(REPORTS / topic / "page.css"))


def _rules(path: Path) -> list[str]:
    """Return the rules for all screens, a line each."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(".")]


def test_only_the_shell_and_pages_are_markup_or_style() -> None:
    files = {path.name for path in REPORTS.rglob("*") if path.suffix in {".j2", ".css", ".js"}}
    assert files == {
        "page.html.j2", "page.css", "page.js", "shell.html.j2", "shell.css", "parts.html.j2",
    }  # fmt: skip


def test_the_policy_allows_the_page_s_own_style_and_no_script() -> None:
    html = html_page(
        "corpus", title="A <b>", counts=[("1", "song & dance", "")], picture="", chapters=[]
    )
    assert "<title>A &lt;b&gt; - Plaudit</title>" in html
    assert "song &amp; dance" in html
    style = html.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    match = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert match
    assert unescape(match[1]) == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    assert "<script" not in html


def test_a_value_that_a_template_misses_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="counts"):
        html_page("corpus", title="A")
