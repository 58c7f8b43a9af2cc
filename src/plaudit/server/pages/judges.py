"""Pages of the judges: who judges here, and each card in plain words."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from plaudit.core.axes import ANY_AXIS
from plaudit.core.database import reading
from plaudit.reports.look.judge_card import METRIC_HEADER, card_facts
from plaudit.reports.songs.column import drawn
from plaudit.reports.songs.page import card_view
from plaudit.server.access import Asking, Server
from plaudit.server.pages.frame import judges_of, page
from plaudit.server.refusal import not_found

router = APIRouter(prefix="/judges", include_in_schema=False)


@router.get("")
def judges(request: Request, server: Server, _: Asking) -> Response:
    """List the judges of this server."""
    with reading(server.engine) as session:
        found = judges_of(session, server)
    return page(request, "judges.html.j2", judges=found, named=server.judges)


@router.get("/{name:path}")
def judge(name: str, request: Request, server: Server, _: Asking) -> Response:
    """Show the card of a judge."""
    with reading(server.engine) as session:
        found = next((own for own in judges_of(session, server) if own.name == name), None)
    if found is None:
        raise not_found("judge")
    return page(
        request,
        "judge.html.j2",
        judge=found,
        card=card_view(found.card),
        facts=[*card_facts(found.card), ("judge hash", found.hash)],
        metric_header=METRIC_HEADER,
        axes=[drawn(ANY_AXIS[axis], found.card, ()) for axis in found.card.score_names],
    )
