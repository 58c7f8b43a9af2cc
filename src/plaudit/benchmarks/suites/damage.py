"""Damage as a suite: `plaudit.benchmarks.suites.damage_run` with the measures of all suites.

A judge's score must fall, and fall further, as a song is damaged more. Nobody has to be asked.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plaudit.benchmarks.suites.contestant import Contestant, Scores
from plaudit.benchmarks.suites.damage_record import STRENGTHS, DamageResult, make_result
from plaudit.benchmarks.suites.damage_run import (
    Outcome,
    SongDoses,
    Sound,
    dose_song,
    dose_songs,
    not_music_scores,
)
from plaudit.benchmarks.suites.our_judge import OurJudge
from plaudit.benchmarks.suites.promise import Losses, Suite, SuiteFacts
from plaudit.benchmarks.suites.record import Measure, RunSettings, SuiteResult, TaskAnswers
from plaudit.benchmarks.suites.runner import assemble
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, PlauditError
from plaudit.judging.record import JudgeId
from plaudit.metrics.correlation import spearman

SECONDS = 30.0


def quality(scores: Scores) -> Scores:
    """Return the scores that say how good a song sounds: aesthetic axes, else what there is."""
    known = {name: value for name, value in scores.items() if name in AESTHETICS}
    return known or {name: value for name, value in scores.items() if name != "alignment"} or scores


def _listen(
    paths: Sequence[Path], contestant: Contestant, settings: RunSettings, losses: Losses
) -> SuiteResult:
    seconds = settings.seconds or SECONDS
    if isinstance(contestant, OurJudge):
        from plaudit.core.pool import cores

        outcome = dose_songs(
            paths, contestant.name, seconds=seconds, seed=settings.seed, workers=cores(),
            progress=lambda _done, _total: None,
        )  # fmt: skip
    else:
        outcome = _dose(paths, contestant, seconds, settings.seed)
    for path, message in outcome.failed:
        losses.lose(message, path)
    info = contestant.info
    judge = JudgeId(name=info.name, version=info.version or "", hash=info.hash or "")
    result = make_result(outcome, judge, seconds=seconds, seed=settings.seed)
    measures, answers = _measures(result)
    files = [Path(song.path) for song in result.songs]
    return assemble(
        SUITE, info, settings, losses, files, measures, answers, items=len(paths),
        answered=result.n_songs, detail=result.model_dump(mode="json"),
    )  # fmt: skip


def _dose(paths: Sequence[Path], contestant: Contestant, seconds: float, seed: int) -> Outcome:
    def scorer(sound: Sound, rate: int) -> dict[str, float]:
        return quality(contestant.hear([(sound, rate)])[0])

    songs: list[SongDoses] = []
    failed: list[tuple[str, str]] = []
    for path in paths:
        try:
            songs.append(dose_song(path, scorer, seconds, seed))
        except (PlauditError, OSError) as error:
            failed.append((str(path), " ".join(str(error).split())))
    if not songs:
        raise InputError(
            f"Expected at least one song to damage, and none of {len(paths)} could be judged; the"
            f" first: {failed[0][1] if failed else 'there was none'}"
        )
    return Outcome(songs, failed, not_music_scores(scorer, seed))


def _measures(result: DamageResult) -> tuple[list[Measure], list[TaskAnswers]]:
    n, names = result.n_songs, tuple(Path(song.path).name for song in result.songs)
    measures, answers = [], []
    for kind, one in result.kinds.items():
        rows = [song.damaged[kind] for song in result.songs]
        falls = [float(row[-1] < song.mean) for row, song in zip(rows, result.songs, strict=True)]
        steps = np.nan_to_num([spearman(row, STRENGTHS) for row in rows], nan=0.0).tolist()
        measures += [
            Measure(task=kind, measure="falls", value=one.falls, low=one.falls_low,
                    high=one.falls_high, n=n, units=n, beside={"constant": 0.0}),
            Measure(task=kind, measure="monotone", value=one.monotone, low=one.monotone_low,
                    high=one.monotone_high, n=n, units=n, beside={"constant": 0.0}),
            Measure(task=kind, measure="drop", value=one.drop, n=n, beside={"constant": 0.0}),
        ]  # fmt: skip
        for name, values in (("falls", falls), ("monotone", steps)):
            answers.append(
                TaskAnswers(task=kind, kind="value", measures=(name,), ids=names, groups=names,
                            said=tuple(values))
            )  # fmt: skip
    measures += [
        Measure(task=name, measure="largest move", value=value, n=n, beside={"constant": 0.0})
        for name, value in result.moved.items()
    ]
    why = None if result.above is not None else "the judge refuses what is not music"
    measures.append(
        Measure(task="not music", measure="songs above it", value=result.above, n=n, reason=why,
                beside={"constant": 0.0})
    )  # fmt: skip
    return measures, answers


def write_songs(folder: Path, rng: np.random.Generator) -> None:
    """Write three short composed songs."""
    import soundfile

    from plaudit.synth.song import make_song

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("one", "two", "three"):
        song = make_song(int(rng.integers(1000)), 10.0)
        soundfile.write(folder / f"{name}.wav", song.audio.T, song.sample_rate, subtype="PCM_16")


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
)
