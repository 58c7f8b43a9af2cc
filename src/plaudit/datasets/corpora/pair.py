"""The rows of a vote on two songs: both songs, and a battle for each criterion."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from plaudit.core.outcome import Outcome
from plaudit.datasets.reading.row import BattleRow, Row, SongRow, Split


class Side(NamedTuple):
    """One song of a pair."""

    song_id: str
    path: Path  #: Its audio file.
    system: str | None


class Vote(NamedTuple):
    """A vote by one criterion."""

    criterion: str
    outcome: Outcome | None
    confidence: float | None = None  #: 1-5.


def pair_rows(
    corpus: str,
    place: str,
    sides: tuple[Side, Side],
    votes: Sequence[Vote],
    seen: set[str],
    *,
    prompt_id: str | None,
    prompt: str | None,
    voter: str | None = None,
    listened_s: tuple[float | None, float | None] = (None, None),
    split: Split | None = None,
    pseudo: bool = False,
) -> Iterator[Row]:
    """Yield the songs that are not in ``seen``, which grows by them, and a battle for each vote.

    Battles get the id ``<place>/<criterion>``.
    """
    for side in sides:
        if side.song_id not in seen:
            seen.add(side.song_id)
            yield SongRow(
                corpus=corpus,
                song_id=side.song_id,
                path=side.path,
                system=side.system,
                prompt_id=prompt_id,
                prompt=prompt,
                split=split,
            )
    for vote in votes:
        yield BattleRow(
            corpus=corpus,
            battle_id=f"{place}/{vote.criterion}",
            first=sides[0].song_id,
            second=sides[1].song_id,
            outcome=vote.outcome,
            prompt_id=prompt_id,
            prompt=prompt,
            voter=voter,
            criterion=vote.criterion,
            confidence=vote.confidence,
            listened_first_s=listened_s[0],
            listened_second_s=listened_s[1],
            split=split,
            pseudo=pseudo,
        )
