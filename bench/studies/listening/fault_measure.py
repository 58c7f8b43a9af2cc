"""Eighteen plain measures of a song, one for each fault; `correlate` is their catalogue.

They know nothing of how faults are made. Each takes a `Hearing` and returns one number; nan means
that the song has nothing to measure, for the reason given in its docstring.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from listening.estimate import PITCH_CENTRE_S, PITCH_HOP_S, RATE
from listening.hearing import ONSET_HOP, WINDOW, Hearing, Matrix
from plaudit.synth.music.harmony import MODES

_LOCAL_S = 4.0  # windows in which a pulse is looked for
_MAJOR_SCALES = np.array(
    [[(pitch - tonic) % 12 in MODES["major"] for pitch in range(12)] for tonic in range(12)], float
)


def key_consistency(song: Hearing) -> float:
    """Mean cosine between the chroma of all pairs of two-bar windows, 0 to 1."""
    bars = np.sqrt(song.per_bar(song.chroma))
    windows = _unit(bars[:-1] + bars[1:])
    return float((windows @ windows.T).mean())


def tempo_spread(song: Hearing) -> float:
    """Standard deviation of the local tempo in percent of the tempo.

    Onset strength is autocorrelated in windows of 4 s. The tempo of each window is how much its
    autocorrelation must be stretched to lie on that of the whole song, by up to 1.65 either way,
    along the path through the windows that fits best and jumps least.
    """
    local = _periodicity(song)
    stretches = np.exp(np.linspace(-0.5, 0.5, 81))
    lags = np.arange(20, 250) * stretches[:, None]
    fits = np.array([np.interp(lags, np.arange(local.shape[1]), window) for window in local])
    fits = _unit(fits - fits.mean(axis=2, keepdims=True))
    effort = 2.0 * np.abs(np.subtract.outer(np.log(stretches), np.log(stretches)))
    path = np.full(len(fits), len(stretches) // 2)
    for _ in range(3):  # the song's own pattern sharpens as the windows are brought together
        pattern = _unit(fits[np.arange(len(fits)), path].mean(axis=0))
        path = _best_path(fits @ pattern, effort)
    return 100 * float(np.std(np.log(stretches)[path]))


def band_consistency(song: Hearing) -> float:
    """Share of notes that their role's commonest instrument plays, 0 to 1."""
    players = {part.name: part for part in song.score.parts}
    counts: dict[str, Counter[str]] = {}
    for note in song.score.notes:
        part = players[note.part]
        counts.setdefault(part.role, Counter())[part.instrument] += 1
    total = sum(sum(count.values()) for count in counts.values())
    return sum(max(count.values()) for count in counts.values()) / total


def outside_share(song: Hearing) -> float:
    """Share of the sound below 600 Hz that lies outside a diatonic scale.

    Mean over two-bar windows; the scale is the best-fitting one in each, so that a change of key
    is no wrong note.
    """
    bars = song.per_bar(song.chroma)
    windows = bars[:-1] + bars[1:]
    windows /= np.maximum(windows.sum(axis=1, keepdims=True), 1e-9)
    return float(1 - (windows @ _MAJOR_SCALES.T).max(axis=1).mean())


def chord_share(song: Hearing) -> float:
    """Share of the sound below 600 Hz that belongs to the chord written in its bar."""
    bars = song.per_bar(song.chroma)
    shares = [
        float(bar[list(chord.pitch_classes)].sum() / max(bar.sum(), 1e-9))
        for bar, chord in zip(bars, song.score.chords, strict=True)
    ]
    return float(np.mean(shares))


def mistuning_cents(song: Hearing) -> float:
    """Mean distance of spectral peaks (110 Hz to 1 kHz) from equal temperament at 440 Hz, cents."""
    _, pitch, strength = song.peaks
    kept = (pitch > 45) & (pitch < 84)
    if not kept.any():
        return np.nan
    off = np.abs(pitch[kept] - np.rint(pitch[kept]))
    return 100 * float(np.average(off, weights=strength[kept]))


