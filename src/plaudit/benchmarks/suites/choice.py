"""Suites of compared songs: AIME, MusicPrefs and Music Arena.

The song with the higher score is predicted to win. Accuracy is the share of decided votes that are
predicted; baselines are constant predictions, and system identity alone.
"""

from functools import partial
from pathlib import Path

from plaudit.benchmarks.suites.corpus_task import corpus_suite, items_of, pair_task, rate, read_rows
from plaudit.benchmarks.suites.promise import Losses, PairTask, Slices, Suite, SuiteData
from plaudit.benchmarks.suites.record import Published
from plaudit.datasets.reading.row import BattleRow

_COMMON = (
    "The song with the higher score is predicted to win. Votes for a tie or for neither are left"
    " out and counted.",
    "Equal scores are worth one half (half), left out (drop), or a prediction of the second song"
    " (toolkit, as CMI-RewardBench's program has it); the result names the rule.",
    "Intervals resample prompts.",
    "System identity: Bradley-Terry strengths of systems (ridge, C = 1) fitted on the other fifths"
    " of the prompts. Constant A and B always predict one side.",
)
_WANTS = {
    "preference": ("preference", "score", "musicality"),
    "musicality": ("musicality", "score", "preference"),
    "music quality": ("musicality", "score", "preference"),
    "alignment": ("alignment",),
    "text alignment": ("alignment",),
    "fidelity": ("fidelity", "production_quality", "score", "musicality"),
}
_ARENA_SOURCE = "799 decisive battles of Feb-Mar 2026 between 11 newer systems"
_ARENA = {"constant B": 0.551, "an open reward model": 0.537, "system identity alone": 0.626}


def _load(corpus: str, criteria: tuple[str, ...], path: Path, losses: Losses) -> SuiteData:
    songs, battles, files = read_rows(corpus, path, losses)
    tasks: list[PairTask] = []
    rates: list[tuple[str, str, float, int]] = []
    for criterion in criteria:
        own = [battle for battle in battles if battle.criterion == criterion]
        kept = []
        for battle in own:
            sides = [songs.get(song) for song in (battle.first, battle.second)]
            if None in sides or battle.without_songs:
                losses.lose(battle.without_songs or "a song of the pair is unknown",
                            battle.battle_id)  # fmt: skip
            else:
                kept.append(battle)
        slices = [_slices(battle) for battle in kept]
        tasks.append(pair_task(criterion, _WANTS[criterion], kept, songs, losses, slices))
        rates += rate(criterion, own)
    return SuiteData(items_of(list(songs.values())), tuple(tasks), files, tuple(rates))


def _slices(battle: BattleRow) -> Slices:
    slices: Slices = {}
    if battle.date is not None:
        slices["month"] = (battle.date.strftime("%Y-%m"),)
    if battle.instrumental is not None:
        slices["kind"] = ("instrumental" if battle.instrumental else "vocal",)
    return slices


def _suite(
    corpus: str, criteria: tuple[str, ...], first: str, published: tuple[Published, ...] = ()
) -> Suite:
    load = partial(_load, corpus, criteria)
    return corpus_suite(corpus, corpus, load, (first, *_COMMON), published)


AIME = _suite(
    "aime",
    ("music quality", "text alignment"),
    "All comparisons of the survey, its two questions apart; people heard ten seconds of each song,"
    " and a judge of ours hears the whole file.",
)
MUSICPREFS = _suite(
    "musicprefs",
    ("musicality", "fidelity"),
    "All pairs, musicality and fidelity apart.",
)
MUSIC_ARENA = _suite(
    "music-arena",
    ("preference",),
    "All battles given, sliced by month, by generator, and by what was asked for; the share of"
    " votes for neither is reported as a rate of its own.",
    tuple(
        Published(judge=judge, task="preference", measure="accuracy", value=value,
                  source=_ARENA_SOURCE)
        for judge, value in _ARENA.items()
    ),
)  # fmt: skip
