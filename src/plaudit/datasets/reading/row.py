"""The common shape of what readers give: a row about a song, or a row about a battle.

Rows are strict records: a value of the wrong type or range is refused where it is read, with its
line. What a corpus does not say is None, never a guess.
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
    """What a corpus says about one song.

    Parameters
    ----------
    corpus : str
        Name in the catalogue.
    song_id : str
        Id, of which there is one in the corpus.
    path : Path, optional
        Audio file that the corpus names; that it exists is not promised.
    sha256 : str, optional
        SHA-256 of the audio file, where the corpus publishes it.
    duration_s : float, optional
        Length in seconds.
    system : str, optional
        Generator that made it; None for music by people, or where it is withheld.
    platform : str, optional
        Where it was published.
    artist : str, optional
        Who published it.
    prompt_id, prompt : str, optional
        What it answers: an id that songs of one prompt share, and its text.
    style : str, optional
        Style or genre.
    instrumental : bool, optional
        Nobody sings.
    created : datetime, optional
        When it was published.
    age_days : int, optional
        Days from publication to the count of plays; 0 or more.
    plays, likes : int, optional
        Counts, 0 or more.
    ratings : dict
        By label, one entry a rater; None where a rater did not rate. Scales are in the facts.
    scores : dict
        By label, values that the corpus gives already summed up, such as mean opinion scores.
    split : {"train", "validation", "test"}, optional
        The corpus's own split.
    withheld : str, optional
        Why there is no audio, where the corpus says so.
    """

    corpus: Name
    song_id: Name
    path: Path | None = None
    sha256: str | None = None
    duration_s: Seconds | None = None
    system: Name | None = None
    platform: Name | None = None
    artist: Name | None = None
    prompt_id: Name | None = None
    prompt: str | None = None
    style: Name | None = None
    instrumental: bool | None = None
    created: datetime | None = None
    age_days: Annotated[int, Field(ge=0)] | None = None
    plays: Annotated[int, Field(ge=0)] | None = None
    likes: Annotated[int, Field(ge=0)] | None = None
    ratings: dict[str, tuple[Value | None, ...]] = Field(default_factory=dict)
    scores: dict[str, Value] = Field(default_factory=dict)
    split: Split | None = None
    withheld: str | None = None

    @property
    def labelled(self) -> bool:
        """Whether anything is said about how it was received."""
        rated = any(value is not None for given in self.ratings.values() for value in given)
        return rated or bool(self.scores) or self.plays is not None or self.likes is not None


class BattleRow(Record, strict=True):
    """What a corpus says about one comparison of two songs.

    Parameters
    ----------
    corpus : str
        Name in the catalogue.
    battle_id : str
        Id, of which there is one in the corpus.
    first, second : str
        Ids of the songs, in the order in which they were presented.
    outcome : Outcome, optional
        What was preferred; None where nobody voted.
    prompt_id, prompt : str, optional
        What both songs answer.
    voter : str, optional
        Who voted.
    date : datetime, optional
        When.
    criterion : str
        What was asked: "preference" (overall), "musicality", "alignment", ...
    confidence : float, optional
        How sure the voter was, 1-5.
    listened_first_s, listened_second_s : float, optional
        Seconds listened before the vote.
    instrumental : bool, optional
        Nobody was to sing.
    split : {"train", "validation", "test"}, optional
        The corpus's own split.
    pseudo : bool
        The vote is a model's, not a person's.
    without_songs : str, optional
        Why its songs are not among the song rows; None if they are.
    """

    corpus: Name
    battle_id: Name
    first: Name
    second: Name
    outcome: Outcome | None
    prompt_id: Name | None = None
    prompt: str | None = None
    voter: Name | None = None
    date: datetime | None = None
    criterion: Name = "preference"
    confidence: Annotated[float, Field(ge=1, le=5)] | None = None
    listened_first_s: Seconds | None = None
    listened_second_s: Seconds | None = None
    instrumental: bool | None = None
    split: Split | None = None
    pseudo: bool = False
    without_songs: str | None = None

    @property
    def labelled(self) -> bool:
        """Whether somebody voted."""
        return self.outcome is not None


Row = SongRow | BattleRow
