"""Battles teach what they say and nothing else, and make a judge like any other."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import plaudit
from planted_songs import SMALL, planted, write_files
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.train import train_judge
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import read_card
from plaudit.training.batches import Batches, prepare
from plaudit.training.battles import Votes, split_battles
from plaudit.training.data import TrainingSet
from plaudit.training.loop import Loop, make_accelerator
from plaudit.training.preset import PRESETS, SOURCES
from plaudit.training.result import ACCURACY, measure_battles
from plaudit.training.settings import TrainSettings, with_preset
from plaudit.training.state import TrainState
from plaudit.training.sweep.execution import Sweep
from plaudit.training.trainee import Trainee

PATHS: dict[str, Any] = {"manifest": "songs.parquet", "store": "store", "out": "run"}
RANKNET = {**SMALL, "objective": "battles", "battles": "votes.csv", "branch_dims": ()}


def settings(**changes: Any) -> TrainSettings:
    return TrainSettings.model_validate({**PATHS, **RANKNET, **changes})


def votes_on(data: TrainingSet, n: int, *, seed: int = 0, noise: float = 0.0) -> Votes:
    """Votes on pairs of songs of one split: the one with the higher coherence wins."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, len(data), (20 * n, 2))
    same = (data.split[pairs[:, 0]] == data.split[pairs[:, 1]]) & (pairs[:, 0] != pairs[:, 1])
    pairs = pairs[same][:n]
    value = data.targets[:, 2] + noise * rng.normal(size=len(data))
    won = value[pairs[:, 0]] > value[pairs[:, 1]]
    names = data.song_ids[pairs]
    outcome = [Outcome.FIRST if first else Outcome.SECOND for first in won]
    return Votes(names[:, 0].tolist(), names[:, 1].tolist(), outcome, [None] * len(won), "ab")


def fit(
    data: TrainingSet, votes: Votes, folder: Path, **changes: Any
) -> tuple[Trainee, Batches, TrainState]:
    chosen = settings(**changes)
    batches = prepare(chosen, data, votes)
    loop = Loop(chosen, batches, make_accelerator(chosen), 0, folder / "checkpoint")
    state = loop.run(lambda record, state: None)
    (folder / "checkpoint").unlink()
    loop.trainee.load_state_dict(state.kept)
    return loop.trainee, batches, state


def accuracy(trainee: Trainee, batches: Batches) -> float:
    assert batches.battles is not None
    held = batches.battles.test
    score = batches.predict(trainee.finished(), batches.test).value[:, 0].numpy()
    rows = measure_battles("test", held.margins(score, batches.test), held.won)
    value = next(row.value for row in rows if row.measure == ACCURACY)
    assert value is not None
    return value


def test_votes_are_split_as_their_songs_are_and_what_is_left_out_is_counted() -> None:
    data = planted(20, validation=0.25, test=0.25)  # songs 0-9 train, 10-14 validation, 15-19 test
    name = data.song_ids.tolist()
    first, tie, neither = Outcome.FIRST, Outcome.TIE, Outcome.NEITHER
    rows: list[tuple[str, str, Outcome | None, str | None]] = [
        (name[0], name[1], first, "a"),
        (name[2], name[3], tie, None),
        (name[4], name[5], Outcome.SECOND, None),
        (name[10], name[11], first, "b"),
        (name[15], name[16], first, "c"),
        (name[6], name[7], first, "c"),  # a prompt that is tested on
        (name[0], name[10], first, "a"),
        (name[0], name[0], first, "a"),
        (name[0], "unheard", first, "a"),
        (name[0], name[1], neither, "a"),
        (name[0], name[1], None, "a"),
    ]
    split = split_battles(
        Votes(
            [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows],
            [row[3] for row in rows], "",
        ),
        data,
    )  # fmt: skip
    assert split.train.first.tolist() == [0, 2, 4]
    assert split.train.second.tolist() == [1, 3, 5]
    assert split.train.won.tolist() == [1.0, 0.5, 0.0]
    assert split.train.decided.tolist() == [True, False, True]
    assert len(set(split.train.prompt.tolist())) == 3
    assert (len(split.validation), len(split.test)) == (1, 1)
    assert split.left_out == {
        "a song is in no split, or has no embedding": 1,
        "a song meets itself": 1,
        "its prompt is in a later split": 1,
        "its songs are in two splits": 1,
        "neither was preferred": 1,
        "nobody voted": 1,
    }
    assert "Left out: a song is in no split, or has no embedding (1); " in split.text()
    # The prompt of a test song is tested on too, whatever the votes call it.
    asked = np.full(20, "", dtype="<U1")
    asked[[0, 1, 17]] = "z"
    split = split_battles(
        Votes([name[0]], [name[1]], [first], [None], ""),
        replace(data, columns={"prompt_id": asked}),
    )
    assert split.left_out == {"its prompt is in a later split": 1}


