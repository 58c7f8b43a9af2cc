"""A listening test that is served in a thread, and a listener who goes through it in a browser."""

import hashlib
import json
import re
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, expect
from sqlalchemy import select

from listening_room import add_songs, song, write_test
from plaudit.arena.database.schema import StoredSong, StoredTask, Vote
from plaudit.arena.session.room import Room
from plaudit.core.database import reading
from plaudit.server.front import Front
from plaudit.server.limits import Limits
from plaudit.server.listening import LOOPBACK, listening, web_server
from plaudit.server.stage.app import make_app
from plaudit.server.stage.language import read_language
from plaudit.server.stage.staging import Staging

SECONDS = 20
GATE = {"gate_s": 0.6}
SYSTEMS = ("river-v2", "stone-large", "old-baseline")
_CONTEXT = ssl.create_default_context()  # which httpx would read anew for each client
KINDS = ("battle", "rating", "mushra", "rank")


@dataclass
class Staged:
    """A test that is served."""

    room: Room
    staging: Staging
    url: str
    complaints: list[str] = field(default_factory=list)

    def votes(self) -> list[tuple[StoredTask, Vote]]:
        """All votes with their tasks, in the order in which they came."""
        with reading(self.room.engine) as session:
            query = select(StoredTask, Vote).join(Vote, Vote.task == StoredTask.id)
            rows = [(task, vote) for task, vote in session.execute(query.order_by(Vote.received))]
            session.expunge_all()
            return rows

    def votes_of(self, client: httpx.Client) -> list[Any]:
        """What a voter's own page says."""
        tasks = client.get("/me/votes.json").json()["tasks"]
        return [task for task in tasks if task["answer"]]

    def client(self, **query: str) -> httpx.Client:
        """A program that has come in."""
        form = {"consent": "yes", "language": "en", **query}
        with httpx.Client(base_url=self.url, timeout=60, verify=_CONTEXT) as http:
            assert http.post("/enter", data=form).status_code == 303
            return httpx.Client(
                base_url=self.url, timeout=60, verify=_CONTEXT, cookies=http.cookies
            )


def songs(room_sounds: Path, kind: str) -> Sequence[StoredSong]:
    """Rows of songs, each system with a sound of its own."""
    room_sounds.mkdir(parents=True, exist_ok=True)
    rows: list[StoredSong] = []
    for item in ("p0", "p1", "p2", "p3"):
        rows += [song(system, item) for system in SYSTEMS]
        if kind == "mushra":
            rows.append(song("reference", item, "reference"))
            rows.append(song("anchor", item, "anchor", of=rows[-1].id))
    for row in rows:
        seed = int.from_bytes(hashlib.sha256(row.system.encode()).digest()[:4], "big")
        noise = np.random.default_rng(seed).integers(-900, 900, 44_100)
        pcm = np.repeat(np.tile(noise, SECONDS), 2).astype("<i2").tobytes()
        row.sha256, row.n_frames = hashlib.sha256(pcm).hexdigest(), 44_100 * SECONDS
        path = room_sounds / f"{row.sha256}.pcm"
        if not path.exists():
            path.write_bytes(pcm)
    return rows


@contextmanager
def staged(
    folder: Path, kind: str = "battle", database: str | None = None, **sections: Any
) -> Iterator[Staged]:
    """Serve a test of a kind."""
    sections = {"listening": GATE, **sections}
    path = write_test(folder / f"{kind}.toml", kind, **sections)
    room = add_songs(path, songs(path.with_suffix("") / "sounds", kind), database)
    languages = {code: read_language(code) for code in ("en", "de")}
    limits = Limits(requests_per_minute=1_000_000)
    staging = Staging(room, languages, limits, LOOPBACK, database)
    with listening("127.0.0.1", 0) as listener:
        server = web_server(Front(make_app(staging), staging), limits)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield Staged(room, staging, f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()
            room.close()


def come_in(page: Page, url: str, query: str = "") -> None:
    """Agree, go past the level check, and wait until the first task can be played."""
    page.goto(f"{url}/{query}")
    page.get_by_role("checkbox").check()
    page.locator(".agree button").click()
    page.locator("#go-on").click()
    until_ready(page)


def until_ready(page: Page) -> None:
    """Wait until the sounds of a task are there."""
    expect(page.locator("#play")).to_be_enabled()


def hear(page: Page, n: int) -> None:
    """Hear a side until the server says that it is enough, however slow the machine is."""
    side = page.locator(".hear").nth(n)
    pressed = re.compile(r"\bplaying\b")
    if not pressed.search(side.get_attribute("class") or ""):
        side.click()
    for _ in range(20):
        try:
            expect(side).to_have_class(re.compile(r"\bheard\b"), timeout=3000)
            return
        except AssertionError:  # the sound came to its end meanwhile
            if not pressed.search(side.get_attribute("class") or ""):
                side.click()
    expect(side).to_have_class(re.compile(r"\bheard\b"))


def hear_all(page: Page) -> None:
    """Hear every side."""
    for n in range(page.locator(".hear").count()):
        hear(page, n)


def task_of(page: Page) -> dict[str, Any]:
    """Return the task of a page."""
    task: dict[str, Any] = json.loads(page.locator("#task").get_attribute("data-task") or "")
    return task


def send(page: Page) -> None:
    """Send the answer, and wait until it is acknowledged."""
    page.locator("#send").click()
    expect(page.locator("#next")).to_be_visible()
