"""Planted checks: where among a voter's tasks they are, and whether an answer passes.

A damaged copy stands beside (battle, rank) or in the place of (rating) its song: whoever listens
hears which is which. A repeat asks a former task again, sides in another order: whoever answers by
listening answers alike, by and large. Neither shows what it is. The outcome NEITHER
passes: both may be bad to an ear that hears the damage.
"""

import math
from collections.abc import Callable

from plaudit.arena.database.schema import StoredTask
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.session.record import Answer
from plaudit.core.outcome import Outcome

_ALIKE_SCALE, _ALIKE_SCORE = 1.0, 15.0  # mean difference of ratings, of MUSHRA scores


def is_planted(place: int, share: float, start: float, drawn: Callable[[int], float]) -> bool:
    """Return whether a planted item stands at a place of a voter's tasks, counted from 1.

    Of each ``1 / share`` tasks one is planted, at a place that is drawn for each voter, so that the
    share holds for all and nobody can count on the next.

    Parameters
    ----------
    place : int
        Among the tasks that count, from 1.
    share : float
        Share of planted tasks, 0 to 1.
    start : float
        Where the voter's first stretch begins, in stretches, 0 to 1.
    drawn : callable
        Gives a number in [0, 1) for a stretch, the same at each call.
    """
    if not share:
        return False
    stretch = math.floor((place - 1) * share + start)
    # Places of one stretch begin in it; those of a voter's first may lie before the first task.
    first = math.ceil((stretch - start) / share) + 1
    after = math.ceil((stretch + 1 - start) / share) + 1
    return place == first + int(drawn(stretch) * (after - first))


def passed(
    task: StoredTask,
    answer: Answer,
    former: tuple[StoredTask, Answer] | None,
    test: ListeningTest,
) -> bool:
    """Return whether the answer to a planted task passes; ``former`` is what a repeat repeats."""
    if task.planted == "damaged":
        return _hears_damage(task, answer, test)
    if former is None:
        return True  # what it repeats was taken back meanwhile
    before, former_answer = former
    if task.kind == "battle":
        return _preferred(task, answer) == _preferred(before, former_answer)
    if task.kind == "rating":
        return _mean_gap(answer.ratings, former_answer.ratings) <= _ALIKE_SCALE
    if task.kind == "mushra":
        now, then = (_by_song(t, a.scores) for t, a in ((task, answer), (before, former_answer)))
        return _mean_gap(now, then) <= _ALIKE_SCORE
    songs, order = _keys(task), _keys(before)
    ranked = [songs[key] for key in answer.order]
    again = [order[key] for key in former_answer.order]
    agreed = sum(
        (again.index(a) < again.index(b)) for k, a in enumerate(ranked) for b in ranked[k + 1 :]
    )
    return 2 * agreed >= len(ranked) * (len(ranked) - 1) / 2


def _hears_damage(task: StoredTask, answer: Answer, test: ListeningTest) -> bool:
    damaged = next(side["key"] for side in task.sides if side["role"] == "damaged")
    if task.kind == "battle":
        return answer.outcome not in (None, Outcome.TIE) and (
            answer.outcome is Outcome.NEITHER or _preferred(task, answer) != _keys(task)[damaged]
        )
    if task.kind == "rating":
        values = list(answer.ratings.values())
        return sum(values) / len(values) <= (1 + len(test.tasks.scale)) / 2
    original = next(side["key"] for side in task.sides if side["role"] == "original")
    return answer.order.index(original) < answer.order.index(damaged)


def _keys(task: StoredTask) -> dict[str, str]:
    return {side["key"]: side["song"] for side in task.sides}


def _preferred(task: StoredTask, answer: Answer) -> str:
    """The song preferred, or the outcome where none is."""
    if answer.outcome is None or not answer.outcome.decided:
        return str(answer.outcome)
    return str(task.sides[0 if answer.outcome is Outcome.FIRST else 1]["song"])


def _by_song(task: StoredTask, values: dict[str, float]) -> dict[str, float]:
    songs = _keys(task)
    return {songs[key]: value for key, value in values.items()}


def _mean_gap(now: dict[str, float], then: dict[str, float]) -> float:
    return sum(abs(value - then[name]) for name, value in now.items()) / len(now)
