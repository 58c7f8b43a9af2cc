"""The job: what is embedded, what is refused, what is tried again, whoever does the work."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from planted_encoder import (
    FAILS,
    KILLS,
    OVERFLOWS,
    RATE,
    SPEC,
    BrokenSource,
    GpuSource,
    PlantedEncoder,
    source,
    write_song,
)
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of
from plaudit.core.pool import CrewError
from plaudit.datasets.manifest.songs import Manifest
from plaudit.embeddings.extract.job import EmbedJob, EmbedSummary
from plaudit.embeddings.extract.listing import (
    ListedSong,
    fixed_folder,
    songs_of_files,
    songs_of_manifest,
)
from plaudit.embeddings.extract.survey import Part, parse_part
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.merge import merge_stores
from plaudit.embeddings.store.shard import shards

RULE = SegmentRule(length_s=1.0)


def embed(songs: list[ListedSong], out: Path, **options: Any) -> EmbedSummary:
    options = {"workers": 1, **options}
    rule = options.pop("rule", RULE)
    return EmbedJob(songs, options.pop("source", source()), rule, out, **options).run()


def rows(out: Path) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every row of a store by key and segment, as bytes; a row that is there twice is an error."""
    stored: dict[tuple[str, int], tuple[Any, ...]] = {}
    for shard in shards(out, "rows"):
        for row in pq.read_table(shard.path).to_pylist():
            embedding = np.array(row.pop("embedding"), dtype=np.float16).tobytes()
            name = row.pop("key"), row.pop("segment")
            assert name not in stored
            stored[name] = (embedding, *row.items())
    return stored


