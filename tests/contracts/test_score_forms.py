"""A file of scores that one command accepts, all accept; one that is refused, all refuse alike."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from plaudit.benchmarks.evaluation.predictions import read_predictions
from plaudit.benchmarks.preference.battle_table import preference_battles
from plaudit.benchmarks.scores.features import numbers_of
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.spelling import IDS
from plaudit.benchmarks.suites.prediction import PredictionFile
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.votes.songs import Battles, VoteFile
from plaudit.cli.app import app
from plaudit.core.axes import AESTHETICS, AXES
from plaudit.core.errors import PlauditError
from plaudit.core.note import Note
from plaudit.core.outcome import Outcome
from plaudit.datasets.manifest.column import check_table
from plaudit.datasets.manifest.songs import Manifest
from plaudit.jobs.compare import CompareSettings, compare_songs
from plaudit.jobs.output.overwrite import write_rows
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.rank import RankSettings, rank_songs
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText

SONGS = tuple(f"00{k:02d}" for k in range(40))  # ids that would not survive being read as numbers
MUSICALITY = {song: 1 + k / 13 for k, song in enumerate(SONGS)}
JUDGE = JudgeId(name="j", version="1", hash="a" * 64)
ANY_JUDGE = cast(Any, SimpleNamespace(id=JUDGE, coverage=None))
Rows = list[dict[str, Any]]
Door = Callable[[Path], Mapping[str, float]]


def path_of(song: str) -> str:
    return f"audio/{song}.wav"


def battles() -> VoteFile:
    sides = SONGS[::2], SONGS[1::2]
    outcomes = [(Outcome.FIRST, Outcome.SECOND)[k % 2] for k in range(len(sides[0]))]
    return VoteFile(Battles(*sides, outcomes, prompt=[f"p{k}" for k in range(len(sides[0]))]))


def by_rank(path: Path) -> Mapping[str, float]:
    settings = RankSettings(scores=path, by="musicality")
    streams = Streams(StringIO(), StringIO())
    ranking = rank_songs(settings, streams, judge=ANY_JUDGE)
    assert "nothing says which are ties" in cast(StringIO, streams.err).getvalue()
    return {Path(str(song.path)).stem: song.value for song in ranking.songs}


def by_compare(path: Path) -> Mapping[str, float]:
    values: dict[str, float] = {}
    for first, second in zip(SONGS[::2], SONGS[1::2], strict=True):
        settings = CompareSettings(first=first, second=second, scores=path)
        comparison = compare_songs(settings, Streams(StringIO(), StringIO()), judge=ANY_JUDGE)
        values[first] = comparison.first.scores["musicality"].value
        values[second] = comparison.second.scores["musicality"].value
    return values


def by_evaluate(path: Path) -> Mapping[str, float]:
    columns = {
        "song_id": SONGS,
        "path": [path_of(song) for song in SONGS],
        "musicality": [3.0] * 40,
    }
    manifest = Manifest(check_table(pa.table(columns), "m"), path.parent)
    predictions = read_predictions(path, manifest)
    values = predictions.predicted[:, predictions.axes.index("musicality")]
    return dict(zip(SONGS, values.tolist(), strict=True))


def by_study(path: Path) -> Mapping[str, float]:
    numbers, _ = numbers_of(battles(), read_scores(path), acoustics=False)
    names, values = numbers.columns["aesthetics"]
    return dict(zip(numbers.song_id, values[:, names.index("musicality")].tolist(), strict=True))


def by_train_preference(path: Path) -> Mapping[str, float]:
    pairs = preference_battles(battles(), read_scores(path))
    column = pairs.features.index("musicality")
    sides = zip(pairs.first[:, column].tolist(), pairs.second[:, column].tolist(), strict=True)
    return dict(zip(SONGS, (value for side in sides for value in side), strict=True))


def by_bench(path: Path) -> Mapping[str, float]:
    items = {song: Item(song, names=(path_of(song),)) for song in SONGS}
    predictions = PredictionFile(path).predict(items, Losses())
    return {song: scores["musicality"] for song, scores in predictions.scores.items()}


DOORS: dict[str, Door] = {
    "rank": by_rank,
    "compare": by_compare,
    "evaluate": by_evaluate,
    "study": by_study,
    "train-preference": by_train_preference,
    "bench": by_bench,
}


def table(path: Path, rows: Rows) -> None:
    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        with path.open("w", newline="") as file:
            comma = "\t" if path.suffix == ".tsv" else ","
            writer = csv.DictWriter(file, list(rows[0]), delimiter=comma)
            writer.writeheader()
            writer.writerows(rows)


def rows_by(column: str) -> Rows:
    named_by_path = column in {"path", "file", "file_name", "audio-path", "audio_path"}
    return [
        {
            column: path_of(song) if named_by_path else song,
            "musicality": value,
            "musicality_low": value - 0.5,
            "musicality_high": value + 0.5,
            "remark": "words",
        }
        for song, value in MUSICALITY.items()
    ]


def judged() -> Iterable[SongScores | SongFailure]:
    for song, value in MUSICALITY.items():
        yield SongScores(
            path=path_of(song), sha256=song * 16, judge=JUDGE, precision="exact", duration_s=9.5,
            scores={"musicality": Score(value=value, low=value - 1, high=value + 1)},
            warnings=(Note(type="clipped", message="Peaks are cut: by 3 dB."),),
        )  # fmt: skip
    yield SongFailure(path="audio/x.wav", error=Note(type="silent", message="x.wav is silent."))


def of_plaudit(path: Path) -> None:
    form = cast(Any, path.suffix[1:])
    write_rows(path, judged(), RowText(form, [axis.name for axis in AXES]))


def of_toolkit(path: Path) -> None:
    songs = list(MUSICALITY.items())
    table(path, [
        {
            "audio-path": path_of(a), "predicted_musicality": x, "inference_valid_a": True,
            "audio2": path_of(b), "predicted_musicality_b": y, "inference_valid_b": True,
            "prompt": "p", "lyrics": "", "predicted_text-music alignment": 0.0,
            "predicted_text-music alignment_b": 0.0,
        }
        for (a, x), (b, y) in zip(songs[::2], songs[1::2], strict=True)
    ])  # fmt: skip


def a_list(path: Path, n_scores: int) -> None:
    at = AESTHETICS.index("musicality")
    rows = [
        [song, *("2" if n_scores > 1 and k != at else repr(value) for k in range(n_scores))]
        for song, value in MUSICALITY.items()
    ]
    path.write_text("\n".join(map(" ".join, rows)))


def nested(path: Path) -> None:
    rows = [row.model_dump(mode="json", exclude={"timeline"}) for row in judged()]
    table(path, [row for row in rows if row["status"] == "ok"])


def text_numbers(path: Path) -> None:
    table(path, [{name: str(cell) for name, cell in row.items()} for row in rows_by("id")])


def with_gaps(path: Path) -> None:
    """Write a table in which some rows and cells cannot be used."""
    table(path, [{"song_id": song, "musicality": value, "clarity": 3.0}
                 for song, value in MUSICALITY.items()])  # fmt: skip
    with path.open("a") as file:
        file.write('{"song_id": "0000", "musi\n["x"]\n{"musicality": 2}\n{"song_id": "y"}\n')
        file.write('{"song_id": "z", "musicality": NaN, "clarity": "high"}\n')
        file.write('{"song_id": "0001", "musicality": "", "clarity": Infinity}\n')


def from_windows(path: Path) -> None:
    table(path, rows_by("song_id"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n")


ACCEPTED: dict[str, tuple[str, Callable[[Path], None]]] = {
    **{
        f"a table{suffix}": (suffix, lambda path: table(path, rows_by("song_id")))
        for suffix in (".csv", ".tsv", ".json", ".jsonl", ".parquet")
    },
    **{
        f"a column {name}": (".csv", lambda path, name=name: table(path, rows_by(name)))  # type: ignore[misc]
        for name in IDS
    },
    **{f"plaudit score{suffix}": (suffix, of_plaudit) for suffix in (".csv", ".json", ".jsonl")},
    "rows of plaudit score in Parquet": (".parquet", nested),
    "a list of track 1": (".scp", lambda path: a_list(path, 1)),
    "a list of track 2": (".scp", lambda path: a_list(path, 5)),
    "results of the CMI toolkit": (".jsonl", of_toolkit),
    "numbers as text": (".json", text_numbers),
    "rows and cells that cannot be used": (".jsonl", with_gaps),
    "a byte order mark": (".csv", from_windows),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("form", ACCEPTED)
def test_an_accepted_form_is_accepted_by_all_with_the_same_scores(
    tmp_path: Path, form: str, door: str
) -> None:
    suffix, write = ACCEPTED[form]
    write(tmp_path / f"scores{suffix}")
    assert DOORS[door](tmp_path / f"scores{suffix}") == MUSICALITY


def two_judges(path: Path) -> None:
    rows = list(judged())[:2]
    other = JUDGE.model_copy(update={"hash": "b" * 64, "version": "2"})
    rows[1] = rows[1].model_copy(update={"judge": other})
    write_rows(path, rows, RowText("jsonl", ()))


def nothing(path: Path) -> None:
    """Write no file."""


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "no file": (".csv", nothing, "Expected a file of scores, but .* is not there"),
    "another ending": (".txt", lambda path: path.write_text("a 1"), r"as \.json, .* or \.scp, got"),
    "an empty file": (".jsonl", lambda path: path.write_text("\n"), "holds no scores"),
    "a head alone": (".csv", lambda path: path.write_text("song_id,clarity\n"), "holds no scores"),
    "broken JSON": (".json", lambda path: path.write_text("[{"), "is not JSON"),
    "no list": (".json", lambda path: path.write_text("{}"), "as a list of rows in .* got a dict"),
    "broken lines": (".jsonl", lambda path: path.write_text("{\n{"), "line 1: expected a JSON obj"),
    "short rows": (
        ".csv",
        lambda path: path.write_text("id,clarity\n3\n"),
        "line 2: expected 2 fi",
    ),
    "no Parquet": (".parquet", lambda path: path.write_text("x"), "is not a Parquet file"),
    "no ids": (
        ".csv",
        lambda path: path.write_text("clarity\n3\n"),
        "line 2: expected a column of",
    ),
    "no number": (
        ".csv",
        lambda path: path.write_text("id,note\na,b\n"),
        "line 2: expected a score",
    ),
    "words": (".csv", lambda path: path.write_text("id,clarity\na,high\n"), "finite .* got 'high'"),
    "one axis of words": (
        ".csv",
        lambda path: path.write_text("id,clarity,musicality\na,high,3\n"),
        "line 2: clarity has to be a finite number, got 'high', and no row has one",
    ),
    "two judges": (".jsonl", two_judges, "of one judge in .*, got rows of j 1, j 2"),
    "a list of words": (".scp", lambda path: path.write_text("a b c\n"), "expected 1 or 5 scores"),
}


def refusal(door: str, path: Path) -> str:
    with pytest.raises(PlauditError) as error:
        DOORS[door](path)
    return str(error.value)


@pytest.mark.parametrize("form", REFUSED)
def test_a_refused_form_is_refused_by_all_in_the_same_sentence(tmp_path: Path, form: str) -> None:
    suffix, write, expected = REFUSED[form]
    path = tmp_path / f"scores{suffix}"
    write(path)
    sentences = {refusal(door, path) for door in DOORS}
    assert len(sentences) == 1
    with pytest.raises(PlauditError, match=expected):
        read_scores(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,sparkle\n{song},3\n", r"columns named like the axes \(.*\) in .*, got sparkle"),
        ("id,musicality\n{song},70\n", "line 2: expected musicality from 1 to 5, got 70"),
        ("pair,margin\n{song},.3\n", r"columns named like the axes \(.*\) in .*, got margin"),
    ],
)
def test_only_a_suite_takes_scores_of_any_name_and_scale(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text.format(song=SONGS[0]))
    predictions = PredictionFile(path).predict({song: Item(song) for song in SONGS}, Losses())
    assert predictions.scores or predictions.margins
    # Doors that know other axes than the seven name those too.
    refusals = {re.sub(r"\(.*?\)", "()", refusal(door, path)) for door in DOORS if door != "bench"}
    assert len(refusals) == 1
    with pytest.raises(PlauditError, match=expected):
        read_scores(path).scored_axes()


def run(*words: object) -> str:
    done = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_commands_take_what_their_doors_take(tmp_path: Path) -> None:
    truth = [
        {"song_id": song, "path": path_of(song), "musicality": 5 - value, "split": "test"}
        for song, value in MUSICALITY.items()
    ]
    table(tmp_path / "songs.csv", truth)
    a_list(tmp_path / "list.scp", 5)
    of_plaudit(tmp_path / "rows.csv")
    ranked = run("rank", "--scores", tmp_path / "list.scp", "--by", "musicality", "-f", "jsonl")
    assert [json.loads(line)["path"] for line in ranked.splitlines()][:2] == ["0039", "0038"]
    evaluation = run("evaluate", tmp_path / "rows.csv", tmp_path / "songs.csv", "-f", "json")
    assert json.loads(evaluation)["axes"][0]["judge"]["spearman"]["value"] == pytest.approx(-1)
    a_list(tmp_path / "truth.scp", 1)
    table(tmp_path / "theirs.parquet", rows_by("utterance"))
    result = run("bench", "run", "asae-track1", "--data", tmp_path / "truth.scp", "--predictions",
                 tmp_path / "theirs.parquet", "-f", "json")  # fmt: skip
    measures = {(m["slice"], m["measure"]): m["value"] for m in json.loads(result)["measures"]}
    assert measures["all", "SRCC"] == pytest.approx(1)
