"""Jobs of a server's queue, and answers to their songs, for tests of the database."""

from sqlalchemy import Engine

from plaudit.core.database import add_once, writing
from plaudit.judging.record import JudgeId, Score, SongScores
from plaudit.server.database.queue import Answer, Wanted, add_job
from plaudit.server.database.schema import StoredSong

JUDGE = JudgeId(name="j", version="1", hash="0" * 64)


def content(number: int) -> str:
    return f"{number:064x}"


def add(engine: Engine, n: int, first: int = 0) -> str:
    with writing(engine) as session:
        for number in range(first, first + n):
            values = {
                "sha256": content(number),
                "size_bytes": 1,
                "media_type": "audio/wav",
                "present": True,
            }
            add_once(session, StoredSong, **values)
    songs = [Wanted(f"{number}.wav", content(number), {}) for number in range(first, first + n)]
    return add_job(engine, "o", ["j"], songs)


def answer(sha256: str) -> Answer:
    scores = {"coherence": Score(value=3.0)}
    row = SongScores(
        path=None, sha256=sha256, judge=JUDGE, precision="exact", duration_s=3.0, scores=scores
    )
    return Answer(row, JUDGE, "")
