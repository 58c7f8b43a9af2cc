"""CSV: the one place that writes it and the one that reads it.

Spreadsheets run a cell that starts with ``=``, ``+``, ``-`` or ``@`` as a formula, and names are
untrusted. Text that starts so is written with an apostrophe in front, which spreadsheets take for
"this is text"; so is text that starts with apostrophes and then such a character, so that reading
takes exactly one away again. Numbers, and text that is one, stay as they are.
"""

import csv
import io
import math
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from pathlib import Path

from plaudit.core.parse import ParseError

# Some spreadsheets take the full-width forms too, and a formula behind a tab or a line end.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_QUOTED = re.compile('"[^"]*"')
_SEPARATOR = re.compile("sep=([,;\t])", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def guarded(text: str) -> str:
    """Return text for a CSV cell that no spreadsheet runs as a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("-3.5"), unguarded(guarded("=1+1"))
    ("'=1+1", '-3.5', '=1+1')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell that `guarded` made."""
    defused = cell[:1] == "'" and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell[1:])
    return cell[1:] if defused else cell


def csv_line(cells: Iterable[object]) -> str:
    """Return a line of CSV without its end.

    Text is `guarded`; None and NaN are empty; numbers have full precision.
    """
    buffer = io.StringIO()
    # The writer quotes the characters of its line end, so it must know both of them.
    csv.writer(buffer, lineterminator="\r\n").writerow(map(_cell, cells))
    return buffer.getvalue().removesuffix("\r\n")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return "" if math.isnan(value) else repr(float(value))
        case int():
            return str(value)
    return guarded(str(value))


def csv_rows(path: Path, errors: str = "strict") -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV or TSV file, the head among them, each with the line it ends in.

    As spreadsheets write it: a byte-order mark is skipped and may say UTF-16, empty lines are left
    out, semicolons or tabs divide the cells where the head has no comma, and a first line such as
    ``sep=;`` names what does.

    Raises
    ------
    ParseError
        It is not UTF-8 or UTF-16 text, or no table.
    """
    encoding, comma, named = _form(path)
    with path.open(encoding=encoding, newline="", errors=errors) as file:
        try:
            if named:
                file.readline()
            reader = csv.reader(file, delimiter=comma)
            for cells in reader:
                if cells:
                    yield reader.line_num + named, [unguarded(cell) for cell in cells]
        except (UnicodeError, csv.Error) as error:
            raise ParseError(f"it is not a table as text ({error})") from error


def divider(path: Path) -> str:
    """Return what divides the cells of a CSV or TSV file; not the comma, a comma may be decimal."""
    return _form(path)[1]


def _form(path: Path) -> tuple[str, str, bool]:
    """Return encoding and divider of a table, and whether its first line names the divider."""
    with path.open("rb") as raw:
        wide = raw.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE)
    encoding = "utf-16" if wide else "utf-8-sig"
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        first = file.readline()
    named = _SEPARATOR.fullmatch(first.strip("\r\n"))
    own = "\t" if path.suffix.lower() == ".tsv" else _comma(first)
    return encoding, named[1] if named else own, named is not None


def _comma(head: str) -> str:
    """Return what divides the cells of a head; what is quoted does not count."""
    bare = _QUOTED.sub("", head)
    return next((mark for mark in ",;\t" if mark in bare), ",")
