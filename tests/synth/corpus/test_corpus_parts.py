"""The plan of a corpus, its workers, tables, battles and manifest, each on its own."""

import itertools
import json
import math
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.lock import Lock
from plaudit.core.pool import share_out
from plaudit.synth.corpus.battles import contender_of
from plaudit.synth.corpus.build import CorpusError, CorpusJob
from plaudit.synth.corpus.columns import OF_A_SONG, TABLES, schema_of, write_table
from plaudit.synth.corpus.datasheet import card_text
from plaudit.synth.corpus.plan import (
    CorpusSettings,
    line_ups,
    opponent,
    prompts,
    read_seconds,
    read_settings,
    songs,
)
from plaudit.synth.corpus.planned_song import Task, finished, make, read_rows
from plaudit.synth.corpus.provenance import (
    Beginning,
    damaged,
    entry_of,
    read_manifest,
    this_maker,
    write_manifest,
)
from plaudit.synth.public.audience import truth_of
from plaudit.synth.public.battle import Contender
from plaudit.synth.song import make_song
from plaudit.synth.system import HELD_OUT, SYSTEMS, TRAINING, TWELFTH


def settings_of(**values: object) -> CorpusSettings:
    return read_settings(**{"songs": 5, "battles": 7, "twelfth": 3, "seed": 1, **values})


def test_plan_has_the_songs_it_promises() -> None:
    settings = settings_of()
    planned = list(songs(settings))
    assert len(planned) == settings.n_songs == 5 + 2 * 4 + 3 * 2
    assert len({song.song_id for song in planned}) == len(planned)
    assert [song.system for song in planned[:5]] == [TRAINING[k % 2] for k in range(5)]
    assert all(song.request is None for song in planned[:5])
    systems: dict[str, set[str]] = {}
    for song in planned[5:]:
        assert song.request is not None
        assert song.role == SYSTEMS[song.system].role
        systems.setdefault(song.request.prompt_id, set()).add(song.system)
    assert [len(names) for names in systems.values()] == [4, 4, 2, 2, 2]
    assert all(TWELFTH in names for key, names in systems.items() if key.startswith("q"))
    assert [p.prompt_id for p in prompts(settings)] == list(systems)


def test_a_larger_plan_begins_with_the_smaller_one() -> None:
    small, large = settings_of(), settings_of(songs=9, battles=60, twelfth=20)
    kept = {song.song_id: song for song in songs(large)}
    assert all(kept[song.song_id] == song for song in songs(small))
    other = {song.song_id: song for song in songs(settings_of(seed=2))}
    assert any(other[song.song_id] != song for song in songs(small))


def test_every_pair_of_systems_meets_nearly_equally_often() -> None:
    for count, most in ((55, 2), (550, 2)):
        met: Counter[tuple[str, str]] = Counter()
        for names in line_ups(settings_of(battles=6 * count)):
            assert len(set(names)) == 4
            met.update(itertools.combinations(sorted(names), 2))
        assert len(met) == 55
        assert max(met.values()) - min(met.values()) <= most
    settings = settings_of()
    met_twelfth = Counter(opponent(settings, number) for number in range(33))
    assert met_twelfth == Counter(dict.fromkeys(HELD_OUT, 3))


def test_folders_hold_a_thousand_songs() -> None:
    places = Counter(
        song.place.split("/")[0] for song in songs(settings_of(songs=2001, battles=0, twelfth=0))
    )
    assert places == {"s00": 1000, "s01": 1000, "s02": 1}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"songs": -1}, "--songs: .* greater than or equal to 0, got -1"),
        ({"audio": "mp3"}, "--format: .*'flac' or 'opus', got mp3"),
        ({"seconds": (5.0, 30.0)}, "10 to 240 s, got 5 and 30"),
        ({"seconds": (60.0, 30.0)}, "got 60 and 30"),
        ({"aesthetics": 0.9, "appeal": 0.5}, "add up to at most 1, got 1.75"),
        ({"careless": 2.0}, "--careless: .* less than or equal to 1"),
        ({"songs": 0, "battles": 0, "twelfth": 0}, "got none of them"),
    ],
)
def test_settings_that_cannot_be_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        settings_of(**values)


