"""Any name and any samples through every command that hears songs: none ends a run.

Names are random bytes and samples random finite floats up to 3e38; between them stand ordinary
songs. No command ends in a traceback, every file has its row, and the ordinary ones are judged.
"""

import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import soundfile
from numpy.typing import NDArray

from plaudit.benchmarks.scores.file import read_scores
from plaudit.core.csv_text import csv_line
from plaudit.core.printable import to_arrow
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.encoders.measured.encoder import MeasuredEncoder
from typed_command import plaudit, typed

MEANT = b" -~'\"%$#;,\t\n\\=+@[]{}<>&*?a"  # letters that mean something somewhere
LARGEST = np.finfo(np.float32).max


def random_name(rng: np.random.Generator) -> str:
    """Draw a name of any bytes a file system takes, as Python spells it."""
    kind = rng.integers(3)
    if kind == 0:
        letters = bytes(rng.integers(1, 256, size=rng.integers(1, 60)).astype(np.uint8))
    elif kind == 1:
        letters = "".join(map(chr, rng.integers(0x80, 0xD7FF, size=20))).encode()
    else:
        letters = bytes(
            rng.choice(list(b" -~'\"%$#;,\t\n\\=+@[]{}<>&*?a"), size=12).astype(np.uint8)
        )
    return os.fsdecode(letters.replace(b"/", b"_") + b".wav")


def random_samples(rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw finite floats: of one scale, of all scales, or the largest there are."""
    x = rng.normal(size=16_000).clip(-1, 1)
    scale = 10 ** rng.uniform(-44, 38.5, size=16_000 if rng.integers(2) else 1)
    loud = np.clip(x * np.minimum(scale, LARGEST), -LARGEST, LARGEST)
    return np.asarray(loud, np.float32)


def write_song(path: Path, samples: NDArray[np.float32]) -> None:
    with path.open("wb") as file:
        soundfile.write(file, samples, 8_000, format="WAV", subtype="FLOAT")


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve songs, every third an ordinary one."""
    folder = tmp_path_factory.mktemp("any")
    rng = np.random.default_rng(23)
    for number in range(12):
        samples = random_samples(rng)
        if number % 3 == 0:
            samples = (0.1 * rng.normal(size=16_000)).astype(np.float32)
            write_song(folder / f"ordinary {number}.wav", samples)
        else:
            write_song(folder / random_name(rng), samples)
    assert len(list(folder.iterdir())) == 12
    return folder


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "table"])
def test_score(songs: Path, form: str, tmp_path: Path) -> None:
    names = {path.name for path in songs.iterdir()}
    out, page = tmp_path / f"rows.{form}", tmp_path / "page.html"
    plaudit("score", songs, "-f", form, "-o", out, "--report", page, status=1)
    assert "ordinary 0.wav" in page.read_text("utf-8")
    if form != "table":
        read = read_scores(out)
        judged = {Path(row.names[0]).name for row in read.rows}
        assert judged <= names
        assert {name for name in names if name.startswith("ordinary")} <= judged
        plaudit("rank", "--scores", out, "--by", "clarity", status=1)
    if form in ("json", "jsonl"):
        text = out.read_bytes().decode("utf-8", "surrogateescape")
        rows = (
            json.loads(text) if form == "json" else [json.loads(x) for x in text.split("\n")[:-1]]
        )
        assert {Path(row["path"]).name for row in rows} == names
        for row in rows:
            assert ("scores" in row) != (row.get("error") is not None)
            assert row.get("error") is None or row["error"]["type"] in ("ScaleError", "SilentError")
    if form == "jsonl":
        again = plaudit("score", songs, "-f", form, "-o", out, "--resume", status=1)
        assert "12 songs" in again.stderr


def test_rank_and_compare(songs: Path) -> None:
    paths = sorted(songs.iterdir())
    plaudit("rank", *paths, "--by", "clarity", status=1)
    for a, b in ((0, 1), (1, 2), (6, 11)):
        ended, output = typed("compare", "--", paths[a], paths[b])
        assert ended in (0, 1)
        assert output.stderr or output.stdout


