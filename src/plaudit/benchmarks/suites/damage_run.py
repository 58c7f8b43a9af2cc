"""The damage benchmark: whether a judge's score falls, and falls further, as a song breaks.

Each of ten kinds of damage (`plaudit.audio.damage.kinds`) is applied to each song at five
strengths, the places the same at every strength, and the judge scores all fifty copies. The score
is the mean of the aesthetic axes. Nobody has to be asked: it is known what was done. (Language
models of music often fail here: noise in their context lowers their loss.)

Beside it, what must not matter: level and a usual codec; and what must rank below every song:
silence, noise, a tone, babble. `plaudit.benchmarks.suites.damage_record` says what is measured.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, PlauditError

Sound = NDArray[np.float32]
Scorer = Callable[[Sound, int], dict[str, float]]  # samples and their rate in Hz to scores by axis
NOT_MUSIC = ("silence", "noise", "tone", "babble")
NOT_MUSIC_S, NOT_MUSIC_DRAWS = 20.0, 3
MP3_KBPS = 128.0
HARMLESS = ("quieter", "louder", "mp3_128k")


class SongDoses(NamedTuple):
    """Scores of one song and its copies.

    ``clean`` by axis; ``mean`` of the aesthetic axes; ``damaged`` kind to the mean at strength 1 to
    5; ``moved`` harmless change to the largest move of an aesthetic axis, in points.
    """

    path: str
    clean: dict[str, float]
    mean: float
    damaged: dict[str, tuple[float, ...]]
    moved: dict[str, float]


class Outcome(NamedTuple):
    """What became of each song, in order, and the means of what is not music."""

    songs: list[SongDoses]
    failed: list[tuple[str, str]]
    not_music: dict[str, tuple[float, ...]]


def dose_songs(
    paths: Sequence[Path],
    judge: str,
    *,
    seconds: float | None,
    seed: int,
    workers: int,
    progress: Callable[[int, int], None],
) -> Outcome:
    """Damage songs and let a judge score them, in parallel.

    Parameters
    ----------
    paths : sequence of Path
        Audio files.
    judge : str
        Name, folder or hub id.
    seconds : float, optional
        Length of the excerpt from the middle of each song; all of it when not given.
    seed : int
        Decides where damage falls; the result does not depend on the number of workers.
    workers : int
        Processes.
    progress : callable
        Called with songs done and songs in all.

    Returns
    -------
    Outcome
        A file that cannot be judged is named with the reason, and costs the others nothing.

    Raises
    ------
    InputError
        No song is left to measure on, or the judge has no aesthetic axes.
    """
    from plaudit.core.pool import share_out
    from plaudit.judging.load import load_judge

    opened = load_judge(judge)
    _aesthetics(opened.axes, judge)
    work = partial(dose_song, judge=judge, seconds=seconds, seed=seed)
    found: dict[Path, SongDoses] = {}
    failed: dict[Path, str] = {}
    for done, (path, outcome) in enumerate(share_out(work, iter(paths), workers), start=1):
        if isinstance(outcome, PlauditError | OSError):
            failed[path] = " ".join(str(outcome).split())
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            found[path] = outcome
        progress(done, len(paths))
    if not found:
        raise InputError(
            f"Expected at least one song to damage, and none of {len(paths)} could be judged; the"
            f" first: {next(iter(failed.values()), 'there was none')}"
        )
    return Outcome(
        [found[path] for path in paths if path in found],
        [(str(path), failed[path]) for path in paths if path in failed],
        not_music_scores(judge, seed),
    )


def dose_song(path: Path, judge: str | Scorer, seconds: float | None, seed: int) -> SongDoses:
    """Score one song, its fifty damaged copies, and its harmlessly changed ones.

    Parameters
    ----------
    path : Path
        Audio file.
    judge : str or callable
        Name, folder or hub id; or what scores samples.
    seconds : float, optional
        Length of the excerpt from the middle; None for all of it.
    seed : int
        Decides with the sound itself where damage falls.

    Returns
    -------
    SongDoses
        Scores.

    Raises
    ------
    PlauditError
        The file could not be read or judged.
    """
    from plaudit.audio.damage.codec import code
    from plaudit.audio.damage.kinds import DAMAGES, STRENGTHS, damage

    sound, rate = read_excerpt(path, seconds)
    clean = _scores(judge, sound, rate)
    own = int.from_bytes(hashlib.sha256(sound.tobytes()).digest()[:8])
    damaged = {}
    for place, kind in enumerate(DAMAGES):
        means = []
        for strength in STRENGTHS:
            rng = np.random.default_rng([seed, own, place])
            broken = damage(sound, rate, kind, strength, rng)
            means.append(_mean(_scores(judge, broken, rate)))
        damaged[kind] = tuple(means)
    rng = np.random.default_rng([seed, own])
    # Twice as loud without clipping: from a quarter of the level to a half.
    half, quarter = sound * np.float32(0.5), sound * np.float32(0.25)
    coded = code(sound, rate, rng, variant="mp3", mp3_kbps=MP3_KBPS)
    softer = _scores(judge, half, rate)
    changed = {
        "quieter": (clean, softer),
        "louder": (_scores(judge, quarter, rate), softer),
        "mp3_128k": (clean, _scores(judge, coded, rate)),
    }
    moved = {
        name: max(abs(before[axis] - after[axis]) for axis in before)
        for name, (before, after) in changed.items()
    }
    return SongDoses(str(path), clean, _mean(clean), damaged, moved)


def read_excerpt(path: Path, seconds: float | None) -> tuple[Sound, int]:
    """Read a song, or a piece from its middle.

    Parameters
    ----------
    path : Path
        Audio file.
    seconds : float, optional
        Length of the piece; None, or more than there is, for all of it.

    Returns
    -------
    ndarray of float32, (n_channels, n_samples), and int
        Samples, and their rate in Hz.

    Raises
    ------
    PlauditError
        The file cannot be read.
    """
    from plaudit.audio.decode import Decoder

    with Decoder(path) as decoder:
        blocks = list(decoder)
        rate = decoder.sample_rate
    sound = np.concatenate(blocks, axis=1)
    length = sound.shape[1] if seconds is None else min(round(seconds * rate), sound.shape[1])
    start = (sound.shape[1] - length) // 2
    return np.ascontiguousarray(sound[:, start : start + length], dtype=np.float32), rate


def _aesthetics(axes: Sequence[str], judge: str) -> list[str]:
    known = [axis for axis in axes if axis in AESTHETICS]
    if not known:
        raise InputError(
            f"Expected a judge with aesthetic axes, and '{judge}' scores {', '.join(axes)} only;"
            " choose another judge."
        )
    return known


@cache
def _scorer(judge: str) -> Scorer:
    """Return the judge of this process, loaded once."""
    import torch

    from plaudit.judging.load import load_judge

    torch.set_num_threads(1)
    opened = load_judge(judge)
    known = _aesthetics(opened.axes, judge)

    def score(sound: Sound, rate: int) -> dict[str, float]:
        row = opened.score(sound, rate)
        return {axis: row[axis].value for axis in known}

    return score


def _scores(judge: str | Scorer, sound: Sound, rate: int) -> dict[str, float]:
    return (_scorer(judge) if isinstance(judge, str) else judge)(sound, rate)


def _mean(scores: dict[str, float]) -> float:
    return float(np.mean(list(scores.values())))


def not_music_scores(judge: str | Scorer, seed: int) -> dict[str, tuple[float, ...]]:
    """Return mean scores of some draws of each kind of what is not music.

    Parameters
    ----------
    judge : str or callable
        Name, folder or hub id; or what scores samples.
    seed : int
        Of the draws.

    Returns
    -------
    dict
        By kind; nothing where the judge refuses it.
    """
    return {kind: tuple(_not_music(judge, kind, seed)) for kind in NOT_MUSIC}


def _not_music(judge: str | Scorer, kind: str, seed: int) -> Iterator[float]:
    """Yield the mean score of some draws of what is not music; a judge may refuse silence."""
    from plaudit.synth.sound.nonmusic import NONMUSIC, RATE

    for draw in range(NOT_MUSIC_DRAWS):
        rng = np.random.default_rng([seed, NOT_MUSIC.index(kind), draw])
        sound = NONMUSIC[kind](rng, NOT_MUSIC_S)[np.newaxis]
        try:
            yield _mean(_scores(judge, sound, RATE))
        except PlauditError:
            return