def test_lengths_are_read_and_drawn() -> None:
    assert read_seconds("30") == (30.0, 30.0)
    assert read_seconds("20-60.5") == (20.0, 60.5)
    with pytest.raises(InputError, match="such as 30 or 20-60, got 'half'"):
        read_seconds("half")
    lengths = [p.duration_s for p in prompts(settings_of(battles=600, seconds=(20.0, 60.0)))]
    assert 20 <= min(lengths) < 25
    assert 55 < max(lengths) <= 60


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """An answer to a prompt without singer, made."""
    folder = tmp_path_factory.mktemp("corpus")
    settings = settings_of(seconds=(10.0, 10.0), instrumental=1.0)
    song = next(song for song in songs(settings) if song.role == "held-out")
    task = Task(folder / "audio", folder / ".work", settings, song)
    assert not finished(task)
    assert make(task) == 10.0
    return task


def test_rows_fit_their_tables(task: Task, tmp_path: Path) -> None:
    rows = read_rows(task.rows_path)
    assert tuple(rows) == OF_A_SONG
    for table, lines in rows.items():
        assert lines
        for row in lines:
            assert set(row) == {column.name for column in TABLES[table]}, table
        write_table(tmp_path, table, lines)
        read = pq.read_table(tmp_path / f"{table}.parquet")
        assert read.to_pylist() == lines
        for field in read.schema:
            assert field.metadata[b"description"].decode().endswith(".")
        assert read.schema.equals(schema_of(table))


def test_rows_of_an_instrumental_say_nothing_of_naturalness(task: Task) -> None:
    rows = read_rows(task.rows_path)
    (song,) = rows["songs"]
    assert song["instrumental"]
    for name in ("knob_naturalness", "expected_naturalness", "rating_naturalness", "voice"):
        assert song[name] is None
    assert song["platform"] is song["plays"] is song["likes_score"] is None
    counts = Counter(row["axis"] for row in rows["ratings"])
    assert counts == {axis: 4 for axis in AESTHETICS if axis != "naturalness"}
    assert {row["rating"] for row in rows["ratings"]} <= {1, 2, 3, 4, 5}


def test_a_song_can_be_made_again_from_its_row(task: Task) -> None:
    row = read_rows(task.rows_path)["songs"][0]
    assert task.song.request is not None
    knobs = {axis: row[f"knob_{axis}"] for axis in AESTHETICS if row[f"knob_{axis}"] is not None}
    again = make_song(
        row["seed"], row["duration_s"], knobs, system=row["system"], prompt=task.song.request.prompt
    )
    assert again.title == row["title"]
    assert np.abs(again.audio).max() == pytest.approx(row["peak"], abs=1e-6)
    # Battles see the song as its score tells, through the row alone.
    seen = contender_of(row)
    assert isinstance(seen, Contender)
    truth = truth_of(again.score)
    assert seen.truth.traits is not None
    assert truth.traits is not None
    assert asdict(seen.truth.traits) == pytest.approx(asdict(truth.traits))
    assert seen.truth.instrumental == truth.instrumental
    assert seen.truth.bpm == pytest.approx(truth.bpm)


def test_opus_songs_are_the_same_bytes_again(task: Task, tmp_path: Path) -> None:
    settings = task.settings.model_copy(update={"audio": "opus"})
    made = []
    for name in ("one", "two"):
        again = Task(tmp_path / name, tmp_path / f"{name}.work", settings, task.song)
        make(again)
        assert again.audio_path.suffix == ".opus"
        made.append((again.audio_path.read_bytes(), again.rows_path.read_bytes()))
    assert made[0] == made[1]
    assert made[0][0].startswith(b"OggS")


def test_a_song_counts_only_with_the_bytes_its_rows_tell_of(task: Task) -> None:
    assert finished(task)
    data = task.audio_path.read_bytes()
    for other in (data[:-1], data[:-1] + bytes([data[-1] ^ 1])):
        task.audio_path.write_bytes(other)
        assert not finished(task)
    task.audio_path.write_bytes(data)
    assert finished(task)


def test_workers_share_work_and_failures_cost_nothing_else() -> None:
    got = dict(share_out(math.sqrt, iter([4.0, -1.0, 9.0, 16.0, 25.0, 36.0, 49.0, 64.0]), 2))
    assert isinstance(got.pop(-1.0), ValueError)
    assert got == {n * n: n for n in map(float, range(2, 9))}


