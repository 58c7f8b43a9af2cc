"""A run with a table [lora]: it learns, goes on where it stopped, and ends in an ordinary judge."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from own_judge import own_judge
from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import InputError
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.encoders.mert import load_mert
from plaudit.model.folder import read_card
from plaudit.training.lora.adapter import merged
from plaudit.training.lora.excerpt import AudioSongs, count_excerpts
from plaudit.training.lora.settings import LoraSettings
from plaudit.training.lora.tuner import Tuner
from plaudit.training.lora.tuning_run import RECORD, adapt

RATE = 24_000
AXES = ("coherence", "clarity")
RULE = SegmentRule(length_s=1.0, tail="drop", min_tail_s=0.5)
QUICK = LoraSettings(
    rank=4, epochs=3, batch=3, learning_rate=3e-3, head_learning_rate=0.03, excerpt_s=1.0
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones and noises: clarity is the share of tone, so there is something to be learned."""
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(0)
    lines = ["song_id,path,split,coherence,clarity"]
    for number in range(12):
        share = number % 4 / 3
        t = np.arange(int(2.6 * RATE)) / RATE
        tone = np.sin(2 * np.pi * rng.uniform(200, 800) * t)
        sound = 0.2 * (share * tone + (1 - share) * rng.normal(size=len(t)))
        soundfile.write(folder / f"{number:02d}.wav", sound, RATE)
        split = "validation" if number >= 8 else "train"
        unknown = number == 3
        lines.append(
            f"s{number},{number:02d}.wav,{split},{'' if unknown else 3 + share},{1 + 4 * share}"
        )
    lines += ["silent,silent.wav,train,3,3", "gone,gone.wav,train,3,3", "only,,train,3,3"]
    soundfile.write(folder / "silent.wav", np.zeros(2 * RATE), RATE)
    lines.append("twin,twin.wav,train,3,3")
    shutil.copy(folder / "08.wav", folder / "twin.wav")  # of a validation song
    few = [*lines[:5], *lines[9:11], *lines[13:]]  # 4 to learn from, 2 to validate, 4 left out
    (folder / "songs.csv").write_text("\n".join(few) + "\n")
    return folder / "songs.csv"


@pytest.fixture
def songs(corpus: Path) -> AudioSongs:
    paths = sorted(corpus.parent.glob("[0-9]*.wav"))
    counts, faults = count_excerpts(paths, RULE, RATE)
    assert counts.tolist() == [3] * 12
    assert not faults
    share = (np.arange(12) % 4 / 3).astype(np.float32)
    targets = np.stack([3 + share, 1 + 4 * share], axis=1)
    targets[3, 0] = np.nan
    return AudioSongs(paths, counts, targets, np.arange(12) < 8, RULE, RATE)


def tuner(tiny_mert: Path, songs: AudioSongs, checkpoint: Path, **change: Any) -> Tuner:
    encoder = load_mert(tiny_mert, device="cpu")
    settings = QUICK.model_copy(update=change)
    return Tuner(encoder, songs, AXES, settings, 7, checkpoint)


def test_the_loss_falls_below_what_the_mean_gets(
    tiny_mert: Path, songs: AudioSongs, tmp_path: Path
) -> None:
    learner = tuner(tiny_mert, songs, tmp_path / "c", epochs=8)
    before = learner.loss(songs.training)
    learner.run(lambda _: None)
    after = learner.loss(songs.training)
    assert after < 0.6 * before
    history = learner.state.history
    assert [record["epoch"] for record in history] == list(range(1, 9))
    best = min(record["validation_loss"] for record in history)
    assert learner.loss(~songs.training) == pytest.approx(best, rel=1e-6)


class StopError(Exception):
    """Stands for the end of a process."""


