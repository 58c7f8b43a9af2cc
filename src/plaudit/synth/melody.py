"""Tunes: a motif of rhythm and contour that is repeated, moved with the chords and closed.

A tune is sung in phrases of two bars. Every phrase starts from the same motif; strong notes fall on
chord tones, weak ones pass between them; the last bar of each phrase leaves room to breathe.
The same tune over the same chords gives the same notes, which is what makes a hook return.
"""

from dataclasses import dataclass

import numpy as np

from plaudit.synth.harmony import MODES
from plaudit.synth.score import Chord, Metre

Cell = tuple[tuple[float, float], ...]

# (start, length) in beats. "open" cells begin a phrase, "close" cells end it and leave a rest.
CELLS: dict[str, dict[str, tuple[Cell, ...]]] = {
    "4/4": {
        "calm": (
            ((0, 1.5), (1.5, 0.5), (2, 2)),
            ((0, 1), (1, 1), (2, 2)),
            ((0.5, 0.5), (1, 1), (2, 1), (3, 1)),
            ((0, 2), (2, 1), (3, 1)),
        ),
        "busy": (
            ((0, 0.5), (0.5, 0.5), (1, 0.5), (1.5, 1), (2.5, 0.5), (3, 1)),
            ((0.5, 0.5), (1, 0.5), (1.5, 0.5), (2, 1), (3, 0.5), (3.5, 0.5)),
            ((0, 0.75), (0.75, 0.75), (1.5, 0.5), (2, 1), (3, 0.5), (3.5, 0.5)),
            ((0, 1), (1, 0.5), (1.5, 0.5), (2, 0.5), (2.5, 1), (3.5, 0.5)),
        ),
        "close": (
            ((0, 0.5), (0.5, 0.5), (1, 1.8)),
            ((0, 1), (1, 1.9)),
            ((0, 0.5), (0.5, 1), (1.5, 1.4)),
            ((0, 0.75), (0.75, 0.75), (1.5, 1.4)),
        ),
    },
    "3/4": {
        "calm": (((0, 2), (2, 1)), ((0, 1), (1, 1), (2, 1)), ((0, 1.5), (1.5, 0.5), (2, 1))),
        "busy": (
            ((0, 1), (1, 0.5), (1.5, 0.5), (2, 1)),
            ((0, 0.5), (0.5, 0.5), (1, 1), (2, 0.5), (2.5, 0.5)),
            ((0, 1.5), (1.5, 0.5), (2, 0.5), (2.5, 0.5)),
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
        ),
        "close": (
            ((0, 2 / 3), (2 / 3, 0.8)),
            ((0, 1 / 3), (1 / 3, 1 / 3), (2 / 3, 0.85)),
            ((0, 1.45),),
        ),
    },
}

# Steps of a motif above its first note; a long motif repeats, a short one is cut.
CONTOURS: tuple[tuple[int, ...], ...] = (
    (0, 1, 2, 4, 3, 2, 1),
    (0, 2, 4, 3, 2, 1, 0),
    (0, -1, 0, 2, 1, 0, -1),
    (0, 4, 3, 2, 1, 2, 0),
    (0, 0, 2, 2, 4, 3, 2),
    (0, 1, 0, -2, -1, 0, 1),
    (0, 5, 4, 2, 3, 1, 2),
    (0, 0, 0, 1, 3, 2, 0),
)


@dataclass(frozen=True)
class Tune:
    """A motif: the rhythm of its two bars, its contour, its answer, and where it lies.

    ``centre`` is the diatonic step (0 is the tonic) around which the phrases move.
    """

    opening: Cell
    closing: Cell
    contour: tuple[int, ...]
    tail: tuple[int, ...]
    centre: int
    lift: int


def draw_tune(rng: np.random.Generator, metre: Metre, busy: float, centre: int) -> Tune:
    """Invent a tune.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    metre : Metre
        Counting of the bars.
    busy : float
        Chance of a rapid rhythm, in [0, 1].
    centre : int
        Diatonic step around which it moves.
    """
    cells = CELLS[metre.name]
    kind = "busy" if rng.uniform() < busy else "calm"
    opening = cells[kind][int(rng.integers(len(cells[kind])))]
    closing = cells["close"][int(rng.integers(len(cells["close"])))]
    contour = CONTOURS[int(rng.integers(len(CONTOURS)))]
    tail = ((1, 0), (-1, 0), (2, 1), (1, -1))[int(rng.integers(4))]
    # Tunes hang on the tonic or its third, so that the key is heard in the line alone.
    home = min(
        (s for s in range(centre - 4, centre + 5) if s % 7 in {0, 2}), key=lambda s: abs(s - centre)
    )
    return Tune(opening, closing, contour, tail, home, int(rng.choice([1, 2, -1])))


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
    """Sing one bar of a tune over a chord.

    Parameters
    ----------
    tune : Tune
        The motif.
    place : int
        Bar within the section: even bars open a phrase, odd bars close it.
    chord : Chord
        Harmony of the bar.
    tonic : int
        Pitch class of the key.
    mode : str
        Name in `plaudit.synth.harmony.MODES`.
    final : bool
        The section's last bar: the line comes to rest.

    Returns
    -------
    list of (float, float, int)
        Start and length in beats within the bar, and diatonic step above the tonic.
    """
    # The answer (second phrase of a pair) starts higher or lower: a sequence of the motif.
    base = tune.centre + (tune.lift if (place // 2) % 2 else 0)
    notes: list[tuple[float, float, int]] = []
    if place % 2 == 0:
        for number, (start, length) in enumerate(tune.opening):
            step = base + tune.contour[number % len(tune.contour)]
            if start % 1 == 0 or length >= 1:
                step = nearest_chord_step(step, chord, tonic, mode)
            notes.append((start, length, step))
        return notes
    target = nearest_chord_step(base if not final else tune.centre, chord, tonic, mode)
    count = len(tune.closing)
    for number, (start, length) in enumerate(tune.closing):
        left = count - 1 - number
        step = target if left == 0 else target + tune.tail[(left - 1) % len(tune.tail)] * left
        notes.append((start, length, step))
    return notes
