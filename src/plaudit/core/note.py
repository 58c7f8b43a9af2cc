"""A named warning or error with its sentence, as it stands in records, tables and pages."""

from plaudit.core.settings import Record


class Note(Record):
    """One thing a reader should know about a song: ``type`` for programs, ``message`` for people.

    Types in use are listed where they are made (`plaudit.audio.check`, `plaudit.judging`).
    """

    type: str
    message: str


def error_note(error: BaseException) -> Note:
    """Return a named error as it stands in a row: its class and its one sentence."""
    return Note(type=type(error).__name__, message=" ".join(str(error).split()))
