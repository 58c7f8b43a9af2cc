"""A song in one call: score, sound and the truth about both."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.synth.music.compose import compose
from plaudit.synth.music.notation import Array, Score
from plaudit.synth.music.production import PLAIN
from plaudit.synth.music.prompt import Prompt, bend
from plaudit.synth.music.style import STYLES, Style
from plaudit.synth.public.audience import SongTruth, truth_of
from plaudit.synth.sound.render import RATE, render
from plaudit.synth.system import System, open_system

_FIRST = (
    "Amber", "Paper", "Velvet", "Northern", "Silver", "Quiet", "Golden", "Midnight", "Wild",
    "Second", "Borrowed", "Crystal", "Lonely", "Summer", "Hollow", "Electric", "Salt", "Morning",
)  # fmt: skip
_SECOND = (
    "Harbour", "Window", "River", "Lantern", "Avenue", "Garden", "Signal", "Weather", "Orchard",
    "Mirror", "Horizon", "Letters", "Swallows", "Staircase", "Station", "Tide", "Heart", "Rain",
)  # fmt: skip


@dataclass(frozen=True)
class Song:
    """A composed recording with what is true of it."""

    title: str  #: A generated name.
    audio: Array  #: (2, n_samples) stereo sound, absolute peak below 1.
    sample_rate: int  #: 44,100 Hz.
    score: Score  #: The notes behind the sound.
    knobs: Mapping[str, float]  #: Aesthetic axis to position in [0, 1].
    style: str  #: Name in `plaudit.synth.music.style.STYLES`.
    #: Name in `plaudit.synth.system.SYSTEMS`; None is the plain composer.
    system: str | None = None
    prompt: Prompt | None = None  #: Prompt that it answers, if any.

    @property
    def truth(self) -> SongTruth:
        """What an audience reacts to."""
        return truth_of(self.score)


def title_of(rng: np.random.Generator) -> str:
    """Draw a title of two or three words."""
    first, second = rng.choice(_FIRST), rng.choice(_SECOND)
    form = int(rng.integers(4))
    if form == 0:
        return f"The {first} {second}"
    if form == 1:
        return f"{second} in {rng.choice(['Blue', 'Motion', 'Winter', 'Two', 'the Rain'])}"
    return f"{first} {second}"


def make_song(
    seed: int,
    duration_s: float,
    knobs: Mapping[str, float] | None = None,
    style: str | None = None,
    *,
    system: str | None = None,
    prompt: Prompt | None = None,
    doses: Mapping[str, float] | None = None,
) -> Song:
    """Compose and play a song; the same arguments give the same bytes.

    Parameters
    ----------
    seed : int
        Non-negative; decides everything that the other arguments leave open. Two songs of one seed
        and different knobs are the same song with other faults.
    duration_s : float
        Length in seconds, 10 to 240.
    knobs : mapping, optional
        Aesthetic axis to position in [0, 1], 1 flawless; axes not named are flawless.
    style : str, optional
        Name in `plaudit.synth.music.style.STYLES`; drawn when not given, by the system's taste if
        there is one.
    system : str, optional
        Name in `plaudit.synth.system.SYSTEMS`: its habits, sound, artefacts and favourite faults.
        Its knobs are not drawn here, see `plaudit.synth.system.System.draw_knobs`.
    prompt : Prompt, optional
        Description of the song; instead of a style.
    doses : mapping, optional
        Fault to dose in [0, 1], instead of what the knobs would give it: the same song with other
        faults.

    Returns
    -------
    Song
        Sound, score and truth.

    Raises
    ------
    InputError
        Both a style and a prompt, an unknown system, or from `plaudit.synth.music.compose.compose`.

    Examples
    --------
    >>> song = make_song(7, 12.0, {"musicality": 0.4}, "folk")
    >>> song.audio.shape, song.style
    ((2, 529200), 'folk')
    """
    if style is not None and prompt is not None:
        raise InputError("Expected a style or a prompt, got both; a prompt has its own style.")
    composing, playing, naming, styling = np.random.default_rng(seed).spawn(4)
    maker = open_system(system) if system else None
    score = compose(
        composing,
        duration_s,
        knobs,
        _style(maker, style, prompt, styling),
        doses,
        preference=maker.preference if maker else None,
        instrumental=prompt.instrumental if prompt else False,
    )
    audio = render(score, playing, maker.production if maker else PLAIN)
    return Song(title_of(naming), audio, RATE, score, score.knobs, score.style, system, prompt)


def _style(
    maker: System | None, style: str | None, prompt: Prompt | None, rng: np.random.Generator
) -> str | Style | None:
    """Return the style to compose in, with the habits of the system."""
    if style is not None and style not in STYLES:
        raise InputError(f"There is no style '{style}'; {nearest(style, STYLES)}")
    if prompt is not None:
        return maker.answer(prompt, rng) if maker else bend(STYLES[prompt.style], prompt)
    if maker is None:
        return style
    return maker.manner(STYLES[style]) if style else maker.draw_style(rng)
