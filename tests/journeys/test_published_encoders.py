"""From a published judge's encoder to a judge of one's own: embed, train, score."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from filled import song
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.model.folder import read_card
from published_files import publish, weights_options
from typed_command import plaudit

N_SONGS = 12
TRAIN = """
manifest = "songs.csv"
store = "store"
out = "run"
encoder = "{0}"
mix = "softmax"
axes = "labelled"
pooling = "duration"
epochs = 2
batch = 4
shared_dims = [8, 4]
branch_dims = [4]
device = "cpu"
fingerprints = false
"""


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Songs of 1.5 s with a label, and a judges folder with a small SongEval."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    rng = np.random.default_rng(0)
    lines = ["song_id,path,split,musicality"]
    for number in range(N_SONGS):
        path = f"{number}.wav"
        loud = song(1.5) * (0.2 + 0.05 * number) + rng.normal(0, 0.01, 36_000)
        soundfile.write(path, loud.astype(np.float32), 24_000, subtype="FLOAT")
        split = "train" if number < 8 else "validation"
        lines.append(f"s{number},{path},{split},{1.5 + 0.25 * number}")
    Path("songs.csv").write_text("\n".join(lines) + "\n")
    parts = publish("songeval", tmp_path / "published")
    words = weights_options(parts)
    plaudit("judges", "import", "songeval", *words, "--accept-licence")
    return tmp_path


def rows(*words: object) -> list[dict[str, Any]]:
    printed = plaudit("score", *words, "-f", "jsonl").stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_a_judge_is_trained_on_muq_and_scores_without_the_one_it_came_from(corpus: Path) -> None:
    options = ["--encoder", "muq", "--out", "store", "--workers", "1", "--segment-s", "1"]
    done = plaudit("embed", "songs.csv", *options)
    assert f"{N_SONGS} of {N_SONGS} songs embedded now (24 segments" in done.stdout
    assert "is that of judge" in done.stderr
    store = EmbeddingStore.open("store")
    assert store.load().values.shape == (24, 3, 64)
    other = plaudit("embed", "songs.csv", *options, "--layers", "1,6", status=1).stderr
    assert "layers" in other
    missing = plaudit("embed", "songs.csv", *options, "--layers", "7", status=1).stderr
    assert "layers [7] do not exist" in missing

    Path("train.toml").write_text(TRAIN.format("muq"))
    plaudit("train", "train.toml")
    card = read_card(corpus / "run" / "judge")
    assert card.encoder.kind == "muq"
    assert card.encoder.layers == (2, 4, 6)
    assert "CC-BY-NC-4.0" in card.licence
    assert card.recipe.segment.length_s == 1
    before = rows("0.wav", "11.wav", "--judge", "run/judge")
    assert before[0]["scores"] != before[1]["scores"]

    shutil.rmtree("judges")
    shutil.rmtree("store")
    shutil.rmtree("published")
    assert rows("0.wav", "11.wav", "--judge", "run/judge") == before
    again = plaudit("embed", "0.wav", "--encoder", "run/judge", "--out", "more", "--workers", "1")
    assert "1 of 1 songs embedded now" in again.stdout
    table = EmbeddingStore.open("more").load()
    assert table.values.shape == (2, 3, 64)


def test_a_training_that_names_another_encoder_is_refused(corpus: Path) -> None:
    options = ["--out", "store", "--workers", "1"]
    plaudit("embed", "songs.csv", "--encoder", "songeval", *options)
    Path("train.toml").write_text(TRAIN.format(corpus / "published" / "muq"))
    refused = plaudit("train", "train.toml", status=1).stderr
    assert "name the one that made the store" in refused
    assert not Path("run").exists()
    Path("train.toml").write_text(TRAIN.format("wavlm"))
    refused = plaudit("train", "train.toml", status=1).stderr
    assert "plaudit judges list" in refused
