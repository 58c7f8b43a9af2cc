"""The board of each kind of test in a real browser: at a desk and on a phone, by day and night."""

from collections.abc import Callable

import numpy as np
import pytest

from plaudit.arena.results.board import Answers, make_board
from plaudit.arena.results.record import TestFacts
from plaudit.arena.results.row import SongFact, VoteRow
from plaudit.arena.session.record import Kind
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.outcome import Outcome
from plaudit.reports.listening.page import listening_page
from seen_page import Visiting, fits, found_by_axe, opens_alone, plots_follow
from voting_rows import battle, honest, mushra, rating

LONG = "<b>a-name-of-a-system-without-a-space-in-it</b>" * 2
SIDES = (("hidden reference", "o", 98), ("anchor", "3.5 kHz", 20), ("contestant", LONG, 70))


def battles() -> list[VoteRow]:
    friend = [battle(k, "friend", Outcome.FIRST, ("gamma", "alpha")) for k in range(30)]
    return honest(8, 20, np.random.default_rng(0)) + friend


def ratings() -> list[VoteRow]:
    rng = np.random.default_rng(0)
    rows = [
        rating(f"v{v}", f"p{p}-{k}", name, f"p{p}", {"musicality": float(rng.integers(k, k + 3))})
        for v in range(6)
        for p in range(6)
        for k, name in enumerate(("alpha", "beta", LONG), start=1)
    ]
    hasty = {"voter": "hasty", "seconds": 0.1}
    return rows + [row.model_copy(update=hasty) for row in rows[:18]]


def scores() -> list[VoteRow]:
    rng = np.random.default_rng(0)
    rows = [
        mushra(
            f"v{v}", f"p{p}", [(role, name, at + rng.uniform(-4, 2)) for role, name, at in SIDES]
        )
        for v in range(4)
        for p in range(4)
    ]
    rows += [mushra("deaf", f"p{p}", [(*side[:2], 50.0 + p) for side in SIDES]) for p in range(4)]
    hasty = {"voter": "hasty", "seconds": 0.1}
    return rows + [row.model_copy(update=hasty) for row in rows[:4]]


ROWS: dict[Kind, Callable[[], list[VoteRow]]] = {
    "battle": battles, "rating": ratings, "mushra": scores
}  # fmt: skip
SEEN: dict[Kind, tuple[str, ...]] = {
    "battle": ("The board", "Pairs", "Speed", "1 flagged as careless"),
    "rating": ("Means: musicality", "1 flagged as careless"),
    "mushra": ("Means: quality", "1 flagged as careless", "Of 5 listeners 1 is screened out"),
}


@pytest.mark.browser
@pytest.mark.parametrize("kind", ROWS)
def test_it_is_a_page_that_everybody_can_read(kind: Kind, visit: Visiting) -> None:
    facts = TestFacts(name="trial", title="Songs for an evening", kind=kind, gate_s=4)
    song = SongFact(song="x", system="alpha", duration_s=30, made_in_s=9)
    songs = {"x": song} if kind == "battle" else {}
    board = make_board(Answers(facts, ROWS[kind](), songs=songs), StandingsSettings(draws=20))
    seen = visit(listening_page(board))
    page = seen.page
    opens_alone(seen)
    assert page.title() == "Songs for an evening - Plaudit"
    assert page.locator("h1").all_inner_texts() == ["Songs for an evening"]
    text = page.locator("body").inner_text()
    assert all(words in text for words in SEEN[kind])
    column = page.get_by_role("columnheader", name="with careless").first
    assert column.is_visible()
    table = page.locator("table", has=column).first.inner_text()
    assert table.count(" to " if kind == "battle" else "[") >= 3  # an interval of each system
    labels: list[str] = page.get_by_role("img").evaluate_all(
        "(all) => all.filter((one) => one.matches('.plot')).map((one) => one.ariaLabel)"
    )
    assert len(labels) == page.locator("svg.plot").count() >= 1
    assert all(len(label) > 20 for label in labels)
    fits(page)
    plots_follow(page)
    assert found_by_axe(page) == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="dark")
    plots_follow(page)
    assert found_by_axe(page, ["color-contrast", "target-size"]) == []
