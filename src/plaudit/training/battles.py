"""Battles to learn from: votes joined with the songs of a run, each in the split of its songs.

A battle counts where both songs are in one split, so that none of a later split teaches. Its prompt
counts too: a battle of a prompt that a later split (train, validation, test) has songs or battles
of is left out. A tie is half a victory of each side; votes for neither are left out, as "both are
bad" says nothing about which is better.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.core.outcome import Outcome
from plaudit.datasets.manifest.column import SPLITS
from plaudit.training.data import TrainingSet

Places = NDArray[np.int64]
_WON = {Outcome.FIRST: 1.0, Outcome.TIE: 0.5, Outcome.SECOND: 0.0}


class Votes(NamedTuple):
    """Votes as they were read, one entry a battle; ``sha256`` is that of the file."""

    first: Sequence[str]
    second: Sequence[str]
    outcome: Sequence[Outcome | None]
    prompt: Sequence[str | None]
    sha256: str


@dataclass(frozen=True, eq=False)
class Battles:
    """Battles of songs of one split."""

    first: Places  #: Places of the songs in the training set, (n,).
    second: Places
    won: NDArray[np.float32]  #: 1 where the first won, 0 where the second did, .5 for a tie, (n,).
    #: Number of its prompt, or of its own where no prompt is known, (n,).
    prompt: NDArray[np.intp]

    def __len__(self) -> int:
        """Return the number of battles."""
        return len(self.won)

    @property
    def songs(self) -> Places:
        """Places of their songs, each once, in rising order."""
        return np.unique(np.concatenate([self.first, self.second]))

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Which of them one song won, (n,)."""
        return np.asarray(self.won != _WON[Outcome.TIE])

    def margins(self, score: NDArray[np.float32], songs: Places) -> NDArray[np.float64]:
        """Return first minus second (n,) of the scores (n_songs,) of songs in rising order."""
        first, second = (np.searchsorted(songs, side) for side in (self.first, self.second))
        return score[first].astype(np.float64) - score[second]


class SplitBattles(NamedTuple):
    """Battles by split, and how many were left out, by reason."""

    train: Battles
    validation: Battles
    test: Battles
    left_out: dict[str, int]

    def text(self) -> str:
        """Return how many there are, and how many are left out and why, as sentences."""
        counts = f"{len(self.train)} training, {len(self.validation)} validation"
        left = "; ".join(f"{reason} ({n})" for reason, n in self.left_out.items())
        return f"{counts}, {len(self.test)} test battles." + (f" Left out: {left}." if left else "")


def split_battles(votes: Votes, data: TrainingSet) -> SplitBattles:
    """Return the battles whose two songs are in one split of a training set."""
    place = {song: k for k, song in enumerate(data.song_ids.tolist())}
    split_of = [SPLITS.index(name) for name in data.split.tolist()]
    prompt_of = data.columns.get("prompt_id", np.full(len(data), "")).tolist()
    left_out: Counter[str] = Counter()
    found: list[tuple[int, int, float, str, int]] = []
    latest: dict[str, int] = {}  # split of each prompt
    for prompt, split in zip(prompt_of, split_of, strict=True):
        latest[prompt] = max(split, latest.get(prompt, 0))
    for first, second, outcome, own in zip(*votes[:4], strict=True):
        if outcome is None:
            left_out["nobody voted"] += 1
        elif outcome is Outcome.NEITHER:
            left_out["neither was preferred"] += 1
        elif first == second:
            left_out["a song meets itself"] += 1
        elif first not in place or second not in place:
            left_out["a song is in no split, or has no embedding"] += 1
        elif split_of[place[first]] != split_of[place[second]]:
            left_out["its songs are in two splits"] += 1
        else:
            a, b = place[first], place[second]
            prompt = own or prompt_of[a]
            latest[prompt] = max(split_of[a], latest.get(prompt, 0))
            found.append((a, b, _WON[outcome], prompt, split_of[a]))
    kept = [row for row in found if not row[3] or row[4] == latest[row[3]]]
    if len(kept) < len(found):
        left_out["its prompt is in a later split"] = len(found) - len(kept)
    numbers = {name: k for k, name in enumerate(dict.fromkeys(row[3] for row in kept if row[3]))}
    prompts = [numbers.get(row[3], len(numbers) + k) for k, row in enumerate(kept)]

    def of(split: str) -> Battles:
        rows = [k for k, row in enumerate(kept) if row[4] == SPLITS.index(split)]
        return Battles(
            np.array([kept[k][0] for k in rows], np.int64),
            np.array([kept[k][1] for k in rows], np.int64),
            np.array([kept[k][2] for k in rows], np.float32),
            np.array([prompts[k] for k in rows], np.intp),
        )

    return SplitBattles(of("train"), of("validation"), of("test"), dict(sorted(left_out.items())))