def test_workers_load_neither_torch_nor_arrow() -> None:
    code = (
        "import sys, plaudit.synth.corpus.planned_song\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"torch", "transformers", "pyarrow", "matplotlib", "mido", "av"}


def test_manifest_finds_what_changed(tmp_path: Path) -> None:
    names = ["a.txt", "deep/b.txt", "c.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    beginning = Beginning(maker=this_maker(), settings=settings_of())
    write_manifest(tmp_path, beginning, ((name, entry_of(tmp_path / name)) for name in names))
    manifest = read_manifest(tmp_path)
    assert (manifest.maker, manifest.settings) == (beginning.maker, beginning.settings)
    seen: list[int] = []
    assert damaged(tmp_path, manifest, seen.append) == []
    assert seen == [1, 2, 3]
    (tmp_path / "a.txt").write_text("b.txt")
    (tmp_path / "c.txt").unlink()
    assert damaged(tmp_path, manifest, seen.append) == [
        "a.txt has other bytes",
        "c.txt is missing",
    ]


def test_only_one_job_at_a_time(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    first.take()
    with pytest.raises(InputError, match="Another process is at work"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="holds other files"):
        CorpusJob(tmp_path, settings_of())
    with pytest.raises(InputError, match="got the file"):
        CorpusJob(tmp_path / "mine.txt", settings_of())


def begun(folder: Path, beginning: Beginning) -> None:
    (folder / ".work").mkdir(parents=True)
    (folder / ".work" / "settings.json").write_text(beginning.model_dump_json())


def test_a_begun_corpus_goes_on_only_with_its_own_settings(tmp_path: Path) -> None:
    begun(tmp_path, Beginning(maker=this_maker(), settings=settings_of()))
    assert not CorpusJob(tmp_path, settings_of()).complete
    with pytest.raises(InputError, match="made with songs = 5, not 6"):
        CorpusJob(tmp_path, settings_of(songs=6))
    with pytest.raises(InputError, match="made with seconds = 30 30, not 10 20"):
        CorpusJob(tmp_path, settings_of(seconds=(10.0, 20.0)))


def test_a_corpus_begun_by_another_version_is_not_mixed(tmp_path: Path) -> None:
    other = this_maker().model_copy(update={"code": "0123456789ab"})
    begun(tmp_path, Beginning(maker=other, settings=settings_of()))
    with pytest.raises(InputError, match="code 0123456789ab and not"):
        CorpusJob(tmp_path, settings_of())


def test_a_full_disk_is_said_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1e6))
    with (
        CorpusJob(tmp_path / "new", settings_of()) as job,
        pytest.raises(InputError, match=r"about 0\.3 GB free .* for 19 songs, found 0\.0 GB"),
    ):
        job.make_songs()


def test_songs_that_fail_are_named_with_their_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(work: object, tasks: object, workers: int) -> object:
        for task in tasks:  # type: ignore[attr-defined]  # an iterator of tasks
            yield task, KeyError("x") if task.song.song_id == "h000002" else 10.0

    monkeypatch.setattr("plaudit.synth.corpus.build.share_out", failing)
    with (
        CorpusJob(tmp_path / "new", settings_of()) as job,
        pytest.raises(CorpusError, match=r"1 of 19 .* h000002 by \w+ \(seed 1, spawn_key"),
    ):
        job.make_songs()


def test_card_tells_settings_and_limits() -> None:
    beginning = Beginning(maker=this_maker(), settings=settings_of(songs=4321))
    text = card_text(beginning, {"prompts": 2})
    for word in ("4321", TRAINING[0], TWELFTH, "Nobody was asked", "Apache-2.0", "Known limits"):
        assert word in text
    for table in TABLES:
        assert f"`{table}.parquet`" in text
    assert json.loads(beginning.model_dump_json())["settings"]["songs"] == 4321


def test_a_plan_says_beforehand_what_battles_add() -> None:
    settings = CorpusSettings(songs=60, battles=200, twelfth=3, seconds=(30.0, 30.0))
    assert settings.sentence.startswith("202 songs, about ")
    assert "60 of the training systems" in settings.sentence
    assert "136 for 200 battles (4 answers to each of 34 prompts)" in settings.sentence
    assert "6 for 3 votes on the twelfth system" in settings.sentence
    assert "battles" not in CorpusSettings(songs=2, battles=0).sentence
