"""Draws the pictures of docs/serve-pages.md: a real server, the bundled judge, composed songs.

Run: .venv/bin/python bench/pages/pictures.py (two minutes; needs Chromium)
"""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from plaudit.client import Client
from plaudit.synth.demo import compose_demo

OUT = Path(__file__).parents[2] / "docs" / "_static" / "pages"
COLOURS = 96  # of a picture; more cannot be told apart, and cost bytes
DESKTOP, PHONE = (1280, 860), (390, 844)
MOST = {
    "song": 1560,
    "song-dark": 1000,
    "home-dark": 1100,
    "judge": 1240,
    "programs": 1240,
    "song-phone": 2000,
    "home-phone": 2000,
}  # lines of a page


@contextmanager
def served(data: Path, *words: str) -> Iterator[str]:
    """Serve the bundled judge at a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, "-m", "plaudit", "serve", "--port", str(port), "--data", str(data))
    server = subprocess.Popen((*command, *words), start_new_session=True)
    try:
        with Client(f"http://127.0.0.1:{port}") as client:
            while not client.ready():
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def opened(browser: Browser, size: tuple[int, int], scheme: str) -> Page:
    """Open a window."""
    width, height = size
    return browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1,
    )


def keep(page: Page, name: str) -> None:
    """Keep a picture of a page."""
    page.evaluate("document.fonts.ready")
    drawn = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    drawn = drawn.crop((0, 0, drawn.width, min(drawn.height, MOST.get(name, 1700))))
    quantized = drawn.quantize(COLOURS, dither=Image.Dither.NONE)
    quantized.save(OUT / f"{name}.png", optimize=True)
    print(f"{name}.png: {(OUT / f'{name}.png').stat().st_size / 1000:.0f} kB")


def draw(browser: Browser, url: str, songs: list[Path]) -> None:
    """Walk through the pages."""
    page = opened(browser, DESKTOP, "light")
    page.goto(url)
    page.set_input_files("#files", songs)
    expect(page.locator(".line").nth(1)).to_be_visible(timeout=900_000)
    keep(page, "judging")
    expect(page.locator('[data-ended="1"]')).to_be_visible(timeout=900_000)
    with Client(url) as client:
        job = client_job(client)
        hashes = {song.name: str(song.sha256) for song in client.songs(job)}
        for sha256 in hashes.values():
            while "low" not in client._ask("GET", f"/v1/songs/{sha256}/outline"):
                time.sleep(0.3)
    own = {name.removesuffix(".flac"): sha256 for name, sha256 in hashes.items()}
    whole, wrong = own["Wild River"], own["Lonely Window, wrong notes"]
    pair = f"song={whole}&song={wrong}"
    takes = "&".join(f"song={song}" for song in own.values())
    page.goto(f"{url}/collections/add?{takes}")
    page.get_by_label("To a new one").fill("Takes for Friday")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="Share by a link").click()
    collection = page.url.removeprefix(url)
    link = page.get_by_label("Whoever has this link").input_value().removeprefix(url)
    shown = {
        "home": "/", "song": f"/songs/{wrong}", "compare": f"/compare?{pair}",
        "rank": f"/rank?{takes}&keep=2", "collections": "/collections", "collection": collection,
        "shared": link, "jobs": "/jobs", "judges": "/judges", "judge": "/judges/bundled",
        "job": f"/jobs/{job}", "pair-choice": "/compare", "takes-choice": "/rank",
        "programs": "/api",
    }  # fmt: skip
    for name, address in shown.items():
        page.goto(url + address)
        page.wait_for_timeout(700)  # a waveform is drawn
        keep(page, name)
    for name, size, scheme in (
        ("home-phone", PHONE, "light"), ("song-phone", PHONE, "dark"),
        ("home-dark", DESKTOP, "dark"), ("song-dark", DESKTOP, "dark"),
    ):  # fmt: skip
        page = opened(browser, size, scheme)
        page.goto(url + shown[name.split("-")[0]])
        page.wait_for_timeout(700)
        keep(page, name)


def client_job(client: Client) -> str:
    """Return the newest job."""
    return str(client._ask("GET", "/v1/jobs")["jobs"][0]["id"])


def main() -> None:
    """Compose, serve, look."""
    OUT.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("PLAUDIT_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        songs = compose_demo(Path(folder) / "songs")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        data = Path(folder) / "data"
        with served(data) as url:
            draw(browser, url, songs)
        made = (sys.executable, "-m", "plaudit", "keys", "add", "first", "--data", str(data))
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        with served(data, "--keys") as url:
            page = opened(browser, DESKTOP, "light")
            page.goto(f"{url}/login")
            keep(page, "login")
        browser.close()


if __name__ == "__main__":
    main()
