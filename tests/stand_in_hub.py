"""A model hub and a GitHub of the tests' own: small repositories over HTTP, with faults on demand.

It answers what ``huggingface_hub`` and Plaudit ask: the commit of a revision, what is stated of a
file (HEAD), and its bytes (GET, with Range).
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

LARGE = 5_000  # bytes from which a file is stated with its SHA-256, as one in large storage


class Asked(NamedTuple):
    """One request: its method, its path, the range and the token that it came with."""

    method: str
    path: str
    range: str | None
    token: str | None


class StandInHub:
    """What is served, what was asked, and which faults to make."""

    def __init__(self) -> None:
        #: By repository, from the oldest to the newest commit: the bytes of each file by name.
        self.commits: dict[str, dict[str, dict[str, bytes]]] = {}
        self.asked: list[Asked] = []
        self.cuts: dict[str, list[int]] = {}  #: By name: bytes to send before each cut.
        self.refusals: dict[str, list[tuple[int, dict[str, str]]]] = {}  #: By words in a path.
        self.stalled = threading.Event()  #: Set where a cut of 0 more bytes begins to wait.
        self.stall = False  #: Whether a cut waits instead of closing.
        self.url = ""

    def publish(self, repo: str, files: dict[str, bytes]) -> str:
        """Add a commit to a repository, and return it."""
        held = self.commits.setdefault(repo, {})
        whole = json.dumps([repo, len(held)]).encode()
        commit = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        held[commit] = files
        return commit

    def publish_folder(self, repo: str, place: Path) -> str:
        """Add a commit with the files of a folder."""
        files = {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file()
        }
        return self.publish(repo, files)

    def bodies(self, name: str = "") -> list[Asked]:
        """Return the requests for the bytes of files of a name."""
        return [
            asked
            for asked in self.asked
            if asked.method == "GET" and "/api/" not in asked.path and name in asked.path
        ]


@contextmanager
def standing() -> Iterator[StandInHub]:
    """Run a hub for as long as the block runs."""
    hub = StandInHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.stall = False
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: StandInHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        headers = self.headers
        asked = Asked(self.command, self.path, headers.get("Range"), headers.get("Authorization"))
        self.hub.asked.append(asked)
        for words, refusals in self.hub.refusals.items():
            if words in f"{self.command} {self.path}" and refusals:
                status, more = refusals.pop(0)
                self._send(status, b"", more)
                return
        api = re.fullmatch(r"/api/models/(.+?)(?:/revision/([^/?]+))?(?:\?.*)?", self.path)
        github = re.fullmatch(r"/api/v3/repos/([^/]+/[^/]+)/commits/(.+)", self.path)
        file = re.fullmatch(r"/(.+?)/(?:resolve|raw)/([^/]+)/(.+)", self.path)
        if api or github:
            found = api or github
            assert found is not None
            self._about(found[1], found[2])
        elif file:
            self._file(*file.groups())
        else:
            self._send(404, b"", {})

    def _commit(self, repo: str, revision: str | None) -> str | None:
        held = self.hub.commits.get(repo, {})
        if revision in (None, "main", "HEAD"):
            return list(held)[-1] if held else None
        return revision if revision in held else None

    def _about(self, repo: str, revision: str | None) -> None:
        commit = self._commit(repo, revision)
        if commit is None:
            code = "RevisionNotFound" if repo in self.hub.commits else "RepoNotFound"
            self._send(404, b"", {"X-Error-Code": code})
            return
        names = [{"rfilename": name} for name in self.hub.commits[repo][commit]]
        about = {"id": repo, "sha": commit, "siblings": names}
        self._send(200, json.dumps(about).encode(), {"Content-Type": "application/json"})

    def _file(self, repo: str, revision: str, name: str) -> None:
        commit = self._commit(repo, revision)
        content = self.hub.commits.get(repo, {}).get(commit or "", {}).get(name)
        if commit is None or content is None:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        tag = hashlib.sha256(content) if len(content) > LARGE else hashlib.sha1(content)  # noqa: S324
        stated = {"ETag": f'"{tag.hexdigest()}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if span is None:
            self._send(200, content, stated, name)
            return
        first = int(span[1])
        stated["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        self._send(206, content[first:], stated, name)

    def _send(self, status: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        cuts = self.hub.cuts.get(name)
        if not cuts:
            self.wfile.write(body)
            return
        self.wfile.write(body[: cuts.pop(0)])
        self.wfile.flush()
        if self.hub.stall:
            self.hub.stalled.set()
            while self.hub.stall:
                threading.Event().wait(0.02)
        self.close_connection = True
