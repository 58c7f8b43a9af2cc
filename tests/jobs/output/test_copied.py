"""Rows kept at a URL: whole there at any moment, gone on with elsewhere, and never written over."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import fsspec
import numpy as np
import pytest
import soundfile

from other_process import held_by_another
from planted_judge import PlantedJudge
from plaudit.core import mirror
from plaudit.core.errors import InputError
from plaudit.core.file import TEMPORARY
from plaudit.core.mirror import Mirror
from plaudit.core.remote import FetchError
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.score import ScoreSettings, score_songs

URL = "memory://kept/rows.jsonl"
PARTIAL = URL + ".partial.jsonl"


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    folder = tmp_path / "songs"
    folder.mkdir()
    for k in (2, 5, 9):
        soundfile.write(folder / f"{k}.wav", np.full(100, k / 20), 8000)
    return folder


@pytest.fixture(autouse=True)
def _at_once_and_nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(mirror, "PAUSE_S", 0.0)
    fsspec.filesystem("memory").store.clear()  # a process has one
    yield
    fsspec.filesystem("memory").store.clear()


def left(folder: Path) -> list[str]:
    """Names of a folder but for locks."""
    return [path.name for path in folder.iterdir() if not path.name.endswith(TEMPORARY)]


def there() -> dict[str, bytes]:
    """What lies at each URL."""
    system = fsspec.filesystem("memory")
    return {f"memory:/{path}": system.cat_file(path) for path in system.find("/")}


def put(url: str, content: bytes) -> None:
    fsspec.filesystem("memory").pipe_file(url.removeprefix("memory:/"), content)


class Job:
    """A job over the songs, as on one machine."""

    def __init__(self, songs: Path, output: Path, url: str | None = URL) -> None:
        self.settings = ScoreSettings(paths=(str(songs),), output=output, copy_to=url)
        self.output = output
        self.printed = io.StringIO()

    def run(
        self, *, resume: bool = False, judge: PlantedJudge | None = None, **more: Any
    ) -> list[str]:
        """Return the songs that were judged."""
        judge = PlantedJudge() if judge is None else judge
        settings = self.settings.model_copy(update={"resume": resume})
        streams = Streams(io.StringIO(), self.printed)
        score_songs(settings, streams, judge=judge, **more)
        return judge.judged

    def stop(self, at: str = "9", **more: Any) -> None:
        with pytest.raises(KeyboardInterrupt):
            self.run(judge=PlantedJudge(stop_at=at), **more)


def test_rows_lie_there_while_the_job_goes_on(songs: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    def look(_: object) -> None:
        for thread in threading.enumerate():
            if thread.name == "copying":
                thread.join()
        rows = [json.loads(line) for line in there()[PARTIAL].splitlines()]
        seen.append(len(rows))

    job = Job(songs, tmp_path / "rows.jsonl")
    job.run(on_row=look)
    assert seen == [1, 2, 3]
    assert there() == {URL: job.output.read_bytes()}


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])
def test_a_stopped_job_goes_on_elsewhere(songs: Path, tmp_path: Path, name: str) -> None:
    url = f"memory://kept/{name}"
    whole = Job(songs, tmp_path / name, None)
    whole.run()
    here, other = Job(songs, tmp_path / "a" / name, url), Job(songs, tmp_path / "b" / name, url)
    put_whole, threads = Mirror._put, set()

    def put(*given: Any) -> bool:
        threads.add(threading.current_thread().name)
        return put_whole(*given)

    with patch.object(Mirror, "_put", put):
        here.stop()
    assert threads == {"copying"}, "also at the end, where a second Ctrl-C would cut an object"
    assert list(there()) == [f"{url}.partial.jsonl"]
    assert other.run(resume=True) == ["9"]
    assert "Took the rows at memory://kept/" in other.printed.getvalue()
    assert other.output.read_bytes() == whole.output.read_bytes()
    assert there() == {url: whole.output.read_bytes()}
    # The first machine knows nothing of it.
    with pytest.raises(InputError, match=r"was not copied from .*--output with --resume"):
        here.run(resume=True)
    assert there() == {url: whole.output.read_bytes()}


def test_on_one_machine_it_goes_on_as_without_a_url(songs: Path, tmp_path: Path) -> None:
    job = Job(songs, tmp_path / "rows.jsonl")
    job.stop()
    with pytest.raises(InputError, match="A stopped job left its rows"):
        job.run()
    assert job.run(resume=True) == ["9"]
    first = there()
    assert job.run() == ["2", "5", "9"]  # its own output is replaced, here and there
    assert there() == first


def test_without_resume_nothing_is_taken_or_replaced(songs: Path, tmp_path: Path) -> None:
    Job(songs, tmp_path / "a.jsonl").run()
    before, new = there(), Job(songs, tmp_path / "b" / "b.jsonl")
    with pytest.raises(InputError, match=r"rows.jsonl holds what another job made; add --resume"):
        new.run()
    assert there() == before
    assert not left(tmp_path / "b")
    assert new.run(resume=True) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl", b"my own notes\n"), ("rows.jsonl", b""), ("rows.json", b"{}"),
        ("rows.csv", b"path,status,duration_s,\n"), ("rows.jsonl", b"\xff\x00PAR1"),
    ],
)  # fmt: skip
def test_what_the_job_does_not_go_on_from_is_left(
    songs: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    url = f"memory://kept/{name}"
    put(url, content)
    job = Job(songs, tmp_path / "new" / name, url)
    for _ in range(2):
        with pytest.raises(InputError, match="nothing that this job goes on from"):
            job.run(resume=True)
        assert there() == {url: content}
        assert not left(tmp_path / "new")


def test_rows_of_another_judge_are_left(songs: Path, tmp_path: Path) -> None:
    Job(songs, tmp_path / "a.jsonl").run(judge=PlantedJudge(name="other"))
    before = there()
    with pytest.raises(InputError, match="nothing that this job goes on from"):
        Job(songs, tmp_path / "b.jsonl").run(resume=True)
    assert there() == before


def test_failures_alone_are_gone_on_from(songs: Path, tmp_path: Path) -> None:
    (songs / "0.txt").write_text("no song")
    paths = (str(songs / "0.txt"), str(songs / "5.wav"))
    here, other = Job(songs, tmp_path / "a.jsonl"), Job(songs, tmp_path / "b.jsonl")
    for job in (here, other):
        job.settings = job.settings.model_copy(update={"paths": paths})
    here.stop("5")
    assert other.run(resume=True) == ["0", "5"]


def test_a_file_of_this_machine_is_not_replaced(songs: Path, tmp_path: Path) -> None:
    Job(songs, tmp_path / "a.jsonl").run()
    job = Job(songs, tmp_path / "b.jsonl")
    job.output.write_text("mine")
    with pytest.raises(InputError, match="not written by Plaudit"):
        job.run(resume=True)
    Job(songs, job.output.with_name("c.jsonl"), None).run()
    with pytest.raises(InputError, match="holds what was not copied from"):
        Job(songs, tmp_path / "c.jsonl").run(resume=True)
    assert job.output.read_text() == "mine"


def test_what_changed_since_a_fetching_broke_off_is_not_replaced(
    songs: Path, tmp_path: Path
) -> None:
    here, new = Job(songs, tmp_path / "a.jsonl"), Job(songs, tmp_path / "new" / "b.jsonl")
    here.run()
    here.stop()
    fetch = Mirror._fetch

    def first_alone(mirror: Mirror, name: str) -> None:
        if name.endswith(".partial.jsonl"):
            raise FetchError("the line is dead")
        fetch(mirror, name)

    with patch.object(Mirror, "_fetch", first_alone), pytest.raises(FetchError):
        new.run(resume=True)
    rows = new.output.read_bytes()
    new.output.write_bytes(rows[:-20])
    with pytest.raises(InputError, match="was not copied from"):
        new.run(resume=True)
    new.output.write_bytes(rows)
    with pytest.raises(InputError, match="add --resume"):
        new.run()
    assert new.run(resume=True) == []
    assert there() == {URL: new.output.read_bytes()}


def test_a_record_is_one_of_its_url(songs: Path, tmp_path: Path) -> None:
    job = Job(songs, tmp_path / "rows.jsonl")
    job.run()
    put("memory://other/rows.jsonl", b"x" * len(job.output.read_bytes()))
    with pytest.raises(InputError, match=r"other/rows.jsonl holds what was not copied from"):
        Job(songs, job.output, "memory://other/rows.jsonl").run(resume=True)


def test_rows_are_taken_into_the_file_behind_a_link(songs: Path, tmp_path: Path) -> None:
    Job(songs, tmp_path / "a.jsonl").run()
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "behind.jsonl")
    Job(songs, link).run(resume=True)
    assert link.is_symlink()
    assert (tmp_path / "behind.jsonl").read_bytes() == there()[URL]


def test_two_processes_do_not_copy_one_file(songs: Path, tmp_path: Path) -> None:
    job = Job(songs, tmp_path / "rows.jsonl")
    with (
        held_by_another(tmp_path / ".rows.jsonl.copied"),
        pytest.raises(InputError, match="Another process"),
    ):
        job.run()
    job.run()


def test_a_url_that_fails_at_the_end_leaves_the_file(songs: Path, tmp_path: Path) -> None:
    job = Job(songs, tmp_path / "rows.jsonl")
    with (
        patch.object(Mirror, "_put", side_effect=OSError("the line is dead")),
        pytest.raises(FetchError, match=r"kept/rows.jsonl could not be written .*line is dead"),
    ):
        job.run()
    assert "Not copied for now, and tried again" in job.printed.getvalue()
    assert f"Wrote {job.output}" in job.printed.getvalue().replace("\n", "")
    assert len(job.output.read_text().splitlines()) == 3
    assert job.run(resume=True) == []
    assert there() == {URL: job.output.read_bytes()}


def test_a_job_that_stops_stays_stopped_where_the_url_fails(songs: Path, tmp_path: Path) -> None:
    job = Job(songs, tmp_path / "rows.jsonl")
    with patch.object(Mirror, "_put", side_effect=OSError("the line is dead")):
        job.stop()
    assert "Not copied: memory://kept/rows.jsonl could not be written" in job.printed.getvalue()
    assert there() == {}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("memory://kept/deep/x.jsonl", "memory://kept/deep/x.jsonl"),
        ("memory://kept/deep/", "memory://kept/deep/rows.jsonl"),
        ("memory://kept", "memory://kept/rows.jsonl"),
    ],
)
def test_a_folder_gives_the_file_its_own_name(
    songs: Path, tmp_path: Path, url: str, place: str
) -> None:
    Job(songs, tmp_path / "rows.jsonl", url).run()
    assert list(there()) == [place]


def test_a_copy_needs_a_file_here_and_a_url(songs: Path, tmp_path: Path) -> None:
    for output in (None, Path("/dev/stdout")):
        job = Job(songs, tmp_path / "rows.jsonl")
        job.settings = job.settings.model_copy(update={"output": output})
        with pytest.raises(InputError, match="so it needs --output FILE"):
            job.run()
    for url in ("rows.jsonl", "https://me:hush@example.org/rows.jsonl"):
        with pytest.raises(InputError, match=r"Expected --copy-to as a URL") as refused:
            Job(songs, tmp_path / "rows.jsonl", url).run()
        assert "hush" not in str(refused.value)
    put("memory://kept/rows.jsonl/x", b"")
    with pytest.raises(InputError, match=r"as a file, got the folder memory://kept/rows.jsonl/"):
        Job(songs, tmp_path / "rows.jsonl").run()


@pytest.mark.parametrize("row_s", [0.01, 1.0, 500.0])
def test_a_growing_file_is_sent_seldom_and_little_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row_s: float
) -> None:
    """In all a dozen times its bytes, and a copy an hour; at most a tenth or an hour is lost."""
    monkeypatch.setattr(mirror, "PAUSE_S", 60.0)
    now, sent = [0.0], list[int]()
    monkeypatch.setattr(mirror, "time", SimpleNamespace(monotonic=lambda: now[0]))
    path = tmp_path / "rows.jsonl"
    copies = Mirror("memory://kept", tmp_path, print, {"rows.jsonl": path})
    copies.begin()
    n_rows, n_hours = 2000, 2000 * row_s / 3600
    with path.open("w") as file:
        for row in range(1, n_rows + 1):
            now[0] += row_s
            file.write(9 * "x" + "\n")
            file.flush()
            before = copies._thread
            copies.send_grown()
            if copies._thread is not before and copies._thread is not None:
                copies._thread.join()
                sent.append(row)
            kept = len(there().get("memory://kept/rows.jsonl", b"")) / 10
            lost_s = (row - kept) * row_s
            assert lost_s <= max(60 + row_s, 0.1 * row * row_s) + row_s
            assert lost_s <= 3600 + row_s
    assert sum(sent) <= (12 + n_hours) * n_rows
    assert len(sent) <= n_hours * 60


def test_of_a_file_that_grows_the_bytes_are_copied_that_were_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("one\n")
    copies = Mirror("memory://kept", tmp_path, print, {"rows.jsonl": path})
    here = copies._files()
    with path.open("a") as file:
        file.write("tw")
    copies._send(here)
    assert there() == {URL: b"one\n"}
    path.with_name("new").write_text("another\n")
    path.with_name("new").replace(path)
    n_bytes, _, inode = here["rows.jsonl"]
    copies._send({"rows.jsonl": (n_bytes, 0, inode)})
    assert there() == {URL: b"one\n"}, "no part of the file that took its place"
    copies.end()
    assert there() == {URL: b"another\n"}


@pytest.mark.parametrize("came", [(False,), (True,), (False, False), (True, False)])
def test_it_goes_on_wherever_copying_broke_off_again_and_again(
    tmp_path: Path, came: tuple[bool, ...]
) -> None:
    """A record knows what lies at the URL, though the file here has grown since."""
    path, put_whole, left_out = tmp_path / "rows.jsonl", Mirror._put, list(came)

    def begun() -> Mirror:
        with path.open("a") as file:
            file.write("row\n")
        copies = Mirror("memory://kept", tmp_path, print, {"rows.jsonl": path})
        copies.begin()
        return copies

    def broken(copies: Mirror, name: str, state: tuple[int, int, int]) -> bool:
        if left_out.pop(0):
            put_whole(copies, name, state)
        raise OSError("dead")

    begun().end()
    for _ in range(2):
        copies, left_out[:] = begun(), came
        while left_out:
            with patch.object(Mirror, "_put", broken), pytest.raises(FetchError):
                copies.end()
            with path.open("a") as file:
                file.write("row\n")
    begun().end()
    assert there() == {URL: path.read_bytes()}
