"""A judge for tests of jobs: no encoder, and a score that stands in the name of the file."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from plaudit.core.choice import Precision
from plaudit.core.file import sha256_of
from plaudit.core.note import Note
from plaudit.judging.feed import Known, PathLike
from plaudit.judging.given import Given
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.model.card import Card, Interval


class PlantedJudge:
    """A judge whose score of ``7.wav`` is 1 + 4 * 7 / 10; it remembers what it judged."""

    def __init__(self, stop_at: str | None = None, name: str = "planted") -> None:
        self.id = JudgeId(name=name, version="1", hash=name.encode().hex().ljust(64, "0"))
        interval = Interval.model_construct(coverage=0.8)
        self.card = Card.model_construct(name=name, version="1", interval=interval)
        self.coverage = interval.coverage
        self.axes: tuple[str, ...] = ("clarity",)
        self.precision: Precision = "exact"
        self.device = "cpu"
        self.judged: list[str] = []
        self._stop_at = stop_at

    def stream(
        self,
        songs: Iterable[PathLike],
        *,
        given: Sequence[Given] | None = None,
        known: Known | None = None,
        timeline: bool = True,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield a row per file; a text file is a failure, ``stop_at`` the user's Ctrl-C."""
        assert not timeline
        for song in map(Path, songs):
            if song.stem == self._stop_at:
                raise KeyboardInterrupt
            digest = sha256_of(song)
            old = known(digest) if known else None
            if old is not None:
                yield old.model_copy(update={"path": str(song)})
                continue
            self.judged.append(song.stem)
            if song.suffix == ".txt":
                yield SongFailure(path=str(song), error=Note(type="NotAudioError", message="no"))
                continue
            value = 1 + 4 * int(song.stem) / 10
            yield SongScores(
                path=str(song), sha256=digest, judge=self.id, precision="exact", duration_s=2.0,
                scores={"clarity": Score(value=value, low=1.0, high=5.0)},
            )  # fmt: skip
