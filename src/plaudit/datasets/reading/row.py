"""The common shape of rows: about a song, or about a battle.

Rows are strict records: a value of the wrong type or range is refused where it is read, with its
line. What a corpus does not state is None, never a guess.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from plaudit.core.outcome import Outcome
from plaudit.core.settings import Record

Name = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Value = Annotated[float, Field(allow_inf_nan=False)]
Split = Literal["train", "validation", "test"]


class SongRow(Record, strict=True):
    """One song as a corpus states it."""

    corpus: Name  #: Name in the catalogue.
    song_id: Name  #: Id, unique in the corpus.
    path: Path | None = None  #: Audio file that the corpus names; that it exists is not promised.
    sha256: str | None = None  #: SHA-256 of the audio file, where the corpus publishes it.
    duration_s: Seconds | None = None  #: Length in seconds.
    made_in_s: Seconds | None = None  #: Seconds that its generator took to make it.
    #: Generator that made it; None for music by people, or where it is withheld.
    system: Name | None = None
    platform: Name | None = None  #: Where it was published.
    artist: Name | None = None  #: Who published it.
    #: Its prompt: an id that songs of one prompt share, and the text.
    prompt_id: Name | None = None
    prompt: str | None = None
    style: Name | None = None  #: Style or genre.
    instrumental: bool | None = None  #: Nobody sings.
    created: datetime | None = None  #: When it was published.
    #: Days from publication to the count of plays; 0 or more.
    age_days: Annotated[int, Field(ge=0)] | None = None
    #: Counts, 0 or more.
    plays: Annotated[int, Field(ge=0)] | None = None
    likes: Annotated[int, Field(ge=0)] | None = None
    #: By label, one entry a rater; None where a rater did not rate. Scales are in the facts.
    ratings: dict[str, tuple[Value | None, ...]] = Field(default_factory=dict)
    #: By label, values that the corpus gives already summed up, such as mean opinion scores.
    scores: dict[str, Value] = Field(default_factory=dict)
    split: Split | None = None  #: The corpus's own split.
    withheld: str | None = None  #: Why there is no audio, where the corpus states it.

    @property
    def labelled(self) -> bool:
        """Whether it has a rating, a score or a count."""
        rated = any(value is not None for row in self.ratings.values() for value in row)
        return rated or bool(self.scores) or self.plays is not None or self.likes is not None


class BattleRow(Record, strict=True):
    """One comparison of two songs as a corpus states it."""

    corpus: Name  #: Name in the catalogue.
    battle_id: Name  #: Id, unique in the corpus.
    #: Ids of the songs, in the order in which they were presented.
    first: Name
    second: Name
    outcome: Outcome | None  #: The preference; None where nobody voted.
    #: Prompt of both songs.
    prompt_id: Name | None = None
    prompt: str | None = None
    voter: Name | None = None  #: Who voted.
    date: datetime | None = None  #: When.
    #: What the vote is about: "preference" (overall), "musicality", "alignment", ...
    criterion: Name = "preference"
    confidence: Annotated[float, Field(ge=1, le=5)] | None = None  #: How sure the voter was, 1-5.
    #: Seconds listened before the vote.
    listened_first_s: Seconds | None = None
    listened_second_s: Seconds | None = None
    instrumental: bool | None = None  #: Nobody was to sing.
    split: Split | None = None  #: The corpus's own split.
    pseudo: bool = False  #: The vote is a model's, not a person's.
    #: Why its songs are not among the song rows; None if they are.
    without_songs: str | None = None

    @property
    def labelled(self) -> bool:
        """Whether somebody voted."""
        return self.outcome is not None


Row = SongRow | BattleRow
