"""A process that judges: it takes songs out of the queue, and reads ahead of the judge.

An upload is decoded here and nowhere else. What it does to this process harms no other: the
supervisor ends a worker that takes too much time or memory, and starts a new one.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from plaudit.core.database import reading, writing
from plaudit.core.errors import PlauditError
from plaudit.core.note import Note, error_note
from plaudit.core.settings import read_json
from plaudit.judging.any_judge import AnyJudge
from plaudit.judging.encoded import EncodedSong
from plaudit.judging.given import Given
from plaudit.judging.judge import Judge
from plaudit.judging.load import load_judge
from plaudit.judging.panel import judged_by_all, usable
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.published.card import PublishedCard
from plaudit.server.database.queue import Answer, Claim, claim, finish, refuse
from plaudit.server.database.schema import LoadedJudge, Result
from plaudit.server.work.order import Order
from plaudit.server.work.process import IDLE_S, begin, say_ready

_log = logging.getLogger(__name__)


def run_worker(order: Order, worker: str) -> None:
    """Judge songs until the process is ended."""
    engine = order.engine()
    begin(engine, worker, "judge")
    judges = {name: _loaded(engine, order, name) for name in order.judges}
    say_ready(engine, worker)
    bench = _Bench(engine, order, worker, judges)
    while True:
        if not bench.judge_waiting():
            time.sleep(IDLE_S)


def _loaded(engine: Engine, order: Order, name: str) -> AnyJudge:
    judge = load_judge(name, device=order.device, max_seconds=order.limits.song_s)
    with writing(engine) as session:
        session.merge(
            LoadedJudge(
                name=name,
                hash=judge.id.hash,
                version=judge.id.version,
                published=isinstance(judge.card, PublishedCard),
                card=judge.card.model_dump_json(),
                coverage=judge.coverage,
                precision=judge.precision,
                device=judge.device,
                loaded=time.time(),
            )
        )
    return judge


class _Bench:
    """Judges at work on the songs of the queue."""

    def __init__(
        self, engine: Engine, order: Order, worker: str, judges: dict[str, AnyJudge]
    ) -> None:
        self._engine, self._order, self._worker, self._judges = engine, order, worker, judges
        self._next: Claim | None = None

    def judge_waiting(self) -> bool:
        """Judge what waits for one set of judges; return whether there was anything."""
        first = self._take()
        if first is None:
            return False
        try:
            judges = [self._judges[name] for name in first.judges]
        except KeyError as error:
            text = f"This server no longer has judge {error}; send the song again."
            refuse(self._engine, self._worker, first.item, Note(type="JudgeGone", message=text))
            return True
        [*rest] = judges[1:]
        if not rest and isinstance(judges[0], Judge):
            self._stream(judges[0], first)
        else:
            self._end(first, self._asked(judges, first))
        return True

    def _take(self, *, ahead: bool = False) -> Claim | None:
        """Return the next song that is not known already."""
        claimed, self._next = self._next, None
        while claimed is None or self._answered(claimed):
            claimed = claim(self._engine, self._worker, ahead=ahead)
            if claimed is None:
                return None
        return claimed

    def _answered(self, claimed: Claim) -> bool:
        """End a song whose rows are all known; return whether they were."""
        if any(name not in self._judges for name in claimed.judges):
            return False
        judges = [self._judges[name] for name in claimed.judges]
        answers = []
        for judge in judges:
            digest = self._given(claimed).only(usable(judge)).digest()
            row = self._known(claimed.sha256, judge, digest)
            if row is None:
                return False
            answers.append(Answer(row, judge.id, digest))
        finish(self._engine, self._worker, claimed.item, answers)
        return True

    def _known(self, sha256: str, judge: AnyJudge, digest: str) -> SongScores | None:
        with reading(self._engine) as session:
            key = (Result.sha256 == sha256, Result.judge == judge.id.hash, Result.digest == digest)
            row = session.scalar(select(Result.row).where(*key))
        return None if row is None else read_json(SongScores, row, "a result")

    def _stream(self, judge: Judge, first: Claim) -> None:
        """Judge a song and those behind it that want the same judge, reading ahead."""
        under_way: deque[Claim] = deque()
        for song in judge.stream_encoded(self._paths(first, under_way)):
            claimed = under_way.popleft()
            embedding = None
            row: SongScores | SongFailure
            try:
                if isinstance(song, EncodedSong):
                    row, vector = judge.score_and_embed(song)
                    embedding = vector.tobytes()
                else:
                    row = song
            except Exception as error:  # noqa: BLE001 - one song never ends a worker
                row = SongFailure(path=None, error=error_note(error))
            self._end(claimed, [Answer(row, judge.id, "", embedding)])

    def _paths(self, first: Claim, under_way: deque[Claim]) -> Iterator[Path]:
        claimed: Claim | None = first
        while claimed is not None:
            under_way.append(claimed)
            yield self._path(claimed)
            if claimed.alone:
                return
            claimed = self._take(ahead=True)
            if claimed is not None and claimed.judges != first.judges:
                self._next = claimed
                return

    def _path(self, claimed: Claim) -> Path:
        try:
            return self._order.folder.song(claimed.sha256, claimed.reference)
        except PlauditError:  # the file that was named has gone: the judge says so
            return self._order.folder.upload(claimed.sha256)

    def _given(self, claimed: Claim) -> Given:
        given: dict[str, Any] = dict(claimed.given)
        if "reference" in given:
            given["reference"] = self._order.folder.upload(given["reference"])
        return Given(**given)

    def _asked(self, judges: Sequence[AnyJudge], claimed: Claim) -> list[Answer]:
        given = self._given(claimed)
        rows = judged_by_all(
            judges,
            [self._path(claimed)],
            given=[given],
            timeline=True,
            max_s=self._order.limits.song_s,
        )
        return [
            Answer(row, judge.id, given.only(usable(judge)).digest())
            for row, judge in zip(rows, judges, strict=True)
        ]

    def _end(self, claimed: Claim, answers: Sequence[Answer]) -> None:
        path = str(self._path(claimed))
        named = [answer._replace(row=_named(answer.row, path, claimed)) for answer in answers]
        if not finish(self._engine, self._worker, claimed.item, named):
            _log.warning("Item %d is no longer this worker's; its result is dropped", claimed.item)


def _named(row: SongScores | SongFailure, path: str, claimed: Claim) -> SongScores | SongFailure:
    """Return a row whose sentences name the song as its sender does, and no place of the server."""
    if isinstance(row, SongFailure):
        message = row.error.message.replace(path, claimed.name)
        return row.model_copy(
            update={"path": claimed.name, "error": Note(type=row.error.type, message=message)}
        )
    if row.sha256 != claimed.sha256:
        text = f"{claimed.name} is no longer the file that was sent; send it again."
        return SongFailure(path=claimed.name, error=Note(type="SongChanged", message=text))
    # A row is kept for whoever sends the song, under whatever name.
    notes = [
        note.model_copy(update={"message": note.message.replace(path, "The song")})
        for note in row.warnings
    ]
    given = None if row.given is None else row.given.only(("prompt", "lyrics"))
    return row.model_copy(update={"warnings": tuple(notes), "given": given})