def pulse_clarity(song: Hearing) -> float:
    """Share of the onset strength around beats (145 ms either way) that falls within 35 ms."""
    beats = song.score.tempo.at(np.arange(float(song.n_bars * song.score.metre.beats)))
    at = np.rint(beats * RATE / ONSET_HOP - 1.16).astype(int)
    total = np.concatenate([[0.0], np.cumsum(song.rise)])
    near, wide = (
        total[np.clip(at + reach + 1, 0, len(song.rise))] - total[np.clip(at - reach, 0, None)]
        for reach in (3, 14)
    )
    return float(near.sum() / max(wide.sum(), 1e-9))


def figure_return(song: Hearing) -> float:
    """Mean over bars of the tune of how much of the bar returns in a section of the same name.

    A tone returns when it falls on the same place of the bar with the same height, to a semitone,
    above the bar's median: a figure that is moved, or hit by a wrong note, is still heard again.
    nan when no section of a kind has two bars of tune.
    """
    kinds = np.repeat([s.name for s in song.score.sections], [s.bars for s in song.score.sections])
    bars = _tune_bars(song)
    best = [
        max(shared)
        for own, bar in bars.items()
        if (
            shared := [
                _figures_shared(bar, other)
                for k, other in bars.items()
                if k != own and kinds[k] == kinds[own]
            ]
        )
    ]
    return float(np.mean(best)) if best else np.nan


def sung_range(song: Hearing) -> float:
    """Semitones between the 10th and 90th percentile of the voice's pitch in a phrase, mean.

    nan if nobody sings.
    """
    times = PITCH_CENTRE_S + PITCH_HOP_S * np.arange(len(song.pitch))
    ranges = []
    for phrase in song.score.phrases:
        a, b = np.searchsorted(times, [phrase.start_s, phrase.end_s])
        pitch = song.pitch[a:b][np.isfinite(song.pitch[a:b])]
        if len(pitch) > 20:
            ranges.append(np.subtract(*np.percentile(pitch, [90, 10])))
    return float(np.mean(ranges)) if ranges else np.nan


def rhythm_return(song: Hearing) -> float:
    """Mean over bars of the tune of how many of the bar's onsets another bar repeats, 0 to 1.

    nan when fewer than two bars have a tune.
    """
    rhythms = [{place for place, _ in bar} for bar in _tune_bars(song).values()]
    if len(rhythms) < 2:
        return np.nan
    best = [
        max(
            2 * len(bar & other) / (len(bar) + len(other))
            for k, other in enumerate(rhythms)
            if k != own
        )
        for own, bar in enumerate(rhythms)
    ]
    return float(np.mean(best))


def tune_level_db(song: Hearing) -> float:
    """Level of the tune's first eight harmonics against all else from 200 Hz to 4 kHz, in dB.

    Measured in the record, where and at which pitch the score has a tune; nan when it has none.
    """
    step = RATE / WINDOW
    power = np.square(song.spectrum)
    tune, rows = np.zeros(power.shape, bool), np.zeros(len(power), bool)
    leads = [n for n in song.score.notes if n.part.split("/")[0] == "lead"]
    lines = [(n.onset_s, n.duration_s, n.pitch) for n in song.score.sung]
    lines += [(n.onset_s, n.duration_s, n.pitch) for n in leads]
    for onset_s, duration_s, pitch in lines:
        a, b = np.searchsorted(song.times, [onset_s + 0.05, onset_s + duration_s - 0.02])
        rows[a:b] = True
        hertz = 440 * 2 ** ((pitch - 69) / 12) * np.arange(1, 9)
        low = np.floor(hertz * 2 ** (-1 / 24) / step).astype(int)
        high = np.ceil(hertz * 2 ** (1 / 24) / step).astype(int) + 1
        for bins in map(slice, low, high):
            tune[a:b, bins] = True
    band = slice(round(200 / step), round(4000 / step))
    power, tune = power[rows, band], tune[rows, band]
    if not len(power):
        return np.nan
    return float(10 * np.log10((power * tune).sum() / max((power * ~tune).sum(), 1e-12)))


