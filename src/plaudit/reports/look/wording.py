"""Names and numbers as text for people: the same in tables, cards and pages.

File names and messages are untrusted: a name may hold escape sequences that drive a terminal,
marks that turn the reading direction of what follows, or bytes that are no text at all.
Conventions: popularity is written with one decimal, aesthetics with two, other scores with three;
an undefined number is "n/a", never 0.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import PurePath

from rich.cells import cell_len

from plaudit.core.axes import ANY_AXIS, Axis, Family
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.judging.record import SongFailure, SongScores

UNDEFINED = "n/a"
DIGITS: dict[Family, int] = {"popularity": 1, "aesthetics": 2, "other": 3}
"""Decimals of a score, by family."""
# Embeddings, overrides and isolates: they reorder text outside the name they stand in.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def known_axis(name: str) -> Axis:
    """Return the axis of a name; InputError, with the nearest name, if there is none."""
    if name not in ANY_AXIS:
        raise InputError(f"Expected the name of an axis, got '{name}'; {nearest(name, ANY_AXIS)}")
    return ANY_AXIS[name]


def safe_text(text: str) -> str:
    """Return untrusted text as one line that can be printed: what acts on a reader is escaped."""
    # Control characters, direction overrides, line separators and lone surrogates; all other text,
    # of any script, stays as it is.
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if _acts(c) else c for c in text)


def _acts(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Zl", "Zp"} or character in _DIRECTION_CONTROLS


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def capital(text: str) -> str:
    """Return text with its first letter as a capital, the others as they are."""
    return text[:1].upper() + text[1:]


def count_text(n: int, noun: str = "song") -> str:
    """Return a count with its noun, which has a regular plural: "1 song", "2,000 songs"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def score_text(axis: str, value: float | None) -> str:
    """Return a score with the `digits` of its axis, "n/a" without a number."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    return f"{value:.{digits(axis)}f}"


def digits(axis: str) -> int:
    """Return decimals of a score: one for popularity, two for aesthetics, three for others."""
    return DIGITS[known_axis(axis).family]


def chance_text(chance: float) -> str:
    """Return a chance with two decimals; one that is not certain is ">0.99", never "1.00"."""
    return f"{chance:.2f}" if 0.005 <= chance < 0.995 else ">0.99" if chance > 0.5 else "<0.01"


def range_text(axis: str, low: float | None, high: float | None) -> str:
    """Return an interval as "3.40 to 4.20", or an empty text where the judge has none."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{score_text(axis, low)} to {score_text(axis, high)}"


def duration_text(seconds: float) -> str:
    """Return a duration as ``m:ss``, or ``h:mm:ss`` from one hour on; "n/a" when undefined."""
    if not math.isfinite(seconds):
        return UNDEFINED
    minutes, rest = divmod(math.floor(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def aligned(rows: Sequence[Sequence[str]], left: Collection[int] = ()) -> list[str]:
    """Return rows of cells as lines whose columns stand two spaces apart."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        gaps = [" " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)]
        cells = [
            text + gap if k in left else gap + text
            for k, (text, gap) in enumerate(zip(row, gaps, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def shown_path(row: SongScores | SongFailure) -> str:
    """Return the path of a row's audio as the user gave it, safe; for an array its digest."""
    if row.path is not None:
        return safe_text(row.path)
    return f"array {row.sha256[:8]}" if isinstance(row, SongScores) else "array"


def song_names(rows: Sequence[SongScores | SongFailure]) -> list[str]:
    """Return the shortest name for each row that tells it from the others."""
    # The file name without its ending; where two rows share it, the file name; where they share
    # that too, the whole path.
    paths = [shown_path(row) for row in rows]
    raw = [PurePath(row.path or "") for row in rows]
    files = [safe_text(part.name) or path for part, path in zip(raw, paths, strict=True)]
    stems = [safe_text(part.stem) or path for part, path in zip(raw, paths, strict=True)]
    n_stem, n_file = Counter(stems), Counter(files)
    return [
        stem if n_stem[stem] == 1 else file if n_file[file] == 1 else path
        for stem, file, path in zip(stems, files, paths, strict=True)
    ]
