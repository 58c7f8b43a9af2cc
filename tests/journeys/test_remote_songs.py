"""Songs in an object store and on a server: the rows of the same songs on this disk."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planted_encoder import RATE, source, write_song
from planted_work import RULE
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core import remote
from plaudit.core.remote import fetched, remote_file
from plaudit.datasets.manifest.songs import read_manifest
from plaudit.embeddings.extract.job import EmbedJob, EmbedSummary
from plaudit.embeddings.extract.listing import songs_of_files, songs_of_manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.judging.find import find_songs
from s3_server import bucket_system, s3_server
from typed_command import plaudit

SIGNED = "?X-Amz-Signature=hush"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files; a request for one below ``locked`` is refused."""

    def do_GET(self) -> None:
        if "/locked/" in self.path:
            self.send_error(403)
        else:
            super().do_GET()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # one that is too large
            super().copyfile(source, outputfile)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs, a text that is none, and a file beside them."""
    folder = tmp_path_factory.mktemp("songs") / "songs"
    (folder / "deep").mkdir(parents=True)
    for seed, name in enumerate(("a.wav", "b ü.wav", "deep/c.wav")):
        write_song(folder / name, seed, 2.5)
    (folder / "text.mp3").write_text("not a song " * 100)
    (folder / "notes.txt").write_text("x")
    return folder


@pytest.fixture(scope="module")
def bucket(folder: Path) -> Iterator[str]:
    """The same in a bucket."""
    with s3_server() as address:
        remote._object_store.cache_clear()
        system = bucket_system(address)
        system.create_dir("music")
        for path in folder.rglob("*.*"):
            with system.open_output_stream(f"music/{path.relative_to(folder.parent)}") as file:
                file.write(path.read_bytes())
        yield "s3://music/songs"
    remote._object_store.cache_clear()


@pytest.fixture(scope="module")
def web(folder: Path) -> Iterator[str]:
    """The same on a server."""
    handler = partial(Quiet, directory=str(folder.parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://me:hush@127.0.0.1:{server.server_address[1]}/songs"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is fetched is removed again."""
    place = tmp_path / "fetched"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    yield
    assert not list(place.glob("plaudit-*"))


def scored(tmp_path: Path, *arguments: object, status: int = 1) -> list[dict[str, Any]]:
    out = tmp_path / "rows.jsonl"
    words = ["score", *arguments, "--format", "jsonl", "--output", out]
    printed = plaudit(*words, status=status)
    text = out.read_text()
    assert "hush" not in text + printed.stdout + printed.stderr
    out.unlink()
    return [json.loads(line) for line in text.splitlines()]


def test_a_folder_in_a_bucket_is_scored_as_here(bucket: str, folder: Path, tmp_path: Path) -> None:
    here = scored(tmp_path, folder)
    there = scored(tmp_path, bucket)
    assert len(here) == 4
    for row in here:
        row["path"] = row["path"].replace(str(folder), bucket)
        if "error" in row:
            row["error"]["message"] = row["error"]["message"].replace(str(folder), bucket)
    assert there == here
    assert len(scored(tmp_path, "--no-recursive", f"{bucket}/")) == 3


def test_a_signed_address_shows_no_credentials(web: str, folder: Path, tmp_path: Path) -> None:
    names = ["a.wav", "gone.wav", "locked/a.wav", "text.mp3"]
    rows = scored(tmp_path, *(f"{web}/{name}{SIGNED}" for name in names))
    assert rows[0]["path"] == f"{web}/a.wav".replace("me:hush@", "")
    assert rows[0]["scores"] == scored(tmp_path, folder / "a.wav", status=0)[0]["scores"]
    assert [row["error"]["type"] for row in rows[1:]] == [
        "MissingFileError", "FetchError", "NotAudioError",
    ]  # fmt: skip
    assert "403" in rows[2]["error"]["message"]


def test_a_folder_of_a_server_is_listed(web: str) -> None:
    found = find_songs([f"{web}/"], lambda _: None)
    assert [song.name for song in found] == ["a.wav", "b%20%C3%BC.wav", "text.mp3", "c.wav"]


def test_a_file_that_is_too_large_or_has_no_scheme(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MOST_BYTES", 1000)
    rows = scored(tmp_path, f"{web}/a.wav", "nowhere://x/a.wav")
    assert "more than 1,000 bytes, the most that is fetched" in rows[0]["error"]["message"]
    assert "not known" in rows[1]["error"]["message"]
    with pytest.raises(ValueError, match="AWS_ACCESS_KEY_ID"):
        remote_file("s3://key:hush@bucket/a.wav")


def test_a_table_of_addresses_is_embedded_as_here_and_goes_on(
    bucket: str, web: str, folder: Path, tmp_path: Path
) -> None:
    names = ["a.wav", "deep/c.wav", "b ü.wav", "text.mp3"]
    places = [f"{bucket}/a.wav", f"{web}/deep/c.wav{SIGNED}", f"{bucket}/b ü.wav"]
    places.append(f"{web}/text.mp3")
    table, store = tmp_path / "songs.csv", tmp_path / "store"
    lines = [f"{name},{path}" for name, path in zip(names, places, strict=True)]
    table.write_text("\n".join(["song_id,path", *lines]) + "\n", encoding="utf-8")

    def embed() -> EmbedSummary:
        songs = songs_of_manifest(read_manifest(table))
        return EmbedJob(songs, source(), RULE, store, workers=1).run()

    first, again = embed(), embed()
    assert (first.embedded, first.failed) == (3, 1)
    assert (again.done_before, again.failed_before) == (3, 1)
    made = EmbeddingStore.open(store).load(names[:3])
    encoder = source().open()
    here = [list(open_song(folder / name, RATE, RULE)) for name in names[:3]]
    expected = [encoder.encode(np.stack([s.samples for s in segments])) for segments in here]
    np.testing.assert_array_equal(made.values, np.concatenate(expected).astype(np.float16))
    assert "hush" not in (store / "errors.jsonl").read_text()
    assert not any(b"hush" in path.read_bytes() for path in store.rglob("*.parquet"))


def test_a_file_that_changes_between_hash_and_work_is_refused(
    bucket: str, folder: Path, tmp_path: Path
) -> None:
    from plaudit.embeddings.extract.reader import ChangedError, FileState, SongReader

    file = remote_file(f"{bucket}/a.wav")
    reader = SongReader(file, FileState(1, 1), "0" * 64, 24_000, SegmentRule())
    with pytest.raises(ChangedError, match="written to"):
        list(reader.segments)


def test_a_manifest_at_an_address_names_files_beside_it(web: str, folder: Path) -> None:
    (folder / "songs.csv").write_text("song_id,path\none,a.wav\n")
    paths = read_manifest(remote_file(f"{web}/songs.csv")).audio_paths()
    (folder / "songs.csv").unlink()
    [path] = paths
    assert str(path) == f"{web}/a.wav".replace("me:hush@", "")
    assert path is not None
    with fetched(path) as copy:
        assert copy.read_bytes() == (folder / "a.wav").read_bytes()
    assert songs_of_files(paths, remote_file(web))[0].song_id == "a.wav"  # type: ignore[arg-type]


def test_no_output_at_an_address(folder: Path, tmp_path: Path) -> None:
    song = folder / "a.wav"
    done = plaudit("score", song, "--output", "s3://bucket/rows.jsonl", status=1)
    assert "got the URL s3://bucket/rows.jsonl; write here" in done.stderr
    done = plaudit("embed", folder, "--out", "s3://bucket/store", status=1)
    assert "got the URL s3://bucket/store" in done.stderr
