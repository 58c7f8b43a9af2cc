"""The record of a run, from its clips and their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from plaudit.benchmarks.reality.hearing import Hearing
from plaudit.benchmarks.reality.measure import (
    CONFIDENCE,
    DRAWS,
    SEED,
    Column,
    Floats,
    measure_columns,
)
from plaudit.benchmarks.reality.rank_table import RankTable
from plaudit.benchmarks.reality.record import (
    COPIES,
    MEAN,
    ClipScores,
    Copies,
    LeftOut,
    RankedSystem,
    RealityResult,
    TableFile,
    UsedJudge,
)
from plaudit.benchmarks.reality.sound import BASELINES
from plaudit.core.file import sha256_of

Scores = dict[str, float]


@dataclass
class JudgedClips:
    """Scores of one judge: by axis, of each clip, (n,), empty where it gave none."""

    judge: UsedJudge
    scores: dict[Copies, list[Scores]] = field(default_factory=dict)


def make_result(
    manifest: Path,
    ranks: Path,
    table: RankTable,
    n_rows: int,
    heard: Hearing,
    judged: Sequence[JudgedClips],
    left_out: Sequence[LeftOut],
) -> RealityResult:
    """Measure all scores, and put together what is needed to draw them again."""
    columns = [*_baselines(heard), *(c for own in judged for c in _columns(own))]
    accuracies = measure_columns(heard.pairs.pairs, columns)
    groups = sorted({pair.group for pair in heard.pairs.pairs if pair.group is not None})
    return RealityResult(
        plaudit=version("plaudit"),
        manifest=TableFile(path=str(manifest), sha256=sha256_of(manifest)),
        ranks=TableFile(path=str(ranks), sha256=sha256_of(ranks)),
        confidence=CONFIDENCE,
        draws=DRAWS,
        seed=SEED,
        judges=tuple(own.judge for own in judged),
        systems=_systems(table, heard),
        groups=tuple(groups),
        n_rows=n_rows,
        n_prompts=len({pair.prompt for pair in heard.pairs.pairs}),
        n_pairs=len(heard.pairs.pairs),
        equal_ranks=heard.pairs.equal,
        of_two_groups=heard.pairs.of_two_groups,
        left_out=tuple(left_out),
        accuracies=tuple(accuracies),
        clips=_clips(heard, judged),
    )


def _baselines(heard: Hearing) -> list[Column]:
    columns = []
    for copies in COPIES:
        for place, name in enumerate(BASELINES):
            sounds = heard.sounds[copies]
            values = [np.nan if sound is None else sound[place] for sound in sounds]
            columns.append(Column(None, name, copies, np.array(values, np.float64)))
    return columns


def _columns(own: JudgedClips) -> list[Column]:
    """Return the mean of the main axes of a judge, then each axis, on both copies."""
    judge, columns = own.judge, []
    for copies in COPIES:
        by_axis = {axis: _values(own.scores[copies], axis) for axis in judge.axes}
        if judge.main:
            means = np.mean([by_axis[axis] for axis in judge.main], axis=0)
            columns.append(Column(judge.name, MEAN, copies, means))
        columns += [Column(judge.name, axis, copies, by_axis[axis]) for axis in judge.axes]
    return columns


def _values(rows: Sequence[Scores], axis: str) -> Floats:
    return np.array([row.get(axis, np.nan) for row in rows], np.float64)


def _systems(table: RankTable, heard: Hearing) -> tuple[RankedSystem, ...]:
    systems = []
    for (name, group), rank in sorted(table.rows.items(), key=lambda row: (row[1], row[0][0])):
        n = sum(
            clip.system == name and (not table.by_group or clip.group == group)
            for clip in heard.clips
        )
        systems.append(RankedSystem(name=name, rank=rank, group=group, n_clips=n))
    return tuple(systems)


def _clips(heard: Hearing, judged: Sequence[JudgedClips]) -> tuple[ClipScores, ...]:
    clips = []
    for place, clip in enumerate(heard.clips):
        baselines: dict[Copies, Mapping[str, float]] = {
            copies: sound._asdict()
            for copies in COPIES
            if (sound := heard.sounds[copies][place]) is not None
        }
        scores = {
            copies: {own.judge.name: row for own in judged if (row := own.scores[copies][place])}
            for copies in COPIES
        }
        clips.append(
            ClipScores.model_validate(
                {"path": str(clip.path), "system": clip.system, "prompt": clip.text,
                 "group": clip.group, "baselines": baselines, "scores": scores}
            )
        )  # fmt: skip
    return tuple(clips)
