"""`plaudit serve`: started once a folder, ended by Ctrl-C, and honest about what it cannot do."""

import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from plaudit.cli.app import app
from plaudit.core.database import default_url, open_engine, reading
from plaudit.core.errors import InputError, PlauditError
from plaudit.server.database.schema import Worker
from plaudit.server.launch import ServeSettings, serve
from plaudit.server.limits import Limits, read_limits
from served import Served, free_port


def said(*words: object) -> str:
    with pytest.raises(PlauditError) as caught:
        CliRunner().invoke(app, ["serve", *map(str, words)], catch_exceptions=False)
    return str(caught.value)


def test_ctrl_c_gives_the_songs_in_work_back_to_the_queue(
    tmp_path: Path, songs: Path, quick_apex: Path
) -> None:
    server = Served(tmp_path / "data", quick_apex).start().until_ready()
    try:
        with server.client() as client:
            job = client.send([songs / name for name in ("a.wav", "b.wav", "c.wav")])
        assert re.search("Another server", said("--data", server.data, "--port", free_port()))
        assert server.stop() == 0
        incoming = server.data / "incoming"
        (incoming / "half").write_text("what a killed server was receiving")
        (incoming / "composed").mkdir()
        (incoming / "composed" / "demo.flac").write_text("what it was composing")
        server.start().until_ready()
        assert list(incoming.iterdir()) == []
        with server.client() as client:
            assert client.wait(job)["counts"] == {"done": 3}
        engine = open_engine(default_url(server.data))
        with reading(engine) as session:
            workers = session.scalars(select(Worker.pid)).all()
        engine.dispose()
        assert len(workers) == 2
        server.kill()
        while alive(workers):
            time.sleep(0.05)
    finally:
        server.stop()
    assert "Traceback" not in server.printed.read_text()


def alive(pids: Sequence[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_a_command_of_the_tests_ends_when_they_are_killed(tmp_path: Path) -> None:
    code = (
        "import quick_process as q, sys, time\n"
        "q.QUICK.set_forkserver_preload([])\n"
        "print(q.begun('serve', '--port', 0, '--data', sys.argv[1]).pid, flush=True)\n"
        "time.sleep(600)"
    )
    words = [sys.executable, "-c", code, str(tmp_path)]
    tests = Path(__file__).parents[1]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tests) as killed:
        assert killed.stdout is not None
        pid = int(killed.stdout.readline())
        killed.kill()
    while alive([pid]):
        time.sleep(0.05)


def test_limits_are_printed_as_the_file_that_changes_them(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["serve", "--show-limits"])
    assert tomllib.loads(done.output) == Limits().model_dump()
    file = tmp_path / "limits.toml"
    file.write_text(done.output.replace("song_mb = 200", "song_mb = 5"))
    assert read_limits(file) == Limits(song_mb=5)
    file.write_text("song_mbs = 5")
    assert "song_mb" in said("--show-limits", "--limits", file)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--judge", "nobody"), "no judge 'nobody'"),
        (("--judge", "bundled", "--judge", "bundled"), "have the name 'bundled'"),
        (("--workers", 0), "--workers to be 1 or more"),
        (("--songs", "/nowhere"), "Expected a folder of songs"),
        (("--database", "mysql://x@y/z"), "SQLite or PostgreSQL"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    words: tuple[object, ...], sentence: str, tmp_path: Path
) -> None:
    assert sentence in said("--data", tmp_path / "data", *words)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = ServeSettings(port=taken.getsockname()[1], data=tmp_path / "data")
        with pytest.raises(InputError, match="give another --port"):
            serve(settings, print)


def test_processes_that_do_not_start_are_a_fault_that_is_said(
    tmp_path: Path, quick_apex: Path
) -> None:
    broken = tmp_path / "judge"
    broken.mkdir()
    for file in quick_apex.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    for weights in broken.glob("*.safetensors"):
        weights.write_bytes(b"no weights")
    server = Served(tmp_path / "data", broken).start()
    try:
        with server.client() as client:
            deadline = time.monotonic() + 300
            while "did not start" not in server.printed.read_text():
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert not client.ready()
    finally:
        assert server.stop() == 0, server.printed.read_text()
