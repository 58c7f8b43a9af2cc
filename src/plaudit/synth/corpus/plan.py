"""Which songs a corpus holds: every one planned before any is made, each from a seed of its own.

Song ``i`` of a role draws from ``SeedSequence(seed, spawn_key=(role, i))`` and from nothing else,
so it is the same however many songs, workers or interruptions there are.

- ``s`` songs are by the two training systems in turn, without a prompt.
- ``h`` songs answer prompts: four of the eleven held-out systems each, chosen so that every pair of
  systems meets nearly equally often.
- ``f`` songs are for the falsification test: the twelfth and one of the eleven answer a prompt,
  the eleven by turns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError, field_validator, model_validator

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.synth.music.compose import MAX_S, MIN_S
from plaudit.synth.music.prompt import Prompt, draw_prompt
from plaudit.synth.public.battle import NOISE, Taste
from plaudit.synth.public.listener import CARELESS, POSITION_BIAS
from plaudit.synth.sound.recording import BYTES_PER_S, AudioFormat
from plaudit.synth.system import HELD_OUT, SYSTEMS, TRAINING, TWELFTH

_ANSWERS = 4  # systems that answer a prompt
_PAIRS = _ANSWERS * (_ANSWERS - 1) // 2
_FOLDER = 1000  # songs in a folder

# Second word of a seed: what is drawn. Never renumber: songs of published corpora would change.
_MOST = 1_000_000  # songs or votes of one corpus
TRAINING_SONG, HELD_OUT_SONG, FALSIFICATION_SONG, PROMPT, FALSIFICATION_PROMPT, LINE_UP = range(6)
VOTERS, BATTLES, FALSIFICATION_BATTLES, OPPONENTS = range(6, 10)


class CorpusSettings(Record):
    """What a corpus is made from; the same settings and the same install give the same bytes."""

    #: Songs of the two training systems, rated, played and liked.
    songs: int = Field(ge=0, le=_MOST)
    #: Votes on pairs of songs by the eleven held-out systems; six for each prompt.
    battles: int = Field(ge=0, le=_MOST)
    #: Votes on songs of the twelfth system against one of the eleven, each on its own prompt.
    twelfth: int = Field(default=0, ge=0, le=_MOST)
    seed: int = Field(default=0, ge=0)  #: Seed of everything.
    #: Shortest and longest song, 10 to 240; lengths are even between them.
    seconds: tuple[float, float] = (30.0, 30.0)
    audio: AudioFormat = "flac"  #: Format of the audio files.
    voters: int = Field(default=300, ge=1)  #: Listeners in the pool.
    #: Shares of taste, see `plaudit.synth.public.battle.Taste`.
    aesthetics: float = Taste.aesthetics
    appeal: float = Taste.appeal
    system: float = Taste.system
    chance: float = Taste.chance
    noise: float = Field(default=NOISE, ge=0)  #: Standard deviation of a decision's noise.
    #: Mean bias of listeners; positive favours the song played first.
    position_bias: float = POSITION_BIAS
    careless: float = Field(default=CARELESS, ge=0, le=1)  #: Chance that a listener is careless.
    #: Share of prompts that ask for no singer.
    instrumental: float = Field(default=0.25, ge=0, le=1)

    @field_validator("seconds")
    @classmethod
    def _lengths(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not MIN_S <= value[0] <= value[1] <= MAX_S:
            raise ValueError(
                f"expected a shortest and a longest song within {MIN_S:g} to {MAX_S:g} s, got "
                f"{value[0]:g} and {value[1]:g}"
            )
        return value

    @model_validator(mode="after")
    def _whole(self) -> "CorpusSettings":
        if not self.songs + self.battles + self.twelfth:
            raise ValueError("expected songs, battles or votes on the twelfth, got none of them")
        try:
            self.taste()
        except InputError as error:
            raise ValueError(str(error).rstrip(".")) from error
        return self

    def taste(self) -> Taste:
        """Return the shares of taste."""
        return Taste(self.aesthetics, self.appeal, self.system, self.chance)

    @property
    def prompts(self) -> int:
        """How many prompts the held-out systems answer."""
        return -(-self.battles // _PAIRS)

    @property
    def n_songs(self) -> int:
        """How many songs there are in all."""
        return self.songs + _ANSWERS * self.prompts + 2 * self.twelfth

    @property
    def sentence(self) -> str:
        """How many songs there are in all, and what each part of them is for."""
        parts = [
            f"{n:,} {what}"
            for n, what in (
                (self.songs, "of the training systems"),
                (
                    _ANSWERS * self.prompts,
                    f"for {self.battles:,} battles ({_ANSWERS} answers to each of {self.prompts:,}"
                    " prompts)",
                ),
                (2 * self.twelfth, f"for {self.twelfth:,} votes on the twelfth system"),
            )
            if n
        ]
        size = f"about {self.bytes_expected / 1e6:,.0f} MB"
        return f"{self.n_songs:,} songs, {size}: {', '.join(parts)}."

    @property
    def bytes_expected(self) -> float:
        """About how large the audio will be."""
        return self.n_songs * sum(self.seconds) / 2 * BYTES_PER_S[self.audio]

    def draw(self, what: int, index: int = 0) -> np.random.Generator:
        """Return the generator of one thing, such as song ``index`` of a role."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(what, index)))


