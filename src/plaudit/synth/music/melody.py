"""Tunes: a motif of rhythm and contour that is repeated, moved with the chords and closed.

A tune is sung in phrases of two bars. Phrases start from the same motif, lifted in the answer and
with another rhythm in the third of four; strong notes fall on chord tones, weak ones pass between
them; the last bar of each phrase leaves room to breathe, and a pick-up may lead into the next.
The same tune over the same chords gives the same notes, which is what makes a hook return.
"""

from dataclasses import dataclass

import numpy as np

from plaudit.synth.music.harmony import MODES
from plaudit.synth.music.notation import Chord, Metre

Cell = tuple[tuple[float, float], ...]

# (start, length) in beats. "open" cells begin a phrase, "close" cells end it and leave a rest.
CELLS: dict[str, dict[str, tuple[Cell, ...]]] = {
    "4/4": {
        "calm": (
            ((0, 1.5), (1.5, 0.5), (2, 2)),
            ((0, 1), (1, 1), (2, 2)),
            ((0.5, 0.5), (1, 1), (2, 1), (3, 1)),
            ((0, 2), (2, 1), (3, 1)),
            ((0, 1.5), (1.5, 1.5), (3, 1)),
            ((0, 3), (3, 0.5), (3.5, 0.5)),
            ((1, 1), (2, 1.5), (3.5, 0.5)),
        ),
        "busy": (
            ((0, 0.5), (0.5, 0.5), (1, 0.5), (1.5, 1), (2.5, 0.5), (3, 1)),
            ((0.5, 0.5), (1, 0.5), (1.5, 0.5), (2, 1), (3, 0.5), (3.5, 0.5)),
            ((0, 0.75), (0.75, 0.75), (1.5, 0.5), (2, 1), (3, 0.5), (3.5, 0.5)),
            ((0, 1), (1, 0.5), (1.5, 0.5), (2, 0.5), (2.5, 1), (3.5, 0.5)),
            ((0, 0.5), (0.5, 1), (1.5, 0.5), (2, 0.5), (2.5, 1), (3.5, 0.5)),
            ((0, 1.5), (1.5, 0.5), (2, 0.5), (2.5, 0.5), (3, 0.5), (3.5, 0.5)),
            ((0.5, 0.5), (1, 0.5), (1.5, 1), (2.5, 0.5), (3, 1)),
        ),
        "rapid": (
            (*((k / 4, 0.25) for k in range(6)), (1.5, 0.5),
             *((k / 4, 0.25) for k in range(8, 13)), (3.25, 0.75)),
            ((0, 0.5), (0.5, 0.25), (0.75, 0.25), (1, 0.5), (1.5, 0.25), (1.75, 0.25),
             (2, 0.5), (2.5, 0.5), (3, 0.25), (3.25, 0.25), (3.5, 0.5)),
            ((0.25, 0.25), (0.5, 0.25), (0.75, 0.25), (1, 0.75), (1.75, 0.25), (2, 0.25),
             (2.25, 0.25), (2.5, 0.5), (3, 1)),
        ),
        "close": (
            ((0, 0.5), (0.5, 0.5), (1, 1.8)),
            ((0, 1), (1, 1.9)),
            ((0, 0.5), (0.5, 1), (1.5, 1.4)),
            ((0, 0.75), (0.75, 0.75), (1.5, 1.4)),
        ),
    },
    "3/4": {
        "calm": (
            ((0, 2), (2, 1)),
            ((0, 1), (1, 1), (2, 1)),
            ((0, 1.5), (1.5, 0.5), (2, 1)),
            ((0, 1), (1, 2)),
        ),
        "busy": (
            ((0, 1), (1, 0.5), (1.5, 0.5), (2, 1)),
            ((0, 0.5), (0.5, 0.5), (1, 1), (2, 0.5), (2.5, 0.5)),
            ((0, 1.5), (1.5, 0.5), (2, 0.5), (2.5, 0.5)),
            ((0, 0.5), (0.5, 0.5), (1, 0.5), (1.5, 0.5), (2, 1)),
            ((0.5, 0.5), (1, 1), (2, 0.5), (2.5, 0.5)),
        ),
        "close": (((0, 2.1),), ((0, 1), (1, 1.2)), ((0, 0.5), (0.5, 0.5), (1, 1.2))),
    },
    "6/8": {
        "calm": (
            ((0, 2 / 3), (2 / 3, 1 / 3), (1, 1)),
            ((0, 1), (1, 2 / 3), (5 / 3, 1 / 3)),
            ((0, 2 / 3), (2 / 3, 1 / 3), (1, 2 / 3), (5 / 3, 1 / 3)),
        ),
        "busy": (
            ((0, 1 / 3), (1 / 3, 1 / 3), (2 / 3, 1 / 3), (1, 2 / 3), (5 / 3, 1 / 3)),
            ((0, 2 / 3), (2 / 3, 1 / 3), (1, 1 / 3), (4 / 3, 1 / 3), (5 / 3, 1 / 3)),
            ((1 / 3, 1 / 3), (2 / 3, 1 / 3), (1, 1 / 3), (4 / 3, 1 / 3), (5 / 3, 1 / 3)),
            tuple((k / 3, 1 / 3) for k in range(6)),
        ),
        "close": (
            ((0, 2 / 3), (2 / 3, 0.8)),
            ((0, 1 / 3), (1 / 3, 1 / 3), (2 / 3, 0.85)),
            ((0, 1.45),),
        ),
    },
}  # fmt: skip

