"""Seconds that were heard: the server's clock counts, whatever a browser says."""

from hypothesis import given
from hypothesis import strategies as st

from listening_room import played_events
from plaudit.arena.session.heard import LONGEST_S, Moment, listening, placed
from plaudit.arena.session.record import Event, PlayerEvent

KINDS: list[PlayerEvent] = ["play", "tick", "pause", "seek", "restart", "switch", "ended"]
EVENTS = st.lists(
    st.builds(
        Event,
        key=st.sampled_from(["a", "b"]),
        kind=st.sampled_from(KINDS),
        position_s=st.floats(0, 100),
        at_ms=st.floats(-1e9, 1e9),
    ),
    max_size=12,
)


def heard(messages: list[tuple[float, list[Event]]]) -> dict[str, float]:
    """Seconds of each side from messages, as a room counts them."""
    moments: list[Moment] = []
    for received, events in messages:
        ordered = sorted(events, key=lambda event: event.at_ms)
        before = moments[-1].at if moments else None
        for event, at in zip(ordered, placed(ordered, before, received), strict=True):
            moments.append(Moment(event.key, event.kind, event.position_s, at))
    return {side.key: side.seconds for side in listening(moments, ["a", "b"])}


@given(st.lists(st.tuples(st.floats(0, 3), EVENTS), max_size=12))
def test_no_browser_is_heard_longer_than_time_went_by(
    messages: list[tuple[float, list[Event]]],
) -> None:
    now, sent = 100.0, []
    for wait, events in messages:
        now += wait
        sent.append((now, events))
    first = next((at for at, events in sent if events), now)
    assert sum(heard(sent).values()) <= now - first + 0.01


def test_an_honest_player_is_heard_for_as_long_as_it_played() -> None:
    live = [(10 + event.at_ms / 1000, [event]) for event in played_events("a", 6.0)]
    assert heard(live) == {"a": 6.0, "b": 0.0}
    events = played_events("a", 6.0)
    assert heard([(10.0, events[:1]), (16.0, events[1:])]) == {"a": 6.0, "b": 0.0}  # it was offline


def test_a_claim_faster_than_the_clock_counts_for_nothing() -> None:
    events = played_events("a", 60.0)
    assert heard([(10.0, events)]) == {"a": 0.0, "b": 0.0}
    assert heard([(10.0, events[:1]), (10.5, events[1:])]) == {"a": 0.5, "b": 0.0}


def event(key: str, kind: PlayerEvent, position_s: float, at: float) -> tuple[float, list[Event]]:
    return at, [Event(key=key, kind=kind, position_s=position_s, at_ms=1000 * at)]


def test_two_sides_are_never_heard_at_once() -> None:
    both = [event("a", "play", 0, 0), event("b", "play", 0, 0.1)]
    both += [event(key, "tick", k / 2, k / 2) for k in range(1, 10) for key in "ab"]
    assert sum(heard(both).values()) <= 4.5


def test_a_player_that_stands_still_is_not_heard() -> None:
    stuck = [event("a", "play", 0, 0), *(event("a", "tick", 0.5, k / 2) for k in range(1, 20))]
    assert heard(stuck)["a"] == 0.5
    silent = [event("a", "play", 0, 0), event("a", "tick", 60, 60)]
    assert heard(silent)["a"] == LONGEST_S


def test_switches_loops_seeks_and_restarts() -> None:
    moments = [
        Moment("a", "switch", 0, 0.0),  # nothing sounds yet
        Moment("a", "play", 0, 1.0),
        Moment("b", "switch", 1, 2.0),
        Moment("b", "tick", 1.5, 2.5),
        Moment("b", "seek", 9, 3.0),
        Moment("b", "tick", 9.5, 3.5),
        Moment("b", "restart", 0, 4.0),
        Moment("b", "tick", 0.5, 4.5),
        Moment("b", "tick", 0.2, 5.0),  # a loop went back
        Moment("b", "ended", 0.7, 5.5),
        Moment("a", "tick", 0, 9.0),  # it sounds, since it says so
        Moment("x", "tick", 0, 9.2),  # of no side
        Moment("a", "pause", 0.5, 9.5),
    ]
    a, b = listening(moments, ["a", "b"])
    assert (a.seconds, a.first, a.seeks, a.restarts) == (1.5, True, 0, 0)
    assert (b.seconds, b.first, b.seeks, b.restarts) == (3.5, False, 1, 1)
