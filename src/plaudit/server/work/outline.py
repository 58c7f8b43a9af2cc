"""The process that makes what a page shows of a song: its outline, its loudness, a small MP3.

It is not the judge's process: a page waits for a picture, and no score waits for it.
"""

import logging
import math
import time
from typing import Any

from sqlalchemy import Engine, select, update

from plaudit.audio.decode import Decoder
from plaudit.audio.integrated import LoudnessMeter
from plaudit.audio.preview import preview
from plaudit.core.database import reading, writing
from plaudit.core.file import write_atomic
from plaudit.server.database.schema import FAILED, StoredSong
from plaudit.server.work.order import Order
from plaudit.server.work.process import IDLE_S, begin, say_ready

WANTED, MAKING, MADE = "wanted", "making", "made"
_POINTS = 1000  # of an outline

_log = logging.getLogger(__name__)


def run_outliner(order: Order, worker: str) -> None:
    """Make outlines of the songs that somebody wants to see until the process is ended."""
    engine = order.engine()
    begin(engine, worker, "outline")
    with writing(engine) as session:  # what the process before this one died of
        session.execute(
            update(StoredSong).where(StoredSong.outline == MAKING).values(outline=FAILED)
        )
    say_ready(engine, worker)
    while True:
        with reading(engine) as session:
            wanted = (
                select(StoredSong.sha256, StoredSong.reference)
                .where(StoredSong.outline == WANTED)
                .limit(1)
            )
            song = session.execute(wanted).first()
        if song is None:
            time.sleep(IDLE_S)
            continue
        # Set first: a song that ends this process is not tried again.
        _set_state(engine, song.sha256, MAKING)
        try:
            _make(order, song.sha256, song.reference)
            _set_state(engine, song.sha256, MADE)
        except Exception:  # noqa: BLE001 - a song without a picture is shown without one
            _set_state(engine, song.sha256, FAILED)
            _log.info("A song has no outline", exc_info=True)


def _make(order: Order, sha256: str, reference: str | None) -> None:
    path = order.folder.song(sha256, reference)
    seen = preview(path, bins=_POINTS, bit_rate=96_000, max_audio_s=order.limits.song_s)
    with Decoder(path) as song:
        meter: LoudnessMeter | None = None
        for block in song:
            meter = meter or LoudnessMeter(song.sample_rate, len(block))
            meter.push(block)
    lufs = math.nan if meter is None else meter.lufs
    outline: dict[str, Any] = {
        "duration_s": round(seen.duration_s, 3),
        "loudness_lufs": None if math.isnan(lufs) else round(lufs, 2),
        "low": [round(float(x), 3) for x in seen.envelope_low],
        "high": [round(float(x), 3) for x in seen.envelope_high],
    }
    if seen.mp3 is not None:
        write_atomic(order.folder.playable(sha256), seen.mp3)
    order.folder.write_outline(sha256, outline)


def _set_state(engine: Engine, sha256: str, state: str) -> None:
    with writing(engine) as session:
        session.execute(update(StoredSong).where(StoredSong.sha256 == sha256).values(outline=state))
