"""Self-similarity of a song's sound: which moments sound alike, and where one part ends.

Chroma and timbre are measured from the sound alone, 2.7 times a second; the true sections are only
drawn over the result. The novelty curve is Foote's (2000): a checkerboard slid along the diagonal
of the similarity matrix, high where the past and the future each agree with themselves but not with
each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.reports.corpus.roll import SECTION_COLOURS, draw_sections
from plaudit.reports.look.canvas import BLUE, INK, MAP, SERIF, SOFT, bare, save, sheet, time_ticks
from plaudit.reports.look.spectrogram import spectrogram_of
from plaudit.synth.music.notation import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from plaudit.synth.song import Song

Matrix = NDArray[np.float64]
BANDS, TIMBRE = 40, 13
TIMBRE_SHARE = 0.8  # the rest is chroma; found best on composed songs
DYING_DB = 12.0
KERNEL_S = 6.0  # how far the novelty curve looks back and ahead
APART_S = 4.0  # least distance of two peaks
NEAR_S = 1.5  # a boundary is found when a peak is this close


@dataclass(frozen=True)
class Likeness:
    """What a song's sound says about its form.

    Parameters
    ----------
    times : ndarray, (n,)
        Seconds of the moments compared.
    similarity : ndarray, (n, n)
        1 where two moments sound the same, towards 0 where they do not.
    novelty : ndarray, (n,)
        How sharply the sound changes for good, 0 to 1.
    """

    times: Matrix
    similarity: Matrix
    novelty: Matrix

    def peaks(self, count: int) -> Matrix:
        """Return the times of the highest peaks of novelty, at least `APART_S` apart, in order."""
        inner = self.novelty[1:-1]
        places = np.flatnonzero((inner >= self.novelty[:-2]) & (inner > self.novelty[2:])) + 1
        kept: list[float] = []
        for place in places[np.argsort(-self.novelty[places], kind="stable")]:
            time = float(self.times[place])
            if len(kept) < count and all(abs(time - other) >= APART_S for other in kept):
                kept.append(time)
        return np.sort(np.array(kept))


def likeness_of(audio: NDArray[np.float32], sample_rate: int) -> Likeness:
    """Compare every moment of a recording with every other.

    Parameters
    ----------
    audio : ndarray of float32, (2, n_samples)
        At least 8 s of stereo sound at 44,100 Hz.
    sample_rate : int
        44,100.

    Returns
    -------
    Likeness
        Moments are .37 s apart, until the last chord dies; features are averaged over about 1.5 s.

    Raises
    ------
    InputError
        The sound is too short, or its rate another.
    """
    from scipy.fft import dct
    from scipy.ndimage import uniform_filter1d

    from listening.estimate import RATE, chroma_of

    duration_s = audio.shape[-1] / sample_rate
    if sample_rate != RATE or duration_s < 8:
        raise InputError(
            f"Expected at least 8 s at {RATE} Hz, got {duration_s:.1f} s at {sample_rate} Hz;"
            " resample or take a longer song."
        )
    chroma = chroma_of(audio).T
    times = np.linspace(0, duration_s, len(chroma), endpoint=False)
    fine = spectrogram_of(audio, sample_rate, columns=4 * len(chroma), rows=BANDS).level_db
    bands = fine.reshape(BANDS, len(chroma), 4).mean(axis=2).T.astype(np.float64)
    # The last chord dying away would be the greatest contrast of all.
    level = bands.mean(axis=1)
    n_frames = int(np.flatnonzero(level > np.median(level) - DYING_DB).max(initial=7)) + 1
    timbre = dct(bands, axis=1, norm="ortho")[:, :TIMBRE]
    parts = []
    for feature, share in ((np.sqrt(chroma), 1 - TIMBRE_SHARE), (timbre, TIMBRE_SHARE)):
        smooth = uniform_filter1d(feature[:n_frames], 4, axis=0, mode="nearest")
        smooth -= smooth.mean(axis=0)
        spread = np.sqrt(np.square(smooth).sum(axis=1).mean() + 1e-12)
        parts.append(smooth * np.sqrt(share) / spread)
    features, times = np.concatenate(parts, axis=1), times[:n_frames]
    square = np.square(features).sum(axis=1)
    distance = np.sqrt(np.maximum(square[:, None] + square - 2 * features @ features.T, 0))
    similarity = np.exp(-np.square(distance / max(float(np.median(distance)), 1e-9)))
    return Likeness(times, similarity, _novelty(similarity, times))


def _novelty(similarity: Matrix, times: Matrix) -> Matrix:
    """Slide a checkerboard with soft edges along the diagonal."""
    reach = max(round(KERNEL_S / (times[1] - times[0])), 2)
    at = np.arange(-reach, reach) + 0.5
    taper = np.exp(-np.square(at / (0.5 * reach)) / 2)
    kernel = np.outer(np.sign(at) * taper, np.sign(at) * taper)
    padded = np.pad(similarity, reach, mode="edge")
    curve = np.array(
        [
            float(np.sum(kernel * padded[k : k + 2 * reach, k : k + 2 * reach]))
            for k in range(len(similarity))
        ]
    )
    curve = np.maximum(curve, 0)
    # The ends have no past or no future to compare.
    edge = min(reach // 2, len(curve) // 4)
    curve[:edge] = curve[len(curve) - edge :] = 0
    return np.asarray(curve / max(float(curve.max()), 1e-12))


def changes(score: Score) -> list[float]:
    """Return the seconds at which a section of another kind begins: where the sound should turn."""
    return [
        after.start_s for before, after in pairwise(score.sections) if after.name != before.name
    ]


def matched_changes(score: Score, likeness: Likeness) -> int:
    """Return how many of the true changes lie within `NEAR_S` of one of as many highest peaks."""
    bounds = changes(score)
    peaks = likeness.peaks(len(bounds))
    return sum(bool(np.abs(peaks - bound).min(initial=np.inf) <= NEAR_S) for bound in bounds)


def draw_similarity(song: "Song", path: Path) -> None:
    """Draw the self-similarity of a song with its true sections; see `draw_similarities`."""
    draw_similarities([song], path, [song.title])


def draw_similarities(songs: "Sequence[Song]", path: Path, titles: Sequence[str]) -> None:
    """Draw the self-similarity of one song or of two side by side as PNG.

    Parameters
    ----------
    songs : sequence of Song
        One or two.
    path : Path
        PNG to write.
    titles : sequence of str
        Heading of each.
    """
    side = 4.05 if len(songs) > 1 else 6.0
    pitch = side + 0.6
    with sheet(0.55 + pitch * len(songs) - 0.35, side + 2.75) as figure:
        for place, (song, title) in enumerate(zip(songs, titles, strict=True)):
            _draw(figure, song, title, (0.55 + place * pitch, side))
        save(figure, path)


def _draw(figure: "Figure", song: "Song", title: str, place: tuple[float, float]) -> None:
    """Draw one song: form, matrix with the form at its side, novelty; sizes in inches."""
    left, side = place
    width, height = figure.get_figwidth(), figure.get_figheight()
    score, duration_s = song.score, song.score.duration_s
    likeness = likeness_of(song.audio, song.sample_rate)
    end_s = float(likeness.times[-1] + likeness.times[1] - likeness.times[0])

    def panel(low: float, tall: float, x: float = left, wide: float = side) -> "Axes":
        return figure.add_axes((x / width, low / height, wide / width, tall / height))

    base = 1.55
    form = panel(base + side + 0.05, 0.32)
    draw_sections(form, score, side)
    bare(form)
    matrix = panel(base, side)
    matrix.imshow(
        likeness.similarity, origin="lower", cmap=MAP, vmin=0, vmax=1, aspect="auto",
        extent=(0, end_s, 0, end_s), interpolation="nearest",
    )  # fmt: skip
    matrix.set_xlim(0, duration_s)
    matrix.set_ylim(0, duration_s)
    matrix.set_facecolor("#000004")
    bounds = changes(score)
    for bound in bounds:
        matrix.axvline(bound, color="#ffffff", linewidth=0.7, alpha=0.75)
        matrix.axhline(bound, color="#ffffff", linewidth=0.7, alpha=0.75)
    bare(matrix)
    edge = panel(base, side, left - 0.2, 0.14)
    for section in score.sections:
        colour = SECTION_COLOURS.get(section.name, SOFT)
        edge.axhspan(section.start_s, section.end_s, color=colour, linewidth=0)
    edge.set_ylim(0, duration_s)
    bare(edge)
    novelty = panel(base - 0.72, 0.62)
    novelty.fill_between(likeness.times, likeness.novelty, color=BLUE, alpha=0.18, linewidth=0)
    novelty.plot(likeness.times, likeness.novelty, color=BLUE, linewidth=1.3)
    for bound in bounds:
        novelty.axvline(bound, color=INK, linewidth=0.8, alpha=0.55)
    novelty.set_ylim(0, 1.08)
    bare(novelty, "bottom")
    time_ticks(novelty, duration_s)
    hits, style = matched_changes(score, likeness), score.style.replace("_", " ")
    figure.text(left / width, (base + side + 0.72) / height, title, family=SERIF, fontsize=15)
    figure.text(
        left / width, (base + side + 0.5) / height,
        f"{style}, {duration_s:.0f} s; bright where two moments sound alike", color=SOFT,
    )  # fmt: skip
    figure.text(
        left / width, 0.25 / height,
        f"Below: novelty of the sound. {hits} of {len(bounds)} true changes of\n"
        f"section (lines) lie within {NEAR_S:g} s of its {len(bounds)} highest peaks.",
        color=SOFT, va="bottom",
    )  # fmt: skip
