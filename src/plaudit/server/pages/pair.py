"""Two songs beside each other: heard at one loudness, with the chance that one is preferred."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from plaudit.core.axes import ANY_AXIS
from plaudit.core.database import reading
from plaudit.judging.comparison import Comparison
from plaudit.reports.look.wording import safe_text, score_text
from plaudit.reports.songs.comparison import verdict_text
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.api.comparison import Pair, compared
from plaudit.server.database.uploads import own_song
from plaudit.server.pages.frame import page
from plaudit.server.pages.picked import Hash, JudgeName, choices
from plaudit.server.refusal import not_found
from plaudit.server.serving import Serving
from plaudit.server.view import SongView, song_view

router = APIRouter(include_in_schema=False)
_TITLES = {
    "first": "A is expected to be preferred",
    "second": "B is expected to be preferred",
    "cannot tell": "The judge cannot tell these two apart",
}


@dataclass(frozen=True)
class Reason:
    """One axis of two songs; a bar runs from ``x`` for ``width``, to A's side or to B's."""

    axis: str
    family: str
    first: str
    second: str
    difference: str
    part: str
    side: str
    x: str
    width: str


@router.get("/compare")
def compare(
    request: Request,
    server: Server,
    caller: Asking,
    song: Annotated[list[Hash], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies it
    judge: JudgeName = "",
) -> Response:
    """Compare two songs, or ask which."""
    chosen = list(dict.fromkeys(song))[:2]
    if len(chosen) < 2:
        with reading(server.engine) as session:
            songs = choices(session, server, caller, judge)
        return page(request, "pair_choice.html.j2", songs=songs, chosen=chosen, judge=judge)
    comparison = compared(
        server, caller, Pair(first=chosen[0], second=chosen[1], judge=judge or None)
    )
    return page(
        request,
        "pair.html.j2",
        sounding=True,
        comparison=comparison,
        title=_TITLES[comparison.verdict],
        sentence=verdict_text(comparison),
        chance=_chance(comparison),
        reasons=_reasons(comparison),
        sides=[_side(server, caller, sha256) for sha256 in chosen],
        chosen=chosen,
        judge=judge,
    )


def _side(server: Serving, caller: Caller, sha256: str) -> SongView:
    with reading(server.engine) as session:
        found = own_song(session, caller.owner, sha256)
        if found is None:
            raise not_found("song")
        return song_view(*found, ())


@dataclass(frozen=True)
class Chance:
    """Places on a strip from surely A to surely B; no interval where the chance has none."""

    x: str
    low: str
    high: str
    unsure: str
    unsure_width: str


def _chance(comparison: Comparison) -> Chance | None:
    """Return the chance as places; None where the judge gives none."""
    if comparison.probability is None:
        return None

    def place(probability: float | None) -> str:
        return "" if probability is None else f"{100 * (1 - probability):.1f}%"

    return Chance(
        x=place(comparison.probability),
        low=place(comparison.probability_low),
        high=place(comparison.probability_high),
        unsure=place(comparison.sure),
        unsure_width=f"{100 * (2 * comparison.sure - 1):.1f}%",
    )


def _reasons(comparison: Comparison) -> list[Reason]:
    """Return the axes; bars are in percent of a strip with A at its left and B at its right."""
    most = max((abs(part.part) for part in comparison.axes if part.part is not None), default=0.0)
    reasons = []
    for part in comparison.axes:
        length = 0.0 if part.part is None or not most else 48 * abs(part.part) / most
        first = part.part is not None and part.part > 0
        reasons.append(
            Reason(
                axis=safe_text(part.axis).replace("_", " "),
                family=ANY_AXIS[part.axis].family,
                first=score_text(part.axis, part.first),
                second=score_text(part.axis, part.second),
                difference=_signed(part.axis, part.difference),
                part="" if part.part is None else f"{part.part:+.2f}".replace("-", "−"),
                side="" if part.part is None else "for A" if first else "for B",
                x=f"{50 - length if first else 50:.1f}%",
                width=f"{length:.1f}%",
            )
        )
    return reasons


def _signed(axis: str, value: float) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "") + score_text(axis, abs(value))
