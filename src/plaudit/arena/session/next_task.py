"""The next task of a voter: its purpose, its songs, the order of its sides."""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import StoredSong, StoredTask
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.pairing.block import least_asked, shuffled
from plaudit.arena.pairing.board import Counts, Floats
from plaudit.arena.pairing.check_item import is_planted
from plaudit.arena.pairing.policy import policy_of, shown_order
from plaudit.arena.session.people import Keyed
from plaudit.arena.sounds.cut import SAMPLE_RATE
from plaudit.core.parse import parse_json

_LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_APART = 3  # tasks between a task and its repeat, at least

Sides = list[tuple[StoredSong, str]]  # songs with their roles, in the order shown


@dataclass(frozen=True)
class Songs:
    """The songs of a test, as tasks need them."""

    by_id: dict[str, StoredSong]
    systems: tuple[str, ...]
    items: dict[str, dict[str, tuple[StoredSong, ...]]]  #: Songs of each system, by item.
    pairs: Floats  #: How many pairs of songs two systems have, (k, k).

    def copies(self, role: str, of: str) -> list[StoredSong]:
        """Return copies of a song: its anchors, or its damaged ones."""
        return [row for row in self.by_id.values() if row.role == role and row.of == of]

    def reference(self, item: str) -> StoredSong | None:
        """Return the reference of an item."""
        rows = self.by_id.values()
        return next((row for row in rows if row.role == "reference" and row.item == item), None)


def read_songs(session: Session) -> Songs:
    """Read the songs of a test; rows may be used after the session."""
    rows = list(session.scalars(select(StoredSong).order_by(StoredSong.id)))
    session.expunge_all()
    items: dict[str, dict[str, tuple[StoredSong, ...]]] = {}
    for row in rows:
        if row.role == "song":
            item = items.setdefault(row.item, {})
            item[row.system] = (*item.get(row.system, ()), row)
    systems = tuple(sorted({system for item in items.values() for system in item}))
    pairs = np.zeros((len(systems), len(systems)))
    for item in items.values():
        n = np.array([len(item.get(system, ())) for system in systems], float)
        pairs += np.outer(n, n)
    np.fill_diagonal(pairs, 0)
    return Songs({row.id: row for row in rows}, systems, items, pairs)


