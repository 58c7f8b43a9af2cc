"""A folder of this machine whose files are kept at a URL too, so that another machine can go on.

Files are written here, where a lock and a renaming make them whole (decision 25), and copied when
they are. New ones are copied before those that they replace are removed, so that what lies at the
URL can be read at any moment. One machine at a time writes to a URL: a record beside the files says
what was copied from here, and a URL that holds anything else is refused.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from threading import Thread

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import TEMPORARY, atomic, write_atomic
from plaudit.core.remote import OBJECTS, FetchError, explained, file_system, is_url, shown
from plaudit.core.settings import Record, load_json

_RECORD = ".copied.json"
_Files = dict[str, tuple[int, int]]  # bytes and time of change of each, by its name


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


class Mirror:
    """Files of a folder at a URL; `begin` before the work, `send_soon` meanwhile, `end` behind it.

    ``note`` gets a sentence where copying fails for now.
    """

    def __init__(self, url: str, folder: Path, note: Callable[[str], None]) -> None:
        if not is_url(url) or url.lower().startswith("http"):
            raise InputError(
                f"Expected --copy-to as a URL that can be written, such as s3://bucket/store, got"
                f" {shown(url) if is_url(url) else url}."
            )
        self._url, self._folder, self._note = url.rstrip("/"), folder, note
        self._sent: _Files = {}
        self._thread: Thread | None = None

    def begin(self) -> int:
        """Take what lies at the URL into a new folder; return how many files came.

        Raises
        ------
        InputError
            The folder and the URL hold different work.
        FetchError, MissingPackageError
            The URL cannot be read.
        """
        there, here = self._listed(), self._files()
        if not there:
            return 0
        path = self._folder / _RECORD
        record = load_json(_Copied, path) if path.is_file() else None
        ours = record is not None and record.url == shown(self._url)
        if not here or (ours and record is not None and record.fetching):
            self._keep(there, there, fetching=True)
            for name, size in there.items():
                if name not in here or here[name][0] != size:
                    self._fetch(name)
            self._sent = self._files()
            self._keep(there, there)
            return len(there)
        if record is None or not ours or not record.explains(there):
            raise InputError(
                f"{shown(self._url)} holds files that were not copied from {self._folder}, such as"
                " those of a machine that went on meanwhile; name a new folder, which takes them"
                " from there first, or another URL."
            )
        self._sent = {name: state for name, state in here.items() if there.get(name) == state[0]}
        return 0

    def send_soon(self) -> None:
        """Copy what is new while the work goes on."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._try, name="copying", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Copy what is not yet there; `FetchError` where that fails."""
        if self._thread is not None:
            self._thread.join()
        self._send()

    def _try(self) -> None:
        try:
            self._send()
        except (PlauditError, OSError) as error:
            self._note(f"Not copied for now, and tried again: {error}")

    def _send(self) -> None:
        here = self._files()
        if here == self._sent:
            return
        self._keep(_sizes(self._sent), _sizes(here))
        with explained(self._url, "written"):
            for name in sorted(here, key=_order):
                if self._sent.get(name) != here[name] and self._put(name):
                    self._sent[name] = here[name]
            for name in self._sent.keys() - here.keys():
                system, place = file_system(f"{self._url}/{name}")
                system.rm_file(place)
                del self._sent[name]
        self._keep(_sizes(self._sent), _sizes(self._sent))

    def _put(self, name: str) -> bool:
        """Copy a file; return False for one that was replaced by another meanwhile."""
        system, place = file_system(f"{self._url}/{name}")
        try:
            source = (self._folder / name).open("rb")
        except FileNotFoundError:
            return False
        with source:
            if self._url.partition("://")[0].lower() in OBJECTS:
                with system.open(place, "wb") as target:
                    shutil.copyfileobj(source, target)
                return True
            system.makedirs(place.rpartition("/")[0], exist_ok=True)
            with system.open(place + TEMPORARY, "wb") as target:
                shutil.copyfileobj(source, target)
            system.mv(place + TEMPORARY, place)
        return True

    def _fetch(self, name: str) -> None:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise FetchError(f"{shown(self._url)} names a file outside of it: {name}.")
        system, place = file_system(f"{self._url}/{name}")
        with (
            explained(self._url),
            system.open(place, "rb") as source,
            atomic(self._folder / name) as file,
        ):
            shutil.copyfileobj(source, file)

    def _listed(self) -> dict[str, int]:
        """Return bytes of each file at the URL, by its name below it."""
        with explained(self._url):
            system, place = file_system(self._url)
            try:
                found = system.find(place, detail=True)
            except FileNotFoundError:
                return {}
        root = place.rstrip("/") + "/"
        files = {path.removeprefix(root): int(info["size"]) for path, info in found.items()}
        return {name: size for name, size in files.items() if not name.endswith(TEMPORARY)}

    def _files(self) -> _Files:
        """Return the whole files of the folder; those with a dot are of this machine alone."""
        files: _Files = {}
        for path in self._folder.rglob("*"):
            name = path.relative_to(self._folder)
            if any(part.startswith(".") for part in name.parts):
                continue
            try:
                if path.is_file():
                    status = path.stat()
                    files[name.as_posix()] = (status.st_size, status.st_mtime_ns)
            except FileNotFoundError:  # merged into another
                continue
        return files

    def _keep(
        self, before: dict[str, int], after: dict[str, int], *, fetching: bool = False
    ) -> None:
        record = _Copied(url=shown(self._url), before=before, after=after, fetching=fetching)
        write_atomic(self._folder / _RECORD, record.model_dump_json() + "\n")


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
    mirror = Mirror(url, folder, note)
    if n_files := mirror.begin():
        note(f"Took {n_files} files from {shown(url)}, to go on with.")
    try:
        yield mirror.send_soon
    finally:
        mirror.end()


def _sizes(files: _Files) -> dict[str, int]:
    return {name: size for name, (size, _) in files.items()}


def _order(name: str) -> tuple[bool, str]:
    """Order files so that what names others comes behind them: rows before their songs."""
    return "/" in name, name
