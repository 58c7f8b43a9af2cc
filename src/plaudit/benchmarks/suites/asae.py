"""ASAE: the Automatic Song Aesthetics Evaluation challenge of ICASSP 2026, both tracks.

Track 1 scores musicality, track 2 all five axes, each scored by itself; the mean over the axes is
unweighted. TTA is an F1: a song counts as good where its score is at or above a threshold, in the
truth and in the prediction.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from plaudit.benchmarks.suites.corpus_task import items_of, read_rows, song_task
from plaudit.benchmarks.suites.promise import Losses, Suite, SuiteData, SuiteFacts
from plaudit.benchmarks.suites.record import Published
from plaudit.core.axes import AESTHETICS
from plaudit.core.file import write_atomic
from plaudit.datasets.corpora.asae import FACTS, SIDE_LIST, systems_of

_THRESHOLDS = {
    "coherence": 4.0,
    "musicality": 4.0,
    "memorability": 3.75,
    "clarity": 3.75,
    "naturalness": 4.0,
}
_SOURCE = "challenge results on its 200 validation songs"
_PROTOCOL = (
    "LCC is Pearson's, SRCC Spearman's correlation (equal values at their mean rank), KTAU"
    " Kendall's tau-b.",
    "TTA-F1 is the F1 of scores at or above a threshold: 4.0 for coherence, musicality and"
    " naturalness, 3.75 for memorability and clarity. It acts on absolute scores.",
    "System level: scores and truth are averaged by system first; which song is of which system is"
    f" read from {SIDE_LIST} (utterance system, one a line) beside the lists.",
    "The challenge ranks by the mean of its four measures after a normalisation that is not"
    " published, so no rank is given here.",
)


def _published(
    task: str, slice_: str, rows: Mapping[str, tuple[float, ...]]
) -> tuple[Published, ...]:
    names = ("LCC", "SRCC", "KTAU", "TTA-F1")
    return tuple(
        Published(
            judge=judge, task=task, slice=slice_, measure=name, value=value / 100, source=_SOURCE
        )
        for judge, values in rows.items()
        for name, value in zip(names, values, strict=True)
    )


_VALIDATION = {
    "challenge baseline": (90.83, 89.67, 73.56, 82.57),
    "HEAR": (91.25, 90.14, 73.98, 85.65),
}


def _load(axes: tuple[str, ...], path: Path, losses: Losses) -> SuiteData:
    songs, _, files = read_rows("asae", path, losses)
    folder = path if path.is_dir() else path.parent
    systems = systems_of(folder)
    rows = [song.model_copy(update={"system": systems.get(name)}) for name, song in songs.items()]
    used = [*files, folder / SIDE_LIST] if systems else list(files)
    tasks = tuple(
        song_task(axis, (axis, "score"), rows, axis, losses, threshold=_THRESHOLDS[axis])
        for axis in axes
    )
    return SuiteData(items_of(rows), tasks, tuple(used))


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up lists of 40 songs by five systems that differ."""
    names = [f"utt{k:04d}" for k in range(40)]
    good = np.repeat(rng.uniform(2.5, 4.3, 5), 8)
    points = np.clip(good[:, None] + rng.normal(0, 0.5, (40, len(AESTHETICS))), 1, 5).round(2)
    lines = {
        "track1.scp": [f"{name} {row[1]}" for name, row in zip(names, points, strict=True)],
        "track2.scp": [
            f"{name} {' '.join(map(str, row))}" for name, row in zip(names, points, strict=True)
        ],
        SIDE_LIST: [f"{name} system{k // 8}" for k, name in enumerate(names)],
    }
    for file, rows in lines.items():
        write_atomic(folder / file, "\n".join(rows) + "\n")


def _facts(track: int) -> SuiteFacts:
    return SuiteFacts(
        name=f"asae-track{track}",
        title=f"ASAE challenge, track {track}",
        version="1",
        citation=FACTS.citation,
        licence=FACTS.licence,
        where=FACTS.where,
        data="a folder of .scp lists with people's scores (wav.scp names the audio), or one list",
        protocol=(
            "Track 1: overall musicality." if track == 1
            else "Track 2: five axes, each measured by itself, and their unweighted mean.",
            *_PROTOCOL,
        ),
        published=_published("musicality" if track == 1 else "mean of the tasks", "all",
                             _VALIDATION) if track == 1 else (),
    )  # fmt: skip


TRACK1 = Suite(_facts(1), _sample, load=partial(_load, ("musicality",)), scp=1)
TRACK2 = Suite(_facts(2), _sample, load=partial(_load, AESTHETICS), scp=5)
