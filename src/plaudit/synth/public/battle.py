"""Battles of two songs for one prompt, decided by simulated listeners whose taste is a setting.

Everything here is an assumption of ours, made so that studies have a known answer; nothing was
measured on people. The value of a song has three parts, each standardised to mean 0 and standard
deviation 1 over songs that answer one prompt:

``aesthetics``
    the mean of the knobs that are defined (no naturalness where nobody sings), over knobs that are
    uniform on [0, 1] and correlate by `_ALIKE`, as those of the eleven held-out systems do;
``appeal``
    charm (`plaudit.synth.public.charm`), in which no knob enters;
``system``
    the fame of the system's name, as given.

The value of a song is ``sum over them of sqrt(share) * z``, and the error that each vote adds to
each song has the variance ``chance + noise ** 2``. So a share is the part of the variance of the
difference in utility ``(U_1 - U_2) / sqrt(2)`` that comes from that source, `noise` comes on top,
and shares may add up to less than 1. With all shares 0 only position bias and noise decide.
How a listener gets from utilities to an answer is in `plaudit.synth.public.listener`, and what to
expect of a judge in ``bench/studies/voting/expectation.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.synth.public.audience import SongTruth, charm, quality
from plaudit.synth.public.charm import WITHIN_PROMPT
from plaudit.synth.public.listener import DAYS, Voter, cast

_ALIKE = 0.08  # correlation between the knobs of the eleven, see `plaudit.synth.system`
NOISE = 0.5  # standard deviation of a decision's noise, where that of a difference in value is 1
_STAY_DAYS = 20.0  # mean time after his first day at which a listener votes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Taste:
    """Where preference comes from: shares of the variance of the difference in utility.

    Raises
    ------
    InputError
        A share outside [0, 1], or a sum above 1.
    """

    #: Shares in [0, 1] of the knobs, of charm, of the system's name alone and of the moment;
    #: together at most 1, each may be 0.
    aesthetics: float = 0.45
    appeal: float = 0.2
    system: float = 0.1
    chance: float = 0.25

    def __post_init__(self) -> None:
        shares = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, share in shares.items():
            if not 0.0 <= share <= 1.0:
                raise InputError(f"Expected the share of {name} in 0 to 1, got {share}.")
        total = sum(shares.values())
        if total > 1.0 + 1e-9:
            named = ", ".join(f"{name} {share:g}" for name, share in shares.items())
            raise InputError(
                f"Expected shares of taste that add up to at most 1, got {total:g} ({named}); "
                "lower one of them."
            )


@dataclass(frozen=True)
class Contender:
    """A song that may be put into battles."""

    #: Which song, who made it, what it answers.
    song_id: str
    system: str
    prompt_id: str
    #: Appeal of the system's name alone; mean 0, standard deviation 1 over the systems.
    fame: float
    truth: SongTruth  #: What is true of the song.
    duration_s: float  #: Its length in seconds.


@dataclass(frozen=True)
class Battle:
    """One vote on two songs, with what was true of them."""

    #: Which battle, for which prompt.
    battle_id: str
    prompt_id: str
    #: Ids of the songs in the order in which they were played.
    first: str
    second: str
    #: Systems of both songs.
    first_system: str
    second_system: str
    voter: str  #: Name of the listener.
    outcome: Outcome  #: FIRST, SECOND, TIE or NEITHER.
    #: Seconds listened.
    listen_first_s: float
    listen_second_s: float
    day: int  #: Day of the vote, 0 to 183.
    instrumental: bool  #: Whether nobody sings in either song.
    #: First minus second over sqrt(2), standardised: spread about 1 over pairs on one prompt.
    gap_aesthetics: float
    gap_appeal: float
    gap_system: float


def standing(contender: Contender) -> Floats:
    """Return a song's aesthetics, appeal and system, each standardised, as (3,)."""
    truth = contender.truth
    return np.array([quality(truth, _ALIKE), charm(truth) / WITHIN_PROMPT, contender.fame])