def section_contrast_db(song: Hearing) -> float:
    """Standard deviation between sections of the levels of 24 bands, averaged over bands, in dB."""
    levels, sections = _bar_levels(song)
    means = np.array([levels[sections == k].mean(axis=0) for k in range(sections[-1] + 1)])
    return float(means.std(axis=0).mean())


def boundary_share(song: Hearing) -> float:
    """Share of the bars' differences in levels between sections, 0 to 1; nan for one section."""
    levels, sections = _bar_levels(song)
    if sections[-1] == 0:
        return np.nan
    means = np.array([levels[sections == k].mean(axis=0) for k in range(sections[-1] + 1)])
    between = np.square(means[sections] - levels.mean(axis=0)).mean(axis=0).sum()
    return float(between / levels.var(axis=0).sum())


def material_contrast(song: Hearing) -> float:
    """Mean chroma distance (one minus cosine) of chorus and bridge from the verse, bar by bar.

    Chroma counts from the tonic of each bar's key, so that a change of key is no new material; the
    last bars of two sections are compared with each other. nan when there is no verse or nothing
    else.
    """
    degrees = MODES[song.score.mode]
    tonics = [chord.root - degrees[chord.degree - 1] for chord in song.score.chords]
    bars = np.sqrt(song.per_bar(song.chroma))
    chroma = _unit(np.array([np.roll(b, -t) for b, t in zip(bars, tonics, strict=True)]))
    sections = song.score.sections
    verses = [section for section in sections if section.name == "verse"]
    distances = []
    for section in sections:
        if section.name == "verse" or not verses:
            continue
        verse = verses[0]
        for left in range(1, min(section.bars, verse.bars) + 1):
            here = section.start_bar + section.bars - left
            there = verse.start_bar + verse.bars - left
            distances.append(1 - float(chroma[here] @ chroma[there]))
    return float(np.mean(distances)) if distances else np.nan


def pitch_motion_cents(song: Hearing) -> float:
    """Mean over notes of the median distance of pitch from the note's median, in cents.

    nan if nobody sings.
    """
    spreads = []
    for track in _sung_notes(song):
        # A voice glides; what leaps by more than a sixth of a tone in 10 ms is no motion of it.
        steps = np.abs(np.diff(track))
        smooth = np.append(steps < 0.3, False) & np.append(False, steps < 0.3)
        pitch = track[smooth & np.isfinite(track)]
        if len(pitch) > 8:
            spreads.append(np.median(np.abs(pitch - np.median(pitch))))
    return 100 * float(np.mean(spreads)) if spreads else np.nan


def rest_s(song: Hearing) -> float:
    """Mean over ends of phrases of the longest time without pitch there, at most 1 s of each.

    Interludes of 3 s or more do not count; nan if nobody sings two phrases without one.
    """
    times = PITCH_CENTRE_S + PITCH_HOP_S * np.arange(len(song.pitch))
    voiced = times[np.isfinite(song.pitch)]
    rests = []
    for before, after in pairwise(song.score.phrases):
        near = voiced[(voiced > before.end_s - 0.15) & (voiced < after.start_s + 0.3)]
        if len(near) > 1 and after.start_s - before.end_s < 3.0:
            rests.append(min(float(np.diff(near).max()) - PITCH_HOP_S, 1.0))
    return float(np.mean(rests)) if rests else np.nan


def glitch_share(song: Hearing) -> float:
    """Share of time within notes with no pitch, or one two semitones off; nan if nobody sings."""
    bad = total = 0
    for pitch in _sung_notes(song):
        total += len(pitch)
        lost = ~np.isfinite(pitch)
        bad += int(lost.sum())
        if not lost.all():
            bad += int((np.abs(pitch[~lost] - np.median(pitch[~lost])) > 2).sum())
    return bad / total if total else np.nan


