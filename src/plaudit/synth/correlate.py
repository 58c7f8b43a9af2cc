"""Simple measurements that should follow the knobs, and estimates that should find the truth.

They are deliberately plain and know nothing of how faults are made. Those of a score measure what
was written; those of sound listen to the record.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import stft

from plaudit.synth.estimate import RATE, pitch_of
from plaudit.synth.harmony import MODES
from plaudit.synth.score import Array, Score


def bar_chroma(score: Score) -> NDArray[np.float64]:
    """Return the sounding time of each pitch class in each bar: (bars, 12)."""
    length = score.metre.beats
    bars = np.zeros((sum(section.bars for section in score.sections), 12))
    sounding = [(n.onset_beat, n.pitch, n.duration_s) for n in score.sung]
    sounding += [
        (n.onset_beat, n.pitch, n.duration_s) for n in score.notes if not n.part.startswith("drums")
    ]
    for onset, pitch, seconds in sounding:
        bars[min(int(onset // length), len(bars) - 1), round(pitch) % 12] += seconds
    return bars


def coherence(score: Score) -> float:
    """Return how far key, tempo and band stay the same, in [0, 1]."""
    bars = bar_chroma(score)
    windows = np.array([bars[k : k + 4].sum(axis=0) for k in range(0, len(bars), 4)])
    whole = windows.sum(axis=0)
    norms = np.linalg.norm(windows, axis=1) * np.linalg.norm(whole)
    key = float(np.mean(windows @ whole / np.maximum(norms, 1e-9)))
    tempo = 1 / (1 + 5 * float(np.std(np.log(np.diff(score.tempo.seconds[:-1])))))
    band = float(np.mean(["/" not in note.part for note in score.notes]))
    return (key + tempo + band) / 3


def musicality(score: Score) -> float:
    """Return how right notes, chords, tuning and beat are, in [0, 1]."""
    scale = {(score.tonic + s) % 12 for s in MODES[score.mode]} | {(score.tonic + 11) % 12}
    pitched = [n for n in score.notes if not n.part.startswith("drums")]
    every = np.array([n.pitch for n in pitched] + [n.pitch for n in score.sung])
    right = float(np.mean([round(p) % 12 in scale for p in every]))
    tuned = 1 - 2 * float(np.mean(np.abs(every - np.rint(every))))
    chords = [n for n in pitched if n.part.split("/")[0] in {"chords", "pad"}]
    agree = float(
        np.mean(
            [
                round(n.pitch) % 12
                in score.chords[int(n.onset_beat // score.metre.beats)].pitch_classes
                for n in chords
            ]
        )
    )
    # Off-beats may swing, so only what is written on a beat tells how steady it is.
    late = [
        n.onset_s - float(score.tempo.at(n.onset_beat))
        for n in score.notes
        if n.onset_beat % 1 == 0
    ]
    steady = 1 / (1 + 20 * float(np.std(late)))
    return (right + tuned + agree + steady) / 4


def memorability(score: Score) -> float:
    """Return how much of the sung line returns, and how much shape it has, in [0, 1]."""
    bars: dict[int, list[tuple[float, int]]] = {}
    for note in score.sung:
        index, place = divmod(note.onset_beat, score.metre.beats)
        bars.setdefault(int(index), []).append((round(float(place), 2), round(note.pitch)))
    figures = Counter(tuple((b, p - bar[0][1]) for b, p in bar) for bar in bars.values())
    rhythms = Counter(tuple(b for b, _ in bar) for bar in bars.values())
    back = sum(n for n in figures.values() if n > 1) / len(bars)
    same = sum(n for n in rhythms.values() if n > 1) / len(bars)
    spread = np.mean([np.ptp([p for _, p in bar]) for bar in bars.values() if len(bar) > 1] or [0])
    return (back + same + min(float(spread) / 7, 1.0)) / 3


def clarity(score: Score) -> float:
    """Return how much of the bars' differences in fullness and chords lies between section kinds.

    1 when bars of one kind of section are alike and kinds differ; 0 when kinds mean nothing.

    Parameters
    ----------
    score : Score
        Song as data.

    Returns
    -------
    float
        In [0, 1], higher is clearer.
    """
    bars = np.repeat([s.name for s in score.sections], [s.bars for s in score.sections])
    length = score.metre.beats
    power = np.zeros(len(bars))
    kinds: list[set[str]] = [set() for _ in bars]
    for note in score.notes:
        bar = min(int(note.onset_beat // length), len(bars) - 1)
        power[bar] += note.velocity**2
        kinds[bar].add(note.part.split("/")[0])
    height = np.zeros(len(bars))
    for bar in range(len(bars)):
        sung = [n.pitch for n in score.sung if int(n.onset_beat // length) == bar]
        height[bar] = np.mean(sung) if sung else np.nan
    height = np.where(np.isnan(height), np.nanmean(height), height)
    measures = np.array([np.log1p(power), [len(k) for k in kinds], height]).T
    total = measures.var(axis=0) + 1e-9
    between = np.zeros(3)
    for name in set(bars.tolist()):
        rows = measures[bars == name]
        between += len(rows) / len(bars) * (rows.mean(axis=0) - measures.mean(axis=0)) ** 2
    # Share explained, weighed by how much there is to explain.
    contrast = np.sqrt(between) / np.array([0.6, 1.0, 2.5])
    return float(np.mean(between / total * np.minimum(contrast, 1.0)))


def naturalness(voice: Array) -> dict[str, float]:
    """Measure how humanly a voice sings, each in [0, 1] and rising.

    Parameters
    ----------
    voice : ndarray, (n,)
        The voice without the band, at 44,100 Hz.

    Returns
    -------
    dict
        ``"motion"`` of pitch within notes, ``"rests"`` between phrases, ``"vowels"`` that change,
        ``"air"`` of breath and consonants, ``"steadiness"`` against drop-outs and jumps.
    """
    pitch = pitch_of(voice)
    wander = np.abs(pitch - median_filter(np.nan_to_num(pitch), 31))
    within = wander[np.isfinite(pitch) & (wander < 0.9)]
    motion = float(np.median(within)) / 0.15 if len(within) else 0.0

    _, _, spectrum = stft(voice, RATE, nperseg=2048, noverlap=2048 - 441)
    power = np.abs(spectrum[:250]) ** 2  # up to 5 kHz
    level = power.sum(axis=0)
    sung = np.convolve(level > 0.02 * level.max(), np.ones(15), mode="same") > 0
    first, last = np.flatnonzero(sung)[[0, -1]]
    # Only rests of 0.15 to 2.5 s inside the singing are breaths; longer ones are interludes.
    edges = np.flatnonzero(np.diff(sung[first : last + 1].astype(np.int8)))
    rests = (edges[1::2] - edges[::2]) / 100
    paused = float(np.sum(rests[rests < 2.5])) / (float(sung.sum()) / 100) / 0.15

    # Bands of some 500 Hz: wide enough to hear formants and not single harmonics.
    band = np.add.reduceat(power[:, sung], [4, 32, 58, 82, 106, 130, 160, 200], axis=0)
    shape = np.log10(band + 1e-3 * band.mean())
    vowels = float(np.mean(np.std(np.diff(shape, axis=0), axis=1)))
    jumps = np.abs(np.diff(np.log10(level[sung] + 1e-4 * level.max())))
    steady = 1 - 8 * float(np.mean(jumps > 0.7))
    treble = (np.abs(spectrum[232:]) ** 2).sum(axis=0)  # above 5 kHz: breath and consonants
    air = float(np.mean(treble[sung] > 0.03 * level[sung])) / 0.06
    measures = {
        "motion": motion, "rests": paused, "vowels": vowels, "air": air, "steadiness": steady,
    }  # fmt: skip
    return {name: float(np.clip(value, 0, 1)) for name, value in measures.items()}
