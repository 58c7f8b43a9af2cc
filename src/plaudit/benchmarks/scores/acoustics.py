"""Low-level acoustics of a song: length, level, and the shape of its spectrum.

They know nothing of music: a judge that cannot beat a ridge on them has learned loudness and
brightness. Measured on mono at 24 kHz from `plaudit.audio.song.open_song`, on frames of 2,048
samples every 1,024 under a Hann window; frames below -60 dB of the loudest are left out.
"""

import json
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import weighted_power
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.file import writing
from plaudit.core.parse import parse_json

Floats = NDArray[np.float64]
SAMPLE_RATE, FRAME, HOP = 24_000, 2048, 1024
_FLOOR_DB = 60.0
LOW_HZ, HIGH_HZ = 200.0, 5000.0

ACOUSTICS: dict[str, str] = {
    "length": "natural logarithm of the length in seconds",
    "loudness": "K-weighted level in dB",
    "crest": "highest sample above the root mean square, in dB",
    "level_spread": "standard deviation of the level of frames, in dB",
    "zero_crossings": "share of samples at which the sign changes",
    "centroid": "mean spectral centroid, in octaves above 1 Hz",
    "centroid_spread": "its standard deviation",
    "bandwidth": "mean spread of the spectrum about its centroid, in kHz",
    "rolloff": "mean frequency below which 85 % of the power lies, in octaves above 1 Hz",
    "rolloff_spread": "its standard deviation",
    "flatness": "mean spectral flatness, in dB; 0 is noise",
    "flatness_spread": "its standard deviation",
    "flux": "mean change of the normalised spectrum from frame to frame",
    "bass": f"share of the power below {LOW_HZ:g} Hz, in dB",
    "treble": f"share of the power above {HIGH_HZ:g} Hz, in dB",
}


def acoustics(path: Path) -> Floats:
    """Measure one song.

    Parameters
    ----------
    path : Path
        Audio file.

    Returns
    -------
    ndarray of float64, (n_features,)
        In the order of `ACOUSTICS`; all nan for a song that is silent throughout.

    Raises
    ------
    PlauditError
        The file cannot be read as a song.
    """
    power, squares, crossings, peak, n = 0.0, 0.0, 0, 0.0, 0
    frames: list[Floats] = []
    song = open_song(path, SAMPLE_RATE, SegmentRule(length_s=30.0))
    for segment in song:
        n_real = round((segment.end_s - segment.start_s) * SAMPLE_RATE)
        x = segment.samples[:n_real]  # without the padding
        power += weighted_power(x[None, :], SAMPLE_RATE) * len(x)
        squares += float(np.square(x, dtype=np.float64).sum())
        crossings += int(np.count_nonzero(np.diff(np.signbit(x))))
        peak = max(peak, float(np.abs(x).max(initial=0.0)))
        n += len(x)
        frames.append(_frames(x))
    shapes = np.concatenate(frames)
    if song.silent or squares == 0 or not len(shapes):
        return np.full(len(ACOUSTICS), math.nan)
    level = shapes[:, 0]
    sounding = level > level.max() - _FLOOR_DB
    kept = shapes[sounding]
    total = np.power(10.0, kept[:, 0] / 10)
    bass, treble = (total @ kept[:, k] / total.sum() for k in (5, 6))
    # Flux is between neighbours of the song, so it is averaged where both frames sound.
    flux = kept[:, 7]
    return np.array([
        math.log(song.duration_s),
        _db(power / n),
        20 * math.log10(peak / math.sqrt(squares / n)),
        kept[:, 0].std(),
        crossings / n,
        kept[:, 1].mean(),
        kept[:, 1].std(),
        kept[:, 2].mean(),
        kept[:, 3].mean(),
        kept[:, 3].std(),
        kept[:, 4].mean(),
        kept[:, 4].std(),
        flux.mean(),
        _db(float(bass)),
        _db(float(treble)),
    ])  # fmt: skip


