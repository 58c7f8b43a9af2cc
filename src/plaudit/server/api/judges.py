"""``/v1/judges``: who judges here, and their cards."""

from fastapi import APIRouter

from plaudit.core.database import reading
from plaudit.core.settings import Record
from plaudit.server.access import Asking, Server
from plaudit.server.refusal import FaultBody, not_found
from plaudit.server.view import JudgeView, judge_views

router = APIRouter(prefix="/v1/judges", tags=["judges"])


class Judges(Record):
    """The judges that are loaded; ``names`` are those that a request may ask for."""

    names: tuple[str, ...]
    judges: tuple[JudgeView, ...]


@router.get("")
def judges(server: Server, _: Asking) -> Judges:
    """List the judges of this server, with their cards."""
    with reading(server.engine) as session:
        views = [view for view in judge_views(session) if view.name in server.judges]
    return Judges(names=server.judges, judges=tuple(views))


@router.get("/{name:path}", responses={404: {"model": FaultBody}})
def judge(name: str, server: Server, _: Asking) -> JudgeView:
    """Return a judge and its card."""
    with reading(server.engine) as session:
        for view in judge_views(session):
            if view.name == name and name in server.judges:
                return view
    raise not_found("judge")
