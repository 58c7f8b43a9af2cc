"""A worker: a process that opens the encoder once and embeds one song after another.

An error of a song is its outcome, and the worker goes on. Anything else (a device that failed, a
fault in the code) ends the worker: its songs go to a fresh process, so a song that broke something
does not harm the next.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import Segment, SegmentRule
from plaudit.core.errors import PlauditError
from plaudit.core.note import Note, error_note
from plaudit.core.pool import prepare_worker
from plaudit.embeddings.extract.encoder_source import EncoderSource, OpenEncoder
from plaudit.embeddings.extract.reader import FileState, SongReader
from plaudit.embeddings.store.writer import as_float16


@dataclass(frozen=True)
class Task:
    """A song to embed: an audio file whose content was hashed when it was in this state."""

    song_id: str
    path: Path
    state: FileState
    sha256: str
    key: str
    max_s: float | None = None  #: Longest song that is taken, in seconds.


@dataclass(frozen=True, eq=False)
class Embedded:
    """A song's segments."""

    values: NDArray[np.float16]  #: (n_segments, n_layers, dim).
    #: (n_segments,) where each begins, where its audio ends, and how much of it sounds; seconds.
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    music_s: NDArray[np.float64]
    #: Types of the notes on the song (`plaudit.audio.check`), such as "partial_decode".
    warnings: tuple[str, ...]


Outcome = Embedded | Note


@dataclass(frozen=True)
class Answer:
    """A message of a worker: the outcome of the task of this number, or why it has to end."""

    number: int
    outcome: Outcome
    last: bool = False


def work(pipe: Connection, source: EncoderSource, rule: SegmentRule, readers: int) -> None:
    """Answer tasks until None comes, reading some songs ahead; what a process of the crew runs.

    The pipe gives ``(number, Task)`` or None and takes `Answer`; the first answer is "ready".
    """
    prepare_worker()
    waiting: deque[tuple[int, Task, SongReader]] = deque()
    number, open_for_more = -1, True
    try:
        encoder = source.open()
        pipe.send(Answer(-1, Note(type="ready", message="")))
        while True:
            # Take what is there, and wait only with nothing to do.
            while open_for_more and len(waiting) <= readers and (not waiting or pipe.poll()):
                message = pipe.recv()
                if message is None:
                    open_for_more = False
                    break
                number, task = message
                rate = encoder.encoder.spec.sample_rate
                reader = SongReader(task.path, task.state, task.sha256, rate, rule, task.max_s)
                waiting.append((number, task, reader))
            if not waiting:
                return
            number, task, reader = waiting.popleft()
            pipe.send(Answer(number, _embed(encoder, task, reader)))
    except Exception as error:  # noqa: BLE001 - sent to the parent, which starts another worker
        text = " ".join(str(error).split())
        pipe.send(Answer(number, Note(type=type(error).__name__, message=text), last=True))


def song_embedder(source: EncoderSource, rule: SegmentRule) -> Callable[[Task], Outcome]:
    """Open an encoder, and return what embeds a song with it; what a worker on a cluster runs."""
    encoder = source.open()
    rate = encoder.encoder.spec.sample_rate

    def embed(task: Task) -> Outcome:
        reader = SongReader(task.path, task.state, task.sha256, rate, rule, task.max_s)
        return _embed(encoder, task, reader)

    return embed


def _embed(encoder: OpenEncoder, task: Task, reader: SongReader) -> Outcome:
    try:
        return _embed_song(encoder, reader, str(task.path))
    except (PlauditError, OSError) as error:
        return error_note(error)
    finally:
        reader.segments.stop()


def _embed_song(encoder: OpenEncoder, reader: SongReader, where: str) -> Embedded:
    """Embed a song, in batches that depend on the song alone."""
    means: list[NDArray[np.float16]] = []
    spans: list[tuple[float, float, float]] = []
    batch: list[Segment] = []

    def encode() -> None:
        if batch:
            layer_means = encoder.encode(np.stack([segment.samples for segment in batch]))
            means.append(as_float16(layer_means, where))
            spans.extend((s.start_s, s.end_s, s.music_s) for s in batch)
            batch.clear()

    for segment in reader.segments:
        batch.append(segment)
        if len(batch) == encoder.encoder.batch_size:
            encode()
    encode()
    start_s, end_s, music_s = np.array(spans, dtype=np.float64).T
    warnings = tuple(note.type for note in reader.warnings)
    return Embedded(np.concatenate(means), start_s, end_s, music_s, warnings)
