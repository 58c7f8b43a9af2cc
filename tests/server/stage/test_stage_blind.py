"""Nothing that a browser sees before an answer tells one system from another."""

import itertools
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from plaudit.server.stage.wave import byte_range
from staged import KINDS, SECONDS, SYSTEMS, Staged

Stages = Callable[[str], Staged]
DRAWN = {"x-request-id", "date"}  # of the request, not of what it asks for


def shape(value: Any, hidden: dict[str, str]) -> Any:
    """A value with what is drawn for each side left out."""
    if isinstance(value, dict):
        return {hidden.get(key, key): shape(part, hidden) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part, hidden) for part in value]
    return hidden.get(value, value) if isinstance(value, str) else value


def tasks_of(stage: Staged, n: int) -> list[tuple[httpx.Client, dict[str, Any]]]:
    return [(client := stage.client(), client.get("/v1/task").json()) for _ in range(n)]


@pytest.mark.parametrize("kind", KINDS)
def test_all_sides_look_alike(stage: Stages, kind: str) -> None:
    served = stage(kind)
    seen = set()
    # A rating is of one song: three voters may all hear the same.
    for http, task in tasks_of(served, 12 if kind == "rating" else 3):
        hidden = {side["key"]: "key" for side in task["sides"]} | {task["id"]: "task"}
        sides = [
            shape({**side, "label": "L"}, hidden) for side in task["sides"] if not side["reference"]
        ]
        assert all(side == sides[0] for side in sides)
        assert all(len(side["key"]) == len(task["sides"][0]["key"]) for side in task["sides"])
        http.post("/check")
        page = http.get("/task").text
        for word in (*SYSTEMS, "anchor", "damaged", ".wav", "sha256"):
            assert word not in page, word
            assert word not in json.dumps(task), word
        answers = []
        for side in task["sides"]:
            address = f"/t/{task['id']}/{side['key']}.wav"
            whole = http.get(address)
            seen.add(hash(whole.content))
            parts = [
                http.get(address, headers={"Range": part}) for part in ("bytes=0-99", "bytes=-9")
            ]
            answers.append(
                [whole.content[:44]]
                + [
                    (
                        answer.status_code,
                        len(answer.content),
                        [(k, v) for k, v in answer.headers.items() if k not in DRAWN],
                    )
                    for answer in (whole, *parts)
                ]
            )
        assert all(answer == answers[0] for answer in answers)
        event = {"kind": "play", "position_s": 0.0, "at_ms": 0.0}
        says = [
            http.post(f"/v1/tasks/{task['id']}/events", json={"events": [{**event, "key": key}]})
            for key in hidden
            if hidden[key] == "key"
        ]
        assert len({answer.status_code for answer in says}) == 1
        assert len({tuple(sorted(answer.json()["seconds"])) for answer in says}) == 1
        http.close()
    assert len(seen) > 1  # they do sound different


def test_a_system_is_shown_first_as_often_and_keys_are_new(stage: Stages) -> None:
    served = stage("battle")
    keys, first, by_position = set(), [], []
    for http, task in tasks_of(served, 16):
        keys |= {side["key"] for side in task["sides"]} | {task["id"]}
        http.close()
    assert len(keys) == 48
    with served.room.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT sides FROM task").all()
    for (sides,) in rows:
        first.append(json.loads(sides)[0]["system"])
        by_position.append([side["key"] for side in json.loads(sides)])
    # Sorted by key, the first is as often A as B: the key says nothing about the place.
    lower = sum(a < b for a, b in by_position)
    assert 0.03 < lower / len(by_position) < 0.97
    assert set(first) == set(SYSTEMS)


def test_time_tells_nothing(stage: Stages) -> None:
    served = stage("battle")
    with served.client() as http:
        task = http.get("/v1/task").json()
        took: dict[str, list[float]] = {side["key"]: [] for side in task["sides"]}
        part = {"Range": "bytes=0-65535"}
        for _ in range(30):
            for key, times in took.items():
                began = time.perf_counter()
                with http.stream("GET", f"/t/{task['id']}/{key}.wav", headers=part) as answer:
                    times.append(time.perf_counter() - began)  # of the headers
                    answer.read()
        a, b = (statistics.median(times) for times in took.values())
        spread = max(
            statistics.quantiles([*itertools.chain(*took.values())], n=4)[2] - min(a, b), 0.002
        )
        assert abs(a - b) < 3 * spread


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("", None), ("bytes=0-", (0, 1000)), ("bytes=0-0", (0, 1)), ("bytes=10-19", (10, 20)),
        ("bytes=990-5000", (990, 1000)), ("bytes=-10", (990, 1000)), ("bytes=-5000", (0, 1000)),
        ("bytes=1000-", (1000, 1000)), ("bytes=9-3", (9, 4)), ("bytes=-0", (1000, 1000)),
        ("bytes=0-1,5-6", None), ("bytes=-", None), ("lines=0-1", None), ("bytes=a-b", None),
    ],
)  # fmt: skip
def test_a_range(asked: str, part: tuple[int, int] | None) -> None:
    assert byte_range(asked, 1000) == part


def test_a_sound_comes_whole_or_in_parts(stage: Stages) -> None:
    with stage("battle").client() as http:
        task = http.get("/v1/task").json()
        address = f"/t/{task['id']}/{task['sides'][0]['key']}.wav"
        whole = http.get(address)
        assert whole.headers["content-type"] == "audio/wav"
        assert whole.headers["cache-control"] == "no-store"
        assert len(whole.content) == 44 + 4 * 44_100 * SECONDS
        assert whole.content[:4] == b"RIFF"
        for first, last in ((0, 20), (30, 100), (44, 44), (100_000, 700_001)):
            part = http.get(address, headers={"Range": f"bytes={first}-{last}"})
            assert part.status_code == 206
            assert part.content == whole.content[first : last + 1]
            assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole.content)}"
        beyond = http.get(address, headers={"Range": "bytes=99999999-"})
        assert beyond.status_code == 416
        assert "last-modified" not in whole.headers
        assert "etag" not in whole.headers
