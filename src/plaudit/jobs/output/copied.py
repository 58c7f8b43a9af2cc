"""The file of rows of a job that is kept at a URL too, so that another machine can go on.

What is copied are the two files of `plaudit.judging.ledger`: the rows while the job goes on, and
the output when it is made. They have the same names at the URL.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from plaudit.core.choice import Precision
from plaudit.core.errors import InputError
from plaudit.core.file import is_stream, longer_name
from plaudit.core.lock import give_back, hold
from plaudit.core.mirror import Mirror, check_writable
from plaudit.core.remote import shown
from plaudit.jobs.output.overwrite import behind
from plaudit.judging.ledger import goes_on, ledger_path
from plaudit.judging.record import JudgeId


def check_copy(output: Path | None, url: str | None) -> None:
    """Refuse to copy what is no file, or to what is no URL that can be written: `InputError`."""
    if url is None:
        return
    if output is None or is_stream(output):
        raise InputError("--copy-to keeps a file at a URL too, so it needs --output FILE.")
    check_writable(url)


@contextmanager
def copied(
    output: Path | None,
    url: str | None,
    judges: Sequence[tuple[JudgeId, Precision]],
    note: Callable[[str], None],
    *,
    resume: bool,
) -> Iterator[Callable[[], None] | None]:
    """Keep rows at a URL while a job writes them; yields what it calls after each row.

    Without a URL nothing is copied, and None is yielded. Also a job that is stopped leaves at the
    URL what it wrote. A URL that ends with a slash is a folder, where the file keeps its name.

    Raises
    ------
    InputError
        What lies at the URL is no earlier part of this job, or nothing is to be resumed.
    FetchError, MissingPackageError
        The URL cannot be read, or at the end not be written.
    """
    if output is None or url is None:
        yield None
        return
    folder, name = _parted(url, output.name)
    here = {name: behind(output), ledger_path(PurePosixPath(name)).name: ledger_path(output)}
    mirror = Mirror(folder, output.parent, note, here)
    sending = output.with_name(longer_name(output.name, ".copied", "."))
    hold(sending)  # the output itself is given back before the last of it is copied

    def continues() -> bool:
        return any(goes_on(path, judges) for path in here.values())

    try:
        if mirror.begin(resume=resume, goes_on=continues):
            note(f"Took the rows at {shown(folder)}/{name}, to go on with.")
        with mirror.ended():
            yield mirror.send_grown
    finally:
        give_back(sending)


def _parted(url: str, name: str) -> tuple[str, str]:
    """Return the folder of a URL, and the name of the file in it."""
    folder, _, last = url.rpartition("/")
    if not last or folder.endswith("/"):  # a folder, or a bucket
        return url.rstrip("/"), name
    return folder, last
