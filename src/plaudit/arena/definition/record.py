"""A listening test as its TOML file states it; strict, with every default written down here.

Times are seconds, loudness is LUFS (ITU-R BS.1770), shares lie in [0, 1].
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from plaudit.arena.results.rule import CarelessRules
from plaudit.arena.session.record import Kind
from plaudit.core.axes import AESTHETICS
from plaudit.core.settings import Record

Pairing = Literal["informative", "least-seen", "uniform"]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]

ONE_TO_FIVE = ("bad", "poor", "fair", "good", "excellent")
"""Labels of a rating from 1 to 5: the absolute category rating of ITU-T P.800."""
FROM_BEST = ("very annoying", "annoying", "slightly annoying", "audible", "inaudible")
"""Labels of a degradation from 1 to 5 beside an open reference, as ITU-T P.800 names them."""


class System(Record):
    """How songs are asked of a system: time limit, retries, and what a song costs."""

    limit_s: float = Field(default=600.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)
    cost: float | None = Field(
        default=None, ge=0
    )  #: Of a song, where the system does not say itself.


class Program(System):
    """A command that reads a request as JSON and writes a sound file."""

    command: tuple[str, ...] = Field(min_length=1)


class Endpoint(System):
    """An HTTP address that answers a request as JSON with a sound file."""

    url: str = Field(pattern=r"^https?://")
    header: dict[str, str] = Field(default_factory=dict)  #: "$NAME" is read from the environment.


class Composer(System):
    """Plaudit's own composer, with one of its systems (``plaudit synth list systems``)."""

    system: str


class Contestants(Record):
    """Where the songs come from; several sources add up."""

    manifest: str | None = None  #: Table with system, prompt, path.
    folders: dict[Name, str] = Field(default_factory=dict)  #: A folder a system.
    prompts: str | None = None  #: Table with prompt_id, prompt: what systems are asked for.
    duration_s: float = Field(default=30.0, gt=0, le=600)  #: What systems are asked for.
    seed: int = 0
    programs: dict[Name, Program] = Field(default_factory=dict)
    endpoints: dict[Name, Endpoint] = Field(default_factory=dict)
    composers: dict[Name, Composer] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        asked = [*self.programs, *self.endpoints, *self.composers]
        names = [*self.folders, *asked]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the system '{twice[0]}' is there twice")
        if asked and self.prompts is None:
            raise ValueError("systems that make songs need prompts")
        return self

    @property
    def asked(self) -> dict[str, System]:
        """Systems that are asked for songs, by name."""
        return {**self.programs, **self.endpoints, **self.composers}


class ListeningRules(Record):
    """What is heard, and how much of it before an answer is taken."""

    gate_s: float = Field(default=4.0, ge=0, le=600)
    longest_s: float = Field(default=60.0, gt=0, le=600)
    loudness_lufs: float = Field(default=-20.0, ge=-60, le=-5)
    show_prompt: bool = True
    restart: bool = False  #: Whether each play begins at the start.
    rate_playing: bool = False  #: Whether only what sounds can be rated.


class Tasks(Record):
    """How many tasks a voter gets, of which songs."""

    per_voter: int = Field(default=20, ge=0)  #: 0 for no end.
    pairing: Pairing = "informative"
    floor: Share = 0.2  #: Share of battles that go to the pair seen least.
    training: int = Field(default=2, ge=0, le=20)
    checks: Share = 0.1
    repeats: Share = 0.05
    axes: tuple[Name, ...] = AESTHETICS
    questions: dict[str, str] = Field(default_factory=dict)  #: What each axis asks.
    scale: tuple[str, ...] = ONE_TO_FIVE
    reference: bool = False  #: Of a rating: whether an open reference is beside the song.
    takes: int = Field(default=4, ge=2, le=12)  #: Songs to put in order.
    reasons: tuple[Name, ...] = AESTHETICS
    anchors: tuple[Literal["lowpass-3500", "lowpass-7000"], ...] = ("lowpass-3500", "lowpass-7000")

    @model_validator(mode="after")
    def _leaves_votes(self) -> Self:
        if self.checks + self.repeats > 0.5:
            raise ValueError("checks and repeats may take half of the tasks at most")
        if unknown := set(self.questions) - set(self.axes):
            raise ValueError(f"questions name no axis: {', '.join(sorted(unknown))}")
        if len(self.scale) < 2 or len(set(self.axes)) < len(self.axes) or not self.axes:
            raise ValueError("axes differ, and a scale has two labels at least")
        return self


class People(Record):
    """Who may come in."""

    open: bool = True  #: Whoever has the address.
    invited: bool = False  #: By a token of ``plaudit arena add --invitations``.
    participants: bool = False  #: By ``?participant=``, with a completion code at the end.
    reveal: bool = True  #: Whether a voter sees afterwards what was behind the songs.
    board: bool = False  #: Whether the board is shown to voters.

    @model_validator(mode="after")
    def _some_door(self) -> Self:
        if not (self.open or self.invited or self.participants):
            raise ValueError("nobody may come in: let it be open, invited or participants")
        return self


class ListeningTest(Record):
    """A test: what is asked of whom about which songs."""

    schema_version: Literal[1] = 1
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    title: str = Field(min_length=1, max_length=200)
    kind: Kind
    language: str = "en"
    languages: tuple[str, ...] = ("en", "de")
    terms: str | None = None  #: File of the text that people agree to; a built-in one without.
    folder: str | None = None  #: The test's folder; the name of the file without.
    #: Half width of a 95 % interval that is wanted; a kind has its own (`power.WANTED`).
    wanted: float | None = Field(default=None, gt=0)
    contestants: Contestants = Contestants()
    listening: ListeningRules = ListeningRules()
    tasks: Tasks = Tasks()
    people: People = People()
    careless: CarelessRules = CarelessRules()

    @model_validator(mode="after")
    def _speaks(self) -> Self:
        for language in self.languages:
            if not re.fullmatch(r"[a-z]{2,3}", language):
                raise ValueError(f"'{language}' is no language such as en")
        if self.language not in self.languages:
            raise ValueError(f"the language '{self.language}' is not in languages")
        return self

    def fixed(self) -> dict[str, Any]:
        """Return what must not change once there are votes: they would mix two questions."""
        named = {"axes", "questions", "scale", "reference", "takes"}
        rules = {"longest_s", "loudness_lufs", "show_prompt"}
        tasks = self.tasks.model_dump(mode="json", include=named)
        return {
            "kind": self.kind,
            **{f"tasks.{name}": value for name, value in tasks.items()},
            **self.listening.model_dump(include=rules),
        }
