"""A score on one time axis: piano roll by part, chords, the sung line, drums, sections, tempo."""

from typing import TYPE_CHECKING

import numpy as np

from plaudit.reports.look.canvas import (
    BLUE,
    BRASS,
    CHORDS,
    HAIR,
    INK,
    LEAD,
    LINE,
    PAD,
    PAPER,
    ROSE,
    ROSE_PALE,
    SOFT,
    TEAL,
    WELL,
)
from plaudit.synth.music.chord_name import chord_symbol, key_signature, pitch_name
from plaudit.synth.music.notation import Note, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLE_COLOURS = {
    "bass": TEAL,
    "chords": CHORDS,
    "pad": PAD,
    "lead": LEAD,
    "drums": SOFT,
    "voice": ROSE,
}
_ORDER = ("pad", "chords", "bass", "lead")
# Lane of the drum roll to its General MIDI drum numbers, lowest lane first.
DRUMS: dict[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "percussion": (41, 43, 45, 47, 48, 50, 56, 60, 61, 62, 63, 64, 65, 66, 75, 76, 77),
    "hats": (42, 44, 46, 54, 69, 70, 82),
    "cymbals": (49, 51, 52, 53, 55, 57, 59),
}
SECTION_COLOURS = {
    "intro": "#e4e6ee", "verse": "#ccd2fa", "chorus": "#f3d9ad", "bridge": "#bfe3dc",
    "outro": "#e4e6ee",
}  # fmt: skip


def draw_sections(axes: "Axes", score: Score, inches: float) -> None:
    """Draw the form as a ribbon: a block per section, as tall as its intensity, with its name.

    A section that leaves the song's key names its own.
    """
    signature = key_signature(score.tonic, score.mode)
    for section in score.sections:
        width = section.end_s - section.start_s
        colour = SECTION_COLOURS.get(section.name, WELL)
        axes.bar(
            section.start_s, 0.22 + 0.78 * section.intensity, width, align="edge", color=colour,
            edgecolor=PAPER, linewidth=1.5,
        )  # fmt: skip
        name = section.name
        if section.tonic != score.tonic:
            name += f" in {pitch_name(section.tonic, signature)}"
        room = width / score.duration_s * inches / 0.09
        shown = name if room > len(name) else section.name[:1].upper() if room > 1.5 else ""
        axes.text(section.start_s + width / 2, 0.1, shown, ha="center", va="bottom")
    axes.set_xlim(0, score.duration_s)
    axes.set_ylim(0, 1.02)


def mark_sections(axes: "Axes", score: Score, colour: str = INK, alpha: float = 0.35) -> None:
    """Draw a thin line where each section begins."""
    for section in score.sections:
        axes.axvline(section.start_s, color=colour, alpha=alpha, linewidth=0.8, zorder=1.5)


def draw_chords(axes: "Axes", score: Score, inches: float) -> None:
    """Write the chords where they change and have room, in a row so many inches wide."""
    signature = key_signature(score.tonic, score.mode)
    free_from, last = -1.0, ""
    for chord in score.chords:
        name = chord_symbol(chord.root, chord.pitch_classes, signature)
        start = float(score.tempo.at(chord.onset_beat))
        turned = any(abs(start - section.start_s) < 0.05 for section in score.sections)
        if (name == last and not turned) or start < free_from or start >= score.duration_s:
            continue
        axes.text(start, 0.5, name, ha="left", va="center", color=INK, fontsize=8, clip_on=True)
        axes.plot([start, start], [0.0, 0.16], color=HAIR, linewidth=0.8)
        free_from = start + (0.075 * len(name) + 0.06) * score.duration_s / inches
        last = name
    axes.set_xlim(0, score.duration_s)
    axes.set_ylim(0, 1)


