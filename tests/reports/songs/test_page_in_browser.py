"""The HTML report in a real browser, opened from a file as its reader does."""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from plaudit.audio.preview import Preview
from plaudit.core.note import Note
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.reports.songs.page import song_page
from seen_page import Visiting, sideways
from short_tail import with_tail

pytestmark = pytest.mark.browser

# Text that ends beyond the side of the page, where no scroll bar shows it.
CUT_OFF = """[...document.querySelectorAll("main *, header *")].filter((node) => {
  const box = node.getBoundingClientRect();
  const seen = box.width > 1 && node.checkVisibility() && !node.closest(".scroll, .wide, svg");
  return seen && (box.right > document.documentElement.clientWidth + 1 || box.left < -1);
}).map((node) => node.outerHTML.slice(0, 80))"""
LONG = "A name without any place to break it" + "unbrokenly" * 30
ODD_NAMES = ("Night Bus", "أغنية المطر الطويلة", "静かな海の歌", LONG, "Ünïcödé 10", "Ünïcödé 9")


Html = Callable[..., str]


@pytest.fixture(scope="module")
def html(
    make_song: Callable[..., SongScores],
    make_card: Callable[..., Card],
    make_preview: Callable[..., Preview],
) -> Html:
    """Make a page with sound for its songs and one file that failed."""

    @cache
    def made(names: tuple[str, ...] = ODD_NAMES, *, n_segments: int = 4, audio: bool = True) -> str:
        notes = (Note(type="clipped", message=f"{names[0]} is clipped."),)
        length_s = 30.0 * (n_segments - 0.5)
        rows = [
            make_song(f"{name}.mp3", k, duration_s=length_s, warnings=() if k else notes)
            for k, name in enumerate(names)
        ]
        previews = {str(row.path): make_preview(length_s, 1, with_audio=audio) for row in rows[:2]}
        bad = SongFailure(path="bad.txt", error=Note(type="NotAudioError", message="It is text."))
        return song_page([*rows, bad], make_card(), {row: previews[row] for row in previews})

    return made


def order(page: Page) -> list[str]:
    return page.locator(".song .open").all_inner_texts()


def column(page: Page, n: int) -> list[float]:
    cells = page.locator(f".song .line td.score:nth-of-type({n})").all_inner_texts()
    return [float(re.findall(r"\d+\.\d+", cell)[0]) for cell in cells]


def head(page: Page, name: str) -> Locator:
    return page.locator("th").filter(has=page.get_by_role("button", name=name, exact=True))


def test_it_opens_without_a_request_or_a_complaint(html: Html, visit: Visiting) -> None:
    seen = visit(html())
    expect(seen.page.get_by_role("heading", level=1)).to_be_visible()
    for opener in seen.page.locator(".open").all():
        opener.click()
    expect(seen.page.locator(".sheet:visible")).to_have_count(6)
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in seen.requests if url.startswith("file:")]) == 1


