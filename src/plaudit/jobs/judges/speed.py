"""``plaudit judges list --speed``: the judges that are here timed, one after another."""

import datetime
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError, PlauditError
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import Scorer
from plaudit.judging.given import Given
from plaudit.judging.panel import needed
from plaudit.judging.record import SongFailure
from plaudit.judging.speed import SECONDS, Speed, keep_speed, machine

_WARM_UP_S = 3.0  # a song before, for what happens once
_RATE = 44_100


def time_judges(names: Sequence[str], streams: Streams) -> None:
    """Time judges and keep the figures; one that cannot be timed is named with the reason."""
    from plaudit.judging.load import load_judge

    for name in names:
        streams.note(f"Timing {name} ...")
        try:
            keep_speed(measure_speed(load_judge(name)))
        except PlauditError as error:
            streams.note(f"Judge '{name}' could not be timed: {error}")


def measure_speed(judge: Scorer) -> Speed:
    """Time a judge on the signal of 30 s; an `InputError` says why it could not judge it."""
    import soundfile
    import torch

    took = 0.0
    with tempfile.TemporaryDirectory(prefix="plaudit-") as folder:
        songs = [Path(folder) / f"{seconds:g}.wav" for seconds in (_WARM_UP_S, SECONDS)]
        for path, seconds in zip(songs, (_WARM_UP_S, SECONDS), strict=True):
            soundfile.write(path, _signal(seconds), _RATE)
        asked = Given(prompt="slow blues, slide guitar", lyrics="la la la", reference=songs[0])
        given = [asked.only(needed(judge))]
        for song in songs:
            began = time.perf_counter()
            for row in judge.stream([song], given=given, timeline=False):
                if isinstance(row, SongFailure):
                    raise InputError(row.error.message)
            took = time.perf_counter() - began
    return Speed(
        judge=judge.id.hash,
        machine=machine(),
        device=judge.device,
        threads=torch.get_num_threads(),
        seconds=took,
        date=datetime.datetime.now(tz=datetime.UTC).date(),
    )


def _signal(seconds: float) -> NDArray[np.float64]:
    """Return two notes a second that die away, each with overtones, (n_samples,)."""
    t = np.arange(int(seconds * _RATE)) / _RATE
    phase = 2 * np.pi * np.cumsum(220 * 2 ** (np.floor(2 * t) % 12 / 12)) / _RATE
    overtones = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5))
    return np.asarray(0.2 * np.exp(-3 * (2 * t % 1)) * overtones)
