"""Seconds that a side was heard, from what its player sent.

Nothing that a browser says is trusted: an interval counts by the server's clock. The browser's own
clock only orders the events of one message, and places them between this message and the one before
(a player without a connection sends what it did meanwhile in one). So what is counted never
exceeds the time that went by, and never two sides at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plaudit.arena.session.record import Event, Listening

LONGEST_S = 1.5
"""Most seconds between two events that count: a sounding player says so each half second."""


@dataclass(frozen=True)
class Moment:
    """An event, with when it happened on the server's clock (s)."""

    key: str
    kind: str
    position_s: float
    at: float


def placed(events: Sequence[Event], before: float | None, received: float) -> list[float]:
    """Return when events of one message happened, on the server's clock.

    Parameters
    ----------
    events : sequence of Event
        In the browser's order.
    before : float or None
        The last event of the task that is known already, s since 1970; None for the first message.
    received : float
        When the message came, s since 1970.

    Returns
    -------
    list of float
        Moments from ``before`` to ``received``, rising; the last is ``received``. Of a first
        message all happened when it came.
    """
    if not events:
        return []
    start = received if before is None else min(before, received)
    last = max(event.at_ms for event in events)
    moments: list[float] = []
    for event in events:
        start = max(start, min(received, received - (last - event.at_ms) / 1000))
        moments.append(start)
    moments[-1] = received
    return moments


def listening(moments: Iterable[Moment], keys: Sequence[str]) -> tuple[Listening, ...]:
    """Return how each side was heard.

    An interval counts for the side that sounded when it began. It is at most `LONGEST_S` and at
    most what the position moved; where the position went back (a loop), the clock alone counts.
    """
    seconds = dict.fromkeys(keys, 0.0)
    seeks, restarts = dict.fromkeys(keys, 0), dict.fromkeys(keys, 0)
    first: str | None = None
    sounding: str | None = None
    last, position = 0.0, 0.0
    for event in moments:
        if event.key not in seconds:
            continue
        if sounding is not None:
            passed = min(max(event.at - last, 0.0), LONGEST_S)
            moved = event.position_s - position
            # Sides play at one time: the position of a side goes on where another's ended.
            by_position = event.kind in {"tick", "pause", "ended"} and event.key == sounding
            seconds[sounding] += min(passed, moved) if by_position and moved >= 0 else passed
        if event.kind == "seek":
            seeks[event.key] += 1
        elif event.kind == "restart":
            restarts[event.key] += 1
        if event.kind in {"pause", "ended"}:
            sounding = None
        elif event.kind in {"play", "tick"} or (event.kind == "switch" and sounding is not None):
            sounding = event.key
            first = first or event.key
        last, position = event.at, event.position_s
    return tuple(
        Listening(
            key=key,
            seconds=round(seconds[key], 3),
            first=key == first,
            seeks=seeks[key],
            restarts=restarts[key],
        )
        for key in keys
    )
