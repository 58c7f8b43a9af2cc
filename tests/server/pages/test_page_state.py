"""A server that has no songs, no judge, or a fault says so on its pages; errors are pages too."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from plaudit.core.database import default_url, open_engine, reading, upgrade
from plaudit.server.app import make_app
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.collections import make_collection, share
from plaudit.server.database.schema import Collection, Table
from plaudit.server.front import Front
from plaudit.server.limits import Limits
from plaudit.server.serving import Serving

PAGE = {"Accept": "text/html"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """An application without workers."""
    folder = DataFolder(tmp_path / "data")
    folder.make()
    engine = open_engine(default_url(folder.root))
    upgrade(engine, Table)
    serving = Serving(engine, folder, Limits(), ("bundled",), keys=False, hosts=("testserver",))
    yield make_app(serving)
    engine.dispose()


def ask(app: FastAPI, method: str, path: str, **how: object) -> httpx.Response:
    async def asked() -> httpx.Response:
        whole = Front(app, app.state.serving)
        transport = httpx.ASGITransport(app=whole, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await http.request(method, path, **how)  # type: ignore[arg-type]

    # Playwright leaves its loop running in the main thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(asked())).result()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "The judges are being loaded for the first time"),
        ("/compare", "Two songs have to be judged first"),
        ("/rank", "Two takes or more have to be judged first"),
        ("/collections", "There is no collection yet"),
        ("/jobs", "No songs have been sent yet"),
        ("/judges", "The judges are being loaded: bundled"),
    ],
)
def test_what_is_empty_says_what_to_do(app: FastAPI, path: str, said: str) -> None:
    answer = ask(app, "GET", path, headers=PAGE)
    assert answer.status_code == 200
    assert said in answer.text
    assert "Songs may be sent already" in answer.text
    assert 'hx-select="#state"' in answer.text  # it goes once the judges are there
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_a_fault_stands_on_every_page(app: FastAPI) -> None:
    app.state.serving.fault = "A process did not start."
    assert "Nothing is judged any more: A process did not start." in ask(app, "GET", "/jobs").text


@pytest.mark.parametrize(
    "path", ["/nothing", f"/songs/{'0' * 64}", "/jobs/x", "/collections/x", "/shared/x"]
)
def test_an_error_is_a_page_for_a_browser_and_json_for_a_program(app: FastAPI, path: str) -> None:
    page = ask(app, "GET", path, headers=PAGE)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "It is not here" in page.text
    plain = ask(app, "GET", path)
    assert plain.status_code == 404
    assert plain.json()["error"]["message"]


def test_where_keys_are_asked_for_a_page_leads_to_the_login(app: FastAPI) -> None:
    app.state.serving.keys = True
    asked = ask(app, "GET", "/jobs", headers=PAGE)
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/jobs")
    login = ask(app, "GET", "/login?next=/jobs", headers=PAGE)
    assert login.status_code == 200
    assert 'href="/jobs"' not in login.text  # nothing that is not open to whoever has no key
    assert ask(app, "GET", "/shared/x", headers=PAGE).status_code == 404


def test_only_its_owner_changes_a_collection(app: FastAPI) -> None:
    engine = app.state.serving.engine
    made = make_collection(engine, "somebody", "Theirs")
    for deed in ("title", "drop", "share", "remove"):
        answer = ask(app, "POST", f"/collections/{made}/{deed}", content="title=Mine&shared=1")
        assert answer.status_code == 404
    assert ask(app, "GET", f"/collections/{made}").status_code == 404
    share(engine, "somebody", made, shared=True)
    with reading(engine) as session:
        token = session.get_one(Collection, made).token
    assert "Theirs" in ask(app, "GET", f"/shared/{token}").text
    share(engine, "somebody", made, shared=False)
    assert ask(app, "GET", f"/shared/{token}").status_code == 404


def test_a_collection_needs_a_title_and_this_site(app: FastAPI) -> None:
    assert ask(app, "POST", "/collections", content="title=+").status_code == 422
    crossed = {"Origin": "http://elsewhere"}
    answer = ask(app, "POST", "/collections", content="title=x", headers=crossed)
    assert answer.status_code == 403
    big = b"title=" + b"x" * 2_000_000
    assert ask(app, "POST", "/collections", content=big).status_code == 413


def test_an_asset_of_another_version_is_not_there(app: FastAPI) -> None:
    page = ask(app, "GET", "/").text
    address = next(part for part in page.split('"') if part.endswith("/pages.js"))
    found = ask(app, "GET", address)
    assert found.status_code == 200
    assert "immutable" in found.headers["cache-control"]
    assert ask(app, "GET", "/assets/0/pages.js").status_code == 404
    assert ask(app, "GET", address.replace("pages.js", "..%2f..%2fapp.py")).status_code == 404


def test_the_server_itself_never_loads_torch() -> None:
    code = "import sys, plaudit.server.launch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
