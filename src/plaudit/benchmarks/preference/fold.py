"""Training and test battles of each scheme, without leaks between them.

Battles that share a prompt or a recording belong to one block, and a block is never in both
training and test: songs for one prompt resemble each other, and a model with many leaves can
memorise a song. Three schemes:

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

    train: Places  #: Places of battles; no block is in both.
    test: Places
    system: str | None = None  #: The system that is left out of training.


def blocks_of(prompt: NDArray[np.object_], first: Places, second: Places) -> Places:
    """Return the block of each battle: linked by prompts or recordings, also through others.

    A battle whose ``prompt`` is None is linked only by its recordings, whose numbers are ``first``
    and ``second``. Blocks are numbered from 0; all arrays are (n,).

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
    """Deal blocks into parts of about equally many battles; return the part of each battle, from 0.

    ``block`` (n,) is the block of each battle. There are at most as many parts as blocks; ``rng``
    orders blocks of one size.
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
    """Return folds that share no prompt and no song; each battle is tested in exactly one.

    ``block`` (n,) is the block of each battle, ``folds`` the number of folds at most. Battles that
    all belong to one block are an `InputError`.
    """
    if len(np.unique(block)) < 2:
        raise InputError(
            f"Expected battles of at least two prompts, got {len(block)} that are all linked by"
            " one prompt or by shared recordings, so training and test would overlap; add battles"
            " of other prompts and recordings."
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

    No battle of the system is in training, and no block in both training and test. ``systems`` are
    those of the first and the second song, each (n,); battles with an unknown system (None) are
    left out. ``only`` names the systems to leave out in turn, all by default; ``allowed`` gives the
    battles (n,) that may train for each. Blocks are dealt into ``parts``, with one fit for each
    part that has battles of the system; a system that shares no block with others needs one fit.
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
    """Return the systems that came later, and the battles before each, (n,).

    They are those whose first battle comes after the share `_EARLY` of the dated battles; none
    without dates. ``day`` (n,) is nan where unknown.
    """
    dated = ~np.isnan(day)
    if not dated.any():
        return {}
    start = float(np.quantile(day[dated], _EARLY))
    names = sorted({str(name) for side in systems for name in side[dated] if name is not None})
    before = {}
    for name in names:
        own = dated & ((systems[0] == name) | (systems[1] == name))
        arrived = float(day[own].min())
        if arrived > start:
            before[name] = dated & (day < arrived)
    return before
