"""What every request passes first: its size and time, its host and origin, a number, a log line.

It stands around the whole application, so that no answer leaves without the headers of `HEADERS`,
and an error that nobody foresaw is answered and logged in one place.
"""

import asyncio
import logging
import secrets
import time
from typing import Any

from fastapi import FastAPI, Request
from starlette.types import Message, Receive, Scope, Send

from plaudit.server.access import check_origin
from plaudit.server.header import HEADERS
from plaudit.server.log import REQUESTS
from plaudit.server.refusal import RefusalError
from plaudit.server.serving import Bounded

_MB = 1_000_000
# Probes are asked by address; what a page of an error is made of tells nobody anything.
_OPEN = ("/healthz", "/readyz", "/assets/")
_log = logging.getLogger(REQUESTS)


class Body:
    """The body of a request as it comes in, stopped at the first byte or second beyond a limit."""

    def __init__(self, scope: Scope, receive: Receive, serving: Bounded) -> None:
        self._receive, self._limits = receive, serving.limits
        self._deadline = time.monotonic() + serving.limits.request_s
        self._stated = Request(scope).headers.get("content-length", "")
        self._mb, self._n_bytes, self._whole = serving.limits.body_mb, 0, False

    def expect_songs(self) -> None:
        """Let the body be as large as songs may be; `RefusalError` where it says to be larger."""
        self._mb = self._limits.request_mb
        if self._stated.isdecimal():
            self._check(int(self._stated[:20]))

    async def receive(self) -> Message:
        """Receive the next part."""
        if self._whole:  # what comes now is the end of the connection
            return await self._receive()
        left = self._deadline - time.monotonic()
        try:
            async with asyncio.timeout(max(0, left)):
                message = await self._receive()
        except TimeoutError as error:
            text = f"The request did not arrive within {self._limits.request_s:g} s; send less."
            raise RefusalError(408, "TooSlow", text) from error
        self._whole = not message.get("more_body", False)
        self._n_bytes += len(message.get("body", b""))
        self._check(self._n_bytes)
        return message

    def _check(self, n_bytes: int) -> None:
        if n_bytes > self._mb * _MB:
            text = f"This request may have at most {self._mb:g} MB; send less at a time."
            raise RefusalError(413, "TooBig", text)


def body_of(request: Request) -> Body:
    """Return the body of a request."""
    body: Body = request.scope["plaudit.body"]
    return body


class Front:
    """The application with what stands before it."""

    def __init__(self, app: FastAPI, serving: Bounded) -> None:
        self._app, self._serving = app, serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        number, began, status = secrets.token_hex(8), time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*_headers(message, number)]
            await send(message)

        body = scope["plaudit.body"] = Body(scope, receive, self._serving)
        fault: Exception | None = None
        try:
            if not scope["path"].startswith(_OPEN):
                check_origin(Request(scope), self._serving)
            await self._app(scope, body.receive, answer)
        except RefusalError as error:
            scope["app"] = self._app
            request = Request(scope, receive)
            refusal = await self._app.state.answer(request, error.status, error.type, error.message)
            await refusal(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - it was answered with a sentence
            fault = error
        finally:
            _log_request(scope, number, status, time.perf_counter() - began, fault)


def _headers(message: Message, number: str) -> list[tuple[bytes, bytes]]:
    given = list(message.get("headers", []))
    there = {name.lower() for name, _ in given}
    ours = {**HEADERS, "X-Request-Id": number}
    return given + [
        (name.lower().encode(), value.encode())
        for name, value in ours.items()
        if name.lower().encode() not in there
    ]


def _log_request(
    scope: Scope, number: str, status: int, took_s: float, fault: Exception | None
) -> None:
    """Log a request: no path, which holds names, and no address."""
    route: Any = scope.get("route")
    fields = {
        "method": scope["method"],
        "route": getattr(route, "path", "-"),
        "status": status,
        "ms": round(took_s * 1000, 1),
        "id": number,
    }
    level = logging.INFO if fault is None else logging.ERROR
    _log.log(level, " ".join(map(str, fields.values())), extra={"fields": fields}, exc_info=fault)