def test_what_is_planted_is_found_and_random_votes_give_chance(tmp_path: Path) -> None:
    data = planted(500, test=0.3)
    recipe = {"epochs": 8, "shared_dropout": 0.1, "batch": 32}
    votes = votes_on(data, 1500)
    trainee, batches, _ = fit(data, votes, tmp_path, **recipe)
    assert trainee.axes == ("preference",)
    assert accuracy(trainee, batches) > 0.85
    learned = set(data.song_ids[data.split != "test"].tolist())
    rng = np.random.default_rng(1)
    drawn = [
        (Outcome.FIRST if rng.random() < 0.5 else Outcome.SECOND) if song in learned else outcome
        for song, outcome in zip(votes.first, votes.outcome, strict=True)
    ]
    trainee, batches, _ = fit(data, votes._replace(outcome=drawn), tmp_path, **recipe)
    assert abs(accuracy(trainee, batches) - 0.5) < 0.15


def test_the_order_of_eight_songs_is_learned(tmp_path: Path) -> None:
    eight = planted(16, validation=0.5)
    votes = votes_on(eight, 120)
    quick = {"epochs": 30, "shared_dropout": 0.0, "weight_decay": 0.0, "norm": "none"}
    trainee, batches, _ = fit(eight, votes, tmp_path, **quick)
    assert batches.battles is not None
    train = batches.battles.train
    score = batches.predict(trainee.finished(), batches.train).value[:, 0].numpy()
    right = (train.margins(score, batches.train) > 0) == (train.won == 1)
    assert right.mean() > 0.95


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": "battles-then-scores"}, {"pooling": "attended"}, {"noise": 1.0},
        {"shared_dropout": 0.6}, {"activation": "silu"}, {"norm": "none"}, {"batch": 8},
        {"average": 0.9}, {"members": 2, "seed": 3}, {"pooling": "attention"},
    ],
    ids=str,
)  # fmt: skip
def test_each_setting_changes_what_battles_teach(changes: dict[str, Any], tmp_path: Path) -> None:
    data = planted(48)
    votes = votes_on(data, 60)
    first = fit(data, votes, tmp_path)[2]
    second = fit(data, votes, tmp_path, **changes)[2]
    assert (first.epoch, first.kept_loss) != (second.epoch, second.kept_loss)


def test_the_first_stage_changes_what_the_second_learns_and_keeps_nothing(tmp_path: Path) -> None:
    data, both = planted(48), {"objective": "battles-then-scores", "epochs": 4}
    votes = votes_on(data, 60)
    trainee, _, state = fit(data, votes, tmp_path, **both)
    assert trainee.axes == data.axes
    assert (state.epoch, state.kept_epoch > 2) == (4, True)
    turned = [outcome.swapped for outcome in votes.outcome if outcome is not None]
    other = fit(data, votes._replace(outcome=turned), tmp_path, **both)[2]
    assert other.kept_loss != state.kept_loss


