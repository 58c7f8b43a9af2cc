"""A port is taken, and an application answers at it until Ctrl-C or SIGTERM."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from plaudit.core.errors import InputError
from plaudit.server.connection import impatient
from plaudit.server.limits import Limits

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names by which a browser reaches its own machine."""


def answer(app: ASGIApp, listener: socket.socket, limits: Limits) -> None:
    """Answer requests until Ctrl-C or SIGTERM."""
    with suppress(KeyboardInterrupt):  # which it raises again when all is answered
        web_server(app, limits).run([listener])


def web_server(app: ASGIApp, limits: Limits) -> uvicorn.Server:
    """Return a server that keeps the limits of connections."""
    config = uvicorn.Config(
        app,
        http=impatient(limits.idle_s),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        limit_concurrency=limits.connections,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64 * 1024,
    )
    return uvicorn.Server(config)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take a port, 0 for any that is free; `InputError` where the system refuses it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only where the protocol is named; without, each waits
    # 40 ms for the client to acknowledge its head.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise InputError(
                f"Expected to serve at {host}:{port}, but the system refuses it"
                f" ({error.strerror}); give another --port or --host."
            ) from error
        listener.listen(256)
        yield listener
