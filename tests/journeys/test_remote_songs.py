"""Songs in an object store and on a server: the rows of the same songs on this disk."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from pyarrow import fs

from planted_encoder import RATE, source, write_song
from planted_work import RULE
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core import remote
from plaudit.core.mirror import Mirror
from plaudit.core.remote import FetchError, fetched, remote_file
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


def test_a_store_in_a_bucket_goes_on_on_another_machine(
    bucket: str, folder: Path, tmp_path: Path
) -> None:
    url = f"{bucket.replace('/songs', '/stores')}/one"

    def embed(out: str, limit: int, status: int = 0) -> str:
        options = ("--save-every-s", 0, "--copy-to", url, "--workers", 1, "--limit", limit)
        done = plaudit("embed", table, "--out", tmp_path / out, *options, status=status)
        return done.stdout + done.stderr

    def there() -> dict[str, int]:
        return Mirror(url, tmp_path, print)._listed()

    table = tmp_path / "songs.csv"
    names = ["a.wav", "b ü.wav", "deep/c.wav", "text.mp3"]
    table.write_text("song_id,path\n" + "".join(f"{n},{folder / n}\n" for n in names))
    assert "1 of 1 songs embedded" in embed("here", 1)
    assert "1 of 2 songs embedded" in embed("here", 2)
    # Another machine takes what is there, and leaves a song that it could not embed.
    printed = embed("other", 4, status=1)
    assert f"files from {url}, to go on with" in printed
    assert "1 of 4 songs embedded now" in printed
    assert "2 there before" in printed
    whole = EmbeddingStore.open(tmp_path / "other").load(names[:3])
    # What was merged is gone there too, and what lies there is a store.
    assert there() == {
        path.relative_to(tmp_path / "other").as_posix(): path.stat().st_size
        for path in (tmp_path / "other").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    Mirror(url, tmp_path / "third", print).begin()
    third = EmbeddingStore.open(tmp_path / "third").load(names[:3])
    np.testing.assert_array_equal(third.values, whole.values)
    # The first machine knows nothing of it: what the other did is not written over.
    before = there()
    assert "not copied from" in embed("here", 4, status=1)
    assert there() == before


KILLED_BEHIND_THE_FIRST_COPY = """
import os, signal
from plaudit.cli.app import main
from plaudit.core import mirror
mirror.PAUSE_S, put = 0.0, mirror.Mirror._put
def put_and_die(*given):
    put(*given)
    os.kill(os.getpid(), signal.SIGKILL)
