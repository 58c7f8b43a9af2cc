"""Contamination: how many of the measured songs the judge was trained on.

A judge reaches on songs that taught it what it reaches on no others, so a measure on them says
nothing about new songs. A judge that keeps no list of its songs is not clean: what taught it is not
known (`plaudit.benchmarks.scores.training_list` finds the list).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from plaudit.core.settings import Record
from plaudit.datasets.inspect.recording import Recordings
from plaudit.model.training_songs import taught_by

Status = Literal["compared", "composed", "not known"]


class Contamination(Record):
    """What is known of the measured songs.

    ``status``: "compared" with the judge's list of songs; "composed" where the judge learned only
    from recordings that were composed for it and never kept; "not known". ``reason`` is of the last
    two.
    """

    status: Status
    n: int  #: Songs measured.
    taught: int = 0  #: Of these, songs that taught the judge, or decided when its training ended.
    by: dict[str, int] = Field(default_factory=dict)  #: ``taught`` by content, name or sound.
    unchecked: int = 0  #: Songs without a file or its hash, which were compared by name alone.
    reason: str = ""

    def __str__(self) -> str:
        """Return it as a sentence."""
        if self.status == "not known":
            return f"Unknown how many of the {self.n:,} songs are training songs: {self.reason}."
        if self.status == "composed":
            return f"None of the songs is a training song: {self.reason}."
        rest = f" {self.unchecked:,} could only be compared by name." if self.unchecked else ""
        if not self.taught:
            return f"None of the {self.n:,} songs is known to be a training song.{rest}"
        by = ", ".join(f"{n:,} by {name}" for name, n in self.by.items())
        return (
            f"{self.taught:,} of {self.n:,} songs are training songs of this judge ({by}), so"
            " numbers over all songs do not hold for others;"
            f" {self.n - self.taught:,} are new.{rest}"
        )


@dataclass(frozen=True, eq=False)
class TrainingList:
    """What is known of the songs that taught a judge."""

    songs: NDArray[np.void] | None = None  #: From `read_taught`; None where there is no list.
    status: Status = "not known"
    reason: str = "the scores name no judge that is here"  #: Why there is none.

    def compare(self, songs: Recordings) -> tuple[Contamination, NDArray[np.bool_]]:
        """Return what is known of songs, and which of them taught the judge, (n_songs,)."""
        n = len(songs.names)
        if self.songs is None:
            found = Contamination(status=self.status, n=n, reason=self.reason)
            return found, np.zeros(n, bool)
        known = taught_by(self.songs, songs)
        counts = Counter(by for by in known if by is not None)
        bare = zip(known, songs.sha256, strict=True)
        found = Contamination(
            status="compared",
            n=n,
            taught=counts.total(),
            by=dict(sorted(counts.items())),
            unchecked=sum(by is None and digest is None for by, digest in bare),
        )
        return found, np.array([by is not None for by in known], bool)


def first_lines(contamination: Contamination | None, headline: str) -> list[str]:
    """Return the first lines of a result: contamination stands before the headline, a rest after.

    None stands for a result without a judge.
    """
    if contamination is None:
        return [headline]
    lines = [str(contamination), headline]
    return lines if contamination.taught else lines[::-1]
