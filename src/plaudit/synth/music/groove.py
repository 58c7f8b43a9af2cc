"""Patterns of drums, and the fills between sections, on the grid of a bar.

Drum patterns are strings with one character per grid step of a bar (16 in 4/4, 12 in 3/4 and 6/8):
``X`` is an accent, ``x`` a hit, ``o`` a soft hit, ``g`` a ghost note that is played now and then,
and ``.`` a rest. Those of pitched players are in `plaudit.synth.music.pattern`.
"""

from dataclasses import dataclass, field

import numpy as np

from plaudit.synth.music.notation import Metre

# General MIDI drum numbers, which the kits answer to.
KICK, RIM, SNARE, CLAP, LOW_TOM, HAT, PEDAL_HAT, TOM, OPEN_HAT, HIGH_TOM, CRASH, RIDE = (
    36, 37, 38, 39, 41, 42, 44, 45, 46, 48, 49, 51,
)  # fmt: skip
TAMBOURINE, COWBELL, CONGA, LOW_CONGA, SHAKER, CLAVE = 54, 56, 63, 64, 70, 75

HIT = {"X": 1.0, "x": 0.8, "o": 0.45, "g": 0.24}
_GHOST_CHANCE = 0.7

_Pattern = dict[int, str]


@dataclass(frozen=True)
class Groove:
    """A style's drumming: the sparse pattern of quiet bars and the full one of loud bars.

    ``answer`` replaces single drums' lines in every second bar, so that bars come in pairs.
    """

    calm: _Pattern
    full: _Pattern
    answer: _Pattern = field(default_factory=dict)


