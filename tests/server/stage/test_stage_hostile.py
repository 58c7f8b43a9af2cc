"""What strangers and clever voters try: refused with a sentence, nothing stored, nothing leaked."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from plaudit.server.stage.staging import COOKIE
from staged import SYSTEMS, Staged, staged

Stages = Callable[[str], Staged]
NASTY: tuple[Any, ...] = (
    "\x00", "\ud800", "<script>alert(1)</script>", "'; DROP TABLE vote; --", "../../etc/passwd",
    "\u202e\U0001f600" * 50, "a" * 300_000, None, [], -1, 1e308, True,
)  # fmt: skip
_NONCE = itertools.count()


def played(http: httpx.Client, task: dict[str, Any], step_s: float = 0.4) -> None:
    """Hear each side for two steps, in true time."""
    position = 0.0
    for side in task["sides"]:
        for n, kind in enumerate(("play", "tick", "tick")):
            if n:
                time.sleep(step_s)
                position += step_s
            at = {"position_s": position, "at_ms": 1000 * time.time()}
            events = [{"key": side["key"], "kind": kind, **at}]
            said = http.post(f"/v1/tasks/{task['id']}/events", json={"events": events})
            assert said.status_code == 200


def given(**words: Any) -> dict[str, Any]:
    return {"nonce": f"nonce-{next(_NONCE):08d}", **words}


def post(http: httpx.Client, address: str, body: Any, **how: Any) -> httpx.Response:
    content = json.dumps(body).encode()  # httpx itself refuses NaN
    return http.post(address, content=content, headers={"Content-Type": "application/json"}, **how)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["type"]


def test_a_vote_counts_once_after_the_gate_and_only_ones_own(stage: Stages) -> None:
    battle = stage("battle")
    before = len(battle.votes())
    with battle.client() as http, battle.client() as other:
        task = http.get("/v1/task").json()
        address = f"/v1/tasks/{task['id']}/answer"
        vote = given(outcome="first")
        assert refusal(http.post(address, json=vote)) == (409, "TooEarly")
        assert refusal(http.get(f"/v1/tasks/{task['id']}/reveal")) == (409, "TooEarly")
        # A player that claims an hour in one message has heard nothing.
        hour = [
            {"key": side["key"], "kind": kind, "position_s": at, "at_ms": at * 1000}
            for side in task["sides"]
            for kind, at in (("play", 0.0), ("tick", 1800.0), ("tick", 3600.0))
        ]
        for _ in range(3):
            heard = http.post(f"/v1/tasks/{task['id']}/events", json={"events": hour})
            assert heard.status_code == 200
        assert refusal(http.post(address, json=vote)) == (409, "TooEarly")
        played(http, task)
        # Nobody else hears, answers or sees it.
        key = task["sides"][0]["key"]
        for theirs in (
            other.post(address, json=vote),
            other.get(f"/t/{task['id']}/{key}.wav"),
            other.get(f"/v1/tasks/{task['id']}/reveal"),
            other.post(f"/v1/tasks/{task['id']}/events", json={"events": []}),
        ):
            assert refusal(theirs) == (404, "NotFound")
        assert http.post(address, json=vote).json()["again"] is False
        assert http.post(address, json=vote).json()["again"] is True  # replayed
        assert refusal(http.post(address, json={**vote, "outcome": "second"})) == (409, "Conflict")
        assert refusal(http.post(address, json=given(outcome="first"))) == (409, "Conflict")
        assert [task["answer"]["outcome"] for task in battle.votes_of(http)] == ["first"]
        assert battle.votes_of(other) == []
    assert len(battle.votes()) == before + 1


def test_two_answers_at_one_moment_are_one(stage: Stages) -> None:
    battle = stage("battle")
    with battle.client() as http:
        task = http.get("/v1/task").json()
        played(http, task)
        votes = [given(outcome=outcome) for outcome in ("first", "second", "tie", "neither")]

        def cast(vote: dict[str, Any]) -> int:
            with httpx.Client(base_url=battle.url, cookies=dict(http.cookies), timeout=60) as mine:
                return mine.post(f"/v1/tasks/{task['id']}/answer", json=vote).status_code

        with ThreadPoolExecutor(4) as threads:
            assert sorted(threads.map(cast, votes)) == [200, 409, 409, 409]
        assert len(battle.votes_of(http)) == 1


def test_pages_of_others_and_forged_cookies_do_nothing(stage: Stages) -> None:
    battle = stage("battle")
    with battle.client() as http:
        task = http.get("/v1/task").json()
        elsewhere = (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "null"},
        )
        where = f"/v1/tasks/{task['id']}"
        doors = (f"{where}/answer", f"{where}/events", "/me/delete", "/enter", "/check")
        for headers, address in itertools.product(elsewhere, doors):
            answer = http.post(address, json={}, headers=headers)
            assert refusal(answer) == (403, "CrossSite"), address
        wrong = http.get("/", headers={"Host": "evil.example"})
        assert refusal(wrong) == (421, "WrongHost")
        own = http.cookies[COOKIE]
        body, _, signature = own.rpartition(".")
        forged = (
            "", "x", body, f"{body}.{signature[:-2]}AA", f"{body[:-4]}AAAA.{signature}", "." * 500,
            battle.staging.signer.dumps({"voter": "nobody", "language": "en", "checked": True}),
            battle.staging.signer.dumps(["voter"]), battle.staging.signer.dumps("x"),
        )  # fmt: skip
        for cookie in forged:
            headers = {"Cookie": f"{COOKIE}={cookie}", "Accept": "application/json"}
            with httpx.Client(base_url=battle.url, headers=headers) as thief:
                for address in (
                    "/v1/task",
                    f"/t/{task['id']}/{task['sides'][0]['key']}.wav",
                    "/me/votes.json",
                ):
                    assert thief.get(address).status_code in {401, 404}, cookie
                for address in ("/task", "/me", "/check", "/done"):
                    assert thief.get(address).headers["location"] == "/", cookie
        given_back = next(c for c in http.cookies.jar if c.name == COOKIE)
        assert given_back.has_nonstandard_attr("HttpOnly")
        assert given_back.get_nonstandard_attr("SameSite") == "lax"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("empty_postgres") if request.param == "postgresql" else None


def bodies(where: str, key: str) -> Iterator[tuple[str, Any]]:
    """Messages with something nasty in every field."""
    event = {"key": key, "kind": "play", "position_s": 0.0, "at_ms": 0.0}
    parts = ("outcome", "comment", "reasons", "ratings", "scores", "order", "other")
    for bad in (*NASTY, float("nan"), float("inf"), -float("inf")):
        yield f"{where}/events", bad
        yield f"{where}/events", {"events": bad}
        yield f"{where}/answer", bad
        yield f"{where}/answer", {"nonce": bad, "outcome": "tie"}
        for name in event:
            yield f"{where}/events", {"events": [{**event, name: bad}]}
        for name in parts:
            yield f"{where}/answer", given(**{"outcome": "tie", name: bad})
        for reasons in ({key: [bad]}, {str(bad): ["coherence"]}):
            yield f"{where}/answer", given(outcome="tie", reasons=reasons)


def test_no_field_breaks_the_server(tmp_path: Path, database: str | None) -> None:
    with (
        staged(tmp_path, "battle", database) as stage,
        stage.client() as http,
        httpx.Client(base_url=stage.url, timeout=60) as stranger,
    ):
        task = http.get("/v1/task").json()
        where, key = f"/v1/tasks/{task['id']}", task["sides"][0]["key"]
        for address, body in bodies(where, key):
            answer = post(http, address, body)
            assert answer.status_code < 500, (address, body)
            assert_no_leak(answer)
        deep = {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}
        assert http.post(f"{where}/events", **deep).status_code < 500  # type: ignore[arg-type]
        for path in ("%00", "..%2f..%2fsecret", "x" * 5000, "%ed%a0%80", "%F0%9F%98%80", "a.wav"):
            for address in (
                f"/t/{path}/{key}.wav", f"/t/{task['id']}/{path}.wav", f"/v1/tasks/{path}/reveal",
                f"/{path}", f"/assets/{path}/stage.js",
            ):  # fmt: skip
                answer = http.get(address)
                assert 400 <= answer.status_code < 500, address
                assert_no_leak(answer)
        for name, value in itertools.product(
            ("language", "token", "participant", "consent"), NASTY[:6]
        ):
            text = quote(str(value).encode("utf-8", "surrogatepass"))
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            body = f"consent=yes&{name}={text}"
            assert stranger.post("/enter", content=body, headers=form).status_code < 500
            page = stranger.get(f"/?{name}={text}")
            assert page.status_code < 500
            assert "<script>alert" not in page.text
            stranger.cookies.clear()
        said = http.post("/check", content=f"headphones={text}", headers=form)
        assert said.status_code < 500
        assert http.get("/me/votes.json").json()["headphones"] == "skipped"
        assert stage.votes() == []


def assert_no_leak(answer: httpx.Response) -> None:
    """Nothing of an answer says what is behind a task, or how the server is made."""
    text = answer.text + str(answer.headers)
    for word in (*SYSTEMS, "Traceback", "sqlalchemy", "psycopg", "site-packages", ".pcm"):
        assert word not in text


def test_a_voter_deletes_while_votes_are_read_and_cast(stage: Stages) -> None:
    battle = stage("battle")
    with battle.client() as http:
        task = http.get("/v1/task").json()
        played(http, task)

        def cast(n: int) -> int:
            with httpx.Client(base_url=battle.url, cookies=dict(http.cookies), timeout=60) as mine:
                if n == 3:
                    return mine.post("/me/delete", data={"sure": "yes"}).status_code
                doors = (
                    lambda: mine.post(f"/v1/tasks/{task['id']}/answer", json=given(outcome="tie")),
                    lambda: mine.get("/me/votes.json"),
                    lambda: mine.post(f"/v1/tasks/{task['id']}/events", json={"events": []}),
                    lambda: mine.get("/v1/task"),
                )
                return doors[n % 4]().status_code

        with ThreadPoolExecutor(8) as threads:
            codes = list(threads.map(cast, range(12)))
        assert all(code < 500 for code in codes)
        battle.votes()
        assert http.get("/me/votes.json").status_code == 404
        assert refusal(http.post(f"/v1/tasks/{task['id']}/answer", json=given(outcome="tie"))) == (
            404, "NotFound",
        )  # fmt: skip
    assert task["id"] not in {vote.task for _, vote in battle.votes()}


def test_who_may_come_in(tmp_path: Path) -> None:
    people = {"open": False, "invited": True, "participants": False}
    with staged(tmp_path, "battle", people=people) as stage:
        (token,) = stage.room.invite(1)
        form = {"consent": "yes", "language": "de"}
        with httpx.Client(base_url=stage.url) as http:
            assert "invited listeners" in http.get("/").text
            for bad in ({}, {"token": "x"}, {"token": token[:-1]}, {"participant": "me"}):
                assert refusal(http.post("/enter", data={**form, **bad})) == (403, "NotInvited")
            assert refusal(http.post("/enter", data={"token": token})) == (422, "NoConsent")
            page = http.post("/enter", data={**form, "token": "x"}, headers={"Accept": "text/html"})
            assert "eingeladen" not in page.text  # no language is known yet but the test's own
            assert http.post("/enter", data={**form, "token": token}).status_code == 303
            stage.room.close_test()
            assert http.get("/task").headers["location"] == "/check"
            http.post("/check")
            assert http.get("/task").headers["location"] == "/done"
            assert "This test is closed" in httpx.get(stage.url).text
        late = httpx.post(f"{stage.url}/enter", data={**form, "token": token})
        assert refusal(late) == (410, "Closed")


def test_a_database_that_does_not_answer_is_asked_again(
    stage: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    battle = stage("battle")

    def locked(*_: object) -> None:
        raise OperationalError("SELECT secret FROM voter", {}, Exception("database is locked"))

    with battle.client() as http:
        monkeypatch.setattr(battle.room, "next", locked)
        answer = http.get("/v1/task")
        assert refusal(answer) == (503, "Busy")
        assert answer.headers["retry-after"] == "2"
        assert "secret" not in answer.text


def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    with staged(tmp_path, "battle") as stage, stage.client() as http, stage.client() as other:
        stage.staging.limits = stage.staging.limits.model_copy(update={"requests_per_minute": 5})
        codes = [http.get("/v1/task").status_code for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2
        assert other.get("/v1/task").status_code == 200  # from the same address
        for _ in range(5):
            httpx.get(stage.url)
        assert httpx.get(stage.url).status_code == 429
