"""Where judges lie on this machine."""

import os
from pathlib import Path

from plaudit.core.file import expanded

# The area of judges lies beside this one: its folder is data here, not code.
BUNDLED = Path(__file__).parents[1] / "judging" / "bundled"


def judges_folder() -> Path:
    """Return ``PLAUDIT_JUDGES`` or ``plaudit/judges`` in the user's data folder."""
    if named := os.environ.get("PLAUDIT_JUDGES"):
        return expanded(named)
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return expanded(data) / "plaudit" / "judges"


def local_judge(name: str) -> Path | None:
    """Return the folder of a judge that is on this machine, None for any other name."""
    if name == "bundled":
        return BUNDLED
    if (judges_folder() / name).is_dir() and "/" not in name:
        return judges_folder() / name
    path = expanded(name)
    return path if path.is_dir() else None
