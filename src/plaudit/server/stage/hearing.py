"""A task: its page, its JSON, what the player did, the answer, and what was behind the songs."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from plaudit.arena.definition.record import FROM_BEST, ONE_TO_FIVE
from plaudit.arena.session.record import Answer, Event, Finished, Receipt, Revealed, Task
from plaudit.core.settings import Record
from plaudit.server.stage.frame import language_of, page
from plaudit.server.stage.staging import Id, Known, Stage, Voter

router = APIRouter(include_in_schema=False)
_STANDARDS: dict[tuple[str, ...], str] = {ONE_TO_FIVE: "acr", FROM_BEST: "dcr"}


class Played(Record):
    """What the player did since it last said something."""

    events: Annotated[tuple[Event, ...], Field(max_length=200)]


class Heard(Record):
    """Seconds of each side that the server has seen played, by key."""

    seconds: dict[str, float]


class Shown(Record):
    """What was behind the sounds of a task, as far as the test says it."""

    sides: tuple[Revealed, ...]


@router.get("/task")
def task_page(request: Request, stage: Stage, visitor: Known) -> Response:
    """Show the open task; after a reload, in a second tab and after going back it is the same."""
    if visitor is None:
        return RedirectResponse("/", 303)
    if not visitor.checked:
        return RedirectResponse("/check", 303)
    task = stage.room.next(visitor.voter)
    if isinstance(task, Finished):
        return RedirectResponse("/done", 303)
    say = language_of(request).say
    axes = [axis_text(stage, say, axis) for axis in task.axes]
    return page(
        request,
        f"{task.kind}.html.j2",
        task=task,
        axes=axes,
        reasons=[axis_text(stage, say, reason) for reason in stage.room.test.tasks.reasons],
        scale=scale_labels(stage, say, task),
        options=stage.room.test.listening,
        words={part: say[part] for part in ("task", "loop", "rank", "reveal", "mushra", "fault")},
    )


def axis_text(stage: Stage, say: dict[str, Any], axis: str) -> dict[str, str]:
    """Return how an axis is called and asked for; one of the test's own stands as it is."""
    known = say["axes"].get(axis, {"name": axis.replace("_", " "), "question": ""})
    own = stage.room.test.tasks.questions.get(axis)
    return {"axis": axis, **known, **({"question": own} if own else {})}


def scale_labels(stage: Stage, say: dict[str, Any], task: Task) -> list[str]:
    """Return the labels of a scale, the worst first; a standard's in the voter's language."""
    own = stage.room.test.tasks.scale
    standard = "mushra" if task.kind == "mushra" else _STANDARDS.get(own)
    return list(say["scale"][standard]) if standard else list(own)


@router.get("/v1/task")
def task(stage: Stage, voter: Voter) -> Task | Finished:
    """Return the open task, or that there is none any more."""
    return stage.room.next(voter)


@router.post("/v1/tasks/{task}/events")
def listen(task: Id, played: Played, stage: Stage, voter: Voter) -> Heard:
    """Take what the player did; say how long each side was heard by the server's clock."""
    heard = stage.room.listen(voter, task, played.events)
    return Heard(seconds={side.key: side.seconds for side in heard})


@router.post("/v1/tasks/{task}/answer")
def answer(task: Id, given: Answer, stage: Stage, voter: Voter) -> Receipt:
    """Take an answer once; the same one again is acknowledged again."""
    return stage.room.answer(voter, task, given)


@router.get("/v1/tasks/{task}/reveal")
def reveal(task: Id, stage: Stage, voter: Voter) -> Shown:
    """Say what was behind the sounds of a task that is answered."""
    return Shown(sides=tuple(stage.room.reveal(voter, task)))