# Steps of a motif above its first note; a long motif repeats, a short one is cut.
_CONTOURS: tuple[tuple[int, ...], ...] = (
    (0, 1, 2, 4, 3, 2, 1),
    (0, 2, 4, 3, 2, 1, 0),
    (0, -1, 0, 2, 1, 0, -1),
    (0, 4, 3, 2, 1, 2, 0),
    (0, 0, 2, 2, 4, 3, 2),
    (0, 1, 0, -2, -1, 0, 1),
    (0, 5, 4, 2, 3, 1, 2),
    (0, 0, 0, 1, 3, 2, 0),
    (0, 2, 1, 3, 2, 4, 3),
    (0, -1, -2, 0, 2, 1, 0),
    (4, 3, 2, 1, 0, 1, 2),
    (0, 0, 1, 0, 2, 1, 0),
    (2, 4, 5, 4, 2, 1, 0),
)

# What leads into a phrase: (start before its first beat, length, steps above its first tone).
PICKUPS: dict[str, tuple[tuple[tuple[float, float, int], ...], ...]] = {
    "4/4": (
        ((-0.5, 0.5, -1),),
        ((-0.5, 0.25, -2), (-0.25, 0.25, -1)),
        ((-0.5, 0.5, 1),),
        ((-0.5, 0.25, 0), (-0.25, 0.25, 0)),
    ),
    "3/4": (((-0.5, 0.5, -1),), ((-0.5, 0.5, 1),), ((-0.5, 0.5, 0),)),
    "6/8": (((-1 / 3, 1 / 3, -1),), ((-1 / 3, 1 / 3, 1),), ((-1 / 3, 1 / 3, 0),)),
}
_PICKUP_SHARE = 0.5  # of tunes have a pick-up
_RAPID_FROM = 0.95  # from this chance of a busy rhythm on it is rapid


@dataclass(frozen=True)
class Tune:
    """A motif: the rhythm of its two bars, its contour, its answer, and where it lies."""

    #: Rhythm of the first and the second bar of a phrase.
    opening: Cell
    closing: Cell
    #: Steps of the opening above its base, and of the closing above its target.
    contour: tuple[int, ...]
    tail: tuple[int, ...]
    centre: int  #: The diatonic step (0 is the tonic) around which the phrases move.
    lift: int  #: Steps by which the answer starts higher.
    contrast: Cell  #: Rhythm of the first bar of the third phrase of four.
    #: What leads into the answers; see `PICKUPS`.
    pickup: tuple[tuple[float, float, int], ...] = ()


