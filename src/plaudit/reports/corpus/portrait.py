"""The portrait of a composed song: facts, spectrogram, notes and faults."""

from pathlib import Path
from typing import TYPE_CHECKING

from plaudit.core.axes import AESTHETICS
from plaudit.reports.corpus import roll
from plaudit.reports.look.canvas import (
    BLUE,
    INK,
    SERIF,
    SOFT,
    WELL,
    bare,
    save,
    sheet,
    time_ticks,
)
from plaudit.reports.look.spectrogram import show, spectrogram_of
from plaudit.reports.look.wording import duration_text
from plaudit.synth.music.chord_name import key_name
from plaudit.synth.music.knob import FAULTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from plaudit.synth.song import Song

_WIDTH = 9.6
_LEFT, _RIGHT = 0.85, 0.22  # inches beside the time axis
_LEAST_DOSE = 0.02  # smaller doses cannot be heard and are not named


def draw_song(song: "Song", path: Path) -> None:
    """Draw the portrait of a song as PNG, 1,440 pixels wide, whole or not at all."""
    # From the top: title and facts, the form, the spectrogram, the chords, a piano roll with the
    # sung line, the drums, the tempo if it drifts, the five knobs and the faults that they dose.
    score = song.score
    drums = any(part.role == "drums" for part in score.parts)
    rows = {"form": 0.34, "sound": 2.3, "chords": 0.3, "roll": 2.6}
    if drums:
        rows["drums"] = 0.8
    if roll.drifts(score):
        rows["tempo"] = 0.62
    gap, head, foot = 0.1, 1.06 + (0.24 if song.prompt else 0.0), 2.0
    height = head + sum(rows.values()) + gap * len(rows) + foot
    with sheet(_WIDTH, height) as figure:
        top = height - head
        panels: dict[str, Axes] = {}
        for name, tall in rows.items():
            top -= tall
            panels[name] = _panel(figure, top, tall)
            top -= gap if name != "chords" else 0.02
        _head(figure, song)
        roll.draw_sections(panels["form"], score, _WIDTH - _LEFT - _RIGHT)
        bare(panels["form"])
        show(panels["sound"], spectrogram_of(song.audio, song.sample_rate, columns=1270))
        panels["sound"].set_ylabel("Hz")
        roll.mark_sections(panels["sound"], score, "#ffffff", 0.6)
        bare(panels["sound"], "left")
        roll.draw_chords(panels["chords"], score, _WIDTH - _LEFT - _RIGHT)
        bare(panels["chords"])
        roll.draw_roll(panels["roll"], score)
        roll.mark_sections(panels["roll"], score)
        bare(panels["roll"], "left")
        if drums:
            roll.draw_drums(panels["drums"], score)
            roll.mark_sections(panels["drums"], score)
            bare(panels["drums"], "left")
        if "tempo" in rows:
            roll.draw_tempo(panels["tempo"], score)
            roll.mark_sections(panels["tempo"], score)
            panels["tempo"].set_ylabel("bpm")
            bare(panels["tempo"], "left")
        last = list(panels.values())[-1]
        time_ticks(last, score.duration_s)
        last.spines["bottom"].set_visible(True)
        last.tick_params(bottom=True, labelbottom=True)
        _foot(figure, song)
        save(figure, path)


def _panel(figure: "Figure", bottom: float, tall: float) -> "Axes":
    """Add a panel of the common width, in inches from the bottom."""
    height = figure.get_figheight()
    return figure.add_axes(
        (_LEFT / _WIDTH, bottom / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, tall / height)
    )


def facts(song: "Song") -> str:
    """Return a song's system, style, key, metre, tempo, length and singer in a line."""
    score = song.score
    return "   ·   ".join(
        (
            f"system {song.system}" if song.system else "plain composer",
            song.style.replace("_", " "),
            key_name(score.tonic, score.mode),
            score.metre.name,
            f"{score.bpm:.0f} bpm",
            duration_text(score.duration_s),
            "instrumental" if score.instrumental else score.voice,
        )
    )


