"""Before any route: hosts and origins, sizes and times of requests, headers, numbers, the log."""

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import soundfile
from sqlalchemy import select
from starlette.types import Message, Receive, Scope, Send

from plaudit.core.database import default_url, open_engine, reading
from plaudit.server.database.schema import Worker
from plaudit.server.limits import Limits
from plaudit.server.listening import listening, web_server
from served import Served, served
from small_corpus import sound

LIMITS = """
song_mb = 0.5
request_mb = 0.8
body_mb = 0.01
request_s = 1.5
songs_per_request = 3
song_s = 60
text_chars = 100
queue_songs = 4
idle_s = 1.2
connections = 12
streams = 1
data_mb = 3
"""
SONGS = b"\r\n".join(
    [
        b"--x",
        b'Content-Disposition: form-data; name="files"; filename="%s"',
        b"",
        b"%s",
        b"--x--",
        b"",
    ]
)


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    """A server of small limits, which logs as JSON."""
    folder = tmp_path_factory.mktemp("tight")
    (folder / "limits.toml").write_text(LIMITS)
    (folder / "songs").mkdir()
    words = ("--limits", folder / "limits.toml", "--songs", folder / "songs", "--log", "json")
    with served(folder / "data", quick_apex, *words) as running:
        yield running


def raw(server: Served, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send bytes; return what comes back until the server ends the connection, as it has to."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause_s)
        except OSError:
            pass
        answer = b""
        try:
            while chunk := line.recv(65_536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def head(server: Served, path: str, *lines: str, method: str = "POST") -> bytes:
    text = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *lines, "", ""]
    return "\r\n".join(text).encode()


def incoming(server: Served) -> list[Path]:
    return list((server.data / "incoming").iterdir())


def test_every_answer_has_the_safe_headers_and_a_number(tight: Served) -> None:
    numbers = set()
    for path in ("/healthz", "/v1/jobs", "/nowhere", "/v1/jobs/x", "/openapi.json", "/metrics"):
        answer = httpx.get(tight.url + path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
        numbers.add(answer.headers["x-request-id"])
    assert len(numbers) == 6


def test_other_names_and_other_sites_are_refused(tight: Served) -> None:
    with httpx.Client(base_url=tight.url) as client:
        for host in ("evil.example", "127.0.0.1.evil.example", "[::1]evil", "", "localhost@evil"):
            answer = client.get("/v1/jobs", headers={"Host": host})
            assert answer.status_code == 421, host
        own = tight.url
        for headers in (
            {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": own + "1"},
            {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", "Origin": own},
        ):  # fmt: skip
            answer = client.post("/v1/jobs/x/cancel", headers=headers)
            assert answer.status_code == 403, headers
            assert answer.json()["error"]["type"] == "CrossSite"
        fair = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
        assert client.post("/v1/jobs/x/cancel", headers=fair).status_code == 404
        assert client.get("/v1/jobs", headers={"Host": f"localhost:{tight.port}"}).is_success


def test_bodies_end_at_their_limit_whatever_they_say_they_are(tight: Served) -> None:
    with httpx.Client(base_url=tight.url) as client:
        kinds = {"/v1/compare": "json", "/v1/score": "json", "/login": "x-www-form-urlencoded"}
        for path, kind in kinds.items():
            headers = {"Content-Type": f"application/{kind}"}
            big = client.post(path, content=b"1" * 20_000, headers=headers)
            assert big.status_code == 413, path
        one = client.post("/v1/score", files={"files": ("big.wav", b"0" * 600_000)})
        assert (one.status_code, one.json()["error"]["type"]) == (413, "TooBig")
        assert "big.wav" in one.json()["error"]["message"]
        two = [("files", (f"{n}.wav", b"0" * 450_000)) for n in range(2)]
        assert client.post("/v1/score", files=two).status_code == 413
        four = [("files", (f"{n}.wav", b"0")) for n in range(4)]
        assert client.post("/v1/score", files=four).json()["error"]["type"] == "TooManySongs"
        text = {"prompt": "p" * 101}
        long = client.post("/v1/score", data=text, files={"files": ("a.wav", b"0")})
        assert long.json()["error"]["type"] == "TooLong"
        fields = {"judges": ["x"] * 100}
        assert client.post("/v1/score", data=fields, files=four[:1]).status_code == 413
    endless = b"10000\r\n" + b"0" * 65_536 + b"\r\n"
    form = head(tight, "/v1/score", "Content-Type: multipart/form-data; boundary=x",
                "Transfer-Encoding: chunked")  # fmt: skip
    start = SONGS.split(b"%s")[0] + b'endless.wav"\r\n\r\n'
    answer = raw(tight, form, b"%x\r\n%s\r\n" % (len(start), start), *[endless] * 40)
    assert not answer or b" 413 " in answer
    assert incoming(tight) == []


def test_a_slow_client_is_cut_off_and_leaves_nothing(tight: Served) -> None:
    form = head(tight, "/v1/score", "Content-Type: multipart/form-data; boundary=x",
                "Content-Length: 5000")  # fmt: skip
    begun = SONGS.split(b"%s")[0] + b'slow.wav"\r\n\r\nRIFF'
    answer = raw(tight, form, begun, *[b"0"] * 8, pause_s=0.1)
    assert b" 408 " in answer
    assert b"TooSlow" in answer
    body = head(tight, "/v1/compare", "Content-Type: application/json", "Content-Length: 50")
    assert b" 408 " in raw(tight, body, b"{")
    # A head that never ends, and a connection that says nothing.
    assert raw(tight, b"GET /v1/jobs HT", *[b"T"] * 12, pause_s=0.1) == b""
    assert raw(tight) == b""

    def half_a_song() -> bool:
        with socket.create_connection(("127.0.0.1", tight.port)) as line:
            line.sendall(form + begun)
            time.sleep(0.1)
            return incoming(tight) != []

    until(half_a_song)
    until(lambda: incoming(tight) == [])  # the client is gone


def test_idle_connections_keep_nobody_out_for_long(tight: Served) -> None:
    idle: list[socket.socket] = []

    def crowded() -> bool:
        idle.extend(socket.create_connection(("127.0.0.1", tight.port)) for _ in range(14))
        return httpx.get(f"{tight.url}/healthz").status_code == 503

    try:
        until(crowded)
        until(lambda: httpx.get(f"{tight.url}/healthz").status_code == 200)
        assert all(line.recv(1) == b"" for line in idle)
    finally:
        for line in idle:
            line.close()


def test_who_reads_no_answer_is_cut_off() -> None:
    cut = threading.Event()

    async def endless(_: Scope, receive: Receive, send: Send) -> None:
        """Answer for ever: no buffer of the system is large enough."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not cut.is_set():
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
            if (await ended(receive)) is not None:
                cut.set()

    async def ended(receive: Receive) -> Message | None:
        try:
            async with asyncio.timeout(0.001):
                message = await receive()
        except TimeoutError:
            return None
        return message if message["type"] == "http.disconnect" else None

    with listening("127.0.0.1", 0) as listener:
        server = web_server(endless, Limits(idle_s=0.3))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            with socket.create_connection(listener.getsockname()) as line:
                line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert cut.wait(60)
        finally:
            cut.set()
            server.should_exit = True
            thread.join()


def test_streams_the_queue_and_the_disk_have_an_end(tight: Served, tmp_path: Path) -> None:
    engine = open_engine(default_url(tight.data))
    with reading(engine) as session:
        pid = session.scalar(select(Worker.pid).where(Worker.kind == "judge"))
    engine.dispose()
    assert pid is not None
    songs = [tmp_path / f"{n}.wav" for n in range(5)]
    for n, song in enumerate(songs):
        soundfile.write(song, sound(n, 5.0), 22_050)
    os.kill(pid, signal.SIGSTOP)  # nothing is judged meanwhile
    try:
        with tight.client() as client:
            job = client.send(songs[:2])
            events = f"{tight.url}/v1/jobs/{job}/events"
            with httpx.stream("GET", events) as first:
                lines = first.iter_lines()
                assert next(lines) == "event: job"
                second = httpx.get(events)
                assert (second.status_code, second.headers["retry-after"]) == (503, "30")
            until(lambda: "plaudit_streams 0" in httpx.get(f"{tight.url}/metrics").text)
            client.send(songs[2:4])
            full = httpx.post(f"{tight.url}/v1/score", files={"files": songs[4].read_bytes()})
            assert (full.status_code, full.headers["retry-after"]) == (503, "30")
            assert full.json()["error"]["type"] == "QueueFull"
            client.cancel(job)
            # 0.9 MB lie there: four songs of 0.22 MB.
            for n in range(5):
                more = {"files": (f"{n}.wav", bytes([n]) * 420_000)}
                last = httpx.post(f"{tight.url}/v1/score", files=more).raise_for_status().json()
                client.cancel(last["id"])
            more = {"files": ("6.wav", b"6" * 420_000)}
            assert httpx.post(f"{tight.url}/v1/score", files=more).status_code == 507
            assert incoming(tight) == []
    finally:
        os.kill(pid, signal.SIGCONT)


def test_the_log_has_a_line_a_request_without_names(tight: Served) -> None:
    number = httpx.get(f"{tight.url}/v1/jobs/secret-name").headers["x-request-id"]
    httpx.get(f"{tight.url}/secret-path?secret=1")
    lines = [json.loads(line) for line in tight.printed.read_text().splitlines() if line[:1] == "{"]
    [line] = [line for line in lines if line.get("id") == number]
    fields = {"method": "GET", "route": "/v1/jobs/{job_id}", "status": 404, "level": "info"}
    assert {name: line[name] for name in fields} == fields
    assert line["ms"] >= 0
    assert "secret" not in tight.printed.read_text()
    assert "127.0.0.1" not in json.dumps(lines)


def until(true: object, seconds: float = 60) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
