"""A worker: a process that opens the encoder once and embeds one song after another.

On a GPU segments of several songs are encoded together. An error of a song is its outcome, and the
worker goes on. Anything else (a device that failed, a fault in the code) ends the worker: its songs
go to a fresh process, so a song that broke something does not harm the next.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import Segment, SegmentRule
from plaudit.core.errors import PlauditError
from plaudit.core.note import Note, error_note
from plaudit.core.pool import prepare_worker
from plaudit.embeddings.extract.encoder_source import EncoderSource, OpenEncoder
from plaudit.embeddings.extract.reader import FileState, SongReader
from plaudit.embeddings.store.writer import as_float16
from plaudit.encoders.gathered import GatheredSong, encode_songs, segments_ahead


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
    number = -1
    try:
        encoder = source.open()
        pipe.send(Answer(-1, Note(type="ready", message="")))
        songs = _received(pipe, encoder, rule, readers)
        for gathered in encode_songs(songs, encoder.encoder, encoder.encode):
            number, task, reader = gathered.song
            pipe.send(Answer(number, _outcome(gathered, task, reader)))
    except Exception as error:  # noqa: BLE001 - sent to the parent, which starts another worker
        text = " ".join(str(error).split())
        pipe.send(Answer(number, Note(type=type(error).__name__, message=text), last=True))


def song_embedder(source: EncoderSource, rule: SegmentRule) -> Callable[[Task], Outcome]:
    """Open an encoder, and return what embeds a song with it; what a worker on a cluster runs."""
    encoder = source.open()

    def embed(task: Task) -> Outcome:
        reader = _reader(encoder, task, rule)
        songs = [(task, _segments(reader))]
        (gathered,) = encode_songs(songs, encoder.encoder, encoder.encode)
        return _outcome(gathered, task, reader)

    return embed


def _received(
    pipe: Connection, encoder: OpenEncoder, rule: SegmentRule, readers: int
) -> Iterator[tuple[tuple[int, Task, SongReader], Iterator[Segment]] | None]:
    """Yield songs as they come, some read ahead; None where none is at hand."""
    waiting: deque[tuple[int, Task, SongReader]] = deque()
    open_for_more = True
    while True:
        if not waiting and open_for_more and not pipe.poll():
            yield None  # what is gathered is answered, for the parent may wait for that
        # Take what is there, and wait only with nothing to do.
        while open_for_more and len(waiting) <= readers and (not waiting or pipe.poll()):
            message = pipe.recv()
            if message is None:
                open_for_more = False
                break
            number, task = message
            waiting.append((number, task, _reader(encoder, task, rule)))
        if not waiting:
            return
        song = waiting.popleft()
        yield song, _segments(song[2])


def _reader(encoder: OpenEncoder, task: Task, rule: SegmentRule) -> SongReader:
    rate, ahead = encoder.encoder.spec.sample_rate, segments_ahead(encoder.encoder)
    return SongReader(task.path, task.state, task.sha256, rate, rule, task.max_s, ahead=ahead)


def _segments(reader: SongReader) -> Iterator[Segment]:
    try:
        yield from reader.segments
    finally:
        reader.segments.stop()


def _outcome(gathered: GatheredSong[Any], task: Task, reader: SongReader) -> Outcome:
    """Return the outcome of a song; an error that is not the song's is raised."""
    try:
        if gathered.error is not None:
            raise gathered.error
        values = as_float16(np.concatenate(gathered.means), str(task.path))
    except (PlauditError, OSError) as error:
        return error_note(error)
    spans = [(s.start_s, s.end_s, s.music_s) for s in gathered.segments]
    start_s, end_s, music_s = np.array(spans, dtype=np.float64).T
    warnings = tuple(note.type for note in reader.warnings)
    return Embedded(values, start_s, end_s, music_s, warnings)
