"""Every option of the command line that names what is written, with a small run of its command.

`OPTIONS` is read off the command line itself, so that a new command or option has no place here
until somebody writes down what it is.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import soundfile
import torch
import typer
from numpy.typing import NDArray
from pyarrow import parquet

from formula import TINY, head_tensors, mert_tensors, write_mert
from planted_board import drawn_battles, write_battles
from planted_songs import planted, write_files
from plaudit.cli.app import app
from published_files import publish, weights_options
from small_corpus import sound
from typed_command import plaudit
from voting_rows import honest, listening_test

STRENGTH = np.array([0.5, 0.0, -0.5])
RUN_SETTINGS = """
manifest = "{0}/songs.parquet"
store = "{0}/store"
out = "{0}/unused"
mix = "mean"
epochs = 1
patience = 1
batch = 16
members = 1
shared_dims = [16, 8]
branch_dims = [8]
device = "cpu"
"""


class Door(NamedTuple):
    """A command with all but the option, and what it does with the path that the option names."""

    words: list[object]
    inputs: list[Path]
    suffix: str = ".out"
    #: What is written into the folder that is named; nothing where a file is named. A name that
    #: ends in "/" is a folder.
    inside: tuple[str, ...] = ()
    #: Other files that are written where a file is named, by what takes the place of its suffix.
    beside: tuple[str, ...] = ()
    #: Fills the folder that is named: for a command that writes beside what it reads.
    fill: Callable[[Path], object] | None = None
    takes_long: bool = False  #: Whether only refusals, which come before the work, are tried.


def options() -> Iterator[tuple[str, str]]:
    """Yield each command with each of its options and arguments that may name a path."""

    def leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for name, part in getattr(command, "commands", {}).items():
            yield from leaves(part, (*words, name))
        if not hasattr(command, "commands"):
            for option in command.params:
                kind = str(getattr(option, "type_descriptor").annotation)  # noqa: B009
                if "Path" in kind or ("str" in kind and "Literal" not in kind):
                    yield " ".join(words), option.opts[0]

    yield from leaves(typer.main.get_command(app), ())


OPTIONS = set(options())
READ = {
    "paths", "songs", "first", "second", "judge", "manifest", "config", "result", "results",
    "battles", "--judge", "--model", "--embeddings", "--scores", "--manifest", "--battles",
    "--encoder", "--merge", "--import-apex", "--predictions", "--store", "--data", "--mert",
    "--checkpoint", "--settings", "--songs", "--lyrics", "--reference", "--weights",
    "--of", "--ranks", "--anchors", "--limits", "source", "--from-file",
    "data show place", "data prepare place", "arena board test", "arena export test",
    "arena import test", "votes", "arena add test", "arena check test", "arena serve test",
    "arena status test", "arena close test", "arena delete-voter test",
}  # fmt: skip
NO_PATH = {
    "suite", "name", "kind", "words", "--by", "--group-by", "--layers", "--part", "--mix",
    "--conditions",
    "--truth-columns", "--baselines", "--judge-class", "--class-args", "--without", "--split-by",
    "--shares", "--hold-out-system", "--axis", "--column", "--format", "--models", "--schemes",
    "--new-system", "--style", "--prompt", "--system", "--dose", "--seconds", "--revision",
    "--option", "--device", "--parts", "--cluster", "--pinned", "--systems", "--database", "--host",
    "--scope", "--name", "key", "--copy-to", "--from", "--for", "voter", "--licence", "--creator",
    "--publisher",
}  # fmt: skip


def battles_of(folder: Path) -> Path:
    return write_battles(
        folder / "battles.csv", drawn_battles(np.random.default_rng(1), STRENGTH, 90)
    )


def song_in(folder: Path, name: str = "song.wav") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound(4, 3.0), 22_050)
    return path


def voted(folder: Path, verb: str, *words: object) -> Door:
    """A listening test with votes that were brought into it."""
    test = listening_test(folder, honest(4, 12, np.random.default_rng(1)))
    return Door(["arena", verb, test, *words], [test])


def ranked_clips(folder: Path) -> Door:
    """Measure a judge on two clips of systems whose ranks are known."""
    songs = [song_in(folder, name) for name in ("a.wav", "b.wav")]
    manifest, ranks = folder / "manifest.csv", folder / "ranks.csv"
    manifest.write_text("path,system,prompt\na.wav,x,p\nb.wav,y,p\n")
    ranks.write_text("system,rank\nx,1\ny,2\n")
    return Door(["bench", "reality", manifest], [manifest, ranks, *songs], takes_long=True)


def agreed(folder: Path) -> Door:
    """Compare two judges by their rows."""
    rows = folder / "rows.jsonl"
    with rows.open("w") as file:
        for judge in "ab":
            for song in range(3):
                cells = {"path": f"{song}.wav", "status": "ok", "clarity": song + 1.0}
                who = {f"judge_{part}": judge for part in ("name", "version", "hash")}
                file.write(json.dumps(cells | who) + "\n")
    return Door(["judges", "agree", "--scores", rows], [rows], ".html")


def scores_in(folder: Path, n: int = 10) -> Path:
    path = folder / "scores.jsonl"
    rows = [{"song_id": f"s{k}", "clarity": 1 + 4 * k / n, "streams": k % 7} for k in range(n)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def votes_in(folder: Path) -> list[Path]:
    """Battles of songs, four for each prompt, and their scores."""
    rng = np.random.default_rng(2)
    path = folder / "votes.csv"
    lines = ["first,second,outcome,prompt,first_system,second_system"]
    for k in range(160):
        a, b = rng.choice(4, 2, replace=False)
        won = "first" if a + rng.normal(0, 2) > b else "second"
        lines.append(f"s{4 * (k % 40) + a},s{4 * (k % 40) + b},{won},p{k % 40},x{a},x{b}")
    path.write_text("\n".join(lines) + "\n")
    return [path, scores_in(folder, 160)]


def result_in(folder: Path, name: str) -> Path:
    plaudit("bench", "run", "musicprefs", "--sample", "--draws", 5, "--out", folder / name)
    return folder / name


def evaluation(folder: Path) -> Door:
    manifest = folder / "manifest.csv"
    lines = [f"s{k},s{k}.wav,test,{1 + 0.25 * k}" for k in range(10)]
    manifest.write_text("\n".join(["song_id,path,split,clarity", *lines]) + "\n")
    paths = [scores_in(folder), manifest]
    return Door(["evaluate", *paths, "--baselines", "constant"], paths)


def judged(folder: Path) -> Door:
    song = song_in(folder)
    manifest = folder / "manifest.csv"
    manifest.write_text("song_id,path,split,clarity\n" + f"a,{song},test,3\n")
    words = ["evaluate", "bundled", manifest, "--baselines", "acoustics", "--draws", 5]
    return Door(words, [manifest, song], beside=JUDGED)


def training(folder: Path, command: str) -> Door:
    write_files(planted(64, test=0.2), folder)
    config = folder / "run.toml"
    config.write_text(RUN_SETTINGS.format(folder))
    if command == "train":
        inside = ("run.json", "log.jsonl", "result.json", "predictions.parquet", "curves.png",
                  "state/", "tensorboard/")  # fmt: skip
        return Door(["train", config], [config], inside=inside)
    words = ["sweep", config, "--conditions", "segment-full-equal-2", "--seeds", 1, "--workers", 1]
    tables = ("table.json", "table.csv", "table.txt", "table.png", "runs/")
    return Door(words, [config], inside=tables)


def imported(folder: Path) -> Door:
    def fill(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        return np.full(shape, 0.01 * len(name), np.float32)

    mert = write_mert(folder / "MERT-tiny", dict(TINY), mert_tensors(dict(TINY), fill))
    heads = folder / "model.bin"
    torch.save(head_tensors(fill, dims=(32, 512, 256)), heads)
    words = ["judges", "import-apex", "--mert", mert, "--checkpoint", heads]
    inside = ("card.json", "model.safetensors", "encoder.safetensors")
    return Door(words, [heads], inside=inside)


def published(folder: Path) -> Door:
    parts = publish("audiobox", folder / "audiobox")
    words: list[object] = ["judges", "import", "audiobox", *weights_options(parts)]
    inside = ("card.json", "model.safetensors")
    return Door(words, [parts["model"] / "model.safetensors"], inside=inside)


def as_onnx(_: Path) -> Door:
    """Export a judge; what it writes is tried in `tests/jobs/test_export_job.py`."""
    inside = ("model.onnx", "judge.json", "README.md", "score.py")
    return Door(["judges", "export", "bundled"], [], inside=inside, takes_long=True)


def stored(folder: Path) -> Door:
    song_in(folder / "songs")
    inside = ("store.json", "rows/", "songs/")
    words = ["embed", folder / "songs", "--segment-s", 5, "--workers", 1]
    return Door(words, [folder / "songs" / "song.wav"], inside=inside)


def exported(folder: Path) -> Door:
    manifest, store = write_files(planted(8), folder)
    return Door(["embed", manifest, "--out", store], [manifest, store / "store.json"])


def songeval(place: Path) -> Path:
    from plaudit.datasets.corpora.catalogue import READERS

    READERS["songeval"].sample(place, np.random.default_rng(0))
    return place


def packed(place: Path) -> None:
    """Write a corpus that keeps its sound in a table."""
    place.mkdir(parents=True)
    rows = [{"audio": {"bytes": b"sound", "path": "a.wav"}}]
    parquet.write_table(pa.Table.from_pylist(rows), place / "data.parquet")


def study(folder: Path) -> Door:
    votes, scores = votes_in(folder)
    words = ["study", "preference", "--battles", votes, "--scores", scores, "--draws", 10,
             "--models", "logistic", "--schemes", "prompt", "--folds", 2, "--workers", 1,
            ]  # fmt: skip
    return Door(words, [votes, scores], inside=STUDIED)


def track(folder: Path) -> Door:
    plaudit("bench", "sample", "asae-track1", "--out", folder / "data")
    labels = folder / "data" / "track1.scp"
    predictions = folder / "predictions.scp"
    predictions.write_bytes(labels.read_bytes())
    words = ["bench", "run", "asae-track1", "--data", folder / "data", "--draws", 5]
    return Door([*words, "--predictions", predictions], [labels, predictions])


def compared(folder: Path) -> Door:
    paths = [result_in(folder, "a.json"), result_in(folder, "b.json")]
    return Door(["bench", "compare", *paths], paths)


def boards(folder: Path) -> Door:
    words = ["bench", "standings", battles_of(folder), "--draws", 5, "--format", "json", "--out"]
    paths = [folder / "a.json", folder / "b.json"]
    for path in paths:
        plaudit(*words, path)
    return Door(["bench", "boards", *paths], paths)


def bench(folder: Path) -> Door:
    predictions = folder / "predictions.jsonl"
    predictions.write_text("")
    plaudit("bench", "sample", "musicprefs", "--out", folder / "data")
    words = ["bench", "run", "musicprefs", "--data", folder / "data", "--draws", 5]
    return Door(words, [path for path in (folder / "data").rglob("*") if path.is_file()][:2])


def preference(folder: Path) -> Door:
    votes, scores = votes_in(folder)
    words = ["train-preference", "--battles", votes, "--scores", scores]
    return Door(words, [votes, scores], inside=("card.json", "model.safetensors"))


def on_song(folder: Path, *words: object) -> Door:
    song = song_in(folder)
    return Door([*words, song], [song])


JUDGED = (".scores.jsonl", ".acoustics.jsonl", ".scores.jsonl.partial.jsonl")
STUDIED = ("study.json", "study.html", "answers.parquet", "acoustics.jsonl")
NOT_TRIED = {
    ("arena init", "test"): "what is there is refused, as its tests say",
    ("backup", "out"): "a database needs its disk; what is there is refused, as its tests say",
    ("judges train-bundled", "--cache"): "its files lie in a folder named by their settings' hash",
    ("judges fetch", "--out"): "it asks a hub first; its folder is made by judges import",
}
DOORS: dict[tuple[str, str], Callable[[Path], Door]] = {
    ("score", "--output"): lambda folder: on_song(folder, "score")._replace(
        beside=(".out.partial.jsonl",)
    ),
    ("score", "--report"): lambda folder: on_song(folder, "score"),
    ("judges agree", "--report"): agreed,
    ("judges ensemble", "--out"): lambda folder: on_song(
        folder, "judges", "ensemble", "mine", "--of", "bundled", "--of", "bundled", "--songs"
    )._replace(inside=("card.json",), takes_long=True),
    ("rank", "--output"): lambda folder: Door(
        ["rank", "--by", "clarity", "--scores", scores_in(folder)], [folder / "scores.jsonl"]
    ),
    ("train-preference", "--out"): preference,
    ("embed", "--out"): stored,
    ("embed", "--export-apex"): exported,
    ("demo", "--out"): lambda _: Door(
        ["demo"], [], inside=("report.html", "songs/", "songs/one.flac")
    ),
    ("train", "--out"): lambda folder: training(folder, "train"),
    ("sweep", "--out"): lambda folder: training(folder, "sweep"),
    ("evaluate", "--out"): judged,
    ("evaluate", "--report"): evaluation,
    ("bench sample", "--out"): lambda _: Door(
        ["bench", "sample", "musicprefs"], [], inside=("votes.csv",)
    ),
    ("bench run", "--out"): bench,
    ("bench run", "--scp"): track,
    ("bench report", "--out"): lambda folder: Door(
        ["bench", "report", result_in(folder, "result.json")], [folder / "result.json"]
    ),
    ("bench compare", "--html"): compared,
    ("bench standings", "--out"): lambda folder: Door(
        ["bench", "standings", battles_of(folder), "--draws", 5], [folder / "battles.csv"]
    ),
    ("bench boards", "--out"): boards,
    ("bench reality", "--out"): ranked_clips,
    ("bench reality", "--report"): ranked_clips,
    ("bench speed", "--out"): lambda _: Door(
        ["bench", "speed", "--parts", "encoder", "--rounds", 1], [], takes_long=True
    ),
    ("arena board", "--out"): lambda folder: voted(folder, "board", "--draws", 0),
    ("arena export", "--out"): lambda folder: voted(folder, "export")._replace(
        inside=("README.md", "battles.csv", "votes.jsonl"),
    ),
    ("bench damage", "--out"): lambda folder: on_song(
        folder, "bench", "damage"
    )._replace(takes_long=True),
    ("data check", "place"): lambda _: Door(
        ["data", "check", "songeval", "--write-index"], [], inside=("index.json",), fill=songeval
    ),
    ("data unpack", "place"): lambda _: Door(
        ["data", "unpack", "musiceval"], [], inside=("audio/", "audio/a.wav"), fill=packed
    ),
    ("data prepare", "--out"): lambda folder: Door(
        ["data", "prepare", "songeval", songeval(folder / "songeval"), "--shares", "1,0,0"],
        [folder / "songeval" / "metadata.jsonl"], ".csv", beside=(".about.json",),
    ),
    ("judges import-apex", "--out"): imported,
    ("judges import", "--out"): published,
    ("judges export", "--out"): as_onnx,
    ("judges train-bundled", "--out"): lambda _: Door(
        ["judges", "train-bundled"], [], inside=("card.json", "model.safetensors"), takes_long=True
    ),
    ("judges train-voice", "--out"): lambda _: Door(["judges", "train-voice"], [], takes_long=True),
    ("study preference", "--out"): study,
    ("synth song", "--out"): lambda _: Door(
        ["synth", "song", "--seconds", 10],
        [], inside=("x.wav", "x.mid", "x.json", "x.png"),
    ),
    ("synth corpus", "--out"): lambda _: Door(
        ["synth", "corpus", "--songs", 2, "--seconds", 10, "--workers", 1], [],
        inside=("songs.parquet", "README.md", "manifest.json", "audio/", ".work/"),
    ),
}  # fmt: skip
