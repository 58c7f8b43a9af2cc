"""The damage suite: the score of a judge must fall as a song is damaged more.

The observed order is known without raters: more damage is worse. (Language models of music often
fail here: noise in their context lowers their loss.) ``plaudit bench damage`` is this suite on a
judge of ours, with its record and table alone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from plaudit.benchmarks.suites.contestant import Contestant, Scores
from plaudit.benchmarks.suites.damage_record import (
    DamageResult,
    FailedSong,
    make_result,
    monotone_steps,
)
from plaudit.benchmarks.suites.dose import Scorer, Sound, score_damaged
from plaudit.benchmarks.suites.our_judge import OurJudge
from plaudit.benchmarks.suites.promise import Losses, Suite, SuiteFacts
from plaudit.benchmarks.suites.record import (
    RunSettings,
    SuiteResult,
    TaskMeasure,
    TaskPredictions,
)
from plaudit.benchmarks.suites.runner import COPY, assemble, one_of_each
from plaudit.core.axes import AESTHETICS
from plaudit.core.pool import cores
from plaudit.judging.record import JudgeId

SECONDS = 30.0
_SEED = 0


def quality(scores: Scores) -> Scores:
    """Return the scores of sound quality: the aesthetic axes, else all but alignment, else all."""
    known = {name: value for name, value in scores.items() if name in AESTHETICS}
    return known or {name: value for name, value in scores.items() if name != "alignment"} or scores


def measure_damage(
    paths: Sequence[Path],
    contestant: Contestant,
    settings: RunSettings,
    *,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> DamageResult:
    """Damage songs, let a judge score the copies, and measure the scores.

    Files that cannot be scored, and copies, are listed with the reason. No song that can be scored
    is an `InputError`, and so is a judge of ours without aesthetic axes. ``settings.seed`` is that
    of the damage and of the resamples, ``settings.seconds`` the length of the excerpt from the
    middle of each song, None for all of it. A judge of ours scores in ``workers`` processes, one
    per core by default. ``on_progress`` is called with songs done and songs in all.
    """
    judge: str | Scorer = (
        contestant.require_aesthetics() if isinstance(contestant, OurJudge) else _scorer(contestant)
    )
    songs, copies, contamination = one_of_each(paths, contestant)
    scores = score_damaged(
        songs,
        judge,
        seconds=settings.seconds,
        seed=settings.seed,
        workers=workers or cores(),
        on_progress=on_progress,
    )
    info = contestant.info
    result = make_result(
        scores,
        JudgeId(name=info.name, version=info.version or "", hash=info.hash or ""),
        seconds=settings.seconds,
        seed=settings.seed,
        confidence=settings.confidence,
    )
    left = [FailedSong(path=str(path), message=COPY) for path in copies]
    found = {"failed": (*result.failed, *left), "contamination": contamination}
    return result.model_copy(update=found)


def _scorer(contestant: Contestant) -> Scorer:
    def score(sound: Sound, rate: int) -> dict[str, float]:
        return quality(contestant.score_sounds([(sound, rate)])[0])

    return score


def _listen(
    paths: Sequence[Path], contestant: Contestant, settings: RunSettings, losses: Losses
) -> SuiteResult:
    excerpt = settings.model_copy(update={"seconds": settings.seconds or SECONDS})
    result = measure_damage(paths, contestant, excerpt)
    for song in result.failed:
        losses.lose(song.message, song.path)
    files = [Path(song.path) for song in result.songs]
    return assemble(
        SUITE, contestant.info, settings, losses, files, _measures(result), _predictions(result),
        n_items=len(paths), n_predicted=result.n_songs, detail=result.model_dump(mode="json"),
    ).model_copy(update={"contamination": result.contamination})  # fmt: skip


def _measures(result: DamageResult) -> list[TaskMeasure]:
    n = result.n_songs
    constant: dict[str, float | None] = {"constant": 0.0}
    measures = []
    for name, kind in result.kinds.items():
        measures += [
            TaskMeasure(task=name, measure="falls", value=kind.lowered, low=kind.lowered_low,
                        high=kind.lowered_high, n=n, units=n, baselines=constant),
            TaskMeasure(task=name, measure="monotone", value=kind.monotone, low=kind.monotone_low,
                        high=kind.monotone_high, n=n, units=n, baselines=constant),
            TaskMeasure(task=name, measure="drop", value=kind.drop, low=kind.drop_low,
                        high=kind.drop_high, n=n, units=n, baselines=constant),
        ]  # fmt: skip
    measures += [
        TaskMeasure(task=name, measure="largest move", value=value, n=n, baselines=constant)
        for name, value in result.max_change.items()
    ]
    above = result.above_not_music
    why = None if above is not None else "the judge refuses what is not music"
    measures.append(
        TaskMeasure(task="not music", measure="songs above it", value=above, n=n, reason=why,
                    baselines=constant)
    )  # fmt: skip
    return measures


def _predictions(result: DamageResult) -> list[TaskPredictions]:
    names = tuple(Path(song.path).name for song in result.songs)
    predictions = []
    for kind in result.kinds:
        rows = [song.damaged[kind] for song in result.songs]
        lowered = [float(row[-1] < song.mean) for row, song in zip(rows, result.songs, strict=True)]
        for measure, values in (("falls", lowered), ("monotone", monotone_steps(rows).tolist())):
            predictions.append(
                TaskPredictions(task=kind, kind="value", measures=(measure,), ids=names,
                                groups=names, predicted=tuple(values))
            )  # fmt: skip
    return predictions


def write_songs(folder: Path, rng: np.random.Generator) -> None:
    """Write three short composed songs."""
    from plaudit.core.file import write_atomic
    from plaudit.synth.song import make_song
    from plaudit.synth.sound.recording import sound_bytes

    for name in ("one", "two", "three"):
        song = make_song(int(rng.integers(1000)), 10.0)
        write_atomic(folder / f"{name}.wav", sound_bytes(song.audio.T, song.sample_rate, "WAV"))


SUITE = Suite(
    SuiteFacts(
        name="damage",
        title="Damage",
        version="1",
        citation="Plaudit, docs/damage.md; after the finding that language models of music lower"
        " their loss when noise is injected into their context",
        licence="that of the songs given; the suite itself is Apache-2.0",
        where="any songs",
        data="a folder of songs, or one song",
        protocol=(
            "Ten kinds of damage at five strengths, on an excerpt of 30 s from the middle"
            " (--seconds); the score is the mean of the aesthetic axes, or the one there is.",
            "falls: share of songs whose score at strength 5 is below that of the song, with"
            " Wilson's interval. monotone: median Spearman correlation of strength and score, -1"
            " where every step of damage lowers the score; a constant judge has 0.",
            "drop: median fall at strength 5, in points. largest move: under a change that must not"
            " matter (half and twice the level, MP3 at 128 kbit/s).",
        ),
    ),
    write_songs,
    listen=_listen,
    seed=_SEED,
)
