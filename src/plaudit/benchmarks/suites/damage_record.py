"""The result of the damage benchmark: what is measured, and the record it is kept in.

- ``falls``: share of songs whose mean aesthetic score at strength 5 is below that of the song as
  it is, with Wilson's interval;
- ``monotone``: median over songs of the Spearman correlation between strength (1 to 5) and score,
  -1 where every step down in quality is a step down in score; with a bootstrap interval over
  songs. A judge that says the same at every strength has none (counted as 0);
- ``drop``: median of how far the score at strength 5 lies below that of the song, in points;
- ``moved``: the largest move of any 1-5 axis of any song under a harmless change, in points;
- ``above``: share of songs above all that is not music.
"""

from typing import Literal

import numpy as np

from plaudit.benchmarks.suites.damage_run import HARMLESS, Outcome
from plaudit.core.settings import Record
from plaudit.judging.record import JudgeId
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import spearman
from plaudit.metrics.share import wilson

STRENGTHS = (1, 2, 3, 4, 5)


class KindResult(Record):
    """One kind of damage over all songs; see the module."""

    falls: float
    falls_low: float
    falls_high: float
    monotone: float
    monotone_low: float | None
    monotone_high: float | None
    drop: float


class SongResult(Record):
    """One song: its mean score, that of its copies by kind, and its moves."""

    path: str
    mean: float
    damaged: dict[str, tuple[float, ...]]
    moved: dict[str, float]


class Failure(Record):
    """A file that was left out, and why."""

    path: str
    message: str


class DamageResult(Record):
    """All of a run; ``not_music`` holds the mean scores of some draws of each kind."""

    schema_version: Literal[1] = 1
    suite: Literal["damage"] = "damage"
    judge: JudgeId
    n_songs: int
    seconds: float | None
    seed: int
    kinds: dict[str, KindResult]
    moved: dict[str, float]
    not_music: dict[str, tuple[float, ...]]
    above: float | None
    songs: tuple[SongResult, ...]
    failed: tuple[Failure, ...]


def make_result(
    outcome: Outcome, judge: JudgeId, *, seconds: float | None, seed: int
) -> DamageResult:
    """Measure what a judge said of damaged songs.

    Parameters
    ----------
    outcome : Outcome
        Scores.
    judge : JudgeId
        Whose.
    seconds : float, optional
        Length of the excerpts.
    seed : int
        Seed of the damage and of the resamples.

    Returns
    -------
    DamageResult
        The record.
    """
    songs = outcome.songs
    kinds = {
        kind: _kind([song.mean for song in songs], [song.damaged[kind] for song in songs], seed)
        for kind in songs[0].damaged
    }
    others = [score for scores in outcome.not_music.values() for score in scores]
    return DamageResult(
        judge=judge,
        n_songs=len(songs),
        seconds=seconds,
        seed=seed,
        kinds=kinds,
        moved={name: max(song.moved[name] for song in songs) for name in HARMLESS},
        not_music=outcome.not_music,
        above=float(np.mean([song.mean > max(others) for song in songs])) if others else None,
        songs=tuple(
            SongResult(path=song.path, mean=song.mean, damaged=song.damaged, moved=song.moved)
            for song in songs
        ),
        failed=tuple(Failure(path=path, message=message) for path, message in outcome.failed),
    )


def _kind(clean: list[float], damaged: list[tuple[float, ...]], seed: int) -> KindResult:
    falls = int(sum(row[-1] < before for before, row in zip(clean, damaged, strict=True)))
    low, high = wilson(falls, len(clean))
    steps = np.nan_to_num([spearman(row, STRENGTHS) for row in damaged], nan=0.0)
    got = bootstrap(_median, steps, rng=np.random.default_rng(seed))
    lower = [before - row[-1] for before, row in zip(clean, damaged, strict=True)]
    return KindResult(
        falls=falls / len(clean),
        falls_low=low,
        falls_high=high,
        monotone=float(np.median(steps)),
        monotone_low=None if np.isnan(got.low) else got.low,
        monotone_high=None if np.isnan(got.high) else got.high,
        drop=float(np.median(lower)),
    )


def _median(values: object) -> float:
    return float(np.median(np.asarray(values)))


def result_text(result: DamageResult) -> str:
    """Return the result as a table for the terminal.

    Parameters
    ----------
    result : DamageResult
        The record.

    Returns
    -------
    str
        Lines, without a newline at the end.
    """
    lines = [
        f"judge {result.judge.name} {result.judge.version}, {result.n_songs} songs",
        "",
        f"{'damage':<18}{'score falls':>12}{'95 % interval':>18}{'monotone':>10}{'drop':>8}",
    ]
    for kind, one in result.kinds.items():
        interval = f"[{one.falls_low:.2f}, {one.falls_high:.2f}]"
        lines.append(
            f"{kind:<18}{one.falls:>12.0%}{interval:>18}{one.monotone:>10.2f}{one.drop:>8.2f}"
        )
    lines += ["", "largest move of a 1-5 axis under a harmless change"]
    lines += [f"  {name:<16}{move:>6.3f}" for name, move in result.moved.items()]
    lines += ["", f"not music (lowest song {min(song.mean for song in result.songs):.2f})"]
    lines += [f"  {name:<16}{_said(scores)}" for name, scores in result.not_music.items()]
    lines += [f"left out: {one.path}: {one.message}" for one in result.failed]
    return "\n".join(lines)


def _said(scores: tuple[float, ...]) -> str:
    return " ".join(f"{score:.2f}" for score in scores) if scores else "refused by this judge"
