"""What pages of several songs are asked for: songs by their hash, a judge by its name."""

from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlalchemy.orm import Session

from plaudit.judging.record import SongScores
from plaudit.server.access import Caller
from plaudit.server.database.uploads import judged_songs
from plaudit.server.pages.frame import chosen_judge
from plaudit.server.serving import Serving

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
JudgeName = Annotated[str, Query(max_length=500)]
_MOST = 300


def choices(session: Session, server: Serving, caller: Caller, judge: str) -> list[SongScores]:
    """Return the newest songs that a judge has scored, to choose from."""
    chosen = chosen_judge(session, server, judge)
    if chosen is None:
        return []
    return judged_songs(session, caller.owner, chosen.hash, most=_MOST)
