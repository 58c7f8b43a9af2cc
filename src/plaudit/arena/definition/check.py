"""Whether a test is ready: what is missing, how many votes it needs, what a voter can be asked."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from plaudit.arena.definition.contestant import REFERENCE, Entry
from plaudit.arena.definition.power import Votes, votes_needed
from plaudit.arena.definition.record import ListeningTest
from plaudit.core.file import is_file
from plaudit.core.settings import Record

_NAMED = 3  # examples in a sentence


class Finding(Record):
    """Something about a test: with ``missing`` it cannot be served."""

    level: Literal["missing", "note"]
    text: str


class Readiness(Record):
    """What `check_test` finds."""

    schema_version: int = 1
    test: str
    kind: str
    systems: tuple[str, ...]
    items: int  #: Prompts, vocal and instrumental apart.
    songs: int
    tasks_per_voter: int | None  #: As many as the songs allow; None for no end.
    votes_needed: int | None  #: None where there is nothing to compare.
    half_width: float | None  #: That they give, in the kind's own units.
    voters_needed: int | None
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return all(finding.level != "missing" for finding in self.findings)


class _Item(NamedTuple):
    systems: frozenset[str]
    songs: int
    pairs: int  # of songs of two systems
    reference: bool


def check_test(
    test: ListeningTest, entries: Sequence[Entry], unmade: int = 0, prepared: int | None = None
) -> Readiness:
    """Return what is missing in a test, and what it needs.

    Parameters
    ----------
    test : ListeningTest
        The test.
    entries : sequence of Entry
        Songs and references that it names.
    unmade : int, default 0
        Songs that systems have not made yet.
    prepared : int, optional
        Songs that the database holds; None where there is none yet.
    """
    songs = [entry for entry in entries if entry.role != REFERENCE]
    systems = tuple(sorted({entry.system for entry in songs}))
    items = {entry.item: _item(entry.item, entries) for entry in songs}
    missing = list(_missing(test, entries, systems, items))
    if unmade:
        missing.append(f"Systems have {unmade:,} songs to make; `plaudit arena add` asks them.")
    elif prepared is not None and prepared < len(songs):
        missing.append(
            f"{len(songs) - prepared:,} of {len(songs):,} songs are not prepared; run `plaudit"
            " arena add`."
        )
    able = _able(test, items)
    notes = []
    if test.tasks.per_voter and able < test.tasks.training + test.tasks.per_voter:
        notes.append(
            f"A voter can be asked {able:,} different things, fewer than the"
            f" {test.tasks.training} + {test.tasks.per_voter} tasks; their test ends sooner."
        )
    needed: Votes | None = None
    if len(systems) > 1 or (test.kind == "rating" and systems):
        needed = votes_needed(test.kind, len(systems), test.wanted, test.tasks.takes)
    per_voter = min(test.tasks.per_voter or able, able)
    counted = per_voter * (1 - test.tasks.checks - test.tasks.repeats)
    return Readiness(
        test=test.name,
        kind=test.kind,
        systems=systems,
        items=len(items),
        songs=len(songs),
        tasks_per_voter=per_voter if test.tasks.per_voter else None,
        votes_needed=needed and needed.votes,
        half_width=needed and needed.half_width,
        voters_needed=None if needed is None or counted <= 0 else -int(-needed.votes // counted),
        findings=(
            *(Finding(level="missing", text=text) for text in missing),
            *(Finding(level="note", text=text) for text in notes),
        ),
    )


def _item(name: str, entries: Sequence[Entry]) -> _Item:
    own = [entry for entry in entries if entry.item == name]
    songs = [entry.system for entry in own if entry.role != REFERENCE]
    pairs = sum(first != second for first, second in combinations(songs, 2))
    return _Item(frozenset(songs), len(songs), pairs, len(own) > len(songs))


def _missing(
    test: ListeningTest, entries: Sequence[Entry], systems: Sequence[str], items: dict[str, _Item]
) -> list[str]:
    texts = []
    if not systems:
        texts.append("There are no songs; name a manifest, folders or systems in [contestants].")
    elif len(systems) < 2 and test.kind in {"battle", "mushra"}:
        texts.append(f"There is one system, '{systems[0]}'; it takes two to compare.")
    absent = sorted({str(entry.path) for entry in entries if not is_file(entry.path)})
    if absent:
        texts.append(f"{len(absent):,} files are missing: {_some(absent)}.")
    if test.kind == "battle" and len(systems) > 1:
        apart = [
            f"{a} and {b}"
            for a, b in combinations(systems, 2)
            if not any({a, b} <= item.systems for item in items.values())
        ]
        if apart:
            texts.append(
                f"{len(apart):,} pairs of systems share no prompt (of songs that are both vocal or"
                f" both instrumental): {_some(apart)}."
            )
    if test.kind == "rank" and items and not any(item.songs > 1 for item in items.values()):
        texts.append("No prompt has two songs to put in order.")
    wants = test.kind == "mushra" or (test.kind == "rating" and test.tasks.reference)
    bare = sorted(name for name, item in items.items() if wants and not item.reference)
    if bare:
        texts.append(f"{len(bare):,} prompts have no reference: {_some(bare)}.")
    return texts


def _able(test: ListeningTest, items: dict[str, _Item]) -> int:
    """How many different things a voter can be asked."""
    match test.kind:
        case "battle":
            return sum(item.pairs for item in items.values())
        case "rating":
            return sum(item.songs for item in items.values())
        case "mushra":
            return sum(item.reference for item in items.values())
        case "rank":
            return sum(item.songs > 1 for item in items.values())


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