def draw_tune(rng: np.random.Generator, metre: Metre, busy: float, centre: int) -> Tune:
    """Invent a tune around a diatonic step, ``centre``.

    ``busy`` is the chance of a busy rhythm, in [0, 1]; from 0.95 on the rhythm is rapid where the
    metre has rapid cells.
    """
    cells = CELLS[metre.name]
    kind = "busy" if rng.uniform() < busy else "calm"
    if busy >= _RAPID_FROM and "rapid" in cells:
        kind = "rapid"
    opening = cells[kind][int(rng.integers(len(cells[kind])))]
    other = cells["calm" if kind == "busy" else "busy"]
    contrast = other[int(rng.integers(len(other)))]
    closing = cells["close"][int(rng.integers(len(cells["close"])))]
    contour = _CONTOURS[int(rng.integers(len(_CONTOURS)))]
    tail = ((1, 0), (-1, 0), (2, 1), (1, -1))[int(rng.integers(4))]
    # Tunes centre on the tonic, or on its third where that is much closer, so that the line alone
    # shows the key.
    home = min(
        (s for s in range(centre - 4, centre + 5) if s % 7 in {0, 2}),
        key=lambda s: abs(s - centre) + (1.5 if s % 7 else 0.0),
    )
    lift = int(rng.choice([1, 2, -1]))
    led = rng.uniform() < _PICKUP_SHARE
    pickups = PICKUPS[metre.name]
    pickup = pickups[int(rng.integers(len(pickups)))] if led else ()
    return Tune(opening, closing, contour, tail, home, lift, contrast, pickup)


def nearest_chord_step(step: int, chord: Chord, tonic: int, mode: str) -> int:
    """Return the diatonic step closest to ``step`` whose pitch belongs to the chord."""
    scale = MODES[mode]
    for distance in range(4):
        for candidate in (step + distance, step - distance):
            if (tonic + scale[candidate % 7]) % 12 in chord.pitch_classes:
                return candidate
    return step


def tune_bar(
    tune: Tune, place: int, chord: Chord, tonic: int, mode: str, *, final: bool
) -> list[tuple[float, float, int]]:
    """Return one bar of a tune over a chord: start and length in beats, and step above the tonic.

    In even bars of a section (``place``) a phrase opens, in odd ones it closes; in the ``final``
    bar of a section the line comes to rest. ``tonic`` is a pitch class, ``mode`` a name in
    `plaudit.synth.music.harmony.MODES`; steps are diatonic.
    """
    # The answer (second phrase of a pair) starts higher or lower: a sequence of the motif.
    base = tune.centre + (tune.lift if (place // 2) % 2 else 0)
    notes: list[tuple[float, float, int]] = []
    if place % 2 == 0:
        cell = tune.contrast if place % 8 == 4 else tune.opening
        for number, (start, length) in enumerate(cell):
            step = base + tune.contour[number % len(tune.contour)]
            if start % 1 == 0 or length >= 1:
                step = nearest_chord_step(step, chord, tonic, mode)
            notes.append((start, length, step))
        # Only into answers: before them there always is the rest of a closing bar.
        if place >= 2 and cell[0][0] == 0:
            first = notes[0][2]
            notes[:0] = [(start, length, first + up) for start, length, up in tune.pickup]
        return notes
    target = nearest_chord_step(base if not final else tune.centre, chord, tonic, mode)
    if final and chord.degree == 1:  # the line comes home with the harmony
        target = min(
            (s for s in range(base - 3, base + 4) if s % 7 == 0), key=lambda s: abs(s - base)
        )
    count = len(tune.closing)
    for number, (start, length) in enumerate(tune.closing):
        left = count - 1 - number
        step = target if left == 0 else target + tune.tail[(left - 1) % len(tune.tail)] * left
        notes.append((start, length, step))
    return notes
