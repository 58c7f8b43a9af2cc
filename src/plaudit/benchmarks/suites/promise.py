"""The parts of a suite: facts, a reader of its data as items and tasks, and a made-up sample.

A suite with labels has items (recordings with their prompts) and tasks on them: songs with observed
scores, or pairs with an observed preference. A suite without labels (damage, robustness) takes
songs: it has ``listen`` in place of ``load``.

References
----------
Each suite's own file names its source and where it differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.suites.record import Dropped, Published
from plaudit.core.outcome import Outcome
from plaudit.core.settings import Record

if TYPE_CHECKING:
    from plaudit.benchmarks.suites.contestant import Contestant
    from plaudit.benchmarks.suites.record import RunSettings, SuiteResult

Floats = NDArray[np.float64]
Slices = dict[str, tuple[str, ...]]  # such as {"generator": ("a", "b"), "month": ("2025_09",)}
_NAMED = 10  # examples kept of each reason


class SuiteFacts(Record):
    """The facts that describe a suite."""

    name: str  #: Name on the command line.
    title: str  #: Name as its authors write it.
    version: str  #: Of our protocol; results of two versions are never compared.
    citation: str
    licence: str  #: Of its data.
    where: str  #: Where to get the data.
    data: str  #: What ``--data`` takes.
    #: Exact protocol in sentences, with every difference from its source.
    protocol: tuple[str, ...]
    published: tuple[Published, ...] = ()  #: Published numbers of other judges, with their source.


@dataclass(frozen=True)
class Item:
    """A recording with its prompt."""

    id: str  #: Unique in the suite.
    names: tuple[str, ...] = ()  #: Other names that predictions may use for it.
    path: Path | None = None  #: Audio file, which may not exist.
    withheld: str | None = None  #: Why there is no audio, where the corpus says so.
    text: str = ""  #: Prompt and lyrics, empty where there is none.
    lyrics: str = ""
    reference: Path | None = None  #: Audio that the prompt refers to.
    #: Corpus, and digest of its audio file, where they are known.
    corpus: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, eq=False)
class SongTask:
    """Songs with observed scores; the judge's score is correlated with them."""

    name: str  #: In results.
    wants: tuple[str, ...]  #: Names of the judge's scores that suit the task, the best first.
    items: tuple[str, ...]  #: Ids, (n,).
    observed: Floats  #: Observed scores, (n,).
    groups: tuple[str, ...]  #: Group that each song is resampled with, such as its prompt, (n,).
    systems: tuple[str | None, ...]  #: Generator of each, (n,).
    slices: tuple[Slices, ...] = ()  #: By kind of slice, the groups a song belongs to, (n,).
    ratings: Floats | None = None  #: Single ratings, for the ceiling, (n, n_raters).
    threshold: float | None = None  #: From here on a score counts as good, for TTA-F1.


@dataclass(frozen=True)
class Pair:
    """Two items and which one people preferred."""

    id: str
    first: str
    second: str
    outcome: Outcome
    group: str
    systems: tuple[str | None, str | None] = (None, None)
    slices: Slices = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PairTask:
    """Pairs; the song with the higher score is predicted to win.

    ``half_ties`` keeps pairs that people called equal, as CMI-RewardBench does: such a pair gives a
    credit of one half for unequal scores and of one for equal scores. Without it they are left out
    and counted. ``ceiling`` is how often people agree with people, 0 to 1.
    """

    name: str
    wants: tuple[str, ...]
    pairs: tuple[Pair, ...]
    half_ties: bool = False
    ceiling: float | None = None


Task = SongTask | PairTask


class Losses:
    """Counts of items left out, by reason, with the names of the first."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._n: dict[str, int] = {}

    def lose(self, reason: str, name: str) -> None:
        """Count an item that is left out."""
        self._n[reason] = self._n.get(reason, 0) + 1
        kept = self._names.setdefault(reason, [])
        if len(kept) < _NAMED:
            kept.append(name)

    def dropped(self) -> tuple[Dropped, ...]:
        """Return all reasons, the most frequent first."""
        order = sorted(self._n, key=lambda reason: (-self._n[reason], reason))
        return tuple(
            Dropped(reason=reason, n=self._n[reason], examples=tuple(self._names[reason]))
            for reason in order
        )


@dataclass(frozen=True, eq=False)
class SuiteData:
    """The data of a suite: items by id, tasks, and the files that were read.

    ``rates`` are shares that describe the data, not a judge, such as that of votes for neither.
    """

    items: dict[str, Item]
    tasks: tuple[Task, ...]
    files: tuple[Path, ...]
    rates: tuple[tuple[str, str, float, int], ...] = ()  # task, measure, value, n


Load = Callable[[Path, Losses], SuiteData]
Listen = Callable[[Sequence[Path], "Contestant", "RunSettings", Losses], "SuiteResult"]
Sample = Callable[[Path, np.random.Generator], None]


@dataclass(frozen=True)
class Suite:
    """A benchmark."""

    facts: SuiteFacts  #: Description.
    sample: Sample  #: Writes a made-up data set of the same shape into a folder.
    load: Load | None = None  #: Reads the data from a folder or file.
    listen: Listen | None = None  #: Runs a suite that takes songs only.
    #: Scores in a line of the suite's ``.scp`` lists; None for no such list.
    scp: Literal[1, 5] | None = None
    seed: int = 1  #: Seed of a run where the user gives none.
