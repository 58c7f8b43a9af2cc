"""Work for a cluster in tests, without torch: planted encoder and judge, a driver to kill."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planted_encoder import SPEC, PlantedEncoder, PlantedSource, source
from planted_judge import PlantedJudge
from plaudit.audio.segment import SegmentRule
from plaudit.embeddings.extract.encoder_source import OpenEncoder
from plaudit.embeddings.extract.job import EmbedJob
from plaudit.embeddings.extract.listing import songs_of_files
from plaudit.jobs.scorer import Scorer
from plaudit.judging.given import Given
from plaudit.judging.record import SongFailure, SongScores

RULE = SegmentRule(length_s=1.0)


class SlowEncoder(PlantedEncoder):
    """Takes its time."""

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        time.sleep(0.05)
        return super().encode(segments)


class SlowSource(PlantedSource):
    """Opens it."""

    def open(self) -> OpenEncoder:
        return OpenEncoder(SlowEncoder(SPEC), super().open().columns)


def open_doubler() -> Callable[[int], int]:
    """Open what doubles a number."""
    return lambda number: 2 * number


def open_killer(folder: Path) -> Callable[[str], str]:
    """Open what dies at "2 name" the first two times; each start leaves a file in a folder."""

    def work(task: str) -> str:
        before = len(list(folder.glob(f"{task}-*")))
        (folder / f"{task}-{before}").touch()
        if before < int(task.split(maxsplit=1)[0]):
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    return work


def planted_judges(name: str = "planted") -> list[Scorer]:
    """Open the judge in a worker."""
    return [PlantedJudge(name=name)]


def judge_planted(
    judges: Sequence[Scorer], songs: Sequence[Path], given: Sequence[Given]
) -> Iterator[SongScores | SongFailure]:
    """Judge songs; the one whose file holds "kills" ends its process."""
    for song in songs:
        if song.read_bytes().startswith(b"kills"):
            os.kill(os.getpid(), signal.SIGKILL)
    yield from judges[0].stream(songs, given=given, timeline=False)


def main(folder: Path, out: Path, address: str) -> None:
    """Embed a folder on a cluster, saving after each song."""
    songs = songs_of_files(sorted(folder.iterdir()), folder)
    job = EmbedJob(songs, source(), RULE, out, cluster=address, save_every_s=0.0)
    job.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
