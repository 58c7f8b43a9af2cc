"""What a page and a room say to each other; nothing here tells a system from another.

Times are seconds since 1970 on the server's clock; positions are seconds from the beginning of a
sound. A side is known by ``key``, which is drawn anew for every task and says nothing of the song.
"""

from typing import Literal

from pydantic import Field

from plaudit.core.choice import ListeningKind
from plaudit.core.outcome import Outcome
from plaudit.core.settings import Record

Kind = ListeningKind
Purpose = Literal["vote", "training", "check"]
#: Whether a voter named the quietest of three tones, at the last try; skipped without any.
Headphones = Literal["right", "wrong", "skipped"]
PlayerEvent = Literal["play", "tick", "pause", "seek", "restart", "switch", "ended"]


class Side(Record):
    """A sound of a task, as a listener gets it."""

    key: str
    label: str  #: "A", "B", ... in the order shown; "Reference" for an open reference.
    duration_s: float
    reference: bool = False  #: Whether it is shown as the reference and gets no answer.


class Task(Record):
    """One thing to hear and to answer."""

    id: str
    kind: Kind
    place: int  #: From 1 among this voter's tasks.
    of: int | None  #: How many there will be; None where a voter may go on for ever.
    training: bool  #: Whether it says that it does not count; a check does not say what it is.
    prompt: str | None  #: Shown with the songs; None where the test hides it.
    lyrics: str | None
    sides: tuple[Side, ...]
    axes: tuple[str, ...] = ()  #: Of a rating.
    gate_s: float  #: Seconds of each side that must be heard before an answer is taken.


class Event(Record):
    """What the player did. The browser's clock orders events; only the server's measures them."""

    key: str  #: Of the side.
    kind: PlayerEvent
    position_s: float = Field(ge=0, allow_inf_nan=False)
    at_ms: float = Field(allow_inf_nan=False)  #: The browser's clock.


class Answer(Record):
    """What a listener thinks of a task: the part that its kind asks for, and no other.

    ``nonce`` is drawn by the page once a task: the same answer sent again is acknowledged again,
    another one is refused.
    """

    nonce: str = Field(min_length=8, max_length=64)
    outcome: Outcome | None = None  #: Of a battle, in the order of the sides shown.
    scores: dict[str, float] = Field(default_factory=dict)  #: Of MUSHRA, 0-100, by the side's key.
    ratings: dict[str, float] = Field(default_factory=dict)  #: Of a rating, by axis.
    order: tuple[str, ...] = ()  #: Of a rank: keys, the best first.
    reasons: dict[str, tuple[str, ...]] = Field(default_factory=dict)  #: By the side's key.
    comment: str = Field(default="", max_length=2000)


class Receipt(Record):
    """An answer that is stored: it is there after any crash."""

    task: str
    received: float
    again: bool  #: Whether the same answer was there already.


class Revealed(Record):
    """What was behind a side."""

    key: str
    label: str
    system: str
    song: str
    note: str = ""  #: Such as "hidden reference" or "anchor, 3.5 kHz".


class Finished(Record):
    """A voter has nothing more to do."""

    answered: int
    completion_code: str | None  #: For those who came with ``?participant=``.


class Listening(Record):
    """How long a side was heard, on the server's clock, and what was done meanwhile."""

    key: str
    seconds: float
    first: bool  #: Whether it was heard before the others.
    seeks: int
    restarts: int
