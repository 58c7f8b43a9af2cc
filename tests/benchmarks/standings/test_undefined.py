"""Standings give no number that battles cannot carry, and none that the file's order decides."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted_board import drawn_battles, table_of
from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.record import Standings, standings_settings
from plaudit.benchmarks.votes.systems import BattleLine, DataFile
from plaudit.core.choice import StandingsMethod
from plaudit.core.settings import read_json
from plaudit.reports.standings.page import standings_page
from plaudit.reports.standings.table import standings_text

STRENGTH = np.array([1.0, 0.4, 0.0, -0.4, -1.0])
DATA = DataFile(path="made", sha256="0" * 64, files=1, kind="made")
METHODS: tuple[StandingsMethod, ...] = ("davidson", "music-arena", "elo")
SIDES = {"first": "second", "second": "first"}


def board_of(rows: list[BattleLine], **changes: object) -> Standings:
    chosen = standings_settings(**{"draws": 60, **changes})
    return make_standings(table_of(rows), DATA, chosen, np.random.default_rng(chosen.seed))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cluster", ["voter", "prompt"])
def test_one_cluster_gives_no_interval_and_says_why(method: str, cluster: str) -> None:
    rows = drawn_battles(np.random.default_rng(3), STRENGTH, 200, **{f"{cluster}s": 1})
    board = board_of(rows, method=method, cluster=cluster)
    for system in board.systems:
        ends = (system.low, system.high, system.rank_low, system.rank_high, system.ahead)
        assert ends == (None,) * 5
    for rate in (board.neither, board.first_wins, *(system.neither for system in board.systems)):
        assert rate.rate is not None
        assert (rate.low, rate.high) == (None, None)
    assert any(f"All battles are of one {cluster}" in note for note in board.notes)
    text = standings_text(board)
    assert f"No intervals: all battles are of one {cluster}." in text
    assert "None" not in text
    assert "without intervals nothing says how sure" in standings_page(board)


def pair(first: str, second: str, outcome: str, n: int, start: int = 0) -> list[BattleLine]:
    return [BattleLine(k, first, second, outcome, f"p{start + k}") for k in range(n)]


@pytest.mark.parametrize("method", ["davidson", "music-arena"])  # Elo depends on an order
def test_equal_systems_share_a_rank(method: str) -> None:
    rows = [*pair("b", "a", "tie", 30), *pair("a", "c", "first", 20, 30)]
    rows += [*pair("b", "c", "first", 20, 50), *pair("a", "c", "second", 5, 70)]
    rows += pair("b", "c", "second", 5, 75)
    board = board_of(rows, method=method)
    assert [(system.system, system.rank) for system in board.systems] == [
        ("a", 1), ("b", 1), ("c", 3),
    ]  # fmt: skip
    even = board_of([*pair("a", "b", "first", 30), *pair("b", "a", "first", 30, 30)], method=method)
    assert [system.rank for system in even.systems] == [1, 1]


def test_systems_that_are_equal_in_every_resample_share_all_their_places() -> None:
    board = board_of(pair("a", "b", "tie", 30), method="elo")
    assert [(system.rank, system.rank_low, system.rank_high) for system in board.systems] == [
        (1, 1, 2), (1, 1, 2),
    ]  # fmt: skip


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS), data=st.data())
def test_order_and_sides_of_the_file_change_no_digit(
    seed: int, method: str, data: st.DataObject
) -> None:
    cluster = data.draw(st.sampled_from(["auto", "battle", "voter", "prompt"]))
    rng = np.random.default_rng(seed)
    rows = [
        row._replace(voter=None) if rng.random() < 0.1 else row
        for row in drawn_battles(rng, STRENGTH, 250)
    ]
    changed = {"method": method, "cluster": cluster, "draws": 20, "shuffles": 3}
    board = board_of(rows, **changed)
    shuffled = [rows[k] for k in rng.permutation(len(rows))]
    assert board_of(shuffled, **changed) == board
    turned = [
        row._replace(
            first=row.second, second=row.first, outcome=SIDES.get(str(row.outcome), row.outcome)
        )
        if rng.random() < 0.5
        else row
        for row in shuffled
    ]
    sides = {"first_wins", "outcomes"}  # which are about sides
    assert board_of(turned, **changed).model_dump(exclude=sides) == board.model_dump(exclude=sides)


def test_a_record_of_version_1_still_loads() -> None:
    rows = drawn_battles(np.random.default_rng(3), STRENGTH, 200)
    board = board_of(rows, cluster="voter")
    old = board.model_dump(mode="json") | {"schema_version": 1}
    del old["resampling"]["of_each"]
    loaded = read_json(Standings, json.dumps(old), "board.json")
    assert loaded.systems == board.systems
    assert "60 resamples of 40 voters" in standings_text(loaded)


def test_rates_have_the_confidence_and_the_clusters_of_the_board() -> None:
    rows = drawn_battles(np.random.default_rng(3), STRENGTH, 900, floor=0.3)
    habit = [
        row._replace(outcome="neither") if row.prompt in ("p1", "p2", "p3") else row for row in rows
    ]

    def width(**changed: object) -> float:
        rate = board_of(habit, **changed).neither
        assert rate.low is not None
        assert rate.high is not None
        return rate.high - rate.low

    assert width(cluster="prompt") > 1.5 * width(cluster="battle")
    assert width(cluster="battle", confidence=0.5) < 0.5 * width(cluster="battle")
