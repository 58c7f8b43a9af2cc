"""Spectrograms for the eye: logarithmic frequency, decibels, one column per pixel.

Two resolutions are joined, as no single window shows both a bass line and a hi-hat: 186 ms below
500 Hz, 46 ms above 1 kHz, and a blend between. Each row collects the power of its own share of an
octave, so noise that the ear hears as even (pink) looks even.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.reports.look.canvas import MAP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOWEST_HZ, _HIGHEST_HZ = 40.0, 16_000.0
RANGE_DB = 62.0
_WINDOW = 2048
_MARKS = {50: "50", 100: "100", 200: "200", 500: "500", 1000: "1k", 2000: "2k", 5000: "5k",
         10_000: "10k"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """A picture of sound."""

    #: (rows, columns) decibels below the loudest (0 down to ``-RANGE_DB``), lowest frequency first.
    level_db: NDArray[np.float32]
    hertz: NDArray[np.float64]  #: (rows,) centre of each row, evenly spaced in octaves.
    duration_s: float  #: Length of the sound; columns are evenly spaced over it.


def spectrogram_of(
    audio: NDArray[np.float32], sample_rate: int, columns: int = 900, rows: int = 208
) -> Spectrogram:
    """Compute a spectrogram to be drawn, of ``rows`` by ``columns``.

    ``audio`` is (n_samples,) or (n_channels, n_samples); channels are averaged. Sound below .1 s or
    a rate below 8,000 Hz is an `InputError`. Level 0 is that of the loudest thousandth of the
    picture; silence, and rows above half the rate, lie at the floor.
    """
    from scipy import fft

    mono = audio if audio.ndim == 1 else audio.mean(axis=0)
    if len(mono) < 0.1 * sample_rate or sample_rate < 8000:
        raise InputError(
            f"Expected at least .1 s of sound at 8 kHz or more, got {len(mono)} samples at"
            f" {sample_rate} Hz."
        )
    hertz = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, rows)
    # A quarter of the rate is enough for the low rows; the same window is then four times as long.
    size = fft.next_fast_len(len(mono), real=True)
    kept = size // 8 + 1
    low = fft.irfft(fft.rfft(mono.astype(np.float32), size)[:kept], 2 * (kept - 1))
    low_rate = sample_rate * 2 * (kept - 1) / size
    low_power = _rows(
        low * (2 * (kept - 1) / size), low_rate, hertz, columns, len(mono) / sample_rate
    )
    high_power = _rows(mono, sample_rate, hertz, columns, len(mono) / sample_rate)
    blend = np.clip(np.log2(hertz / 500.0), 0, 1)[:, None]
    power = blend * high_power + (1 - blend) * low_power
    top = float(np.quantile(power, 0.999))
    level = 10 * np.log10(np.maximum(power / max(top, 1e-12), 1e-12))
    return Spectrogram(
        np.clip(level, -RANGE_DB, 0).astype(np.float32), hertz, len(mono) / sample_rate
    )


def _rows(
    mono: NDArray[np.floating],
    rate: float,
    hertz: NDArray[np.float64],
    columns: int,
    duration_s: float,
) -> NDArray[np.float32]:
    """Return the power in each row's band around each column's time: (rows, columns)."""
    from scipy import fft

    padded = np.pad(np.asarray(mono, np.float32), _WINDOW // 2 + 1)
    middles = (np.arange(columns) + 0.5) / columns * duration_s * rate
    starts = np.minimum(middles.astype(int) + 1, len(padded) - _WINDOW)
    framed = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[starts]
    window = np.hanning(_WINDOW).astype(np.float32)
    power = np.square(np.abs(fft.rfft(framed * window, axis=1)))
    # Triangles as wide as a row or as a bin, whichever is wider, of an area that is their width: a
    # tone is as strong in every row, and noise as its power in the row's band.
    centres = hertz * _WINDOW / rate
    spread = np.maximum(centres * (hertz[1] / hertz[0] - 1), 1.0)[:, None]
    weight = np.maximum(1 - np.abs(np.arange(power.shape[1]) - centres[:, None]) / spread, 0)
    weight[centres > _WINDOW / 2] = 0
    weight *= spread / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(weight.astype(np.float32) @ power.T, np.float32)


def show(axes: "Axes", picture: Spectrogram, *, marks: bool = True) -> None:
    """Draw a spectrogram: seconds across, Hz upwards."""
    octaves = float(np.log2(picture.hertz[-1] / picture.hertz[0]))
    axes.imshow(
        picture.level_db, aspect="auto", origin="lower", cmap=MAP, vmin=-RANGE_DB, vmax=0,
        extent=(0, picture.duration_s, 0, octaves), interpolation="antialiased",
    )  # fmt: skip
    if marks:
        axes.set_yticks([octave_of(f) for f in _MARKS], list(_MARKS.values()))
    else:
        axes.set_yticks([])
    axes.set_ylim(0, octaves)


def octave_of(hertz: float) -> float:
    """Return where a frequency stands on the vertical axis of `show`."""
    return float(np.log2(hertz / _LOWEST_HZ))