def draw_roll(axes: "Axes", score: Score) -> None:
    """Draw every pitched note by part, and over them the sung line with its phrases and breaths."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    roles = {part.name: part.role for part in score.parts}
    by_role: dict[str, list[Note]] = {role: [] for role in _ORDER}
    for note in score.notes:
        if roles[note.part] in by_role:
            by_role[roles[note.part]].append(note)
    pitches = [n.pitch for notes in by_role.values() for n in notes] + [n.pitch for n in score.sung]
    low, high = min(pitches, default=48) - 2, max(pitches, default=72) + 3
    for phrase in score.phrases:
        axes.axvspan(
            phrase.start_s, phrase.end_s, color=ROSE_PALE, alpha=0.6, linewidth=0, zorder=0
        )
    for place, role in enumerate(_ORDER):
        boxes = [Rectangle((n.onset_s, n.pitch - 0.4), n.duration_s, 0.8) for n in by_role[role]]
        axes.add_collection(
            PatchCollection(boxes, facecolor=ROLE_COLOURS[role], linewidth=0, zorder=2 + place)
        )
    _draw_voice(axes, score, high)
    axes.set_xlim(0, score.duration_s)
    axes.set_ylim(low, high)
    marks = [p for p in range(0, 128, 12) if low <= p <= high]
    axes.set_yticks(marks, [f"{pitch_name(p)}{p // 12 - 1}" for p in marks])
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)


def _draw_voice(axes: "Axes", score: Score, top: float) -> None:
    """Draw sung notes as thick bars joined within a phrase, and a tick for each breath."""
    from matplotlib.collections import LineCollection

    bars = [[(n.onset_s, n.pitch), (n.onset_s + n.duration_s, n.pitch)] for n in score.sung]
    joints = [
        [(a.onset_s + a.duration_s, a.pitch), (b.onset_s, b.pitch)]
        for a, b in zip(score.sung, score.sung[1:], strict=False)
        if a.phrase == b.phrase
    ]
    for lines, width, colour, order in (
        (bars, 5.4, PAPER, 8), (joints, 0.9, ROSE, 9), (bars, 3.2, ROSE, 10),
    ):  # fmt: skip
        axes.add_collection(
            LineCollection(lines, linewidths=width, colors=colour, zorder=order, capstyle="butt")
        )
    breaths = [p.start_s - p.breath_s / 2 for p in score.phrases if p.breath_s > 0]
    axes.plot(
        breaths, [top - 0.9] * len(breaths), linestyle="", marker="v", markersize=4, color=ROSE,
        zorder=11,
    )  # fmt: skip


def draw_drums(axes: "Axes", score: Score) -> None:
    """Draw the drums as strokes, a lane per kind of drum, taller where played harder."""
    drums = {part.name for part in score.parts if part.role == "drums"}
    strokes = [n for n in score.notes if n.part in drums]
    used = {lane_of(int(n.pitch)) for n in strokes}
    lanes = [name for name in DRUMS if name in used]
    for place, name in enumerate(lanes):
        own = [n for n in strokes if lane_of(int(n.pitch)) == name]
        height = np.array([0.3 + 0.5 * n.velocity for n in own])
        times = [n.onset_s for n in own]
        axes.vlines(times, place, place + height, color=ROLE_COLOURS["drums"], linewidth=0.9)
    axes.set_yticks([place + 0.35 for place in range(len(lanes))], lanes)
    axes.set_ylim(-0.1, max(len(lanes), 1))
    axes.set_xlim(0, score.duration_s)


def lane_of(drum: int) -> str:
    """Return the lane of a drum number; a number without a lane is percussion."""
    return next((name for name, numbers in DRUMS.items() if drum in numbers), "percussion")


def drifts(score: Score) -> bool:
    """Return whether the tempo strays by more than 1 % from the song's own."""
    return bool(np.ptp(_tempo(score)[1]) > 0.01 * score.bpm)


def draw_tempo(axes: "Axes", score: Score) -> None:
    """Draw beats per minute over time, against the tempo that was meant."""
    times, bpm = _tempo(score)
    axes.axhline(score.bpm, color=HAIR, linewidth=0.9)
    axes.plot(times, bpm, color=BLUE if not drifts(score) else BRASS, linewidth=1.4)
    spread = max(float(np.abs(bpm - score.bpm).max()) * 1.2, 2.0)
    axes.set_ylim(score.bpm - spread, score.bpm + spread)
    axes.set_xlim(0, score.duration_s)


def _tempo(score: Score) -> tuple[np.ndarray, np.ndarray]:
    """Return the time of each beat and the tempo until the next, without the last bar."""
    beats = (sum(section.bars for section in score.sections) - 1) * score.metre.beats
    seconds = score.tempo.at(np.arange(beats + 1.0))
    return seconds[:-1], 60 / np.diff(seconds)
