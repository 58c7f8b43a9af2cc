"""The format of a file by the ending of its name, where no format is asked for."""

from pathlib import Path
from typing import TypeVar

from plaudit.core.errors import InputError

F = TypeVar("F", bound=str)

_ENDINGS = {"txt": "table", "text": "table", "htm": "html", "ndjson": "jsonl"}
# A table in a file of such a name could not be opened by what the name asks for.
_NEVER_TEXT = {"html", "svg", "png", "pdf", "tsv", "xlsx", "parquet", "json", "jsonl", "csv"}


def form_of(path: Path | None, forms: tuple[F, ...], default: F) -> F:
    """Return the format that the ending of a file names, or the default without such an ending.

    Raises
    ------
    InputError
        The ending is that of a format that this output does not have.
    """
    suffix = "" if path is None else path.suffix.lower().removeprefix(".")
    ending = _ENDINGS.get(suffix, suffix)
    for form in forms:
        if form == ending:
            return form
    if ending in _NEVER_TEXT:
        raise InputError(
            f"Expected a file of the format {', '.join(forms)}, got {path}; give it another ending,"
            " or say the format with --format."
        )
    return default
