"""Every limit of the server, in one place; ``plaudit serve --show-limits`` prints them."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from plaudit.core.parse import read_text
from plaudit.core.settings import Record, read_record, read_toml

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class Limits(Record):
    """What a client may cost. Sizes are in MB (1,000,000 bytes), times in seconds."""

    song_mb: Positive = 200  #: Size of one song.
    request_mb: Positive = 2000  #: Size of one request with all its songs.
    body_mb: Positive = 1  #: Size of a request without songs.
    request_s: Positive = 600  #: Time in which a request has to have arrived whole.
    songs_per_request: Count = 500  #: Songs of one job.
    song_s: Positive = 3600  #: Length of a song.
    text_chars: Count = 20_000  #: Length of a prompt or of lyrics.
    queue_songs: Count = 5000  #: Songs that wait; then 503 with Retry-After.
    requests_per_minute: Count = 600  #: Per key, or per address where keys are off.
    idle_s: Positive = 30  #: Time for a request to begin, and for a client to read on.
    connections: Count = 1000  #: Connections at a time; then 503.
    streams: Count = 100  #: Live streams of progress at a time.
    judging_s: Positive = 1800  #: Time for one song by all judges.
    job_s: Positive = 86_400  #: Work on one job; its songs that still wait then become errors.
    worker_mb: Positive = 8000  #: Memory of a worker; above it, it is ended.
    keep_uploads_s: Positive = 30 * 86_400  #: After this time an upload is removed.
    data_mb: Positive = 50_000  #: Size of all uploads together.
    free_mb: Positive = 500  #: Disk that has to stay free.


def read_limits(path: Path | None) -> Limits:
    """Return the limits of a TOML file, or the defaults; an unknown one is an `InputError`."""
    if path is None:
        return Limits()
    return read_record(Limits, read_toml(read_text(path), str(path)), str(path))


def limits_text(limits: Limits) -> str:
    """Return limits as the TOML that `read_limits` reads."""
    return "".join(f"{name} = {value:g}\n" for name, value in limits.model_dump().items())
