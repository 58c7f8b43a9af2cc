"""The judges on this machine, their folders, and the folder of a name."""

from pathlib import Path
from typing import NamedTuple

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import expanded
from plaudit.core.settings import nearest
from plaudit.model.card import Card
from plaudit.model.place import BUNDLED, judges_folder, local_judge
from plaudit.model.published.card import PublishedCard

__all__ = [
    "BUNDLED", "Listed", "find_judge", "judges_folder", "list_judges", "local_judge",
]  # fmt: skip
FETCH_APEX = "plaudit judges fetch apex --accept-licence"
IMPORT_APEX = "plaudit judges import-apex --mert DIR --checkpoint FILE --out DIR"


class Listed(NamedTuple):
    """One judge that a name can be given for; one whose card cannot be read says why."""

    name: str
    folder: Path
    card: Card | PublishedCard | None
    fault: str = ""


def list_judges() -> list[Listed]:
    """Return the bundled judge and every judge in `judges_folder`, in order of name."""
    from plaudit.model.folder import CARD

    home = judges_folder()
    entries = sorted(home.iterdir()) if home.is_dir() else []
    # One with a dot is being written, or was left by a run that was killed.
    whole = [folder for folder in entries if not folder.name.startswith(".")]
    folders = [BUNDLED, *(folder for folder in whole if (folder / CARD).is_file())]
    return [_listed(folder) for folder in folders]


def _listed(folder: Path) -> Listed:
    from plaudit.model.published.folder import read_any_card

    try:
        return Listed(folder.name, folder, read_any_card(folder))
    except PlauditError as error:
        return Listed(folder.name, folder, None, str(error))


def find_judge(name: str) -> Path:
    """Return the folder of a judge given by name, folder or hub id; else an `InputError`."""
    from plaudit.encoders.weights import find_folder
    from plaudit.model.folder import FILES
    from plaudit.model.published.facts import KNOWN

    here = local_judge(name)
    if here is not None:
        return here
    path = expanded(name)
    if name == "apex":
        raise InputError(
            "The published APEX weights are not bundled (their licences differ from Plaudit's)."
            f" Get them once with `{FETCH_APEX}`, or from files with `{IMPORT_APEX}`;"
            f" {judges_folder() / 'apex'} is found by the name 'apex'."
        )
    if name in KNOWN:
        raise InputError(
            f"The published judge '{name}' is not here; get it once with `plaudit judges fetch"
            f" {name}` (`plaudit judges list` says what it is), or from files with `plaudit judges"
            f" import {name}`."
        )
    if name.count("/") == 1 and not path.exists() and not name.startswith((".", "~", "/")):
        return find_folder(name, FILES)
    known = [judge.name for judge in list_judges()]
    raise InputError(f"There is no judge '{name}', by name or as a folder; {nearest(name, known)}")
