"""Files on a server or in an object store: named by a URL, fetched to this disk to be read.

``s3://`` and ``gs://`` go through Arrow, which is always here; ``http(s)://`` and any other scheme
through the package that serves it for fsspec. No text that is printed holds credentials: a
`RemoteFile` shows its URL without user, password, query and fragment, and so do messages of here.
"""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from plaudit.core.errors import InputError, MissingFileError, PlauditError
from plaudit.core.optional import require

MOST_BYTES = 4 << 30
"""Largest file that is fetched: an hour of stereo at 96 kHz and 24 bits takes half of it."""

T = TypeVar("T")
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
OBJECTS = ("s3", "gs")
"""Schemes of object stores, where a file appears when it is whole."""
_BLOCK = 1 << 20
_SILENT_S = 60.0  # without a byte

if TYPE_CHECKING:
    _LocalPath = Path
else:
    _LocalPath = type(Path())  # the class of paths on this system, which can be derived from


class FetchError(PlauditError, OSError):
    """A file could not be fetched or listed."""


class RemoteFile(_LocalPath):
    """A file that a URL names; `remote_file` makes it.

    It takes the place of a path in lists of songs, rows and messages, where it stands as its URL
    without credentials. `fetched` gives one that can be opened as well.
    """

    url = ""  #: In full, with credentials.
    _here = ""

    @property
    def parent(self) -> "RemoteFile":
        """Folder that it is in."""
        return remote_file(re.split(r"[?#]", self.url)[0].rpartition("/")[0])

    def __str__(self) -> str:
        return shown(self.url) if self.url else super().__str__()

    def __repr__(self) -> str:
        return f"RemoteFile('{self}')"

    def __fspath__(self) -> str:
        return self._here or str(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteFile) and self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.url, self._here)


def is_url(name: object) -> bool:
    """Return whether a name is a URL and no path; ``file://`` is none."""
    return _URL.match(str(name)) is not None and not str(name).lower().startswith("file:")


def remote_file(url: str) -> RemoteFile:
    """Return the file at a URL; nothing is asked of its server.

    Raises
    ------
    InputError
        The URL of an object store holds credentials.

    Examples
    --------
    >>> song = remote_file("https://me:secret@example.org/a/song.mp3?signature=1")
    >>> str(song), song.name, song.suffix
    ('https://example.org/a/song.mp3', 'song.mp3', '.mp3')
    """
    scheme = url.partition("://")[0].lower()
    if scheme in OBJECTS and "@" in url.split("/")[2]:
        raise InputError(
            f"Expected {shown(url)} without user and password; give them as AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY in the environment, or as the store's own settings."
        )
    return _made(url, "")


def located(folder: Path, name: str) -> Path:
    """Return the file that a table in a folder names: a URL, or a path relative to the folder."""
    if is_url(name):
        return remote_file(name)
    return remote_file(f"{folder.url}/{name}") if isinstance(folder, RemoteFile) else folder / name


def shown(url: str) -> str:
    """Return a URL without user, password, query and fragment."""
    scheme, _, rest = url.partition("://")
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


@contextmanager
def fetched(song: T) -> Iterator[T]:
    """Yield what can be opened: a remote file is fetched, and removed after the block.

    Whatever is no remote file, or is fetched already, is yielded as it is.

    Raises
    ------
    FetchError, MissingFileError, MissingPackageError
        It could not be fetched, or is larger than `MOST_BYTES`.
    """
    if not isinstance(song, RemoteFile) or song._here:
        yield song
        return
    with tempfile.TemporaryDirectory(prefix="plaudit-fetched-") as folder:
        copy = Path(folder) / f"song{song.suffix}"
        with explained(song.url), _opened(song.url) as source, copy.open("wb") as target:
            n_bytes = 0
            while block := source.read(_BLOCK):
                n_bytes += len(block)
                if n_bytes > MOST_BYTES:
                    raise FetchError(
                        f"{song} has more than {MOST_BYTES:,} bytes, the most that is fetched;"
                        " cut it, or copy it to this machine and name that file."
                    )
                target.write(block)
        yield cast("T", _made(song.url, str(copy)))


