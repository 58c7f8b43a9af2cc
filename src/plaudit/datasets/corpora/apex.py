"""Labels of APEX's embedding files: streams, likes and five predicted aesthetic scores.

A row of the Parquet files is one segment of a song; the labels of a song stand on every one of its
rows. Columns: ``audio_id, segment_id, score_streams, score_likes, platform, segment_embedding,
songeval_scores`` (a struct, or JSON text). Only labels are read here; the embeddings are read by
the store of embeddings.

References
----------
APEX, arXiv 2605.03395.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from plaudit.core.axes import AESTHETICS, AXES
from plaudit.core.parse import parse_json
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Grade, Key, Line, Percent, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_parquet

_FACTS = Facts(
    name="apex",
    title="APEX embeddings (labels)",
    rows="211,000 songs of two platforms, as published; one row a segment",
    where="whoever holds the files; they are not published with APEX's weights",
    licence="not stated",
    citation="APEX, arXiv 2605.03395",
    audio="none: embeddings only",
    labels=tuple(
        Label(name=axis.name, kind="score", low=axis.low, high=axis.high, meaning=axis.meaning)
        for axis in AXES
    ),
    files=("*.parquet", "data/*.parquet"),
    layout="Parquet files with audio_id, segment_id, score_streams, score_likes, platform,"
    " segment_embedding and songeval_scores",
    known_faults=(
        "The aesthetic scores are a model's (SongEval's), not people's: whoever learns them learns"
        " that model, and inherits its licence.",
        "How plays became score_streams is not published; do not mix it with Plaudit's own.",
        "It names neither artist nor prompt, so a split can only go by song.",
    ),
)


class _Grades(Line):
    coherence: Grade = None
    musicality: Grade = None
    memorability: Grade = None
    clarity: Grade = None
    naturalness: Grade = None


def _grades(value: object) -> object:
    if isinstance(value, str):
        try:
            value = parse_json(value or "{}", finite=False)
        except ValueError:
            return value
    if isinstance(value, dict):
        return {str(name).lower(): grade for name, grade in value.items()}
    return {} if value is None else value


class _Segment(Line):
    audio_id: Key = Field(min_length=1)
    segment_id: Key = Field(min_length=1)
    score_streams: Percent
    score_likes: Percent
    platform: Text
    songeval_scores: Annotated[_Grades, BeforeValidator(_grades)]


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield a row for each song; see `plaudit.datasets.reading.promise`."""
    seen: dict[str, int] = {}
    for path in source.files:
        for number, segment in read_lines(path, _Segment, account):
            grades = segment.songeval_scores
            values = {
                "streams": segment.score_streams,
                "likes": segment.score_likes,
                **{axis: getattr(grades, axis) for axis in AESTHETICS},
            }
            scores = {name: value for name, value in values.items() if value is not None}
            # 200,000 songs of several segments: a hash of the labels is all that is kept of each.
            labels = hash((segment.platform, *values.values()))
            if segment.audio_id in seen:
                if seen[segment.audio_id] != labels:
                    account.fault(
                        path,
                        number,
                        f"audio_id {segment.audio_id}: expected the labels of its first segment,"
                        " got others.",
                    )
                continue
            seen[segment.audio_id] = labels
            yield SongRow(
                corpus=_FACTS.name,
                song_id=segment.audio_id,
                platform=segment.platform,
                scores=scores,
                withheld="the files hold embeddings, not sound",
            )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    rows: list[dict[str, Any]] = []
    for song in range(4):
        labels = {
            "audio_id": f"made-up-{song}",
            "score_streams": float(rng.uniform(0, 100)),
            "score_likes": float(rng.uniform(0, 100)),
            "platform": ("one", "two")[song % 2],
            "songeval_scores": {axis.capitalize(): float(rng.uniform(1, 5)) for axis in AESTHETICS},
        }
        rows += [
            labels
            | {
                "segment_id": f"made-up-{song}_{segment}",
                "segment_embedding": rng.normal(size=768).astype(np.float32).tolist(),
            }
            for segment in range(1, 3)
        ]
    write_parquet(folder / "embeddings.parquet", rows)


READER = Reader(_FACTS, read, _sample)
