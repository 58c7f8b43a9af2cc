"""Folders that are replaced whole: what was there, or what is new, and never some of each.

The new folder is made beside the old one and takes its name in one step. Where a file system has
no such step the old one is set aside first; a job killed in between leaves it there, and `standing`
finds it.
"""

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plaudit.core.errors import OutputError
from plaudit.core.file import longer_name, make_temporary, sweep, umask, writing
from plaudit.core.lock import give_back, held_together, hold
from plaudit.core.remote import free_of

_ASIDE = ".plaudit.old"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, and RENAME_EXCHANGE of renameat2(2)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Make a folder that takes its name, and the place of an older one, only when it is whole.

    The block writes into the folder that it is given. Check first that the older one may be
    replaced (`check_folder`). What a link points to is replaced. `OutputError` if the parent cannot
    hold folders, or the disk is full. Other processes can have the folder afterwards.
    """
    folder = Path(os.path.realpath(folder))
    with scratch_folder(folder) as new, writing(folder):
        before = standing(folder)
        if before != folder:
            before.rename(folder)
        shutil.rmtree(_aside(folder), ignore_errors=True)
        try:
            yield new
        except OutputError as error:  # it names where the folder is made
            raise OutputError(str(error).replace(str(new), str(folder))) from error
        for path in new.rglob("*"):
            _to_disk(path)
        new.chmod(0o777 & ~umask())  # mkdtemp makes private folders
        _exchange(new, folder)
    give_back(folder)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Make a folder beside a path for as long as the block runs; one that a kill left is swept."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        folder, held = make_temporary(path, folder=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def standing(folder: Path) -> Path:
    """Return a folder, or where its content is after a job was killed while it replaced it."""
    aside = _aside(folder)
    return aside if aside.is_dir() and not folder.exists() else folder


@held_together()
def check_folder(
    folder: Path,
    names: Collection[str],
    mark: tuple[str, bytes],
    what: str,
    inputs: Iterable[Path | None] = (),
) -> bool:
    """Make sure that replacing a folder destroys nothing, and return whether there is an older one.

    ``names`` are those of the files that make one of ``what`` ("a judge"); ``mark`` is one of them
    with bytes that only ours has in it; ``inputs`` are what the run reads. `OutputError` if the
    folder is a file, holds anything else, is read, or another process writes it.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise OutputError(f"Expected a folder for {what}, but {folder} is a file.")
    with writing(folder):
        check_place(folder)
        held = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    hold(folder)
    if not held:
        return False
    others = [name for name in held if name not in names or not (folder / name).is_file()]
    known = folder / mark[0]
    if others or not known.is_file() or mark[1] not in known.read_bytes():
        raise OutputError(
            f"{folder} holds other files ({others[0] if others else held[0]}) than {what} of"
            " Plaudit; give a new or empty folder, so that nothing is overwritten."
        )
    check_not_read(folder, inputs)
    return True


def check_not_read(path: Path, inputs: Iterable[Path | None]) -> None:
    """Make sure that a path is none of the inputs, in none of them, and holds none of them.

    The same file by another name counts: inputs are compared as the system sees them.
    """
    place = Path(os.path.realpath(path))
    status = place.stat() if place.exists() else None
    for source in inputs:
        if source is None or status is None or not source.exists():
            continue
        real = Path(os.path.realpath(source))
        if os.path.samestat(status, real.stat()):
            raise OutputError(f"{path} is what is read; give another place to write to.")
        if real.is_dir() and place.is_relative_to(real):
            raise OutputError(f"{path} lies in {source}, which is read; give another place.")
        if place.is_dir() and real.is_relative_to(place):
            raise OutputError(f"{path} holds {source}, which is read; give another place.")


def check_place(path: Path) -> None:
    """Make sure that a path can be written, as far as that can be known before; else `OSError`."""
    free_of(path)
    with suppress(FileNotFoundError, NotADirectoryError):
        path.lstat()  # a name that is too long
    there = Path(os.path.realpath(path)).parent
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise OSError(errno.ENOTDIR, f"{there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, f"the folder {there} cannot be written to")
    if shutil.disk_usage(there).free == 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    sweep(there)


def check_links(folder: Path, names: Collection[str]) -> None:
    """Make sure that no path below a folder leads out of it by a link; else `OutputError`."""
    for name in names:
        path = folder / name
        while path != folder:
            if path.is_symlink():
                raise OutputError(
                    f"{path} is a link, and nothing is written through it; give another folder or"
                    " remove the link."
                )
            path = path.parent


def _aside(folder: Path) -> Path:
    place = Path(os.path.realpath(folder))
    return place.with_name(longer_name(place.name, _ASIDE, "."))


def _to_disk(path: Path) -> None:
    if path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _exchange(new: Path, folder: Path) -> None:
    """Give a folder its name; an older one of that name then has the other name, or is gone."""
    if not folder.exists() or not any(folder.iterdir()):
        new.rename(folder)
        return
    if sys.platform == "linux":
        swap = getattr(ctypes.CDLL(None), "renameat2", None)
        if swap and swap(_HERE, os.fsencode(new), _HERE, os.fsencode(folder), _EXCHANGE) == 0:
            return
    aside = _aside(folder)
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    new.rename(folder)
    shutil.rmtree(aside)