def remote_state(file: RemoteFile) -> tuple[int, int]:
    """Return bytes, and the time of the last change in nanoseconds; `FetchError` if not stated."""
    with explained(file.url):
        system, place = file_system(file.url)
        info = system.info(place)
    size, when = info.get("size"), info.get("mtime") or info.get("Last-Modified")
    if isinstance(when, str):
        when = parsedate_to_datetime(when)
    if size is None or when is None:
        raise FetchError(f"The server of {file} does not state its size and its last change.")
    return int(size), int(when.timestamp()) * 1_000_000_000


def is_remote_folder(file: RemoteFile) -> bool:
    """Return whether a URL is a folder, which its server can list."""
    with explained(file.url):
        system, place = file_system(file.url)
        return file.url.endswith("/") or bool(system.isdir(place))


def listed(folder: RemoteFile, *, recursive: bool) -> list[RemoteFile]:
    """Return the files of a folder, of its subfolders too if ``recursive``, in order of name.

    Raises
    ------
    FetchError, MissingFileError, MissingPackageError
        The server does not list it.
    """
    with explained(folder.url):
        system, place = file_system(folder.url)
        names = system.find(place, maxdepth=None if recursive else 1)
    scheme = folder.url.partition("://")[0]
    return [remote_file(name if is_url(name) else f"{scheme}://{name}") for name in names]


def _made(url: str, here: str) -> RemoteFile:
    file = RemoteFile(PurePosixPath(shown(url)))
    file.url, file._here = url, here
    return file


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    system, place = file_system(url)
    # HTTP as one stream whose size is not asked for: a signed address may be good for that alone.
    options = {"block_size": 0, "size": -1} if url.lower().startswith("http") else {}
    with system.open(place, "rb", **options) as source:
        yield source


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the name of the file there."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() in OBJECTS:
        return _object_store(scheme.lower(), rest.partition("/")[0]), rest
    fsspec = require("fsspec", "cloud", f"Reading {scheme}://")
    options: dict[str, Any] = {}
    if scheme.lower() in ("http", "https"):
        aiohttp = require("aiohttp", "cloud", f"Reading {scheme}://")
        options["client_kwargs"] = {
            "timeout": aiohttp.ClientTimeout(
                total=None, sock_connect=_SILENT_S, sock_read=_SILENT_S
            )
        }
    return fsspec.core.url_to_fs(url, **options)  # type: ignore[no-any-return]


@cache
def _object_store(scheme: str, bucket: str) -> Any:
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow import fs

    if scheme == "gs":
        return ArrowFSWrapper(fs.GcsFileSystem())
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        parts = urlsplit(endpoint)
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return ArrowFSWrapper(
            fs.S3FileSystem(
                endpoint_override=parts.netloc, scheme=parts.scheme, region=region or "us-east-1"
            )
        )
    return ArrowFSWrapper(fs.S3FileSystem(region=fs.resolve_s3_region(bucket)))


@contextmanager
def explained(url: str, done: str = "read") -> Iterator[None]:
    """Turn what any client raises into one sentence without credentials.

    ``done`` is what was to be done with the URL.
    """
    try:
        yield
    except PlauditError:
        raise
    except FileNotFoundError:
        raise MissingFileError(
            f"Expected a file at {shown(url)}, but its server has none; check the address."
        ) from None
    except Exception as error:
        if isinstance(error, OSError) and (error.filename or error.errno == errno.ENOSPC):
            raise  # the disk of this machine
        text = " ".join(str(error).replace(url, shown(url)).split())
        text = re.sub(r"\w[\w+.-]*://\S+", lambda found: shown(found[0]), text)[:300]
        raise FetchError(
            f"{shown(url)} could not be {done} ({type(error).__name__}:"
            f" {text or 'no reason given'});"
            " check the address, the network and the credentials in the environment."
        ) from None


def free_of(path: Path) -> None:
    """Refuse a URL as a place to write: `InputError`."""
    first = path.parts[:1]  # a path holds one slash of several
    if first and re.fullmatch(r"[a-z][a-z0-9+.-]+:", first[0]) and not path.exists():
        url = f"{first[0]}//{'/'.join(path.parts[1:])}"
        raise InputError(
            f"Expected a file or folder of this machine to write, got the URL {url}; write here,"
            " and copy what was made when the job has ended."
        )
