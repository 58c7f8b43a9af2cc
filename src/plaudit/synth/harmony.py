"""Keys, scales and chord progressions with cadences.

Chords are scale degrees (1-7) until they are set in a key. Triads are stacked thirds of the scale;
the dominant of a minor key gets its leading tone, as functional harmony wants it.
"""

import numpy as np

from plaudit.synth.score import Chord

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
}

Loops = dict[str, tuple[tuple[int, ...], ...]]

# Four-bar loops per section and family of modes; degree 1 is the tonic.
LOOPS: dict[str, dict[str, Loops]] = {
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
}


def family_of(mode: str) -> str:
    """Return "major" or "minor": which progressions suit a mode."""
    return "major" if mode == "major" else "minor"


def progression(
    rng: np.random.Generator, school: str, mode: str, kind: str, bars: int
) -> list[int]:
    """Draw a section's chords, one degree per bar, closing with the cadence its place asks for.

    Verses and bridges end open, on the dominant; choruses close V-I.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    school : str
        Name in `LOOPS`.
    mode : str
        Name in `MODES`.
    kind : {"verse", "chorus", "bridge"}
        Section.
    bars : int
        Length, at least 2.

    Returns
    -------
    list of int
        Degrees 1-7.
    """
    loops = LOOPS[school][family_of(mode)][kind]
    loop = loops[int(rng.integers(len(loops)))]
    degrees = [loop[bar % 4] for bar in range(bars)]
    if kind == "chorus":
        degrees[-2:] = [5, 1]
    else:
        # One dominant per close: a second one nearby would sound like a key of its own.
        degrees[-4:-1] = [4 if d == 5 else d for d in degrees[-4:-1]]
        degrees[-1] = 5
    return degrees


def chord(
    degree: int, tonic: int, mode: str, *, sevenths: bool, span: tuple[float, float]
) -> Chord:
    """Set a degree (1-7) in a key: stacked thirds, with the leading tone in a minor dominant.

    Parameters
    ----------
    degree : int
        1 to 7.
    tonic : int
        Pitch class of the key, C is 0.
    mode : str
        Name in `MODES`.
    sevenths : bool
        Four notes rather than three.
    span : (float, float)
        Where it stands: onset and length in beats.

    Returns
    -------
    Chord
        Pitch classes, root first.
    """
    scale = MODES[mode]
    size = 4 if sevenths else 3
    steps = [(degree - 1 + 2 * k) for k in range(size)]
    classes = [(tonic + scale[s % 7]) % 12 for s in steps]
    if degree == 5 and mode != "major":
        classes[1] = (tonic + 11) % 12
    if degree == 1 and sevenths:
        # A tonic with its seventh leans away from home; players add the sixth, or nothing.
        classes[3:] = [(tonic + 9) % 12] if mode == "major" else []
    return Chord(*span, degree, classes[0], tuple(classes))


def pitch_of(step: int, tonic_pitch: int, mode: str) -> int:
    """Return the MIDI pitch of a diatonic step counted from the tonic (0; 7 is the octave)."""
    octave, index = divmod(step, 7)
    return tonic_pitch + 12 * octave + MODES[mode][index]


def voicing(pitch_classes: tuple[int, ...], low: int) -> list[int]:
    """Put each pitch class into the octave above ``low``: close position, smooth voice leading."""
    return sorted(low + (pc - low) % 12 for pc in pitch_classes)
