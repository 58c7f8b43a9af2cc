"""A client of a Plaudit server: send songs, wait, read rows, compare, rank.

Numbers come back as the very records that the library makes (`plaudit.judging.record`). Needs
httpx, which comes with huggingface-hub. Every function raises `ServerError` with the sentence of
the server where it refuses.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

from plaudit.core.errors import PlauditError
from plaudit.core.file import sha256_of
from plaudit.judging.comparison import Comparison
from plaudit.judging.ranking import RankedSong
from plaudit.judging.record import ROW, SongFailure, SongScores
from plaudit.judging.rows.sequence import Rows

_PAGE = 100


class ServerError(PlauditError, OSError):
    """A server refused, or cannot be reached."""

    # An OSError formats its arguments; this is one sentence.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class SentSong(NamedTuple):
    """A song of a job: its rows, one a judge, or why it has none."""

    name: str
    sha256: str | None
    state: str
    rows: Rows[SongScores | SongFailure]
    error: str | None


class Client:
    """A connection to a server.

    Parameters
    ----------
    url : str
        Where it is, such as "http://127.0.0.1:8765".
    key : str, optional
        API key, where the server asks for one.
    timeout_s : float, default 60
        Seconds that one request may take.
    """

    def __init__(
        self, url: str = "http://127.0.0.1:8765", key: str | None = None, *, timeout_s: float = 60
    ) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def score(
        self,
        songs: Sequence[Path | str],
        *,
        judges: Sequence[str] = (),
        prompt: str | None = None,
        lyrics: str | None = None,
    ) -> list[SentSong]:
        """Send songs, wait until they are judged, and return them in their order."""
        job = self.send(songs, judges=judges, prompt=prompt, lyrics=lyrics)
        self.wait(job)
        return list(self.songs(job))

    def send(
        self,
        songs: Sequence[Path | str],
        *,
        judges: Sequence[str] = (),
        prompt: str | None = None,
        lyrics: str | None = None,
    ) -> str:
        """Send songs and return the id of their job."""
        data: dict[str, Any] = {"judges": list(judges)}
        given = {"prompt": prompt, "lyrics": lyrics}
        data |= {name: text for name, text in given.items() if text is not None}
        with ExitStack() as stack:
            files = [
                ("files", (Path(song).name, stack.enter_context(Path(song).open("rb"))))
                for song in songs
            ]
            return str(self._ask("POST", "/v1/score", data=data, files=files)["id"])

    def job(self, job: str) -> dict[str, Any]:
        """Return how far a job is."""
        return self._ask("GET", f"/v1/jobs/{job}")

    def wait(self, job: str, *, every_s: float = 0.25) -> dict[str, Any]:
        """Return a job once it has ended."""
        while (state := self.job(job))["ended"] is None:
            time.sleep(every_s)
        return state

    def cancel(self, job: str) -> dict[str, Any]:
        """Take the songs of a job that wait out of the queue."""
        return self._ask("POST", f"/v1/jobs/{job}/cancel")

    def songs(self, job: str) -> Iterator[SentSong]:
        """Yield the songs of a job in their order, with the rows that there are by now."""
        offset = 0
        while True:
            asked = {"offset": offset, "limit": _PAGE}
            page = self._ask("GET", f"/v1/jobs/{job}/songs", params=asked)["songs"]
            for song in page:
                error = song["error"] and song["error"]["message"]
                rows = Rows([ROW.validate_python(row) for row in song["rows"]])
                yield SentSong(song["name"], song["sha256"], song["state"], rows, error)
            if len(page) < _PAGE:
                return
            offset += _PAGE

    def song(self, sha256: str) -> dict[str, Any]:
        """Return a song with all its rows."""
        return self._ask("GET", f"/v1/songs/{sha256}")

    def remove(self, sha256: str) -> None:
        """Remove a song from the server."""
        self._ask("DELETE", f"/v1/songs/{sha256}")

    def compare(
        self, first: Path | str, second: Path | str, *, judge: str | None = None
    ) -> Comparison:
        """Compare two songs that were scored, given as files or as their SHA-256."""
        body = {"first": _hash(first), "second": _hash(second), "judge": judge}
        return Comparison.model_validate(self._ask("POST", "/v1/compare", json=body))

    def rank(
        self,
        songs: Sequence[Path | str],
        *,
        judge: str | None = None,
        keep: int | None = None,
        groups: Sequence[str] | None = None,
    ) -> Rows[RankedSong]:
        """Put songs that were scored in order, given as files or as their SHA-256."""
        named: Sequence[str | None] = groups or [None] * len(songs)
        takes = [
            {"sha256": _hash(song), "group": group}
            for song, group in zip(songs, named, strict=True)
        ]
        body = {"songs": takes, "judge": judge, "keep": keep}
        ranked = self._ask("POST", "/v1/rank", json=body)["songs"]
        return Rows([RankedSong.model_validate(song) for song in ranked])

    def judges(self) -> dict[str, Any]:
        """Return the judges of the server, with their cards."""
        return self._ask("GET", "/v1/judges")

    def ready(self) -> bool:
        """Return whether the server answers and judges."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.HTTPError:
            return False

    def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **how)
        except httpx.HTTPError as error:
            raise ServerError(
                f"The server at {self._http.base_url} does not answer ({error}); is it running?"
            ) from error
        if answer.is_success:
            found: dict[str, Any] = answer.json() if answer.content else {}
            return found
        try:
            message = answer.json()["error"]["message"]
        except (ValueError, LookupError, TypeError):
            message = f"the answer has status {answer.status_code}"
        raise ServerError(f"The server refused {method} {path}: {message}")


def _hash(song: Path | str) -> str:
    text = str(song)
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text if is_hash else sha256_of(Path(song))
