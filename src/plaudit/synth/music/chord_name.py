"""Keys and chords as musicians write them: "Bb minor", "F#m7", "V7".

Sharps or flats follow the key signature; a mode without a signature of its own (dorian and the
like) borrows that of the major key with the same notes.
"""

from collections.abc import Sequence

from plaudit.synth.music.harmony import MODES

_SHARP = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLAT = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
# Keys by tonic, in the spelling with fewer accidentals, and those written with flats.
_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_FLAT_KEYS = {"F", "Bb", "Eb", "Ab", "Db", "Dm", "Gm", "Cm", "Fm", "Bbm", "Ebm"}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")

# Intervals above the root, and how a chord of them is written after its root.
_QUALITY: dict[tuple[int, ...], str] = {
    (4, 7): "",
    (3, 7): "m",
    (3, 6): "dim",
    (4, 8): "aug",
    (2, 7): "sus2",
    (5, 7): "sus4",
    (7,): "5",
    (4, 7, 11): "maj7",
    (4, 7, 10): "7",
    (3, 7, 10): "m7",
    (3, 7, 11): "m(maj7)",
    (3, 6, 10): "m7b5",
    (3, 6, 9): "dim7",
    (4, 8, 11): "maj7#5",
    (4, 8, 10): "7#5",
    (5, 7, 10): "7sus4",
    (4, 7, 9): "6",
    (3, 7, 9): "m6",
    (2, 4, 7): "add9",
    (2, 3, 7): "m(add9)",
    (2, 4, 7, 10): "9",
    (2, 4, 7, 11): "maj9",
    (2, 3, 7, 10): "m9",
    (2, 4, 7, 9): "6/9",
}
# In Roman numerals the case tells major from minor, so these are all that is left to write.
_FIGURE = {"m": "", "dim": "o", "aug": "+", "m7": "7", "m7b5": "o/7", "dim7": "o7", "m6": "6",
           "m(maj7)": "(maj7)", "m9": "9", "m(add9)": "(add9)"}  # fmt: skip


def key_signature(tonic: int, mode: str) -> str:
    """Return the key signature of a key, as MIDI files name it: "Eb" or "F#m"."""
    if mode == "minor":
        return _MINOR[tonic]
    notes = {(tonic + step) % 12 for step in MODES[mode]}
    for major in range(12):
        if notes == {(major + step) % 12 for step in MODES["major"]}:
            return _MAJOR[major]
    return (_MINOR if MODES[mode][2] == 3 else _MAJOR)[tonic]


def key_name(tonic: int, mode: str) -> str:
    """Return a key in words, such as "Bb minor" or "D dorian"."""
    return f"{pitch_name(tonic, key_signature(tonic, mode))} {mode.replace('_', ' ')}"


def pitch_name(pitch_class: int, signature: str = "C") -> str:
    """Return the name of a pitch class (0-11) under a key signature such as "Eb" or "F#m"."""
    return (_FLAT if signature in _FLAT_KEYS else _SHARP)[pitch_class % 12]


def _quality(root: int, pitch_classes: Sequence[int]) -> str:
    steps = tuple(sorted({(pc - root) % 12 for pc in pitch_classes} - {0}))
    return _QUALITY.get(steps, "(" + " ".join(map(str, (0, *steps))) + ")")


def chord_symbol(root: int, pitch_classes: Sequence[int], signature: str = "C") -> str:
    """Return a chord as on a lead sheet, such as "Am7".

    ``root`` is a pitch class 0-11, ``pitch_classes`` all notes with the root among them; the key
    ``signature`` decides between sharps and flats. A chord without a usual name lists its semitones
    above the root.
    """
    return pitch_name(root, signature) + _quality(root, pitch_classes)


def roman_numeral(degree: int, root: int, pitch_classes: Sequence[int]) -> str:
    """Return a chord's function in its key, such as "V7", "ii7" or "viio"."""
    quality = _quality(root, pitch_classes)
    numeral = _ROMAN[degree - 1]
    minor = (root + 3) % 12 in {pc % 12 for pc in pitch_classes}
    return (numeral.lower() if minor else numeral) + _FIGURE.get(quality, quality)
