"""The Music Arena board rebuilt as its authors describe it, with scikit-learn, beside ours."""

import numpy as np
import pytest
from sklearn import linear_model

from planted_board import drawn_battles, table_of
from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.record import standings_settings
from plaudit.benchmarks.votes.systems import BattleLine, DataFile

DATA = DataFile(path="made", sha256="0" * 64, files=1, kind="made")


def scores(rows: list[BattleLine]) -> dict[str, float]:
    """Points by system: L2, C = 1, no intercept, ties as two rows of a half, centred on 1000."""
    systems = sorted({str(name) for row in rows for name in row[1:3]})
    design, answer, weight = [], [], []
    for row in rows:
        if row.outcome == "neither":
            continue
        line = np.zeros(len(systems))
        line[systems.index(str(row.first))], line[systems.index(str(row.second))] = 1, -1
        for won in {"first": [1], "second": [0], "tie": [1, 0]}[str(row.outcome)]:
            design.append(line)
            answer.append(won)
            weight.append(0.5 if row.outcome == "tie" else 1.0)
    model = linear_model.LogisticRegression(
        C=1.0, fit_intercept=False, solver="lbfgs", tol=1e-8, max_iter=10_000
    )
    model.fit(np.array(design), answer, sample_weight=weight)
    points = 400 * model.coef_[0] / np.log(10)
    return dict(zip(systems, points - points.mean() + 1000, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_points_are_those_of_the_board(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = drawn_battles(rng, rng.normal(size=7), 250, floor=0.15)
    rows += [BattleLine(0, "unbeaten", "s0", "first"), BattleLine(0, "alone", "apart", "second")]
    settings = standings_settings(method="music-arena", draws=0)
    board = make_standings(table_of(rows), DATA, settings, np.random.default_rng(0))
    expected = scores(rows)
    assert {system.system for system in board.systems} == set(expected)
    for system in board.systems:
        assert system.rating == pytest.approx(expected[system.system], abs=0.01), system.system


def test_intervals_are_those_of_the_board() -> None:
    rng = np.random.default_rng(9)
    rows = [row for row in drawn_battles(rng, np.array([0.8, 0.0, -0.8]), 150)
            if row.outcome != "neither"]  # fmt: skip
    settings = standings_settings(method="music-arena", draws=1500)
    board = make_standings(table_of(rows), DATA, settings, np.random.default_rng(1))
    picks = np.random.default_rng(2).integers(len(rows), size=(250, len(rows)))
    drawn = [scores([rows[k] for k in pick]) for pick in picks]
    for system in board.systems:
        assert system.high is not None
        half = 1.96 * np.std([resample[system.system] for resample in drawn])
        assert system.high - system.rating == pytest.approx(half, rel=0.15)  # 250 draws: about 5 %
