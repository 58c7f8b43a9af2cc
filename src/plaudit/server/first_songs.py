"""A few composed songs in an empty server, so that a newcomer sees pages with something on them."""

import shutil
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from plaudit.core.database import reading
from plaudit.core.file import sha256_of
from plaudit.server.database.queue import Wanted, add_job
from plaudit.server.database.schema import LOCAL, Job
from plaudit.server.database.uploads import NewSong, take_in
from plaudit.server.serving import Serving
from plaudit.server.upload import media_type
from plaudit.synth.demo import compose_demo


def send_demo(serving: Serving) -> str | None:
    """Compose songs, queue them as a job, return its id; None where there are jobs already."""
    with reading(serving.engine) as session:
        if session.scalar(select(func.count()).select_from(Job)):
            return None
    with tempfile.TemporaryDirectory(dir=serving.folder.incoming) as composed:
        songs = []
        for path in compose_demo(Path(composed)):
            incoming = serving.folder.incoming / f"demo-{path.name}"
            shutil.move(path, incoming)
            size, kind = incoming.stat().st_size, media_type(incoming)
            songs.append(NewSong(sha256_of(incoming), path.name, size, kind, incoming=incoming))
        keep_s = serving.limits.keep_uploads_s
        take_in(serving.engine, serving.folder, LOCAL, songs, keep_s)
    wanted = [Wanted(song.name, song.sha256, {}) for song in songs]
    return add_job(serving.engine, LOCAL, serving.judges[:1], wanted)
