"""The sung line as written and as sung: measured pitch over the notes of the score."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.reports.look.canvas import (
    BLUE,
    BLUE_PALE,
    HAIR,
    LINE,
    ROSE,
    ROSE_PALE,
    SERIF,
    SOFT,
    bare,
    save,
    sheet,
)
from plaudit.reports.look.wording import duration_text
from plaudit.synth.music.chord_name import key_signature, pitch_name
from plaudit.synth.music.notation import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from plaudit.synth.song import Song

STEP_S = 0.01
HALF_WINDOW_S = 1024 / 44_100  # a pitch belongs to the middle of the window it is measured in
SETTLED = (0.35, 0.9)  # part of each note in which the error is taken: after scoop and glide
SHOWN_S = 24.0


@dataclass(frozen=True)
class Track:
    """What a voice sings against what is written.

    Parameters
    ----------
    times, pitch : ndarray, (n,)
        Seconds, and measured MIDI pitch every 10 ms; nan where nothing is sung.
    error_cents : ndarray, (n_notes,)
        Median deviation of each note's settled part from the written pitch; nan for a note with
        nothing measured.
    """

    times: NDArray[np.float64]
    pitch: NDArray[np.float64]
    error_cents: NDArray[np.float64]

    @property
    def line(self) -> NDArray[np.float64]:
        """The pitch as it is drawn: leaps of over 4 semitones in 10 ms are gaps, not strokes."""
        leap = np.abs(np.diff(self.pitch, prepend=self.pitch[:1])) > 4
        return np.where(leap, np.nan, self.pitch)


def track_of(score: Score) -> Track:
    """Sing a score's line alone and measure its pitch.

    Parameters
    ----------
    score : Score
        With somebody singing.

    Returns
    -------
    Track
        Measured by autocorrelation of the sound, see `listening.estimate.pitch_of`.

    Raises
    ------
    InputError
        The song is instrumental.
    """
    from listening.estimate import RATE, pitch_of
    from plaudit.synth.sound.singer import sing

    if not score.sung:
        raise InputError("Expected a song with a sung line, got an instrumental one.")
    voice = sing(
        score.sung,
        score.phrases,
        score.voice,
        round(score.duration_s * RATE),
        doses=score.faults,
        rng=np.random.default_rng(0),  # the singer's own vibrato; any singer will do
    )
    pitch = pitch_of(voice)
    times = np.asarray(np.arange(len(pitch)) * STEP_S + HALF_WINDOW_S, np.float64)
    errors = []
    for note in score.sung:
        low, high = (note.onset_s + share * note.duration_s for share in SETTLED)
        own = pitch[(times >= low) & (times < high)]
        own = own[np.isfinite(own)]
        errors.append(100 * (float(np.median(own)) - note.pitch) if len(own) else np.nan)
    return Track(times, pitch, np.array(errors))


def draw_pitch_track(song: "Song", path: Path) -> None:
    """Draw the measured pitch of a song's voice over the notes it should sing, as PNG.

    Parameters
    ----------
    song : Song
        With somebody singing.
    path : Path
        PNG to write; the first 24 s of singing are shown, the errors are those of the whole song.

    Raises
    ------
    InputError
        The song is instrumental.
    """
    score, track = song.score, track_of(song.score)
    style = song.style.replace("_", " ")
    start = max(score.sung[0].onset_s - 0.8, 0.0)
    end = min(start + SHOWN_S, score.duration_s)
    with sheet(9.6, 4.5) as figure:
        figure.text(0.075, 0.925, f"{song.title}, sung alone", family=SERIF, fontsize=18)
        figure.text(
            0.075, 0.868, f"{style}, {score.voice}. Blocks are the notes of the score, the"
            " line is the pitch measured from the sound, triangles are breaths.", color=SOFT,
        )  # fmt: skip
        _roll(figure.add_axes((0.075, 0.11, 0.645, 0.7)), score, track, (start, end))
        _errors(figure.add_axes((0.775, 0.34, 0.2, 0.42)), track)
        known = track.error_cents[np.isfinite(track.error_cents)]
        size = np.abs(known)
        figure.text(
            0.775, 0.07,
            f"{len(known)} of {len(score.sung)} notes measured;\n"
            f"median error {np.median(size):.0f} cents,\n"
            f"{100 * np.mean(size <= 25):.0f} % within 25 cents\n(a quarter of a semitone)",
            color=SOFT, va="bottom", linespacing=1.35,
        )  # fmt: skip
        save(figure, path)


def _roll(axes: "Axes", score: Score, track: Track, span: tuple[float, float]) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    start, end = span
    shown = [n for n in score.sung if n.onset_s + n.duration_s > start and n.onset_s < end]
    low, high = min(n.pitch for n in shown) - 2, max(n.pitch for n in shown) + 2.5
    for phrase in score.phrases:
        axes.axvspan(phrase.start_s, phrase.end_s, color=ROSE_PALE, alpha=0.55, linewidth=0)
        if phrase.breath_s > 0:
            breath = phrase.start_s - phrase.breath_s / 2
            axes.plot(breath, high - 0.45, marker="v", markersize=5, color=ROSE)
    boxes = [Rectangle((n.onset_s, n.pitch - 0.5), n.duration_s, 1.0) for n in shown]
    axes.add_collection(
        PatchCollection(boxes, facecolor=BLUE_PALE, edgecolor=BLUE, linewidth=0.6, zorder=2)
    )
    axes.plot(track.times, track.line, color=ROSE, linewidth=1.5, zorder=3)
    axes.set_xlim(start, end)
    axes.set_ylim(low, high)
    signature = key_signature(score.tonic, score.mode)
    marks = [p for p in range(int(low) + 1, int(high) + 1) if p % 12 in _SCALE_MARKS]
    axes.set_yticks(marks, [f"{pitch_name(p, signature)}{p // 12 - 1}" for p in marks])
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    seconds = [s for s in range(0, int(end) + 1, 5) if s >= start]
    axes.set_xticks(seconds, [duration_text(s) for s in seconds])
    bare(axes, "left", "bottom")


_SCALE_MARKS = {0, 2, 4, 5, 7, 9, 11}


def _errors(axes: "Axes", track: Track) -> None:
    """Draw how the notes' errors are spread."""
    known = track.error_cents[np.isfinite(track.error_cents)]
    edges = [float(edge) for edge in range(-55, 56, 10)]
    axes.hist(np.clip(known, -54, 54), edges, color=BLUE, rwidth=0.88)
    axes.axvline(0, color=HAIR, linewidth=0.9)
    axes.set_xticks([-50, 0, 50], ["-50", "0", "50"])
    axes.set_xlabel("error of a note, cents")
    axes.set_title("notes", fontsize=8.5, loc="left", color=SOFT)
    bare(axes, "left", "bottom")
