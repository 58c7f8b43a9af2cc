"""Lists of what songs are made of, by name, each with a line about it, read from the catalogues."""

from collections.abc import Callable

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.prompt import MOODS
from plaudit.synth.music.style import STYLES
from plaudit.synth.public.platform import PLATFORMS
from plaudit.synth.sound.artefact import ARTEFACTS
from plaudit.synth.sound.drum import KITS
from plaudit.synth.sound.instrument import INSTRUMENTS
from plaudit.synth.sound.singer import VOICES
from plaudit.synth.system import SYSTEMS

_Lines = list[tuple[str, str]]


def _styles() -> _Lines:
    return [
        (s.name, f"{s.metre}, {s.bpm[0]:g}-{s.bpm[1]:g} BPM, {', '.join(dict.fromkeys(s.modes))}")
        for s in STYLES.values()
    ]


def _systems() -> _Lines:
    return [(s.name, f"{s.role}: {s.summary}") for s in SYSTEMS.values()]


def _faults() -> _Lines:
    return [(f.name, f"{f.axis}: {f.meaning}") for f in FAULTS]


def _moods() -> _Lines:
    return [
        (name, "any key" if family == "any" else f"{family} keys") for name, family in MOODS.items()
    ]


_KINDS: dict[str, Callable[[], _Lines]] = {
    "styles": _styles,
    "systems": _systems,
    "faults": _faults,
    "moods": _moods,
    "instruments": lambda: [(n, i.family) for n, i in INSTRUMENTS.items()],
    "kits": lambda: [(n, f"kick at {k.kick_hz:g} Hz") for n, k in KITS.items()],
    "voices": lambda: [(n, f"from MIDI pitch {v.lowest}") for n, v in VOICES.items()],
    "artefacts": lambda: [(n, f.meaning) for n, f in ARTEFACTS.items()],
    "platforms": lambda: [(n, p.summary) for n, p in PLATFORMS.items()],
}
KINDS: tuple[str, ...] = tuple(_KINDS)


def catalogue_text(kind: str | None = None) -> str:
    """Return the catalogue of one kind, or of all, as lines to print.

    Raises
    ------
    InputError
        There is no such kind.
    """
    if kind is not None and kind not in _KINDS:
        raise InputError(f"There is no list of '{kind}'; {nearest(kind, KINDS)}")
    texts = []
    for name in [kind] if kind else KINDS:
        lines = _KINDS[name]()
        width = max(len(entry) for entry, _ in lines)
        head = [] if kind else [f"{name} ({len(lines)})"]
        indent = "" if kind else "  "
        texts.append("\n".join(head + [f"{indent}{n:<{width}}  {about}" for n, about in lines]))
    return "\n\n".join(texts)