def errors(out: Path) -> dict[str, str]:
    lines = (out / "errors.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["song_id"]: row["type"] for row in map(json.loads, lines)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five songs, two of the same content, and four files that are no songs."""
    folder = tmp_path_factory.mktemp("songs")
    for seed in range(4):
        write_song(folder / f"song-{seed}.wav", seed, 2.5 + seed)
    shutil.copy(folder / "song-1.wav", folder / "song-1-again.wav")
    (folder / "text.mp3").write_text("not a song " * 100)
    (folder / "void.wav").write_bytes(b"")
    write_song(folder / "loud.wav", 90, peak=OVERFLOWS)
    return folder


@pytest.fixture(scope="module")
def songs(folder: Path) -> list[ListedSong]:
    files = [*sorted(folder.glob("*.wav")), folder / "text.mp3", folder / "gone.wav"]
    return songs_of_files(files, folder)


@pytest.fixture(scope="module")
def store(songs: list[ListedSong], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("store") / "one"
    summary = embed(songs, out)
    assert (summary.songs, summary.embedded, summary.same_content) == (9, 4, 1)
    assert (summary.failed, summary.failed_before) == (4, 0)
    assert summary.audio_s == pytest.approx(2.5 + 3.5 + 4.5 + 5.5)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    yield out
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_embeddings_are_those_of_the_encoder(store: Path, songs: list[ListedSong]) -> None:
    loaded = EmbeddingStore.open(store).load()
    encoder = PlantedEncoder(SPEC)
    assert loaded.song_ids.tolist() == [
        "song-0.wav", "song-1-again.wav", "song-1.wav", "song-2.wav", "song-3.wav",
    ]  # fmt: skip
    for place, name in enumerate(loaded.song_ids):
        path = next(song.path for song in songs if song.song_id == name)
        assert path is not None
        segments = list(open_song(path, RATE, RULE))
        expected = encoder.encode(np.stack([segment.samples for segment in segments]))
        part = slice(loaded.offsets[place], loaded.offsets[place + 1])
        np.testing.assert_array_equal(loaded.values[part], expected.astype(np.float16))
        assert loaded.duration_s[part].tolist() == [s.end_s - s.start_s for s in segments]
        np.testing.assert_allclose(loaded.music_s[part], [s.music_s for s in segments])


def test_what_is_no_song_is_in_the_table_of_errors(store: Path) -> None:
    assert errors(store) == {
        "void.wav": "EmptyAudioError",
        "text.mp3": "NotAudioError",
        "gone.wav": "MissingFileError",
        "loud.wav": "OverflowFloat16Error",
    }
    assert EmbeddingStore.open(store).missing(["song-0.wav", "loud.wav"]).tolist() == ["loud.wav"]


def test_the_same_content_is_embedded_once(store: Path) -> None:
    twins = EmbeddingStore.open(store).load(["song-1.wav", "song-1-again.wav"])
    half = len(twins.values) // 2
    np.testing.assert_array_equal(twins.values[:half], twins.values[half:])
    ids = {row[1] for row in rows(store).values()}
    assert ("song_id", "song-1-again.wav") in ids, "of two, the first in the manifest owns it"
    assert ("song_id", "song-1.wav") not in ids


def test_a_second_run_does_nothing(store: Path, songs: list[ListedSong]) -> None:
    again = embed(songs, store)  # the fixture sees that no byte has changed
    assert (again.embedded, again.done_before, again.failed_before) == (0, 5, 4)


def test_two_workers_and_many_saves_make_the_same_rows(
    store: Path, songs: list[ListedSong], tmp_path: Path
) -> None:
    embed(songs, tmp_path / "two", workers=2, save_every_s=0.0, shard_rows=4)
    assert rows(tmp_path / "two") == rows(store)
    serial, parallel = (EmbeddingStore.open(f).load() for f in (store, tmp_path / "two"))
    np.testing.assert_array_equal(serial.values, parallel.values)
    np.testing.assert_array_equal(serial.song_ids, parallel.song_ids)


def test_on_a_gpu_one_process_reads_several_songs_at_a_time(
    store: Path, songs: list[ListedSong], folder: Path, tmp_path: Path
) -> None:
    embed(songs, tmp_path / "out", source=source(kind=GpuSource), workers=4)
    assert rows(tmp_path / "out") == rows(store)
    # Here the song that kills is one of several that the process has, and still it is found.
    fatal = write_song(tmp_path / "fatal.wav", 60, peak=KILLS)
    files = [*sorted(folder.glob("song-*.wav"))[:3], fatal, folder / "song-3.wav"]
    mixed = songs_of_files(files, tmp_path)
    summary = embed(mixed, tmp_path / "two", source=source(kind=GpuSource), workers=4)
    assert (summary.embedded, summary.same_content, summary.failed) == (3, 1, 1)
    assert errors(tmp_path / "two") == {"fatal.wav": "WorkerDiedError"}


def test_what_failed_is_tried_again_when_it_changed_or_on_request(
    store: Path, folder: Path, tmp_path: Path
) -> None:
    files = tmp_path / "songs"
    shutil.copytree(folder, files)
    songs = songs_of_files([files / "song-0.wav", files / "text.mp3", files / "new.wav"], files)
    out = tmp_path / "store"
    assert embed(songs, out).failed == 2
    assert embed(songs, out).failed_before == 2
    retried = embed(songs, out, retry=True)
    assert (retried.failed, retried.failed_before, retried.done_before) == (2, 0, 1)
    shutil.copy(folder / "song-2.wav", files / "text.mp3")
    write_song(files / "new.wav", 17)
    mended = embed(songs, out)
    assert (mended.embedded, mended.failed, mended.done_before) == (2, 0, 1)
    assert errors(out) == {}
    # What is embedded stays when its audio goes; a file that changes is embedded anew.
    (files / "new.wav").unlink()
    write_song(files / "song-0.wav", 18, seconds=9.0)
    last = embed(songs, out)
    assert (last.embedded, last.done_before) == (1, 2)
    loaded = EmbeddingStore.open(out).load(["song-0.wav"])
    assert len(loaded.values) == 9


def test_touching_a_file_costs_a_look_and_no_work(folder: Path, tmp_path: Path) -> None:
    song = Path(shutil.copy(folder / "song-0.wav", tmp_path / "a.wav"))
    songs = songs_of_files([song], tmp_path)
    assert embed(songs, tmp_path / "out").embedded == 1
    os.utime(song, (1, 1))
    assert embed(songs, tmp_path / "out").same_content == 1
    assert embed(songs, tmp_path / "out").done_before == 1


def test_the_manifest_is_believed_only_if_it_is_right(folder: Path, tmp_path: Path) -> None:
    right = sha256_of(folder / "song-0.wav")
    table = pa.table(
        {
            "song_id": ["right", "wrong", "silent movie"],
            "path": ["song-0.wav", "song-1.wav", None],
            "sha256": [right, "0" * 64, None],
        }
    )
    summary = embed(songs_of_manifest(Manifest(table, folder)), tmp_path)
    assert (summary.embedded, summary.failed, summary.no_audio) == (1, 1, 1)
    assert errors(tmp_path) == {"wrong": "OtherContentError"}


def test_a_song_that_kills_workers_is_known_and_costs_no_other(tmp_path: Path) -> None:
    for seed in range(5):
        write_song(tmp_path / f"{seed}.wav", seed)
    write_song(tmp_path / "2-kills.wav", 50, peak=KILLS)
    write_song(tmp_path / "3-fails.wav", 51, peak=FAILS)
    songs = songs_of_files(sorted(tmp_path.glob("*.wav")), tmp_path)
    summary = embed(songs, tmp_path / "out")
    assert (summary.embedded, summary.failed) == (5, 2)
    assert errors(tmp_path / "out") == dict.fromkeys(
        ["2-kills.wav", "3-fails.wav"], "WorkerDiedError"
    )
    text = (tmp_path / "out" / "errors.jsonl").read_text()
    assert "ended by SIGKILL, perhaps for lack of memory" in text
    assert "RuntimeError: the device is on fire" in text


def test_workers_that_cannot_start_are_no_endless_loop(
    songs: list[ListedSong], tmp_path: Path
) -> None:
    with pytest.raises(CrewError, match="died before it could work: RuntimeError: no room for it"):
        embed(songs[:1], tmp_path, source=source(kind=BrokenSource))


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (3, 2, 3)),
        ({"source": source((7,))}, (3, 1, 3)),
        ({"rule": SegmentRule(length_s=2.0)}, (2, 2, 3)),
        ({"rule": SegmentRule(length_s=1.0, tail="drop", min_tail_s=0.9)}, (2, 2, 3)),
    ],
)
def test_layers_and_rule_change_what_is_kept(
    folder: Path, tmp_path: Path, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    songs = songs_of_files([folder / "song-0.wav"], folder)  # 2.5 s
    embed(songs, tmp_path, **options)
    assert EmbeddingStore.open(tmp_path).load().values.shape == shape
    if options:
        with pytest.raises(InputError, match="holds embeddings made with"):
            embed(songs, tmp_path)


def test_parts_are_disjoint_and_together_they_are_the_whole(
    store: Path, songs: list[ListedSong], tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    parts = [embed(songs, shared, part=Part(number, 3)) for number in (1, 2, 3)]
    assert sum(part.embedded for part in parts) == 4
    assert any(part.other_parts for part in parts)
    assert sum(part.failed for part in parts) == 4
    assert rows(shared) == rows(store)
    separate = [tmp_path / f"part-{number}" for number in (1, 2)]
    for number, out in enumerate(separate, start=1):
        embed(songs, out, part=Part(number, 2))
    whole = EmbeddingStore.open(store).load()
    for joined in (EmbeddingStore.open(*separate), EmbeddingStore.open(shared)):
        np.testing.assert_array_equal(joined.load().values, whole.values)
        np.testing.assert_array_equal(joined.load().song_ids, whole.song_ids)
    # Also when a content lies in more than one of them.
    merge_stores([*separate, store], tmp_path / "merged")
    assert rows(tmp_path / "merged") == rows(store)
    assert errors(tmp_path / "merged") == errors(store)
    np.testing.assert_array_equal(
        EmbeddingStore.open(tmp_path / "merged").load().values, whole.values
    )


def test_a_part_does_not_read_what_the_manifest_gives_to_another(
    folder: Path, tmp_path: Path
) -> None:
    names = [f"song-{i}.wav" for i in range(4)]
    table = pa.table(
        {
            "song_id": [*names, "gone"],
            "path": [*names, "gone.wav"],
            "sha256": [*(sha256_of(folder / name) for name in names), "0" * 64],
        }
    )
    songs = songs_of_manifest(Manifest(table, folder))
    parts = [embed(songs, tmp_path / str(part), part=Part(part, 2)) for part in (1, 2)]
    assert [summary.other_parts + summary.embedded + summary.failed for summary in parts] == [5, 5]
    assert sum(summary.embedded for summary in parts) == 4
    assert sum(summary.failed for summary in parts) == 1


def test_a_run_on_another_manifest_brings_its_order(folder: Path, tmp_path: Path) -> None:
    files = [folder / f"song-{i}.wav" for i in (2, 0)]
    embed(songs_of_files(files, folder), tmp_path)
    assert EmbeddingStore.open(tmp_path).load().song_ids.tolist() == ["song-2.wav", "song-0.wav"]
    files.insert(0, folder / "song-1.wav")
    files.reverse()
    embed(songs_of_files(files, folder), tmp_path)
    assert EmbeddingStore.open(tmp_path).load().song_ids.tolist() == [
        "song-0.wav", "song-2.wav", "song-1.wav",
    ]  # fmt: skip


def test_warnings_stand_in_the_rows(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "song-3.wav").read_bytes()
    write_song(tmp_path / "song.flac", 3, 8.0)
    data = (tmp_path / "song.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(data[: len(data) // 2])
    (tmp_path / "whole.wav").write_bytes(whole)
    files = [tmp_path / "cut.flac", tmp_path / "whole.wav"]
    summary = embed(songs_of_files(files, tmp_path), tmp_path / "out")
    assert (summary.embedded, summary.warned) == (2, 1)
    warnings = {
        dict(row[1:])["song_id"]: dict(row[1:])["warnings"]
        for row in rows(tmp_path / "out").values()
    }
    assert warnings == {"cut.flac": "partial_decode", "whole.wav": ""}


def test_parts_and_ids_are_read_strictly() -> None:
    assert parse_part("2/4") == Part(2, 4)
    for wrong in ("0/4", "5/4", "2", "a/b", "1/0", "-1/2"):
        with pytest.raises(InputError, match="Expected a part such as 2/4"):
            parse_part(wrong)
    with pytest.raises(InputError, match=r"would both be song 'a\.wav'"):
        songs_of_files([Path("x/a.wav"), Path("x/a.wav")], Path("x"))
    assert fixed_folder(Path("x/y/*.wav")) == Path("x/y")


def test_numbers_below_one_are_refused(songs: list[ListedSong], tmp_path: Path) -> None:
    for name in ("workers", "threads", "shard_rows"):
        with pytest.raises(InputError, match="Expected at least 1"):
            embed(songs, tmp_path, **{name: 0})
    with pytest.raises(InputError, match="no songs"):
        embed([], tmp_path)
