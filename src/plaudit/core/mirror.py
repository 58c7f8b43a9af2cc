"""Files of this machine that are kept at a URL too, so that another machine can go on.

Files are written here, where a lock and a renaming make them whole (decision 25), and copied when
they are; of one that grows, the bytes that it had when the copying began. New ones are copied
before those that they replace are removed, so that what lies at the URL can be read at any moment.
One machine at a time writes to a URL: a record beside the files says what was copied from here, and
a URL that holds anything else is refused.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any, BinaryIO

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import TEMPORARY, atomic, longer_name, write_atomic
from plaudit.core.remote import OBJECTS, FetchError, explained, file_system, is_url, shown
from plaudit.core.settings import Record, load_json

# A file that grows is sent whole again when it has grown by a tenth, in all eleven times its bytes,
# or an hour has passed.
GROWTH = 1.1
LONGEST_S = 3600.0
PAUSE_S = 60.0  # at least, from one copy to the next
_RECORD = ".copied.json"
_BLOCK = 1 << 20
_State = tuple[int, int, int]  # bytes, time of change and inode
_Files = dict[str, _State]


class _Copied(Record):
    """Bytes of each file at the URL: ``before`` the last copying began, and ``after`` it.

    ``fetching`` says that files are being fetched from there, and some may not be here yet.
    """

    url: str
    before: dict[str, int]
    after: dict[str, int]
    fetching: bool = False

    def explains(self, there: dict[str, int]) -> bool:
        """Return whether files at the URL are those of a copying that ended at any moment."""
        ours = self.before.items() | self.after.items()
        kept = self.before.items() & self.after.items()
        return kept <= there.items() <= ours

    def fetched(self, here: dict[str, int]) -> bool:
        """Return whether fetching broke off, and what is here is nothing but what came."""
        return self.fetching and here.items() <= self.before.items()


class Mirror:
    """Files at a URL; `begin` before the work, `send_soon` meanwhile, `end` behind it.

    They are those of a folder, or only ``named``: files beside each other, the main one first, by
    their names at the URL. ``note`` gets a sentence where copying fails for now.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        note: Callable[[str], None],
        named: Mapping[str, Path] | None = None,
    ) -> None:
        self._url, self._folder, self._note, self._named = url.rstrip("/"), folder, note, named
        self._there, self._here, self._record = shown(self._url), folder, folder / _RECORD
        if named is not None:
            name, self._here = next(iter(named.items()))
            self._there = f"{self._there}/{name}"
            self._record = folder / longer_name(self._here.name, _RECORD, ".")
        self._in_objects = url.partition("://")[0].lower() in OBJECTS
        self._sent: _Files = {}
        self._broke_off = False
        self._last = time.monotonic()
        self._thread: Thread | None = None

    def begin(self, *, resume: bool = True, goes_on: Callable[[], bool] | None = None) -> int:
        """Take what lies at the URL where nothing is here yet; return how many files came.

        Without ``resume`` nothing is taken, and what lies there is refused. What came is removed
        again where ``goes_on`` says that the work does not go on from it.

        Raises
        ------
        InputError
            What is here and what lies at the URL are different work.
        FetchError, MissingPackageError
            The URL cannot be read.
        """
        record = load_json(_Copied, self._record) if self._record.is_file() else None
        there, here = self._listed(), self._files()
        if not there:
            return 0
        if record is not None and record.url != shown(self._url):
            record = None
        if not here or (record is not None and record.fetched(_sizes(here))):
            if not resume:
                raise InputError(
                    f"{self._there} holds what another job made; add --resume to go on with it,"
                    " remove it, or name another URL."
                )
            self._fetch_all(there, here, goes_on)
            return len(there)
        if record is None or record.fetching or not record.explains(there):
            new = "folder" if self._named is None else "--output with --resume"
            raise InputError(
                f"{self._there} holds what was not copied from {self._here}, such as the work of a"
                f" machine that went on meanwhile; name a new {new}, which takes it from there"
                " first, or another URL."
            )
        self._sent = _matched(there, here)
        return 0

    def send_soon(self) -> None:
        """Copy what is new while the work goes on."""
        if not self._sending():
            self._start(self._not_for_now)

    def send_grown(self) -> None:
        """Copy as `send_soon`, but only when files have grown by enough; may be called often.

        Call it between two writes: files are copied as far as they are written now.
        """
        waited_s = time.monotonic() - self._last
        if waited_s < PAUSE_S or self._sending():
            return
        here = self._files()
        if _n_bytes(here) >= GROWTH * _n_bytes(self._sent) or waited_s >= LONGEST_S:
            self._start(self._not_for_now, here)

    def end(self) -> None:
        """Copy what is not yet there; `FetchError` where that fails."""
        if self._thread is not None:
            self._thread.join()
        errors: list[Exception] = []
        # On a thread too: a second Ctrl-C would end the writing here, and leave half a file there.
        self._start(errors.append).join()
        if errors:
            raise errors[0]

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Call `end` behind a block, also one that is stopped or fails, whose error stays."""
        try:
            yield
        except BaseException:
            try:
                self.end()
            except (PlauditError, OSError) as error:
                self._note(f"Not copied: {error}")
            raise
        self.end()

    def _sending(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self, on_error: Callable[[Exception], None], here: _Files | None = None) -> Thread:
        def send() -> None:
            try:
                self._send(self._files() if here is None else here)
            except Exception as error:  # noqa: BLE001 - told or raised by who started it
                on_error(error)
            self._last = time.monotonic()

        self._thread = Thread(target=send, name="copying", daemon=True)
        self._thread.start()
        return self._thread

    def _not_for_now(self, error: Exception) -> None:
        self._note(f"Not copied for now, and tried again: {error}")

    def _send(self, here: _Files) -> None:
        if here == self._sent:
            return
        if self._broke_off:  # what was sent last may have come or not
            self._sent = _matched(self._listed(), self._sent)
        self._keep(_sizes(self._sent), _sizes(here))
        self._broke_off = True
        with explained(self._there, "written"):
            for name in sorted(here, key=_order):
                if self._sent.get(name) != here[name] and self._put(name, here[name]):
                    self._sent[name] = here[name]
            for name in self._sent.keys() - here.keys():
                system, place = file_system(f"{self._url}/{name}")
                system.rm_file(place)
                del self._sent[name]
        self._broke_off = False
        self._keep(_sizes(self._sent), _sizes(self._sent))

    def _put(self, name: str, state: _State) -> bool:
        """Copy a file; return False for one that was replaced by another meanwhile."""
        n_bytes, _, inode = state
        system, place = file_system(f"{self._url}/{name}")
        try:
            source = self._path(name).open("rb")
        except FileNotFoundError:
            return False
        with source:
            if os.fstat(source.fileno()).st_ino != inode:
                return False
            if self._in_objects:
                with system.open(place, "wb") as target:
                    return _copy(source, target, n_bytes)
            system.makedirs(place.rpartition("/")[0], exist_ok=True)
            with system.open(place + TEMPORARY, "wb") as target:
                whole = _copy(source, target, n_bytes)
            system.mv(place + TEMPORARY, place)
        return whole

    def _fetch_all(
        self, there: dict[str, int], here: _Files, goes_on: Callable[[], bool] | None
    ) -> None:
        self._keep(there, there, fetching=True)
        for name, size in there.items():
            if name not in here or here[name][0] != size:
                self._fetch(name)
        if goes_on is not None and not goes_on():
            for path in [*map(self._path, there), self._record]:
                path.unlink()
            raise InputError(
                f"{self._there} holds nothing that this job goes on from, so it is left as it is;"
                " name another URL."
            )
        self._sent = self._files()
        self._keep(there, there)

    def _fetch(self, name: str) -> None:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise FetchError(f"{shown(self._url)} names a file outside of it: {name}.")
        system, place = file_system(f"{self._url}/{name}")
        with (
            explained(self._there),
            system.open(place, "rb") as source,
            atomic(self._path(name)) as file,
        ):
            shutil.copyfileobj(source, file)

    def _listed(self) -> dict[str, int]:
        """Return bytes of each file at the URL, by its name below it."""
        with explained(self._there):
            system, place = file_system(self._url)
            root = place.rstrip("/") + "/"
            if self._in_objects and not _infos(system, [bucket := root.partition("/")[0]]):
                raise FetchError(f"There is no bucket {bucket} for {self._there}; make it first.")
            if self._named is not None:
                found = _infos(system, [root + name for name in self._named])
            else:
                try:
                    found = system.find(place, detail=True)
                except FileNotFoundError:
                    return {}
        if any(info["type"] == "directory" for info in found.values()):
            raise InputError(f"Expected --copy-to as a file, got the folder {self._there}/.")
        files = {path.removeprefix(root): int(info["size"]) for path, info in found.items()}
        return {name: size for name, size in files.items() if not name.endswith(TEMPORARY)}

    def _files(self) -> _Files:
        """Return the whole files that are here."""
        files: _Files = {}
        for name, path in self._paths():
            with suppress(FileNotFoundError):  # merged into another
                if path.is_file():
                    status = path.stat()
                    files[name] = (status.st_size, status.st_mtime_ns, status.st_ino)
        return files

    def _path(self, name: str) -> Path:
        return self._folder / name if self._named is None else self._named[name]

    def _paths(self) -> Iterator[tuple[str, Path]]:
        if self._named is not None:
            yield from self._named.items()
            return
        for path in self._folder.rglob("*"):
            name = path.relative_to(self._folder)
            if not any(part.startswith(".") for part in name.parts):  # of this machine alone
                yield name.as_posix(), path

    def _keep(
        self, before: dict[str, int], after: dict[str, int], *, fetching: bool = False
    ) -> None:
        record = _Copied(url=shown(self._url), before=before, after=after, fetching=fetching)
        write_atomic(self._record, record.model_dump_json() + "\n")


@contextmanager
def mirrored(
    url: str | None, folder: Path, note: Callable[[str], None]
) -> Iterator[Callable[[], None] | None]:
    """Keep a folder at a URL while a job writes it; yields what it calls after each save.

    Without a URL nothing is copied, and None is yielded. Also a job that is stopped leaves at the
    URL what it saved.

    Raises
    ------
    InputError, FetchError, MissingPackageError
        As `Mirror.begin` and `Mirror.end`.
    """
    if url is None:
        yield None
        return
    check_writable(url)
    mirror = Mirror(url, folder, note)
    if n_files := mirror.begin():
        note(f"Took {n_files} files from {shown(url)}, to go on with.")
    with mirror.ended():
        yield mirror.send_soon


def check_writable(url: str) -> None:
    """Refuse what is no URL, or one of a server that takes no files: `InputError`."""
    if not is_url(url) or url.lower().startswith("http"):
        raise InputError(
            f"Expected --copy-to as a URL that can be written, such as s3://bucket/name, got"
            f" {shown(url) if is_url(url) else url}."
        )


def _sizes(files: _Files) -> dict[str, int]:
    return {name: state[0] for name, state in files.items()}


def _matched(there: dict[str, int], known: _Files) -> _Files:
    """Return files at the URL, as known where they have that size, else in no state of here."""
    return {
        name: known[name] if name in known and known[name][0] == size else (size, -1, -1)
        for name, size in there.items()
    }


def _n_bytes(files: _Files) -> int:
    return sum(_sizes(files).values())


def _copy(source: BinaryIO, target: Any, n_bytes: int) -> bool:
    """Copy the first bytes of a file that may have grown; return whether it had so many."""
    while n_bytes and (block := source.read(min(n_bytes, _BLOCK))):
        target.write(block)
        n_bytes -= len(block)
    return not n_bytes


def _infos(system: Any, paths: Iterable[str]) -> dict[str, Any]:
    """Return what a file system states of those paths that it has."""
    infos = {}
    for path in paths:
        with suppress(FileNotFoundError):
            infos[path] = system.info(path)
    return infos


def _order(name: str) -> tuple[bool, str]:
    """Order files so that what names others comes behind them: rows before their songs."""
    return "/" in name, name
