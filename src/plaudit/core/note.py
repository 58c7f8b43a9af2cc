"""A named warning or error with its sentence, as it stands in records, tables and pages."""

from plaudit.core.errors import PlauditError
from plaudit.core.settings import Record


class Note(Record):
    """One thing a reader should know about a song: ``type`` for programs, ``message`` for people.

    Types in use are listed where they are made (`plaudit.audio.check`, `plaudit.judging`).
    """

    type: str
    message: str


def error_note(error: BaseException) -> Note:
    """Return an error as it stands in a row: its class and one sentence.

    An error that nobody foresaw says so: its text was written for programmers.
    """
    text = " ".join(str(error).split())
    if not isinstance(error, PlauditError | OSError):
        text = f"Plaudit failed at this song in a way that nobody foresaw ({text or 'no text'});"
        text += " please report it with the song."
    return Note(type=type(error).__name__, message=text)
