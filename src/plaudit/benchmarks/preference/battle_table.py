"""Decided battles whose songs have numbers, for training a model of preference."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.fold import blocks_of
from plaudit.benchmarks.scores.features import numbers_of
from plaudit.benchmarks.scores.table import ScoreTable
from plaudit.benchmarks.votes.songs import VoteFile
from plaudit.core.axes import AXIS
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome

Floats = NDArray[np.float64]
_LEAST = 20


@dataclass(frozen=True, eq=False)
class PreferenceBattles:
    """Training battles."""

    features: tuple[str, ...]  #: Names of the features.
    first: Floats  #: Features of both songs, (n, d).
    second: Floats
    first_won: NDArray[np.bool_]  #: Whether the first was preferred, (n,).
    block: NDArray[np.intp]  #: Battles of one block share a prompt or a song, (n,).
    grouped_by: str  #: What battles of a block share, in words.
    n_ties: int  #: Battles without a winner, which are left out.
    n_neither: int
    dropped: dict[str, int]  #: Battles that cannot be used, by reason.
    #: Systems of both songs of each battle; empty where some are unknown.
    systems: tuple[tuple[str, str], ...] = ()


def preference_battles(
    votes: VoteFile, scores: ScoreTable | None, store: Path | None = None
) -> PreferenceBattles:
    """Join battles with the features of their songs, all axes of the scores or else embeddings.

    A file of the score of preference alone has that one feature. Only battles that one song won and
    whose songs have every feature are kept. Fewer than twenty of them, or battles that shared
    prompts and songs all link, are an `InputError`.
    """
    names, table = _numbers(votes, scores, store)
    battles = votes.battles
    row = {song: k for k, song in enumerate(table)}
    values = np.array(list(table.values()), np.float64).reshape(len(table), len(names))
    dropped: Counter[str] = Counter()
    kept: list[int] = []
    ties = neither = 0
    whole = np.asarray(np.isfinite(values).all(axis=1))
    for place, (a, b) in enumerate(zip(battles.first, battles.second, strict=True)):
        outcome = battles.outcome[place]
        if outcome is None:
            dropped["nobody voted"] += 1
        elif a not in row or b not in row:
            dropped["a song has no numbers"] += 1
        elif a == b:
            dropped["a song meets itself"] += 1
        elif not (whole[row[a]] and whole[row[b]]):
            dropped["a song lacks a number"] += 1
        elif outcome is Outcome.TIE:
            ties += 1
        elif outcome is Outcome.NEITHER:
            neither += 1
        else:
            kept.append(place)
    if len(kept) < _LEAST:
        why = ", ".join(f"{reason}: {n}" for reason, n in sorted(dropped.items()))
        raise InputError(
            f"Expected at least {_LEAST} battles that one song won and whose songs have numbers,"
            f" got {len(kept)} of {len(battles.first)} (ties {ties}, neither {neither}"
            + (f"; {why})." if why else ").")
        )
    first = np.array([row[battles.first[k]] for k in kept], np.intp)
    second = np.array([row[battles.second[k]] for k in kept], np.intp)
    prompt = battles.column("prompt")[kept]
    block = blocks_of(prompt, first, second)
    known = any(name is not None for name in prompt)
    if len(np.unique(block)) < 2:
        raise InputError(
            "Expected battles of at least two prompts that share no song, got battles that all hang"
            " together, so training and test would overlap."
        )
    return PreferenceBattles(
        features=names,
        first=values[first],
        second=values[second],
        first_won=np.array([battles.outcome[k] is Outcome.FIRST for k in kept], bool),
        block=block,
        grouped_by="prompts, and songs they share" if known else "songs they share",
        n_ties=ties,
        n_neither=neither,
        dropped=dict(sorted(dropped.items())),
        systems=_systems(votes, kept),
    )


def _systems(votes: VoteFile, kept: list[int]) -> tuple[tuple[str, str], ...]:
    first, second = (votes.battles.column(name) for name in ("first_system", "second_system"))
    pairs = [(first[k], second[k]) for k in kept]
    return () if any(None in pair for pair in pairs) else tuple(pairs)


def _numbers(
    votes: VoteFile, scores: ScoreTable | None, store: Path | None
) -> tuple[tuple[str, ...], dict[str, list[float]]]:
    """Return the names of features, and the features of each song that has some."""
    if store is not None:
        from plaudit.embeddings.store.mean import mean_embeddings

        ids = list(dict.fromkeys((*votes.battles.first, *votes.battles.second)))
        means = mean_embeddings(store, ids)
        names = tuple(f"embedding_{k}" for k in range(means.shape[1]))
        return names, {song: x for song, x in zip(ids, means.tolist(), strict=True) if x[0] == x[0]}
    if scores is None:
        raise InputError("Give --scores or --embeddings: a model needs numbers of the songs.")
    if "preference" in scores.columns and not any(axis in AXIS for axis in scores.columns):
        found = {
            song: scores.by_name[song].scores
            for song in dict.fromkeys((*votes.battles.first, *votes.battles.second))
            if song in scores.by_name
        }
        return ("preference",), {
            song: [own["preference"].value] for song, own in found.items() if "preference" in own
        }
    numbers, _ = numbers_of(votes, scores, acoustics=False)
    families = [numbers.columns[family] for family in ("popularity", "aesthetics")]
    names = tuple(name for axes, _ in families for name in axes)
    values = np.concatenate([table for _, table in families], axis=1)
    return names, dict(zip(numbers.song_id, values.tolist(), strict=True))
