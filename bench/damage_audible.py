"""How far each kind of damage goes, on composed songs: its own measure, and what is left.

For every kind and strength: a measure of its own, taken from the sound by other means than the
damage's code; the log-spectral distance to the original (dB, 46 ms frames, mean over frames, the
overall gain taken out); and the speed. Means over songs with 95 % intervals of the mean (Student).

Run: make bench
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import multiprocessing
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.special import stdtrit

from plaudit.audio.damage.kinds import DAMAGES, STRENGTHS, damage
from plaudit.synth.song import make_song

SEED = 20
Floats = NDArray[np.float32]
Measure = Callable[[Floats, Floats, int], float]


def signal_to_rest(out: Floats, song: Floats, _: int) -> float:
    """dB of what is in proportion to the song over what is not."""
    gain = np.vdot(out, song) / np.vdot(song, song)
    rest = out - gain * song
    return float(10 * np.log10(gain**2 * np.vdot(song, song) / np.vdot(rest, rest)))


def at_rail(out: Floats, _: Floats, __: int) -> float:
    """Percent of the samples at the peak."""
    return float(100 * np.mean(np.abs(out) >= np.abs(out).max() * (1 - 1e-6)))


def upper_edge(out: Floats, song: Floats, rate: int) -> float:
    """kHz above which more than 20 dB of the song are gone."""
    hz, after = signal.welch(out.mean(0), rate, nperseg=4096)
    _, before = signal.welch(song.mean(0), rate, nperseg=4096)
    inside = (hz > 600) & (hz < 1_000)
    gain = after[inside].sum() / before[inside].sum()
    gone = (hz > 1_000) & (after < 0.01 * gain * before)
    return float((hz[gone].min() if gone.any() else rate / 2) / 1000)


def silent(out: Floats, song: Floats, _: int) -> float:
    """Percent of the samples that are zero and were not."""
    return float(100 * np.mean((out == 0) & (song != 0)))


def elsewhere(out: Floats, song: Floats, rate: int) -> float:
    """Percent of the frames of 20 ms that are no longer what they were."""
    size = rate // 50
    n = song.shape[1] // size * size
    rest = (out - song)[:, :n].reshape(2, -1, size)
    whole = song[:, :n].reshape(2, -1, size)
    there = (whole**2).sum((0, 2)) > 1e-5 * size
    changed = (rest**2).sum((0, 2)) > 0.01 * (whole**2).sum((0, 2))
    return float(100 * changed[there].mean())


def drift(out: Floats, song: Floats, rate: int) -> float:
    """Median over frames of how far the spectrum is shifted, cents, by likeness of log spectra."""
    size, hop = 1 << 14, 1 << 12
    hz = np.fft.rfftfreq(size, 1 / rate)
    grid = 300 * 2 ** (np.arange(0, 4 * 1200, 4) / 1200)
    found = []
    for at in range(0, song.shape[1] - size, hop):
        pair = [
            np.log(np.abs(np.fft.rfft(x[:, at : at + size].mean(0) * np.hanning(size))) + 1e-3)
            for x in (song, out)
        ]
        a, b = (np.interp(grid, hz, spectrum) for spectrum in pair)
        if a.std() < 0.1:
            continue
        lags = range(-75, 76)
        inner = a[75:-75] - a[75:-75].mean()
        scores = [float(np.dot(inner, b[75 + k : len(b) - 75 + k])) for k in lags]
        found.append(4 * abs(lags[int(np.argmax(scores))]))
    return float(np.mean(found))


def coherence(out: Floats, song: Floats, rate: int) -> float:
    """Mean coherence of the spectra, 200 to 5,000 Hz: 1 where phases are kept."""
    hz, value = signal.coherence(out[0], song[0], rate, nperseg=2048)
    return float(value[(hz > 200) & (hz < 5_000)].mean())


def riding(out: Floats, song: Floats, rate: int) -> float:
    """Standard deviation of the gain over frames of 50 ms, dB."""
    size = rate // 20
    n = song.shape[1] // size * size
    power = [(x[:, :n].reshape(2, -1, size) ** 2).mean((0, 2)) + 1e-9 for x in (out, song)]
    gain = 10 * np.log10(power[0] / power[1])
    return float(gain[power[1] > power[1].max() * 1e-5].std())


MEASURES: dict[str, tuple[str, Measure]] = {
    "noise": ("song over noise, dB", signal_to_rest),
    "clipping": ("samples at rail, %", at_rail),
    "band_limit": ("upper edge, kHz", upper_edge),
    "low_bit_rate": ("song over error, dB", signal_to_rest),
    "drop_outs": ("lost, %", silent),
    "shuffled_pieces": ("elsewhere, %", elsewhere),
    "repeated_loops": ("elsewhere, %", elsewhere),
    "detuning_wobble": ("mean shift, cents", drift),
    "vocoder_smear": ("coherence", coherence),
    "over_compression": ("gain swing, dB", riding),
}


def distance(out: Floats, song: Floats, rate: int) -> float:
    """Log-spectral distance, dB, down to 80 dB under the loudest bin; no gain."""

    def spectrum(x: Floats) -> NDArray[np.float64]:
        power = np.abs(signal.stft(x.mean(0), rate, nperseg=2048)[2]) ** 2
        return np.asarray(power / power.sum())

    one, other = spectrum(out), spectrum(song)
    floor = 1e-8 * other.max()
    gap = 10 * np.log10((one + floor) / (other + floor))
    return float(np.sqrt((gap**2).mean(0)).mean())


def measure(task: tuple[int, float]) -> list[tuple[str, int, float, float, float]]:
    """Compose one song and return (form, strength, own measure, distance, speed) of all damage."""
    seed, duration_s = task
    made = make_song(seed, duration_s)
    song, rate = made.audio, made.sample_rate
    found = []
    for kind, entry in DAMAGES.items():
        for variant in entry.variants or (None,):
            for strength in STRENGTHS:
                rng = np.random.default_rng(seed)
                start = time.perf_counter()
                out = damage(song, rate, kind, strength, rng, variant)
                speed = duration_s / (time.perf_counter() - start)
                own = MEASURES[kind][1](out, song, rate)
                name = f"{kind} {variant}" if variant else kind
                found.append((name, strength, own, distance(out, song, rate), speed))
    return found


def interval(values: NDArray[np.float64]) -> str:
    """Mean and 95 % interval."""
    half = stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():8.2f} [{values.mean() - half:7.2f},{values.mean() + half:7.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    tasks = [(SEED + index, options.seconds) for index in range(options.songs)]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        rows = [row for rows in pool.map(measure, tasks, chunksize=1) for row in rows]
    print(f"{options.songs} composed songs of {options.seconds:g} s; mean [95 %]; n = songs")
    print(
        f"{'damage':<22}{'own measure':<20}{'strength':>8}{'value':>10}{'':18}"
        f"{'distance, dB':>13}{'':15}{'x real time':>12}{'n':>4}"
    )
    for name in dict.fromkeys(row[0] for row in rows):
        label = MEASURES[name.split()[0]][0]
        for strength in STRENGTHS:
            picked = np.array([row[2:] for row in rows if row[:2] == (name, strength)])
            print(
                f"{name:<22}{label:<20}{strength:>8}  {interval(picked[:, 0])}   "
                f"{interval(picked[:, 1])}{np.median(picked[:, 2]):>12.0f}{len(picked):>4}"
            )


if __name__ == "__main__":
    main()