def test_embed(songs: Path, tmp_path: Path) -> None:
    plaudit("embed", songs, "--out", tmp_path / "store", "--workers", "1", status=1)
    known = set(EmbeddingStore.open(tmp_path / "store").load().song_ids.tolist())
    assert known <= {path.name for path in songs.iterdir()}
    assert {f"ordinary {k}" for k in range(0, 12, 3)} <= {Path(name).stem for name in known}


def test_evaluate_from_a_manifest_of_any_form(songs: Path, tmp_path: Path) -> None:
    paths = sorted(songs.iterdir())
    rng, measured = np.random.default_rng(1), []
    columns = {
        "song_id": [to_arrow(path.name) for path in paths],
        "path": [to_arrow(str(path)) for path in paths],
        "split": ["test"] * len(paths),
        "clarity": rng.uniform(1, 5, len(paths)),
    }
    for suffix in (".parquet", ".csv", ".jsonl"):
        manifest = tmp_path / f"songs{suffix}"
        write_manifest(manifest, pa.table(columns), {})
        words = ("evaluate", "bundled", manifest, "--baselines", "constant", "-f", "json")
        (axis,) = json.loads(plaudit(*words).stdout)["axes"]
        measured.append(axis["n"])
    assert measured[0] >= 4
    assert len(set(measured)) == 1


def test_study_and_benches(songs: Path, tmp_path: Path) -> None:
    rng, paths = np.random.default_rng(1), sorted(songs.iterdir())
    rows = [csv_line(["first", "second", "outcome", "prompt"])]
    for k in range(120):
        a, b = rng.choice(len(paths), 2, replace=False)
        outcome = ("first", "second")[rng.integers(2)]
        rows.append(csv_line([paths[a].name, paths[b].name, outcome, f"p{k % 30}"]))
    (tmp_path / "votes.csv").write_bytes("".join(rows).encode("utf-8", "surrogateescape"))
    head = csv_line(["path", "streams", "likes", "coherence", "musicality"])
    scores = [csv_line([path, *rng.uniform(1, 5, 4)]) for path in paths]
    text = "".join([head, *scores])
    (tmp_path / "scores.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    for words in (
        ("study", "preference", "--battles", tmp_path / "votes.csv", "--scores",
         tmp_path / "scores.csv", "--out", tmp_path / "study", "--models", "logistic", "--schemes",
         "prompt", "--draws", 20, "--workers", 1),
        ("bench", "damage", *paths[:2], "--out", tmp_path / "damage.json"),
        ("bench", "run", "robustness", "--data", songs, "--judge", "bundled", "--out",
         tmp_path / "robustness.json"),
    ):  # fmt: skip
        ended, output = typed(*words)
        assert ended in (0, 1), output.stderr
        assert "Traceback" not in output.stderr


@pytest.mark.parametrize("fault", [IndexError("3"), ZeroDivisionError(), MemoryError("big")])
def test_what_nobody_foresaw_is_a_row(
    fault: Exception, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordinary = [songs / f"ordinary {k}.wav" for k in (0, 3, 6)]

    encode, calls = MeasuredEncoder.encode, iter(range(3))

    def failing(encoder: MeasuredEncoder, segments: np.ndarray) -> np.ndarray:
        if next(calls) == 1:
            raise fault
        return encode(encoder, segments)

    monkeypatch.setattr(MeasuredEncoder, "encode", failing)
    out = plaudit("score", *ordinary, "-f", "jsonl", status=1)
    first, bad, last = map(json.loads, out.stdout.splitlines())
    assert "scores" in first
    assert "scores" in last
    assert bad["error"]["type"] == type(fault).__name__
    assert "nobody foresaw" in bad["error"]["message"]
    assert "Traceback" not in out.stderr
