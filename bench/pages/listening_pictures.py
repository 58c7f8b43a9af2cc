"""Draws the pictures of docs/arena.md and docs/arena-results.md in Chromium.

The first are real tests, served by the command; their sounds are short tones, since no picture
shows a sound. The second (``boards``) are boards of simulated voters.

Run: .venv/bin/python bench/pages/listening_pictures.py [KIND ... boards] (two minutes; needs
Chromium)
"""

import csv
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from plaudit.arena.results.board import Answers, make_board
from plaudit.arena.results.record import TestFacts
from plaudit.arena.results.row import SideRow, SongFact, VoteRow
from plaudit.arena.session.record import Kind
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.outcome import Outcome
from plaudit.reports.listening.page import listening_page

OUT = Path(__file__).parents[2] / "docs" / "_static" / "arena"
COLOURS = 96  # of a picture; more cannot be told apart, and cost bytes
DESKTOP, PHONE = (1280, 860), (390, 844)
RATE, SECONDS = 44_100, 30
TITLES = {
    "battle": "Songs for an evening by the sea", "rating": "Songs for an evening by the sea",
    "mushra": "Four codecs", "rank": "Four takes",
}  # fmt: skip
PROMPTS = (
    "A slow song about leaving a city by the sea, brushed drums, double bass, a tired voice",
    "A bright march for a small brass band, with a trio in the middle",
)
SYSTEMS = ("cairn", "heron", "willow", "ember")
QUALITY = (0.6, 0.3, -0.1, -0.8)  # of each, to simulated voters
VOTERS, EACH, OPENED = 30, 24, 1_757_000_000.0


def make_test(folder: Path, kind: str) -> Path:
    """Write a test with its songs, and take them in as a user does."""
    songs = folder / "songs"
    songs.mkdir(parents=True, exist_ok=True)
    rows = []
    t = np.arange(RATE * SECONDS) / RATE
    for p, prompt in enumerate(PROMPTS):
        for s, system in enumerate((*SYSTEMS, "reference")):
            path = songs / f"{p}-{s}.wav"
            tone = 0.2 * np.sin(2 * np.pi * (110 + 20 * s + 7 * p) * t)
            soundfile.write(path, np.stack([tone, tone], 1), RATE)
            rows.append({"system": system, "prompt": prompt, "path": path, "reference": ""})
    if kind == "mushra":
        for row in rows:
            row["reference"] = songs / f"{PROMPTS.index(str(row['prompt']))}-{len(SYSTEMS)}.wav"
    rows = [row for row in rows if row["system"] != "reference"]
    with (folder / f"{kind}.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    test = folder / f"{kind}.toml"
    test.write_text(
        f'name = "{kind}"\ntitle = "{TITLES[kind]}"\nkind = "{kind}"\n'
        f'[contestants]\nmanifest = "{kind}.csv"\n'
        "[listening]\ngate_s = 1\nlongest_s = 30\n"
        "[tasks]\ntraining = 0\nchecks = 0.0\nrepeats = 0.0\nper_voter = 2\n"
        "[people]\nparticipants = true\n"
    )
    command(("add", test)).wait()
    return test


def command(words: tuple[object, ...]) -> "subprocess.Popen[bytes]":
    """Start a command of `plaudit arena`."""
    return subprocess.Popen([sys.executable, "-m", "plaudit", "arena", *map(str, words)])


@contextmanager
def served(test: Path) -> Iterator[str]:
    """Serve a test at a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = command(("serve", test, "--port", port))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def opened(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    """Open the first page of a test, once it answers."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1,
    )
    page.set_default_timeout(60_000)
    for _ in range(150):  # half a minute, in which it is started
        try:
            page.goto(f"{url}/?participant=worker-12")
        except Error:
            page.wait_for_timeout(200)
        else:
            return page
    raise RuntimeError(f"the server at {url} does not answer")


def keep(page: Page, name: str, tall: int = 1700) -> None:
    """Keep a picture of a page, or of its first so many pixels."""
    drawn = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    drawn.crop((0, 0, drawn.width, min(drawn.height, tall))).quantize(
        COLOURS, kmeans=2, dither=Image.Dither.NONE
    ).save(OUT / f"{name}.png", optimize=True)
    print(f"{name}.png: {(OUT / f'{name}.png').stat().st_size / 1000:.0f} kB")


def enter(page: Page) -> None:
    """Agree and go on to the first task."""
    page.get_by_role("checkbox").check()
    page.locator(".agree button").click()
    page.locator("#go-on").click()
    expect(page.locator("#play")).to_be_enabled(timeout=60_000)


def hear(page: Page) -> None:
    """Hear every side until the server says that it is enough."""
    for side in page.locator(".hear").all():
        side.click()
        side.and_(page.locator(".heard")).wait_for()


