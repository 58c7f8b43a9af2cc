"""Patterns of drums, bass and accompaniment on the grid of a bar.

Drum patterns are strings with one character per grid step of a bar (16 in 4/4, 12 in 3/4 and 6/8):
``x`` is a hit, ``X`` an accent, ``o`` a soft hit and ``.`` a rest.
"""

from dataclasses import dataclass

import numpy as np

from plaudit.synth.score import Metre

# General MIDI drum numbers, which the kits answer to.
KICK, RIM, SNARE, CLAP, HAT, TOM, OPEN_HAT, CRASH, RIDE, SHAKER = (
    36, 37, 38, 39, 42, 45, 46, 49, 51, 70,
)  # fmt: skip

HIT = {"X": 1.0, "x": 0.8, "o": 0.45}

Pattern = dict[int, str]


@dataclass(frozen=True)
class Groove:
    """A style's drumming: the sparse pattern of quiet bars and the full one of loud bars."""

    calm: Pattern
    full: Pattern


GROOVES: dict[str, Groove] = {
    "backbeat": Groove(
        {KICK: "X.......x.......", RIM: "....x.......x...", HAT: "x.o.x.o.x.o.x.o."},
        {KICK: "X.....x.X.x.....", SNARE: "....X.......X..o", HAT: "x.x.x.x.x.x.x.x.",
         SHAKER: "oooooooooooooooo"},
    ),
    "rock": Groove(
        {KICK: "X.......X.x.....", SNARE: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
        {KICK: "X..x....X.x...x.", SNARE: "....X.......X...", RIDE: "X.x.X.x.X.x.X.x."},
    ),
    "slow_six": Groove(
        {KICK: "X...........", RIM: "......x.....", HAT: "x.o.o.x.o.o."},
        {KICK: "X.....o...x.", SNARE: "......X.....", HAT: "x.x.x.x.x.x.", SHAKER: "o.o.o.o.o.o."},
    ),
    "gospel_six": Groove(
        {KICK: "X.........x.", RIM: "......x.....", RIDE: "x.o.o.x.o.o."},
        {KICK: "X...x.....x.", SNARE: "......X...o.", RIDE: "X.x.x.X.x.x.", CLAP: "......x....."},
    ),
    "waltz": Groove(
        {KICK: "x...........", RIM: "....o...o..."},
        {KICK: "X...........", SNARE: "....x...x...", HAT: "x.o.x.o.x.o."},
    ),
    "four_floor": Groove(
        {KICK: "X...X...X...X...", SHAKER: "o.oxo.oxo.oxo.ox"},
        {KICK: "X...X...X...X...", CLAP: "....X.......X...", OPEN_HAT: "..x...x...x...x.",
         HAT: "x..xx..xx..xx..x"},
    ),
    "bossa": Groove(
        {KICK: "x..xx..xx..xx..x", RIM: "x.....x.....x..."},
        {KICK: "x..xx..xx..xx..x", RIM: "X..x..x...x..x..", SHAKER: "x.oox.oox.oox.oo"},
    ),
    "lofi": Groove(
        {KICK: "X......x........", RIM: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
        {KICK: "X......x..x.....", SNARE: "....X.......X...", HAT: "x.x.x.xox.x.x.xo"},
    ),
    "one_drop": Groove(
        {RIM: "........x.......", HAT: "x.o.x.o.x.o.x.o."},
        {KICK: "........X.......", RIM: "........X.....x.", HAT: "x.x.x.xox.x.x.x.",
         SHAKER: "..x...x...x...x."},
    ),
}  # fmt: skip

# (start, length) in beats of a bar, then the chord tone: 0 root, 7 fifth, 12 octave, -5 low fifth,
# 99 a scale step towards the next root.
BassPattern = tuple[tuple[float, float, int], ...]
BASS: dict[str, dict[str, BassPattern]] = {
    "4/4": {
        "half": ((0, 2, 0), (2, 1.5, 0), (3.5, 0.5, 7)),
        "one": ((0, 3.5, 0),),
        "root_fifth": ((0, 1.5, 0), (2, 1.5, -5)),
        "eighths": (*((k / 2, 0.45, 0) for k in range(7)), (3.5, 0.45, 99)),
        "octaves": tuple((k / 2, 0.4, 12 * (k % 2)) for k in range(8)),
        "offbeat": tuple((k + 0.5, 0.45, 0) for k in range(4)),
        "bossa": ((0, 1.4, 0), (1.5, 0.45, -5), (2, 1.4, -5), (3.5, 0.45, 0)),
        "dub": ((0, 0.9, 0), (1.5, 0.4, 0), (2, 0.9, 7), (3, 0.45, 0), (3.5, 0.45, 99)),
        "walk": ((0, 0.95, 0), (1, 0.95, 7), (2, 0.95, 12), (3, 0.95, 99)),
    },
    "3/4": {
        "one": ((0, 2.6, 0),),
        "half": ((0, 2, 0), (2, 0.9, 7)),
        "root_fifth": ((0, 1.8, 0), (2, 0.9, -5)),
        "walk": ((0, 0.95, 0), (1, 0.95, 7), (2, 0.95, 99)),
    },
    "6/8": {
        "half": ((0, 1.9, 0),),
        "root_fifth": ((0, 1, 0), (1, 0.6, 7), (1.667, 0.3, 0)),
        "walk": ((0, 0.65, 0), (0.667, 0.3, 0), (1, 0.6, 7), (1.667, 0.3, 99)),
    },
}

# (start, length) in beats and which chord tones: -1 all of them, otherwise the index.
CompPattern = tuple[tuple[float, float, int], ...]
COMP: dict[str, dict[str, CompPattern]] = {
    "4/4": {
        "beats": tuple((float(k), 0.9, -1) for k in range(4)),
        "push": ((0, 1.4, -1), (1.5, 0.9, -1), (2.5, 0.45, -1), (3, 0.9, -1)),
        "strum": ((0, 0.9, -1), (1, 0.45, -1), (1.5, 0.4, -1), (2.5, 0.45, -1), (3, 0.4, -1),
                  (3.5, 0.4, -1)),
        "drive": tuple((k / 2, 0.42, -1) for k in range(8)),
        "offbeat": tuple((k + 0.5, 0.4, -1) for k in range(4)),
        "house": ((0, 0.3, -1), (0.75, 0.3, -1), (1.5, 0.4, -1), (2.5, 0.3, -1), (3.25, 0.3, -1)),
        "skank": ((1, 0.22, -1), (3, 0.22, -1), (3.5, 0.12, -1)),
        "bossa": ((0, 0.7, -1), (1, 0.4, -1), (1.5, 0.9, -1), (2.5, 0.4, -1), (3.5, 0.4, -1)),
        "charleston": ((0, 1.3, -1), (1.5, 1.8, -1)),
        "arp_up": tuple((k / 4, 0.3, (0, 1, 2, 3)[k % 4]) for k in range(16)),
        "arp_wave": tuple((k / 2, 0.6, (0, 2, 1, 3, 2, 3, 1, 2)[k]) for k in range(8)),
    },
    "3/4": {
        "waltz": ((1, 0.6, -1), (2, 0.6, -1)),
        "arp_wave": tuple((k / 2, 0.8, (0, 1, 2, 3, 2, 1)[k]) for k in range(6)),
        "arp_up": tuple((k / 2, 0.8, (0, 1, 2, 3, 1, 2)[k]) for k in range(6)),
        "beats": tuple((float(k), 0.9, -1) for k in range(3)),
    },
    "6/8": {
        "arp_up": tuple((k / 3, 0.7, (0, 1, 2, 3, 2, 1)[k]) for k in range(6)),
        "arp_wave": tuple((k / 3, 0.7, (0, 2, 3, 1, 2, 3)[k]) for k in range(6)),
        "pulse": tuple((k / 3, 0.28, -1) for k in range(6)),
        "beats": ((0, 0.9, -1), (1, 0.9, -1)),
    },
}  # fmt: skip


def named(catalogue: dict[str, BassPattern], name: str) -> BassPattern:
    """Return a pattern by name; a style borrowed from another metre gets the metre's first one."""
    return catalogue[name] if name in catalogue else next(iter(catalogue.values()))


def drum_hits(pattern: Pattern, metre: Metre) -> list[tuple[float, int, float]]:
    """Return (beat in the bar, drum, velocity) of every hit of a pattern.

    A pattern written for another length of bar is cut or repeated to fit.

    Parameters
    ----------
    pattern : Pattern
        A line of marks for each drum.
    metre : Metre
        Beats of the bar and steps of the beat.

    Returns
    -------
    list of (float, int, float)
        Beat from the start of the bar, General MIDI drum number, velocity in [0, 1].
    """
    steps = metre.beats * metre.steps
    hits: list[tuple[float, int, float]] = []
    for drum, line in pattern.items():
        fitted = (line * 2)[:steps]
        hits += [(k / metre.steps, drum, HIT[mark]) for k, mark in enumerate(fitted) if mark in HIT]
    return hits


def fill_hits(rng: np.random.Generator, metre: Metre, full: bool) -> list[tuple[float, int, float]]:
    """Return a drum fill over the last beat (or half bar) that leads into a new section."""
    per_beat = 4 if metre.steps == 4 else 3
    length = 2.0 if full and metre.beats == 4 else 1.0
    count = int(length * per_beat)
    start = metre.beats - length
    drums = rng.choice([SNARE, TOM, TOM, SNARE], size=count)
    return [
        (start + k / per_beat, int(drums[k]), 0.5 + 0.45 * k / count)
        for k in range(count)
        if k == 0 or rng.uniform() < 0.85
    ]
