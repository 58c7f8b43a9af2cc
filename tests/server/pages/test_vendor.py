"""Files of others are those that their lock names, and bring their licence."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "src/plaudit/server/pages/assets/vendor", ROOT / "tests/server/pages/vendor")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-4])
def test_files_are_those_of_the_lock(folder: Path) -> None:
    lock = json.loads((folder / "lock.json").read_text(encoding="utf-8"))
    files = {name: entry for package in lock.values() for name, entry in package["files"].items()}
    assert {path.name for path in folder.iterdir()} == {"lock.json", *files}
    for name, entry in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"], name
    for package in lock.values():
        assert package["integrity"].startswith("sha512-")
        assert any("LICENSE" in name for name in package["files"])
