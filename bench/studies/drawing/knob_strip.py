"""What turning a knob does to a song, in pictures: the same song, clean and with one knob at 0.

Each axis has the view in which its faults show: the notes against the key, the tune's returning
bars, the spectrogram over the form, the sung pitch.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drawing.pitch_track import track_of
from plaudit.core.axes import AESTHETICS
from plaudit.reports.corpus import roll
from plaudit.reports.look.canvas import (
    BLUE,
    BLUE_PALE,
    BRASS,
    HAIR,
    INK,
    LINE,
    ROSE,
    SERIF,
    SOFT,
    TEAL,
    bare,
    save,
    sheet,
)
from plaudit.reports.look.spectrogram import show, spectrogram_of
from plaudit.synth.music.harmony import MODES
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.notation import Note, Score, SungNote

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from plaudit.synth.song import Song

WIDTH, LEFT, GAP, TALL, PITCH, HEAD = 9.6, 0.25, 0.3, 1.35, 2.1, 1.15  # inches
CLOSE_S, SUNG_S = 12.0, 8.0
VIEWS = {
    "coherence": "all notes, red outside the song's key; above, the tempo",
    "musicality": f"{CLOSE_S:.0f} s of the notes, red outside the key; lines are beats",
    "memorability": "the tune; a bar that comes again keeps its colour, grey comes once",
    "clarity": "the sound under the form",
    "naturalness": f"{SUNG_S:.0f} s of the voice: measured pitch over the written notes",
}
_COLOURS = (BLUE, ROSE, BRASS, TEAL, "#7a3fb5", "#d9772b", "#3c8dd9", "#6b8e23")


def draw_knobs(clean: "Song", turned: "Mapping[str, Song]", path: Path) -> None:
    """Draw a song beside itself with each knob turned down, a row for each knob, as PNG.

    Parameters
    ----------
    clean : Song
        With every knob at 1, sung.
    turned : mapping
        Aesthetic axis to the same song with that knob turned down.
    path : Path
        PNG to write.
    """
    axes_of = [axis for axis in AESTHETICS if axis in turned]
    height = HEAD + PITCH * len(axes_of) - 0.55
    wide = (WIDTH - 2 * LEFT - GAP) / 2
    with sheet(WIDTH, height) as figure:
        figure.text(
            LEFT / WIDTH, 1 - 0.42 / height, f"{clean.title}, one knob at a time", family=SERIF,
            fontsize=18,
        )  # fmt: skip
        for row, axis in enumerate(axes_of):
            top = height - HEAD - PITCH * row
            for column, song in enumerate((clean, turned[axis])):
                x = LEFT + column * (wide + GAP)
                place = (x / WIDTH, (top - TALL) / height, wide / WIDTH, TALL / height)
                panel = figure.add_axes(place)
                _VIEWS[axis](panel, song)
                bare(panel)
            _label(figure, axis, (clean, turned[axis]), top, wide)
        save(figure, path)


def _label(
    figure: "Figure", axis: str, songs: "tuple[Song, Song]", top: float, wide: float
) -> None:
    """Write what is seen above the left picture, and what is wrong above the right one."""
    height = figure.get_figheight()
    right = LEFT + wide + GAP
    low, knob = top + 0.09, songs[1].knobs[axis]
    figure.text(LEFT / WIDTH, (low + 0.19) / height, axis, fontsize=10.5)
    figure.text(LEFT / WIDTH, low / height, VIEWS[axis], color=SOFT, fontsize=8)
    figure.text(right / WIDTH, (low + 0.19) / height, f"{axis} {knob:g}", fontsize=10.5)
    doses = [
        (songs[1].score.faults[fault.name], fault.name.replace("_", " "))
        for fault in FAULTS
        if fault.axis == axis and songs[1].score.faults[fault.name] > 0
    ]
    text = ", ".join(f"{name} {dose:.2f}" for dose, name in sorted(doses, reverse=True))
    figure.text(right / WIDTH, low / height, text, color=ROSE, fontsize=8)


def _pitched(score: Score) -> list[Note | SungNote]:
    drums = {part.name for part in score.parts if part.role == "drums"}
    return [*(note for note in score.notes if note.part not in drums), *score.sung]


def _notes(axes: "Axes", score: Score, span: tuple[float, float]) -> None:
    """Draw all notes between two times, those outside the song's key in red."""
    from matplotlib.collections import LineCollection

    scale = {(score.tonic + step) % 12 for step in MODES[score.mode]}
    # The raised leading tone is at home in every minor key.
    scale.add((score.tonic + 11) % 12)
    start, end = span
    shown = [n for n in _pitched(score) if n.onset_s < end and n.onset_s + n.duration_s > start]
    for colour, order, strange in ((HAIR, 2, False), (ROSE, 3, True)):
        lines = [
            [(n.onset_s, n.pitch), (n.onset_s + n.duration_s, n.pitch)]
            for n in shown
            if ((round(n.pitch) % 12) not in scale) == strange
        ]
        axes.add_collection(
            LineCollection(lines, linewidths=2.4, colors=colour, capstyle="butt", zorder=order)
        )
    pitches = [n.pitch for n in shown]
    axes.set_ylim(min(pitches, default=48) - 2, max(pitches, default=72) + 2)
    axes.set_xlim(*span)


