"""Intercepts of systems: as a plain fit gives them, and what they may not change."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from plaudit.core.errors import InputError
from plaudit.jobs.compare import CompareSettings, compare_songs
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.train_preference import TrainPreferenceSettings, train_preference
from plaudit.judging.comparison import Comparison
from plaudit.training.anchor import fit_anchors

NAMES = ("ash", "birch", "cedar", "elm")
Battles = tuple[NDArray[np.float64], list[str], list[str], NDArray[np.bool_]]


def battles(n: int = 120, seed: int = 0, bias: dict[str, float] | None = None) -> Battles:
    """Battles whose margins are wrong by a number of each system."""
    rng = np.random.default_rng(seed)
    bias = dict.fromkeys(NAMES, 0.0) if bias is None else bias
    pairs = [rng.choice(NAMES, 2, replace=False) for _ in range(n)]
    true = rng.normal(size=n) * 1.5
    margin = true + np.array([bias[a] - bias[b] for a, b in pairs])
    won = rng.random(n) < 1 / (1 + np.exp(-true))
    return margin, [str(a) for a, _ in pairs], [str(b) for _, b in pairs], won


@pytest.mark.parametrize("pinned", [None, "birch"])
def test_it_is_the_least_of_the_stated_sum(pinned: str | None) -> None:
    margin, first, second, won = battles(bias={"ash": 1, "birch": 0, "cedar": -1, "elm": 2})
    free = [name for name in NAMES if name != pinned]

    def loss(b: NDArray[np.float64]) -> float:
        value = dict(zip(free, b, strict=True)) | ({pinned: 0.0} if pinned else {})
        total = float(np.sum(b**2))
        for m, a, c, w in zip(margin, first, second, won, strict=True):
            p = 1 / (1 + np.exp(-(m - value[a] + value[c])))
            total -= np.log(p if w else 1 - p)
        return total

    best = minimize(loss, np.zeros(len(free)), method="BFGS", options={"gtol": 1e-7}).x
    fitted = fit_anchors(margin, first, second, won, pinned=pinned)
    assert list(fitted) == list(NAMES)
    assert [fitted[name] for name in free] == pytest.approx(best, abs=1e-4)
    if pinned:
        assert fitted[pinned] == 0.0


def test_golden_values() -> None:
    fitted = fit_anchors([1.0, 0.5, -0.2], ["a", "b", "a"], ["b", "c", "c"], [False, True, True])
    assert fitted == pytest.approx({"a": 0.071763, "b": -0.421534, "c": 0.349771}, abs=2e-6)


def test_what_is_planted_is_found() -> None:
    bias = {"ash": 1.0, "birch": 0.0, "cedar": -1.0, "elm": 2.0}
    fitted = fit_anchors(*battles(4000, bias=bias), pinned="birch")
    assert fitted == pytest.approx(bias, abs=0.2)


@settings(max_examples=15)
@given(st.integers(0, 5), st.sampled_from(NAMES), st.floats(-3, 3))
def test_a_constant_on_one_system_changes_no_corrected_chance(
    seed: int, system: str, constant: float
) -> None:
    """Without a penalty: with one, it is held back as far as battles are few."""
    margin, first, second, won = battles(400, seed=seed)
    moved = margin + constant * np.array(
        [(a == system) - float(b == system) for a, b in zip(first, second, strict=True)]
    )

    def corrected(m: NDArray[np.float64]) -> NDArray[np.float64]:
        b = fit_anchors(m, first, second, won, penalty=1e-7, pinned=NAMES[0])
        shift = np.array([b[c] - b[a] for a, c in zip(first, second, strict=True)])
        return np.asarray(m + shift)

    np.testing.assert_allclose(corrected(margin), corrected(moved), atol=2e-3)


def test_swapped_songs_and_another_order_give_the_same() -> None:
    margin, first, second, won = battles()
    plain = fit_anchors(margin, first, second, won)
    assert fit_anchors(-margin, second, first, ~won) == plain
    order = np.random.default_rng(1).permutation(len(won))
    shuffled = fit_anchors(
        margin[order], [first[k] for k in order], [second[k] for k in order], won[order]
    )
    assert shuffled == pytest.approx(plain, abs=2e-6)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(InputError, match="Expected battles with a margin"):
        fit_anchors([], [], [], [])
    with pytest.raises(InputError, match="Expected battles with a margin"):
        fit_anchors([1.0], ["a"], ["b", "c"], [True])
    with pytest.raises(InputError, match="finite margins"):
        fit_anchors([np.inf], ["a"], ["b"], [True])
    with pytest.raises(InputError, match="No battle is of system 'c'"):
        fit_anchors([1.0], ["a"], ["b"], [True], pinned="c")


def write(path: Path, head: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def songs_and_votes(folder: Path, axis: str, low: float, high: float) -> dict[str, Path]:
    """Scores of songs, votes on half of them, and anchors on the others, where elm is overrated."""
    rng = np.random.default_rng(0)
    value = rng.uniform(low, high, 480)
    system = [NAMES[k] for k in rng.integers(0, 4, 480)]
    system[6:10] = ["elm", "ash", "ash", "elm"]
    rows: list[list[object]] = []
    anchors: list[list[object]] = []
    for a in range(0, 480, 2):
        held = a >= 240
        lean = [1.5 * (held and system[k] == "elm") for k in (a, a + 1)]
        margin = 6 / (high - low) * (value[a] - value[a + 1]) - lean[0] + lean[1]
        won = "first" if rng.random() < 1 / (1 + np.exp(-margin)) else "second"
        row: list[object] = [f"s{a}", f"s{a + 1}", won, system[a], system[a + 1], f"p{a}"]
        (anchors if held else rows).append(row)
    head = ["first", "second", "outcome", "first_system", "second_system", "prompt_id"]
    return {
        "scores": write(folder / "scores.csv", ["song_id", axis],
                        [[f"s{k}", value[k]] for k in range(480)]),
        "battles": write(folder / "votes.csv", head, rows),
        "anchors": write(folder / "anchors.csv", head, anchors),
    }  # fmt: skip


def test_a_model_with_anchors_is_trained_shown_kept_and_used(tmp_path: Path) -> None:
    files, shown = songs_and_votes(tmp_path, "musicality", 1.0, 5.0), io.StringIO()
    card = train_preference(
        TrainPreferenceSettings.model_validate(
            {**files, "out": tmp_path / "model", "pinned": "ash"}
        ),
        Streams(shown, io.StringIO()),
    )
    assert card.anchors is not None
    assert card.anchors.intercept["ash"] == 0
    assert card.anchors.intercept["elm"] > 0.3
    assert f"Intercepts of systems, from {card.anchors.n} other battles: ash +0.00" in (
        shown.getvalue()
    )

    def compare(systems: str | None, first: str = "s3", second: str = "s4") -> Comparison:
        return compare_songs(
            CompareSettings(
                first=first, second=second, scores=files["scores"], model=tmp_path / "model",
                systems=systems,
            ),
            Streams(io.StringIO(), io.StringIO()),
        )  # fmt: skip

    plain, known, unknown = compare(None), compare("elm,ash"), compare("oak, ash")
    assert plain.probability is not None
    assert known.probability is not None
    odds = [np.log(p / (1 - p)) for p in (plain.probability, known.probability)]
    assert odds[0] - odds[1] == pytest.approx(card.anchors.intercept["elm"], abs=1e-6)
    assert known.margin == pytest.approx(odds[1], abs=1e-6)
    assert known.probability_low is not None
    assert known.probability_high is not None
    assert known.probability_low <= known.probability <= known.probability_high
    assert unknown.probability == pytest.approx(plain.probability)
    assert "not corrected for systems" in plain.note
    assert "systems: elm +" in known.note
    assert "oak unknown, so 0, ash +0.00" in unknown.note
    back = compare("ash,elm", "s4", "s3")
    assert back.probability == 1 - known.probability
    with pytest.raises(InputError, match="Expected two systems"):
        compare("elm")


def test_scores_of_preference_are_a_feature(tmp_path: Path) -> None:
    files = songs_and_votes(tmp_path, "preference", -3.0, 3.0)
    card = train_preference(
        TrainPreferenceSettings.model_validate({**files, "out": tmp_path / "model"}),
        Streams(io.StringIO(), io.StringIO()),
    )
    assert card.features == ("preference",)
    assert card.better_than_chance


def test_anchors_that_would_mislead_are_refused(tmp_path: Path) -> None:
    files = songs_and_votes(tmp_path, "musicality", 1.0, 5.0)
    streams = Streams(io.StringIO(), io.StringIO())
    model = TrainPreferenceSettings.model_validate({**files, "out": tmp_path / "model"})
    with pytest.raises(InputError, match=r"songs of .*votes.csv are in --battles too"):
        train_preference(model.model_copy(update={"anchors": files["battles"]}), streams)
    with pytest.raises(InputError, match="--pinned names a system of --anchors"):
        train_preference(model.model_copy(update={"anchors": None, "pinned": "ash"}), streams)
    with (tmp_path / "anchors.csv").open() as file:
        rows = [row[:3] + row[5:] for row in csv.reader(file)]
    write(tmp_path / "bare.csv", rows[0], [list(row) for row in rows[1:]])
    with pytest.raises(InputError, match="names no systems for some battles"):
        train_preference(model.model_copy(update={"anchors": tmp_path / "bare.csv"}), streams)
    train_preference(model.model_copy(update={"anchors": None}), streams)
    settings_of_two = CompareSettings(
        first="s3", second="s4", scores=files["scores"], model=tmp_path / "model", systems="a,b"
    )
    with pytest.raises(InputError, match="has no anchors to correct for systems"):
        compare_songs(settings_of_two, streams)
    with pytest.raises(InputError, match="Systems need a model of preference with anchors"):
        compare_songs(settings_of_two.model_copy(update={"model": None}), streams)
