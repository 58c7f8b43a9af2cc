"""Pages of standings and of boards in a real browser, and what they say of nearly nothing."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from planted_board import drawn_battles, table_of
from plaudit.benchmarks.standings.board import read_boards
from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.history import compare_boards
from plaudit.benchmarks.standings.record import Standings, standings_settings
from plaudit.benchmarks.votes.systems import BattleLine, DataFile
from plaudit.reports.boards.page import boards_page
from plaudit.reports.look.plot import spread
from plaudit.reports.standings.page import headline, standings_page
from plaudit.reports.standings.table import standings_text
from seen_page import WIDTHS, Visiting, opens_alone, sideways

LONG = "<b>a-name-of-a-system-without-a-space-in-it</b>" * 2


def board_of(rows: list[BattleLine], **settings: object) -> Standings:
    data = DataFile(path="battles.csv", sha256="0" * 64, files=1, kind="table.csv")
    checked = standings_settings(**{"draws": 50, **settings})
    return make_standings(table_of(rows), data, checked, np.random.default_rng(1))


@pytest.fixture(scope="module")
def rows() -> list[BattleLine]:
    made = drawn_battles(np.random.default_rng(2), np.linspace(1, -1, 9), 900)
    long = {"s4": LONG}
    return [
        row._replace(
            first=long.get(str(row.first), row.first), second=long.get(str(row.second), row.second)
        )
        for row in made
    ]


@pytest.fixture(scope="module")
def pages(rows: list[BattleLine], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("boards")
    head = "Model\tArena Score\t95% CI\t# Votes\n"
    for month in (7, 8, 9):
        lines = [f"system-number-{k}\t{1200 - 60 * k + 9 * month * (k % 2)}\t±{30 + k}\t{100 * k}\n"
                 for k in range(9)]  # fmt: skip
        for name in ("vocal", "instrumental"):
            (folder / f"{name}_20250{month}30.tsv").write_text(head + "".join(lines))
    return {
        "standings": standings_page(board_of(rows)),
        "boards": boards_page(compare_boards(read_boards([folder]))),
    }


@pytest.mark.browser
@pytest.mark.parametrize(("name", "plots"), [("standings", 4), ("boards", 2)])
def test_it_opens_without_a_request_or_a_complaint(
    name: str, plots: int, pages: dict[str, str], visit: Visiting
) -> None:
    seen = visit(pages[name])
    opens_alone(seen)
    assert seen.page.locator("svg.plot").count() == plots


@pytest.mark.browser
@pytest.mark.parametrize("name", ["standings", "boards"])
def test_nothing_hangs_over_the_side(name: str, pages: dict[str, str], visit: Visiting) -> None:
    page = visit(pages[name]).page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert sideways(page) <= 0, width


@pytest.mark.browser
@pytest.mark.parametrize("name", ["standings", "boards"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_follow_the_page(
    name: str, scheme: Literal["light", "dark"], pages: dict[str, str], visit: Visiting
) -> None:
    page = visit(pages[name]).page
    page.emulate_media(color_scheme=scheme)
    strokes: list[str] = page.locator("svg.plot [stroke='#2b3bd4']").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).stroke)"
    )
    assert set(strokes) == {"rgb(43, 59, 212)" if scheme == "light" else "rgb(149, 162, 255)"}


def test_names_are_text_and_not_markup(pages: dict[str, str]) -> None:
    assert "<b>a-name" not in pages["standings"]
    assert "&lt;b&gt;a-name" in pages["standings"]


def test_the_headline_says_how_sure_the_first_place_is(rows: list[BattleLine]) -> None:
    clear = drawn_battles(np.random.default_rng(3), np.array([2.0, 0, 0, 0]), 400)
    assert "no other system is likely to be" in headline(board_of(clear))
    equal = drawn_battles(np.random.default_rng(3), np.zeros(6), 400)
    assert "leave it open whether" in headline(board_of(equal))
    assert "nothing says how sure" in headline(board_of(rows, draws=0))


def test_a_board_of_almost_nothing_is_drawn() -> None:
    two = [BattleLine(1, "x", "y", "first"), BattleLine(2, "y", "x", "first")]
    for board in (board_of(two), board_of(two, draws=0), board_of(two, method="elo")):
        assert "x" in standings_page(board)
        assert "Both bad: 0.0 %" in standings_text(board)
    ties = [BattleLine(1, "x", "y", "tie")]
    assert "y" in standings_page(board_of(ties, method="music-arena"))
    floor = [BattleLine(1, "x", "y", "neither"), *two]
    assert "Both bad" in standings_page(board_of(floor))


def test_many_systems_are_drawn_in_part() -> None:
    rows = drawn_battles(np.random.default_rng(3), np.linspace(1, -1, 60), 6000)
    board = board_of(rows, draws=0)
    assert board.pairs == ()
    assert "The best 40 of 60 systems." in standings_page(board)


def test_names_beside_lines_do_not_touch(tmp_path: Path) -> None:
    positions = spread([0.0, 0.1, 0.2, 5.0, 9.0, 9.1], 1.0)
    assert np.all(np.diff(positions) >= 1.0 - 1e-9)
    assert positions[3] == 5.0
    assert np.mean(positions[:3]) == pytest.approx(0.1)
