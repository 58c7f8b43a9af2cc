"""Names that musicians read: keys, chords, drums, pitches."""

SHARP = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
# Tonics whose signature has flats, counted on the major key of the same signature.
_FLAT_KEYS = {5, 10, 3, 8, 1}
_TO_MAJOR = {"major": 0, "minor": 3, "dorian": 10}

# Semitones above the root to what follows its name.
_KINDS: dict[tuple[int, ...], str] = {
    (0, 4, 7): "",
    (0, 3, 7): "m",
    (0, 3, 6): "dim",
    (0, 4, 8): "aug",
    (0, 4, 7, 11): "maj7",
    (0, 4, 7, 10): "7",
    (0, 3, 7, 10): "m7",
    (0, 3, 6, 10): "m7b5",
    (0, 3, 6, 9): "dim7",
    (0, 3, 7, 11): "mM7",
    (0, 4, 8, 11): "maj7#5",
    (0, 4, 7, 9): "6",
    (0, 3, 7, 9): "m6",
}

# Lane of a drum roll to its General MIDI drum numbers, lowest lane first.
DRUMS: dict[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "percussion": (41, 43, 45, 47, 48, 50, 56, 60, 61, 62, 63, 64, 65, 66, 75, 76, 77),
    "hats": (42, 44, 46, 54, 69, 70, 82),
    "cymbals": (49, 51, 52, 53, 55, 57, 59),
}


def pitch_class_name(pitch_class: int, tonic: int = 0, mode: str = "major") -> str:
    """Return the name of a pitch class (0-11, C first) as the key of a song spells it."""
    signature = (tonic + _TO_MAJOR.get(mode, 0)) % 12
    return (FLAT if signature in _FLAT_KEYS else SHARP)[pitch_class % 12]


def key_name(tonic: int, mode: str) -> str:
    """Return the name of a key, such as ``"Eb major"``."""
    return f"{pitch_class_name(tonic, tonic, mode)} {mode}"


def chord_name(root: int, pitch_classes: tuple[int, ...], tonic: int, mode: str) -> str:
    """Return the name of a chord, such as ``"Am7"``; unusual ones end in ``"(alt)"``.

    Parameters
    ----------
    root : int
        Pitch class 0-11.
    pitch_classes : tuple of int
        All notes of the chord, in any order.
    tonic, mode : int, str
        Key that decides between sharps and flats.
    """
    above = tuple(sorted({(pitch - root) % 12 for pitch in pitch_classes}))
    return pitch_class_name(root, tonic, mode) + _KINDS.get(above, "(alt)")


def lane_of(drum: int) -> str:
    """Return the lane of a drum number; what no lane knows is percussion."""
    return next((name for name, numbers in DRUMS.items() if drum in numbers), "percussion")
