"""One planned song made: its audio file, and its rows of the tables in a small file of their own.

This runs in the workers: it loads what composing needs, neither Arrow nor torch.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.core.file import sha256_of, write_atomic
from plaudit.core.parse import load_values
from plaudit.synth.corpus.plan import CorpusSettings, PlannedSong, length_s
from plaudit.synth.public.audience import ARCHIVE, Reception, SongTruth, audience, charm, truth_of
from plaudit.synth.song import Song, make_song
from plaudit.synth.sound.recording import audio_bytes
from plaudit.synth.system import SYSTEMS, platform_of
from plaudit.synth.truth import SongRecord, record_of

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Task:
    """What a worker needs to make a song: the corpus's folders, its settings and the plan."""

    audio: Path
    work: Path
    settings: CorpusSettings
    song: PlannedSong

    @property
    def audio_path(self) -> Path:
        """The audio file."""
        return self.audio / f"{self.song.place}.{self.settings.audio}"

    @property
    def rows_path(self) -> Path:
        """The file with the song's rows."""
        return self.work / f"{self.song.place}.json"


def make(task: Task) -> float:
    """Compose, play, rate and write one song; its rows, written last, mark it as finished."""
    settings, plan = task.settings, task.song
    drawing, rating, dithering = settings.draw(plan.what, plan.index).spawn(3)
    request = plan.request
    knobs = SYSTEMS[plan.system].draw_knobs(drawing)
    duration_s = request.duration_s if request else length_s(settings, drawing)
    seed = int(drawing.integers(2**62))
    song = make_song(
        seed, duration_s, knobs, system=plan.system, prompt=request.prompt if request else None
    )
    data = audio_bytes(song.audio, song.sample_rate, settings.audio, dithering)
    write_atomic(task.audio_path, data)
    file = {
        "file": f"audio/{plan.place}.{settings.audio}",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    rows = _rows_of(plan, song, record_of(song, seed), file, rating)
    write_atomic(task.rows_path, json.dumps(rows, allow_nan=False, separators=(",", ":")))
    return duration_s


def finished(task: Task) -> bool:
    """Whether a song was made before and its audio still has the SHA-256 in its rows."""
    if not task.rows_path.is_file() or not task.audio_path.is_file():
        return False
    known = read_rows(task.rows_path)["songs"][0]
    if task.audio_path.stat().st_size != known["bytes"]:
        return False
    return bool(sha256_of(task.audio_path) == known["sha256"])


def read_rows(path: Path) -> Rows:
    """Read the rows of one song: name of the table to its rows."""
    rows: Rows = load_values(path)
    return rows


def _rows_of(
    plan: PlannedSong, song: Song, record: SongRecord, file: Row, rng: np.random.Generator
) -> Rows:
    """Return the rows of one song for each table."""
    trained = plan.role == "training"
    truth = truth_of(song.score)
    # Each training system publishes on its own platform; songs of the others are only rated.
    place = platform_of(plan.system) if trained else ARCHIVE
    reception = audience(truth, rng, place)
    main = {
        "song_id": plan.song_id,
        "role": plan.role,
        "system": plan.system,
        "platform": place.name if trained else None,
        "prompt_id": plan.request.prompt_id if plan.request else None,
        **file,
        "seed": record.seed,
        "title": record.title,
        "style": record.style,
        "metre": record.metre,
        "tonic": record.tonic,
        "mode": record.mode,
        "key": record.key,
        "bpm": record.bpm,
        "duration_s": record.duration_s,
        "loudness_lufs": record.loudness_lufs,
        "peak": record.peak,
        "voice": record.voice,
        "instrumental": record.instrumental,
        **{f"knob_{axis}": record.knobs[axis] for axis in AESTHETICS},
        **{f"dose_{dose.fault}": dose.dose for dose in record.doses},
        **{f"expected_{axis}": _known(reception.expected[axis]) for axis in AESTHETICS},
        **{
            f"rating_{axis}": _known(float(np.mean(reception.ratings[:, k])))
            for k, axis in enumerate(AESTHETICS)
        },
        "charm": charm(truth),
        **_traits(truth),
        **_popularity(reception if trained else None),
    }
    return {
        "songs": [main],
        "ratings": [
            {"song_id": plan.song_id, "rater": rater, "axis": axis, "rating": int(points)}
            for rater, line in zip(reception.raters, reception.ratings, strict=True)
            for axis, points in zip(AESTHETICS, line, strict=True)
            if not math.isnan(points)
        ],
        **{
            table: [
                {"song_id": plan.song_id, **number, **item.model_dump(mode="json")}
                for k, item in enumerate(getattr(record, table))
                for number in [{} if table == "parts" else {"index": k}]
            ]
            for table in ("sections", "chords", "beats", "parts")
        },
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _traits(truth: SongTruth) -> Row:
    """Return what charm is made of; the mode has a column of its own."""
    traits = asdict(truth.traits) if truth.traits else {}
    return {f"trait_{name}": value for name, value in traits.items() if name != "mode"}


def _popularity(reception: Reception | None) -> Row:
    if reception is None:
        names = ("age_days", "exposure", "plays", "likes", "streams_score", "likes_score")
        return dict.fromkeys(names)
    return {
        "age_days": reception.age_days,
        "exposure": reception.exposure,
        "plays": reception.plays,
        "likes": reception.like_count,
        "streams_score": reception.streams,
        "likes_score": reception.likes,
    }
