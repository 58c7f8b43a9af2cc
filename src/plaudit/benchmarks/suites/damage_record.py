"""The measures of the damage suite, and their record.

- ``lowered``: share of songs whose mean aesthetic score at strength 5 is below that of the
  undamaged song, with Wilson's interval;
- ``monotone``: median over songs of the Spearman correlation between strength (1 to 5) and score,
  -1 where every step of damage lowers the score, with the exact interval of a median; a constant
  score has no correlation and counts as 0;
- ``drop``: median of the undamaged score minus the score at strength 5, in points, with the same;
- ``max_change``: largest absolute change of an aesthetic axis under a harmless change, in points;
- ``above_not_music``: share of songs that score above every sound that is not music.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from plaudit.benchmarks.scores.contamination import Contamination, first_lines
from plaudit.benchmarks.suites.dose import HARMLESS, DamageScores
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record
from plaudit.judging.failure import failure_lines
from plaudit.judging.record import JudgeId
from plaudit.metrics.correlation import spearman
from plaudit.metrics.interval import median_of
from plaudit.metrics.measurement import or_none
from plaudit.metrics.share import share_of

Floats = NDArray[np.float64]
_STRENGTHS = (1, 2, 3, 4, 5)


class KindResult(Record):
    """One kind of damage over all songs; see the module."""

    lowered: float = Field(validation_alias="falls")
    lowered_low: float | None = Field(validation_alias="falls_low")
    lowered_high: float | None = Field(validation_alias="falls_high")
    monotone: float
    monotone_low: float | None
    monotone_high: float | None
    drop: float
    drop_low: float | None = None
    drop_high: float | None = None


class SongResult(Record):
    """One song: its mean score, those of its damaged copies by kind, its largest changes."""

    path: str
    mean: float
    damaged: dict[str, tuple[float, ...]]
    max_change: dict[str, float] = Field(validation_alias="moved")


class FailedSong(Record):
    """A file that could not be scored, with the reason."""

    path: str
    message: str


class DamageResult(Record):
    """A run; ``not_music`` holds the mean scores of some draws of each kind of sound."""

    schema_version: Literal[3] = 3
    suite: Literal["damage"] = "damage"
    option_sources: OptionSources = Field(default_factory=dict)
    judge: JudgeId
    n_songs: int
    seconds: float | None
    seed: int
    kinds: dict[str, KindResult]
    max_change: dict[str, float] = Field(validation_alias="moved")
    not_music: dict[str, tuple[float, ...]]
    above_not_music: float | None = Field(validation_alias="above")
    songs: tuple[SongResult, ...]
    failed: tuple[FailedSong, ...]
    contamination: Contamination | None = None


def make_result(
    scores: DamageScores,
    judge: JudgeId,
    *,
    seconds: float | None,
    seed: int,
    confidence: float = 0.95,
) -> DamageResult:
    """Measure the scores of damaged songs.

    ``seed`` is that of the damage, ``confidence`` that of the intervals.
    """
    songs = scores.songs
    clean = [song.mean for song in songs]
    kinds = {
        kind: _kind(clean, [song.damaged[kind] for song in songs], confidence)
        for kind in songs[0].damaged
    }
    others = [score for own in scores.not_music.values() for score in own]
    return DamageResult(
        judge=judge,
        n_songs=len(songs),
        seconds=seconds,
        seed=seed,
        kinds=kinds,
        max_change={name: max(song.max_change[name] for song in songs) for name in HARMLESS},
        not_music=scores.not_music,
        above_not_music=(
            float(np.mean([mean > max(others) for mean in clean])) if others else None
        ),
        songs=tuple(
            SongResult(
                path=song.path, mean=song.mean, damaged=song.damaged, max_change=song.max_change
            )
            for song in songs
        ),
        failed=tuple(FailedSong(path=path, message=message) for path, message in scores.failed),
    )


def monotone_steps(damaged: list[tuple[float, ...]]) -> Floats:
    """Return the correlation of strength and score of each song, 0 for a constant score."""
    return np.nan_to_num([spearman(row, _STRENGTHS) for row in damaged], nan=0.0)


def _kind(
    clean: list[float],
    damaged: list[tuple[float, ...]],
    confidence: float,
) -> KindResult:
    drops = np.array(clean) - [row[-1] for row in damaged]
    lowered = share_of(drops > 0, confidence=confidence)
    monotone = median_of(monotone_steps(damaged), confidence=confidence)
    drop = median_of(drops, confidence=confidence)
    return KindResult(
        lowered=lowered.value,
        lowered_low=or_none(lowered.low),
        lowered_high=or_none(lowered.high),
        monotone=monotone.value,
        monotone_low=or_none(monotone.low),
        monotone_high=or_none(monotone.high),
        drop=drop.value,
        drop_low=or_none(drop.low),
        drop_high=or_none(drop.high),
    )


def result_text(result: DamageResult) -> str:
    """Return the result as a table for the terminal, without a newline at the end."""
    headline = f"judge {result.judge.name} {result.judge.version}, {result.n_songs} songs"
    lines = [
        *first_lines(result.contamination, headline),
        "",
        f"{'damage':<18}{'score falls':>12}{'95 % interval':>18}{'monotone':>10}{'drop':>8}",
    ]
    for name, kind in result.kinds.items():
        low, high = kind.lowered_low, kind.lowered_high
        interval = "" if low is None or high is None else f"[{low:.2f}, {high:.2f}]"
        lines.append(
            f"{name:<18}{kind.lowered:>12.0%}{interval:>18}{kind.monotone:>10.2f}{kind.drop:>8.2f}"
        )
    lines += ["", "largest move of a 1-5 axis under a harmless change"]
    lines += [f"  {name:<16}{change:>6.3f}" for name, change in result.max_change.items()]
    lines += ["", f"not music (lowest song {min(song.mean for song in result.songs):.2f})"]
    lines += [f"  {name:<16}{_scores_text(scores)}" for name, scores in result.not_music.items()]
    left = [(song.path, f"{song.path}: {song.message}") for song in result.failed]
    lines += [f"left out: {line}" for line in failure_lines(left)]
    return "\n".join(lines)


def _scores_text(scores: tuple[float, ...]) -> str:
    return " ".join(f"{score:.2f}" for score in scores) if scores else "refused by this judge"