def read_settings(**values: object) -> CorpusSettings:
    """Return settings from values as a user gives them.

    Raises
    ------
    InputError
        A value is out of its range, or shares of taste add up to more than 1.
    """
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return CorpusSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ").rstrip(".")
        if not first["loc"]:  # about several settings at once
            raise InputError(f"{reason[0].upper()}{reason[1:]}.") from error
        name = str(first["loc"][0])
        option = {"audio": "format"}.get(name, name.replace("_", "-"))
        got = f", got {first['input']}" if first["type"] != "value_error" else ""
        raise InputError(f"--{option}: {reason}{got}.") from error


def read_seconds(text: str) -> tuple[float, float]:
    """Read "30" or "20-60" as the shortest and the longest song, in seconds.

    Raises
    ------
    InputError
        It is neither one length nor a range.
    """
    low, _, high = text.partition("-")
    try:
        return float(low), float(high or low)
    except ValueError as error:
        raise InputError(f"Expected seconds such as 30 or 20-60, got '{text}'.") from error


@dataclass(frozen=True)
class PlannedPrompt:
    """A prompt, its id, and the length in seconds of the songs that answer it."""

    prompt_id: str
    prompt: Prompt
    duration_s: float


@dataclass(frozen=True)
class PlannedSong:
    """A song to be made."""

    song_id: str  #: Letter and number, such as "s000012".
    role: Literal["training", "held-out", "falsification"]  #: That of its system.
    system: str  #: Who makes it.
    #: Its seed is ``spawn_key=(what, index)``.
    what: int
    index: int
    request: PlannedPrompt | None  #: Prompt that it answers.

    @property
    def place(self) -> str:
        """Where its files lie, without suffix: "s00/s000012"."""
        return f"{self.song_id[0]}{self.index // _FOLDER:02d}/{self.song_id}"


def prompts(settings: CorpusSettings) -> Iterator[PlannedPrompt]:
    """Yield the prompts of the corpus: those of battles, then those of the falsification test."""
    for what, letter, count in (
        (PROMPT, "p", settings.prompts),
        (FALSIFICATION_PROMPT, "q", settings.twelfth),
    ):
        for index in range(count):
            yield _prompt(settings, what, letter, index)


def songs(settings: CorpusSettings) -> Iterator[PlannedSong]:
    """Yield every song of a corpus in the order of its tables.

    Training songs, then answers to prompts, then those of the falsification test.
    """
    for index in range(settings.songs):
        name = TRAINING[index % len(TRAINING)]
        yield PlannedSong(f"s{index:06d}", "training", name, TRAINING_SONG, index, None)
    for number, names in enumerate(line_ups(settings)):
        request = _prompt(settings, PROMPT, "p", number)
        for answer, name in enumerate(names):
            index = _ANSWERS * number + answer
            yield PlannedSong(f"h{index:06d}", "held-out", name, HELD_OUT_SONG, index, request)
    for number in range(settings.twelfth):
        request = _prompt(settings, FALSIFICATION_PROMPT, "q", number)
        for answer, name in enumerate((TWELFTH, opponent(settings, number))):
            index = 2 * number + answer
            role = SYSTEMS[name].role
            yield PlannedSong(f"f{index:06d}", role, name, FALSIFICATION_SONG, index, request)


def line_ups(settings: CorpusSettings) -> Iterator[tuple[str, ...]]:
    """Yield the four systems that answer each prompt.

    Each line-up is one of those whose pairs have met least so far, by lot among equals: after 55
    prompts every pair has met about six times, and never do two pairs differ by much. The first
    line-ups are the same however many there are.
    """
    rng = settings.draw(LINE_UP)
    line = np.array(list(combinations(range(len(HELD_OUT)), _ANSWERS)))
    pairs = np.array([list(combinations(names, 2)) for names in line])
    met = np.zeros((len(HELD_OUT), len(HELD_OUT)))
    for _ in range(settings.prompts):
        # The sum of squares of the counts grows by twice this sum: it stays as small as it can.
        load = met[pairs[:, :, 0], pairs[:, :, 1]].sum(axis=1)
        least = np.flatnonzero(load == load.min())
        chosen = int(least[rng.integers(len(least))])
        met[pairs[chosen, :, 0], pairs[chosen, :, 1]] += 1
        yield tuple(HELD_OUT[k] for k in rng.permutation(line[chosen]))


def opponent(settings: CorpusSettings, number: int) -> str:
    """Return which of the eleven meets the twelfth at a vote: each once in every eleven votes."""
    lap, place = divmod(number, len(HELD_OUT))
    return HELD_OUT[int(settings.draw(OPPONENTS, lap).permutation(len(HELD_OUT))[place])]


def _prompt(settings: CorpusSettings, what: int, letter: str, index: int) -> PlannedPrompt:
    rng = settings.draw(what, index)
    prompt = draw_prompt(rng, settings.instrumental)
    return PlannedPrompt(f"{letter}{index:06d}", prompt, length_s(settings, rng))


def length_s(settings: CorpusSettings, rng: np.random.Generator) -> float:
    """Draw a song's length in seconds, to the hundredth."""
    return round(float(rng.uniform(*settings.seconds)), 2)