def test_stopped_and_resumed_it_ends_the_same(
    tiny_mert: Path, songs: AudioSongs, tmp_path: Path
) -> None:
    whole = tuner(tiny_mert, songs, tmp_path / "whole")
    whole.run(lambda _: None)

    def stop(record: dict[str, Any]) -> None:
        if record["epoch"] == 2:
            raise StopError

    with pytest.raises(StopError):
        tuner(tiny_mert, songs, tmp_path / "parts").run(stop)
    resumed = tuner(tiny_mert, songs, tmp_path / "parts")
    assert resumed.state.epoch == 2
    resumed.run(lambda _: None)
    assert resumed.state.history == whole.state.history
    hashes = [merged(trainer._encoder, "x").spec.hash for trainer in (whole, resumed)]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    "change",
    [
        {"batch": 4},
        {"learning_rate": 1e-3},
        {"head_learning_rate": 0.01},
        {"weight_decay": 0.5},
        {"clip": 0.01},
    ],
)
def test_every_setting_of_the_loop_counts(
    tiny_mert: Path, songs: AudioSongs, tmp_path: Path, change: dict[str, Any]
) -> None:
    once = {"epochs": 1}
    plain = tuner(tiny_mert, songs, tmp_path / "a", **once).run(lambda _: None)
    other = tuner(tiny_mert, songs, tmp_path / "b", **once, **change).run(lambda _: None)
    assert plain.history != other.history


def values(corpus: Path, tiny_mert: Path, out: Path, **change: Any) -> dict[str, Any]:
    return {
        "manifest": str(corpus),
        "out": str(out),
        "encoder": str(tiny_mert),
        "axes": "labelled",
        "epochs": 2,
        "batch": 4,
        "device": "cpu",
        "lora": {"rank": 2, "epochs": 1, "batch": 2, "excerpt_s": 1.0, **change},
    }


def test_it_ends_in_a_judge_that_needs_no_peft(
    corpus: Path,
    tiny_mert: Path,
    songs: AudioSongs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from plaudit.training.run import train

    monkeypatch.setattr(
        "plaudit.embeddings.extract.job.cores", lambda: 1
    )  # a second start costs more
    messages: list[str] = []
    settings = adapt(values(corpus, tiny_mert, tmp_path / "run"), "here", messages.append)
    assert any("4 songs (2 to validate, 4 left out)" in line for line in messages)
    base = load_mert(tiny_mert, device="cpu").spec
    store = EmbeddingStore.open(*settings.store)
    assert store.spec.hash != base.hash
    assert store.spec.name == "MERT-tiny-lora"
    assert len(store) == 8  # silence has an embedding; what is not there has none
    record = json.loads((tmp_path / "run-lora" / RECORD).read_text())
    assert set(record["left_out"]) == {"silent", "gone", "only", "twin"}
    assert len(record["history"]) == 1

    train(settings, messages.append)
    monkeypatch.setitem(sys.modules, "peft", None)
    judge = own_judge(tmp_path / "run" / "judge", device="cpu")
    assert judge.card.encoder.hash == store.spec.hash
    assert 1 <= judge.score(songs.paths[0])["clarity"].value <= 5
    listed = judge.card.songs
    assert listed is not None
    assert (listed.n_train, listed.n_validation) == (5, 2)  # silence too, and without the twin
    # The same encoder in another run: what tuned it is not on the list of that one.
    other = settings.model_copy(
        update={"out": tmp_path / "other", "encoder": str(tmp_path / "run" / "judge")}
    )
    train(other, messages.append)
    card = read_card(tmp_path / "other" / "judge")
    assert card.songs is None
    assert "Its encoder was tuned on songs of another run, so it lists no songs." in card.limits

    messages.clear()
    again = adapt(values(corpus, tiny_mert, tmp_path / "run"), "here", messages.append)
    assert again == settings
    assert any("is tuned already" in line for line in messages)
    with pytest.raises(InputError, match="tuned with another lora; give another folder"):
        adapt(values(corpus, tiny_mert, tmp_path / "run", rank=3), "here", messages.append)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"store": "x"}, "and no store"),
        ({"encoder": None}, "name the encoder to tune"),
        ({"encoder": "bundled"}, "'bundled' is no judge folder"),
        ({"lora": {"rnak": 1}}, r"\[lora\] has an unknown key 'rnak'; did you mean 'rank'"),
        ({"lora": {"layers": [99]}}, "layers .* do not exist"),
    ],
)
def test_wrong_settings_are_told(
    corpus: Path, tiny_mert: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    wrong = {**values(corpus, tiny_mert, tmp_path / "run"), **change}
    wrong = {name: value for name, value in wrong.items() if value is not None}
    with pytest.raises(InputError, match=message):
        adapt(wrong, "here", lambda _: None)
    assert not any(tmp_path.iterdir())
