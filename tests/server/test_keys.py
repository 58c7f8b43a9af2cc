"""Keys: made once, kept as a hash, asked for, limited to their scope, revoked; owners apart."""

import re
import time
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from plaudit.client import Client, ServerError
from plaudit.core.database import default_url, open_engine, reading
from plaudit.core.errors import InputError
from plaudit.server.data_folder import DataFolder
from plaudit.server.database import keys as database_keys
from plaudit.server.database.collections import make_collection, own_collection
from plaudit.server.database.keys import Keyring, keys
from plaudit.server.database.owner import songs_of
from plaudit.server.database.schema import LOCAL, Job
from plaudit.server.database.uploads import NewSong, own_song, take_in
from plaudit.server.launch import ServeSettings, serve
from queued import add, content
from seen_page import found_by_axe, sideways
from served import Served, made_key
from typed_command import plaudit


def test_a_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    key = made_key(tmp_path, "lab", "--scope", "read", "--per-minute", 7)
    shown = plaudit("keys", "list", "--data", tmp_path).stdout
    assert "lab: read, 7 requests a minute" in shown
    assert "in force" in shown
    secret = key.rsplit("_", 1)[1]
    assert secret not in shown
    for file in tmp_path.glob("plaudit.sqlite*"):
        assert secret.encode() not in file.read_bytes()

    def refused(*words: object) -> str:
        return plaudit("keys", *words, "--data", tmp_path, status=1).stderr

    assert "There is a key 'lab' already" in refused("add", "lab")
    assert "read or score" in refused("add", "x", "--scope", "all")
    assert "No key 'nobody'" in refused("revoke", "nobody")


def test_a_token_is_known_by_all_of_it_and_remembered_for_a_short_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database_keys.REMEMBERED_S <= 10
    monkeypatch.setattr(database_keys, "REMEMBERED_S", 600.0)  # longer than this test may take
    key = made_key(tmp_path, "lab")
    engine = open_engine(default_url(tmp_path))
    keyring = Keyring(engine)
    known = keyring.known(key)
    assert known is not None
    assert known.scopes == ("read", "score")
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    for token in (
        wrong,
        "",
        "plaudit",
        "plaudit__",
        key + "0",
        key.replace("_", ""),
        "\ud800",
        "é",
    ):
        assert keyring.known(token) is None
    start = time.perf_counter()
    for _ in range(100):
        assert keyring.known(key) == known
    assert time.perf_counter() - start < 4, "a hash costs 50 ms"
    said = plaudit("keys", "revoke", "lab", "--data", tmp_path).stderr
    assert "within 600 s" in said
    assert keyring.known(key) == known
    assert Keyring(engine).known(key) is None, "later than it is remembered"
    assert Keyring(engine).by_id(known.id) is None
    engine.dispose()


