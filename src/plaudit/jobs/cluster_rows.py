"""Rows of songs that are judged on a cluster: those of this machine, in the same order.

A worker opens the judges of the job and judges one song after another with the function of the
local job. Songs that a resumed job knows are not sent.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from plaudit.core.errors import PlauditError
from plaudit.core.file import is_file, sha256_of
from plaudit.core.note import Note
from plaudit.core.remote import fetched
from plaudit.embeddings.cluster.crew import ClusterCrew, Settled
from plaudit.embeddings.cluster.work import ClusterWork
from plaudit.embeddings.extract.workers import WORKER_DIED
from plaudit.jobs.scorer import Scorer
from plaudit.judging.given import Given
from plaudit.judging.ledger import Ledger
from plaudit.judging.panel import usable
from plaudit.judging.record import JudgeId, SongFailure, SongScores

Rows = list[SongScores | SongFailure]
Load = Callable[[], Sequence[Scorer]]
JudgeSongs = Callable[
    [Sequence[Scorer], Sequence[Path], Sequence[Given]], Iterator[SongScores | SongFailure]
]
_AHEAD = 64  # songs for each worker beyond the first that is not finished: rows come in order


class OtherJudgeError(PlauditError, RuntimeError):
    """A worker has another judge of the same name."""


class SongTask(NamedTuple):
    """One song to judge."""

    place: int  #: Among the songs of the job.
    path: Path
    given: Given  #: What it is to answer.


def open_scorer(
    load: Load, judge_songs: JudgeSongs, ids: Sequence[JudgeId]
) -> Callable[[SongTask], Rows]:
    """Open judges in a worker, and return what judges a song.

    Raises
    ------
    OtherJudgeError
        They are not those of the job (``ids``).
    """
    judges = load()
    for judge, expected in zip(judges, ids, strict=True):
        if judge.id != expected:
            raise OtherJudgeError(
                f"judge '{expected.name}' {expected.version} of the job is another one here"
            )
    return lambda task: list(judge_songs(judges, [task.path], [task.given]))


class ClusterRows:
    """Judges songs on a cluster; use `rows` once.

    Parameters
    ----------
    address : str
        As `plaudit.embeddings.cluster.choice.check_cluster`.
    judges : sequence of Scorer
        Judges of the job, as they are open here.
    load : callable
        Opens them in a worker.
    judge_songs : callable
        Yields the rows of songs, as the local job does, by judges, songs and what they are given.
    workers : int, optional
        As `plaudit.embeddings.cluster.crew.ClusterCrew`.
    on_event : callable
        Gets a sentence when a worker is lost.
    """

    def __init__(
        self,
        address: str,
        judges: Sequence[Scorer],
        load: Load,
        judge_songs: JudgeSongs,
        *,
        workers: int | None,
        on_event: Callable[[str], None],
    ) -> None:
        self._judges = judges
        self._songs, self._audio_s = 0, 0.0
        self._crew: ClusterCrew[SongTask, Rows] = ClusterCrew(
            address,
            partial(open_scorer, load, judge_songs, [judge.id for judge in judges]),
            self._failures,
            workers=workers,
            threads=1,
            on_event=on_event,
        )

    def work(self, took_s: float, price_per_core_hour: float | None) -> ClusterWork:
        """Return time and cost, once all rows were taken."""
        return ClusterWork(
            took_s=took_s,
            songs=self._songs,
            audio_s=self._audio_s,
            core_s=self._crew.core_s,
            price_per_core_hour=price_per_core_hour,
        )

    def rows(
        self, songs: Sequence[Path], given: Sequence[Given], ledger: Ledger | None
    ) -> Iterator[SongScores | SongFailure]:
        """Yield the rows of each song, in order."""
        ready: dict[int, Rows] = {}
        before: set[int] = set()
        taken = following = 0

        def tasks() -> Iterator[SongTask | Settled[SongTask, Rows]]:
            nonlocal taken
            for task in map(SongTask, range(len(songs)), songs, given):
                taken += 1
                known = None if ledger is None else self._known(task, ledger)
                if known is None:
                    yield task
                else:
                    before.add(task.place)
                    yield Settled(task, known)

        # A song that takes long holds back the rows of those after it, but no worker for a while.
        def room(workers: int) -> bool:
            return taken - following < _AHEAD * workers

        for task, rows in self._crew.share_out(tasks(), room):
            ready[task.place] = rows
            if task.place in before:
                before.remove(task.place)
            elif heard := [row.duration_s for row in rows if isinstance(row, SongScores)]:
                self._songs += 1
                self._audio_s += heard[0]
            while following in ready:
                yield from ready.pop(following)
                following += 1

    def _known(self, task: SongTask, ledger: Ledger) -> Rows | None:
        """Return the rows of a song that all judges judged before."""
        if not ledger.n_known:
            return None
        try:
            with fetched(task.path) as here:
                if not is_file(here):
                    return None
                sha256 = sha256_of(here)
        except (PlauditError, OSError):
            return None  # a worker says what is wrong with it
        rows: Rows = []
        for judge in self._judges:
            digest = task.given.only(usable(judge)).digest()
            row = ledger.known_of(judge.id)(sha256 + digest)
            if row is None:
                return None
            rows.append(row.model_copy(update={"path": str(task.path)}))
        return rows

    def _failures(self, task: SongTask, why: str) -> Rows:
        note = Note(type=WORKER_DIED, message=why)
        alone = len(self._judges) == 1
        return [
            SongFailure(path=str(task.path), error=note, judge=None if alone else judge.id)
            for judge in self._judges
        ]