def vowel_motion_db(song: Hearing) -> float:
    """Standard deviation over time of the voice's spectral shape in dB; nan if nobody sings."""
    if song.voice is None or not np.isfinite(song.pitch).any():
        return np.nan
    framed = np.lib.stride_tricks.sliding_window_view(song.voice, 2048)[::441]
    sung = framed[np.isfinite(song.pitch)[: len(framed)]]
    power = np.square(np.abs(np.fft.rfft(sung * np.hanning(2048).astype(np.float32), axis=1)))
    # Bands of 200 to 700 Hz up to 5 kHz: wide enough to hear formants and not single harmonics.
    edges = [4, 14, 32, 58, 82, 106, 130, 160, 200, 232]
    bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
    shape = 10 * np.log10(bands + 1e-4 * bands.sum(axis=1, keepdims=True) + 1e-12)
    shape -= shape.mean(axis=1, keepdims=True)
    return float(shape.std(axis=0).mean())


def _unit(rows: Matrix) -> Matrix:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12))


def _periodicity(song: Hearing) -> Matrix:
    """Return the autocorrelation of onset strength in windows 1 s apart, by lags of 10 ms."""
    rise = song.rise - uniform_filter1d(song.rise, 50)
    n = min(round(_LOCAL_S * 100), len(rise))
    framed = np.lib.stride_tricks.sliding_window_view(rise, n)[::100] * np.hanning(n)
    power = np.square(np.abs(np.fft.rfft(framed, 1024, axis=1)))
    same = np.fft.irfft(power, axis=1)[:, :450]
    return np.asarray(same / np.maximum(same[:, :1], 1e-12))


def _best_path(fits: Matrix, effort: Matrix) -> NDArray[np.intp]:
    """Return the column in each row that makes the sum of fits less efforts largest (Viterbi)."""
    total, back = fits[0], []
    for row in fits[1:]:
        ways = total - effort
        back.append(ways.argmax(axis=1))
        total = ways.max(axis=1) + row
    path = [int(total.argmax())]
    for choices in reversed(back):
        path.append(int(choices[path[-1]]))
    return np.array(path[::-1])


def _tune_bars(song: Hearing) -> dict[int, list[tuple[int, float]]]:
    """Return the tune by bar: places in twelfths of a beat, heights above the bar's median."""
    bars: dict[int, list[tuple[int, float]]] = {}
    for note in song.tune:
        bar, place = divmod(round(12 * note.onset_beat), 12 * song.score.metre.beats)
        bars.setdefault(min(bar, song.n_bars - 1), []).append((place, note.pitch))
    middles = {bar: float(np.median([pitch for _, pitch in tones])) for bar, tones in bars.items()}
    return {bar: [(p, pitch - middles[bar]) for p, pitch in tones] for bar, tones in bars.items()}


def _figures_shared(bar: list[tuple[int, float]], other: list[tuple[int, float]]) -> float:
    heights = dict(other)
    same = sum(place in heights and abs(heights[place] - height) <= 1.1 for place, height in bar)
    return 2 * same / (len(bar) + len(other))


def _bar_levels(song: Hearing) -> tuple[Matrix, NDArray[np.intp]]:
    """Return the level of each band in each bar in dB, and the section of each bar."""
    levels = 10 * np.log10(song.per_bar(10 ** (song.bands / 10)) + 1e-12)
    sections = song.score.sections
    return levels, np.repeat(np.arange(len(sections)), [section.bars for section in sections])


def _sung_notes(song: Hearing) -> Iterator[Matrix]:
    """Yield the pitch track within each sung note longer than 0.2 s, its edges left out."""
    times = PITCH_CENTRE_S + PITCH_HOP_S * np.arange(len(song.pitch))
    for note in song.score.sung:
        a, b = np.searchsorted(times, [note.onset_s + 0.08, note.onset_s + note.duration_s - 0.05])
        if note.duration_s > 0.2 and b - a > 4:
            yield song.pitch[a:b]