def _head(figure: "Figure", song: "Song") -> None:
    height = figure.get_figheight()
    figure.text(
        _LEFT / _WIDTH, 1 - 0.5 / height, song.title, family=SERIF, fontsize=25, va="baseline"
    )
    figure.text(_LEFT / _WIDTH, 1 - 0.78 / height, facts(song), color=SOFT, fontsize=9)
    if song.prompt:
        figure.text(
            _LEFT / _WIDTH, 1 - 1.03 / height, f"“{song.prompt.text}”", fontsize=11, family=SERIF,
            style="italic",
        )  # fmt: skip


def _foot(figure: "Figure", song: "Song") -> None:
    """Draw who plays, the knobs and the faults, side by side."""
    score = song.score
    columns = (
        (_LEFT, "Who plays; shaded, a sung phrase"),
        (3.35, "Knobs, 1 is flawless"),
        (6.35, "Faults, by dose"),
    )
    for left, name in columns:
        _line(figure, left, 1.55, name, color=SOFT)
    players: dict[str, list[str]] = {} if score.instrumental else {"voice": [score.voice]}
    for part in score.parts:
        names = players.setdefault(part.role, [])
        instrument = part.instrument.replace("_", " ")
        if instrument not in names:
            names.append(instrument)
    for place, (role, names) in enumerate(players.items()):
        low = 1.3 - 0.19 * place
        _swatch(figure, _LEFT, low, 0.14, roll.ROLE_COLOURS[role])
        text = ", ".join(names)
        _line(figure, _LEFT + 0.22, low, f"{role}: {text if len(text) < 32 else text[:30] + '…'}")
    for place, axis in enumerate(AESTHETICS):
        low = 1.3 - 0.21 * place
        _line(figure, 3.35, low, axis)
        if axis == "naturalness" and score.instrumental:
            _line(figure, 4.45, low, "undefined: nobody sings", color=SOFT)
            continue
        _swatch(figure, 4.45, low, 1.1, WELL)
        _swatch(figure, 4.45, low, 1.1 * song.knobs[axis], BLUE)
        _line(figure, 5.63, low, f"{song.knobs[axis]:.2f}")
    dosed = sorted(
        (
            (score.faults[fault.name], fault)
            for fault in FAULTS
            if score.faults.get(fault.name, 0.0) >= _LEAST_DOSE
            and not (score.instrumental and fault.axis == "naturalness")
        ),
        key=lambda entry: -entry[0],
    )
    if not dosed:
        _line(figure, 6.35, 1.3, "none")
    for place, (dose, fault) in enumerate(dosed[:6]):
        low = 1.3 - 0.19 * place
        _swatch(figure, 6.35, low, 0.6, WELL)
        _swatch(figure, 6.35, low, 0.6 * dose, roll.ROLE_COLOURS["voice"])
        _line(figure, 7.05, low, f"{fault.name.replace('_', ' ')} {dose:.2f}", color=INK)
    if len(dosed) > 6:
        _line(figure, 7.05, 0.16, f"and {len(dosed) - 6} smaller", color=SOFT)


def _line(figure: "Figure", left: float, low: float, text: str, color: str = INK) -> None:
    """Write text at inches from the lower left corner."""
    figure.text(left / _WIDTH, low / figure.get_figheight(), text, color=color)


def _swatch(figure: "Figure", left: float, low: float, long: float, colour: str) -> None:
    """Draw a bar beside a line of text, in inches."""
    from matplotlib.patches import Rectangle

    height = figure.get_figheight()
    figure.add_artist(
        Rectangle(
            (left / _WIDTH, (low - 0.01) / height),
            long / _WIDTH,
            0.11 / height,
            linewidth=0,
            facecolor=colour,
        )
    )