mirror.Mirror._put = put_and_die
main()
"""


def test_rows_in_a_bucket_go_on_on_another_machine(
    bucket: str, folder: Path, tmp_path: Path
) -> None:
    url, whole = f"{bucket.replace('/songs', '/rows')}/rows.jsonl", tmp_path / "whole.jsonl"
    here, other = tmp_path / "here" / "rows.jsonl", tmp_path / "other" / "rows.jsonl"
    words = ["score", folder, "--copy-to", url, "--output"]

    def there() -> dict[str, bytes]:
        system = bucket_system(os.environ["AWS_ENDPOINT_URL_S3"])
        files = system.get_file_info(fs.FileSelector("music/rows", recursive=True))
        return {file.base_name: system.open_input_file(file.path).readall() for file in files}

    plaudit("score", folder, "--output", whole, status=1)
    command = [sys.executable, "-c", KILLED_BEHIND_THE_FIRST_COPY, *map(str, [*words, here])]
    assert subprocess.run(command, check=False, stderr=subprocess.PIPE).returncode == -9
    [(name, copied)] = there().items()
    rows = [json.loads(line) for line in copied.splitlines()]
    assert name == "rows.jsonl.partial.jsonl"
    assert rows
    printed = plaudit(*words, other, "--resume", status=1).stderr
    assert f"Took the rows at {url}, to go on with." in printed
    assert f"{len(rows)} of them by an earlier run" in printed
    assert there() == {"rows.jsonl": whole.read_bytes()}
    assert other.read_bytes() == whole.read_bytes()
    # The first machine knows nothing of it: what the other did is not written over.
    assert "was not copied from" in plaudit(*words, here, "--resume", status=1).stderr
    assert there() == {"rows.jsonl": whole.read_bytes()}
    wrong = ["score", folder, "--output", tmp_path / "x.jsonl", "--copy-to"]
    done = plaudit(*wrong, "s3://gone/rows.jsonl", status=1)
    assert "There is no bucket gone for s3://gone/rows.jsonl" in done.stderr


def test_a_copying_that_ended_anywhere_goes_on(bucket: str, tmp_path: Path) -> None:
    url, folder = f"{bucket}-broken", tmp_path / "made"
    (folder / "rows").mkdir(parents=True)
    for name in ("store.json", "rows/1", "rows/2"):
        (folder / name).write_text(name)
    notes: list[str] = []
    first = Mirror(url, folder, notes.append)
    assert first.begin() == 0
    put = Mirror._put

    def one_alone(mirror: Mirror, name: str, state: tuple[int, int, int]) -> bool:
        if name != "store.json":
            raise OSError("the line is dead")
        return put(mirror, name, state)

    with patch.object(Mirror, "_put", one_alone):
        first.send_soon()  # says so, and the work goes on
        with pytest.raises(FetchError, match=r"could not be written .* the line is dead"):
            first.end()
    assert "Not copied for now" in notes[0]
    assert first._listed().keys() == {"store.json"}
    (folder / "rows/1").unlink()
    (folder / "rows/12").write_text("both")
    again = Mirror(url, folder, print)
    assert again.begin() == 0
    again.end()
    assert set(again._listed()) == {"store.json", "rows/12", "rows/2"}


def test_a_fetching_that_broke_off_is_gone_on_with(bucket: str, tmp_path: Path) -> None:
    url, folder, new = f"{bucket}-fetched", tmp_path / "made", tmp_path / "new"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / name).write_text(name)
    mirror = Mirror(url, folder, print)
    mirror.begin()
    mirror.end()
    fetch = Mirror._fetch

    def first_alone(mirror: Mirror, name: str) -> None:
        if name != "a":
            raise FetchError("the line is dead")
        fetch(mirror, name)

    with patch.object(Mirror, "_fetch", first_alone), pytest.raises(FetchError):
        Mirror(url, new, print).begin()
    again = Mirror(url, new, print)
    assert again.begin() == 3
    again.end()
    assert sorted(path.read_text() for path in new.glob("[abc]")) == ["a", "b", "c"]
    assert again._listed().keys() == {"a", "b", "c"}


def test_a_file_system_that_renames_shows_whole_files(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "a").write_text("first")
    mirror = Mirror("memory://kept/store", folder, print)
    mirror.begin()
    mirror.end()
    (folder / "a").write_text("second")
    mirror.end()
    assert Mirror("memory://kept/store", tmp_path / "new", print).begin() == 1
    assert (tmp_path / "new" / "a").read_text() == "second"


@pytest.mark.parametrize("url", ["store", "https://me:hush@example.org/store"])
def test_where_nothing_can_be_written_nothing_is_copied(
    url: str, folder: Path, tmp_path: Path
) -> None:
    done = plaudit("embed", folder, "--out", tmp_path / "s", "--copy-to", url, status=1)
    assert "Expected --copy-to as a URL that can be written" in done.stderr
    assert "hush" not in done.stderr
    assert not (tmp_path / "s").exists()


def test_no_output_at_an_address(folder: Path, tmp_path: Path) -> None:
    song = folder / "a.wav"
    done = plaudit("score", song, "--output", "s3://bucket/rows.jsonl", status=1)
    assert "got the URL s3://bucket/rows.jsonl; write here" in done.stderr
    done = plaudit("embed", folder, "--out", "s3://bucket/store", status=1)
    assert "got the URL s3://bucket/store" in done.stderr
