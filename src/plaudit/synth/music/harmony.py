"""Keys, scales and chord progressions with cadences.

Chords are scale degrees (1-7) until they are set in a key. Triads are stacked thirds of the scale;
the dominant of a minor key gets its leading tone, as functional harmony wants it.
"""

from collections.abc import Sequence

import numpy as np

from plaudit.synth.music.notation import Chord

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}

_Loops = dict[str, tuple[tuple[int, ...], ...]]

# Loops per section and family of modes; degree 1 is the tonic. Loops of eight bars are drawn only
# where a section has eight.
LOOPS: dict[str, dict[str, _Loops]] = {
    "pop": {
        "major": {
            "verse": ((1, 5, 6, 4), (1, 6, 4, 5), (1, 4, 1, 5), (1, 3, 4, 5), (1, 6, 2, 5)),
            "chorus": ((1, 5, 6, 4), (4, 1, 5, 6), (1, 4, 6, 5), (4, 5, 1, 6), (6, 4, 1, 5)),
            "bridge": ((6, 3, 4, 5), (4, 3, 2, 5), (2, 6, 4, 5)),
        },
        "minor": {
            "verse": ((1, 6, 3, 7), (1, 7, 6, 7), (1, 4, 6, 5), (1, 3, 7, 4)),
            "chorus": ((6, 7, 1, 1), (1, 6, 4, 5), (6, 3, 7, 1), (1, 6, 7, 5)),
            "bridge": ((6, 3, 7, 5), (4, 6, 7, 5), (4, 1, 6, 5)),
        },
    },
    "folk": {
        "major": {
            "verse": ((1, 4, 1, 5), (1, 1, 4, 1), (1, 5, 1, 4), (1, 6, 4, 1)),
            "chorus": ((4, 1, 5, 1), (1, 4, 5, 1), (4, 4, 1, 5)),
            "bridge": ((6, 6, 4, 5), (2, 2, 5, 5), (4, 1, 2, 5)),
        },
        "minor": {
            "verse": ((1, 7, 1, 1), (1, 4, 1, 5), (1, 7, 6, 5)),
            "chorus": ((3, 7, 1, 1), (6, 7, 1, 1), (4, 1, 5, 1)),
            "bridge": ((6, 6, 7, 5), (4, 4, 1, 5)),
        },
    },
    "jazz": {
        "major": {
            "verse": ((1, 6, 2, 5), (1, 4, 3, 6), (1, 1, 2, 5)),
            "chorus": ((2, 5, 1, 6), (4, 3, 2, 5), (2, 5, 1, 1)),
            "bridge": ((3, 6, 2, 5), (4, 4, 3, 6), (6, 2, 5, 5)),
        },
        "minor": {
            "verse": ((1, 4, 1, 5), (1, 6, 4, 5), (1, 7, 6, 5)),
            "chorus": ((4, 7, 3, 6), (6, 5, 1, 1), (4, 5, 1, 1)),
            "bridge": ((4, 7, 3, 3), (6, 4, 7, 5)),
        },
    },
    "rock": {
        "major": {
            "verse": ((1, 1, 4, 1), (1, 4, 1, 4), (1, 5, 4, 4), (1, 3, 4, 4)),
            "chorus": ((1, 4, 5, 4), (4, 1, 5, 5), (1, 5, 6, 4)),
            "bridge": ((6, 6, 4, 4), (2, 4, 6, 5)),
        },
        "minor": {
            "verse": ((1, 1, 6, 7), (1, 7, 1, 7), (1, 3, 7, 4)),
            "chorus": ((1, 6, 3, 7), (6, 7, 1, 1), (1, 7, 6, 7)),
            "bridge": ((6, 6, 7, 7), (4, 4, 6, 7)),
        },
    },
    "synth": {
        "major": {
            "verse": ((1, 1, 6, 6), (1, 5, 4, 4), (6, 4, 1, 1)),
            "chorus": ((4, 5, 6, 1), (1, 5, 6, 4)),
            "bridge": ((2, 2, 4, 5), (6, 6, 4, 5)),
        },
        "minor": {
            "verse": ((1, 1, 6, 6), (1, 1, 7, 6), (1, 3, 6, 7)),
            "chorus": ((6, 7, 1, 3), (1, 6, 3, 7), (1, 7, 6, 7)),
            "bridge": ((4, 4, 6, 7), (6, 6, 4, 7)),
        },
    },
    "club": {
        "major": {
            "verse": ((1, 1, 4, 4), (6, 6, 1, 1), (1, 4, 1, 4)),
            "chorus": ((4, 1, 6, 5), (1, 6, 4, 5)),
            "bridge": ((2, 2, 4, 4), (4, 4, 6, 5)),
        },
        "minor": {
            "verse": ((1, 1, 6, 6), (1, 1, 4, 4), (1, 1, 7, 7)),
            "chorus": ((1, 6, 4, 7), (6, 7, 1, 1), (1, 3, 7, 6)),
            "bridge": ((4, 4, 6, 6), (6, 6, 7, 7)),
        },
    },
    "drone": {
        "major": {
            "verse": ((1, 1, 1, 1), (1, 1, 1, 4)),
            "chorus": ((1, 1, 4, 4), (1, 1, 6, 4)),
            "bridge": ((4, 4, 1, 1), (6, 6, 4, 4)),
        },
        "minor": {
            "verse": ((1, 1, 1, 1), (1, 1, 1, 7)),
            "chorus": ((1, 1, 6, 7), (1, 1, 4, 1)),
            "bridge": ((6, 6, 1, 1), (4, 4, 1, 1)),
        },
    },
    "trap": {
        "major": {
            "verse": ((1, 1, 6, 6), (1, 6, 1, 6)),
            "chorus": ((1, 6, 4, 4), (6, 4, 1, 1)),
            "bridge": ((4, 4, 6, 6),),
        },
        "minor": {
            "verse": ((1, 1, 6, 6), (1, 1, 1, 5), (1, 6, 1, 5)),
            "chorus": ((1, 6, 4, 5), (6, 1, 7, 1), (1, 1, 6, 5)),
            "bridge": ((6, 6, 4, 4), (4, 4, 6, 5)),
        },
    },
    "vamp": {
        "major": {
            "verse": ((1, 1, 1, 1), (1, 1, 4, 1), (1, 1, 2, 1)),
            "chorus": ((1, 4, 1, 1), (4, 4, 1, 1), (1, 2, 4, 1)),
            "bridge": ((4, 4, 1, 1), (2, 2, 4, 4)),
        },
        "minor": {
            "verse": ((1, 1, 1, 1), (1, 4, 1, 4), (1, 1, 4, 1)),
            "chorus": ((1, 4, 7, 1), (4, 4, 1, 1), (1, 7, 4, 1)),
            "bridge": ((4, 4, 7, 7), (7, 7, 4, 4)),
        },
    },
    "blues": {
        "major": {
            "verse": ((1, 4, 1, 1), (1, 1, 4, 1), (1, 1, 1, 1, 4, 4, 1, 1)),
            "chorus": ((4, 4, 1, 1), (4, 1, 5, 1), (1, 4, 1, 1, 4, 4, 1, 1)),
            "bridge": ((4, 4, 1, 1), (2, 2, 5, 5)),
        },
        "minor": {
            "verse": ((1, 4, 1, 1), (1, 1, 4, 1), (1, 1, 1, 1, 4, 4, 1, 1)),
            "chorus": ((4, 4, 1, 1), (6, 5, 1, 1)),
            "bridge": ((4, 4, 1, 1), (6, 6, 5, 5)),
        },
    },
    "country": {
        "major": {
            "verse": ((1, 1, 4, 1), (1, 4, 1, 5), (1, 1, 5, 1), (1, 1, 4, 4, 1, 1, 5, 5)),
            "chorus": ((4, 1, 5, 1), (4, 4, 1, 1), (1, 4, 5, 1)),
            "bridge": ((6, 6, 4, 4), (2, 2, 5, 5)),
        },
        "minor": {
            "verse": ((1, 1, 4, 1), (1, 7, 1, 5)),
            "chorus": ((4, 1, 5, 1), (6, 7, 1, 1)),
            "bridge": ((6, 6, 4, 4),),
        },
    },
    "gospel": {
        "major": {
            "verse": ((1, 4, 1, 4), (1, 6, 2, 5), (1, 3, 4, 4)),
            "chorus": ((4, 5, 1, 6), (1, 3, 6, 4), (4, 4, 3, 6)),
            "bridge": ((6, 3, 4, 4), (2, 3, 4, 4)),
        },
        "minor": {
            "verse": ((1, 4, 1, 4), (1, 6, 4, 4)),
            "chorus": ((6, 7, 1, 1), (4, 5, 1, 6)),
            "bridge": ((6, 3, 4, 4), (4, 1, 6, 6)),
        },
    },
    "latin": {
        "major": {
            "verse": ((1, 4, 5, 4), (1, 1, 4, 5), (1, 6, 4, 5)),
            "chorus": ((1, 4, 5, 1), (4, 5, 1, 1)),
            "bridge": ((6, 2, 4, 5), (4, 4, 1, 1)),
        },
        "minor": {
            "verse": ((1, 4, 5, 1), (1, 7, 6, 5), (1, 1, 4, 1)),
            "chorus": ((1, 4, 5, 1), (4, 1, 5, 1), (1, 1, 5, 1)),
            "bridge": ((6, 7, 1, 1), (4, 4, 6, 6)),
        },
    },
    "cinema": {
        "major": {
            "verse": ((1, 1, 4, 1), (1, 3, 4, 4), (1, 5, 6, 4)),
            "chorus": ((1, 5, 4, 1), (4, 5, 6, 1), (1, 6, 4, 5)),
            "bridge": ((6, 3, 4, 1), (2, 4, 6, 4)),
        },
        "minor": {
            "verse": ((1, 1, 6, 6), (1, 6, 1, 7), (1, 3, 6, 4)),
            "chorus": ((1, 6, 3, 7), (6, 7, 1, 1), (1, 7, 6, 4)),
            "bridge": ((4, 1, 6, 3), (6, 6, 3, 7)),
        },
    },
    "ballroom": {
        "major": {
            "verse": ((1, 1, 5, 5), (1, 1, 2, 5), (1, 1, 1, 5, 5, 5, 5, 1)),
            "chorus": ((1, 6, 2, 5), (4, 1, 5, 1), (1, 1, 4, 4, 5, 5, 5, 1)),
            "bridge": ((4, 4, 1, 1), (6, 6, 2, 2)),
        },
        "minor": {
            "verse": ((1, 1, 5, 5), (1, 4, 5, 1), (1, 1, 4, 4)),
            "chorus": ((4, 1, 5, 1), (1, 6, 4, 5)),
            "bridge": ((3, 7, 3, 3), (6, 3, 4, 4)),
        },
    },
    "reel": {
        "major": {
            "verse": ((1, 1, 4, 5), (1, 5, 1, 5), (1, 4, 1, 1)),
            "chorus": ((1, 4, 1, 5), (4, 1, 5, 1), (6, 4, 1, 5)),
            "bridge": ((6, 5, 4, 4), (2, 6, 4, 4)),
        },
        "minor": {
            "verse": ((1, 1, 7, 1), (1, 7, 1, 1), (1, 3, 4, 1)),
            "chorus": ((1, 7, 4, 1), (3, 7, 1, 1), (1, 3, 7, 1)),
            "bridge": ((3, 3, 7, 1), (4, 4, 1, 7)),
        },
    },
    "doo_wop": {
        "major": {
            "verse": ((1, 6, 4, 5), (1, 6, 2, 5)),
            "chorus": ((4, 4, 1, 1), (1, 6, 4, 5), (1, 4, 1, 1)),
            "bridge": ((4, 4, 1, 1), (4, 1, 2, 2)),
        },
        "minor": {
            "verse": ((1, 6, 4, 5), (1, 4, 1, 5)),
            "chorus": ((6, 4, 1, 1), (1, 6, 4, 5)),
            "bridge": ((4, 4, 1, 1),),
        },
    },
}

