"""Boards of listening tests as text and as a page: what they say, and that they are safe."""

import numpy as np
import pytest

from plaudit.arena.results.board import Answers, make_board
from plaudit.arena.results.record import ArenaBoard, TestFacts
from plaudit.arena.results.row import VoteRow
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.outcome import Outcome
from plaudit.reports.listening.page import listening_page
from plaudit.reports.listening.plot import listening_plots
from plaudit.reports.listening.table import leader_line, listening_text, sheets
from voting_rows import battle, honest, mushra, rating

SCRIPT = "<script>alert(1)</script>"


def board_of(rows: list[VoteRow], kind: str = "battle", draws: int = 20) -> ArenaBoard:
    facts = TestFacts(name="trial", title=f"A trial {SCRIPT}", kind=kind)  # type: ignore[arg-type]
    return make_board(Answers(test=facts, rows=rows), StandingsSettings(draws=draws))


@pytest.fixture(scope="module")
def battles() -> ArenaBoard:
    rows = honest(12, 20, np.random.default_rng(0))
    rows += [battle(k, "friend", Outcome.FIRST, ("gamma", "alpha")) for k in range(30)]
    return board_of(rows)


def test_text_and_page_say_the_same(battles: ArenaBoard) -> None:
    text, page = listening_text(battles), listening_page(battles)
    for sheet in sheets(battles):
        assert sheet.title.upper() in text
        assert f">{sheet.title}</h2>" in page
        for row in sheet.rows:
            assert row[0] in text
            assert all(len(row) == len(sheet.head) for row in sheet.rows)
    titles = [sheet.title for sheet in sheets(battles)]
    assert titles == [
        "The board", "Pairs", "How well people agree", "Change over time", "Careless voters",
    ]  # fmt: skip
    assert "friend: one system (gamma), 30 of 30." in text
    assert "with careless" in text
    assert page == listening_page(battles)
    assert SCRIPT not in page
    assert 'Content-Security-Policy" content="default-src' in page


def test_the_numbers_are_those_of_the_record(battles: ArenaBoard) -> None:
    board = sheets(battles)[0]
    standings, everyone = battles.kept.standings, battles.everyone.standings
    assert standings is not None
    assert everyone is not None
    assert [row[0] for row in board.rows] == [each.system for each in standings.systems]
    assert [row[3] for row in board.rows] == [f"{each.rating:.0f}" for each in standings.systems]
    before = {each.system: each for each in everyone.systems}
    for row in board.rows:
        assert row[-1].startswith(f"{before[row[0]].rating:.0f} ")


def test_plots_of_battles(battles: ArenaBoard) -> None:
    titles = [plot.title for plot in listening_plots(battles)]
    assert titles[0] == "Ratings and intervals"
    assert "As votes came in" in titles
    assert all(plot.svg.startswith("<svg") for plot in listening_plots(battles))


def test_a_board_of_mushra_draws_each_listener() -> None:
    sides = [("hidden reference", "o", 100.0), ("anchor", "3.5 kHz", 20.0)]
    rows = [
        mushra(f"v{v}", f"p{k}", [*sides, ("contestant", "alpha", 60.0 + v + k)])
        for v in range(3)
        for k in range(4)
    ]
    board = board_of(rows, "mushra")
    titles = [plot.title for plot in listening_plots(board)]
    assert titles == ["Means: quality", "Listener by listener"]
    text = listening_text(board)
    assert "LISTENERS" in text
    assert "MEANS: QUALITY" in text
    page, others = listening_page(board), listening_page(board, named=False)
    assert "hidden reference" in page
    assert ">v0<" in page
    assert ">v0<" not in others


@pytest.mark.parametrize(
    ("anchor", "beta", "said"),
    [
        (
            20.0,
            60.0,
            "alpha has the highest mean on 1 scale, and the answers tell it from the next",
        ),
        (20.0, 80.0, "alpha has the highest mean on 1 scale, but the answers do not tell it from"),
        (70.0, 60.0, "alpha has the highest mean on 1 scale."),
        (20.0, None, None),
    ],
)
def test_a_board_of_mushra_says_which_system_leads(
    anchor: float, beta: float | None, said: str | None
) -> None:
    rng = np.random.default_rng(1)
    sides = [("hidden reference", "o", 99.0), ("anchor", "3.5 kHz", anchor)]
    sides += [("contestant", "alpha", 80.5)]
    sides += [] if beta is None else [("contestant", "beta", beta)]
    rows = [
        mushra(f"v{v}", f"p{k}", [(*side[:2], side[2] + rng.uniform(-5, 1)) for side in sides])
        for v in range(3)
        for k in range(4)
    ]
    line = leader_line(board_of(rows, "mushra"))
    assert (line is None) == (said is None)
    assert said is None or (line or "").startswith(said)


def test_a_page_for_other_voters_names_none(battles: ArenaBoard) -> None:
    assert "friend" in listening_page(battles)
    assert "friend" not in listening_page(battles, named=False)


def test_a_board_without_votes_is_a_page_that_says_so() -> None:
    board = board_of([])
    assert "No votes yet." in listening_text(board)
    assert "Nobody has voted yet." in listening_page(board)


def rated(means: dict[str, dict[str, float]]) -> ArenaBoard:
    """A board of ratings of ten voters that scatter around means by system and axis."""
    rng = np.random.default_rng(3)
    rows = [
        rating(
            f"v{v}", f"{system}-{p}", system, f"p{p}",
            {axis: float(np.clip(np.round(mean + rng.normal(0, 0.5)), 1, 5))
             for axis, mean in axes.items()},
        )
        for v in range(10) for p in range(4) for system, axes in means.items()
    ]  # fmt: skip
    return board_of(rows, "rating")


def test_a_board_of_ratings_says_who_leads_and_whether_that_is_sure() -> None:
    def led(*means: float) -> str | None:
        axes = ("musicality", "clarity")[: len(means) // 2]
        pairs = zip(means[::2], means[1::2], strict=True)
        by_axis = dict(zip(axes, pairs, strict=True))
        return leader_line(
            rated({
                "alpha": {axis: pair[0] for axis, pair in by_axis.items()},
                "beta": {axis: pair[1] for axis, pair in by_axis.items()},
            })
        )  # fmt: skip

    start, end = "alpha has the highest mean on ", "it from the next system."
    assert led(4.0, 2.0) == f"{start}1 scale, and the answers tell {end}"
    assert led(4.0, 2.0, 4.0, 2.0) == f"{start}2 scales, and the answers tell {end}"
    assert led(4.0, 2.0, 2.0, 4.0) == f"{start}1 of 2 scales, and the answers tell {end}"
    alike = rated({name: {"clarity": 3.0} for name in ("alpha", "beta")})
    line = leader_line(alike)
    assert line is not None
    assert line.endswith(f"on 1 scale, but the answers do not tell {end}")
    assert f">{line}<" in listening_page(alike)
    assert leader_line(board_of([], "rating")) is None
    assert leader_line(board_of([battle(0, "v", Outcome.FIRST, ("alpha", "beta"))])) is None
