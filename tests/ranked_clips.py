"""Clips whose systems have known ranks: steady tones, which a judge for tests tells by their pitch.

A tone keeps its pitch in a matched copy, which has another name, length and level.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from plaudit.core.choice import Precision
from plaudit.core.file import sha256_of
from plaudit.core.note import Note
from plaudit.judging.feed import PathLike
from plaudit.judging.given import NOTHING, Given
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard

RATE = 24_000
BEST_HZ, STEP_HZ = 4000, 400


class ToneJudge:
    """A judge whose scores are made from the pitch of a tone in kHz; it remembers what it got."""

    coverage: float | None = None
    precision: Precision = "exact"
    device = "cpu"

    def __init__(
        self,
        score: Callable[[float], float] = float,
        axes: tuple[str, ...] = ("clarity",),
        *,
        name: str = "tone",
        needs: tuple[str, ...] | None = None,
        fails: Callable[[Path], bool] = lambda path: False,
    ) -> None:
        self.id = JudgeId(name=name, version="1", hash="0" * 64)
        self.card: Card | PublishedCard = Card.model_construct(name=name, licence="Apache-2.0")
        if needs is not None:
            self.card = PublishedCard.model_construct(
                name=name, licence="Apache-2.0", conditions=("prompt",), needs=needs
            )
        self.axes = axes
        self.given: list[Given] = []
        self.heard: list[Path] = []
        self._score, self._fails = score, fails

    def stream(
        self,
        songs: Iterable[PathLike],
        *,
        given: Sequence[Given] | None = None,
        known: object = None,
        timeline: bool = True,
    ) -> Iterator[SongScores | SongFailure]:
        assert not timeline
        paths = [Path(song) for song in songs]
        for path, own in zip(paths, given or [NOTHING] * len(paths), strict=True):
            self.given.append(own)
            self.heard.append(path)
            if self._fails(path):
                yield SongFailure(path=str(path), error=Note(type="DeafError", message="not heard"))
                continue
            samples, rate = soundfile.read(path, always_2d=True)
            pitch = round(float(np.argmax(np.abs(np.fft.rfft(samples[:RATE, 0])))) * rate / RATE)
            value = self._score(pitch / 1000)
            yield SongScores(
                path=str(path), sha256=sha256_of(path), judge=self.id, precision="exact",
                duration_s=len(samples) / rate,
                scores={axis: Score(value=value * (k + 1)) for k, axis in enumerate(self.axes)},
            )  # fmt: skip


def tone(
    place: int, *, level: float = 0.1, seconds: float = 2.0, rate: int = RATE
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the tone of the system at a place in the ranks, 0 the best and highest."""
    at = np.arange(round(seconds * rate)) / rate
    return level * np.sin(2 * np.pi * (BEST_HZ - STEP_HZ * place) * at)


def write_clips(
    folder: Path,
    systems: int = 3,
    prompts: int = 8,
    *,
    level: Callable[[int], float] = lambda place: 0.1,
    seconds: Callable[[int], float] = lambda place: 2.0,
) -> Path:
    """Write clips of systems ``s0`` (the best) on for some prompts, and both tables."""
    (folder / "clips").mkdir(parents=True)
    rows = ["path,system,prompt"]
    for prompt in range(prompts):
        for place in range(systems):
            name = f"clips/s{place}-{prompt}.wav"
            sound = tone(place, level=level(place), seconds=seconds(place))
            soundfile.write(folder / name, sound, RATE, subtype="FLOAT")
            rows.append(f"{name},s{place},a slow waltz number {prompt}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    write_ranks(folder, [f"s{place},{place + 1}" for place in range(systems)])
    return folder


def write_ranks(folder: Path, rows: Sequence[str], head: str = "system,rank") -> Path:
    """Write a table of ranks."""
    path = folder / "ranks.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path
