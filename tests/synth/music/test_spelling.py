"""Keys and chords are written as a musician would."""

import pytest
from mido.midifiles.meta import _key_signature_encode

from plaudit.synth.music.chord_name import (
    chord_symbol,
    key_name,
    key_signature,
    pitch_name,
    roman_numeral,
)
from plaudit.synth.music.harmony import MODES, chord

MIDI_KEYS = {name for name in _key_signature_encode if isinstance(name, str)}


@pytest.mark.parametrize("mode", sorted(MODES))
def test_every_key_has_a_signature_and_a_name(mode: str) -> None:
    for tonic in range(12):
        signature = key_signature(tonic, mode)
        assert signature in MIDI_KEYS
        name = key_name(tonic, mode)
        assert name.endswith(mode.replace("_", " "))
        for degree in range(1, 8):
            made = chord(degree, tonic, mode, sevenths=True, span=(0.0, 1.0))
            assert chord_symbol(made.root, made.pitch_classes, signature)


@pytest.mark.parametrize(
    ("tonic", "mode", "signature", "name"),
    [
        (0, "major", "C", "C major"),
        (10, "major", "Bb", "Bb major"),
        (6, "major", "F#", "F# major"),
        (9, "minor", "Am", "A minor"),
        (6, "minor", "F#m", "F# minor"),
        (10, "minor", "Bbm", "Bb minor"),
        (3, "minor", "Ebm", "Eb minor"),
        (2, "dorian", "C", "D dorian"),
        (7, "dorian", "F", "G dorian"),
    ],
)
def test_keys_by_name(tonic: int, mode: str, signature: str, name: str) -> None:
    assert key_signature(tonic, mode) == signature
    assert key_name(tonic, mode) == name


@pytest.mark.parametrize(
    ("root", "classes", "signature", "symbol"),
    [
        (9, (9, 0, 4, 7), "C", "Am7"),
        (10, (10, 2, 5), "F", "Bb"),
        (6, (6, 9, 1), "A", "F#m"),
        (11, (11, 2, 5), "C", "Bdim"),
        (0, (0, 4, 7, 11), "C", "Cmaj7"),
        (7, (7, 11, 2, 5), "C", "G7"),
        (0, (0, 1, 2), "C", "C(0 1 2)"),
    ],
)
def test_chords_by_name(root: int, classes: tuple[int, ...], signature: str, symbol: str) -> None:
    assert chord_symbol(root, classes, signature) == symbol


def test_functions_by_name() -> None:
    assert roman_numeral(5, 7, (7, 11, 2, 5)) == "V7"
    assert roman_numeral(2, 2, (2, 5, 9, 0)) == "ii7"
    assert roman_numeral(7, 11, (11, 2, 5)) == "viio"
    assert roman_numeral(1, 0, (0, 4, 7)) == "I"
    assert roman_numeral(6, 9, (9, 0, 4)) == "vi"


def test_pitch_names_follow_the_signature() -> None:
    assert [pitch_name(10, key) for key in ("C", "F", "Bb", "Cm", "Am", "F#m")] == [
        "A#", "Bb", "Bb", "Bb", "A#", "A#",
    ]  # fmt: skip
