"""One job at a time in a folder or on an output: a lock that ends with its holder."""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.file import TEMPORARY, longer_name, same_file, writing


class Lock:
    """A lock on a file; on systems without ``fcntl`` (Windows) it locks nothing.

    ``busy`` is the error text when another process holds it, in which ``{started}`` becomes the
    time at which that one took it; by default, that it is at work in the folder above that of the
    file. With ``passing`` the file goes when the lock is given back.
    """

    def __init__(self, path: Path, busy: str | None = None, *, passing: bool = False) -> None:
        self._path = path
        self._busy = busy or (
            f"Another process is at work in {path.parent.parent}; wait for it, or give another"
            " folder."
        )
        self._passing = passing
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock; `InputError` if another process holds it."""
        try:
            import fcntl
        except ImportError:
            return
        while self._handle is None:
            with writing(self._path):  # never through a link
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                started = os.read(handle, 100).decode() or "this moment"
                os.close(handle)
                raise InputError(self._busy.replace("{started}", started)) from error
            if same_file(handle, self._path):
                self._handle = handle
                if self._passing:
                    now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
                    with suppress(OSError):  # on a full disk others do not learn when
                        os.write(handle, now.encode())
            else:  # its former holder removed it
                os.close(handle)

    def release(self) -> None:
        """Release the lock."""
        if self._handle is not None:
            if self._passing:
                self._path.unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None


def output_lock(output: Path) -> Lock:
    """Return the lock of a file or folder that a job writes."""
    return Lock(
        output.with_name(longer_name(output.name, f".lock{TEMPORARY}", ".")),
        f"Another process, started at {{started}}, writes {output}; wait for it, or give another"
        " place.",
        passing=True,
    )


_HELD: dict[str, Lock] = {}


def hold(output: Path) -> None:
    """Lock a file or folder for this process until `give_back`; `InputError` if another has it."""
    place = os.path.realpath(output)
    if place not in _HELD:
        with writing(output):
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        lock = output_lock(Path(place))
        lock.take()
        _HELD[place] = lock


@contextmanager
def held_together() -> Iterator[None]:
    """Release the locks of the block if it ends in an error: all outputs are held, or none."""
    before = set(_HELD)
    try:
        yield
    except BaseException:
        for place in set(_HELD) - before:
            give_back(Path(place))
        raise


@atexit.register
def give_back(output: Path | None = None) -> None:
    """Release one output that this process holds, or all."""
    for place in list(_HELD) if output is None else [os.path.realpath(output)]:
        if place in _HELD:
            _HELD.pop(place).release()
