"""A judge that keeps a list of its training songs, and tunes to teach it, for tests."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.datasets.inspect.recording import read_recordings, song_name
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.folder import ENCODER, MODEL, read_card
from plaudit.model.training_songs import SONGS, song_file

RATE = 22_050


def tune(seed: int, seconds: float = 8.0) -> NDArray[np.float32]:
    """Return a tune with a beat, mono: (n,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    pitch = 330 * 2.0 ** (rng.integers(0, 12, 200) / 12)
    sound = 0.3 * np.sin(2 * np.pi * pitch[(4 * t).astype(int)] * t) * np.exp(-(4 * t % 1))
    sound += 0.05 * rng.normal(size=len(t)) * np.exp(-20 * (2 * t % 1))
    return np.asarray(sound, np.float32)


def write_tune(path: Path, seed: int, *, gain: float = 1.0, start: int = 0) -> Path:
    """Write a tune in the format of the ending; ``start`` samples are cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3"}[path.suffix]
    soundfile.write(path, gain * tune(seed)[start:], RATE, format=kind)
    return path


def taught_judge(
    folder: Path, taught: Sequence[tuple[Path, str]], *, corpus: str | None = None
) -> Path:
    """Write the bundled judge under another name, with files and parts as its training songs."""
    folder.mkdir()
    for name in (MODEL, ENCODER):
        shutil.copy(BUNDLED / name, folder)
    files = [path for path, _ in taught]
    songs = read_recordings([song_name(corpus, path.stem) for path in files], files)
    stated, data = song_file(songs, [part for _, part in taught])
    card = read_card(BUNDLED).model_copy(update={"name": "mine", "songs": stated})
    (folder / "card.json").write_text(card.model_dump_json())
    (folder / SONGS).write_bytes(data)
    return folder


def write_songeval(folder: Path, names: Sequence[str], seed: int = 0) -> Path:
    """Write the labels of songs ``mp3/NAME`` as SongEval has them."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = [
        {
            "file_name": f"mp3/{name}",
            "annotation": [
                {axis.capitalize(): float(rng.integers(1, 6)) for axis in AESTHETICS}
                for _ in range(2)
            ],
        }
        for name in names
    ]
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