def answer(page: Page, kind: str) -> None:
    """Fill in an answer."""
    if kind == "battle":
        page.get_by_role("radio", name="B is better").check()
        page.locator(".why summary").click()
        page.locator("[data-reason]").nth(6).check(force=True)
    elif kind == "rating":
        for n, value in enumerate((3, 4, 2, 4, 3)):
            page.locator(".rated").nth(n).locator("input").nth(value).check()
    elif kind == "mushra":
        for n, slider in enumerate(page.locator("[data-score]").all()):
            slider.fill(str((92, 31, 74, 100, 55, 18, 66)[n % 7]))
    else:
        page.locator('[data-by="-1"]').nth(2).click()
        page.locator("#confirm").check()


def walk(browser: Browser, url: str, kind: str) -> None:
    """Walk through a test of a kind; keep what is shown."""
    page = opened(browser, url, DESKTOP, "light")
    if kind == "battle":
        keep(page, "welcome")
    enter(page)
    hear(page)
    if kind == "mushra":
        page.locator("#position").fill("12")
        page.locator("#loop-end").click()
    answer(page, kind)
    keep(page, kind)
    page.locator("#send").click()
    expect(page.locator("#next")).to_be_visible()
    expect(page.locator("#revealed li").first).to_be_visible()
    if kind == "battle":
        keep(page, "reveal")
        page.goto(f"{url}/me")
        keep(page, "own")
        page.goto(f"{url}/check")
        keep(page, "check")
    phone = opened(browser, f"{url}", PHONE, "dark" if kind in {"battle", "mushra"} else "light")
    phone.context.clear_cookies()
    phone.goto(url)
    enter(phone)
    hear(phone)
    answer(phone, kind)
    keep(phone, f"{kind}-phone")


def simulated(kind: Kind, voter: int, number: int, rng: np.random.Generator) -> VoteRow:
    """Return an answer of a simulated voter; the last one prefers the worst system always."""
    item = rng.integers(12)
    shown = rng.choice(len(SYSTEMS), 2 if kind == "battle" else 1, replace=False).tolist()
    friend = voter == VOTERS - 1
    outcome, ratings = None, {}
    if kind == "battle":
        if friend:
            shown = [3, rng.integers(3)]
        gap = QUALITY[shown[0]] - QUALITY[shown[1]] + rng.logistic()
        outcome = Outcome.FIRST if gap > 0.3 or friend else Outcome.SECOND
        if not friend and abs(gap) < 0.3:
            outcome = rng.choice([Outcome.TIE, Outcome.NEITHER], p=[0.7, 0.3])
    else:
        strict = np.random.default_rng([voter, 1]).normal(0, 0.5)
        level = 3.1 + strict + np.array([1.0, 0.6]) * QUALITY[shown[0]]
        values = np.clip(np.rint(rng.normal(level, 0.8)), 1, 5) if not friend else (5.0, 5.0)
        ratings = dict(zip(("musicality", "clarity"), map(float, values), strict=True))
    return VoteRow(
        task=f"{voter}-{number}", voter=f"voter-{voter + 1:02}", kind=kind,
        received=OPENED + 7200 * number + 60 * voter, seconds=float(rng.uniform(20, 90)), events=40,
        prompt_id=f"p{item}", outcome=outcome, ratings=ratings,
        sides=tuple(
            SideRow(system=SYSTEMS[k], song=f"{item}-{SYSTEMS[k]}", heard_s=15.0) for k in shown
        ),
    )  # fmt: skip


def look_at_boards(browser: Browser, folder: Path) -> None:
    """Keep pictures of a board of battles at a desk and one of ratings on a phone."""
    shown: tuple[tuple[Kind, tuple[int, int], str, str], ...] = (
        ("battle", DESKTOP, "light", "board"), ("rating", PHONE, "dark", "board-phone")
    )  # fmt: skip
    for kind, (width, height), scheme, name in shown:
        rng = np.random.default_rng(1)
        rows = [simulated(kind, v, n, rng) for n in range(EACH) for v in range(VOTERS)]
        songs = {
            system: SongFact(song=system, system=system, duration_s=30, made_in_s=4.0 + 9 * k)
            for k, system in enumerate(SYSTEMS)
        }
        facts = TestFacts(name=kind, title=TITLES[kind], kind=kind, gate_s=4, closed=OPENED)
        board = make_board(Answers(facts, rows, songs=songs), StandingsSettings(draws=400))
        (folder / "board.html").write_text(listening_page(board), encoding="utf-8")
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.goto((folder / "board.html").as_uri())
        keep(page, name, 1760)


def main() -> None:
    """Make the tests, serve them, look."""
    OUT.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("PLAUDIT_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for kind in sys.argv[1:] or (*TITLES, "boards"):
            if kind == "boards":
                look_at_boards(browser, Path(folder))
                continue
            with served(make_test(Path(folder), kind)) as url:
                walk(browser, url, kind)
        browser.close()


if __name__ == "__main__":
    main()
