"""What a room refuses; each says in one sentence what was expected, what came and what to do."""

from plaudit.core.errors import InputError


class RoomError(InputError):
    """Root of what a room refuses."""


class RefusedError(RoomError):
    """A person may not come in: no consent, no invitation, a language that the test lacks."""


class NotFoundError(RoomError):
    """There is no such task, side or voter, or it is somebody else's."""


class TooEarlyError(RoomError):
    """An answer before enough was heard, or a look behind the songs before the answer."""


class AnswerError(RoomError):
    """An answer that does not fit its task."""


class ConflictError(RoomError):
    """The task has another answer already."""


class ClosedError(RoomError):
    """The test takes no more votes."""