class TaskMaker:
    """Makes one task; ``former`` are the voter's tasks so far, in their order.

    Parameters
    ----------
    session : Session
        Inside the transaction that stores the task; the voter's row is held.
    test, songs : ListeningTest, Songs
        What is asked, about what.
    former : sequence of StoredTask
        Of this voter.
    rng : numpy.random.Generator
        Draws songs and sides.
    counts : Counts
        Of the test's battles so far.
    """

    def __init__(
        self,
        session: Session,
        test: ListeningTest,
        songs: Songs,
        former: Sequence[StoredTask],
        rng: np.random.Generator,
        counts: Counts,
    ) -> None:
        self._counts = counts
        self._session, self._test, self._songs = session, test, songs
        self._former, self._rng = former, rng
        self._seen = {task.pair for task in former if task.pair is not None}

    def make(self, voter: str, keyed: Keyed, now: float) -> StoredTask | None:
        """Return the voter's next task, not yet stored; None where nothing is left to ask."""
        tasks, place = self._test.tasks, len(self._former) + 1
        counted = place - tasks.training
        if tasks.per_voter and counted > tasks.per_voter:
            return None

        def planted(use: str, share: float) -> bool:
            def drawn(stretch: int) -> float:
                return keyed.share(use, f"{voter}/{stretch}")

            return is_planted(counted, share, keyed.share(use, voter), drawn)

        made: StoredTask | None = None
        if counted >= 1 and planted("check", tasks.checks):
            made = self._damaged()
        elif counted >= 1 and planted("repeat", tasks.repeats):
            made = self._repeated()
        if made is None:
            made = self._ordinary("training" if counted < 1 else "vote")
        if made is None:
            return None
        made.id, made.voter, made.place, made.made = secrets.token_urlsafe(18), voter, place, now
        return made

    def _ordinary(self, purpose: str) -> StoredTask | None:
        asked = {
            "battle": self._battle,
            "rating": self._rating,
            "mushra": self._mushra,
            "rank": self._rank,
        }[self._test.kind]()
        if asked is None:
            return None
        sides, pair = asked
        return self._task(sides, purpose, pair=pair)

    def _battle(self) -> tuple[Sides, str] | None:
        songs = self._songs
        at = {system: k for k, system in enumerate(songs.systems)}
        left = songs.pairs.copy()
        for task in self._former:
            if task.pair is not None and task.planted is None:
                places = [at[name] for name in parse_json(task.systems) if name in at]
                if len(places) == 2:
                    left[places[0], places[1]] -= 1
                    left[places[1], places[0]] -= 1
        allowed = (left > 0).astype(float)
        if not allowed.any():
            return None
        pair = policy_of(self._test.tasks)(self._counts, allowed, self._rng)
        first, second = (songs.systems[k] for k in shown_order(self._counts, pair, self._rng))
        candidates = {
            _pair_of(a, b): (a, b)
            for item in songs.items.values()
            for a, b in product(item.get(first, ()), item.get(second, ()))
            if _pair_of(a, b) not in self._seen
        }
        if not candidates:  # songs were taken out of the test since this voter heard them
            return None
        chosen = least_asked(sorted(candidates), self._asked([first, second]), self._rng)
        return [(song, "song") for song in candidates[chosen]], chosen

    def _rating(self) -> tuple[Sides, str] | None:
        own = Counter(task.systems for task in self._former if task.planted is None)
        systems: dict[str, list[StoredSong]] = {}
        for song in self._each_song():
            if song.id not in self._seen:
                systems.setdefault(json.dumps([song.system]), []).append(song)
        if not systems:
            return None
        system = least_asked(sorted(systems), own, self._rng)
        by_id = {song.id: song for song in systems[system]}
        chosen = least_asked(sorted(by_id), self._asked(parse_json(system)), self._rng)
        return self._beside_reference(by_id[chosen], "song"), chosen

    def _beside_reference(self, song: StoredSong, role: str) -> Sides:
        reference = self._songs.reference(song.item) if self._test.tasks.reference else None
        return [*([(reference, "reference")] if reference else []), (song, role)]

    def _mushra(self) -> tuple[Sides, str] | None:
        ready = [item for item in self._songs.items if self._songs.reference(item) is not None]
        item = self._item(ready)
        reference = self._songs.reference(item) if item is not None else None
        if item is None or reference is None:
            return None
        versions: Sides = [
            (takes[self._rng.integers(len(takes))], "song")
            for takes in self._songs.items[item].values()
        ]
        anchors: Sides = [(row, "anchor") for row in self._songs.copies("anchor", reference.id)]
        hidden: Sides = [(reference, "hidden"), *anchors, *versions]
        return [(reference, "reference"), *shuffled(hidden, self._rng)], item

    def _rank(self) -> tuple[Sides, str] | None:
        several = [
            item
            for item, systems in self._songs.items.items()
            if sum(map(len, systems.values())) >= 2
        ]
        item = self._item(several)
        return None if item is None else ([(s, "song") for s in self._takes(item)], item)

    def _takes(self, item: str) -> list[StoredSong]:
        songs = [song for songs in self._songs.items[item].values() for song in songs]
        return shuffled(songs, self._rng)[: self._test.tasks.takes]

    def _item(self, items: Sequence[str]) -> str | None:
        unseen = [item for item in items if item not in self._seen]
        return least_asked(unseen, self._asked(None), self._rng) if unseen else None

    def _each_song(self) -> list[StoredSong]:
        items = self._songs.items.values()
        return [song for item in items for songs in item.values() for song in songs]

    def _asked(self, systems: list[str] | None) -> dict[str, int]:
        """How often each pair of songs, song or item was asked of anybody."""
        query = select(StoredTask.pair, func.count()).where(StoredTask.purpose == "vote")
        if systems is not None:
            query = query.where(StoredTask.systems == json.dumps(sorted(systems)))
        rows = self._session.execute(query.group_by(StoredTask.pair))
        return {str(pair): n for pair, n in rows}

    def _damaged(self) -> StoredTask | None:
        """A song and its damaged copy, which the voter has not heard; None where there is none."""
        if self._test.kind == "mushra":
            return None  # its anchors and hidden reference are checks in every task
        copies = [row for row in self._songs.by_id.values() if row.role == "damaged"]
        copies = [row for row in copies if row.of is not None and row.id not in self._seen]
        if not copies:
            return None
        copy = copies[self._rng.integers(len(copies))]
        original = self._songs.by_id[str(copy.of)]
        sides: Sides = [(copy, "damaged")]
        if self._test.kind == "rating":
            sides = self._beside_reference(copy, "damaged")
        else:
            sides.append((original, "original"))
        if self._test.kind == "rank":
            others = [song for song in self._takes(copy.item) if song.id != original.id]
            sides += [(song, "song") for song in others[: self._test.tasks.takes - 2]]
        if self._test.kind != "rating":
            sides = shuffled(sides, self._rng)
        return self._task(sides, "check", planted="damaged", pair=copy.id)

    def _repeated(self) -> StoredTask | None:
        """A task that this voter has answered, with its sides in another order."""
        again = {task.repeats for task in self._former}
        candidates = [
            task
            for task in self._former[:-_APART]
            if task.purpose == "vote" and task.id not in again
        ]
        if not candidates:
            return None
        task = candidates[self._rng.integers(len(candidates))]
        sides = [(self._songs.by_id[side["song"]], side["role"]) for side in task.sides]
        opening = [side for side in sides if side[1] == "reference"]
        rest = [side for side in sides if side[1] != "reference"]
        turned = rest[::-1] if self._test.kind == "battle" else shuffled(rest, self._rng)
        return self._task([*opening, *turned], "check", planted="repeat", repeats=task.id)

    def _task(
        self,
        sides: Sides,
        purpose: str,
        *,
        pair: str | None = None,
        planted: str | None = None,
        repeats: str | None = None,
    ) -> StoredTask:
        systems = sorted({song.system for song, role in sides if role in {"song", "original"}})
        labels = iter(_LABELS)
        stored = [
            {
                "key": secrets.token_urlsafe(9),
                "song": song.id,
                "system": song.system,
                "label": "Reference" if role == "reference" else next(labels),
                "role": role,
            }
            for song, role in sides
        ]
        longest = round(self._test.listening.longest_s * SAMPLE_RATE)
        return StoredTask(
            kind=self._test.kind,
            purpose=purpose,
            planted=planted,
            repeats=repeats,
            item=sides[0][0].item,
            systems=json.dumps(systems),
            swapped=len(systems) == 2 and sides[0][0].system == systems[1],
            pair=pair,
            sides=stored,
            n_frames=min([longest, *(song.n_frames for song, _ in sides)]),
        )


def _pair_of(a: StoredSong, b: StoredSong) -> str:
    return " ".join(sorted((a.id, b.id)))