GROOVES: dict[str, Groove] = {
    "backbeat": Groove(
        {KICK: "X.......x.......", RIM: "....x.......x...", HAT: "x.o.x.o.x.o.x.o."},
        {KICK: "X.....x.X.x.....", SNARE: "....X..g.g..X..o", HAT: "x.x.x.x.x.x.x.x.",
         SHAKER: "oooooooooooooooo"},
        {KICK: "X.....x.X.....x."},
    ),
    "rock": Groove(
        {KICK: "X.......X.x.....", SNARE: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
        {KICK: "X..x....X.x...x.", SNARE: "....X.......X...", RIDE: "X.x.X.x.X.x.X.x."},
        {KICK: "X..x..x.X.......", HAT: "x.x.x.x.x.x.x.x."},
    ),
    "eighties": Groove(
        {KICK: "X.......X.......", HAT: "x...x...x...x...", TAMBOURINE: "....o.......o..."},
        {KICK: "X...X...X...X...", SNARE: "....X.......X...", HAT: "x.o.x.o.x.o.x.o.",
         CLAP: "....x.......x..."},
        {TOM: "..............x.", LOW_TOM: "...............x"},
    ),
    "four_floor": Groove(
        {KICK: "X...X...X...X...", SHAKER: "o.oxo.oxo.oxo.ox"},
        {KICK: "X...X...X...X...", CLAP: "....X.......X...", OPEN_HAT: "..x...x...x...x.",
         HAT: "x..xx..xx..xx..x"},
        {CLAP: "....X.......X..o"},
    ),
    "techno": Groove(
        {KICK: "X...X...X...X...", HAT: "..x...x...x...x."},
        {KICK: "X...X...X...X...", OPEN_HAT: "..X...X...X...X.", HAT: "o.o.o.o.o.o.o.o.",
         RIM: "...o..o....o..o.", CLAP: "....x.......x..."},
        {RIM: "...o..o..o.o..oo"},
    ),
    "breakbeat": Groove(
        {KICK: "X.........x.....", SNARE: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
        {KICK: "X.X.......X.....", SNARE: "....X..o.o..X..g", RIDE: "x.x.x.x.x.x.x.x.",
         HAT: "gggggggggggggggg"},
        {KICK: "X.X.......XX....", SNARE: "....X..o.o....X."},
    ),
    "trap": Groove(
        {KICK: "X.........x.....", HAT: "x.x.x.x.x.x.x.x.", RIM: "........x......."},
        {KICK: "X.....x...x..x..", SNARE: "........X.......", CLAP: "........X.......",
         HAT: "X.x.X.xxX.x.Xxxx", OPEN_HAT: "..............o."},
        {KICK: "X.....x.......x.", HAT: "X.xxX.x.X.xxX.x."},
    ),
    "funk": Groove(
        {KICK: "X.....x.........", SNARE: "....x..g....x...", HAT: "x.o.x.o.x.o.x.o."},
        {KICK: "X.x.......x..x..", SNARE: "....X..g.g..X..g", HAT: "X.oox.ooX.oox.o.",
         OPEN_HAT: "..............x."},
        {KICK: "X..x..x...x.....", SNARE: "....X..g.gg.X.g."},
    ),
    "train": Groove(
        {KICK: "X.......x.......", SNARE: "o.x.o.x.o.x.o.x."},
        {KICK: "X...x...X...x...", SNARE: "ogXgogXgogXgogXg", TAMBOURINE: "....x.......x..."},
        {SNARE: "ogXgogXgogXgoXXg"},
    ),
    "shuffle": Groove(
        {KICK: "X.......x.......", RIM: "....x.......x...", HAT: "x.o.x.o.x.o.x.o."},
        {KICK: "X.....x.X.......", SNARE: "....X.g.....X.g.", RIDE: "X.x.x.x.X.x.x.x."},
        {KICK: "X.....x.X.....x."},
    ),
    "bossa": Groove(
        {KICK: "x..xx..xx..xx..x", RIM: "x.....x.....x..."},
        {KICK: "x..xx..xx..xx..x", RIM: "X..x..x...x..x..", SHAKER: "x.oox.oox.oox.oo"},
        {RIM: "....x..x..x....."},
    ),
    "salsa": Groove(
        {KICK: "X.......x.......", CLAVE: "x..x..x...x.x...", LOW_CONGA: "......o.......oo"},
        {KICK: "X..x....X..x....", CLAVE: "x..x..x...x.x...", COWBELL: "X...x.x.X...x.x.",
         CONGA: "..o.x.....o.x...", LOW_CONGA: "......xx......xx"},
        {CLAVE: "....x.x...x..x..", COWBELL: "X...x.x.X.x.x.x."},
    ),
    "lofi": Groove(
        {KICK: "X......x........", RIM: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
        {KICK: "X......x..x.....", SNARE: "....X.......X..g", HAT: "x.x.x.xox.x.x.xo"},
        {KICK: "X.....x...x....."},
    ),
    "one_drop": Groove(
        {RIM: "........x.......", HAT: "x.o.x.o.x.o.x.o."},
        {KICK: "........X.......", RIM: "........X.....x.", HAT: "x.x.x.xox.x.x.xo",
         SHAKER: "..x...x...x...x."},
        {RIM: "......o.X......."},
    ),
    "taiko": Groove(
        {LOW_TOM: "x...............", SHAKER: "o...o...o...o..."},
        {LOW_TOM: "X.......X..x..x.", TOM: "....x.......x...", HIGH_TOM: "......o.......oo",
         KICK: "X.......x.......", SHAKER: "o.o.o.o.o.o.o.o."},
        {TOM: "....x...x.x.x.x."},
    ),
    "waltz": Groove(
        {KICK: "x...........", RIM: "....o...o..."},
        {KICK: "X...........", SNARE: "....x...x...", HAT: "x.o.x.o.x.o."},
        {SNARE: "....x...x.o."},
    ),
    "ballroom": Groove(
        {KICK: "X...........", TAMBOURINE: "....o...o..."},
        {KICK: "X...........", SNARE: "....x...x...", TAMBOURINE: "....x...x..."},
        {KICK: "X.......o...", SNARE: "....x...x.g."},
    ),
    "jazz_waltz": Groove(
        {RIDE: "x...x.o.x...", PEDAL_HAT: "....x...x...", KICK: "o..........."},
        {RIDE: "X...X.o.X.o.", PEDAL_HAT: "....X...X...", KICK: "x...o...o...",
         SNARE: "......g...g."},
        {RIDE: "X.o.X...X.o.", SNARE: "....o.....g."},
    ),
    "slow_six": Groove(
        {KICK: "X...........", RIM: "......x.....", HAT: "x.g.g.x.g.g."},
        {KICK: "X.....x.....", SNARE: "......X.....", HAT: "X.o.o.X.o.o.", SHAKER: "x.g.g.x.g.g."},
        {KICK: "X.....x...x."},
    ),
    "gospel_six": Groove(
        {KICK: "X.........x.", RIM: "......x.....", RIDE: "x.o.o.x.o.o."},
        {KICK: "X...x.....x.", SNARE: "......X...o.", RIDE: "X.x.x.X.x.x.", CLAP: "......x....."},
        {KICK: "X.......x.x.", SNARE: "......X.g.g."},
    ),
    "doo_wop": Groove(
        {KICK: "X...........", RIM: "......x.....", SHAKER: "x.o.o.x.o.o."},
        {KICK: "X.........o.", SNARE: "......X.....", HAT: "X.o.o.X.o.o.",
         TAMBOURINE: "......x....."},
        {SNARE: "......X.o.o."},
    ),
    "jig": Groove(
        {LOW_TOM: "X.....x.....", TAMBOURINE: "o...o.o...o."},
        {LOW_TOM: "X...o.X...o.", TOM: "..o.....o...", KICK: "X.....X.....",
         TAMBOURINE: "X.o.o.X.o.o."},
        {TOM: "..o.....o.oo"},
    ),
}  # fmt: skip

# Which drums a fill is played on, from its start to its end; "roll" grows on one drum.
FILLS: dict[str, tuple[int, ...]] = {
    "toms": (SNARE, SNARE, HIGH_TOM, TOM, LOW_TOM),
    "roll": (SNARE,),
    "brush": (SNARE, SNARE, RIM),
    "claps": (CLAP, SNARE),
    "hats": (HAT, HAT, OPEN_HAT),
    "congas": (CONGA, CONGA, LOW_CONGA, TOM),
    "drums": (HIGH_TOM, TOM, LOW_TOM),
    "none": (),
}


def drum_hits(
    pattern: _Pattern, metre: Metre, rng: np.random.Generator | None = None
) -> list[tuple[float, int, float]]:
    """Return (beat in the bar, General MIDI drum, velocity in [0, 1]) of every hit of a pattern.

    ``rng`` decides which ghost notes are played; without it all are. A pattern written for another
    length of bar is cut or repeated to fit.
    """
    steps = metre.beats * metre.steps
    hits: list[tuple[float, int, float]] = []
    for drum, line in pattern.items():
        fitted = (line * 2)[:steps]
        for k, mark in enumerate(fitted):
            if mark not in HIT:
                continue
            if mark == "g" and rng is not None and rng.uniform() > _GHOST_CHANCE:
                continue
            hits.append((k / metre.steps, drum, HIT[mark]))
    return hits


def fill_hits(
    rng: np.random.Generator, metre: Metre, full: bool, kind: str = "toms"
) -> list[tuple[float, int, float]]:
    """Return a drum fill over the last beat (or half bar) that leads into a new section."""
    drums = FILLS[kind]
    if not drums:
        return []
    per_beat = 4 if metre.steps == 4 else 3
    length = 2.0 if full and metre.beats == 4 else 1.0
    count = int(length * per_beat)
    start = metre.beats - length
    # Drums are taken in order, each for a few hits.
    path = np.sort(rng.integers(len(drums), size=count))
    played = rng.uniform(size=count) < 0.85
    return [
        (start + k / per_beat, drums[int(path[k])], 0.5 + 0.45 * k / count)
        for k in range(count)
        if k == 0 or played[k]
    ]
