"""Connections that wait for nobody: a client that is idle, slow or stuck is cut off."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


def impatient(idle_s: float) -> type[H11Protocol]:
    """Return connections that end when a request does not begin, or an answer is not read.

    uvicorn bounds the time between two requests alone: a client that connects and says nothing,
    sends the head of a request byte by byte, or stops reading holds a connection for ever.
    """

    class Connection(H11Protocol):
        """A connection that is cut off after seconds without a request, or without a reader."""

        _until: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Wait for the first request."""
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            """Stop the clock once a request is under way."""
            super().data_received(data)
            if self._answering():
                self._leave()

        def on_response_complete(self) -> None:
            """Wait for the next request."""
            super().on_response_complete()
            if not self._answering():
                self._watch()

        def pause_writing(self) -> None:
            """Wait for a client that does not read."""
            super().pause_writing()
            self._watch()

        def resume_writing(self) -> None:
            """Go on with a client that reads again."""
            super().resume_writing()
            if self._answering():
                self._leave()

        def connection_lost(self, exc: Exception | None) -> None:
            """Stop the clock."""
            super().connection_lost(exc)
            self._leave()

        def _answering(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _watch(self) -> None:
            self._leave()
            self._until = self.loop.call_later(idle_s, self.transport.abort)

        def _leave(self) -> None:
            if self._until is not None:
                self._until.cancel()
                self._until = None

    return Connection
