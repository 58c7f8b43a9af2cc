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
NAMED = 10  # examples kept of each reason


class SuiteFacts(Record):
    """The facts that describe a suite.

    Parameters
    ----------
    name : str
        Name on the command line.
    title : str
        Name as its authors write it.
    version : str
        Of our protocol; results of two versions are never compared.
    citation, licence, where : str
        Publication, licence of its data, and where to get them.
    data : str
        What ``--data`` takes.
    protocol : tuple of str
        Exact protocol in sentences, with every difference from its source.
    published : tuple of Published
        Published numbers of other judges, with their source.
    """

    name: str
    title: str
    version: str
    citation: str
    licence: str
    where: str
    data: str
    protocol: tuple[str, ...]
    published: tuple[Published, ...] = ()


@dataclass(frozen=True)
class Item:
    """A recording with its prompt.

    Parameters
    ----------
    id : str
        Unique in the suite.
    names : tuple of str
        Other names that predictions may use for it.
    path : Path, optional
        Audio file, which may not exist.
    withheld : str, optional
        Why there is no audio, where the corpus says so.
    text, lyrics : str
        Prompt and lyrics, empty where there is none.
    reference : Path, optional
        Audio that the prompt refers to.
    """

    id: str
    names: tuple[str, ...] = ()
    path: Path | None = None
    withheld: str | None = None
    text: str = ""
    lyrics: str = ""
    reference: Path | None = None


@dataclass(frozen=True, eq=False)
class SongTask:
    """Songs with observed scores; the judge's score is correlated with them.

    Parameters
    ----------
    name : str
        In results.
    wants : tuple of str
        Names of the judge's scores that suit the task, the best first.
    items : tuple of str
        Ids, (n,).
    observed : ndarray of float64, (n,)
        Observed scores.
    groups : tuple of str
        Group that each song is resampled with, such as its prompt, (n,).
    systems : tuple of str or None
        Generator of each, (n,).
    slices : tuple of dict
        By kind of slice, the groups a song belongs to, (n,).
    ratings : ndarray of float64, (n, n_raters), optional
        Single ratings, for the ceiling.
    threshold : float, optional
        From here on a score counts as good, for TTA-F1.
    """

    name: str
    wants: tuple[str, ...]
    items: tuple[str, ...]
    observed: Floats
    groups: tuple[str, ...]
    systems: tuple[str | None, ...]
    slices: tuple[Slices, ...] = ()
    ratings: Floats | None = None
    threshold: float | None = None


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
        if len(kept) < NAMED:
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
    """A benchmark.

    Parameters
    ----------
    facts : SuiteFacts
        Description.
    sample : callable
        Writes a made-up data set of the same shape into a folder.
    load : callable, optional
        Reads the data from a folder or file.
    listen : callable, optional
        Runs a suite that takes songs only.
    scp : {1, 5}, optional
        Scores in a line of the suite's ``.scp`` lists; None for no such list.
    seed : int, default 1
        Seed of a run where the user gives none.
    """

    facts: SuiteFacts
    sample: Sample
    load: Load | None = None
    listen: Listen | None = None
    scp: Literal[1, 5] | None = None
    seed: int = 1
