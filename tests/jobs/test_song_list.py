"""Commands take a table of one's own as it is, and the manifest that is made of it."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from planted_judge import PlantedJudge
from planted_songs import planted, write_files
from plaudit.benchmarks.evaluation.record import EvaluationSettings
from plaudit.benchmarks.suites.catalogue import SUITES
from plaudit.benchmarks.suites.contestant import NoJudge
from plaudit.benchmarks.suites.record import RunSettings
from plaudit.benchmarks.suites.runner import run_suite
from plaudit.core.errors import InputError
from plaudit.datasets.manifest.prepare import prepare, read_recipe
from plaudit.datasets.manifest.songs import read_manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.jobs.bench.damage import DamageSettings, bench_damage
from plaudit.jobs.embed.songs import EmbedSettings, embed_songs
from plaudit.jobs.evaluate import EvaluateSettings, evaluate_judge
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.rank import RankSettings, rank_songs
from plaudit.jobs.score import ScoreSettings, score_songs
from plaudit.jobs.song_list import songs_at
from plaudit.training.data import join

N_SONGS = 8


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Eight songs in an order of their own, two of each prompt."""
    lines = ["Path;Prompt;System;Clarity"]
    for k in (3, 1, 2, 0, 5, 4, 7, 6):
        samples = np.random.default_rng(k).normal(0, 0.1, 8000)
        soundfile.write(tmp_path / f"{k}.wav", samples, 8000)
        lines.append(f"{k}.wav;00{k // 2};s;{1 + k // 2},{5 * (k % 2)}")
    (tmp_path / "table.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    return tmp_path / "table.csv"


@pytest.fixture
def manifest(table: Path) -> Path:
    """The manifest of it."""
    recipe = read_recipe(split_by="prompt", shares="1,0,0")
    out = table.parent / "songs.parquet"
    prepare("csv", table, out, recipe, workers=1, on_progress=lambda _: None)
    return out


def streams() -> Streams:
    return Streams(io.StringIO(), io.StringIO())


@pytest.mark.parametrize("kind", ["table", "manifest"])
def test_scores_come_in_the_order_of_the_rows(kind: str, request: pytest.FixtureRequest) -> None:
    given = request.getfixturevalue(kind)
    shown = streams()
    settings = ScoreSettings(manifest=given, form="jsonl")
    assert score_songs(settings, shown, judge=PlantedJudge()).n_songs == N_SONGS
    assert isinstance(shown.out, io.StringIO)
    rows = [json.loads(line) for line in shown.out.getvalue().splitlines()]
    assert [Path(row["path"]).stem for row in rows] == list("31205476")
    assert songs_at(given, streams()) == [Path(row["path"]) for row in rows]


@pytest.mark.parametrize(("kind", "column"), [("table", "Prompt"), ("manifest", "prompt_text")])
def test_songs_are_ranked_in_their_groups(
    kind: str, column: str, request: pytest.FixtureRequest
) -> None:
    given = request.getfixturevalue(kind)
    settings = RankSettings(manifest=given, group_by=column, by="clarity", form="json")
    ranked = rank_songs(settings, streams(), judge=PlantedJudge()).songs
    assert [(song.group, Path(str(song.path)).stem) for song in ranked] == [
        ("001", "3"), ("001", "2"), ("000", "1"), ("000", "0"),
        ("002", "5"), ("002", "4"), ("003", "7"), ("003", "6"),
    ]  # fmt: skip
    alone = RankSettings(manifest=given, by="clarity", form="json")
    ranked = rank_songs(alone, streams(), judge=PlantedJudge()).songs
    assert [Path(str(song.path)).stem for song in ranked] == list("76543210")


@pytest.mark.parametrize("kind", ["table", "manifest"])
def test_a_judge_is_measured_on_it(kind: str, request: pytest.FixtureRequest) -> None:
    given = request.getfixturevalue(kind)
    measuring = EvaluationSettings(split="all", draws=20, baselines=())
    settings = EvaluateSettings(manifest=given, judge="planted", measuring=measuring)
    result = evaluate_judge(settings, streams(), judge=PlantedJudge())
    assert [(axis.axis, axis.n) for axis in result.axes] == [("clarity", N_SONGS)]


@pytest.mark.parametrize("kind", ["table", "manifest"])
def test_it_is_a_suite_of_the_axes_that_it_scores(
    kind: str, request: pytest.FixtureRequest
) -> None:
    given = request.getfixturevalue(kind)
    if kind == "manifest":  # made without test songs
        with pytest.raises(InputError, match="holds nothing that csv measures: of the split train"):
            run_suite(SUITES["csv"], given, NoJudge(), RunSettings(draws=20))
        return
    _, _, data = run_suite(SUITES["csv"], given, NoJudge(), RunSettings(draws=20))
    assert [(task.name, len(task.items)) for task in data.tasks] == [("clarity", N_SONGS)]  # type: ignore[union-attr]


def test_it_is_embedded(table: Path) -> None:
    out = table.parent / "store"
    summary = embed_songs(str(table), out, EmbedSettings(workers=1), streams())
    assert summary.embedded == N_SONGS
    assert not EmbeddingStore.open(out).missing(read_manifest(table).column("song_id")).size


def test_rows_without_audio_are_counted(table: Path) -> None:
    table.write_text(table.read_text(encoding="utf-8-sig").replace("Path;", "song_id;Path;", 1))
    lines = table.read_text().splitlines()
    lines = [lines[0], *(f"{k};{line}" for k, line in enumerate(lines[1:])), "9;;x;s;1"]
    table.write_text("\n".join(lines))
    shown = streams()
    score_songs(ScoreSettings(manifest=table), shown, judge=PlantedJudge())
    assert isinstance(shown.err, io.StringIO)
    assert "1 of 9 rows of" in shown.err.getvalue()
    assert "name no audio file" in shown.err.getvalue()


def test_a_call_without_songs_or_with_two_lists_says_what_to_do(table: Path) -> None:
    for paths in ((), ("a.wav",)):
        manifest = table if paths else None
        with pytest.raises(InputError, match="--manifest with a table of them: one of the two"):
            score_songs(ScoreSettings(paths=paths, manifest=manifest), streams())
        with pytest.raises(InputError, match="--manifest with a table of them: one of the two"):
            bench_damage(DamageSettings(paths=paths, manifest=manifest), streams())
    nothing = table.with_name("nothing.csv")
    nothing.write_text("song_id,path\na,\n")
    with pytest.raises(InputError, match="names no audio file; its column 'path' has to"):
        score_songs(ScoreSettings(manifest=nothing), streams())


def test_what_a_table_lacks_is_said_with_the_command_that_makes_it(table: Path) -> None:
    settings = EvaluateSettings(
        manifest=table, judge="planted", measuring=EvaluationSettings(split="test")
    )
    with pytest.raises(InputError, match=r"no song in split 'test'.*`plaudit data prepare csv`"):
        evaluate_judge(settings, streams(), judge=PlantedJudge())
    bare = table.with_name("bare.csv")
    bare.write_text("path\n1.wav\n")
    measuring = EvaluationSettings(split="all")
    with pytest.raises(InputError, match=r"no observed scores.*`plaudit data prepare csv`"):
        evaluate_judge(
            settings.model_copy(update={"manifest": bare, "measuring": measuring}), streams()
        )
    _, store = write_files(planted(8), table.parent)
    with pytest.raises(InputError, match=r"train and validation.*`plaudit data prepare csv`"):
        join(read_manifest(table), EmbeddingStore.open(store), ("clarity",))