def measure_songs(
    paths: Sequence[Path | None],
    cache: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Measure songs, on threads; a song that cannot be read has no numbers.

    Parameters
    ----------
    paths : sequence of Path or None
        Audio files; None: no audio.
    cache : Path, optional
        JSON Lines file that remembers songs by path, size and time of change; it is made and grows.
    on_progress : callable, optional
        Called with (songs done, songs to do).

    Returns
    -------
    ndarray of float64, (n_songs, n_features)
        A row of nan where there is nothing.
    """
    features = np.full((len(paths), len(ACOUSTICS)), math.nan)
    known = _read_cache(cache)
    keys = [None if path is None else _key(path) for path in paths]
    todo = []
    for place, key in enumerate(keys):
        if key is not None and key in known:
            features[place] = known[key]
        elif key is not None:
            todo.append(place)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        rows = pool.map(lambda place: _measured(paths[place]), todo)
        for done, (place, row) in enumerate(zip(todo, rows, strict=True), 1):
            features[place] = row
            if cache is not None:
                _remember(cache, str(keys[place]), row)
            if on_progress is not None:
                on_progress(done, len(todo))
    return features


def _measured(path: Path | None) -> Floats:
    try:
        return acoustics(path) if path is not None else np.full(len(ACOUSTICS), math.nan)
    except Exception:  # noqa: BLE001 - one song never ends a run
        # The judge names what is wrong with the file; here it is a song without numbers.
        return np.full(len(ACOUSTICS), math.nan)


def _frames(x: NDArray[np.float32]) -> Floats:
    """Return level, centroid, bandwidth, rolloff, flatness, bass, treble, flux: (n_frames, 8)."""
    if len(x) < FRAME:
        x = np.pad(x, (0, FRAME - len(x)))
    window = np.hanning(FRAME).astype(np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(x, FRAME)[::HOP]
    power = np.square(np.abs(np.fft.rfft(cut * window, axis=1)))[:, 1:].astype(np.float64)
    hz = np.arange(1, power.shape[1] + 1) * SAMPLE_RATE / FRAME
    total = power.sum(axis=1)
    share = power / np.maximum(total, 1e-20)[:, None]
    centroid = share @ hz
    variance = share @ np.square(hz) - np.square(centroid)
    rolloff = hz[np.minimum((np.cumsum(share, axis=1) < 0.85).sum(axis=1), len(hz) - 1)]
    # The floor keeps a codec's empty bins, whose logarithm would be anything, out of flatness.
    floored = share + 1e-5 / len(hz)
    flatness = 10 * (np.log10(floored).mean(axis=1) - np.log10(floored.mean(axis=1)))
    flux = np.zeros(len(share))
    flux[1:] = np.abs(np.diff(share, axis=0)).sum(axis=1)
    return np.stack([
        10 * np.log10(total + 1e-20),
        np.log2(np.maximum(centroid, 20.0)),
        np.sqrt(np.maximum(variance, 0)) / 1000,
        np.log2(rolloff),
        flatness,
        share[:, hz < LOW_HZ].sum(axis=1),
        share[:, hz > HIGH_HZ].sum(axis=1),
        flux,
    ], axis=1)  # fmt: skip


def _db(power: float) -> float:
    return 10 * math.log10(power + 1e-12)


def _key(path: Path) -> str | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"


def _read_cache(cache: Path | None) -> dict[str, list[float]]:
    """Read what is remembered; a line cut short by a stop, or of an older layout, is forgotten."""
    known: dict[str, list[float]] = {}
    if cache is None or not cache.is_file():
        return known
    for line in cache.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            row = parse_json(line)
        except ValueError:
            continue
        if isinstance(row, dict) and row.get("names") == len(ACOUSTICS):
            known[row["key"]] = [math.nan if v is None else v for v in row["values"]]
    return known


def _remember(cache: Path, key: str, row: Floats) -> None:
    values = [None if math.isnan(value) else value for value in row.tolist()]
    line = json.dumps({"key": key, "names": len(ACOUSTICS), "values": values})
    with writing(cache):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with cache.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
