"""The summary page of a corpus in a real browser: on a desk and on a phone, by day and by night."""

from pathlib import Path
from typing import Literal

import pytest

from plaudit.jobs.synth.pages import write_pages
from seen_page import Visiting, fits, opens_alone
from small_corpus import write_corpus

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = write_corpus(tmp_path_factory.mktemp("corpus"), 12, 60, 6)
    write_pages(folder)
    return (folder / "summary.html").read_text(encoding="utf-8")


def test_it_opens_without_a_request_or_a_complaint(html: str, visit: Visiting) -> None:
    seen = visit(html)
    opens_alone(seen)
    assert seen.page.locator("svg.plot").count() > 15
    width = seen.page.locator(".sheet-of-songs img").evaluate("(image) => image.naturalWidth")
    assert width == 1161


def test_nothing_hangs_over_the_side(html: str, visit: Visiting) -> None:
    fits(visit(html).page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_follow_the_page(
    scheme: Literal["light", "dark"], html: str, visit: Visiting
) -> None:
    page = visit(html).page
    page.emulate_media(color_scheme=scheme)
    ink = page.evaluate("getComputedStyle(document.documentElement).color")
    soft = page.evaluate("getComputedStyle(document.querySelector('.lede')).color")
    fills = set(
        page.locator("svg.plot text").evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one).fill)"
        )
    )
    assert fills == {ink, soft}
    family = "getComputedStyle(document.querySelector('svg.plot text')).fontFamily"
    assert page.evaluate(family) == page.evaluate("getComputedStyle(document.body).fontFamily")


def test_every_colour_of_the_plots_is_one_of_the_page(html: str, visit: Visiting) -> None:
    page = visit(html).page
    page.emulate_media(color_scheme="dark")
    paint = "(all) => all.flatMap((one) => [one.getAttribute('fill'), one.getAttribute('stroke')])"
    written = set(page.locator("svg.plot *").evaluate_all(paint)) - {None, "none"}
    style = page.locator("style").first.text_content() or ""
    unmatched = {colour for colour in written if f'="{colour}"]' not in style}
    assert unmatched <= {"#ffffff"}


def test_chapters_can_be_reached(html: str, visit: Visiting) -> None:
    page = visit(html, width=390).page
    for link in page.locator("nav a").all():
        target = str(link.get_attribute("href"))
        assert page.locator(target).count() == 1
    assert page.get_by_role("img", name="Contact sheet").count() == 1
    for role in ("banner", "main", "contentinfo", "navigation"):
        assert page.get_by_role(role).count() == 1


def test_the_page_is_a_file_of_its_own(html: str, tmp_path: Path) -> None:
    assert len(html.encode()) < 4_000_000
    assert html.startswith("<!DOCTYPE html>")