def test_a_request_needs_a_key_with_its_scope(keyed: Served, songs: Path) -> None:
    score, read = keyed.made_key("both"), keyed.made_key("reader", "--scope", "read")
    shown = keyed.made_key("screen", "--scope", "read", "--for", "both")
    with Client(keyed.url) as nobody, keyed.client(read) as reader, keyed.client(score) as sender:
        for token in (None, "plaudit_x_y", "é"):
            headers = {} if token is None else {b"Authorization": f"Bearer {token}".encode()}
            answer = httpx.get(f"{keyed.url}/v1/jobs", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        with pytest.raises(ServerError, match="Expected a key"):
            nobody.send([songs / "a.wav"])
        with pytest.raises(ServerError, match="scope 'score'"):
            reader.send([songs / "a.wav"])
        job = sender.send([songs / "a.wav"])
        assert sender.wait(job)["counts"] == {"done": 1}
        assert reader.judges()["names"] == ["quick", "cmi"]
        # Another owner's job and song are as if they were not there.
        for path in (f"/v1/jobs/{job}", f"/v1/jobs/{job}/songs", f"/v1/jobs/{job}/events"):
            answer = httpx.get(keyed.url + path, headers={"Authorization": f"Bearer {read}"})
            assert answer.status_code == 404, path
        [song] = sender.songs(job)
        assert song.sha256 is not None
        with pytest.raises(ServerError, match="not yours"):
            reader.song(song.sha256)
        with pytest.raises(ServerError, match="not yours"):
            reader.compare(song.sha256, song.sha256)
    with keyed.client(shown) as screen:  # a key that was made for another sees what that has
        assert screen.song(song.sha256)["name"] == "a.wav"
        assert screen.job(job)["id"] == job
        with pytest.raises(ServerError, match="scope 'score'"):
            screen.remove(song.sha256)
        with pytest.raises(ServerError, match="scope 'score'"):
            screen.compare(song.sha256, song.sha256, judge="cmi")
    assert httpx.get(f"{keyed.url}/healthz").status_code == 200
    assert httpx.get(f"{keyed.url}/metrics").status_code == 401


def test_a_key_has_a_rate_of_its_own(keyed: Served) -> None:
    key = keyed.made_key("slow", "--per-minute", 2)
    headers = {"Authorization": f"Bearer {key}"}
    answers = [httpx.get(f"{keyed.url}/v1/jobs", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "60"


def test_a_cookie_stands_for_a_key_on_pages(keyed: Served) -> None:
    key = keyed.made_key("browser")
    page = {"Accept": "text/html"}
    with httpx.Client(base_url=keyed.url, headers=page) as browser:
        asked = browser.get("/v1/jobs")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/v1/jobs")
        shown = browser.get('/login?next=/"><script>')
        assert "<script>" not in shown.text
        assert "style=" not in shown.text
        styles = re.findall('rel="stylesheet" href="([^"]+)"', shown.text)
        assert styles
        for style in styles:  # a visitor without a key sees the page as it is meant
            assert browser.get(style).headers["content-type"].startswith("text/css")
        wrong = browser.post("/login", data={"key": "<b>", "next": "/v1/jobs"})
        assert wrong.status_code == 403
        assert "No key of this server" in wrong.text
        there = browser.post("/login", data={"key": f" {key} ", "next": "/v1/jobs"})
        assert (there.status_code, there.headers["location"]) == (303, "/v1/jobs")
        cookie = there.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert key.rsplit("_", 1)[1] not in cookie
        assert browser.get("/v1/jobs").status_code == 200
        for elsewhere in (
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "x",
            "/\t/x",
        ):
            sent = browser.post("/login", data={"key": key, "next": elsewhere})
            assert sent.headers["location"] == "/"
        assert browser.post("/logout").headers["location"] == "/login"
        assert browser.get("/v1/jobs").status_code == 303
        forged = {"plaudit_key": cookie.split("=", 1)[1].split(";")[0][:-2] + "xx"}
        assert httpx.get(f"{keyed.url}/v1/jobs", cookies=forged).status_code == 401
        secure = browser.post("/login", data={"key": key}, headers={"X-Forwarded-Proto": "https"})
        assert "Secure" in secure.headers["set-cookie"]
    assert (keyed.data / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_person_gives_a_key_and_gets_the_page_that_was_wanted(
    browser: Browser, keyed: Served, width: int, scheme: Literal["light", "dark"]
) -> None:
    size = ViewportSize(width=width, height=900)
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{keyed.url}/rank?judge=quick&keep=2")
    key = page.get_by_label("Key", exact=True)
    expect(key).to_be_visible()
    assert sideways(page) <= 0
    assert complaints == []
    assert found_by_axe(page) == []
    key.fill("wrong")
    key.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="No key of this server")).to_be_visible()
    key.fill(keyed.made_key(f"person {width}"))
    page.get_by_role("button", name="Open").click()
    expect(page).to_have_url(f"{keyed.url}/rank?judge=quick&keep=2")
    context.close()


def test_a_host_that_is_not_loopback_asks_for_keys(tmp_path: Path, quick_apex: Path) -> None:
    settings = ServeSettings(host="0.0.0.0", port=0, data=tmp_path, judges=(str(quick_apex),))  # noqa: S104
    with pytest.raises(InputError, match=r"plaudit keys add NAME --data .* or say --no-keys"):
        serve(settings, print)


def test_songs_without_a_key_or_of_another_are_given_to_a_key(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    made_key(tmp_path, "lab")
    made_key(tmp_path, "new")
    engine = open_engine(default_url(tmp_path))
    lab, new = (key.id for key in keys(engine))
    job = add(engine, 2, owner=LOCAL)
    sent: dict[str, list[tuple[int, float]]] = {LOCAL: [(0, 10), (1, 99)], lab: [(1, 50)]}
    for owner, songs in sent.items():
        for number, keep_s in songs:
            (incoming := folder.incoming / "new").write_bytes(b"a song")
            song = NewSong(content(number), f"of {owner}", 6, "audio/wav", incoming=incoming)
            take_in(engine, folder, owner, [song], keep_s)
    made = make_collection(engine, LOCAL, "Theirs")
    said = plaudit("keys", "adopt", "lab", "--data", tmp_path).stderr
    assert "2 songs" in said
    with reading(engine) as session:
        assert session.get_one(Job, job).owner == lab
        assert own_collection(session, lab, made) is not None
        first, second = (own_song(session, lab, content(n)) for n in (0, 1))
        assert first is not None
        assert second is not None
        assert [first[1].name, second[1].name] == ["of local", f"of {lab}"]
        assert (second[1].expires or 0) - (first[1].expires or 0) > 80, "the later end"
        assert own_song(session, LOCAL, content(1)) is None
    plaudit("keys", "revoke", "lab", "--data", tmp_path)
    plaudit("keys", "adopt", "new", "--from", "lab", "--data", tmp_path)
    assert (songs_of(engine, lab), songs_of(engine, new)) == (0, 2)
    for words, sentence in {
        ("nobody",): "no key 'nobody'",
        ("lab",): "no key 'lab' in force",
        ("new", "--from", "nobody"): "no key 'nobody'",
        ("new", "--from", "new"): "its own songs",
    }.items():
        assert sentence in plaudit("keys", "adopt", *words, "--data", tmp_path, status=1).stderr
    engine.dispose()