@pytest.mark.parametrize("objective", ["battles", "battles-then-scores"])
def test_a_stopped_run_ends_with_the_same_bytes(objective: str, tmp_path: Path) -> None:
    data = planted(48)
    votes, chosen = votes_on(data, 60), settings(objective=objective, epochs=4, noise=0.1)
    batches = prepare(chosen, data, votes)
    whole = Loop(chosen, batches, make_accelerator(chosen), 0, tmp_path / "whole")
    expected = whole.run(lambda record, state: None)
    for stop in (1, 3):

        def end(record: dict[str, Any], state: TrainState, stop: int = stop) -> None:
            if record["epoch"] == stop:
                raise KeyboardInterrupt

        path = tmp_path / f"stopped-{stop}"
        with pytest.raises(KeyboardInterrupt):
            Loop(chosen, batches, make_accelerator(chosen), 0, path).run(end)
        state = Loop(chosen, batches, make_accelerator(chosen), 0, path).run(lambda *_: None)
        assert state.kept.keys() == expected.kept.keys()
        assert all(torch.equal(value, state.kept[name]) for name, value in expected.kept.items())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3)), min_size=1))
def test_swapping_the_songs_of_all_votes_swaps_the_battles(
    rows: list[tuple[int, int, int]],
) -> None:
    data = planted(10, validation=0.0)
    name = data.song_ids.tolist()
    votes = Votes(
        [name[a] for a, _, _ in rows], [name[b] for _, b, _ in rows],
        [list(Outcome)[k] for _, _, k in rows], [None] * len(rows), "",
    )  # fmt: skip
    turned = Votes(
        votes.second, votes.first, [o.swapped for o in votes.outcome if o], votes.prompt, ""
    )
    there, back = split_battles(votes, data), split_battles(turned, data)
    np.testing.assert_array_equal(there.train.first, back.train.second)
    np.testing.assert_array_equal(there.train.won, 1 - back.train.won)
    assert there.left_out == back.left_out


def embedded(n: int = 40) -> TrainingSet:
    """Songs as if the bundled encoder had heard them, so that a judge can be written."""
    spec = read_card(BUNDLED).encoder
    return replace(planted(n, dim=spec.dim, test=0.2), spec=spec)


def write_votes(path: Path, votes: Votes) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["first", "second", "outcome"])
        rows.writerows(zip(votes.first, votes.second, votes.outcome, strict=True))


def test_votes_in_a_file_make_a_judge_that_scores_compares_and_ranks(
    tmp_path: Path, songs: Path
) -> None:
    data = embedded()
    write_files(data, tmp_path)
    votes = votes_on(data, 80)
    write_votes(tmp_path / "votes.csv", votes)
    config = tmp_path / "judge.toml"
    config.write_text(
        f'manifest = "{tmp_path}/songs.parquet"\nstore = "{tmp_path}/store"\n'
        f'out = "{tmp_path}/run"\nbattles = "{tmp_path}/votes.csv"\npreset = "tunejury"\n'
        'encoder = "bundled"\nmix = "mean"\nepochs = 2\nshared_dims = [16, 8]\ndevice = "cpu"\n'
    )
    printed = io.StringIO()
    train_judge(config, None, Streams(printed, printed))
    said = printed.getvalue()
    assert "test battles" in said
    assert "share of decided battles predicted" in said
    card = read_card(tmp_path / "run" / "judge")
    assert card.score_names == ("preference",)
    assert {metric.measure for metric in card.metrics} == {"accuracy on battles"}
    assert "test battles." in card.training_data
    assert card.citation.startswith("TuneJury")
    judge = plaudit.load_judge(tmp_path / "run" / "judge")
    rows = [judge.score(songs / f"{name}.wav") for name in "ab"]
    values = [row["preference"].value for row in rows]
    assert values[0] != values[1]
    assert rows[0].timeline is not None
    ranking = judge.rank([songs / "a.wav", songs / "b.wav"])
    assert ranking[0].path == str(songs / f"{'ab'[int(values[1] > values[0])]}.wav")
    comparison = judge.compare(songs / "a.wav", songs / "b.wav")
    assert comparison.axes[0].difference == pytest.approx(values[0] - values[1])
    # Other votes are other data: the run is not gone on with.
    write_votes(tmp_path / "votes.csv", votes_on(data, 80, seed=1))
    with pytest.raises(InputError, match=r"other settings or data \(the data\)"):
        train_judge(config, None, Streams(printed, printed))


