"""APEX's files: a store goes out and comes back, and odd rows are named with their number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.datasets.manifest.songs import read_manifest
from plaudit.embeddings.store.apex import MANIFEST, export_rows, import_rows
from plaudit.embeddings.store.apex_row import ApexError
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.embeddings.store.writer import write_shard
from plaudit.encoders.spec import EncoderSpec

DIM = 8
SPEC = EncoderSpec(
    kind="mert",
    name="planted",
    hash="ab" * 32,
    sample_rate=24_000,
    layers=(2, 5),
    dim=DIM,
    licence="x",
    config={},
)


def apex_rows(seed: int = 0, songs: int = 5, form: str = "struct") -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    rows = []
    for song in range(songs):
        grades = {axis.capitalize(): round(float(rng.uniform(1, 5)), 3) for axis in AESTHETICS}
        labels = {
            "audio_id": f"a_{song}",
            "score_streams": float(rng.uniform(0, 100)),
            "score_likes": float(rng.uniform(0, 100)),
            "platform": ("one", "two")[song % 2],
            "songeval_scores": grades if form == "struct" else json.dumps(grades),
        }
        rows += [
            {
                **labels,
                "segment_id": f"a_{song}_{k}",
                "segment_embedding": rng.normal(size=DIM).astype(np.float32).tolist(),
            }
            for k in range(1, 4 - song % 2)
        ]
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("form", ["struct", "json"])
def test_import_keeps_every_number(tmp_path: Path, form: str) -> None:
    rows = apex_rows(form=form)
    # The order of rows in the files means nothing: a song may even be spread over two.
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    files = [
        write(tmp_path / "a.parquet", shuffled[:4]),
        write(tmp_path / "b.parquet", shuffled[4:]),
    ]
    assert import_rows(files, tmp_path / "store") == 5
    loaded = EmbeddingStore.open(tmp_path / "store").load([f"a_{i}" for i in range(5)])
    expected = np.array([row["segment_embedding"] for row in rows], dtype=np.float16)
    np.testing.assert_array_equal(loaded.values[:, 0], expected)
    assert set(loaded.duration_s) == {30.0}
    manifest = read_manifest(tmp_path / "store" / MANIFEST)
    assert (
        manifest.column("song_id").tolist()
        == EmbeddingStore.open(tmp_path / "store").load().song_ids.tolist()
    )
    truth = {row["audio_id"]: row for row in rows}
    for place, name in enumerate(manifest.column("song_id")):
        assert manifest.column("streams")[place] == truth[name]["score_streams"]
        assert manifest.column("platform")[place] == truth[name]["platform"]
        grades = truth[name]["songeval_scores"]
        grades = json.loads(grades) if form == "json" else grades
        assert manifest.column("clarity")[place] == grades["Clarity"]
    assert manifest.audio_paths() == [None] * 5


def test_round_trip_of_an_imported_store(tmp_path: Path) -> None:
    import_rows([write(tmp_path / "a.parquet", apex_rows())], tmp_path / "one")
    store = EmbeddingStore.open(tmp_path / "one")
    manifest = read_manifest(tmp_path / "one" / MANIFEST)
    assert export_rows(store, manifest, tmp_path / "out.parquet") == (5, 0)
    names = parquet.read_schema(tmp_path / "out.parquet").names
    assert names == [
        "audio_id", "segment_id", "score_streams", "score_likes", "platform",
        "segment_embedding", "songeval_scores",
    ]  # fmt: skip
    import_rows([tmp_path / "out.parquet"], tmp_path / "two")
    first, second = (EmbeddingStore.open(tmp_path / name).load() for name in ("one", "two"))
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.offsets, second.offsets)
    assert read_manifest(tmp_path / "two" / MANIFEST).table.equals(manifest.table)


def test_layers_are_mixed_as_asked(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    songs = SongEmbeddings(
        np.array(["x", "y"]),
        np.array([0, 2, 3]),
        rng.normal(size=(3, 2, DIM)).astype(np.float16),
        np.full(3, 30, np.float32),
        np.full(3, 30, np.float32),
    )
    write_shard(tmp_path / "store", SPEC, songs)
    store = EmbeddingStore.open(tmp_path / "store")
    (tmp_path / "songs.csv").write_text("song_id,path\ny,y.mp3\ngone,g.mp3\nx,x.mp3\n")
    manifest = read_manifest(tmp_path / "songs.csv")
    assert export_rows(store, manifest, tmp_path / "a.parquet", [0.5, 2.0, -1.0]) == (2, 1)
    rows = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["segment_id"] for row in rows] == ["y_1", "x_1", "x_2"]
    values = songs.values.astype(np.float32)[[2, 0, 1]]
    np.testing.assert_allclose(
        [row["segment_embedding"] for row in rows],
        0.5 * values[:, 0] + 2 * values[:, 1] - 1,
        rtol=1e-5, atol=1e-5,
    )  # fmt: skip
    assert rows[0]["score_streams"] is None
    assert rows[0]["songeval_scores"] == dict.fromkeys(AESTHETICS)
    for wrong in (None, [1.0], [1.0] * 4):
        with pytest.raises(InputError, match=r"Expected 2 weights .* give --mix"):
            export_rows(store, manifest, tmp_path / "b.parquet", wrong)
    with pytest.raises(InputError, match="no song of this manifest"):
        export_rows(store, manifest.take(np.array([1])), tmp_path / "b.parquet", [1.0, 1.0])
    assert not (tmp_path / "b.parquet").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"segment_id": "a_1_0"}, r"row 4: expected a segment_id '<audio_id>_<k>' .*'a_1_0'"),
        ({"segment_id": "b_1_1"}, r"row 4: expected a segment_id .* got 'b_1_1'"),
        ({"segment_id": None}, "row 4: expected a segment_id"),
        ({"audio_id": ""}, "row 4: audio_id is empty"),
        ({"audio_id": None}, "row 4: audio_id is empty"),
        ({"segment_embedding": [1.0, 2.0]}, "row 4: expected 8 numbers .* got 2"),
        ({"segment_embedding": None}, "row 4: expected 8 numbers"),
        ({"segment_embedding": [np.nan] * DIM}, "row 4: expected finite numbers within"),
        ({"segment_embedding": [7e4] * DIM}, "row 4: expected finite numbers within"),
        ({"score_likes": 101.0}, r"row 4: expected likes in 0-100, got 101.0"),
        ({"songeval_scores": "{"}, "row 4: expected songeval_scores as a JSON object"),
        ({"songeval_scores": "[1]"}, "row 4: expected songeval_scores as a JSON object"),
        ({"songeval_scores": '{"clarity": 0}'}, r"row 4: expected clarity in 1-5, got 0.0"),
        ({"songeval_scores": '{"clarity": "x"}'}, "row 4: expected songeval_scores"),
        ({"score_streams": 1.0}, "row 5: labels differ .*'a_1'"),
        ({"platform": "three"}, "row 5: labels differ"),
        ({"segment_id": "a_1_2"}, r"row 4: the segments of its song are not 1, 2, 3"),
        ({"segment_id": "a_1_9"}, r"row 4: the segments of its song .* \(2 such rows\)"),
    ],
)
def test_odd_rows_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    rows = apex_rows(2, form="json")
    assert [row["segment_id"] for row in rows[3:5]] == ["a_1_1", "a_1_2"]
    path = write(tmp_path / "a.parquet", [*rows[:3], rows[3] | change, *rows[4:]])
    with pytest.raises(ApexError, match=message):
        import_rows([path], tmp_path / "store")
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"], "nothing is left behind"


def test_what_is_no_such_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="is not there"):
        import_rows([tmp_path / "no.parquet"], tmp_path / "store")
    (tmp_path / "text.parquet").write_text("text")
    with pytest.raises(ApexError, match="not a readable Parquet file"):
        import_rows([tmp_path / "text.parquet"], tmp_path / "store")
    parquet.write_table(pa.table({"audio_id": ["a"]}), tmp_path / "other.parquet")
    with pytest.raises(ApexError, match="no column segment_id, segment_embedding"):
        import_rows([tmp_path / "other.parquet"], tmp_path / "store")
    (tmp_path / "store").mkdir()
    with pytest.raises(InputError, match="is there already"):
        import_rows([write(tmp_path / "a.parquet", apex_rows())], tmp_path / "store")
