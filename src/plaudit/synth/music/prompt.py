"""What a listener asks of a generator: style, mood, tempo, instruments, with or without a singer.

Both songs of a battle answer the same prompt. A prompt bends a style before a song is composed from
it, so every word of its text can be checked in the score.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from plaudit.synth.music.harmony import family_of
from plaudit.synth.music.style import STYLES, Style

TEMPI: tuple[str, ...] = ("slow", "medium", "fast")
_SAID = {"slow": ("slow", "unhurried"), "medium": ("mid-tempo",), "fast": ("fast", "up-tempo")}
_PLAIN = {"epiano": "electric piano", "saw_lead": "saw synth", "square_lead": "square-wave synth",
          "pluck_synth": "plucked synth", "bell": "bells"}  # fmt: skip
_STYLED = {"lofi": "lo-fi"}


class Mood(NamedTuple):
    """The modes a mood asks for: "major", "minor" or "any"."""

    family: str


MOODS: dict[str, Mood] = {
    "bright": Mood("major"),
    "tender": Mood("any"),
    "playful": Mood("major"),
    "wistful": Mood("minor"),
    "dark": Mood("minor"),
    "dreamy": Mood("any"),
    "fierce": Mood("minor"),
    "triumphant": Mood("major"),
    "lonely": Mood("minor"),
    "relaxed": Mood("any"),
}


@dataclass(frozen=True)
class Prompt:
    """A request in words, and what the words say."""

    text: str  #: What the listener typed.
    style: str  #: Name in `plaudit.synth.music.style.STYLES`.
    mood: str  #: Name in `MOODS`.
    tempo: str  #: "slow", "medium" or "fast": a third of the style's range of tempi.
    #: Names in `plaudit.synth.sound.instrument.INSTRUMENTS` that must be in the band.
    instruments: tuple[str, ...]
    instrumental: bool  #: Nobody sings; the lead instrument plays the tune.


def draw_prompt(rng: np.random.Generator, instrumental_share: float = 0.25) -> Prompt:
    """Draw a prompt.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance; always advanced by the same number of draws.
    instrumental_share : float, default 0.25
        Chance in [0, 1] that nobody is to sing.

    Returns
    -------
    Prompt
        Any style, mood and tempo; one or two instruments that the style's band may hold.
    """
    style = STYLES[_pick(rng, sorted(STYLES))]
    mood, tempo = _pick(rng, MOODS), _pick(rng, TEMPI)
    wanted = [_pick(rng, style.comps), _pick(rng, style.leads)]
    # Two names for one instrument would ask for it twice; one name may be enough as well.
    alone = rng.uniform() < 0.4 or wanted[0] == wanted[1]
    instruments = (wanted[int(rng.integers(2))],) if alone else tuple(wanted)
    instrumental = bool(rng.uniform() < instrumental_share)
    text = _text(rng, style, mood, tempo, instruments, instrumental=instrumental)
    return Prompt(text, style.name, mood, tempo, instruments, instrumental)


def bend(style: Style, prompt: Prompt) -> Style:
    """Return the style as the prompt wants it: its tempo, its modes, its instruments."""
    low, high = style.bpm
    third = (high - low) / 3
    start = low + TEMPI.index(prompt.tempo) * third
    bent = replace(style, bpm=(start, start + third), modes=modes_of(style, prompt.mood))
    return with_instruments(bent, bent, prompt.instruments)


def with_instruments(style: Style, source: Style, wanted: tuple[str, ...]) -> Style:
    """Return a style whose band must hold the wanted instruments, in the role ``source`` knows."""
    accompanies = ""
    for name in wanted:
        if name in source.comps and not accompanies:
            accompanies = name
            style = replace(style, comps=(name,))
        elif name in source.leads:
            style = replace(style, leads=(name,))
    return style


def modes_of(style: Style, mood: str) -> tuple[str, ...]:
    """Return the style's modes that suit a mood, or the mood's plain mode where it has none."""
    family = MOODS[mood].family
    if family == "any":
        return style.modes
    return tuple(m for m in style.modes if family_of(m) == family) or (family,)


def _text(
    rng: np.random.Generator,
    style: Style,
    mood: str,
    tempo: str,
    instruments: tuple[str, ...],
    *,
    instrumental: bool,
) -> str:
    kind = _STYLED.get(style.name, style.name.replace("_", " "))
    band = " and ".join(_PLAIN.get(name, name.replace("_", " ")) for name in instruments)
    pace = _pick(rng, _SAID[tempo])
    low, high = style.bpm
    bpm = round(low + (TEMPI.index(tempo) + 0.5) / 3 * (high - low))
    song = "instrumental" if instrumental else "song"
    forms = (
        f"{pace}, {mood} {kind} {song} with {band}",
        f"{mood} {kind} {song} at around {bpm} BPM with {band}",
        f"{kind} {song} built on {band}, {mood} and {pace}",
        f"{song} in a {mood} {kind} style, {pace}, {band} up front",
        f"{mood} {kind} {song} for a long drive, {pace}, featuring {band}",
    )
    text = _pick(rng, forms)
    return text[0].upper() + text[1:]


def _pick(rng: np.random.Generator, choices: Iterable[str]) -> str:
    names = list(choices)
    return names[int(rng.integers(len(names)))]