def _coherence(axes: "Axes", song: "Song") -> None:
    score = song.score
    _notes(axes, score, (0.0, score.duration_s))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))
    roll.mark_sections(axes, score, alpha=0.2)
    beats = sum(section.bars for section in score.sections) * score.metre.beats
    seconds = score.tempo.at(np.arange(beats + 1.0))
    ratio = np.log2(60 / np.diff(seconds) / score.bpm)
    middle, scale = high + 0.18 * (high - low), 0.35 * (high - low)
    axes.axhline(middle, color=LINE, linewidth=0.8)
    axes.plot(seconds[:-1], middle + scale * np.clip(ratio, -0.5, 0.5), color=BLUE, linewidth=1.3)


def _musicality(axes: "Axes", song: "Song") -> None:
    score = song.score
    start = min(score.sections[min(1, len(score.sections) - 1)].start_s, score.duration_s - CLOSE_S)
    beats = sum(section.bars for section in score.sections) * score.metre.beats
    for time in score.tempo.at(np.arange(beats + 1.0)):
        if start <= time <= start + CLOSE_S:
            axes.axvline(float(time), color=LINE, linewidth=0.8, zorder=0)
    _notes(axes, score, (start, start + CLOSE_S))


def _memorability(axes: "Axes", song: "Song") -> None:
    from matplotlib.collections import LineCollection

    score = song.score
    length = score.metre.beats
    bars: dict[int, list[SungNote]] = {}
    for note in score.sung:
        bars.setdefault(int(note.onset_beat // length), []).append(note)
    shapes = {
        bar: tuple((round((n.onset_beat % length) * 4), round(n.pitch)) for n in notes)
        for bar, notes in bars.items()
    }
    count = Counter(shapes.values())
    known = [shape for shape in dict.fromkeys(shapes.values()) if count[shape] > 1]
    for bar, notes in bars.items():
        shape = shapes[bar]
        colour = _COLOURS[known.index(shape) % len(_COLOURS)] if shape in known else HAIR
        lines = [[(n.onset_s, n.pitch), (n.onset_s + n.duration_s, n.pitch)] for n in notes]
        axes.add_collection(LineCollection(lines, linewidths=3.2, colors=colour, capstyle="butt"))
    joints = [
        [(a.onset_s + a.duration_s, a.pitch), (b.onset_s, b.pitch)]
        for a, b in pairwise(score.sung)
        if a.phrase == b.phrase
    ]
    axes.add_collection(LineCollection(joints, linewidths=0.7, colors=HAIR, zorder=1))
    roll.mark_sections(axes, score, alpha=0.2)
    pitches = [n.pitch for n in score.sung]
    axes.set_ylim(min(pitches) - 2, max(pitches) + 2)
    axes.set_xlim(0, score.duration_s)


def _clarity(axes: "Axes", song: "Song") -> None:
    show(axes, spectrogram_of(song.audio, song.sample_rate, columns=660, rows=150), marks=False)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.28)
    for section in song.score.sections:
        axes.fill_between(
            [section.start_s, section.end_s], high * 1.03,
            high * (1.05 + 0.22 * section.intensity), linewidth=0,
            color=roll.SECTION_COLOURS.get(section.name, LINE),
        )  # fmt: skip
    roll.mark_sections(axes, song.score, INK, 0.5)


def _naturalness(axes: "Axes", song: "Song") -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    score = song.score
    start = max(score.sung[0].onset_s - 0.4, 0.0)
    track = track_of(score)
    shown = [n for n in score.sung if n.onset_s < start + SUNG_S]
    boxes = [Rectangle((n.onset_s, n.pitch - 0.5), n.duration_s, 1.0) for n in shown]
    axes.add_collection(PatchCollection(boxes, facecolor=BLUE_PALE, linewidth=0, zorder=1))
    axes.plot(track.times, track.line, color=ROSE, linewidth=1.3, zorder=2)
    top = max(n.pitch for n in shown) + 3
    for phrase in score.phrases:
        if phrase.breath_s > 0:
            axes.plot(phrase.start_s - phrase.breath_s / 2, top - 0.8, marker="v", markersize=4,
                      color=ROSE)  # fmt: skip
    axes.set_ylim(min(n.pitch for n in shown) - 2, top)
    axes.set_xlim(start, start + SUNG_S)


_VIEWS: "Mapping[str, Callable[[Axes, Song], None]]" = {
    "coherence": _coherence,
    "musicality": _musicality,
    "memorability": _memorability,
    "clarity": _clarity,
    "naturalness": _naturalness,
}
