"""The data folder: where uploads, previews and the database lie, and nothing else is read."""

import json
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic

_SHA256 = 64


def is_sha256(text: str) -> bool:
    """Return whether a text is a SHA-256 in hexadecimal."""
    return len(text) == _SHA256 and set(text) <= set("0123456789abcdef")


class DataFolder:
    """Places in the data folder; ``allowed`` is the folder whose songs a request may name."""

    def __init__(self, root: Path, allowed: Path | None = None) -> None:
        self.root = root.resolve()
        self.allowed = None if allowed is None else allowed.resolve()
        self.incoming = self.root / "incoming"
        self.secret = self.root / "secret"  #: Signs the cookies of those who gave a key.

    def make(self) -> None:
        """Make the folders and the secret that signs cookies, for this user alone."""
        for folder in (self.root, self.incoming, self.root / "songs", self.root / "previews"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            held = os.open(self.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(held, "wb") as file:
                file.write(secrets.token_bytes(32))

    def clear_incoming(self) -> None:
        """Remove what a server that was killed had half received, or half composed."""
        for path in self.incoming.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def signing_secret(self) -> bytes:
        """Return the secret that signs cookies."""
        return self.secret.read_bytes()

    def upload(self, sha256: str) -> Path:
        """Return where the bytes of an upload lie."""
        return self._of("songs", sha256)

    def outline(self, sha256: str) -> Path:
        """Return where the outline of a song lies (`write_outline`)."""
        return self._of("previews", sha256).with_suffix(".json")

    def playable(self, sha256: str) -> Path:
        """Return where the MP3 lies that every browser can play."""
        return self._of("previews", sha256).with_suffix(".mp3")

    def song(self, sha256: str, reference: str | None) -> Path:
        """Return the file of a song: its upload, or the file that was named."""
        return self.upload(sha256) if reference is None else self.named(reference)

    def named(self, reference: str) -> Path:
        """Return a file below the allowed folder; `InputError` for any other, or a link out."""
        if self.allowed is None:
            raise InputError(
                "This server takes uploads only; start it with --songs DIR to name files in DIR."
            )
        try:
            path = (self.allowed / reference).resolve(strict=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError("There is no such file in the folder of songs.") from error
        if not path.is_relative_to(self.allowed) or not path.is_file():
            raise InputError("There is no such file in the folder of songs.")
        return path

    def remove(self, sha256: str) -> None:
        """Remove an upload and what was made of it."""
        for path in (self.upload(sha256), self.outline(sha256), self.playable(sha256)):
            path.unlink(missing_ok=True)

    def write_outline(self, sha256: str, values: dict[str, Any]) -> None:
        """Keep the outline of a song."""
        write_atomic(self.outline(sha256), json.dumps(values, separators=(",", ":")))

    def free_bytes(self) -> int:
        """Return how much room the disk has."""
        stat = os.statvfs(self.root)
        return stat.f_bavail * stat.f_frsize

    def _of(self, kind: str, sha256: str) -> Path:
        if not is_sha256(sha256):
            raise InputError("Expected the SHA-256 of a song: 64 hexadecimal digits.")
        return self.root / kind / sha256[:2] / sha256
