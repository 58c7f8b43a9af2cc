"""Names, fields, bodies and ranges that are made to harm: a sentence, no 500, nothing told."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from served import Served

HASH = "0" * 64
TEXTS = (
    "", "\0", "\ud800", "\u202e=cmd()';DROP TABLE job;<script>alert(1)</script>{{7*7}}\u0301",
    "../../../etc/passwd", "\r\nX-Evil: 1", "x" * 30_000,
)  # fmt: skip
VALUES: tuple[object, ...] = (
    *TEXTS, None, -1, 1e308, 10**40, {"a": 1}, [None],
)  # fmt: skip
BODIES = (
    b"", b"[", b"[" * 100_000, b'{"first":' * 50_000, b"NaN", b"1e999999", b"1" * 100_000,
    b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b'{"first": 1, "first": 2}', b"\xc3(", b"null",
    b'{"\\ud800": 1}', b'{"<script>\\u0000": 1}',
)  # fmt: skip


INSIDE = ("Traceback", "site-packages", "sqlite", "psycopg", "postgres", "pydantic")


@pytest.fixture
def ask(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Ask a server, on PostgreSQL unless a test says otherwise; every answer is checked."""
    target: Served = request.getfixturevalue(getattr(request, "param", "keyed"))

    def check(answer: httpx.Response) -> None:
        text = answer.read().decode(errors="replace")
        assert answer.status_code < 500, (answer.request.url, answer.request.content, text)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "x-evil" not in answer.headers
        for told in (str(target.data.parent), *INSIDE):
            assert told not in text, text
        if answer.status_code >= 400 and "Range" not in answer.request.headers:
            assert set(answer.json()["error"]) == {"type", "message"}

    headers = {} if target.key is None else {"Authorization": f"Bearer {target.key}"}
    hooks = {"response": [check]}
    with httpx.Client(base_url=target.url, headers=headers, event_hooks=hooks) as client:
        yield client


@pytest.mark.parametrize("ask", ["server", "keyed"], indirect=True)
def test_fields_of_json_may_hold_anything(ask: httpx.Client) -> None:
    given = {"prompt": "x", "lyrics": "x", "reference": HASH}
    requests: dict[str, dict[str, object]] = {
        "/v1/compare": {"first": HASH, "second": HASH, "judge": "quick", "sure": 0.9, **given},
        "/v1/rank": {"songs": [{"sha256": HASH}], "judge": "quick", "by": "mean", "keep": 1,
                     "sure": 0.9, **given},
        "/v1/score": {"paths": ["x"], "judges": ["quick"], **given},
    }  # fmt: skip
    for path, whole in requests.items():
        for name in (*whole, "other"):
            for value in VALUES:
                ask.post(path, content=json.dumps(whole | {name: value}), headers=JSON)
        for body in BODIES:
            assert ask.post(path, content=body, headers=JSON).status_code in (400, 413, 422), body


@pytest.mark.parametrize("ask", ["server", "keyed"], indirect=True)
def test_fields_of_a_form_may_hold_anything(ask: httpx.Client) -> None:
    song = {"files": ("a.wav", b"no music")}
    for name in ("judges", "prompt", "lyrics", "reference", "other", "files"):
        for text in TEXTS:
            data = {name: text.encode("utf-8", "surrogatepass")}
            ask.post("/v1/score", data=data)
            ask.post("/v1/score", data=data, files=song)
    for name in ("judge", "sure", "keep", "by", "groups", "prompt", "reference"):
        for text in TEXTS:
            ask.post("/v1/rank", data={name: text.encode("utf-8", "surrogatepass")}, files=song)
    for body in (
        b"",
        b"--x",
        b"--x--",
        b"--x\r\n\r\n",
        b"--x\r\nContent-Disposition: a\r\n\r\n\r\n--x--",
    ):
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        assert ask.post("/v1/score", content=body, headers=form).status_code in (400, 422), body
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "text/html", "\xff/\xff"):
        answer = ask.post(
            "/v1/score", content=b"x", headers={b"Content-Type": kind.encode("latin1")}
        )
        assert answer.status_code in (400, 415), kind


