"""The row of one judged song, which every output format and report is made from.

Conventions: times in seconds from the start of the song; scores in the range of their axis
(`plaudit.core.axes`), higher is better; ``None`` stands for "this judge has no such number", never
for a failure. A failure is a row of its own. No torch here: reports and tools read rows without it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter

from plaudit.core.choice import Precision
from plaudit.core.note import Note
from plaudit.core.settings import Record
from plaudit.judging.given import Given

if TYPE_CHECKING:
    from plaudit.judging.rows.sequence import FrameKind, Rows


class JudgeId(Record):
    """The judge of a score; the hash covers everything that can change a number."""

    name: str
    version: str
    hash: str


class Score(Record):
    """One axis of one song, with the judge's interval where it has one (its card says which)."""

    value: float
    low: float | None = None
    high: float | None = None


_RowVersion = Literal[1, 2]
"""Version 1 wrote the scores of a padded last segment at the end of a timeline."""


class Span(Record):
    """Scores of one segment alone, from ``start_s`` to ``end_s`` of the song."""

    start_s: float
    end_s: float
    scores: dict[str, float]


class Row(Record):
    """A record that is one row of a table (`plaudit.judging.rows`)."""

    def to_record(self) -> dict[str, Any]:
        """Return the row as a flat dictionary (`plaudit.judging.rows.flat`)."""
        return self._rows().to_records()[0]

    def to_frame(self, kind: "FrameKind | None" = None) -> Any:
        """Return a data frame of one line, as `plaudit.judging.rows.sequence.Rows.to_frame`."""
        return self._rows().to_frame(kind)

    def _rows(self) -> "Rows[Self]":
        from plaudit.judging.rows.sequence import Rows

        return Rows([self])

    def _repr_html_(self) -> str:
        return self._rows()._repr_html_()


class SongScores(Row):
    """One judged song. ``song["musicality"].value`` reads a score.

    ``path`` and ``sha256`` are as given: the path in the user's words, the digest of the file's
    bytes (of the float32 samples when an array was judged, and then ``path`` is None).
    ``precision`` says how the numbers were computed. ``timeline`` holds the segments in order. A
    last segment that had to be padded is replaced by the last full window of the song, which
    overlaps the segment before; a song shorter than one segment has one entry, its padded segment.
    ``given`` is what the song was to answer, written only where a judge was given something.
    """

    schema_version: _RowVersion = 2
    path: str | None
    sha256: str
    status: Literal["ok"] = "ok"
    judge: JudgeId
    precision: Precision
    duration_s: float
    scores: dict[str, Score]
    warnings: tuple[Note, ...] = ()
    timeline: tuple[Span, ...] | None = None
    given: Given | None = Field(default=None, exclude_if=lambda given: given is None)

    def __getitem__(self, axis: str) -> Score:
        """Return the score of one axis."""
        return self.scores[axis]

    def axes(self) -> Iterator[str]:
        """Iterate over the names of the axes this judge scores, in their usual order."""
        return iter(self.scores)


class SongFailure(Row):
    """One file that could not be judged, and why.

    ``judge`` is written only where several judges heard the file.
    """

    schema_version: _RowVersion = 2
    path: str | None
    status: Literal["error"] = "error"
    error: Note
    judge: JudgeId | None = Field(default=None, exclude_if=lambda judge: judge is None)


_Row = Annotated[SongScores | SongFailure, Field(discriminator="status")]
ROW: TypeAdapter[SongScores | SongFailure] = TypeAdapter(_Row)


def shared_warnings(rows: Sequence[SongScores]) -> tuple[Note, ...]:
    """Return the warnings of a song's rows, each once.

    One that not all judges give names those that do.
    """
    judges: dict[Note, list[str]] = {}
    for row in rows:
        for note in row.warnings:
            judges.setdefault(note, []).append(row.judge.name)
    return tuple(
        note
        if len(names) == len(rows)
        else Note(type=note.type, message=f"{', '.join(names)}: {note.message}")
        for note, names in judges.items()
    )
