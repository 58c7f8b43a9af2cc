"""One song with its files: NAME.wav, NAME.mid, NAME.json (what is true of it), NAME.png.

Each file says that Plaudit wrote it, so that making a song again replaces it and nothing else is
ever replaced.
"""

import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.synth.music.knob import check_doses
from plaudit.synth.music.midi import midi_bytes
from plaudit.synth.song import Song
from plaudit.synth.sound.recording import wav_bytes
from plaudit.synth.truth import record_of

_SUFFIXES = (".wav", ".mid", ".json", ".png")
_MARK = b"Plaudit"
_MAGIC = (b"RIFF", b"MThd", b"\x89PNG", b"fLaC")
_JSON_START = b'{"schema_version": '
_PNG_HEAD = 33  # signature and header chunk, after which text may stand


def read_doses(words: Sequence[str]) -> dict[str, float]:
    """Read doses as the command line gives them.

    Raises
    ------
    InputError
        No ``=``, no number, an unknown fault, a dose outside [0, 1].
    """
    doses = {}
    for word in words:
        name, _, number = word.partition("=")
        try:
            doses[name] = float(number)
        except ValueError as error:
            raise InputError(
                f"Expected a fault and its dose, such as wrong_notes=0.8, got '{word}'."
            ) from error
    return check_doses(doses)


def stem_of(out: str, title: str, seed: int) -> Path:
    """Return where a song's files go, without suffix."""
    path = Path(out)
    if path.is_dir() or out.endswith(("/", os.sep)):
        return path / f"{title.lower().replace(' ', '-')}-{seed}"
    return path.with_suffix("") if path.suffix.lower() in _SUFFIXES else path


def names_of(stem: Path) -> list[str]:
    """Return the names of a song's four files."""
    return [stem.name + suffix for suffix in _SUFFIXES]


def is_song_file(path: Path) -> bool:
    """Return whether a file is one of a song that Plaudit composed."""
    with path.open("rb") as file:
        start = file.read(4096)
    return start.startswith(_JSON_START) or (start.startswith(_MAGIC) and _MARK in start)


def write_song(song: Song, stem: Path, seed: int) -> list[Path]:
    """Write a song as WAV, MIDI and JSON, each whole or not at all."""
    contents: dict[str, str | bytes] = {
        ".wav": wav_bytes(song.audio, song.sample_rate, np.random.default_rng((seed, 1))),
        ".mid": midi_bytes(song.score, song.title),
        ".json": record_of(song, seed).text(),
    }
    made = []
    for suffix, content in contents.items():
        path = stem.with_name(stem.name + suffix)
        write_atomic(path, content)
        made.append(path)
    return made


def write_picture(png: bytes, stem: Path) -> Path:
    """Write a song's picture beside its other files, marked as ours."""
    text = b"tEXtSoftware\x00" + _MARK
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    path = stem.with_name(stem.name + ".png")
    write_atomic(path, png[:_PNG_HEAD] + chunk + png[_PNG_HEAD:])
    return path
