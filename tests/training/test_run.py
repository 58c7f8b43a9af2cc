"""A run from files to a judge: whole, resumable, refused where it does not belong."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

import plaudit
from own_judge import own_judge
from planted_songs import ALL, SMALL, planted, write_files
from plaudit.core.errors import InputError, MissingFileError
from plaudit.datasets.inspect.recording import read_recordings
from plaudit.datasets.manifest.songs import read_manifest, write_manifest
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import load_folder, read_card
from plaudit.model.pooling import segment_weights
from plaudit.model.training_songs import SONGS, read_taught, taught_by
from plaudit.training.data import TrainingSet
from plaudit.training.preset import PRESETS
from plaudit.training.run import train
from plaudit.training.run_folder import code_revision
from plaudit.training.settings import TrainSettings, read_values, with_preset
from taught_judge import write_tune

BEST: dict[str, Any] = {
    "output": "ordinal", "members": 2, "pooling": "attention", "prior": "music", "mixup": 0.2,
    "noise": 0.1, "average": 0.9, "ranking": 0.2, "targets": "standardised", "loss_rate": 0.05,
    "interval": "spread", "coverage": 0.3, "abstain_above": 0.2, "mix": "softmax",
}  # fmt: skip


def embedded_songs(n: int = 60) -> TrainingSet:
    """Songs as if the bundled encoder had heard them, so that a judge can be written."""
    spec = read_card(BUNDLED).encoder
    data = planted(n, dim=spec.dim, test=0.2)
    return replace(data, spec=spec)


def settings(folder: Path, name: str = "run", **changes: Any) -> TrainSettings:
    paths = {"manifest": folder / "songs.parquet", "store": folder / "store", "out": folder / name}
    return TrainSettings.model_validate({**paths, **SMALL, "encoder": "bundled", **changes})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_files(embedded_songs(), folder)
    return folder


@pytest.fixture(scope="module")
def judges(files: Path) -> Path:
    """Two finished runs: the published recipe in small, and everything at once."""
    train(settings(files, "plain"), lambda line: None)
    train(settings(files, "best", **BEST), lambda line: None)
    return files


@pytest.mark.parametrize("name", ["plain", "best"])
def test_the_judge_says_what_the_run_measured(judges: Path, name: str) -> None:
    table = parquet.read_table(judges / name / "predictions.parquet").to_pydict()
    parts, data = load_folder(judges / name / "judge"), embedded_songs()
    recipe = parts.card.recipe
    for row, song_id in list(enumerate(table["song_id"]))[::5]:
        song = data.song_ids.tolist().index(song_id)
        rows = slice(data.offsets[song], data.offsets[song + 1])
        weights = segment_weights(
            recipe.prior if recipe.pooling == "attention" else recipe.pooling,
            data.duration_s[rows].tolist(),
            data.music_s[rows].tolist(),
        )
        out = parts.network.score(torch.from_numpy(data.values[rows].astype(np.float32)), weights)
        for place, axis in enumerate(ALL):
            assert float(out.song[place]) == pytest.approx(table[axis][row], rel=1e-5)
            assert table[f"{axis}_observed"][row] == pytest.approx(float(data.targets[song, place]))
            if name == "best":
                assert out.spread is not None
                assert float(out.spread[place]) == pytest.approx(
                    table[f"{axis}_spread"][row], rel=1e-4
                )


def test_the_judge_scores_songs_with_intervals_and_abstains(judges: Path, songs: Path) -> None:
    plain = plaudit.load_judge(judges / "plain" / "judge").score(songs / "a.wav")
    assert plain["likes"].low is None
    judge = own_judge(judges / "best" / "judge")
    interval = judge.card.interval
    assert interval is not None
    assert (interval.scale, interval.coverage) == ("spread", 0.3)
    scores = [judge.score(songs / f"{name}.wav") for name in "ab"]
    widths = set()
    for row in scores:
        for axis in ALL:
            low, high = row[axis].low, row[axis].high
            assert low is not None
            assert high is not None
            assert low <= row[axis].value <= high
        widths.add(round((row["clarity"].high or 0) - (row["clarity"].low or 0), 6))
        wide = [
            a for a in ALL
            if (row[a].high or 0) - (row[a].low or 0) > 2 * interval.abstain_above[a]
        ]  # fmt: skip
        notes = [note.message for note in row.warnings if note.type == "abstains"]
        assert bool(wide) <= bool(notes)
        assert all(axis in notes[0] for axis in wide)
    assert len(widths) == 2  # of its own for each song


def test_the_folder_says_what_was_done(judges: Path) -> None:
    run = judges / "best"
    begun = json.loads((run / "run.json").read_text())
    assert begun["versions"]["torch"] == torch.__version__
    assert begun["revision"] == code_revision()
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [(row["member"], row["epoch"]) for row in log] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert set(log[0]["validation_losses"]) == set(log[0]["log_sigma"]) == set(ALL)
    assert list(run.glob("tensorboard/member-1/events.*"))
    assert not list(run.glob("state/*.checkpoint"))
    card = read_card(run / "judge")
    assert card.recipe.members == 2
    assert "33 training songs" in card.training_data
    assert {metric.data.split()[0] for metric in card.metrics} == {"validation", "test"}
    assert card.familiarity is not None


def test_a_finished_run_is_not_repeated_and_another_is_refused(judges: Path) -> None:
    messages: list[str] = []
    before = (judges / "plain" / "result.json").stat().st_mtime_ns
    train(settings(judges, "plain"), messages.append)
    assert "is finished" in messages[-1]
    assert (judges / "plain" / "result.json").stat().st_mtime_ns == before
    with pytest.raises(InputError, match=r"other settings or data \(batch\)"):
        train(settings(judges, "plain", batch=8), messages.append)
    with pytest.raises(InputError, match=r"other settings or data \(the data\)"):
        train(settings(judges, "plain"), messages.append, embedded_songs(61))
    with pytest.raises(InputError, match="holds other files and no run"):
        train(settings(judges, "store"), messages.append)


def test_a_judge_can_be_asked_for_later(judges: Path) -> None:
    run = settings(judges, "later", encoder=None)
    first = train(run, lambda line: None)
    assert not (run.out / "judge").exists()
    second = train(run.model_copy(update={"encoder": "bundled"}), lambda line: None)
    assert read_card(run.out / "judge").weights_hash == first.weights_hash == second.weights_hash
    shutil.rmtree(run.out)


def test_another_encoder_is_refused_before_training(files: Path, tiny_apex: Path) -> None:
    with pytest.raises(InputError, match="name the one that made the store"):
        train(settings(files, "other", encoder=str(tiny_apex)), lambda line: None)
    assert not (files / "other").exists()


def test_settings_are_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "train.toml"
    given = 'manifest = "m.parquet"\nstore = "s"\nout = "o"\n'
    for more, message in (
        ("batsh = 3", "unknown key 'batsh'; did you mean 'batch'"),
        ('condition = "song-ful-equal-2"', "no condition 'song-ful-equal-2'; did you mean"),
        ("epochs = 0", "epochs"),
        ("= 3", "is not TOML"),
        ('condition = "segment-full-equal-2"\npooling = "attention"', "need a condition of level"),
        ('condition = "song-full-equal-2"\nloss_rate = 0.1', "needs a condition with the loss"),
        ('interval = "spread"', "needs output ordinal or several members"),
        ("abstain_above = 0.2", "abstain_above needs interval spread"),
    ):
        path.write_text(given + more)
        with pytest.raises(InputError, match=message):
            with_preset(read_values(path), str(path))
    with pytest.raises(MissingFileError, match="Expected settings in TOML"):
        read_values(tmp_path / "absent.toml")


def test_presets_are_defaults_and_the_file_goes_before_them() -> None:
    paths = {"manifest": "m.parquet", "store": "s", "out": "o"}
    apex = with_preset(dict(paths), "here")
    recipe = {
        "learning_rate": 1e-4, "weight_decay": 1e-4, "epochs": 50, "patience": 20, "batch": 512,
        "clip": 1.0, "precision": "mixed", "seed": 42, "targets": "raw", "mix": "published",
        "pooling": "mean", "condition": "song-full-uncertainty-2", "shared_dropout": 0.3,
        "branch_dropout": 0.1, "members": 1, "output": "value",
    }  # fmt: skip
    assert {name: getattr(apex, name) for name in recipe} == recipe
    better = with_preset({**paths, "preset": "plaudit", "batch": 7}, "here")
    assert better.batch == 7
    for name, value in PRESETS["plaudit"].items():
        assert name == "batch" or getattr(better, name) == value


def test_the_judge_keeps_a_list_of_its_songs(tmp_path: Path) -> None:
    """Songs by part; sound where there is audio, unless the settings say no."""
    write_files(embedded_songs(40), tmp_path)
    manifest = read_manifest(tmp_path / "songs.parquet")
    files = [f"{k}.wav" if k < 2 else None for k in range(40)]
    for k in range(2):
        write_tune(tmp_path / f"{k}.wav", k)
    place = manifest.table.column_names.index("path")
    table = manifest.table.set_column(place, "path", pa.array(files, pa.string()))
    table = table.append_column("sha256", pa.array([f"{k:02x}" * 32 for k in range(40)]))
    write_manifest(tmp_path / "songs.parquet", table, {})
    train(settings(tmp_path, "heard"), lambda line: None)
    train(settings(tmp_path, "deaf", fingerprints=False), lambda line: None)
    stated = read_card(tmp_path / "heard" / "judge").songs
    assert stated is not None
    assert (stated.n_train, stated.n_validation, stated.n_test) == (22, 10, 8)
    assert (stated.n_hashed, stated.n_sketched) == (40, 2)
    rows = read_taught(tmp_path / "heard" / "judge" / SONGS, stated)
    again = read_recordings(["\0x", "\0y"], [write_tune(tmp_path / "x.mp3", 1), None])
    again.sha256[1] = f"{25:02x}" * 32
    assert taught_by(rows, again) == ["sound", "content"]
    other = read_card(tmp_path / "deaf" / "judge").songs
    assert other is not None
    assert other.n_sketched == 0