def test_headings_sort_by_keyboard(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    assert head(page, "overall").get_attribute("aria-sort") == "descending"
    streams = page.get_by_role("button", name="streams", exact=True)
    streams.focus()
    page.keyboard.press("Enter")
    assert column(page, 3) == sorted(column(page, 3), reverse=True)
    assert head(page, "streams").get_attribute("aria-sort") == "descending"
    assert head(page, "overall").get_attribute("aria-sort") is None
    page.keyboard.press("Space")
    assert column(page, 3) == sorted(column(page, 3))
    assert head(page, "streams").get_attribute("aria-sort") == "ascending"
    expect(streams).to_be_focused()


def test_names_sort_as_people_count(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    page.get_by_role("button", name="song", exact=True).click()
    names = order(page)
    assert names.index("Ünïcödé 9") < names.index("Ünïcödé 10")
    page.get_by_role("button", name="song", exact=True).click()
    assert order(page) == names[::-1]


def test_a_song_opens_and_closes_by_keyboard(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    opener = page.get_by_role("button", name="Night Bus", exact=True)
    sheet = page.locator(".sheet:visible")
    opener.focus()
    assert opener.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    expect(sheet).to_contain_text("Night Bus is clipped.")
    expect(sheet.locator(".lane")).to_have_count(7)
    page.keyboard.press("Space")
    expect(sheet).to_have_count(0)
    page.locator(".line", has_text="Night Bus").locator(".length").click()  # the row, by mouse
    expect(sheet).to_have_count(1)


def test_the_waveform_is_a_slider_with_the_scores_of_its_place(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    page.get_by_role("button", name="Night Bus", exact=True).click()
    wave = page.get_by_role("slider", name="Position in Night Bus")
    assert page.locator(".opened .wave path").count() == 2
    wave.focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    assert wave.get_attribute("aria-valuenow") == "35"
    second = page.locator(".opened .numbers").first.locator("text").nth(1).text_content()
    assert page.locator(".opened .now").first.inner_text() == second
    assert f"0:35, streams {second}" in str(wave.get_attribute("aria-valuetext"))
    page.keyboard.press("End")
    assert page.locator(".opened .clock").inner_text() == "1:45"
    lane = page.locator(".opened .lane").nth(3)
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    assert box
    lane.click(position={"x": box["width"] / 3, "y": 20})
    assert wave.get_attribute("aria-valuenow") == "35"
    line = page.locator(".opened .head").bounding_box()
    assert line
    assert abs(line["x"] - (box["x"] + box["width"] / 3)) < 2


def test_it_plays_and_one_song_at_a_time(html: Html, visit: Visiting) -> None:
    seen = visit(html(("Night Bus", "Glass Harbour", "Mute")))
    page = seen.page
    for name in ("Night Bus", "Glass Harbour", "Mute"):
        page.get_by_role("button", name=name, exact=True).click()
    first, second = (
        page.locator(".song", has_text=name).locator("audio")
        for name in ("Night Bus", "Glass Harbour")
    )
    page.get_by_role("slider", name="Position in Night Bus").focus()
    page.keyboard.press("PageUp")  # seeking before anything was decoded
    page.get_by_role("button", name="Play Night Bus").click()
    expect(page.locator(".song", has_text="Night Bus").locator(".clock")).to_have_text("0:31")
    assert 31 <= float(first.evaluate("(audio) => audio.currentTime")) < 33
    page.get_by_role("button", name="Play Glass Harbour").click()
    expect(second).to_have_js_property("paused", False)
    expect(first).to_have_js_property("paused", True)
    page.get_by_role("button", name="Pause Glass Harbour").click()
    expect(second).to_have_js_property("paused", True)
    page.get_by_role("slider", name="Position in Glass Harbour").press("Space")
    expect(second).to_have_js_property("paused", False)
    page.get_by_role("button", name="Glass Harbour", exact=True).click()  # closing stops it
    expect(second).to_have_js_property("paused", True)
    expect(page.get_by_role("button", name="Play Mute")).to_have_count(0)
    assert seen.complaints == []


def test_the_filter_finds_names_without_accents(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    page.get_by_label("Filter by name").fill("UNICODE")
    expect(page.locator(".song:visible")).to_have_count(2)
    expect(page.locator("#shown")).to_have_text("2 of 6")
    page.get_by_label("Filter by name").fill("nothing like it")
    expect(page.get_by_text("No song has a name like this.")).to_be_visible()
    page.get_by_label("Filter by name").fill("")
    expect(page.locator(".song:visible")).to_have_count(6)


def test_a_file_name_is_never_a_program(html: Html, visit: Visiting) -> None:
    names = (
        "<img src=x onerror=window.hit=1>",
        "\"><svg onload='window.hit=1'>",
        "<\\script><!--<script>window.hit=1",
        "javascript:window.hit=1",
        "' onfocus=window.hit=1 autofocus='",
    )
    seen = visit(html(names))
    assert sorted(order(seen.page)) == sorted(names)
    for opener in seen.page.locator(".open").all():
        opener.click()
    assert seen.page.evaluate("window.hit") is None
    assert seen.page.locator("main img").count() == 0
    assert seen.complaints == []


def test_the_policy_holds_where_escaping_would_not(html: Html, visit: Visiting) -> None:
    smuggled = "<script>window.hit=1</script><img src=https://example.org/x onerror=window.hit=1>"
    seen = visit(html().replace("<main>", f"<main>{smuggled}"))
    expect(seen.page.locator("html.js")).to_have_count(1)
    assert seen.page.evaluate("window.hit") is None
    refused = " ".join(seen.complaints)
    assert "Executing inline script violates" in refused
    assert "example.org/x' violates" in refused


def test_nothing_hangs_over_the_side(html: Html, visit: Visiting) -> None:
    page = visit(html(), width=360).page
    widths = (360, 420, 600, 941, 1280)
    for opened in (False, True):
        for opener in page.locator(".open").all() if opened else ():
            opener.click()
        for width in widths[::-1] if opened else widths:
            page.set_viewport_size({"width": width, "height": 900})
            assert sideways(page) <= 0, width
            expect(page.get_by_role("button", name="streams", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_it_can_be_read_without_a_script(width: int, html: Html, visit: Visiting) -> None:
    page = visit(html(), width=width, javascript=False).page
    assert page.locator(".song .line").count() == 6
    texts = page.locator(".song td.overall .value").all_inner_texts()
    overall = [float(re.findall(r"\d+\.\d+", text)[0]) for text in texts]
    assert overall == sorted(overall, reverse=True)
    expect(page.locator(".song .strip").first).to_be_visible()
    expect(page.get_by_label("Filter by name")).to_be_hidden()
    expect(page.locator(".sheet:visible")).to_have_count(0)
    page.get_by_role("link", name="Night Bus", exact=True).click()
    expect(page.locator(".sheet:visible")).to_have_count(1)
    expect(page.locator("audio:visible")).to_have_count(1)
    assert sideways(page) <= 0


def test_with_hundreds_of_songs_sorting_moves_each_once(html: Html, visit: Visiting) -> None:
    def opened(n: int) -> tuple[Page, int]:
        names = tuple(f"song {k}" for k in range(n))
        page = visit(html(names, n_segments=7, audio=False)).page
        assert page.locator(".song").count() == n
        elements: int = page.evaluate("document.querySelectorAll('*').length")
        return page, elements

    _, few = opened(20)
    page, many = opened(200)
    assert many < 10 * few  # songs cost what they show, and nothing for each other song
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def layouts() -> float:
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "LayoutCount"))

    page.evaluate(
        """() => { window.moves = 0; new MutationObserver((all) => { for (const one of all)
        window.moves += one.addedNodes.length; }).observe(document, { childList: true,
        subtree: true }); }"""
    )
    head(page, "clarity").scroll_into_view_if_needed()
    before = layouts()
    page.get_by_role("button", name="clarity", exact=True).click()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("window.moves") == 200
    assert layouts() - before < 20  # one for each song would be 200


def test_dark_is_dark_and_motion_can_be_refused(html: Html, visit: Visiting) -> None:
    page = visit(html()).page

    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    def moving() -> bool:
        behaviour = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        return str(behaviour) != "auto"

    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    light = background()
    assert moving()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert background() != light
    assert not moving()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str, html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal, parametrized
    colours: dict[str, str] = page.evaluate(
        """() => { const style = getComputedStyle(document.documentElement);
        return Object.fromEntries(["paper", "well", "ink", "soft", "warn", "popularity",
          "aesthetics"].map((name) => [name, style.getPropertyValue("--" + name).trim()])); }"""
    )
    for ground in ("paper", "well"):
        for ink, least in (("ink", 7), ("soft", 4.5), ("warn", 4.5)):
            assert contrast(colours[ink], colours[ground]) >= least, ink
        for mark in ("popularity", "aesthetics"):
            assert contrast(colours[mark], colours[ground]) >= 3, mark


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two #rrggbb colours (WCAG 2.2), 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_headings_and_landmarks_are_in_order(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    levels = [
        int(tag[1])
        for tag in page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName)")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    for role in ("banner", "main", "contentinfo", "table"):
        assert page.get_by_role(role).count() >= 1
    rows = page.get_by_role("table", name="Scores of each song").get_by_role("row")
    assert rows.count() == 2 + 1 + 6
    assert page.get_by_role("rowheader", name="Night Bus").count() == 1


def test_it_prints_every_song(html: Html, visit: Visiting) -> None:
    page = visit(html()).page
    page.emulate_media(media="print")
    assert page.locator(".song .line:visible").count() == 6
    expect(page.get_by_label("Filter by name")).to_be_hidden()
    assert page.pdf(format="A4").count(b"/Type /Page\n") >= 1


@pytest.mark.parametrize("kind", ["tails", "one", "hundreds", "bad"])
def test_a_phone_shows_every_kind_of_page_whole(
    kind: str,
    make_song: Callable[..., SongScores],
    make_card: Callable[..., Card],
    visit: Visiting,
) -> None:
    n = {"tails": 6, "one": 1, "hundreds": 500, "bad": 0}[kind]
    names = (*ODD_NAMES, *(f"song {k}" for k in range(n)))[:n]
    rows: list[SongScores | SongFailure] = [
        with_tail(make_song(f"{name}.mp3", k, duration_s=120.0))
        if k < 6
        else make_song(f"{name}.mp3", k, timeline=False)
        for k, name in enumerate(names)
    ]
    bad = SongFailure(path=f"{LONG}.mp3", error=Note(type="NotAudioError", message="It is text."))
    page = visit(song_page([*rows, bad], make_card(), {}), width=390).page
    for opener in page.locator(".open").all()[:6]:
        opener.click()
    expect(page.locator(".sheet:visible")).to_have_count(min(n, 6))
    for width in (390, 420):
        page.set_viewport_size({"width": width, "height": 900})
        assert sideways(page) <= 0, width
        assert page.evaluate(CUT_OFF) == [], width