def test_each_recipe_of_another_judge_has_its_source() -> None:
    assert [*PRESETS] == ["apex", "plaudit", *SOURCES]


def test_every_preset_makes_a_network_and_its_file_holds_it(tmp_path: Path) -> None:
    data = embedded()
    votes = votes_on(data, 60)
    small = {"epochs": 2, "mix": "mean", "device": "cpu", "batch": 32, **PATHS}
    for name, preset in PRESETS.items():
        shared = {"shared_dims": (8,)} if preset.get("shared_dims") != () else {}
        given_votes = {"battles": "v.csv"} if "objective" in preset else {}
        chosen = with_preset({"preset": name, "members": 1, **small, **shared, **given_votes}, name)
        chosen = chosen.model_copy(update={"interval": "none"})
        batches = prepare(chosen, data, votes if given_votes else None)
        state = Loop(chosen, batches, make_accelerator(chosen), 0, tmp_path / name).run(
            lambda *_: None
        )
        assert np.isfinite(state.kept_loss), name


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"objective": "battles"}, "objective battles needs battles = FILE"),
        ({"battles": "v.csv"}, "battles needs objective battles or battles-then-scores"),
        ({"objective": "battles", "battles": "v.csv", "mixup": 0.2}, "learns from no label"),
        ({"objective": "battles", "battles": "v.csv", "interval": "constant"}, "from no label"),
        ({"objective": "battles", "battles": "v.csv", "axes": "labelled"}, "from no label"),
        ({"objective": "battles", "battles": "v.csv", "output": "ordinal"}, "needs output value"),
        (
            {"objective": "battles-then-scores", "battles": "v.csv", "epochs": 1},
            "needs 2 epochs or more",
        ),
        ({"mixup_kernel": 1.0}, "mixup_kernel needs mixup"),
        ({"pooling": "statistics", "condition": "segment-full-equal-2"}, "of level song"),
        ({"axes": "aesthetics", "condition": "song-popularity-equal-2"}, "of the task full"),
        ({"norm": "none", "shared_dims": (), "branch_dims": ()}, "need a hidden layer"),
        ({"preset": "tunejuri"}, "no preset 'tunejuri'; did you mean 'tunejury'"),
    ],
    ids=str,
)
def test_a_setting_that_would_do_nothing_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        with_preset({**PATHS, **changes}, "here")


def test_too_few_battles_are_refused_with_what_was_left_out() -> None:
    data = planted(20, validation=0.25)
    votes = votes_on(data, 5)._replace(first=["x"] * 5)
    with pytest.raises(InputError, match=r"got 0 and 0; left out are a song is in no split.*: 5"):
        prepare(settings(), data, votes)
    with pytest.raises(InputError, match="Objective battles needs votes"):
        prepare(settings(), data)


def test_battles_are_measured_by_hand() -> None:
    margin, won = np.array([1.0, -2.0, 0.5]), np.array([1.0, 1.0, 0.5], np.float32)
    rows = {row.measure: row for row in measure_battles("test", margin, won)}
    assert (rows["accuracy"].value, rows["accuracy"].n) == (0.5, 2)
    loss = (
        np.log1p(np.exp(-1))
        + np.log1p(np.exp(2))
        + (np.log1p(np.exp(-0.5)) + np.log1p(np.exp(0.5))) / 2
    )
    assert rows["log loss"].value == pytest.approx(loss / 3)
    assert rows["log loss"].n == 3


def test_a_sweep_of_battles_is_refused(tmp_path: Path) -> None:
    with (
        Sweep(tmp_path / "sweep", 1, 1, lambda _: None) as sweep,
        pytest.raises(InputError, match=r"objective is battles; train that with plaudit train\."),
    ):
        sweep.run({"ranknet": settings()})
