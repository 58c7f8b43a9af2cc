"""The report on songs that several judges heard, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from plaudit.audio.preview import Preview
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.reports.songs.panel_page import panel_page
from seen_page import Visit, Visiting, opens_alone

pytestmark = pytest.mark.browser

A = JudgeId(name="first <b>", version="1", hash="a" * 64)
B = JudgeId(name="second", version="1", hash="b" * 64)


@pytest.fixture
def html(
    make_song: Callable[..., SongScores],
    make_card: Callable[..., Card],
    make_preview: Callable[..., Preview],
) -> str:
    """A page of two judges with both kinds of failure."""
    rows: list[SongScores | SongFailure] = []
    notes = (Note(type="odd", message="It is odd."),)
    for k in range(4):
        a = make_song(f"song {k}.mp3", k, timeline=False)
        scores = {**a.scores, "coherence": Score(value=1.5 + k / 10)}
        a = a.model_copy(update={"judge": A, "scores": scores, "warnings": notes if k == 1 else ()})
        b = make_song(f"song {k}.mp3", 90 + k, timeline=False)
        scores = {**b.scores, "coherence": Score(value=4.5 - k / 10)}
        b = b.model_copy(update={"judge": B, "sha256": a.sha256, "scores": scores})
        error = Note(type="InputError", message="It lacks a prompt.")
        rows += [a, SongFailure(path=a.path, judge=B, error=error) if k == 3 else b]
    broken = Note(type="NotAudioError", message="It is text.")
    rows += [SongFailure(path="bad.mp3", judge=judge, error=broken) for judge in (A, B)]
    cards = {
        A: make_card().model_copy(update={"name": A.name, "licence": "Licence of the first"}),
        B: make_card().model_copy(update={"name": B.name, "licence": "Licence of the second"}),
    }
    return panel_page(rows, cards, {"song 0.mp3": make_preview(95.0, 1)})


def names(seen: Visit) -> list[str]:
    return seen.page.locator(".song .open").all_inner_texts()


def test_it_opens_alone_and_fits(html: str, visit: Visiting) -> None:
    for width in (1280, 390):
        seen = visit(html, width=width)
        for opener in seen.page.locator(".open").all():
            opener.click()
        opens_alone(seen)
        wide = seen.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0


def test_columns_stand_below_their_judge_and_sort(html: str, visit: Visiting) -> None:
    seen = visit(html)
    groups = seen.page.locator(".groups th")
    assert groups.all_inner_texts() == ["first <b>", "second"]
    assert [group.get_attribute("colspan") for group in groups.all()] == ["7", "7"]
    heads = seen.page.get_by_role("button", name="coher", exact=True)
    expect(heads).to_have_count(2)
    heads.nth(0).click()
    assert names(seen) == [f"song {k}" for k in (3, 2, 1, 0)]
    heads.nth(1).click()  # the song that this judge could not judge comes last
    assert names(seen) == [f"song {k}" for k in (0, 1, 2, 3)]
    heads.nth(1).click()
    assert names(seen) == [f"song {k}" for k in (2, 1, 0, 3)]


def test_a_song_opens_to_its_sound_and_scores(html: str, visit: Visiting) -> None:
    seen = visit(html)
    seen.page.get_by_text("song 0", exact=True).click()
    sheet = seen.page.locator(".opened .sheet")
    expect(sheet.locator(".play")).to_be_visible()
    expect(sheet.locator(".wave svg.whole")).to_have_count(1)
    assert sheet.locator(".scores .whose").all_inner_texts() == ["first <b>", "second"]
    assert sheet.locator(".scores b").count() == 14
    seen.page.get_by_text("song 1", exact=True).click()
    expect(seen.page.get_by_text("first <b>: It is odd.")).to_be_visible()


def test_what_failed_and_the_licences_are_there(html: str, visit: Visiting) -> None:
    page = visit(html).page
    assert page.locator(".failures li b").all_inner_texts() == [
        "song 3 (second)", "bad (first <b>)", "bad (second)",
    ]  # fmt: skip
    expect(page.get_by_text("4 of 5 songs judged, 3 judgements failed")).to_be_visible()
    expect(page.get_by_text("Licence of the first")).to_be_visible()
    expect(page.get_by_text("Licence of the second")).to_be_visible()


def test_scores_are_named_on_a_phone(html: str, visit: Visiting) -> None:
    page = visit(html, width=390).page
    line = page.locator(".song .line").first
    assert line.locator(".whose:visible").all_inner_texts() == ["first <b>", "second"]
    expect(line.locator(".label:visible")).to_have_count(14)
