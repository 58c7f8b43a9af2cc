"""Prompts for a generator: style, mood, tempo, instruments, with or without a singer.

Both songs of a battle answer the same prompt. A prompt bends a style before a song is composed from
it, so every word of its text can be checked in the score.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from plaudit.synth.music.harmony import family_of
from plaudit.synth.music.style import STYLES, Style

TEMPI: tuple[str, ...] = ("slow", "medium", "fast")
_TEMPO_WORDS = {
    "slow": ("slow", "unhurried"),
    "medium": ("mid-tempo",),
    "fast": ("fast", "up-tempo"),
}
_INSTRUMENT_WORDS = {
    "epiano": "electric piano",
    "saw_lead": "saw synth",
    "square_lead": "square-wave synth",
    "pluck_synth": "plucked synth",
    "bell": "bells",
}
_STYLE_WORDS = {"lofi": "lo-fi"}


MOODS: dict[str, str] = {
    "bright": "major",
    "tender": "any",
    "playful": "major",
    "wistful": "minor",
    "dark": "minor",
    "dreamy": "any",
    "fierce": "minor",
    "triumphant": "major",
    "lonely": "minor",
    "relaxed": "any",
}
"""Mood to the modes that suit it: major, minor or any."""


@dataclass(frozen=True)
class Prompt:
    """A prompt in words, and the requests in it."""

    text: str  #: The prompt as a listener would type it.
    style: str  #: Name in `plaudit.synth.music.style.STYLES`.
    mood: str  #: Name in `MOODS`.
    tempo: str  #: "slow", "medium" or "fast": a third of the style's range of tempi.
    #: Names in `plaudit.synth.sound.instrument.INSTRUMENTS` that must be in the band.
    instruments: tuple[str, ...]
    instrumental: bool  #: Nobody sings; the lead instrument plays the tune.


def draw_prompt(rng: np.random.Generator, instrumental_share: float = 0.25) -> Prompt:
    """Draw a prompt: any style, mood and tempo, and one or two instruments of the style's band.

    ``instrumental_share`` is the chance in [0, 1] that nobody is to sing. ``rng`` is always
    advanced by the same number of draws.
    """
    style = STYLES[_pick(rng, sorted(STYLES))]
    mood, tempo = _pick(rng, MOODS), _pick(rng, TEMPI)
    both = [_pick(rng, style.comps), _pick(rng, style.leads)]
    # Some prompts name one instrument; none names the same twice.
    alone = rng.uniform() < 0.4 or both[0] == both[1]
    instruments = (both[int(rng.integers(2))],) if alone else tuple(both)
    instrumental = bool(rng.uniform() < instrumental_share)
    text = _text(rng, style, mood, tempo, instruments, instrumental=instrumental)
    return Prompt(text, style.name, mood, tempo, instruments, instrumental)


def bend(style: Style, prompt: Prompt) -> Style:
    """Return the style with the tempo, the modes and the instruments of the prompt."""
    low, high = style.bpm
    third = (high - low) / 3
    start = low + TEMPI.index(prompt.tempo) * third
    bent = replace(style, bpm=(start, start + third), modes=modes_of(style, prompt.mood))
    return with_instruments(bent, bent, prompt.instruments)


def with_instruments(style: Style, source: Style, instruments: tuple[str, ...]) -> Style:
    """Return a style whose band must hold the instruments, each in its role in ``source``."""
    accompanies = ""
    for name in instruments:
        if name in source.comps and not accompanies:
            accompanies = name
            style = replace(style, comps=(name,))
        elif name in source.leads:
            style = replace(style, leads=(name,))
    return style


def modes_of(style: Style, mood: str) -> tuple[str, ...]:
    """Return the style's modes that suit a mood, or the mood's plain mode where it has none."""
    family = MOODS[mood]
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
    kind = _STYLE_WORDS.get(style.name, style.name.replace("_", " "))
    band = " and ".join(_INSTRUMENT_WORDS.get(name, name.replace("_", " ")) for name in instruments)
    pace = _pick(rng, _TEMPO_WORDS[tempo])
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
