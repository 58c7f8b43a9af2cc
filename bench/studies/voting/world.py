"""A world of numbers in which the answer of the study is known, cheap enough for hundreds of them.

Songs of the proving ground are drawn as truths (knobs by their system, traits, fame) without being
composed, and its listeners vote on them by a taste that is a setting
(`plaudit.synth.public.battle`). The judge is a setting too:

``hears``
    aesthetics are what each axis is worth before any rater, plus noise; popularity is what a
    platform's public finds in a song, plus noise, as a percentile;
``knows names``
    aesthetics are the mean of the song's system, and the best of all for the twelfth, whose sound
    is flawless: a judge that learned who is good, and took polish for quality.

What a platform's public likes is charm and, a little, quality. Where listeners vote by charm alone,
aesthetic scores can then help by taking quality out of popularity, though nobody asked for
quality: ``popularity="appeal"`` sets that trap, ``popularity="charm"`` does not.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.scores.features import Numbers
from plaudit.benchmarks.votes.songs import Battles
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.synth.public.audience import SongTruth, appeal, charm, expected_ratings
from plaudit.synth.public.battle import Battle, Contender, Taste, hold_battles
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.listener import draw_voters
from plaudit.synth.public.platform import PLATFORMS
from plaudit.synth.system import HELD_OUT, SYSTEMS, TWELFTH

Floats = NDArray[np.float64]
JudgeKind = Literal["hears", "knows names"]
NOTHING = Taste(aesthetics=0.0, appeal=0.2, system=0.1, chance=0.7)  # aesthetics do not matter
SOMETHING = Taste()  # aesthetics have nearly half of the vote
DAYS_A_MONTH = 30


@dataclass(frozen=True)
class World:
    """What is drawn.

    Parameters
    ----------
    votes : int
        Battles between the eleven.
    prompts : int
        Prompts that they answer, `answers` systems each.
    twelfth : int
        Battles of the twelfth system, each on a prompt of its own.
    taste : Taste
        What listeners vote by.
    judge : {"hears", "knows names"}
        See the module.
    popularity : {"appeal", "charm"}
        What the popularity scores are of.
    noise : float
        Of the aesthetic scores, in points; the truth's spread is about .8.
    luck : float
        Of the popularity scores, in spreads of their truth.
    answers, voters : int
        Songs a prompt, listeners.
    """

    votes: int = 1000
    prompts: int = 200
    twelfth: int = 0
    taste: Taste = SOMETHING
    judge: JudgeKind = "hears"
    popularity: Literal["appeal", "charm"] = "charm"
    noise: float = 0.6
    luck: float = 1.0
    answers: int = 4
    voters: int = 150


def draw_world(world: World, rng: np.random.Generator) -> tuple[Battles, Numbers]:
    """Draw battles and the scores of their songs.

    Parameters
    ----------
    world : World
        What to draw.
    rng : numpy.random.Generator
        All chance.

    Returns
    -------
    (Battles, Numbers)
        As the study takes them.
    """
    making, calling, voting, late, judging, measuring = rng.spawn(6)
    songs = [
        _song(f"p{number}", str(name), making)
        for number in range(world.prompts)
        for name in making.choice(HELD_OUT, world.answers, replace=False)
    ]
    fresh = [
        _song(f"q{number}", name, making)
        for number in range(world.twelfth)
        for name in (TWELFTH, HELD_OUT[number % len(HELD_OUT)])
    ]
    voters = draw_voters(calling, world.voters)
    held = [*hold_battles(songs, world.votes, voters, world.taste, voting)]
    if world.twelfth:
        held += hold_battles(fresh, world.twelfth, voters, world.taste, late, prefix="fb")
    every = [*songs, *fresh]
    columns = {
        "popularity": (POPULARITY, _popularity(every, world, judging)),
        "aesthetics": (AESTHETICS, _aesthetics(every, world, judging)),
        "duration": (("duration_s",), measuring.uniform(20, 60, (len(every), 1))),
        "loudness": (("loudness_lufs",), measuring.normal(-14, 3, (len(every), 1))),
    }
    return _battles(held), Numbers(tuple(song.song_id for song in every), columns)


def _song(prompt: str, name: str, rng: np.random.Generator) -> Contender:
    """Draw a song; spread and ties of its traits are as among composed ones."""
    system = SYSTEMS[name]
    full, hook, opening = rng.standard_normal(3)
    traits = Traits(
        energy=float(0.68 + 0.06 * full),
        density=float(2 ** rng.normal(4, 0.2)),
        register=float(rng.normal(61, 6)),
        mode="major" if rng.uniform() < 0.42 else "minor",
        intro=float(0.09 - 0.05 * (0.4 * full + 0.92 * opening)),
        chorus=float(0.48 + 0.08 * (0.6 * full + 0.8 * hook)),
    )
    mute = int(prompt[1:]) % 4 == 0
    truth = SongTruth(system.draw_knobs(rng), "pop", 110.0, instrumental=mute, traits=traits)
    return Contender(f"{prompt}-{name}", name, prompt, system.fame, truth, 30.0)


def _popularity(songs: list[Contender], world: World, rng: np.random.Generator) -> Floats:
    from scipy.special import ndtr

    if world.popularity == "charm":
        liked = np.array([charm(song.truth) for song in songs])
    else:
        liked = np.array([appeal(song.truth, PLATFORMS["feed"]) for song in songs])
    liked = (liked - liked.mean()) / liked.std()
    luck = world.luck * rng.standard_normal((len(songs), len(POPULARITY)))
    return np.asarray(100 * ndtr((liked[:, None] + luck) / np.hypot(1, world.luck)), np.float64)


def _aesthetics(songs: list[Contender], world: World, rng: np.random.Generator) -> Floats:
    worth = np.array([
        [expected_ratings(song.truth)[axis] for axis in AESTHETICS] for song in songs
    ])  # fmt: skip
    noise = rng.standard_normal(worth.shape)
    if world.judge == "hears":
        return np.asarray(np.clip(worth + world.noise * noise, 1, 5), np.float64)
    names = np.array([song.system for song in songs])
    means = {name: np.nanmean(worth[names == name], axis=0) for name in set(names.tolist())}
    if TWELFTH in means:
        means[TWELFTH] = np.max(list(means.values()), axis=0)
    scores = np.array([means[name] for name in names.tolist()]) + 0.02 * noise
    return np.where(np.isnan(worth), np.nan, scores)


def _battles(held: list[Battle]) -> Battles:
    return Battles(
        first=[battle.first for battle in held],
        second=[battle.second for battle in held],
        outcome=[battle.outcome for battle in held],
        prompt=[battle.prompt_id for battle in held],
        voter=[battle.voter for battle in held],
        first_system=[battle.first_system for battle in held],
        second_system=[battle.second_system for battle in held],
        month=[f"month {1 + battle.day // DAYS_A_MONTH}" for battle in held],
        day=[float(battle.day) for battle in held],
        instrumental=[battle.instrumental for battle in held],
    )
