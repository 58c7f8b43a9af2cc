"""``POST /v1/compare`` and ``/v1/rank``: songs that were judged, beside each other.

The numbers are those of `plaudit.judging.comparison` and `plaudit.judging.ranking`, from the rows
that were kept: the command line gives the same.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.core.settings import Record, nearest, read_json
from plaudit.judging.comparison import SURE, Comparison, compare_rows
from plaudit.judging.ranking import PREFERENCE, WAYS, RankedSong, rank_rows
from plaudit.judging.record import SongScores
from plaudit.server.access import Caller, Reading, Server
from plaudit.server.api.score import known_judges
from plaudit.server.database.schema import LoadedJudge
from plaudit.server.database.uploads import own_song, rows_of
from plaudit.server.refusal import FaultBody, RefusalError, not_found
from plaudit.server.serving import Serving

router = APIRouter(
    prefix="/v1",
    tags=["compare"],
    responses={code: {"model": FaultBody} for code in (404, 409, 422)},
)
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Sure = Annotated[float, Field(gt=0.5, lt=1)]


class Pair(Record):
    """Two songs by their content; the judge is the first of the server by default."""

    first: Hash
    second: Hash
    judge: str | None = None
    sure: Sure = SURE


class Take(Record):
    """A song to rank, within its group."""

    sha256: Hash
    group: str | None = Field(default=None, max_length=500)


class Takes(Record):
    """Songs to rank, and how many of each group to keep."""

    songs: tuple[Take, ...] = Field(min_length=1, max_length=2000)
    judge: str | None = None
    by: str = Field(default=PREFERENCE, json_schema_extra={"enum": list(WAYS)})
    keep: int | None = Field(default=None, ge=1)
    sure: Sure = SURE


class Ranking(Record):
    """Songs in order, best first, group after group."""

    songs: tuple[RankedSong, ...]


@router.post("/compare")
def compare(pair: Pair, server: Server, caller: Reading) -> Comparison:
    """Say which of two songs that were scored people prefer, and how sure that is."""
    return compared(server, caller, pair)


def compared(server: Serving, caller: Caller, pair: Pair) -> Comparison:
    """Return the comparison of two songs of a caller."""
    with reading(server.engine) as session:
        judge = loaded_judge(session, server, pair.judge)
        first, second = (_row(session, caller, judge, own) for own in (pair.first, pair.second))
        return compare_rows(first, second, coverage=judge.coverage, sure=pair.sure)


@router.post("/rank")
def rank(takes: Takes, server: Server, caller: Reading) -> Ranking:
    """Put songs that were scored in order, with the range of places that each may have."""
    return ranking(server, caller, takes)


def ranking(server: Serving, caller: Caller, takes: Takes) -> Ranking:
    """Return the ranking of songs of a caller."""
    if takes.by not in WAYS:
        text = f"There is no way to rank '{takes.by[:100]}'; {nearest(takes.by[:100], WAYS)}"
        raise RefusalError(422, "NoWay", text)
    hashes = [take.sha256 for take in takes.songs]
    if len(set(hashes)) < len(hashes):
        raise RefusalError(422, "Twice", "A song is named twice; name each song once.")
    with reading(server.engine) as session:
        judge = loaded_judge(session, server, takes.judge)
        rows = [_row(session, caller, judge, own) for own in hashes]
        grouped = any(take.group is not None for take in takes.songs)
        groups = [take.group or "" for take in takes.songs] if grouped else None
        ranked = rank_rows(
            rows,
            coverage=judge.coverage,
            by=takes.by,
            keep=takes.keep,
            groups=groups,
            sure=takes.sure,
        )
    return Ranking(songs=tuple(ranked))


def loaded_judge(session: Session, server: Serving, name: str | None) -> LoadedJudge:
    """Return a judge of the server, the first by default; 503 while it is being loaded."""
    [known, *_] = known_judges(server, () if name is None else (name,))
    judge = session.get(LoadedJudge, known)
    if judge is None:
        text = f"Judge '{known}' is still being loaded; ask again."
        raise RefusalError(503, "NotLoaded", text, {"Retry-After": "5"})
    return judge


def _row(session: Session, caller: Caller, judge: LoadedJudge, sha256: str) -> SongScores:
    found = own_song(session, caller.owner, sha256)
    if found is None:
        raise not_found("song")
    for result in rows_of(session, sha256):
        if result.judge == judge.hash:
            row = read_json(SongScores, result.row, "a result")
            return row.model_copy(update={"path": found[1].name})
    text = f"Judge '{judge.name}' has not scored {found[1].name} yet; send it to /v1/score first."
    raise RefusalError(409, "NotScored", text)
