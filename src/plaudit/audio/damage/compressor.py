"""Over-compression: a fast compressor that pumps, driven by the bass, and a limiter behind it.

The compressor measures the level every millisecond (that of the loudest channel, with the bass
turned up), turns down what lies over the threshold by ``1 - 1 / ratio`` of it, a few milliseconds
ahead, and comes back at so many dB a second: the whole band ducks under each kick and swells after
it. Its threshold is relative to the recording's own level. The limiter then holds every peak at so
many dB over the mean level, coming back fast enough to roughen the bass.

The gain is one for all channels. The power of the whole is set back to what it was: the quiet is
raised and the loud held down.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import energy

Floats = NDArray[np.float32]

_STEP_S = 0.001
_AHEAD_S = 0.004
_BASS_HZ = 120.0
_BLOCK_STEPS = 4096
# Energy of silence, or of what would vanish when it is turned down.
_NOTHING = 1e-60
# Steps so far under the loudest are pauses.
_SILENT_DB = 100.0
_LIMITER_RELEASE_DB_PER_S = 600.0


def compress(
    audio: Floats,
    sample_rate: int,
    rng: np.random.Generator,  # noqa: ARG001 (the signature of every kind)
    *,
    threshold_db: float,
    ratio: float,
    release_db_per_s: float,
    bass_db: float,
    ceiling_db: float,
) -> Floats:
    """Compress a recording far too much.

    Compression sets in at ``threshold_db`` over the mean level of the recording, with ``ratio``
    (input over output above the threshold, dB for dB; over 1); the gain comes back at
    ``release_db_per_s``. What lies below 120 Hz counts ``bass_db`` more than the rest for the
    level. The limiter holds peaks at ``ceiling_db`` over the mean level.
    """
    before = energy(audio)
    if before < _NOTHING:
        return audio.copy()
    level = _level_db(audio, sample_rate, bass_db)
    over = level - _mean_db(level) - threshold_db
    out = np.empty_like(audio)
    _turn_down(audio, over * (1 - 1 / ratio), release_db_per_s, sample_rate, out)
    peak = _peak_db(out, sample_rate)
    over = peak - 10 * np.log10(energy(out) / out.size) - ceiling_db
    _turn_down(out, over, _LIMITER_RELEASE_DB_PER_S, sample_rate, out)
    out *= np.float32(np.sqrt(before / energy(out)))
    return out


def _turn_down(
    audio: Floats, over: NDArray[np.float64], release: float, sample_rate: int, out: Floats
) -> None:
    """Write the audio, turned down by ``over`` (dB a step) where that is positive, to ``out``."""
    step = _step(sample_rate)
    reduction = _release(np.maximum(over, 0), release * step / sample_rate)
    reduction = _ahead(reduction, max(1, round(_AHEAD_S * sample_rate / step)))
    gain = 10 ** (-np.append(reduction, reduction[-1]) / 20)
    n = audio.shape[1]
    for at in range(0, len(reduction), _BLOCK_STEPS):
        low, high = at * step, min((at + _BLOCK_STEPS) * step, n)
        points = gain[at : at + _BLOCK_STEPS + 1]
        place = np.arange(high - low) / step
        out[:, low:high] = audio[:, low:high] * np.interp(place, np.arange(len(points)), points)


def _step(sample_rate: int) -> int:
    """Return how many samples a level is measured over."""
    return max(1, round(_STEP_S * sample_rate))


def _mean_db(level: NDArray[np.float64]) -> float:
    """Return the mean of the powers of all steps that sound, dB."""
    sounding = level[level > level.max() - _SILENT_DB]
    return float(10 * np.log10(np.mean(10 ** (sounding / 10))))


def _peak_db(audio: Floats, sample_rate: int) -> NDArray[np.float64]:
    """Return the peak of each step over all channels, dB."""
    starts = np.arange(0, audio.shape[1], _step(sample_rate))
    high = np.maximum.reduceat(audio, starts, axis=1).max(axis=0)
    low = np.minimum.reduceat(audio, starts, axis=1).min(axis=0)
    peak: NDArray[np.float64] = 20 * np.log10(np.maximum(np.maximum(high, -low), 1e-15))
    return peak


def _level_db(audio: Floats, sample_rate: int, bass_db: float) -> NDArray[np.float64]:
    """Return the level of each step (dB), the loudest channel's, with the bass turned up."""
    from scipy.signal import butter, sosfilt

    step = _step(sample_rate)
    sections = butter(2, _BASS_HZ, fs=sample_rate, output="sos")
    state = np.zeros((len(sections), len(audio), 2))
    extra = 10 ** (bass_db / 20) - 1
    n = audio.shape[1]
    power = np.empty(-(-n // step))
    for at in range(0, len(power), _BLOCK_STEPS):
        block = audio[:, at * step : (at + _BLOCK_STEPS) * step]
        bass, state = sosfilt(sections, block, zi=state)
        driven = block + extra * bass
        starts = np.arange(0, block.shape[1], step)
        sums = np.add.reduceat(driven**2, starts, axis=1).max(axis=0)
        power[at : at + len(starts)] = sums / np.diff(np.append(starts, block.shape[1]))
    # 10 ms of the past: between two half-waves of the bass the level does not fall.
    window = max(1, round(0.01 * sample_rate / step))
    smooth = np.convolve(power, np.full(window, 1 / window))[: len(power)]
    level: NDArray[np.float64] = 10 * np.log10(np.maximum(smooth, 1e-30))
    return level


def _release(over: NDArray[np.float64], fall: float) -> NDArray[np.float64]:
    """Let the reduction rise at once and fall by ``fall`` dB a step."""
    slope = fall * np.arange(len(over))
    held: NDArray[np.float64] = np.maximum.accumulate(over + slope) - slope
    return np.maximum(held, 0)


def _ahead(reduction: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Begin each rise ``steps`` early and spread it over them, so that it does not click."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    early = maximum_filter1d(reduction, 2 * steps + 1, mode="nearest")
    spread: NDArray[np.float64] = uniform_filter1d(early, 2 * steps + 1, mode="nearest")
    return spread
