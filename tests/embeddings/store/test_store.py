"""The store: what goes in comes out, in any order, from any number of shards and folders."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import InputError, MissingFileError
from plaudit.datasets.manifest.songs import Manifest
from plaudit.embeddings.store.contents import EmbeddingStore, StoreError
from plaudit.embeddings.store.header import StoreSettings, new_head
from plaudit.embeddings.store.shard import all_shards, save_shard, shard_path, shards
from plaudit.embeddings.store.vectors import SongEmbeddings, rows_of
from plaudit.embeddings.store.writer import StoreWriteError, StoreWriter, as_float16, write_shard
from plaudit.encoders.spec import EncoderSpec

SPEC = EncoderSpec(
    kind="measured",
    name="planted",
    hash="ab" * 32,
    sample_rate=24_000,
    layers=(0, 3),
    dim=5,
    licence="Apache-2.0",
    config={},
)
FIELDS = ("song_ids", "offsets", "values", "duration_s", "music_s")


def planted(
    seed: int, n_songs: int, *, prefix: str = "s", counts: NDArray[np.int64] | None = None
) -> SongEmbeddings:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, n_songs) if counts is None else counts
    offsets = np.concatenate([[0], np.cumsum(counts)])
    n = int(offsets[-1])
    duration_s = rng.uniform(1, 30, n).astype(np.float32)
    return SongEmbeddings(
        np.array([f"{prefix}{i}" for i in range(n_songs)]),
        offsets,
        rng.normal(size=(n, 2, 5)).astype(np.float16),
        duration_s,
        (duration_s * rng.uniform(size=n)).astype(np.float32),
    )


def assert_same(first: SongEmbeddings, second: SongEmbeddings) -> None:
    for name in FIELDS:
        left, right = getattr(first, name), getattr(second, name)
        if name in ("duration_s",):  # end - start in float64: the last bit of float32 may differ
            np.testing.assert_allclose(left, right, atol=1e-4)
        else:
            np.testing.assert_array_equal(left, right, err_msg=name)
        assert left.dtype.kind == right.dtype.kind


@given(seed=st.integers(0, 1000), n_songs=st.integers(1, 12), pick=st.data())
@settings(max_examples=10)
def test_any_songs_in_any_order_are_those_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, seed: int, n_songs: int, pick: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("store")
    songs = planted(seed, n_songs)
    cut = pick.draw(st.integers(0, n_songs))
    for part in (np.arange(cut), np.arange(cut, n_songs)):
        if len(part):
            write_shard(folder, SPEC, songs.take(part))
    store = EmbeddingStore.open(folder)
    assert_same(store.load(), songs)
    chosen = np.array(pick.draw(st.lists(st.integers(0, n_songs - 1), max_size=9)), dtype=np.int64)
    assert_same(store.load(songs.song_ids[chosen]), songs.take(chosen))


def test_layers_are_chosen_by_name_and_in_order(tmp_path: Path) -> None:
    songs = planted(1, 4)
    write_shard(tmp_path, SPEC, songs)
    store = EmbeddingStore.open(tmp_path)
    np.testing.assert_array_equal(store.load(layers=[3]).values, songs.values[:, [1]])
    np.testing.assert_array_equal(store.load(layers=[3, 0]).values, songs.values[:, ::-1])
    with pytest.raises(StoreError, match="holds layers 0,3, not 5"):
        store.load(layers=[0, 5])


def test_a_memory_map_holds_the_same(tmp_path: Path) -> None:
    songs = planted(2, 6)
    write_shard(tmp_path / "store", SPEC, songs)
    mapped = EmbeddingStore.open(tmp_path / "store").load(into=tmp_path / "values.npy")
    assert isinstance(mapped.values, np.memmap)
    assert_same(mapped, songs)
    with pytest.raises(ValueError, match="read-only"):
        mapped.values[0] = 0


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    write_shard(tmp_path, SPEC, planted(3, 3))
    store = EmbeddingStore.open(tmp_path)
    with pytest.raises(StoreError, match=r"no embedding of 1 of 2 songs \(zz\)"):
        store.load(["s1", "zz"])
    with pytest.raises(MissingFileError, match=r"has no store\.json"):
        EmbeddingStore.open(tmp_path / "rows")


def test_missing_by_id_and_by_content(tmp_path: Path) -> None:
    songs = planted(4, 3)
    contents = [f"{i}" * 64 for i in range(3)]
    write_shard(tmp_path, SPEC, songs, sha256=contents)
    store = EmbeddingStore.open(tmp_path)
    assert store.missing(["x", "s2", "y", "s0"]).tolist() == ["x", "y"]
    assert store.missing([]).tolist() == []
    table = pa.table(
        {
            "song_id": ["s0", "s1", "s2", "new"],
            "path": pa.nulls(4, pa.string()),
            "sha256": [contents[0], "f" * 64, None, "e" * 64],
        }
    )
    assert store.missing(Manifest(table, tmp_path)).tolist() == ["s1", "new"]
    assert store.missing(Manifest(table.drop(["sha256"]), tmp_path)).tolist() == ["new"]


def test_two_songs_of_one_content_share_its_rows(tmp_path: Path) -> None:
    songs = planted(5, 2)
    with StoreWriter(tmp_path, new_head(SPEC, StoreSettings())) as writer:
        key = writer.head.key("a" * 64)
    write_shard(tmp_path, SPEC, songs, sha256=["a" * 64, "b" * 64])
    with StoreWriter(tmp_path, writer.head) as writer:
        assert key in writer.known
        writer.add_song({"song_id": "twin", "position": 7, "sha256": "a" * 64, "key": key})
    store = EmbeddingStore.open(tmp_path)
    assert store.count_rows() == songs.offsets[-1]
    twin = store.load(["twin", "s1", "s0"])
    np.testing.assert_array_equal(twin.values, songs.take(np.array([0, 1, 0])).values)


def test_folders_are_read_as_one_and_a_content_counts_once(tmp_path: Path) -> None:
    songs = planted(6, 5)
    write_shard(tmp_path / "a", SPEC, songs.take(np.arange(3)))
    write_shard(tmp_path / "b", SPEC, songs.take(np.arange(2, 5)))
    both = EmbeddingStore.open(tmp_path / "a", tmp_path / "b").load(songs.song_ids)
    assert_same(both, songs)
    write_shard(tmp_path / "c", SPEC, songs, settings=StoreSettings(precision="fast"))
    with pytest.raises(InputError, match="precision fast, not exact"):
        EmbeddingStore.open(tmp_path / "a", tmp_path / "c")


@pytest.mark.parametrize(
    ("spec", "chosen", "message"),
    [
        ({"hash": "cd" * 32}, {}, "encoder hash abab"),
        ({"layers": (0, 4)}, {}, "layers 0,3, not 0,4"),
        ({}, {"segment": SegmentRule(length_s=10)}, r"segment length \(s\) 30.0, not 10.0"),
        ({}, {"segment": SegmentRule(tail="drop")}, "tail pad, not drop"),
        ({}, {"precision": "fast"}, "precision exact, not fast"),
    ],
)
def test_other_settings_give_other_keys_and_are_refused(
    tmp_path: Path, spec: dict[str, object], chosen: dict[str, object], message: str
) -> None:
    songs = planted(7, 1)
    write_shard(tmp_path, SPEC, songs)
    other_spec = SPEC.model_copy(update=spec)
    other_settings = StoreSettings.model_validate(chosen)
    heads = new_head(SPEC, StoreSettings()), new_head(other_spec, other_settings)
    assert heads[0].key("a" * 64) != heads[1].key("a" * 64)
    with pytest.raises(InputError, match=message):
        write_shard(tmp_path, other_spec, songs, settings=other_settings)
    # The name under which the same weights were found decides nothing.
    write_shard(tmp_path, SPEC.model_copy(update={"name": "elsewhere"}), songs)


def test_a_larger_shard_replaces_those_inside_it(tmp_path: Path) -> None:
    songs = planted(8, 20)
    head = new_head(SPEC, StoreSettings())
    for place in range(20):
        write_shard(tmp_path, SPEC, songs.take(np.arange(place, place + 1)))
    assert len(list((tmp_path / "rows").iterdir())) == 1, "small shards are merged at the end"
    (merged,) = shards(tmp_path, "rows")
    # A job that died after writing the larger one leaves the smaller behind.
    left = shard_path(tmp_path, "rows", "1of1", merged.first, merged.first)
    left.write_bytes(merged.path.read_bytes())
    (left.parent / ".1of1-000031-000031.parquet.x.tmp").write_bytes(b"half")
    store = EmbeddingStore.open(tmp_path)
    assert_same(store.load(), songs)
    assert store.count_rows() == songs.offsets[-1]
    with StoreWriter(tmp_path, head):
        assert [shard.path for shard in all_shards(tmp_path, "rows")] == [merged.path]
    assert not list(tmp_path.rglob("*.tmp"))


def test_rows_are_bounded_by_the_shard_size(tmp_path: Path) -> None:
    from plaudit.embeddings.store.shard import META, row_table, shard_rows

    values = np.ones((3, 2, 5), dtype=np.float16)
    with StoreWriter(tmp_path, new_head(SPEC, StoreSettings()), shard_rows=8) as writer:
        for i in range(10):
            meta = pa.Table.from_pylist(
                [
                    {"key": f"k{i}", "song_id": f"s{i}", "sha256": "0", "segment": k,
                     "start_s": 0.0, "end_s": 1.0, "music_s": 1.0, "warnings": ""}
                    for k in range(3)
                ],
                schema=META,
            )  # fmt: skip
            writer.add_rows(row_table(meta, values))
            writer.add_song({"song_id": f"s{i}", "position": i, "key": f"k{i}"})
            writer.save_if_due()
    assert [shard_rows(shard) for shard in shards(tmp_path, "rows")] == [9, 9, 9, 3]
    assert len(EmbeddingStore.open(tmp_path).load()) == 10


def test_one_writer_at_a_time_for_each_part(tmp_path: Path) -> None:
    head = new_head(SPEC, StoreSettings())
    with StoreWriter(tmp_path, head, part="1of2"):
        with (
            pytest.raises(InputError, match="Another process is embedding"),
            StoreWriter(tmp_path, head, part="1of2"),
        ):
            pass
        with StoreWriter(tmp_path, head, part="2of2"):
            pass


def test_lost_rows_are_said(tmp_path: Path) -> None:
    write_shard(tmp_path, SPEC, planted(9, 2))
    for path in (tmp_path / "rows").iterdir():
        path.unlink()
    with pytest.raises(StoreError, match=r"lists 2 songs without their rows \(s0, s1\)"):
        EmbeddingStore.open(tmp_path).load()


def test_errors_are_a_table_and_an_embedding_counts_more(tmp_path: Path) -> None:
    head = new_head(SPEC, StoreSettings())
    fault = {"path": "a.mp3", "error_type": "NotAudioError", "error": "It is not audio."}
    with StoreWriter(tmp_path, head) as writer:
        writer.add_song({"song_id": "s0", "position": 0, **fault})
        writer.add_song({"song_id": "s1", "position": 1, **fault})
    store = EmbeddingStore.open(tmp_path)
    assert len(store) == 0
    assert store.missing(["s0"]).tolist() == ["s0"]
    lines = [json.loads(line) for line in (tmp_path / "errors.jsonl").read_text().splitlines()]
    assert lines[0] == {
        "song_id": "s0", "path": "a.mp3", "type": "NotAudioError", "message": "It is not audio.",
    }  # fmt: skip
    assert len(lines) == 2
    write_shard(tmp_path, SPEC, planted(10, 1))
    assert EmbeddingStore.open(tmp_path).failures["song_id"].to_pylist() == ["s1"]
    assert len((tmp_path / "errors.jsonl").read_text().splitlines()) == 1


def test_another_folder_is_not_taken_for_a_store(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        write_shard(tmp_path, SPEC, planted(11, 1))


def test_float16_holds_or_says_so() -> None:
    edge = np.array([[65504.0, -65504.0]])
    np.testing.assert_array_equal(as_float16(edge, "a"), edge)
    for bad in (65505.0, np.inf, np.nan):
        with pytest.raises(InputError, match=r"song a\.wav gave"):
            as_float16(np.array([0.0, bad]), "song a.wav")
    x = np.random.default_rng(0).normal(0, 100, 1000)
    assert (np.abs(as_float16(x, "a") - x) <= np.abs(x) * 2.0**-11 + 6e-8).all()


def test_shapes_that_contradict_each_other_are_refused() -> None:
    songs = planted(12, 2)
    with pytest.raises(InputError, match="offsets from 0 to n_segments"):
        SongEmbeddings(
            songs.song_ids, songs.offsets[:-1], songs.values, songs.duration_s, songs.music_s
        )
    rows, offsets = rows_of(np.array([0, 2, 2, 5]), np.array([2, 1, 0, 2]))
    assert rows.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert offsets.tolist() == [0, 3, 3, 5, 8]


def test_a_shard_of_another_name_is_left_alone(tmp_path: Path) -> None:
    write_shard(tmp_path, SPEC, planted(13, 2))
    save_shard(tmp_path / "rows" / "backup.parquet", pa.table({"x": [1]}))
    assert len(EmbeddingStore.open(tmp_path).load()) == 2


def test_a_disk_that_refuses_is_told_and_costs_nothing_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = planted(14, 3)
    write_shard(tmp_path, SPEC, songs)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("plaudit.embeddings.store.writer.save_shard", full)
        with pytest.raises(StoreWriteError, match=r"\(No space left on device\); make room"):
            write_shard(tmp_path, SPEC, planted(15, 2, prefix="t"))
    assert_same(EmbeddingStore.open(tmp_path).load(), songs)
    write_shard(tmp_path, SPEC, planted(15, 2, prefix="t"))
    assert len(EmbeddingStore.open(tmp_path)) == 5


def test_a_store_is_read_while_a_job_merges_its_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plaudit.embeddings.store import contents as module

    songs = planted(16, 4)
    head = new_head(SPEC, StoreSettings())
    with StoreWriter(tmp_path, head):
        pass
    for place in range(2):
        write_shard(tmp_path, SPEC, songs.take(np.arange(2 * place, 2 * place + 2)))
    (merged,) = shards(tmp_path, "rows")
    listed = [[merged._replace(path=merged.path.with_name("gone.parquet"))], [merged]]
    opened = EmbeddingStore.open(tmp_path)
    monkeypatch.setattr(module, "shards", lambda *_: listed.pop(0) if listed else [merged])
    assert_same(opened.load(), songs)
