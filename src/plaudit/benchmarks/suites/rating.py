"""Suites of rated songs: one's own table, SongEval, PAM, MusicEval and Audiobox AES.

Each label is a task. The observed score is the mean of the raters; where single ratings are
published, the ceiling of a correlation is the square root of their split-half reliability.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from plaudit.benchmarks.suites.corpus_task import corpus_suite, items_of, read_rows, song_task
from plaudit.benchmarks.suites.promise import Losses, Suite, SuiteData
from plaudit.benchmarks.suites.record import Published
from plaudit.core.axes import AESTHETICS, AXES

_COMMON = (
    "LCC is Pearson's, SRCC Spearman's correlation (equal values at their mean rank), KTAU"
    " Kendall's tau-b; a constant judge has none.",
    "Intervals resample prompts where they are known, else songs.",
    "System level: scores and truth are averaged by system first.",
    "System identity predicts the mean of a song's system over the other fifths of the prompts.",
)
_CEILING = (
    "Ceiling: the square root of the split-half reliability of the raters, stepped up after"
    " Spearman and Brown, mean of 200 random halvings of each song's ratings.",
)
_OWN = "csv"  # of the seven axes a table may have any
SOURCE = "CMI-RewardBench, arXiv 2603.00610v3"
# Table of SRCC: PAM and MusicEval musicality, by judge.
_MUSICALITY = {
    "PAM score": (0.6099, 0.6724),
    "audiobox CE": (0.5204, 0.6599),
    "audiobox CU": (0.4704, 0.6764),
    "audiobox PC": (0.2230, 0.0768),
    "audiobox PQ": (0.4513, 0.6335),
    "SongEval-RM": (0.6977, 0.6949),
    "Gemini 2.5 Pro": (0.4355, 0.4902),
    "Gemini 3 Pro": (0.5967, 0.6018),
    "CMI-RM, distilled only": (0.4304, 0.5117),
    "CMI-RM, CMI-Pref": (0.6988, 0.7315),
    "CMI-RM, CMI-Pref + MusicEval": (0.6606, 0.8266),
    "MuQ-Eval A1 (recomputed)": (0.4995, 0.8089),
}
_ALIGNMENT = {
    "CLAP music": 0.2881,
    "Qwen3-Omni": 0.5907,
    "CMI-RM, CMI-Pref + MusicEval": 0.4321,
}
_Tasks = Mapping[str, tuple[str, tuple[str, ...]]]  # task to label and suitable scores


def published_srcc(task: str, column: int) -> tuple[Published, ...]:
    """Return the published SRCC of musicality: column 0 is PAM, 1 MusicEval."""
    return tuple(
        Published(judge=judge, task=task, measure="SRCC", value=row[column], source=SOURCE)
        for judge, row in _MUSICALITY.items()
    )


def published_alignment(task: str) -> tuple[Published, ...]:
    """Return the published SRCC of alignment on PAM."""
    return tuple(
        Published(judge=judge, task=task, measure="SRCC", value=value, source=SOURCE)
        for judge, value in _ALIGNMENT.items()
    )


def _load(corpus: str, tasks: _Tasks, split: str | None, path: Path, losses: Losses) -> SuiteData:
    songs, _, files = read_rows(corpus, path, losses)
    rows = []
    for song in songs.values():
        if split is None or song.split in (split, None):
            rows.append(song)
        else:
            losses.lose(f"of the split {song.split}, and the suite is on {split}", song.song_id)
    made = tuple(
        song_task(name, wants, rows, label, losses)
        for name, (label, wants) in tasks.items()
        if corpus != _OWN or any(label in song.scores for song in rows)
    )
    return SuiteData(items_of(rows), made, files)


def _suite(
    name: str,
    corpus: str,
    tasks: _Tasks,
    protocol: tuple[str, ...],
    *,
    split: str | None = None,
    published: tuple[Published, ...] = (),
) -> Suite:
    load = partial(_load, corpus, tasks, split)
    return corpus_suite(name, corpus, load, (*protocol, *_COMMON), published)


SONGEVAL = _suite(
    "songeval",
    "songeval",
    {axis: (axis, (axis, "score")) for axis in AESTHETICS},
    (
        "All songs of metadata.jsonl, five axes; the truth is the mean of the raters.",
        "There is no official test split here: a judge that learned from these songs knows them.",
        *_CEILING,
    ),
)
OWN_TABLE = _suite(
    "csv",
    _OWN,
    {axis.name: (axis.name, (axis.name, "score")) for axis in AXES},
    (
        "The test songs of a table of your own, or all where it has no split; each axis that it"
        " scores is a task.",
        "It takes the table or the manifest that `plaudit data prepare csv` makes of it.",
    ),
    split="test",
)
PAM = _suite(
    "pam",
    "pam",
    {
        "musicality": ("overall_musicality", ("musicality", "score")),
        "alignment": ("text_alignment", ("alignment",)),
    },
    ("All 500 clips of music, mean opinions of musicality and of alignment to the text.",),
    published=(*published_srcc("musicality", 0), *published_alignment("alignment")),
)
MUSICEVAL = _suite(
    "musiceval",
    "musiceval",
    {
        "musicality": ("overall_quality", ("musicality", "score")),
        "alignment": ("text_alignment", ("alignment",)),
    },
    ("The test split (413 clips), mean opinions of the whole and of alignment to the text.",),
    split="test",
    published=published_srcc("musicality", 1),
)
AES = _suite(
    "aes",
    "audiobox-aes",
    {
        axis: (axis, (axis, "score", "musicality"))
        for axis in (
            "production_quality",
            "production_complexity",
            "content_enjoyment",
            "content_usefulness",
        )
    },
    (
        "Clips of music of AES_PAM.jsonl (and AES_natural_music.jsonl, where it is given); sound"
        " effects are left out.",
        "Its four axes run 0-10. A judge without a score of an axis's name is measured with its"
        " musicality, which `score` names: a correlation across different questions.",
        *_CEILING,
    ),
)
