"""The board is shown where the test says so, and nowhere else."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from seen_page import Visit, sideways
from staged import SYSTEMS, Staged, staged

Stages = Callable[[str], Staged]


def test_no_board_where_the_test_hides_it(stage: Stages) -> None:
    served = stage("battle")
    answer = httpx.get(f"{served.url}/board")
    assert answer.status_code == 404
    assert not [system for system in SYSTEMS if system in answer.text]


def vote_at_once(stage: Staged) -> str:
    """Cast twelve votes without listening; return the voter's id."""
    with stage.client() as http:
        for n in range(12):
            task = http.get("/v1/task").json()
            vote = {"nonce": f"nonce-{n:06d}", "outcome": ("first", "second", "tie")[n % 3]}
            assert http.post(f"/v1/tasks/{task['id']}/answer", json=vote).status_code == 200
        return str(http.get("/me/votes.json").json()["id"])


def test_who_is_flagged_is_not_named(tmp_path: Path) -> None:
    rules, people = {"gate_s": 0.0}, {"board": True}
    with staged(tmp_path, "battle", listening=rules, people=people) as stage:
        voter = vote_at_once(stage)
        text = httpx.get(f"{stage.url}/board", timeout=60).text
    assert "1 flagged as careless" in text
    assert voter not in text


@pytest.mark.browser
def test_the_board_follows_the_votes(tmp_path: Path, window: Callable[..., Visit]) -> None:
    rules, people = {"gate_s": 0.0}, {"board": True}
    careless = {"too_fast": 1.0, "unheard": 1.0}  # nobody listens here
    with staged(tmp_path, "battle", listening=rules, people=people, careless=careless) as stage:
        for _ in range(5):  # of one voter, wins may by chance go one way only: no ratings
            vote_at_once(stage)
        seen = window(width=390)
        seen.page.goto(f"{stage.url}/board")
        text = seen.page.locator("body").inner_text()
        assert all(system in text for system in SYSTEMS)
        assert "60" in seen.page.locator(".counts").inner_text()
        assert sideways(seen.page) <= 0
        assert seen.complaints == []  # its style is allowed by its own policy
        assert len(seen.requests) == 1
