"""The columns of a manifest: their types and meanings, and the check that a table has them.

Everything here works on whole columns: 660,000 songs are checked without a loop over rows.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plaudit.core.axes import AXES
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest

Kind = Literal["text", "number", "yes-no"]
SPLITS = ("train", "validation", "test")
REQUIRED = ("song_id", "path")


class ManifestError(InputError):
    """A manifest cannot be used: a column, a type, or a row, which is named."""


class Column(NamedTuple):
    """A column of the manifest: its type and meaning."""

    kind: Kind
    meaning: str


COLUMNS: dict[str, Column] = {
    "song_id": Column("text", "Id of the song, of which there is one in the table."),
    "path": Column("text", "Audio file, relative to the manifest's folder; null: no audio."),
    "sha256": Column("text", "SHA-256 of the audio file, in lower-case hexadecimal digits."),
    "near_duplicate": Column("text", "Smallest id of the songs that sound alike; null: none do."),
    "duration_s": Column("number", "Length in seconds."),
    "corpus": Column("text", "Corpus that it comes from."),
    "system": Column("text", "Generator of music that made it."),
    "platform": Column("text", "Where it was published."),
    "artist": Column("text", "Who published it: a person, a band, an account."),
    "prompt_id": Column("text", "Prompt that it answers."),
    "style": Column("text", "Style or genre."),
    "instrumental": Column("yes-no", "Nobody sings."),
    "split": Column("text", "train, validation or test; null: for none of them."),
    **{a.name: Column("number", f"{a.meaning} {a.low:g}-{a.high:g}.") for a in AXES},
}
ARROW = {"text": pa.string(), "number": pa.float64(), "yes-no": pa.bool_()}


def check_table(table: pa.Table, where: str, lines: Sequence[int] | None = None) -> pa.Table:
    """Check that a table is a manifest, and give its known columns their types.

    Raises
    ------
    ManifestError
        A column or a row is wrong; rows are named by their ``lines``, else counted from 1.
    """
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ManifestError(f"{where} has two columns '{twice[0]}'; keep one.")
    for name in REQUIRED:
        if name not in names:
            raise ManifestError(
                f"{where} has no column '{name}', which a manifest must have;"
                f" {nearest(name, names)}"
            )
    if not table.num_rows:
        raise ManifestError(f"{where} has no rows; a manifest needs at least one song.")
    for place, name in enumerate(names):
        if name in COLUMNS:
            kind = COLUMNS[name].kind
            typed = _typed(table.column(name), kind, f"{where}: column '{name}'")
            table = table.set_column(place, name, typed)
    _check_rows(table, where, lines)
    return table


def _typed(values: pa.ChunkedArray, kind: Kind, where: str) -> pa.ChunkedArray:
    """Cast a column whose type holds the same values; refuse one that would have to be guessed."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    arrow = values.type
    number = pa.types.is_integer(arrow) or pa.types.is_floating(arrow)
    fits = {
        "text": pa.types.is_string(arrow) or pa.types.is_large_string(arrow),
        "number": number,
        "yes-no": pa.types.is_boolean(arrow),
    }[kind]
    if not fits and not pa.types.is_null(arrow):
        raise ManifestError(f"{where} must hold {kind} values, and row 1 on are {arrow}.")
    return values.cast(ARROW[kind])


def _check_rows(table: pa.Table, where: str, lines: Sequence[int] | None) -> None:
    """Raise on the first row that breaks a rule."""

    def refuse(bad: Any, name: str, rule: str) -> None:
        rows = np.flatnonzero(np.asarray(pc.fill_null(bad, False), dtype=bool))
        if rows.size:
            row = int(rows[0])
            value = table.column(name)[row].as_py()
            more = f" ({rows.size} such rows)" if rows.size > 1 else ""
            place = f": row {row + 1}" if lines is None else f", line {lines[row]}"
            raise ManifestError(f"{where}{place}: {name} {rule}, got {value!r}{more}.")

    ids = table.column("song_id")
    refuse(pc.is_null(ids), "song_id", "must not be empty")
    refuse(pc.equal(ids, ""), "song_id", "must not be empty")
    # By number of the distinct id: no loop over rows, and the texts are held once.
    number = pc.index_in(ids, pc.unique(ids)).to_numpy()
    again = np.ones(len(number), dtype=bool)
    again[np.unique(number, return_index=True)[1]] = False
    refuse(pa.array(again), "song_id", "must be unique, and this one came before")
    refuse(pc.equal(table.column("path"), ""), "path", "must be a file, or null for no audio")
    if "sha256" in table.column_names:
        digest = pc.match_substring_regex(table.column("sha256"), "^[0-9a-f]{64}$")
        refuse(pc.invert(digest), "sha256", "must be 64 lower-case hexadecimal digits")
    if "split" in table.column_names:
        known = pc.is_in(pc.coalesce(table.column("split"), "train"), pa.array(SPLITS))
        refuse(pc.invert(known), "split", f"must be {', '.join(SPLITS)} or null")
    if "duration_s" in table.column_names:
        length = table.column("duration_s")
        wrong = pc.or_(pc.less_equal(length, 0.0), pc.is_inf(length))
        refuse(wrong, "duration_s", "must be above 0 seconds")
    for axis in AXES:
        if axis.name in table.column_names:
            values = table.column(axis.name)  # nan is outside of nothing: it means unknown
            outside = pc.or_(pc.less(values, axis.low), pc.greater(values, axis.high))
            refuse(outside, axis.name, f"must be in {axis.low:g}-{axis.high:g} or null")
