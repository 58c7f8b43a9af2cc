"""One file over HTTP into the cache: it goes on where an earlier try stopped, and is checked.

The client, its proxies and its offline switch are those of ``huggingface_hub``, whose own download
begins anew after a process that was stopped.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

from plaudit.core.errors import PlauditError
from plaudit.core.file import sha256_of, writing
from plaudit.core.lock import output_lock
from plaudit.encoders.promise import WeightsError

WAITS_S = (1.0, 2.0, 4.0)
"""Before each new try that follows one without a new byte."""
LONGEST_WAIT_S = 20.0  # that a server may ask for; beyond it the user is told
_PASSING = (408, 429, 500, 502, 503, 504)
T = TypeVar("T")


class Remote(NamedTuple):
    """A file to bring: its name and address, what is stated of it, and its place in the cache."""

    name: str
    url: str
    place: Path
    size: int | None = None
    sha256: str | None = None
    headers: Mapping[str, str] = {}


def faults() -> tuple[type[Exception], ...]:
    """Return the errors of a request: those of the HTTP library that the hub's client is of."""
    from huggingface_hub.errors import HfHubHTTPError  # a second of import that help spares

    return cast("tuple[type[Exception], ...]", HfHubHTTPError.__bases__)


def status_of(error: Exception) -> int | None:
    """Return the status that a server answered with, None where there was no answer."""
    return getattr(getattr(error, "response", None), "status_code", None)


def asked_wait(error: Exception) -> float | None:
    """Return the seconds that a server asks to wait, None where it names none."""
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None


def persist(
    attempt: Callable[[], T], held: Callable[[], int] = lambda: 0, *, cuts: bool = False
) -> T:
    """Return what an attempt returns, made again after a passing refusal, and with ``cuts`` a cut.

    ``held`` counts the bytes that came: as long as they grow it goes on.
    """
    tries, before = 0, held()
    while True:
        try:
            return attempt()
        except PlauditError:
            raise
        except faults() as error:
            if (now := held()) != before:
                tries, before = 0, now
            status, asked = status_of(error), asked_wait(error) or 0.0
            passing = status in _PASSING or (status is None and cuts)
            if not passing or tries == len(WAITS_S) or asked > LONGEST_WAIT_S:
                raise
            time.sleep(max(asked, WAITS_S[tries]))
            tries += 1


def bytes_held(remote: Remote) -> int:
    """Return how many bytes of a file came in earlier tries."""
    partial = _partial(remote)
    return partial.stat().st_size if partial.is_file() else 0


def download(remote: Remote, on_bytes: Callable[[int], None]) -> None:
    """Bring a file, which takes its name when it is whole and what was stated of it.

    Raises
    ------
    WeightsError
        The file has another hash than stated; it is not kept.
    """
    with writing(remote.place):
        remote.place.parent.mkdir(parents=True, exist_ok=True)
    lock = output_lock(remote.place)
    lock.take()
    try:
        persist(lambda: _continue(remote, on_bytes), lambda: bytes_held(remote), cuts=True)
        partial = _partial(remote)
        if remote.sha256 and (came := sha256_of(partial)) != remote.sha256:
            partial.unlink()
            raise WeightsError(
                f"{remote.name} of {remote.url} came with sha256 {came}, where its hub states"
                f" {remote.sha256}, so it was not kept; fetch it again, and if it stays so, ask"
                " who runs that hub."
            )
        with writing(remote.place):
            partial.replace(remote.place)
    finally:
        lock.release()


def _partial(remote: Remote) -> Path:
    """The name that the hub's own client gives to what is not whole, for who cleans its cache."""
    return remote.place.with_name(f"{remote.place.name}.incomplete")


def _continue(remote: Remote, on_bytes: Callable[[int], None]) -> None:
    from huggingface_hub import constants, get_session, hf_raise_for_status

    partial, have = _partial(remote), bytes_held(remote)
    if remote.size is not None and have >= remote.size > 0:
        if have == remote.size:
            return
        partial.unlink()  # of something else: it is longer than the file
        have = 0
    headers = {**remote.headers, "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream(
        "GET", remote.url, headers=headers, timeout=timeout, follow_redirects=True
    ) as answer:
        if have and answer.status_code == 416:  # the range is not of this file
            partial.unlink()
            raise OSError(f"the server has no bytes of {remote.name} after {have}")
        hf_raise_for_status(answer)
        if have and answer.status_code != 206:  # the server knows no ranges: it sends everything
            have = 0
        stated = answer.headers.get("Content-Length")
        packed = "Content-Encoding" in answer.headers  # then that is no length of the file
        size = remote.size if stated is None or packed else have + int(stated)
        with writing(partial):
            file = partial.open("ab" if have else "wb")
        with file:
            for chunk in answer.iter_bytes():
                with writing(partial):
                    file.write(chunk)
                    file.flush()
                have += len(chunk)
                on_bytes(len(chunk))
    if remote.size is not None and size != remote.size:
        partial.unlink()
        raise OSError(f"{remote.name} came with {size} bytes, where its hub states {remote.size}")
    if size is not None and have != size:
        raise OSError(f"{remote.name} broke off after {have} of {size} bytes")
