"""Training and test battles of each scheme, without leaks between them.

Battles that share a prompt or a song belong to one block, and a block is never in both training and
test: songs for one prompt resemble each other, and a model with many leaves can memorise a song.
Three schemes:

``prompt``
    blocks are dealt into folds of about equal size; each fold is tested once;
``leave-one-system-out``
    the battles of each system in turn are the test. The blocks are dealt into parts as well, so
    that training shares no prompt or song with the test. A battle is tested twice, once for each of
    its systems;
``new-system-last``
    the same for systems that arrive later than others, with training on the battles before them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError

Places = NDArray[np.intp]
Mask = NDArray[np.bool_]
_EARLY = 0.2  # share of the dated battles by which early systems have appeared


@dataclass(frozen=True, eq=False)
class Split:
    """The training and test battles of one fit."""

    #: Places of battles; no block is in both.
    train: Places
    test: Places
    system: str | None = None  #: The system that is left out of training.


def blocks_of(prompt: NDArray[np.object_], first: Places, second: Places) -> Places:
    """Return the block of each battle: battles linked by prompts or songs, also through others.

    Parameters
    ----------
    prompt : ndarray of object, (n,)
        Prompt of each battle; None where it is unknown, and only its songs link it.
    first, second : ndarray of int, (n,)
        Places of its songs.

    Returns
    -------
    ndarray of int, (n,)
        Numbers from 0.

    Examples
    --------
    >>> prompts = np.array(["p", "p", "q"], object)
    >>> blocks_of(prompts, np.array([0, 2, 4]), np.array([1, 3, 5])).tolist()
    [0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(first)
    if not n:
        return np.zeros(0, np.intp)
    songs = int(max(first.max(), second.max())) + 1
    known = dict.fromkeys(name for name in prompt if name is not None)
    names = {name: songs + k for k, name in enumerate(known)}
    linked = np.array(
        [names.get(name, int(song)) for name, song in zip(prompt, first, strict=True)]
    )
    ends = np.concatenate([second, linked])
    size = songs + len(names)
    starts = np.concatenate([first, first])
    graph = coo_array((np.ones(2 * n), (starts, ends)), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    _, block = np.unique(part[first], return_inverse=True)
    return np.asarray(block, np.intp)


def deal(block: Places, parts: int, rng: np.random.Generator) -> Places:
    """Deal blocks into parts of about equally many battles.

    Parameters
    ----------
    block : ndarray of int, (n,)
        Block of each battle.
    parts : int
        How many parts; fewer where there are fewer blocks.
    rng : numpy.random.Generator
        Orders blocks of one size.

    Returns
    -------
    ndarray of int, (n,)
        Part of each battle, from 0.
    """
    names, counts = np.unique(block, return_counts=True)
    order = rng.permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    filled = np.zeros(min(parts, len(names)), np.intp)
    part_of = np.zeros(len(names), np.intp)
    for place in order:
        part_of[place] = int(np.argmin(filled))
        filled[part_of[place]] += counts[place]
    return part_of[np.searchsorted(names, block)]


def prompt_splits(block: Places, folds: int, rng: np.random.Generator) -> list[Split]:
    """Return folds that share no prompt and no song.

    Parameters
    ----------
    block : ndarray of int, (n,)
        Block of each battle.
    folds : int
        At most so many folds.
    rng : numpy.random.Generator
        Deals.

    Returns
    -------
    list of Split
        Every battle is in exactly one test.

    Raises
    ------
    InputError
        All battles belong to one block.
    """
    if len(np.unique(block)) < 2:
        raise InputError(
            f"Expected battles of at least two prompts, got {len(block)} that all hang together by"
            " one prompt or by shared songs, so training and test would overlap; add battles of"
            " other prompts."
        )
    part = deal(block, folds, rng)
    return [
        Split(np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(part.max() + 1)
    ]


def system_splits(
    systems: tuple[NDArray[np.object_], NDArray[np.object_]],
    block: Places,
    parts: int,
    rng: np.random.Generator,
    *,
    only: Sequence[str] | None = None,
    allowed: dict[str, Mask] | None = None,
) -> list[Split]:
    """Return splits that leave one system at a time out of training.

    Parameters
    ----------
    systems : (ndarray of object, ndarray of object), each (n,)
        Systems of the first and the second song; battles with an unknown system (None) are left
        out.
    block : ndarray of int, (n,)
        Block of each battle.
    parts : int
        Number of parts that the blocks are dealt into; one fit for each part with battles of the
        system. A system that shares no block with others needs one fit only.
    rng : numpy.random.Generator
        Deals.
    only : sequence of str, optional
        The systems to leave out in turn; all when not given.
    allowed : dict, optional
        For each of them the battles allowed in training, (n,); all without it when not given.

    Returns
    -------
    list of Split
        No battle of ``system`` is in training, and no block in both training and test.
    """
    known = np.array([a is not None and b is not None for a, b in zip(*systems, strict=True)], bool)
    names = sorted({str(name) for side in systems for name in side[known]})
    part = deal(block, parts, rng) if len(block) else block
    splits = []
    for name in names if only is None else only:
        own = known & ((systems[0] == name) | (systems[1] == name))
        others = known & ~own
        if allowed is not None:
            others = others & allowed[name]
        apart = not np.isin(block[own], block[others]).any()
        pieces = [own] if apart else [own & (part == k) for k in range(int(part.max()) + 1)]
        for test in pieces:
            train = others & ~np.isin(block, block[test])
            if test.any():
                splits.append(Split(np.flatnonzero(train), np.flatnonzero(test), name))
    return splits


def newcomers(
    systems: tuple[NDArray[np.object_], NDArray[np.object_]], day: NDArray[np.float64]
) -> dict[str, Mask]:
    """Return the systems that came later, and the battles before each.

    Parameters
    ----------
    systems : (ndarray of object, ndarray of object), each (n,)
        Systems of both songs.
    day : ndarray of float64, (n,)
        Day of each battle; nan where unknown.

    Returns
    -------
    dict of str to ndarray of bool, (n,)
        For each system whose first battle comes after the share `_EARLY` of the dated battles: the
        battles before it. Empty without dates or late systems.
    """
    dated = ~np.isnan(day)
    if not dated.any():
        return {}
    start = float(np.quantile(day[dated], _EARLY))
    names = sorted({str(name) for side in systems for name in side[dated] if name is not None})
    found = {}
    for name in names:
        own = dated & ((systems[0] == name) | (systems[1] == name))
        arrived = float(day[own].min())
        if arrived > start:
            found[name] = dated & (day < arrived)
    return found
