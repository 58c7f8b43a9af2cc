"""The form of a song: which sections, how long, how full, and the bars they are made of."""

from dataclasses import dataclass

import numpy as np

# How full the band plays; a song varies around these.
_INTENSITY: dict[str, float] = {
    "intro": 0.32,
    "verse": 0.5,
    "chorus": 0.9,
    "bridge": 0.62,
    "outro": 0.42,
}
V, C, B = "verse", "chorus", "bridge"
# The order of sections between intro and outro; the last one of a song becomes a chorus.
BODIES: tuple[tuple[str, ...], ...] = (
    (V, C, V, C, B, C, V, C),
    (C, V, C, V, B, C, V, C),
    (V, V, C, V, C, B, C, C),
    (V, C, B, C, V, C, B, C),
)
SHORT: tuple[tuple[str, ...], ...] = ((C, V, C), (V, C, C))
# By how much the first bar of these differs from the section's level, and the last by the opposite.
_RAMP: dict[str, float] = {"intro": -0.12, "outro": 0.16}


@dataclass
class Bar:
    """One bar while the song is being composed; faults change bars before notes are written."""

    index: int
    section: int
    name: str  #: Name of the section.
    kind: str  #: Material that the bar is made of: verse, chorus or bridge.
    place: int  #: Index of the bar in the material.
    first: bool
    last: bool
    sung: bool
    intensity: float
    shift: int = 0  #: Transposes everything, in semitones.
    band: int = 0  #: Chooses the players; 0 is the song's own band.


def unit_of(n_bars: int) -> int:
    """Return the usual length of a section in bars: 2, 4 or 8, so that the form fits the song."""
    if n_bars >= 36:
        return 8
    return 4 if n_bars >= 8 else 2


def layout(rng: np.random.Generator, n_bars: int) -> list[tuple[str, int]]:
    """Divide a song of ``n_bars``, at least 4, into named sections with their lengths in bars."""
    unit = unit_of(n_bars)
    edge = max(1, unit // 2)
    use_intro = n_bars >= 3 * unit and rng.uniform() < 0.85
    room = n_bars - (edge if use_intro else 0)
    order = BODIES[int(rng.integers(len(BODIES)))]
    short = SHORT[int(rng.integers(len(SHORT)))]
    count = room // unit
    room -= count * unit
    if count <= 2:
        body = [V, C][:count]
    elif count == 3:
        body = list(short)
    else:
        body = [order[turn % len(order)] for turn in range(count)]
        body[-1] = C
    sections = [("intro", edge)] if use_intro else []
    sections += [(name, unit) for name in body]
    if room:
        sections.append(("outro", room))
    return sections


def bars_of(rng: np.random.Generator, sections: list[tuple[str, int]], unit: int) -> list[Bar]:
    """Lay out the bars of the sections: material, place in it, and how full each is played.

    Intro and outro play the chorus's material without the singer, so the hook frames the song; the
    intro builds up and the outro thins out.
    """
    bars: list[Bar] = []
    seen: dict[str, int] = {}
    lean = rng.normal(0, 0.04, len(sections))
    low_bridge = rng.uniform() < 0.4
    for number, (name, count) in enumerate(sections):
        kind = "chorus" if name in {"intro", "outro"} else name
        level = _INTENSITY[name] + 0.06 * min(seen.get(name, 0), 2) + lean[number]
        if name == "bridge" and low_bridge:
            level -= 0.3
        seen[name] = seen.get(name, 0) + 1
        for position in range(count):
            left = count - position
            place = unit - left if left <= 2 else position % unit
            if name == "intro" and count <= 2:
                place = position  # the hook is announced by its beginning
            ramp = _RAMP.get(name, 0.0) * (1 - 2 * position / max(count - 1, 1))
            bars.append(
                Bar(
                    index=len(bars),
                    section=number,
                    name=name,
                    kind=kind,
                    place=max(place, 0),
                    first=position == 0,
                    last=left == 1,
                    sung=name not in {"intro", "outro"},
                    intensity=float(np.clip(level + ramp, 0.15, 1.0)),
                )
            )
    return bars
