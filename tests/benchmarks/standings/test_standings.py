"""Standings: planted strengths, laws, honest intervals, named failures, and the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from planted_board import TIE, drawn_battles, table_of, write_battles
from plaudit.benchmarks.standings.compute import expanded_tail, make_standings, read_standings
from plaudit.benchmarks.standings.ratings import clusters_of
from plaudit.benchmarks.standings.record import Standings, StandingsSettings, standings_settings
from plaudit.benchmarks.votes.systems import BattleLine, DataFile
from plaudit.cli.app import app
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.settings import read_json
from plaudit.metrics.bradley_terry import arena_scale
from plaudit.metrics.davidson import tie_share
from plaudit.synth.public.audience import SongTruth
from plaudit.synth.public.battle import Contender, Taste, hold_battles
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.listener import draw_voters

STRENGTH = np.array([1.0, 0.4, 0.0, -0.4, -1.0])
DATA = DataFile(path="made", sha256="0" * 64, files=1, kind="made")


def board_of(rows: list[BattleLine], **settings: object) -> Standings:
    checked = standings_settings(**{"draws": 60, **settings})
    return make_standings(table_of(rows), DATA, checked, np.random.default_rng(checked.seed))


@pytest.fixture(scope="module")
def rows() -> list[BattleLine]:
    return drawn_battles(np.random.default_rng(3), STRENGTH, 900)


def ratings(board: Standings) -> dict[str, float]:
    return {standing.system: standing.rating for standing in board.systems}


def test_planted_strengths_come_back() -> None:
    rows = drawn_battles(np.random.default_rng(1), STRENGTH, 30_000, floor=0.1)
    board = board_of(rows, draws=0)
    planted = arena_scale(STRENGTH)
    for k, value in enumerate(planted):
        assert ratings(board)[f"s{k}"] == pytest.approx(value, abs=15)
    assert board.fit.tie_share == pytest.approx(tie_share(TIE), abs=0.01)
    assert board.neither.rate == pytest.approx(0.1, abs=0.01)
    assert board.first_wins.low is not None
    assert board.first_wins.high is not None
    assert board.first_wins.low < 0.5 < board.first_wins.high
    expected = {(pair.above, pair.below): pair for pair in board.pairs}
    pair = expected["s0", "s4"]
    votes = pair.wins + pair.losses + pair.ties
    assert (pair.wins + pair.ties / 2) / votes == pytest.approx(pair.expected, abs=0.03)


@pytest.mark.parametrize("method", ["davidson", "music-arena", "elo"])
def test_every_method_tells_the_planted_order_and_counts_alike(
    method: str, rows: list[BattleLine]
) -> None:
    board = board_of(rows, method=method)
    assert [standing.system for standing in board.systems] == ["s0", "s1", "s2", "s3", "s4"]
    assert np.mean([standing.rating for standing in board.systems]) == pytest.approx(1000)
    for standing in board.systems:
        mine = [row for row in rows if standing.system in row[1:3]]
        assert standing.battles == len(mine) == standing.votes + standing.neither.count
        assert standing.votes == standing.wins + standing.ties + standing.losses
        assert standing.wins == sum(
            row.outcome == ("first" if row.first == standing.system else "second") for row in mine
        )
        assert standing.neither.count == sum(row.outcome == "neither" for row in mine)
        assert standing.low is not None
        assert standing.high is not None
        assert standing.low < standing.rating < standing.high
        assert standing.rank_low is not None
        assert standing.rank_high is not None
        assert standing.rank_low <= standing.rank <= standing.rank_high
    assert board.battles == sum(board.outcomes.values()) == len(rows)
    assert board.systems[0].ahead == 1.0
    assert board.systems[-1].ahead is None


@pytest.mark.parametrize("method", ["davidson", "music-arena"])
def test_neither_order_of_rows_nor_of_playing_matters(method: str, rows: list[BattleLine]) -> None:
    swap = {"first": "second", "second": "first"}
    turned = [
        BattleLine(
            r.line, r.second, r.first, swap.get(str(r.outcome), r.outcome), r.prompt, r.voter
        )
        for r in rows[::-1]
    ]
    original, swapped = (board_of(made, method=method, draws=0) for made in (rows, turned))
    assert ratings(original) == pytest.approx(ratings(swapped), abs=1e-6)


@pytest.mark.parametrize("method", ["davidson", "music-arena", "elo"])
def test_votes_for_neither_move_nobody(method: str, rows: list[BattleLine]) -> None:
    more = [*rows, *(BattleLine(0, "s0", "s4", "neither", "p1", "v1") for _ in range(200))]
    settings = {"method": method, "draws": 0, "order": "file"}
    base, extended = board_of(rows, **settings), board_of(more, **settings)
    assert ratings(base) == pytest.approx(ratings(extended))
    assert extended.systems[0].neither.count == base.systems[0].neither.count + 200
    assert any("enter no rating" in note for note in extended.notes)


@pytest.mark.parametrize("method", ["davidson", "music-arena", "elo"])
def test_one_seed_gives_one_board(method: str, rows: list[BattleLine]) -> None:
    first, second = board_of(rows, method=method), board_of(rows, method=method)
    assert first == second
    assert board_of(rows, method=method, seed=2) != first


def test_intervals_cover_the_truth_as_often_as_they_promise() -> None:
    """Ratings of 24 small boards against what was planted, 5 systems each."""
    hits = []
    for seed in range(24):
        rows = drawn_battles(np.random.default_rng(100 + seed), STRENGTH, 300, voters=10**6)
        board = board_of(rows, draws=120, seed=seed, cluster="battle")
        planted = arena_scale(STRENGTH)
        for standing in board.systems:
            assert standing.low is not None
            assert standing.high is not None
            hits.append(standing.low <= planted[int(standing.system[1:])] <= standing.high)
    assert 0.89 <= np.mean(hits) <= 0.995  # 0.95 with an error of about 0.02


def test_voters_with_a_taste_of_their_own_widen_the_interval() -> None:
    """Each voter always says the same of a pair: a hundred votes are worth one."""
    rng = np.random.default_rng(4)
    made = []
    for voter in range(30):
        won = rng.random() < 0.6
        made += [BattleLine(0, "x", "y", "first" if won else "second", "p", f"v{voter}")] * 30
    voters, battles = (board_of(made, cluster=c, draws=300) for c in ("voter", "battle"))
    assert width(voters) > 3.5 * width(battles)  # the square root of 30 is 5.5
    assert (voters.resampling.cluster, voters.resampling.clusters) == ("voter", 30)
    assert (battles.resampling.cluster, battles.resampling.clusters) == ("battle", 900)


def width(board: Standings) -> float:
    first = board.systems[0]
    assert first.low is not None
    assert first.high is not None
    return first.high - first.low


def test_what_is_resampled_is_voters_and_prompts_else_battles(rows: list[BattleLine]) -> None:
    def kinds(rows: list[BattleLine], **changes: object) -> list[tuple[str, int, int]]:
        chosen = StandingsSettings.model_validate(changes)
        return [(part.kind, part.n, part.alone) for part in clusters_of(table_of(rows), chosen)]

    bare = [row._replace(voter=None) for row in rows]
    pairs = len({(row.voter, row.prompt) for row in rows})
    both = [("voter", 40, 0), ("prompt", 30, 0), ("both", pairs, 0)]
    assert kinds(rows) == kinds(rows, cluster="both") == both
    assert kinds([row._replace(prompt=None) for row in rows]) == both[:1]
    assert kinds(bare) == both[1:2]
    voted = sum(row.outcome != "neither" for row in rows)
    assert kinds([row._replace(prompt=None) for row in bare]) == [("battle", voted, 0)]
    assert kinds(rows, cluster="voter") == both[:1]
    assert kinds(rows, method="music-arena") == [("battle", voted, 0)]
    assert kinds(rows, method="music-arena", cluster="voter") == both[:1]
    nameless = [rows[0]._replace(voter=""), rows[1]._replace(voter=None), *rows[2:]]
    assert kinds(nameless, cluster="voter") == [("voter", 42, 2)]
    for cluster in ("voter", "both"):
        with pytest.raises(InputError, match="no battle names a voter"):
            kinds(bare, cluster=cluster)


def test_who_cannot_be_placed_is_named_instead_of_a_board(rows: list[BattleLine]) -> None:
    winner = [*rows, *(BattleLine(0, "new", f"s{k}", "first", "p", "v") for k in range(5))]
    with pytest.raises(InputError, match="new never lost to or tied with the rest"):
        board_of(winner)
    apart = [*rows, BattleLine(0, "m", "n", "first"), BattleLine(0, "n", "m", "first")]
    with pytest.raises(InputError, match=r"2 groups .*: s0, s1, s2, s3, s4; m, n"):
        board_of(apart)
    for method, source in (("music-arena", "the penalty"), ("elo", "the start at 1000 points")):
        board = board_of(winner, method=method)
        assert any("new never lost" in note and source in note for note in board.notes)
    assert any("2 groups" in note for note in board_of(apart, method="music-arena").notes)


def test_few_clusters_take_from_the_tails_what_students_t_asks() -> None:
    from scipy import stats

    for n in (2, 5, 40):
        wide = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1))
        assert expanded_tail(0.95, n) == pytest.approx(stats.norm.sf(wide))
    assert expanded_tail(0.8, 10**8) == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize("method", ["davidson", "music-arena", "elo"])
def test_votes_for_neither_alone_rate_nobody(method: str) -> None:
    with pytest.raises(InputError, match="All 2 votes are for neither song"):
        board_of([BattleLine(1, "x", "y", "neither")] * 2, method=method)


def test_resamples_that_cannot_be_fitted_are_counted() -> None:
    rng = np.random.default_rng(5)
    made = drawn_battles(rng, np.zeros(3), 300)
    rare = [BattleLine(0, "rare", "s0", word, "p", f"v{k}") for k, word in
            enumerate(("first", "second"))]  # fmt: skip
    board = board_of([*made, *rare], cluster="battle", draws=200)
    missing = board.resampling.failed / 200
    assert missing == pytest.approx(1 - (1 - np.exp(-1)) ** 2, abs=0.12)  # one of two not drawn
    assert any("so there are no intervals" in note for note in board.notes)
    assert board.systems[0].low is None
    most = board_of([*made, *rare * 3], cluster="battle", draws=200)
    assert 0 < most.resampling.failed < 100
    assert any("narrower" in note for note in most.notes)
    assert most.systems[0].low is not None
    assert any("Fewer than 30 votes: rare" in note for note in most.notes)


def test_the_music_arena_keeps_who_is_missing_from_a_resample() -> None:
    made = [*drawn_battles(np.random.default_rng(6), np.zeros(3), 200),
            BattleLine(0, "rare", "s0", "first", "p", "v")]  # fmt: skip
    board = board_of(made, method="music-arena", draws=200)
    assert board.resampling.failed == 0
    assert all(standing.low is not None for standing in board.systems)


def test_settings_change_what_they_name(rows: list[BattleLine]) -> None:
    elo = {"method": "elo", "draws": 0}
    base = board_of(rows, **elo)
    assert ratings(board_of(rows, **elo, k=32)) != ratings(base)
    assert ratings(board_of(rows, **elo, order="file")) != ratings(base)
    assert ratings(board_of(rows, **elo, shuffles=3)) != ratings(base)
    assert ratings(board_of(rows[::-1], **elo, order="file")) != ratings(
        board_of(rows, **elo, order="file")
    )
    board = board_of(rows)
    assert width(board_of(rows, confidence=0.5)) < width(board)
    assert width(board_of(rows, method="music-arena", confidence=0.5)) < width(
        board_of(rows, method="music-arena")
    )
    assert board_of(rows, draws=0).systems[0].low is None
    least = sorted(standing.votes for standing in board.systems)[1]
    few = board_of(rows, least_votes=least)
    assert len(few.systems) == 4
    assert len(few.unlisted) == 1
    assert all(ratings(board)[name] == value for name, value in ratings(few).items())
    with pytest.raises(InputError, match="No system has 100000 votes"):
        board_of(rows, least_votes=100_000)
    with pytest.raises(InputError, match="--confidence"):
        standings_settings(confidence=1.5)


def test_a_shuffled_elo_does_not_depend_on_the_order_of_rows_much(rows: list[BattleLine]) -> None:
    forward, backward = (
        board_of(made, method="elo", draws=0, shuffles=200) for made in (rows, rows[::-1])
    )
    assert ratings(forward) == pytest.approx(ratings(backward), abs=3)


def test_few_voters_are_warned_of(rows: list[BattleLine]) -> None:
    some = [row._replace(prompt=None, voter=f"v{row.line % 5}") for row in rows]
    assert any("Only 5 of what is resampled" in note for note in board_of(some).notes)


def test_the_command_line(rows: list[BattleLine], tmp_path: Path) -> None:
    path = write_battles(tmp_path / "battles.csv", rows)
    run = CliRunner()
    command = ["bench", "standings", str(path), "--draws", "50"]
    less = run.invoke(app, [*command, "--without", "s0", "--without", "s1"])
    assert "of 3 systems" in less.output
    table = run.invoke(app, command)
    assert table.exit_code == 0, table.output
    assert "of 50 resamples of 40 voters and of 30 prompts, seed 1" in table.output
    out = tmp_path / "board.json"
    done = run.invoke(app, [*command, "--format", "json", "--out", str(out), "--method", "elo"])
    assert done.exit_code == 0, done.output
    board = read_json(Standings, out.read_text(), "board")
    assert board.method == "elo"
    assert board.option_sources["draws"] == "command line"
    plain = board.model_copy(update={"option_sources": {}})
    assert plain == read_standings(path, standings_settings(method="elo", draws=50))
    raw = json.loads(out.read_text())
    assert set(raw["systems"][0]) >= {"system", "rating", "low", "high", "battles"}
    assert [system["rating"] for system in raw["systems"]] == sorted(
        (system["rating"] for system in raw["systems"]), reverse=True
    )
    page = run.invoke(app, [*command, "--format", "html"])
    assert page.output.startswith("<!DOCTYPE html>")
    wrong = run.invoke(app, [*command, "--out", str(path)])
    assert wrong.exit_code == 1
    assert isinstance(wrong.exception, InputError)
    assert "give another place" in str(wrong.exception)
    assert path.read_text().startswith("first,")


def test_the_proving_grounds_systems_come_out_in_their_planted_order() -> None:
    """Listeners who go by the system's name: another model of choice than the one fitted."""
    fame = np.linspace(-1.4, 1.4, 6)
    rng = np.random.default_rng(8)
    truth = SongTruth(dict.fromkeys(AESTHETICS, 0.5), "pop", 100.0, instrumental=False,
                      traits=Traits(0.68, 14.0, 60.0, "minor", 0.1, 0.48))  # fmt: skip
    songs = [
        Contender(f"{p}-{k}", f"s{k}", f"p{p}", float(worth), truth, 30.0)
        for p in range(60)
        for k, worth in enumerate(fame)
    ]
    voters = draw_voters(rng, 60, careless=0.0, position_bias=0.0)
    held = hold_battles(songs, 2500, voters, Taste(0, 0, 0.6, 0.4), rng)
    board = board_of([
        BattleLine(
            k, battle.first_system, battle.second_system, battle.outcome, battle.prompt_id,
            battle.voter,
        )
        for k, battle in enumerate(held)
    ], draws=100)  # fmt: skip
    assert [standing.system for standing in board.systems] == ["s5", "s4", "s3", "s2", "s1", "s0"]
    rated = np.array([standing.rating for standing in board.systems])[::-1]
    assert np.corrcoef(rated, fame)[0, 1] > 0.99
    assert board.resampling.cluster == "both"
    # The famous are seldom both bad.
    assert board.systems[0].neither.count < board.systems[-1].neither.count
