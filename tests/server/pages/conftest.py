"""Songs on the server of these tests, and a browser that keeps what pages complain about."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog

from seen_page import Visit
from served import Served

# A slow machine looks late: what plays goes on until it is stopped, and says where it began.
PLAYS_ON = """{
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    this.loop = true;
    this.dataset.began = this.currentTime;
    return play.call(this);
  };
}"""


@pytest.fixture(scope="session")
def takes(
    tmp_path_factory: pytest.TempPathFactory, server: Served, songs: Path, long_song: Path
) -> dict[str, str]:
    """Hashes of four songs that are judged, by their names; the last has segments."""
    folder = tmp_path_factory.mktemp("takes")
    names = {"take 1.wav": "a.wav", "take 2.wav": "b.wav", "<b>take</b> & 3.wav": "c.wav"}
    paths = [Path(shutil.copy(songs / source, folder / name.replace("/", "_")))
             for name, source in names.items()]  # fmt: skip
    paths.append(Path(shutil.copy(long_song, folder / "long take.wav")))
    with server.client() as client:
        scored = client.score(paths)
    return {song.name: str(song.sha256) for song in scored}


@pytest.fixture
def visit(browser: Browser, server: Served) -> Iterator[Callable[..., Visit]]:
    """Open a page of the server, and watch what it says and asks for."""
    contexts: list[BrowserContext] = []

    def opened(
        address: str, *, width: int = 1280, scheme: str = "light", javascript: bool = True
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        context.add_init_script(PLAYS_ON)
        page = context.new_page()
        page.set_default_timeout(60_000)
        seen = Visit(page, [], [])
        page.on("console", lambda m: seen.complaints.append(m.text))
        page.on("pageerror", lambda e: seen.complaints.append(str(e)))

        def refuse(dialog: Dialog) -> None:
            seen.complaints.append(f"dialog {dialog.message}")
            dialog.dismiss()

        page.on("dialog", refuse)
        page.on("request", lambda r: seen.requests.append(r.url))
        page.goto(server.url + address)
        return seen

    yield opened
    for context in contexts:
        context.close()
