"""Votes about systems as arrays: both systems, the outcome, the voter and the prompt.

Rows come from a file or from anywhere else; here they are checked and coded. A row that cannot be
used is an error with its line, or, where the caller says so, left out and counted under a reason.
Where a file has ``first_system`` and ``second_system``, these are the systems; otherwise ``first``
and ``second`` are.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.votes.cell import FaultyRows, flag_of, name_of, shown, vote_of
from plaudit.benchmarks.votes.file import open_votes
from plaudit.benchmarks.votes.kind import check_systems
from plaudit.core.choice import VocalFilter
from plaudit.core.errors import InputError
from plaudit.core.settings import Record, nearest
from plaudit.datasets.corpora.proving_ground import BATTLES
from plaudit.metrics.tally import OUTCOMES

Codes = NDArray[np.int64]
UNKNOWN = -1  # the code of what a row does not name; codes of names are 0 and above
_CODE = {outcome: code for code, outcome in enumerate(OUTCOMES)}
_NO_VOTE = "nobody voted"
_ROLES = {
    "first": ("first_system", "first"),
    "second": ("second_system", "second"),
    "outcome": ("outcome",),
    "prompt": ("prompt_id", "prompt"),
    "voter": ("voter",),
    "instrumental": ("instrumental",),
}


class BattleLine(NamedTuple):
    """A row as it came: its line, and what stands in its columns."""

    line: int  #: Line from 1.
    #: Systems.
    first: object
    second: object
    outcome: object  #: Who won.
    #: Prompt and voter; None where the file does not say.
    prompt: object = None
    voter: object = None
    instrumental: object = None  #: Whether nobody was to sing; None where the file does not say.


@dataclass(frozen=True, eq=False)
class BattleTable:
    """Battles, one entry each, in the order they came."""

    #: Names, in order of the alphabet, so that the order of rows does not matter.
    systems: tuple[str, ...]
    #: (n,) numbers of systems.
    first: Codes
    second: Codes
    outcome: Codes  #: (n,) codes of `plaudit.metrics.tally.OUTCOMES`.
    #: (n,) codes; -1 where a row does not say; None where no row does.
    prompt: Codes | None = None
    voter: Codes | None = None
    read: int = 0  #: Rows that came.
    dropped: dict[str, int] = field(default_factory=dict)  #: Rows left out, by reason.

    def __len__(self) -> int:
        """Return how many battles there are."""
        return len(self.first)


class DataFile(Record):
    """The source of votes.

    ``sha256`` is that of the file; for a folder, of the lines ``<sha256>  <name>`` of its files in
    order of name. ``kind`` is how it was read.
    """

    path: str
    sha256: str
    files: int
    kind: str


def read_battles(
    path: Path,
    *,
    skip: bool = False,
    only: VocalFilter = "all",
    merge_variants: bool = False,
    without: Collection[str] = (),
) -> tuple[BattleTable, DataFile]:
    """Read a file or folder of votes (`plaudit.benchmarks.votes.file`) about systems.

    Of a proving ground only its battles between systems are read. With ``skip``, rows that cannot
    be used are left out and counted; otherwise the first is an error. The other options are those
    of `code_battles`.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        It holds no battles in any known form, or a row cannot be used; the sentence says which.
    """
    if (path / BATTLES[0]).is_file():
        path = path / BATTLES[0]
    source = open_votes(path)
    faults = FaultyRows(str(path), skip=skip, unit="battle" if source.is_arena else "line")
    rows = starmap(BattleLine, source.rows(_ROLES, ("first", "second", "outcome"), faults))
    table = code_battles(rows, faults, only=only, merge_variants=merge_variants, without=without)
    if not source.is_arena:
        check_systems(str(path), table.systems, table.first, table.second, table.prompt)
    data = DataFile(
        path=path.name, sha256=source.digest(), files=len(source.files), kind=source.kind
    )
    return table, data


def code_battles(
    rows: Iterable[BattleLine],
    faults: FaultyRows,
    *,
    only: VocalFilter = "all",
    merge_variants: bool = False,
    without: Collection[str] = (),
) -> BattleTable:
    """Turn rows into arrays.

    Raises
    ------
    InputError
        A row cannot be used and such rows are not left out; there is no row at all; a system to be
        left out is in no row; or rows do not say whether they are instrumental and only some are
        wanted.
    """
    systems, prompts, voters = _Codes(merge=merge_variants), _Codes(), _Codes()
    votes: dict[object, int | None] = {}
    coded = array("q")
    dropped: Counter[str] = Counter()
    read = 0
    # A million rows pass here: known spellings are looked up without a call.
    known_system, known_prompt, known_voter = systems.seen, prompts.seen, voters.seen
    for line, first, second, outcome, prompt, voter, instrumental in rows:
        read += 1
        if only != "all" and _unwanted(instrumental, only, faults, line):
            dropped[f"not {only}"] += 1
            continue
        try:
            a, b, vote = known_system[first], known_system[second], votes[outcome]
        except (KeyError, TypeError):
            a, b = systems.of(first), systems.of(second)
            try:
                voted = vote_of(outcome)
            except ValueError as error:
                faults.meet(line, "an unknown outcome", str(error))
                continue
            votes[outcome] = vote = None if voted is None else _CODE[voted]
        if a < 0 or b < 0:
            side, value = ("first", first) if a < 0 else ("second", second)
            faults.meet(line, "a system without a name", f"expected the name of the {side} system,"
                        f" got {shown(value)}; name it, or leave the row out.")  # fmt: skip
            continue
        if a == b:
            faults.meet(line, "a system against itself", "expected two systems, got"
                        f" {shown(first)} against itself; leave the row out.")  # fmt: skip
            continue
        if vote is None:
            dropped[_NO_VOTE] += 1
            continue
        try:
            p, v = known_prompt[prompt], known_voter[voter]
        except (KeyError, TypeError):
            p, v = prompts.of(prompt), voters.of(voter)
        coded.extend((a, b, vote, p, v))
    if not read:
        raise InputError(f"{faults.where} holds no battle; expected a row for each.")
    dropped.update(faults.counts)
    codes = np.frombuffer(coded, np.int64).reshape(-1, 5).T
    if without:
        kept = ~np.isin(codes[:2], [systems.known(name) for name in without]).any(axis=0)
        dropped["of a system that is left out"] += int((~kept).sum())
        codes = codes[:, kept]
    if not codes.size:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in dropped.items())
        raise InputError(f"{faults.where} has no battle to count; {reasons}.")
    return _table(codes, systems, prompts, voters, read, dict(dropped))


class _Codes:
    """Numbers for names in the order in which they come; `UNKNOWN` for no name."""

    def __init__(self, *, merge: bool = False) -> None:
        self.names: list[str] = []
        self.seen: dict[object, int] = {}  # by every spelling that came
        self._code: dict[str, int] = {}
        self._merge = merge

    def of(self, value: object) -> int:
        """Return the number of a name."""
        name = name_of(value)
        if self._merge and name is not None:
            name = name_of(name.split(":", 1)[0])
        code = UNKNOWN
        if name is not None:
            code = self._code.setdefault(name, len(self._code))
            if code == len(self.names):
                self.names.append(name)
        if value is None or isinstance(value, str):
            self.seen[value] = code
        return code

    def known(self, name: str) -> int:
        """Return the number of a name that came."""
        if name not in self._code:
            hint = nearest(name, self.names)
            raise InputError(f"{name} is to be left out, and is in no battle; {hint}")
        return self._code[name]


def _table(
    codes: Codes,
    systems: _Codes,
    prompts: _Codes,
    voters: _Codes,
    read: int,
    dropped: dict[str, int],
) -> BattleTable:
    # Names in the order of the alphabet, so that the order of rows does not matter; systems only
    # those that are left in some battle.
    names = systems.names
    order = sorted(np.unique(codes[:2]).tolist(), key=lambda code: names[code])
    place = np.full(len(names), UNKNOWN, np.int64)
    place[order] = np.arange(len(order))
    return BattleTable(
        tuple(names[code] for code in order),
        place[codes[0]],
        place[codes[1]],
        codes[2],
        _by_name(codes[3], prompts) if prompts.names else None,
        _by_name(codes[4], voters) if voters.names else None,
        read,
        dropped,
    )


def _by_name(codes: Codes, coded: _Codes) -> Codes:
    """Return codes in the order of their names."""
    order = sorted(range(len(coded.names)), key=coded.names.__getitem__)
    place = np.full(len(order) + 1, UNKNOWN, np.int64)  # the last is that of `UNKNOWN`
    place[order] = np.arange(len(order))
    return place[codes]


def _unwanted(instrumental: object, only: VocalFilter, faults: FaultyRows, line: int) -> bool:
    try:
        kind = flag_of(instrumental)
    except ValueError:
        kind = None
    if kind is None:
        raise InputError(
            f"{faults.where}, {faults.unit} {line}: expected true or false in the column"
            f" 'instrumental', got {shown(instrumental)}; without it only all battles can be"
            " counted."
        )
    return kind != (only == "instrumental")
