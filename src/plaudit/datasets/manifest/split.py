"""Splits that keep groups of songs together, and do not change when songs are added.

Songs that share an artist, a prompt, a file or their sound form a group
(`plaudit.datasets.manifest.group`), and a group goes to one side as a whole; songs of one file or
one sound do so by whatever keys songs are split. Where a group goes is a
hash of one of its keys and the seed, so a song that is added later moves no other, unless it joins
two groups into one. The price is that shares are met on average only: the rule and the shares
that were reached are both reported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.core.settings import Record, nearest
from plaudit.datasets.manifest.column import SPLITS
from plaudit.datasets.manifest.group import Objects, codes, draws, groups
from plaudit.datasets.manifest.leak import KEYS, Key

_RECORDING: tuple[Key, ...] = ("song", "near-duplicate")
# A group's place is drawn from a key of the first kind that it has: an artist stays where he is
# however many prompts and files he adds.
_ORDER: tuple[Key, ...] = ("artist", "prompt", "near-duplicate", "song")


class SplitRule(Record):
    """The rule of a split."""

    #: Keys that must not be shared between sides, also where the corpus gives the side: song (the
    #: same file), artist, prompt, near-duplicate. Free songs of one recording are never separated.
    by: tuple[Key, ...] = tuple(KEYS)
    #: Shares of train, validation, test; they add up to 1.
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 0  #: Another seed, another split.
    #: Systems whose songs go to the test, with all songs of their groups.
    hold_out: tuple[str, ...] = ()
    own: bool = True  #: Keep the corpus's own split where it has one.


class SplitReport(Record):
    """Songs by side, with the rule."""

    rule: SplitRule  #: Its rule.
    songs: dict[str, int]  #: Side to its number of songs.
    #: Side to its share of the songs that were free to go anywhere; None if none was.
    shares: dict[str, float] | None
    groups: int  #: How many groups there are.
    largest: int  #: Songs of the largest group.
    fixed: int  #: Songs whose side was given by the corpus or by a system that is held out.
    drawn_along: int  #: Songs that went with such a song, since they share a key with it.


@dataclass(frozen=True)
class Splitting:
    """A split: the side of each song, (n_songs,), and a report."""

    sides: Objects
    report: SplitReport


def read_rule(
    by: Sequence[str],
    shares: Sequence[float],
    *,
    seed: int = 0,
    hold_out: Sequence[str] = (),
    own: bool = True,
) -> SplitRule:
    """Make a rule; an unknown key, or shares that do not sum to 1, are an `InputError`."""
    for key in by:
        if key not in KEYS:
            raise InputError(f"Songs cannot be split by '{key}'; {nearest(key, KEYS)}")
    if len(shares) != len(SPLITS) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise InputError(
            "Expected three shares (train, validation, test) that add up to 1, such as .8,.1,.1,"
            f" got {','.join(f'{share:g}' for share in shares)}."
        )
    known: dict[str, Key] = {key: key for key in KEYS}
    return SplitRule(
        by=tuple(dict.fromkeys(known[key] for key in by)),
        shares=(shares[0], shares[1], shares[2]),
        seed=seed,
        hold_out=tuple(hold_out),
        own=own,
    )


def split_songs(
    song_ids: Objects,
    keys: Mapping[Key, Objects],
    rule: SplitRule,
    *,
    systems: Objects | None = None,
    own: Objects | None = None,
) -> Splitting:
    """Bring every song to a side. All arrays are (n_songs,), None where unknown.

    Raises
    ------
    InputError
        A system to hold out has no song, or a side with a share gets none of the free songs.
    """
    used = {key: keys[key] for key in rule.by if key in keys}
    ids = np.asarray(song_ids, dtype=object)
    joined: dict[str, Objects] = {"id": ids}
    together = {key: keys[key] for key in (*used, *_RECORDING) if key in keys}
    joined.update({str(key): column for key, column in together.items()})
    group = groups(joined)
    fixed = _fixed(len(ids), rule, systems, own)
    n_groups = int(group.max()) + 1 if len(group) else 0
    place = _places(group, n_groups, ids, used, rule.seed)
    ends = np.cumsum(rule.shares)
    side = np.minimum(np.searchsorted(ends[:-1], place, side="right"), len(SPLITS) - 1)
    # A side without a share must stay empty, however sums are rounded.
    side = np.where(np.asarray(rule.shares)[side] > 0, side, int(np.argmax(rule.shares)))
    free = np.ones(n_groups, dtype=bool)
    for at in range(len(SPLITS)):  # test last: where sides disagree in a group, it is a test group
        theirs = group[fixed == at]
        side[theirs], free[theirs] = at, False
    sides = np.where(fixed >= 0, fixed, side[group])
    report = _report(rule, sides, group, fixed, free)
    for name, share in zip(SPLITS, rule.shares, strict=True):
        if share > 0 and report.shares and not report.songs[name]:
            raise InputError(
                f"No song was left for {name}, of which {share:.0%} were requested: there are"
                f" {n_groups} groups of songs that belong together, the largest of"
                f" {report.largest}. Split by fewer keys, hold out fewer systems, take another"
                " seed, or ask for no share."
            )
    return Splitting(np.array(SPLITS, dtype=object)[sides], report)


def _fixed(
    n: int, rule: SplitRule, systems: Objects | None, own: Objects | None
) -> NDArray[np.int64]:
    """Return the side that a song has to go to; -1: any."""
    fixed = np.full(n, -1, dtype=np.int64)
    if own is not None and rule.own:
        for at, name in enumerate(SPLITS):
            fixed[own == name] = at
    for system in rule.hold_out:
        theirs = systems == system if systems is not None else np.zeros(n, dtype=bool)
        if not np.any(theirs):
            known = sorted({str(name) for name in systems if name}) if systems is not None else []
            hint = nearest(system, known) if known else "no song names its system."
            raise InputError(f"No song is of the system '{system}'; {hint}")
        fixed[theirs] = SPLITS.index("test")
    return fixed


def _places(
    group: NDArray[np.int64], n_groups: int, ids: Objects, used: Mapping[Key, Objects], seed: int
) -> NDArray[np.float64]:
    """Return where each group lies in [0, 1): the smallest draw of a key of its first kind."""
    place = np.full(n_groups, np.nan)
    for key in _ORDER:
        if key in used:
            _fill(place, group, used[key], f"{key}:", seed)
    _fill(place, group, ids, "id:", seed)
    return place


def _fill(
    place: NDArray[np.float64], group: NDArray[np.int64], column: Objects, kind: str, seed: int
) -> None:
    numbers, names = codes(column)
    values = draws([kind + name for name in names], seed)
    # The smallest draw of many is small: its own hash is what spreads evenly.
    known = numbers >= 0
    smallest = np.full(len(place), len(names), dtype=np.int64)
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    np.minimum.at(smallest, group[known], rank[numbers[known]])
    empty = np.isnan(place) & (smallest < len(names))
    chosen = order[smallest[empty]]
    place[empty] = draws([f"{kind}{names[at]}\0place" for at in chosen], seed)


def _report(
    rule: SplitRule,
    sides: NDArray[np.int64],
    group: NDArray[np.int64],
    fixed: NDArray[np.int64],
    free: NDArray[np.bool_],
) -> SplitReport:
    loose = free[group]
    counts = np.bincount(sides[loose], minlength=len(SPLITS))
    sizes = np.bincount(group)
    return SplitReport(
        rule=rule,
        songs={name: int((sides == at).sum()) for at, name in enumerate(SPLITS)},
        shares={
            name: float(count / loose.sum()) for name, count in zip(SPLITS, counts, strict=True)
        }
        if loose.any()
        else None,
        groups=len(sizes),
        largest=int(sizes.max()),
        fixed=int((fixed >= 0).sum()),
        drawn_along=int((~loose & (fixed < 0)).sum()),
    )
