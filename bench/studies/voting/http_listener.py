"""A simulated listener who takes part in a served listening test over HTTP, as a browser does.

He comes in, gets a task, loads both sounds, plays each of them for as long as the gate wants, in
real time and with a message each half second, thinks, and answers. He knows of a song only what he
hears: the sound itself is looked up in what its author knows of it (`Ears`), which stands for
listening. The answer follows `plaudit.synth.public.listener.cast`. That is an assumption of ours;
nobody was asked.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import numpy as np

from plaudit.synth.public.listener import Voter, cast

HEADER = 44  # bytes of a WAV file before its samples
KNOWN_BY = 4096  # bytes of samples by which a sound is known
TICK_S = 0.5
TRIES = 8


class Ears:
    """What a song is worth to anybody with the listeners' taste, by its sound."""

    def __init__(self, worth: Mapping[bytes, float]) -> None:
        self._worth = worth

    def hear(self, sound: bytes) -> float:
        return self._worth[sound[HEADER : HEADER + KNOWN_BY]]


class HttpListener:
    """One voter; `vote` answers tasks until there are none, or enough.

    Parameters
    ----------
    url : str
        Where the test is served.
    voter : Voter
        Habits.
    ears : Ears
        What songs are worth.
    rng : numpy.random.Generator
        Of his answers.
    error : float
        Standard deviation of what a vote adds to each song's utility.
    thinks_s : float
        Mean time from the last sound to the answer, s.
    wait : callable
        Lets time pass, s.
    """

    def __init__(
        self,
        url: str,
        voter: Voter,
        ears: Ears,
        rng: np.random.Generator,
        *,
        error: float = 0.7,
        thinks_s: float = 0.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=url, timeout=120)
        self._voter, self._ears, self._rng, self._error = voter, ears, rng, error
        self._wait, self._thinks_s, self._pace = wait, thinks_s, rng.spawn(1)[0]

    def vote(self, most: int) -> int:
        """Come in and answer up to ``most`` tasks; return how many were answered."""
        with self._http as http:
            form = {"consent": "yes", "language": "en"}
            _expect(http.post("/enter", data=form), 303)
            for number in range(most):
                task = _expect(http.get("/v1/task")).json()
                if "sides" not in task:
                    return number
                self._answer(http, task)
            return most

    def _answer(self, http: httpx.Client, task: dict[str, Any]) -> None:
        worth = []
        for side in task["sides"]:
            sound = _expect(http.get(f"/t/{task['id']}/{side['key']}.wav")).content
            worth.append(self._ears.hear(sound))
            self._play(http, task["id"], side["key"], task["gate_s"])
        lengths = tuple(side["duration_s"] for side in task["sides"])
        vote = cast(self._voter, (worth[0], worth[1]), lengths, self._error, self._rng)
        if self._thinks_s:
            self._wait(self._thinks_s * float(self._pace.uniform(0.75, 1.25)))
        nonce = f"{task['id']}-nonce"
        answer = {"nonce": nonce[:64], "outcome": vote.outcome.value}
        self._post(http, f"/v1/tasks/{task['id']}/answer", answer)

    def _play(self, http: httpx.Client, task: str, key: str, gate_s: float) -> None:
        """Play a side until the server has seen as much of it as the gate wants."""
        position = 0.0
        seen = self._say(http, task, key, "play", position)
        while seen < gate_s:
            self._wait(TICK_S)
            position += TICK_S
            seen = self._say(http, task, key, "tick", position)
        self._say(http, task, key, "pause", position)

    def _say(self, http: httpx.Client, task: str, key: str, kind: str, position: float) -> float:
        event = {"key": key, "kind": kind, "position_s": position, "at_ms": 1000 * position}
        told = self._post(http, f"/v1/tasks/{task}/events", {"events": [event]}).json()
        return float(told["seconds"][key])

    def _post(self, http: httpx.Client, path: str, content: dict[str, Any]) -> httpx.Response:
        """Send again what a server that is too busy did not take, as the page does."""
        for _ in range(TRIES):
            answer = http.post(path, json=content)
            if answer.status_code < 500:
                break
            self._wait(TICK_S)
        return _expect(answer)


def _expect(answer: httpx.Response, status: int = 200) -> httpx.Response:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text}")
    return answer
