"""A judge beside people: agreement with their answers, and the order in which it puts systems.

Agreement is what ``plaudit bench`` measures (`plaudit.benchmarks.suites.measure`): of battles the
accuracy, of ratings the correlations, each beside the constant answer and beside system identity,
which knows only the other votes' favourites and never listens. Songs are found in the file of
scores by id, file name or digest. Ties and votes for neither are in no accuracy.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from plaudit.arena.results.battle import pairs_of
from plaudit.arena.results.rating import answered
from plaudit.arena.results.record import JudgeScore
from plaudit.arena.results.row import SongFact, VoteRow
from plaudit.benchmarks.scores.table import ScoreTable
from plaudit.benchmarks.suites.measure import pair_measures, song_measures
from plaudit.benchmarks.suites.promise import Pair, PairTask, SongTask
from plaudit.benchmarks.suites.record import RunSettings, TaskMeasure
from plaudit.metrics.borda import borda
from plaudit.metrics.correlation import kendall
from plaudit.metrics.measurement import Measurement

Ranking = tuple[tuple[str, float], ...]
_LEAST_SYSTEMS = 3  # below which an order of systems says next to nothing


def judge_scores(
    rows: Sequence[VoteRow],
    table: ScoreTable,
    facts: Mapping[str, SongFact],
    people: Mapping[str, Ranking],
    settings: RunSettings,
) -> tuple[JudgeScore, ...]:
    """Return each score of a file beside the answers.

    Parameters
    ----------
    rows : sequence of VoteRow
        Answers that count.
    table : ScoreTable
        Scores of a judge, or of anybody.
    facts : mapping of str to SongFact
        What is known of songs, by id; a song may go by its file in the scores.
    people : mapping of str to tuple of (str, float)
        By axis ("" for battles) what people gave each system.
    settings : RunSettings
        Seed, draws and confidence.
    """
    judge = table.source.name
    if table.judge is not None:
        judge = f"{table.judge.name} {table.judge.version}"
    songs = sorted({side.song for row in rows for side in row.sides})
    found = {
        song: scores
        for song in songs
        for name in (facts[song].names if song in facts else (song,))
        if (scores := table.by_name.get(name)) is not None
    }
    results = []
    for column in table.columns:
        values = {s: row.scores[column].value for s, row in found.items() if column in row.scores}
        battles = [row for row in rows if any(True for _ in pairs_of(row))]
        found_on: list[tuple[tuple[TaskMeasure, ...], Ranking, Ranking]] = []
        if battles:
            measures, ranking = _on_pairs(battles, column, values, settings)
            found_on.append((measures, ranking, people.get("", ())))
        for axis in dict.fromkeys(number.axis for number in answered(rows)):
            if axis not in table.columns or axis == column:
                measures, ranking = _on_songs(rows, axis, column, values, settings)
                found_on.append((measures, ranking, people.get(axis, ())))
        results += [
            JudgeScore(
                judge=judge, score=column, measures=measures, ranking=ranking,
                order=_order(ranking, theirs), scored=len(values), songs=len(songs),
            )
            for measures, ranking, theirs in found_on
        ]  # fmt: skip
    return tuple(results)


def _on_pairs(
    rows: Sequence[VoteRow], column: str, values: Mapping[str, float], settings: RunSettings
) -> tuple[tuple[TaskMeasure, ...], Ranking]:
    pairs, margins = [], []
    systems = sorted({side.system for row in rows for side in row.sides})
    points = np.zeros((len(systems), len(systems)))
    for row in rows:
        for a, b, outcome in pairs_of(row):
            first, second = row.sides[a], row.sides[b]
            margin = values.get(first.song, math.nan) - values.get(second.song, math.nan)
            if not math.isnan(margin):
                won = 0.5 if margin == 0 else float(margin > 0)
                i, j = systems.index(first.system), systems.index(second.system)
                points[i, j] += won
                points[j, i] += 1 - won
            if outcome.decided:
                margins.append(margin)
                pairs.append(
                    Pair(
                        id=f"{row.task}/{a}{b}", first=first.song, second=second.song,
                        outcome=outcome, group=row.prompt_id or row.task,
                        systems=(first.system, second.system),
                    )
                )  # fmt: skip
    task = PairTask(name="battles", wants=(column,), pairs=tuple(pairs))
    measures: list[TaskMeasure] = []
    if pairs:
        measures, _ = pair_measures(task, np.array(margins), column, None, settings)
    shares = borda(points)
    return tuple(measures), _ranked(zip(systems, shares.tolist(), strict=True))


def _on_songs(
    rows: Sequence[VoteRow],
    axis: str,
    column: str,
    values: Mapping[str, float],
    settings: RunSettings,
) -> tuple[tuple[TaskMeasure, ...], Ranking]:
    ratings: dict[tuple[str, str, str], list[float]] = {}
    made = {side.song for row in rows for side in row.sides if side.role == "contestant"}
    for number in answered(rows):
        if number.axis == axis and number.song in made:
            ratings.setdefault((number.song, number.item, number.system), []).append(number.value)
    widest = max(map(len, ratings.values()), default=0)
    table = np.full((len(ratings), widest), math.nan)
    for k, given in enumerate(ratings.values()):
        table[k, : len(given)] = given
    task = SongTask(
        name=axis,
        wants=(column,),
        items=tuple(song for song, _, _ in ratings),
        observed=np.nanmean(table, axis=1),
        groups=tuple(item for _, item, _ in ratings),
        systems=tuple(system for _, _, system in ratings),
        ratings=table,
    )
    predicted = np.array([values.get(song, math.nan) for song in task.items])
    measures, _ = song_measures(task, predicted, column, None, settings)
    by_system: dict[str, list[float]] = {}
    for (_, _, system), value in zip(ratings, predicted.tolist(), strict=True):
        if not math.isnan(value):
            by_system.setdefault(system, []).append(value)
    return tuple(measures), _ranked((s, float(np.mean(v))) for s, v in by_system.items())


def _ranked(scores: Iterable[tuple[str, float]]) -> Ranking:
    known = [(name, value) for name, value in scores if not math.isnan(value)]
    return tuple(sorted(known, key=lambda each: (-each[1], each[0])))


def _order(ranking: Ranking, people: Ranking) -> Measurement:
    theirs = dict(people)
    both = [(value, theirs[name]) for name, value in ranking if name in theirs]
    if len(both) < _LEAST_SYSTEMS:
        reason = f"{len(both)} systems are too few for a correlation of orders"
        return Measurement(value=None, reason=reason)
    ours, observed = zip(*both, strict=True)
    return Measurement.of(kendall(ours, observed))