# How sections end, where not on the dominant and with V-I: the open end, and the closing pair.
CADENCES: dict[str, dict[str, tuple[int, tuple[int, int]]]] = {
    "rock": {"major": (5, (4, 1)), "minor": (7, (7, 1))},
    "synth": {"major": (5, (4, 1)), "minor": (7, (7, 1))},
    "club": {"major": (5, (4, 1)), "minor": (7, (7, 1))},
    "drone": {"major": (4, (4, 1)), "minor": (7, (7, 1))},
    "vamp": {"major": (5, (5, 1)), "minor": (4, (4, 1))},
    "cinema": {"major": (5, (4, 1)), "minor": (7, (6, 1))},
    "gospel": {"major": (5, (4, 1)), "minor": (5, (4, 1))},
}

# Chords that are played instead of diminished triads.
SUBSTITUTES: dict[str, dict[int, int]] = {"dorian": {6: 4}, "mixolydian": {3: 6}}


def family_of(mode: str) -> str:
    """Return "major" or "minor": which progressions suit a mode."""
    return "major" if 4 in MODES[mode] else "minor"


def progression(
    rng: np.random.Generator, school: str, mode: str, kind: str, bars: int
) -> list[int]:
    """Draw a section's chords, one degree (1-7) per bar, closing with a cadence.

    ``school`` is a name in `LOOPS`, ``mode`` in `MODES`, ``kind`` verse, chorus or bridge; ``bars``
    at least 2. Verses and bridges end open, choruses close: on the dominant and with V-I unless the
    school has cadences of its own.
    """
    family = family_of(mode)
    loops = [loop for loop in LOOPS[school][family][kind] if len(loop) == 4 or bars == len(loop)]
    loop = loops[int(rng.integers(len(loops)))]
    degrees = [loop[bar % len(loop)] for bar in range(bars)]
    rest, close = CADENCES.get(school, {}).get(family, (5, (5, 1)))
    if kind == "chorus":
        degrees[-2:] = close
    elif bars == 2:
        degrees = [1, 4]  # the shortest songs are one cadence: I-IV in the verse, V-I after it
    else:
        # One dominant per close: a second one nearby would sound like a key of its own.
        degrees[-4:-1] = [4 if d == rest else d for d in degrees[-4:-1]]
        degrees[-1] = rest
    return [SUBSTITUTES.get(mode, {}).get(d, d) for d in degrees]


