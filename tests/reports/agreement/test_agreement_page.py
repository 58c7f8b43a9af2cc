"""The page on how far judges agree, in a real browser, and the same as text."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from plaudit.audio.preview import Preview
from plaudit.judging.agreement import Agreement, agreement_of
from plaudit.judging.record import JudgeId, Score, SongScores
from plaudit.reports.agreement.page import agreement_page
from plaudit.reports.agreement.text import agreement_text
from seen_page import WIDTHS, Visiting, opens_alone, sideways

JUDGES = [JudgeId(name=name, version="1", hash=name[0] * 64) for name in ("<i>a", "bee", "cee")]


@pytest.fixture
def agreement() -> Agreement:
    places = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [9, 2, 3, 4, 5, 6, 7, 8, 1], [3, 1, 2, 4, 5, 9, 8, 7, 6]]
    return agreement_of([
        SongScores(path=f"songs/{k}.mp3", sha256=f"{k:064x}", judge=judge, precision="exact",
                   duration_s=95.0, scores={"preference": Score(value=float(value))})
        for judge, values in zip(JUDGES, places, strict=True)
        for k, value in enumerate(values)
    ])  # fmt: skip


@pytest.mark.browser
def test_it_shows_pairs_and_plays_each_song_once(
    agreement: Agreement, visit: Visiting, make_preview: Callable[..., Preview]
) -> None:
    previews = {f"songs/{k}.mp3": make_preview(95.0, 1) for k in range(8)}
    seen = visit(agreement_page(agreement, previews))
    opens_alone(seen)
    page = seen.page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert sideways(page) <= 0, width
    expect(page.get_by_role("heading", name="<i>a 1 and bee 1")).to_be_visible()
    shown = {song.path for pair in agreement.pairs for song in pair.disagreements}
    players = page.locator("audio")
    assert players.count() == len(shown - {"songs/8.mp3"})
    expect(page.get_by_text("Its sound is not in this page").first).to_be_visible()
    page.get_by_role("link", name="Its player is above.").first.click()
    expect(page.locator("li:target audio")).to_have_count(1)
    players.first.evaluate("(one) => { one.muted = true; return one.play(); }")
    assert players.first.evaluate("(one) => one.duration") == pytest.approx(95.0, abs=0.5)
    assert seen.complaints == []


def test_audio_ends_where_the_room_of_the_page_ends(
    agreement: Agreement, make_preview: Callable[..., Preview]
) -> None:
    preview = make_preview(95.0, 1)
    previews = {f"songs/{k}.mp3": preview for k in range(9)}
    page = agreement_page(agreement, previews, audio_budget=2 * len(preview.mp3 or b""))
    assert page.count("data:audio/mpeg") == 2


def test_the_text_names_pairs_intervals_and_songs(agreement: Agreement) -> None:
    text = agreement_text(agreement)
    assert "How far 3 judges agree on 9 songs." in text
    assert "Main score of bee 1: preference." in text
    first = agreement.pairs[0].main
    assert f"main score  {first.value:.2f}  {first.low:.2f} to {first.high:.2f}  9 songs" in text
    assert "songs/0.mp3\n      <i>a 1: 1.00, place 9 of 9\n      bee 1: 9.00, place 1 of 9" in text
    assert text.count("They differ most on:") == 3
