"""Suno metadata: some 660,000 songs of one platform, with plays and upvotes.

A line of the JSON Lines file (or a row of the hub's Parquet copy) is one song, as Suno's own
service returns it::

    {"id": "...", "created_at": "2024-05-12T16:51:35.325Z", "play_count": 31, "upvote_count": 2,
     "major_model_version": "v3", "user_id": "...", "status": "complete", "metadata": {"tags":
     "...", "prompt": "<lyrics>", "gpt_description_prompt": "...", "duration": 120.0}, ...}

What is known: id, created_at, play_count, upvote_count, major_model_version, user_id, status and
the nested metadata. What is assumed: that metadata may also be JSON text, or its keys stand beside
the others. Suno makes two songs of one request; they share description, tags and lyrics, and so a
``prompt_id`` here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AliasChoices, BeforeValidator, Field

from plaudit.core.parse import parse_json
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Count, Key, Line, OptionalKey, Positive, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_jsonl
from plaudit.datasets.reading.spelling import Moment, prompt_key

_FACTS = Facts(
    name="suno",
    title="Suno metadata",
    rows="about 660,000 songs with plays and upvotes",
    hub="nyuuzyou/suno",
    where="https://huggingface.co/datasets/nyuuzyou/suno",
    licence="CC0-1.0 (metadata; the songs belong to their makers)",
    citation="nyuuzyou, Suno.ai Generated Songs, Hugging Face datasets",
    audio="links only; files saved as audio/<id>.mp3 beside it are found",
    labels=(
        Label(name="plays", kind="count", low=0, meaning="Plays on the platform."),
        Label(name="likes", kind="count", low=0, meaning="Upvotes on the platform."),
    ),
    files=("*.jsonl", "data/*.parquet", "*.parquet"),
    layout="one JSON Lines file, or the hub's data/train-*.parquet",
    known_faults=(
        "When the counts were taken is not stated; ages count to the youngest song in the file.",
        "Plays follow exposure: a song in the platform's showcase is played for that.",
        "Read from known fields of the service; spellings beyond them are noted, not used.",
        "Songs were found by searches, so the songs of some people are many.",
        "Links to audio may have died; songs without a file are counted, not dropped.",
    ),
)


def _unpacked(value: object) -> object:
    if isinstance(value, str):
        try:
            return parse_json(value or "{}", finite=False)
        except ValueError:
            return value
    return value or {}


class _Metadata(Line):
    tags: Text = None
    prompt: Text = None
    gpt_description_prompt: Text = None
    duration: Positive = None


class _Clip(Line):
    id: Key = Field(min_length=1)
    play_count: Count
    upvote_count: Count
    created_at: Moment
    user_id: OptionalKey = Field(
        default=None, validation_alias=AliasChoices("user_id", "handle", "display_name")
    )
    major_model_version: Text = None
    status: Text = None
    metadata: Annotated[_Metadata, BeforeValidator(_unpacked)] = _Metadata()
    tags: Text = None
    prompt: Text = None
    gpt_description_prompt: Text = None
    duration: Positive = None


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs; see `plaudit.datasets.reading.promise`."""
    for path in source.files:
        for _, clip in read_lines(path, _Clip, account):
            inner = clip.metadata
            lyrics = inner.prompt or clip.prompt
            description = inner.gpt_description_prompt or clip.gpt_description_prompt
            tags = inner.tags or clip.tags
            length = inner.duration if inner.duration is not None else clip.duration
            unfinished = clip.status not in {None, "complete"}
            yield SongRow(
                corpus=_FACTS.name,
                song_id=clip.id,
                path=source.folder / "audio" / f"{clip.id}.mp3",
                duration_s=length or None,
                system=f"suno-{clip.major_model_version or 'unknown'}",
                platform="suno",
                artist=clip.user_id,
                prompt_id=prompt_key(description, tags, lyrics),
                prompt=description or tags,
                instrumental=_instrumental(lyrics),
                created=clip.created_at,
                plays=clip.play_count,
                likes=clip.upvote_count,
                withheld=f"its status is {clip.status}" if unfinished else None,
            )


def _instrumental(lyrics: str | None) -> bool | None:
    """Read it from the lyrics: None without any, as Suno may still have written some."""
    return None if lyrics is None else lyrics.strip("[] \n").casefold() == "instrumental"


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""

    def clip(number: int) -> dict[str, Any]:
        plays = int(rng.lognormal(2, 2))
        request = number // 2
        return {
            "id": f"00000000-0000-0000-0000-{number:012d}",
            "audio_url": "",
            "created_at": f"2024-0{1 + number % 9}-1{request}T10:00:00.000Z",
            "play_count": plays,
            "upvote_count": plays // 9,
            "major_model_version": ("v3", "v3.5")[request % 2],
            "user_id": f"somebody-{request % 3}",
            "status": "complete",
            "title": f"Made up {number}",
            "metadata": {
                "tags": f"made-up style {request}",
                "prompt": "[Instrumental]" if request == 1 else f"la la {request}",
                "gpt_description_prompt": None,
                "duration": float(60 + number),
            },
        }

    write_jsonl(folder / "suno.jsonl", (clip(number) for number in range(8)))


READER = Reader(_FACTS, read, _sample)