def weights(taste: Taste) -> Floats:
    """Return the factors of aesthetics, appeal and system in the value of a song, (3,)."""
    return np.sqrt([taste.aesthetics, taste.appeal, taste.system])


def error_of(taste: Taste, noise: float = NOISE) -> float:
    """Return the standard deviation of the noise that a vote adds to each song's utility.

    ``sqrt(taste.chance + noise ** 2)``; `InputError` for a ``noise`` below 0.
    """
    if not noise >= 0:
        raise InputError(f"Expected a decision noise of at least 0, got {noise}.")
    return float(np.sqrt(taste.chance + noise**2))


def hold_battles(
    contenders: Sequence[Contender],
    votes: int,
    voters: Sequence[Voter],
    taste: Taste,
    rng: np.random.Generator,
    *,
    noise: float = NOISE,
    prefix: str = "b",
) -> tuple[Battle, ...]:
    """Let listeners vote on pairs of songs that answer one prompt.

    Every pair of songs of one prompt by two systems meets once, in random order, before any meets
    again, then in the other order of playing; which song is played first is decided by chance. A
    listener votes in proportion to his activity. Battles come in the order of drawing; days are not
    in order.

    Parameters
    ----------
    contenders : sequence of Contender
        The songs.
    votes : int
        How many battles, at least 0; a higher number keeps the earlier ones as they were.
    voters : sequence of Voter
        The pool, see `plaudit.synth.public.listener.draw_voters`.
    taste : Taste
        Shares of what counts.
    rng : numpy.random.Generator
        Pairs, order, voters, days and noise.
    noise : float, default 0.5
        Standard deviation of the decision noise, at least 0.
    prefix : str, default "b"
        Start of the ids: ``b000000``, ``b000001`` and so on.

    Raises
    ------
    InputError
        No two songs of different systems share a prompt, two songs share an id, or there is no
        voter.
    """
    pairs = _pairs(contenders)
    if not voters:
        raise InputError("Expected at least one voter, got none; see draw_voters.")
    pairing, placing, calling, dating, deciding = rng.spawn(5)
    stand = {c.song_id: standing(c) for c in contenders}
    factor, error = weights(taste), error_of(taste, noise)
    busy = np.cumsum([voter.activity for voter in voters])
    order = pairing.permutation(len(pairs))
    swapped = placing.uniform(size=len(pairs)) < 0.5
    held = []
    for number in range(votes):
        lap, place = divmod(number, len(pairs))
        first, second = pairs[order[place]]
        if swapped[place] ^ bool(lap % 2):
            first, second = second, first
        voter = voters[int(np.searchsorted(busy, calling.uniform() * busy[-1], "right"))]
        gap = stand[first.song_id] - stand[second.song_id]
        values = float(factor @ stand[first.song_id]), float(factor @ stand[second.song_id])
        vote = cast(voter, values, (first.duration_s, second.duration_s), error, deciding)
        held.append(
            Battle(
                f"{prefix}{number:06d}",
                first.prompt_id,
                first.song_id,
                second.song_id,
                first.system,
                second.system,
                voter.voter,
                vote.outcome,
                vote.listen_first_s,
                vote.listen_second_s,
                int(voter.first_day + dating.exponential(_STAY_DAYS)) % DAYS,
                first.truth.instrumental and second.truth.instrumental,
                *(float(g) for g in gap / np.sqrt(2)),
            )
        )
    return tuple(held)


def _pairs(contenders: Sequence[Contender]) -> list[tuple[Contender, Contender]]:
    """Return the pairs of songs of one prompt by two systems, prompts in order of appearance."""
    if len({c.song_id for c in contenders}) < len(contenders):
        raise InputError("Expected songs with different ids, got the same id twice.")
    prompts: dict[str, list[Contender]] = {}
    for contender in contenders:
        prompts.setdefault(contender.prompt_id, []).append(contender)
    pairs = [
        pair
        for songs in prompts.values()
        for pair in combinations(songs, 2)
        if pair[0].system != pair[1].system
    ]
    if not pairs:
        raise InputError(
            "Expected songs of at least two systems for one prompt, got no pair that could meet."
        )
    return pairs
