"""Systems that make songs: a program, an endpoint, the composer; limits, retries, costs."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import soundfile
from sqlalchemy import select

from listening_room import write_test
from plaudit.arena.database.schema import Generation
from plaudit.arena.definition.contestant import Prompt, read_prompts
from plaudit.arena.definition.location import read_test
from plaudit.arena.session.room import Room
from plaudit.arena.systems.composer import understood
from plaudit.arena.systems.request import Request
from plaudit.arena.systems.run import made_entries, make_songs
from plaudit.core.database import reading

PROGRAM = """
import json, sys, wave
request = json.load(sys.stdin)
with open("asked.jsonl", "a") as log:
    log.write(json.dumps(request) + "\\n")
if "FAIL" in request["prompt"] and sum(1 for _ in open("asked.jsonl")) < int(sys.argv[1]):
    sys.exit("out of memory")
with wave.open(request["out"], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(bytes(range(256)) * 63)
print("made it")
print(json.dumps({"cost": 0.25, "model": "m"}))
"""


def ask(folder: Path, contestants: dict[str, Any], prompts: str = "p1,A song") -> tuple[Any, Any]:
    """Ask systems for the songs of a test; return what is missing, and the log."""
    (folder / "prompts.csv").write_text(f"prompt_id,prompt\n{prompts}\n")
    path = write_test(folder / "t.toml", contestants={"prompts": "prompts.csv", **contestants})
    test, place = read_test(path)
    prompted = read_prompts(test.contestants, place)
    _, requests = made_entries(test.contestants, place, prompted)
    with Room.open(path) as room:
        missing = make_songs(test.contestants, place, room.engine, requests, wait_s=0.01)
        with reading(room.engine) as session:
            log = list(session.scalars(select(Generation).order_by(Generation.id)))
    entries, still = made_entries(test.contestants, place, prompted)
    assert len(entries) + len(still) == len(prompted) * len(test.contestants.asked)
    assert not [p for p in place.made.iterdir() if p.suffix != ".audio"]  # nothing half-made
    return missing, log


def program(folder: Path, *words: str, **settings: Any) -> dict[str, Any]:
    (folder / "system.py").write_text(PROGRAM)
    command = [sys.executable, "-I", "system.py", *words]
    return {"programs": {"mine": {"command": command, **settings}}}


def test_a_program_makes_a_song_once(tmp_path: Path) -> None:
    contestants = program(tmp_path, "0")
    missing, log = ask(tmp_path, contestants)
    assert not missing
    assert [(row.attempt, row.cost, row.error) for row in log] == [(1, 0.25, None)]
    assert log[0].details == {"model": "m"}
    request = json.loads((tmp_path / "asked.jsonl").read_text())
    assert (request["system"], request["prompt"], request["seed"]) == ("mine", "A song", 0)
    missing, log = ask(tmp_path, contestants)  # it is there
    assert not missing
    assert len(log) == 1


def test_a_program_that_fails_is_asked_again_and_its_cost_is_what_the_test_says(
    tmp_path: Path,
) -> None:
    missing, log = ask(tmp_path, program(tmp_path, "2", retries=2), "p1,FAIL")
    assert not missing
    assert [row.attempt for row in log] == [1, 2]
    assert "status 1: out of memory" in log[0].error


def test_one_song_that_cannot_be_made_ends_nothing(tmp_path: Path) -> None:
    contestants = program(tmp_path, "99", retries=1)
    missing, log = ask(tmp_path, contestants, "p1,FAIL\np2,Fine")
    assert [(song.system, song.prompt_id) for song in missing] == [("mine", "p1")]
    assert [row.error is None for row in log] == [False, False, True]


@pytest.mark.parametrize(
    ("command", "limit_s", "words"),
    [
        (["sleep", "60"], 0.2, "was ended after 0.2 s"),
        (["no-such-program"], 9, "cannot be started"),
        (["true"], 9, "wrote no file"),
    ],
)
def test_what_is_wrong_with_a_program_is_logged(
    tmp_path: Path, command: list[str], limit_s: float, words: str
) -> None:
    settings = {"command": command, "limit_s": limit_s, "retries": 0}
    missing, log = ask(tmp_path, {"programs": {"mine": settings}})
    assert words in missing[0].reason
    assert words in log[0].error


def test_noise_that_is_no_song_is_refused(tmp_path: Path) -> None:
    words = "import json,sys; open(json.load(sys.stdin)['out'],'w').write('<html>')"
    command = [sys.executable, "-I", "-c", words]
    missing, _ = ask(tmp_path, {"programs": {"mine": {"command": command, "retries": 0}}})
    assert len(missing) == 1


@contextmanager
def endpoint(statuses: list[int], sound: bytes) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append({"token": self.headers["authorization"], **json.loads(body)})
            self.send_response(statuses[min(len(asked), len(statuses)) - 1])
            self.send_header("X-Cost", "0.5")
            self.send_header("Content-Length", str(len(sound)))
            self.end_headers()
            self.wfile.write(sound)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/make", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_endpoint_makes_a_song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    soundfile.write(tmp_path / "x.wav", [0.1, -0.1] * 8000, 8000)
    sound = (tmp_path / "x.wav").read_bytes()
    with endpoint([503, 200], sound) as (url, asked):
        settings = {"url": url, "header": {"authorization": "$SOME_TOKEN"}}
        missing, log = ask(tmp_path, {"endpoints": {"far": settings}})
    assert not missing
    assert [(row.attempt, row.cost) for row in log] == [(1, None), (2, 0.5)]
    assert {request["token"] for request in asked} == {"secret"}
    assert "out" not in asked[0]
    assert "secret" not in str([row.details for row in log])


def test_an_endpoint_that_refuses_is_not_asked_again(tmp_path: Path) -> None:
    with endpoint([400], b"") as (url, asked):
        missing, _ = ask(tmp_path, {"endpoints": {"far": {"url": url, "retries": 5}}})
    assert "status 400" in missing[0].reason
    assert len(asked) == 1
    settings = {"url": url, "header": {"x": "$NO_SUCH_VARIABLE"}}
    missing, _ = ask(tmp_path, {"endpoints": {"far": settings}})
    assert "NO_SUCH_VARIABLE" in missing[0].reason


def test_the_composer_understands_words_and_makes_the_same_song_again(tmp_path: Path) -> None:
    import numpy as np

    words = "A dark, slow lo-fi instrumental"
    request = Request(
        system="x", prompt_id="p", prompt=words, lyrics=None, instrumental=None, duration_s=10.0,
        seed=1,
    )  # fmt: skip
    prompt = understood(request, np.random.default_rng(1))
    heard = (prompt.style, prompt.mood, prompt.tempo, prompt.instrumental, prompt.text)
    assert heard == ("lofi", "dark", "slow", True, words)
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        contestants = {"composers": {"own": {"system": "cairn"}}, "duration_s": 10.0}
        missing, log = ask(tmp_path / name, contestants, f"p1,{words.replace(',', '')}")
        assert not missing
        assert log[0].cost == 0.0
        (made,) = (tmp_path / name / "t" / "made").iterdir()
        contents.append(made.read_bytes())
    assert contents[0] == contents[1]
    assert Prompt("p").item == "p"
