"""An answer: does it fit its task, was enough heard, is it there already."""

import hashlib
import json
import math

from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import Check, StoredEvent, StoredTask, Vote
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.pairing.check_item import passed
from plaudit.arena.session.errors import AnswerError, ConflictError, TooEarlyError
from plaudit.arena.session.heard import Moment, listening
from plaudit.arena.session.record import Answer, Listening, Receipt
from plaudit.arena.sounds.cut import SAMPLE_RATE

_REASONS = 20  # of one side, at most
_PARTS = ("outcome", "scores", "ratings", "order")
_PART = {"battle": "outcome", "rating": "ratings", "mushra": "scores", "rank": "order"}


def heard(session: Session, task: StoredTask) -> tuple[Listening, ...]:
    """Return how each side of a task was heard so far."""
    columns = (StoredEvent.key, StoredEvent.kind, StoredEvent.position_s, StoredEvent.at)
    query = select(*columns).where(StoredEvent.task == task.id).order_by(StoredEvent.id)
    moments = (Moment(*row) for row in session.execute(query))
    return listening(moments, [side["key"] for side in task.sides])


def needed_s(test: ListeningTest, task: StoredTask) -> float:
    """Return the seconds of each side that must be heard: the gate, or nearly all of less."""
    return min(test.listening.gate_s, 0.9 * task.n_frames / SAMPLE_RATE)


def check_answer(test: ListeningTest, task: StoredTask, answer: Answer) -> None:
    """Raise `AnswerError` where an answer does not fit its task."""
    part = _PART[task.kind]
    given = {name for name in _PARTS if getattr(answer, name) not in (None, {}, ())}
    if given != {part}:
        came = ", ".join(sorted(given)) or "nothing"
        raise AnswerError(f"Expected {part} for this {task.kind}, got {came}; answer it alone.")
    keys = {side["key"] for side in task.sides}
    answered = {side["key"] for side in task.sides if side["role"] != "reference"}
    if task.kind == "rating":
        _check_numbers(answer.ratings, set(test.tasks.axes), 1, len(test.tasks.scale))
        if any(value != round(value) for value in answer.ratings.values()):
            raise AnswerError("Expected whole ratings; give one of the labels.")
    elif task.kind == "mushra":
        _check_numbers(answer.scores, answered, 0, 100)
    elif task.kind == "rank" and (set(answer.order) != answered or len(answer.order) != len(keys)):
        raise AnswerError("Expected each song once in the order; put all of them in order.")
    for key, reasons in answer.reasons.items():
        known = key in keys and set(reasons) <= set(test.tasks.reasons)
        if not known or len(reasons) > _REASONS:
            raise AnswerError("Expected reasons of this test for sides of this task; choose again.")


def _check_numbers(values: dict[str, float], names: set[str], low: float, high: float) -> None:
    if set(values) != names:
        raise AnswerError(f"Expected {len(names)} numbers, one each; answer all of them.")
    if not all(math.isfinite(value) and low <= value <= high for value in values.values()):
        raise AnswerError(f"Expected numbers from {low} to {high}; choose within them.")


def store_answer(
    session: Session, test: ListeningTest, task: StoredTask, answer: Answer, now: float
) -> Receipt:
    """Store an answer, or acknowledge the same again; the task's row is held by the caller.

    Raises
    ------
    AnswerError
        It does not fit the task.
    TooEarlyError
        Not enough of some side was heard.
    ConflictError
        Another answer is there.
    """
    content = answer.model_dump(mode="json")
    text = json.dumps(content, sort_keys=True)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    there = session.get(Vote, task.id)
    if there is not None:
        if there.digest != digest:
            raise ConflictError(
                "This task has an answer already, and it stays; go on to the next task."
            )
        return Receipt(task=task.id, received=there.received, again=True)
    check_answer(test, task, answer)
    sides = heard(session, task)
    least = min(side.seconds for side in sides)
    if least < needed_s(test, task):
        raise TooEarlyError(
            f"Expected {needed_s(test, task):.1f} s of each side to be heard, got {least:.1f} s of"
            " one; listen on."
        )
    del content["nonce"]
    vote = Vote(
        task=task.id,
        received=now,
        digest=digest,
        outcome=None if answer.outcome is None else answer.outcome.value,
        answer=content,
        listening=[side.model_dump() for side in sides],
    )
    session.add(vote)
    if task.planted is not None:
        session.flush()
        former = None if task.repeats is None else _former(session, task.repeats)
        good = passed(task, answer, former, test)
        session.add(Check(task=task.id, kind=task.planted, passed=good))
    return Receipt(task=task.id, received=now, again=False)


def _former(session: Session, task: str) -> tuple[StoredTask, Answer] | None:
    row = session.get(StoredTask, task)
    vote = session.get(Vote, task)
    if row is None or vote is None:
        return None
    return row, Answer.model_validate({**vote.answer, "nonce": "of before"})
