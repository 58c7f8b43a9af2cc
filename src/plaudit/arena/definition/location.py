"""Where a test keeps what is its own: database, secret, sounds, made songs."""

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plaudit.arena.definition.record import ListeningTest
from plaudit.core.database import default_url
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import TEMPORARY, is_file
from plaudit.core.parse import read_text
from plaudit.core.settings import read_record, read_toml

TERMS = """\
You will hear music and say what you think of it. Taking part is voluntary; you can stop at any
time.

What is kept: your answers, how long you listened, the language of the page, and when. There is no
name and no address: a network address is kept as a code that cannot be turned back without the
secret of this test, and only to see that one machine does not vote many times.

Your answers may be published without anything that points to you. At "My votes" you can download
all that is kept of you, and delete it.
"""


@dataclass(frozen=True)
class TestFolder:
    """A test's file and folder."""

    __test__ = False  # pytest takes it for a test

    file: Path  #: TEST.toml
    root: Path

    @property
    def sounds(self) -> Path:
        """Folder of prepared sounds."""
        return self.root / "sounds"

    @property
    def made(self) -> Path:
        """Folder of songs that systems made for the test."""
        return self.root / "made"

    @property
    def url(self) -> str:
        """Return the URL of the test's own SQLite file."""
        return default_url(self.root, "arena.sqlite")

    def beside(self, name: str) -> Path:
        """Return a path that the file names: relative ones begin where the file is."""
        return self.file.parent / Path(name).expanduser()

    def terms(self, test: ListeningTest) -> str:
        """Return the text that people agree to: the test's file, or the built-in one."""
        return TERMS if test.terms is None else read_text(self.beside(test.terms))

    def secret(self) -> bytes:
        """Return the test's secret, drawn once; only its owner may read the file."""
        self.root.mkdir(parents=True, exist_ok=True)
        path = self.root / "secret"
        if not path.exists():
            handle, drawn = tempfile.mkstemp(dir=self.root, suffix=TEMPORARY)  # 0600
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):  # another process was first
                os.link(drawn, path)
            Path(drawn).unlink()
        try:
            kept = bytes.fromhex(path.read_text().strip())
        except ValueError:
            kept = b""
        if len(kept) != 32:
            raise InputError(
                f"Expected 64 hexadecimal digits in {path}, got something else; restore the file,"
                " or remove it, with which all cookies and tokens of the test end."
            )
        return kept


def read_test(path: Path) -> tuple[ListeningTest, TestFolder]:
    """Read a test's file; return it with the test's folder, which may not be there yet.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        It is not TOML, or misses a key, or has an unknown one.
    """
    if not is_file(path):
        raise MissingFileError(
            f"Expected a listening test at {path}, found no file; `plaudit arena init {path}`"
            " writes one."
        )
    test = read_record(ListeningTest, read_toml(read_text(path), str(path)), str(path))
    root = path.parent / test.folder if test.folder else path.with_suffix("")
    if root == path:
        raise InputError(f"Expected a test in a file such as test.toml, got {path}; rename it.")
    return test, TestFolder(path, root)
