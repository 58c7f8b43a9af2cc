"""Segments of a song, read on a thread of their own in bounded memory.

Decoding releases the interpreter lock, so a song is read while an encoder works on another one. It
does so for every frame of the file, thousands of times a song, and each time the two threads take
turns: beside a quick encoder that is a good part of the processor time, which one thread saves.
"""

import queue
import threading
from collections.abc import Generator, Iterator

from plaudit.audio.segment import Segment

_LEAST_QUEUED = 4  # 30 s of 24 kHz float32 are 2.9 MB each
_POLL_S = 0.2


class ReadAhead:
    """Runs a generator of segments on a thread of its own, a few segments ahead; iterate once.

    ``ahead`` is how many segments are taken at a time, where that is more than a few. With 0 there
    is no thread: a segment is read when it is taken.
    """

    def __init__(self, segments: Generator[Segment], ahead: int = 1) -> None:
        self._segments = segments
        self._queue: queue.Queue[Segment | BaseException | None] = queue.Queue(
            max(_LEAST_QUEUED, ahead)
        )
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        if ahead:
            self._thread = threading.Thread(target=self._run, name="plaudit-reader", daemon=True)
            self._thread.start()

    def __iter__(self) -> Iterator[Segment]:
        """Yield segments in order; raise what the generator raised."""
        if self._thread is None:
            yield from self._segments
            return
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def stop(self) -> None:
        """Stop reading; safe at any time."""
        self._stopped.set()
        if self._thread is None:
            self._segments.close()
        else:
            self._thread.join()

    def _run(self) -> None:
        try:
            for segment in self._segments:
                if not self._put(segment):
                    self._segments.close()
                    return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._put(error)

    def _put(self, item: Segment | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False