def test_names_of_files_are_never_trusted(
    keyed: Served, ask: httpx.Client, songs: Path, tmp_path: Path
) -> None:
    content = (songs / "a.wav").read_bytes()
    names = (
        "../../../evil.wav", "/etc/passwd", "C:\\songs\\a.wav", "..", ".", "con\0.wav", "-rf",
        "\u202evaw.a", "<img src=x onerror=alert(1)>.wav", "x" * 1000 + ".wav", "a\nb.wav",
    )  # fmt: skip
    before = {path.name for path in keyed.data.rglob("*")}
    files = [("files", (name, content)) for name in names]
    job = ask.post("/v1/score", files=files).raise_for_status().json()["id"]
    with keyed.client() as client:
        assert client.wait(job)["n_songs"] == len(names)
        rows = list(client.songs(job))
    for row in rows:
        assert row.state == "done"
        assert row.name.isprintable()
        assert "/" not in row.name.replace("</", "")
        assert 0 < len(row.name) <= 300
    assert rows[2].name == "a.wav"
    new = {path.name for path in keyed.data.rglob("*")} - before
    assert all(name[:2] == "pl" or len(name) in (2, 64) for name in new), new
    assert not list(keyed.data.parent.glob("evil*"))


def test_only_songs_in_the_folder_can_be_named(
    keyed: Served, ask: httpx.Client, songs: Path
) -> None:
    folder = keyed.data.parent / "songs"
    (folder / "takes").mkdir()
    inside = folder / "takes" / "in.wav"
    inside.write_bytes((songs / "a.wav").read_bytes())
    (folder / "out.wav").symlink_to(songs / "a.wav")
    (folder / "up").symlink_to(keyed.data)
    (folder / "loop").symlink_to(folder / "loop")
    bad = [
        "../data/plaudit.sqlite", "/etc/passwd", str(songs / "a.wav"), "out.wav", "loop", "",
        "takes", "up/plaudit.sqlite", ".", "..", "takes/../../data/secret", "a\0b", "~/x",
        "takes/in.wav/x", "x" * 5000,
    ]  # fmt: skip
    body = json.dumps({"paths": [*bad, "takes/in.wav"]})
    job = ask.post("/v1/score", content=body, headers=JSON).raise_for_status().json()["id"]
    with keyed.client() as client:
        client.wait(job)
        *rows, good = client.songs(job)
    assert good.state == "done"
    for row, path in zip(rows, bad, strict=True):
        assert row.state == "failed", path
        assert row.error == "There is no such file in the folder of songs."
        assert row.sha256 is None


def test_paths_queries_and_ranges_may_hold_anything(
    keyed: Served, ask: httpx.Client, songs: Path
) -> None:
    for text in (
        "%00",
        "%2e%2e%2f",
        "..%2f..%2fetc",
        "%ff",
        "x" * 3000,
        "%0d%0aX-Evil:1",
        "<script>",
    ):
        for path in (
            f"/v1/jobs/{text}",
            f"/v1/songs/{text}/audio",
            f"/v1/judges/{text}",
            f"/{text}",
        ):
            assert ask.get(path).status_code in (404, 422), path
    for query in (
        "offset=1e400",
        "offset=-1",
        "limit=0",
        "limit=9999999999999999999",
        "offset=%00",
    ):
        assert ask.get(f"/v1/jobs?{query}").status_code == 422, query
    with keyed.client() as client:
        [song] = client.score([songs / "a.wav"])
    audio = f"/v1/songs/{song.sha256}/audio"
    size = len(ask.get(audio).content)
    for ranges in (
        "0-",
        "-1",
        f"{size}-",
        "9" * 40 + "-",
        "b-a",
        "5-1",
        "-",
        ",",
        "0-1," * 2000 + "0-1",
    ):
        answer = ask.get(audio, headers={"Range": f"bytes={ranges}"})
        assert len(answer.content) <= 2 * size, ranges
    big = ask.get("/healthz", headers={"X-Big": "x" * 20_000})
    assert big.status_code == 200


JSON = {"Content-Type": "application/json"}
