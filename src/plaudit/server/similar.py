"""Songs that sound like one another to a judge: neighbours by cosine of their embeddings.

An embedding is what the heads of a judge score (`plaudit.judging.judge.Judge.embed`), so that
"like" means: alike in what this judge hears. All songs of a caller are compared; there is no index.
"""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.core.settings import Record
from plaudit.judging.record import JudgeId
from plaudit.server.database.schema import Result, Upload

_COMPARED = 10_000
"""Newest songs of a caller that are compared."""


class Similar(Record):
    """A song like another: ``similarity`` is a cosine, at most 1, of a song with itself 1."""

    sha256: str
    name: str
    similarity: float


class SimilarSongs(Record):
    """The songs of a caller most like one of them, nearest first; none without embeddings."""

    judge: JudgeId
    songs: tuple[Similar, ...]


def similar_songs(
    session: Session, owner: str, judge: str, sha256: str, most: int
) -> list[Similar]:
    """Return the songs of an owner most like one of theirs, by the judge of a hash."""
    query = (
        select(Upload.sha256, Upload.name, Result.embedding)
        .join(Result, Result.sha256 == Upload.sha256)
        .where(Upload.owner == owner, Result.judge == judge, Result.embedding.is_not(None))
        .order_by(Upload.added.desc())
        .limit(_COMPARED)
    )
    found = {row.sha256: row for row in session.execute(query)}
    own = session.scalar(
        select(Result.embedding).where(
            Result.sha256 == sha256, Result.judge == judge, Result.embedding.is_not(None)
        )
    )
    found.pop(sha256, None)
    if own is None or not found:
        return []
    table = np.array([np.frombuffer(row.embedding, np.float32) for row in found.values()], float)
    song = np.frombuffer(own, np.float32).astype(float)
    norms = np.linalg.norm(table, axis=1) * np.linalg.norm(song)
    cosines = np.divide(table @ song, norms, out=np.zeros(len(table)), where=norms > 0)
    order = np.argsort(-cosines, kind="stable")[:most]
    rows = list(found.values())
    return [
        Similar(sha256=rows[k].sha256, name=rows[k].name, similarity=float(cosines[k]))
        for k in order
    ]