def chord(
    degree: int, tonic: int, mode: str, *, sevenths: bool, span: tuple[float, float]
) -> Chord:
    """Set a degree (1-7) in a key: stacked thirds, root first, with the leading tone in a minor V.

    ``tonic`` is a pitch class, ``mode`` a name in `MODES`, ``span`` the onset and the length in
    beats.
    """
    scale = MODES[mode]
    size = 4 if sevenths else 3
    steps = [(degree - 1 + 2 * k) for k in range(size)]
    classes = [(tonic + scale[s % 7]) % 12 for s in steps]
    if degree == 5 and mode != "major":
        classes[1] = (tonic + 11) % 12
    if degree == 1 and sevenths:
        # A tonic with its seventh does not sound final; players add the sixth, or nothing. In a
        # blues the seventh belongs to the tonic.
        classes[3:] = {"major": [(tonic + 9) % 12], "mixolydian": classes[3:]}.get(mode, [])
    if degree == 4 and sevenths and mode == "mixolydian":
        classes[3] = (tonic + 2) % 12  # the sixth, as boogie players have it
    return Chord(*span, degree, classes[0], tuple(classes))


def pitch_of(step: int, tonic_pitch: int, mode: str) -> int:
    """Return the MIDI pitch of a diatonic step counted from the tonic (0; 7 is the octave)."""
    octave, index = divmod(step, 7)
    return tonic_pitch + 12 * octave + MODES[mode][index]


def voicing(
    pitch_classes: tuple[int, ...], low: int, before: Sequence[int] | None = None
) -> list[int]:
    """Set a chord in close position, in the inversion that moves least from the chord ``before``.

    Returns rising MIDI pitches, one per pitch class, from at most a major third below ``low`` on;
    without ``before`` the chord lies in the octave above ``low``.
    """
    plain = sorted(low + (pc - low) % 12 for pc in pitch_classes)
    if not before:
        return plain
    middle = low + 6.5
    best, least = plain, np.inf
    for floor in range(low - 4, low + 7):
        voices = sorted(floor + (pc - floor) % 12 for pc in pitch_classes)
        # Distance of each voice from the nearest voice before, and of all from the middle.
        moved = sum(min(abs(v - b) for b in before) for v in voices)
        cost = moved + 0.4 * abs(float(np.mean(voices)) - middle)
        if cost < least:
            best, least = voices, cost
    return best
