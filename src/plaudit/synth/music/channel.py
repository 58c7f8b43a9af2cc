"""The MIDI channel of each note.

Program, volume, pan and pitch bend hold for a whole channel, and there are fifteen besides the
drums' tenth. A part keeps to one channel while its notes agree about the bend; notes out of tune
with those that still sound go to a channel of their own, which is set up for the part first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

DRUM_CHANNEL = 9
_CHANNELS = tuple(c for c in range(16) if c != DRUM_CHANNEL)
_OFF, META, _SET, _ON = range(4)


@dataclass(frozen=True, order=True)
class Event:
    """A message at a tick; ``rank`` orders those of one tick: offs, then settings, then ons."""

    tick: int
    rank: int
    kind: str = field(compare=False)
    values: dict[str, Any] = field(compare=False)

    @property
    def is_meta(self) -> bool:
        """Whether it is a message for readers of the file, not for instruments."""
        return self.rank == META


@dataclass
class Track:
    """A track of the file: its name and its events, in any order."""

    name: str
    events: list[Event]


@dataclass(frozen=True)
class Tone:
    """A note of any kind on its way to a channel: what is played, when, and by which player."""

    start: int
    stop: int
    key: int
    bend: int
    velocity: int
    player: int


@dataclass(frozen=True)
class Player:
    """A track to be: its name, its instrument's, and the settings of a channel that plays it."""

    name: str
    instrument: str
    program: int
    volume: int
    pan: int
    drums: bool = False


@dataclass
class _Channel:
    number: int
    player: int = -1
    bend: int = 0
    sounding: list[Tone] = field(default_factory=list)

    def idle_at(self, tick: int) -> bool:
        return all(tone.stop <= tick for tone in self.sounding)

    def free_since(self) -> int:
        return max((tone.stop for tone in self.sounding), default=-1)


class Desk:
    """Gives every note a channel whose program and bend suit it, and ends the notes."""

    def __init__(self, players: Sequence[Player], tracks: Sequence[Track]) -> None:
        self._players, self._tracks = players, tracks
        self._channels = [_Channel(number) for number in _CHANNELS]
        self._drums = _Channel(DRUM_CHANNEL)

    def play(self, tone: Tone) -> None:
        """Start a note; what the same key still plays on the channel ends where it starts."""
        player = self._players[tone.player]
        channel = self._drums if player.drums else self._channel(tone)
        if channel.player != tone.player:
            self._take(channel, tone)
        retuned = channel.bend != tone.bend
        held = []
        for other in channel.sounding:
            if retuned or other.stop <= tone.start or other.key == tone.key:
                self._end(channel, other, tone)
            else:
                held.append(other)
        channel.sounding = [*held, tone]
        if retuned:
            self._set(tone, "pitchwheel", channel=channel.number, pitch=tone.bend)
            channel.bend = tone.bend
        values = {"channel": channel.number, "note": tone.key, "velocity": tone.velocity}
        self._tracks[tone.player].events.append(Event(tone.start, _ON, "note_on", values))

    def close(self) -> None:
        """End every note that still sounds."""
        for channel in (*self._channels, self._drums):
            for tone in channel.sounding:
                self._end(channel, tone, None)
            channel.sounding = []

    def _channel(self, tone: Tone) -> _Channel:
        own = [c for c in self._channels if c.player == tone.player]
        for channel in own:
            struck = any(t.key == tone.key and t.start == tone.start for t in channel.sounding)
            if channel.bend == tone.bend and not struck:
                return channel
        idle = [c for c in own if c.idle_at(tone.start)]
        fresh = [c for c in self._channels if c.player < 0]
        # Tracks of one file are merged in any order, so an end on the same tick would be too late.
        others = [c for c in self._channels if c.idle_at(tone.start - 1)]
        for choice in (idle, fresh, others):
            if choice:
                return min(choice, key=lambda c: (c.free_since(), c.number))
        # No channel is free: take the one that would fall silent first.
        return min(self._channels, key=lambda c: (c.free_since(), c.number))

    def _take(self, channel: _Channel, tone: Tone) -> None:
        """Hand a channel to a player: end what it plays and send it his settings."""
        player = self._players[tone.player]
        if not player.drums:
            for other in channel.sounding:
                self._end(channel, other, tone)
            channel.sounding = []
        number = channel.number
        self._set(tone, "program_change", channel=number, program=player.program)
        self._set(tone, "control_change", channel=number, control=7, value=player.volume)
        self._set(tone, "control_change", channel=number, control=10, value=player.pan)
        if channel.player < 0 and not player.drums:
            # Say that the bend's range is two semitones, as most devices take it to be.
            for control, value in ((101, 0), (100, 0), (6, 2), (38, 0)):
                self._set(tone, "control_change", channel=number, control=control, value=value)
        channel.player = tone.player

    def _set(self, tone: Tone, kind: str, **values: int) -> None:
        self._tracks[tone.player].events.append(Event(tone.start, _SET, kind, values))

    def _end(self, channel: _Channel, tone: Tone, following: Tone | None) -> None:
        """End a tone: when it is over, or when the following one needs its key or channel."""
        tick = tone.stop
        if following is not None:
            apart = 0 if following.player == tone.player else 1
            tick = max(min(tone.stop, following.start - apart), tone.start + 1)
        values = {"channel": channel.number, "note": tone.key, "velocity": 0}
        self._tracks[tone.player].events.append(Event(tick, _OFF, "note_off", values))
