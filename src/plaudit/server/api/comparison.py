"""``POST /v1/compare`` and ``/v1/rank``: songs beside each other.

The numbers are those of `plaudit.judging.comparison` and `plaudit.judging.ranking`, from the rows
that are kept: the command line gives the same. Where songs are not scored yet, the answer is the
job that scores them (202), and the same request again, once it has ended, is answered.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.core.errors import InputError
from plaudit.core.parse import parse_json
from plaudit.core.settings import Record, nearest, read_record
from plaudit.judging.comparison import SURE, Comparison, compare_rows
from plaudit.judging.ranking import PREFERENCE, WAYS, RankedSong, rank_rows
from plaudit.judging.record import SongFailure, SongScores
from plaudit.server.access import Caller, Reading, Server
from plaudit.server.api.score import (
    CONDITIONS,
    check_own,
    check_queue,
    form_conditions,
    is_json,
    known_judges,
    read_body,
    take_in_form,
)
from plaudit.server.api.scored import UnscoredError, job_for, loaded_judge, rows_for
from plaudit.server.condition import Conditions, check_needs, given_of
from plaudit.server.database.keys import SCORE
from plaudit.server.database.queue import Wanted
from plaudit.server.refusal import FaultBody, RefusalError
from plaudit.server.serving import Serving
from plaudit.server.upload import Form, received
from plaudit.server.view import JobView

router = APIRouter(
    prefix="/v1",
    tags=["compare"],
    responses={code: {"model": FaultBody} for code in (404, 409, 422)},
)
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Sure = Annotated[float, Field(gt=0.5, lt=1)]


R = TypeVar("R", "Pair", "Takes")
A = TypeVar("A", Comparison, "Ranking")


class Pair(Conditions):
    """Two songs by their content; the judge is the first of the server by default."""

    first: Hash
    second: Hash
    judge: str | None = None
    sure: Sure = SURE


class Take(Conditions):
    """A song to rank, within its group; what it is to answer stands before what all are to."""

    sha256: Hash
    group: str | None = Field(default=None, max_length=500)


class Takes(Conditions):
    """Songs to rank, and how many of each group to keep."""

    songs: tuple[Take, ...] = Field(min_length=1, max_length=2000)
    judge: str | None = None
    by: str = Field(default=PREFERENCE, json_schema_extra={"enum": list(WAYS)})
    keep: int | None = Field(default=None, ge=1)
    sure: Sure = SURE


class Ranking(Record):
    """Songs in order, best first, group after group; then those that could not be judged."""

    songs: tuple[RankedSong, ...]
    failures: tuple[SongFailure, ...] = ()


_PARTS = "#/components/schemas/{model}"


def _body(record: type[Record], n_files: dict[str, int], own: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a body: a record as JSON, or a form with files."""
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, **n_files}
    fields = {"files": files, "judge": {"type": "string"}, "sure": {"type": "number"}, **own}
    form = {"type": "object", "required": ["files"], "properties": fields | CONDITIONS}
    content = {
        "application/json": {"schema": record.model_json_schema(ref_template=_PARTS)},
        "multipart/form-data": {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}


_LATER: dict[int | str, dict[str, Any]] = {
    **{code: {"model": FaultBody} for code in (400, 408, 413, 415, 503, 507)},
    202: {"model": JobView, "description": "The job that scores what is not scored yet."},
}


@router.post(
    "/compare",
    response_model=Comparison,
    responses=_LATER,
    openapi_extra=_body(Pair, {"minItems": 2, "maxItems": 2}, {}),
)
async def compare(request: Request, server: Server, caller: Reading) -> Comparison | Response:
    """Say which of two songs people prefer, and how sure that is.

    Songs by their SHA-256 (JSON), or two ``files`` (a form). 202 with a job where they are not
    scored yet: once it has ended, send the same request again.
    """

    def of_form(form: Form) -> dict[str, Any]:
        if len(form.files) != 2:
            text = "Expected two files in the field 'files': the first song, and the second."
            raise RefusalError(422, "NoSongs", text)
        first, second = form.files
        return {"first": first.sha256, "second": second.sha256}

    pair = await _asked(request, server, caller, Pair, of_form)
    return await asyncio.to_thread(
        _now_or_later, server, caller, lambda: compared(server, caller, pair)
    )


@router.post(
    "/rank",
    response_model=Ranking,
    responses=_LATER,
    openapi_extra=_body(
        Takes,
        {"minItems": 1},
        {
            "groups": {"type": "array", "items": {"type": "string"}},
            "by": {"type": "string", "enum": list(WAYS)},
            "keep": {"type": "integer", "minimum": 1},
        },
    ),
)
async def rank(request: Request, server: Server, caller: Reading) -> Ranking | Response:
    """Put songs in order, with the range of places that each may have.

    Songs by their SHA-256 (JSON), or ``files`` (a form), with a field ``groups`` for each where
    they have groups. 202 with a job where they are not scored yet: once it has ended, send the
    same request again. A song that cannot be judged stands in ``failures``.
    """

    def of_form(form: Form) -> dict[str, Any]:
        groups = form.texts.get("groups", [None] * len(form.files))
        if not form.files or len(groups) != len(form.files):
            text = "Expected files in the field 'files', and one of 'groups' for each or none."
            raise RefusalError(422, "NoSongs", text)
        songs = zip(form.files, groups, strict=True)
        return {"songs": tuple({"sha256": file.sha256, "group": group} for file, group in songs)}

    takes = await _asked(request, server, caller, Takes, of_form)
    return await asyncio.to_thread(
        _now_or_later, server, caller, lambda: ranking(server, caller, takes)
    )


async def _asked(
    request: Request,
    server: Serving,
    caller: Caller,
    record: type[R],
    of_form: Callable[[Form], Mapping[str, Any]],
) -> R:
    """Read what is asked; the files of a form are taken in."""
    if is_json(request):
        return await read_body(request, record)
    caller.check(SCORE)
    await asyncio.to_thread(check_queue, server)
    async with received(request, server) as form:
        fields = {name: texts[0] for name, texts in form.texts.items() if name in _PLAIN}
        fields |= {name: _number(text) for name, text in fields.items() if name in _NUMBERS}
        values = {**fields, **form_conditions(form).model_dump(), **of_form(form)}
        asked = read_record(record, values, "the form")
        judges = known_judges(server, () if asked.judge is None else (asked.judge,))
        await asyncio.to_thread(take_in_form, server, caller.owner, form, asked, judges)
        return asked


_NUMBERS = ("sure", "keep")
_PLAIN = ("judge", "by", *_NUMBERS)


def _number(text: str) -> Any:
    try:
        return parse_json(text)
    except InputError:
        return text  # the record says that it is none


def _now_or_later(server: Serving, caller: Caller, make: Callable[[], A]) -> A | Response:
    try:
        return make()
    except UnscoredError as missing:
        job = job_for(server, caller, missing)
        there = {"Location": f"/v1/jobs/{job.id}", "Retry-After": "1"}
        return JSONResponse(job.model_dump(mode="json"), 202, there)


def compared(server: Serving, caller: Caller, pair: Pair, *, newest: bool = False) -> Comparison:
    """Return the comparison of two songs of a caller; of their ``newest`` rows on pages."""
    with reading(server.engine) as session:
        judge = loaded_judge(session, server, pair.judge)
        takes = [Take(sha256=sha256) for sha256 in (pair.first, pair.second)]
        wanted = _wanted(session, server, caller, pair, takes, judge.name, newest=newest)
        rows = rows_for(session, caller, judge, wanted, newest=newest)
        for row in rows:
            if isinstance(row, SongFailure):
                raise RefusalError(422, "NotJudged", row.error.message)
        first, second = (row for row in rows if isinstance(row, SongScores))
        return compare_rows(first, second, coverage=judge.coverage, sure=pair.sure)


def ranking(server: Serving, caller: Caller, takes: Takes, *, newest: bool = False) -> Ranking:
    """Return the ranking of songs of a caller; of their ``newest`` rows on pages."""
    if takes.by not in WAYS:
        text = f"There is no way to rank '{takes.by[:100]}'; {nearest(takes.by[:100], WAYS)}"
        raise RefusalError(422, "NoWay", text)
    hashes = [take.sha256 for take in takes.songs]
    if len(set(hashes)) < len(hashes):
        raise RefusalError(422, "Twice", "A song is named twice; name each song once.")
    with reading(server.engine) as session:
        judge = loaded_judge(session, server, takes.judge)
        wanted = _wanted(session, server, caller, takes, takes.songs, judge.name, newest=newest)
        rows = rows_for(session, caller, judge, wanted, newest=newest)
    judged = [(row, take.group or "") for row, take in zip(rows, takes.songs, strict=True)
              if isinstance(row, SongScores)]  # fmt: skip
    grouped = any(take.group is not None for take in takes.songs)
    ranked = rank_rows(
        [row for row, _ in judged],
        coverage=judge.coverage,
        by=takes.by,
        keep=takes.keep,
        groups=[group for _, group in judged] if grouped else None,
        sure=takes.sure,
    )
    failures = tuple(row for row in rows if isinstance(row, SongFailure))
    return Ranking(songs=tuple(ranked), failures=failures)


def _wanted(
    session: Session,
    server: Serving,
    caller: Caller,
    of_all: Conditions,
    takes: Sequence[Take],
    judge: str,
    *,
    newest: bool,
) -> list[Wanted]:
    """Return songs with what each is to answer."""
    wanted = []
    for take in takes:
        given = given_of(server, of_all) | given_of(server, take)
        if not newest:
            check_needs(session, (judge,), given)
        if "reference" in given:
            check_own(session, caller.owner, given["reference"])
        wanted.append(Wanted(take.sha256, take.sha256, given))
    return wanted
