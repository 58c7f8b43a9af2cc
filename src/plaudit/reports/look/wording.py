"""How names and numbers are written for people: the same in tables, cards and pages.

File names and messages are untrusted: a name may hold escape sequences that drive a terminal,
marks that turn the reading direction of what follows, or bytes that are no text at all.
Conventions: popularity is written with one decimal, aesthetics with two; an undefined number is
"n/a", never 0.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from plaudit.core.axes import AXIS, Axis
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.judging.record import SongFailure, SongScores

UNDEFINED = "n/a"
# Embeddings, overrides and isolates: they reorder text outside the name they stand in.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def known_axis(name: str) -> Axis:
    """Return the axis of a name.

    Parameters
    ----------
    name : str
        Name as it stands in a record.

    Returns
    -------
    Axis
        Range, family and meaning.

    Raises
    ------
    InputError
        No axis has this name.
    """
    if name not in AXIS:
        raise InputError(f"Expected the name of an axis, got '{name}'; {nearest(name, AXIS)}")
    return AXIS[name]


def safe_text(text: str) -> str:
    """Return untrusted text with everything that acts instead of being read written out.

    Control characters, direction overrides, line separators and lone surrogates come out as
    escapes such as ``\\x1b``; all other text, of any script, stays as it is.

    Parameters
    ----------
    text : str
        Any text, such as a file name.

    Returns
    -------
    str
        One line that can be encoded as UTF-8 and printed.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if _acts(c) else c for c in text)


def _acts(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Zl", "Zp"} or character in _DIRECTION_CONTROLS


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def count_text(n: int, noun: str) -> str:
    """Return a count with its noun, as in "1 song" or "3 songs".

    Parameters
    ----------
    n : int
        How many.
    noun : str
        Singular of a noun with a regular plural.

    Returns
    -------
    str
        Number and noun.
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def score_text(axis: str, value: float | None) -> str:
    """Return a score as it is written for people.

    Parameters
    ----------
    axis : str
        Name of the axis.
    value : float or None
        Score in the range of the axis.

    Returns
    -------
    str
        One decimal for popularity, two for aesthetics, "n/a" where there is no number.
    """
    if value is None or not math.isfinite(value):
        return UNDEFINED
    return f"{value:.1f}" if known_axis(axis).family == "popularity" else f"{value:.2f}"


def range_text(axis: str, low: float | None, high: float | None) -> str:
    """Return an interval as "3.40 to 4.20", or an empty text where the judge has none.

    Parameters
    ----------
    axis : str
        Name of the axis.
    low, high : float or None
        Ends of the interval.

    Returns
    -------
    str
        Both ends, or "".
    """
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{score_text(axis, low)} to {score_text(axis, high)}"


def duration_text(seconds: float) -> str:
    """Return a duration as ``m:ss``, or ``h:mm:ss`` from one hour on.

    Parameters
    ----------
    seconds : float
        Duration in seconds, rounded to the nearest whole one.

    Returns
    -------
    str
        Clock time, "n/a" when undefined.
    """
    if not math.isfinite(seconds):
        return UNDEFINED
    minutes, rest = divmod(math.floor(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def shown_path(row: SongScores | SongFailure) -> str:
    """Return where a row's audio came from, in full.

    Parameters
    ----------
    row : SongScores or SongFailure
        Any row.

    Returns
    -------
    str
        The path as the user gave it, made safe; for an array the start of its digest.
    """
    if row.path is not None:
        return safe_text(row.path)
    return f"array {row.sha256[:8]}" if isinstance(row, SongScores) else "array"


def song_names(rows: Sequence[SongScores | SongFailure]) -> list[str]:
    """Return the shortest name for each row that tells it from the others.

    The file name without its ending; where two rows share it, the file name; where they share
    that too, the whole path.

    Parameters
    ----------
    rows : sequence of SongScores or SongFailure
        Rows that are shown together.

    Returns
    -------
    list of str
        One name per row, in order.
    """
    paths = [shown_path(row) for row in rows]
    raw = [PurePath(row.path or "") for row in rows]
    files = [safe_text(part.name) or path for part, path in zip(raw, paths, strict=True)]
    stems = [safe_text(part.stem) or path for part, path in zip(raw, paths, strict=True)]
    n_stem, n_file = Counter(stems), Counter(files)
    return [
        stem if n_stem[stem] == 1 else file if n_file[file] == 1 else path
        for stem, file, path in zip(stems, files, paths, strict=True)
    ]
