"""Contact sheets: many songs at a glance, a spectrogram each with its name, system and knobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.reports.corpus.columns import Table
from plaudit.reports.look.canvas import BLUE, INK, LINE, SERIF, SOFT, png_of, sheet
from plaudit.reports.look.spectrogram import Spectrogram, show, spectrogram_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SAMPLE = 30
_WIDTH, _MARGIN, _GAP = 9.6, 0.1, 0.16  # inches
_DPI = 121  # as many pixels as the corpus page is wide
_SHAPE = 0.5  # height of a cell over its width


@dataclass(frozen=True)
class Exhibit:
    """A song on a contact sheet."""

    name: str  #: Id or title.
    facts: str  #: System and style, in a line.
    #: Aesthetic axis to position in [0, 1]; nan is drawn as nothing. Empty for no bars at all.
    knobs: Mapping[str, float]
    picture: Spectrogram  #: Its sound.


def cell_pixels(columns: int) -> tuple[int, int]:
    """Return the width and height in pixels of a picture on a sheet of so many columns."""
    wide = _cell(columns) * _DPI
    return round(wide), min(round(wide * _SHAPE), 160)


def _cell(columns: int) -> float:
    """Return the width of a cell in inches."""
    return (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns


def spoken(name: str) -> str:
    """Return a name of the catalogue as it is written for people: "drum and bass"."""
    return str(name).replace("_", " ")


def sample_of(songs: Table, size: int = _SAMPLE) -> NDArray[np.intp]:
    """Choose at most ``size`` rows of a songs table: each system in turn, evenly over its songs.

    Rows of a system stand next to each other, systems by group and name; the order of the table
    does not matter.
    """
    order = np.argsort(songs["song_id"].astype(str), kind="stable")
    roles = {"training": 0, "held-out": 1, "falsification": 2}
    rows: dict[tuple[int, str], list[int]] = {}
    for row in order:
        key = (roles.get(str(songs["role"][row]), 3), str(songs["system"][row]))
        rows.setdefault(key, []).append(int(row))
    share = dict.fromkeys(rows, 0)
    while sum(share.values()) < min(size, len(songs)):
        for key in sorted(rows):
            if share[key] < len(rows[key]) and sum(share.values()) < size:
                share[key] += 1
    chosen = [
        rows[key][round((k + 0.5) * len(rows[key]) / share[key] - 0.5)]
        for key in sorted(rows)
        for k in range(share[key])
    ]
    return np.array(chosen, np.intp)


def row_exhibit(songs: Table, row: int, audio: NDArray[np.float32], sample_rate: int) -> Exhibit:
    """Return a song of a corpus for a contact sheet of five columns; ``audio`` is (n_samples,)."""
    return Exhibit(
        str(songs["song_id"][row]),
        f"{songs['system'][row]} · {spoken(songs['style'][row])}",
        {axis: float(songs[f"knob_{axis}"][row]) for axis in AESTHETICS},
        spectrogram_of(audio, sample_rate, *cell_pixels(5)),
    )


def contact_png(
    exhibits: Sequence[Exhibit], title: str, columns: int, shape: float = _SHAPE
) -> bytes:
    """Return a contact sheet as PNG, 1,161 pixels wide, with so many ``columns`` of songs.

    ``shape`` is the height of a picture over its width; an empty ``title`` is left out. No exhibit
    at all is an `InputError`.
    """
    if not exhibits:
        raise InputError("Expected at least one song for a contact sheet, got none.")
    rows = -(-len(exhibits) // columns)
    wide = _cell(columns)
    tall, caption = wide * shape, 0.42
    head = 0.3 + (0.45 if title else 0.0)
    height = head + rows * (tall + caption) + 0.1
    with sheet(_WIDTH, height, _DPI) as figure:
        if title:
            figure.text(_MARGIN / _WIDTH, 1 - 0.42 / height, title, family=SERIF, fontsize=18)
        names = ", ".join(AESTHETICS)
        key = "Spectrograms, 40 Hz to 16 kHz."
        if any(exhibit.knobs for exhibit in exhibits):
            key += f" Small bars: {names}; full is flawless."
        figure.text(_MARGIN / _WIDTH, 1 - (head - 0.08) / height, key, color=SOFT, fontsize=7.5)
        for place, exhibit in enumerate(exhibits):
            row, column = divmod(place, columns)
            left = _MARGIN + column * (wide + _GAP)
            top = height - head - row * (tall + caption)
            axes = figure.add_axes(
                (left / _WIDTH, (top - tall) / height, wide / _WIDTH, tall / height)
            )
            show(axes, exhibit.picture, marks=False)
            axes.set_axis_off()
            _caption(figure, exhibit, left, top - tall, wide)
        return png_of(figure)


def _caption(figure: "Figure", exhibit: Exhibit, left: float, top: float, wide: float) -> None:
    """Write the name and the facts under a picture, and draw the knobs beside them."""
    from matplotlib.patches import Rectangle

    height = figure.get_figheight()
    room = int((wide - (0.5 if exhibit.knobs else 0.0)) / 0.066)
    for text, down, colour in ((exhibit.name, 0.14, INK), (exhibit.facts, 0.27, SOFT)):
        short = text if len(text) <= room else f"{text[: room - 1]}…"
        figure.text(left / _WIDTH, (top - down) / height, short, color=colour, fontsize=7.5)
    for place, axis in enumerate(exhibit.knobs):
        x, low, full = left + wide - 0.09 * (5 - place) + 0.025, top - 0.27, 0.21
        value = exhibit.knobs[axis]
        for tall, tint in ((full, LINE), (0.0 if np.isnan(value) else full * value, BLUE)):
            size = (0.06 / _WIDTH, tall / height)
            box = Rectangle((x / _WIDTH, low / height), *size, facecolor=tint, linewidth=0)
            figure.add_artist(box)
