"""Items and tasks from the rows of a corpus, for the suites over a reader."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plaudit.benchmarks.suites.promise import (
    Item,
    Load,
    Losses,
    Pair,
    PairTask,
    Slices,
    SongTask,
    Suite,
    SuiteFacts,
)
from plaudit.benchmarks.suites.record import Published
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.datasets.corpora.catalogue import READERS, rows_of
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import BattleRow, SongRow


def corpus_suite(
    name: str,
    corpus: str,
    load: Load,
    protocol: tuple[str, ...],
    published: tuple[Published, ...] = (),
) -> Suite:
    """Return a suite over the reader of a corpus, with the corpus's own facts and sample."""
    reader = READERS[corpus]
    facts = reader.facts
    return Suite(
        SuiteFacts(
            name=name,
            title=facts.title,
            version="1",
            citation=facts.citation,
            licence=facts.licence,
            where=facts.where,
            data=facts.layout,
            protocol=protocol,
            published=published,
        ),
        reader.sample,
        load=load,
    )


def read_rows(
    corpus: str, path: Path, losses: Losses
) -> tuple[dict[str, SongRow], list[BattleRow], tuple[Path, ...]]:
    """Read a corpus: songs by id, battles in order, and the files that were read.

    Faulty rows, and those that the reader leaves out, are counted, and the others go on. No row at
    all is an `InputError`.
    """
    reader = READERS[corpus]
    source = open_source(path, reader.facts)
    account = Account(strict=False)
    songs: dict[str, SongRow] = {}
    battles: list[BattleRow] = []
    for row in rows_of(reader, source, account):
        if isinstance(row, SongRow):
            songs[row.song_id] = row
        else:
            battles.append(row)
    if not songs and not battles:
        first = f"; the first fault: {account.faults[0]}" if account.faults else ""
        raise InputError(
            f"{path} holds no row of {reader.facts.title}{first}. Give the data of this suite."
        )
    for fault in account.faults:
        losses.lose("a faulty row of the data", str(fault))
    for reason, n in account.left_out.items():
        for _ in range(n):
            losses.lose(reason, "left out by the reader")
    return songs, battles, source.files


def items_of(songs: Sequence[SongRow]) -> dict[str, Item]:
    """Return songs as items; predictions may also name them by their audio file."""
    items = {}
    for song in songs:
        names = () if song.path is None else (str(song.path), song.path.name, song.path.stem)
        items[song.song_id] = Item(
            song.song_id,
            names=names,
            path=song.path,
            withheld=song.withheld,
            text=song.prompt or "",
            corpus=song.corpus,
            sha256=song.sha256,
        )
    return items


def song_task(
    name: str,
    wants: tuple[str, ...],
    songs: Sequence[SongRow],
    label: str,
    losses: Losses,
    *,
    threshold: float | None = None,
) -> SongTask:
    """Return the task of one label of songs; songs without it are left out and counted.

    ``label`` is a key in ``ratings`` (the observed score is the mean of the raters) or ``scores``,
    ``wants`` names the judge's scores that suit the task, ``threshold`` is that of TTA-F1. Songs of
    one prompt are one group; a song without a prompt is a group of its own.
    """
    kept: list[SongRow] = []
    observed: list[float] = []
    ratings: list[list[float]] = []
    for song in songs:
        known = [value for value in song.ratings.get(label, ()) if value is not None]
        if known:
            kept.append(song)
            observed.append(float(np.mean(known)))
            ratings.append(known)
        elif label in song.scores:
            kept.append(song)
            observed.append(song.scores[label])
        else:
            losses.lose(f"no {label} in the data", song.song_id)
    widest = max((len(row) for row in ratings), default=0)
    table = np.array([row + [np.nan] * (widest - len(row)) for row in ratings], np.float64)
    several = sum(song.system is not None for song in kept)
    return SongTask(
        name,
        wants,
        tuple(song.song_id for song in kept),
        np.array(observed, np.float64),
        tuple(song.prompt_id or f"song {song.song_id}" for song in kept),
        tuple(song.system for song in kept),
        tuple(_by("generator", song.system) if several else {} for song in kept),
        ratings=table if widest > 1 and len(ratings) == len(kept) else None,
        threshold=threshold,
    )


def pair_task(
    name: str,
    wants: tuple[str, ...],
    battles: Sequence[BattleRow],
    songs: dict[str, SongRow],
    losses: Losses,
    slices: Sequence[Slices] | None = None,
) -> PairTask:
    """Return the task of one criterion of battles; undecided ones are left out and counted.

    ``wants`` names the judge's scores that suit the task; ``slices`` of each battle are added to
    its generators. Pairs of one prompt are one group.
    """
    pairs = []
    for place, battle in enumerate(battles):
        if battle.outcome is None or not battle.outcome.decided:
            vote = "nobody voted" if battle.outcome is None else f"the vote is {battle.outcome}"
            losses.lose(f"{vote}: no song was preferred", battle.battle_id)
            continue
        systems = tuple(
            songs[song].system if song in songs else None for song in (battle.first, battle.second)
        )
        named = tuple(dict.fromkeys(name for name in systems if name is not None))
        own: Slices = {"generator": named} if named else {}
        pairs.append(
            Pair(
                battle.battle_id, battle.first, battle.second, battle.outcome,
                battle.prompt_id or f"pair {battle.battle_id}", (systems[0], systems[1]),
                {**own, **(slices[place] if slices else {})},
            )
        )  # fmt: skip
    return PairTask(name, wants, tuple(pairs))


def rate(task: str, battles: Sequence[BattleRow]) -> tuple[tuple[str, str, float, int], ...]:
    """Return the shares of votes for neither song and for a tie."""
    votes = Counter(battle.outcome for battle in battles if battle.outcome is not None)
    n = votes.total()
    names = {"votes for neither": Outcome.NEITHER, "votes for a tie": Outcome.TIE}
    return (
        tuple((task, name, votes[outcome] / n, n) for name, outcome in names.items()) if n else ()
    )


def _by(kind: str, name: str | None) -> Slices:
    return {} if name is None else {kind: (name,)}
