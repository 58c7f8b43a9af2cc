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
from plaudit.judging.ranking import PREFERENCE, RankedSong
from plaudit.judging.record import ROW, SongFailure, SongScores
from plaudit.judging.rows.sequence import Rows

_PAGE = 100


class ServerError(PlauditError, OSError):
    """A server refused, with a ``status``, or cannot be reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

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
        reference: Path | str | None = None,
    ) -> list[SentSong]:
        """Send songs, wait until they are judged, and return them in their order."""
        job = self.send(songs, judges=judges, prompt=prompt, lyrics=lyrics, reference=reference)
        self.wait(job)
        return list(self.songs(job))

    def send(
        self,
        songs: Sequence[Path | str],
        *,
        judges: Sequence[str] = (),
        prompt: str | None = None,
        lyrics: str | None = None,
        reference: Path | str | None = None,
    ) -> str:
        """Send songs and return the id of their job.

        ``prompt``, ``lyrics`` and ``reference`` (a recording, as a file or the SHA-256 of one that
        was sent) are what all songs are to answer, for judges that can use it.
        """
        data: dict[str, Any] = {"judges": list(judges)}
        given = {"prompt": prompt, "lyrics": lyrics}
        named = [("files", Path(song)) for song in songs]
        if reference is not None and _is_hash(reference):
            given["reference"] = str(reference)
        elif reference is not None:
            named.append(("reference", Path(reference)))
        data |= {name: text for name, text in given.items() if text is not None}
        with ExitStack() as stack:
            files = [
                (field, (path.name, stack.enter_context(path.open("rb")))) for field, path in named
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
        self,
        first: Path | str,
        second: Path | str,
        *,
        judge: str | None = None,
        prompt: str | None = None,
        lyrics: str | None = None,
        reference: Path | str | None = None,
    ) -> Comparison:
        """Compare two songs, given as files or as the SHA-256 of songs that were sent.

        What the server does not have is sent, and what is not scored yet is waited for.
        """
        songs = (first, second)
        body = {"first": _hash(first), "second": _hash(second)}
        found = self._beside("/v1/compare", songs, body, judge, prompt, lyrics, reference)
        return Comparison.model_validate(found)

    def rank(
        self,
        songs: Sequence[Path | str],
        *,
        judge: str | None = None,
        by: str = PREFERENCE,
        keep: int | None = None,
        groups: Sequence[str] | None = None,
        prompt: str | None = None,
        lyrics: str | None = None,
        reference: Path | str | None = None,
    ) -> Rows[RankedSong | SongFailure]:
        """Put songs in order, given as for `compare`; those that cannot be judged come last."""
        named: Sequence[str | None] = groups or [None] * len(songs)
        takes = [
            {"sha256": _hash(song), "group": group}
            for song, group in zip(songs, named, strict=True)
        ]
        body = {"songs": takes, "by": by, "keep": keep}
        found = self._beside("/v1/rank", songs, body, judge, prompt, lyrics, reference)
        ranked = [RankedSong.model_validate(song) for song in found["songs"]]
        return Rows([*ranked, *map(SongFailure.model_validate, found["failures"])])

    def judges(self) -> dict[str, Any]:
        """Return the judges of the server, with their cards."""
        return self._ask("GET", "/v1/judges")

    def ready(self) -> bool:
        """Return whether the server answers and judges."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.HTTPError:
            return False

    def _beside(
        self,
        path: str,
        songs: Sequence[Path | str],
        body: dict[str, Any],
        judge: str | None,
        prompt: str | None,
        lyrics: str | None,
        reference: Path | str | None,
    ) -> dict[str, Any]:
        """Ask until all songs are there and scored."""
        heard = None if reference is None else _hash(reference)
        asked = body | {"judge": judge, "prompt": prompt, "lyrics": lyrics, "reference": heard}
        files = [song for song in songs if not _is_hash(song)]
        while True:
            try:
                found = self._ask("POST", path, json=asked)
            except ServerError as error:
                if error.status != httpx.codes.NOT_FOUND or not files:
                    raise
                judges = [] if judge is None else [judge]
                self.wait(self.send(files, judges=judges, prompt=prompt, lyrics=lyrics,
                                    reference=reference))  # fmt: skip
                files = []
                continue
            if "n_songs" not in found:
                return found
            self.wait(found["id"])

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
        raise ServerError(f"The server refused {method} {path}: {message}", answer.status_code)


def _is_hash(song: Path | str) -> bool:
    return len(str(song)) == 64 and set(str(song)) <= set("0123456789abcdef")


def _hash(song: Path | str) -> str:
    return str(song) if _is_hash(song) else sha256_of(Path(song))
