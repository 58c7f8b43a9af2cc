"""Fetches again what the pages and their tests take from the npm registry (`make assets`).

A file ``lock.json`` names each package with its version, the hash of its archive as the registry
states it, and the files that are taken out, each with its SHA-256. Anything else that comes is an
error, and nothing is written.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = (
    ROOT / "src/plaudit/server/pages/assets/vendor/lock.json",
    ROOT / "tests/server/pages/vendor/lock.json",
)


def fetch(lock: Path) -> None:
    """Write the files of a lock beside it."""
    for package, wanted in json.loads(lock.read_text(encoding="utf-8")).items():
        name = f"{package}@{wanted['version']}"
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", "--silent", name]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            [archive] = Path(folder).iterdir()
            digest = hashlib.sha512(archive.read_bytes()).digest()
            expect(f"sha512-{base64.b64encode(digest).decode()}", wanted["integrity"], name)
            with tarfile.open(archive) as opened:
                contents = {
                    file: opened.extractfile(f"package/{entry['from']}").read()  # type: ignore[union-attr]
                    for file, entry in wanted["files"].items()
                }
        for file, content in contents.items():
            expect(hashlib.sha256(content).hexdigest(), wanted["files"][file]["sha256"], file)
        for file, content in contents.items():
            (lock.parent / file).write_bytes(content)
        print(f"{name}: {', '.join(contents)}")


def expect(got: str, wanted: str, name: str) -> None:
    """End with a sentence where a hash is another than the lock's."""
    if got != wanted:
        sys.exit(f"Expected {name} with the hash {wanted}, got {got}; nothing was written.")


if __name__ == "__main__":
    for lock in LOCKS:
        fetch(lock)
