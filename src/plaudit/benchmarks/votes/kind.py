"""Whether the names of votes are songs or systems, told from the votes themselves.

A song answers one prompt, a system many. Votes about the one that are given where the other is
expected would be counted without a complaint, and mean nothing.
"""

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError

_AUDIO = frozenset((".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"))
_FEWEST = 4  # names below which nothing is told
_BATTLES_OF_A_SYSTEM = 5  # at least, where names are systems

Codes = NDArray[np.integer]


def check_systems(
    where: str, names: Sequence[str], first: Codes, second: Codes, prompt: Codes | None
) -> None:
    """Raise InputError where the names of votes about systems are those of songs.

    ``first`` and ``second`` (n,) are numbers of ``names``; ``prompt`` (n,) numbers of prompts, -1
    where a battle has none, or None where no battle has one.
    """
    if len(names) < _FEWEST:
        return
    audio = sum(PurePath(name).suffix.lower() in _AUDIO for name in names)
    n_battles, n_prompts = _counted(len(names), first, second, prompt)
    several = n_battles > 1
    one_prompt = (
        prompt is not None
        and len(np.unique(prompt)) > 1
        and int(several.sum()) >= _FEWEST
        and bool((n_prompts[several] == 1).all())
    )
    if 2 * audio > len(names):
        why = f"{audio:,} of {len(names):,} names are those of audio files"
    elif one_prompt:
        why = f"each of {len(names):,} names answers one prompt only"
    else:
        return
    raise InputError(
        f"Expected votes about systems, but {where} names songs: {why}. Give columns first_system"
        " and second_system with who made each, or votes about systems."
    )


def check_songs(
    where: str, first: Sequence[str], second: Sequence[str], prompt: Sequence[str | None]
) -> None:
    """Raise InputError where the names of votes about songs are those of systems."""
    names, codes = np.unique(np.array([*first, *second], np.str_), return_inverse=True)
    asked = {name: code for code, name in enumerate(dict.fromkeys(prompt))}
    prompts = np.array([-1 if name is None else asked[name] for name in prompt])
    left, right = codes.reshape(2, -1)
    n_battles, n_prompts = _counted(len(names), left, right, prompts)
    if n_battles.min() < _BATTLES_OF_A_SYSTEM or (2 * n_prompts < n_battles).any():
        return
    raise InputError(
        f"Expected votes about songs, but {where} names systems: its {len(names):,} names meet in"
        f" {len(first):,} battles, each under many prompts. Name the songs that were heard in first"
        " and second, and who made them in first_system and second_system."
    )


def _counted(n: int, first: Codes, second: Codes, prompt: Codes | None) -> tuple[Codes, Codes]:
    """Return in how many battles each name is, and under how many known prompts."""
    names = np.concatenate([first, second])
    n_battles = np.bincount(names, minlength=n)
    if prompt is None:
        return n_battles, np.zeros(n, np.int64)
    asked = np.concatenate([prompt, prompt])
    pairs = np.unique(np.stack([names, asked])[:, asked >= 0], axis=1)
    return n_battles, np.bincount(pairs[0], minlength=n)
