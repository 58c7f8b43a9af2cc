"""AIME: 6,000 songs by twelve models for the same prompts, and 15,600 comparisons of them.

Two tables of the hub, in one folder or in two beside each other: the songs (disco-eth/AIME) with
``id, model, description`` and the sound, and the survey (disco-eth/AIME-survey) with
``question-type, description, model-1, track-1-id, track-1-begin, track-1-end, model-2, track-2-id,
track-2-begin, track-2-end, answer`` (1 or 2). What is known: these columns, from programs that read
them. What is assumed: that no other answer occurs; one that does is a fault with its line.

Ids have leading zeros in some tables and none in others; here they have none.

References
----------
Benchmarking Music Generation Models and Metrics via Human Preference Studies, arXiv 2506.19085.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from plaudit.core.file import is_file
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Key, Line, Sound, Text, head_of, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import BattleRow, Row, SongRow
from plaudit.datasets.reading.sample import write_parquet
from plaudit.datasets.reading.spelling import OutcomeOf, prompt_key

_FACTS = Facts(
    name="aime",
    title="AIME",
    rows="6,000 songs of 12 models, 15,600 comparisons",
    hub="disco-eth/AIME",
    where="https://huggingface.co/datasets/disco-eth/AIME (songs) and"
    " https://huggingface.co/datasets/disco-eth/AIME-survey (comparisons)",
    licence="CC-BY-4.0 (songs); descriptions CC-BY-NC-SA-4.0",
    citation="Benchmarking Music Generation Models and Metrics via Human Preference Studies,"
    " arXiv 2506.19085",
    audio="inside the Parquet files",
    labels=(
        Label(name="music quality", kind="battle", meaning="Which song is better music."),
        Label(name="text alignment", kind="battle", meaning="Which is closer to the text."),
    ),
    files=("*.parquet", "*.csv", "*.jsonl", "data/*.parquet", "*/*.parquet", "*/data/*.parquet"),
    layout="the Parquet files of both tables, in one folder or in AIME/ and AIME-survey/",
    known_faults=(
        "The survey is a table of its own; without it there are songs and no comparisons.",
        "People heard ten seconds of each song, which the survey names; the song is longer.",
        "One of the twelve models is MTG-Jamendo, which is music by people.",
        "Ids have leading zeros in some tables; joined as text they do not meet.",
        "Column names are known from programs that read them, not from a published schema.",
    ),
)


def _track(value: object) -> object:
    text = str(value).strip()
    return str(int(text)) if text.isdigit() else text


_Track = Annotated[Key, BeforeValidator(_track), Field(min_length=1)]


class _Song(Line):
    id: _Track
    model: str = Field(min_length=1)
    description: Any = None
    audio: Sound = None


class _Answer(Line):
    kind: str = Field(alias="question-type", min_length=1)
    description: Any = None
    model_1: Text = Field(alias="model-1")
    track_1: _Track = Field(alias="track-1-id")
    model_2: Text = Field(alias="model-2")
    track_2: _Track = Field(alias="track-2-id")
    answer: OutcomeOf
    begin_1: Text = Field(default=None, alias="track-1-begin")
    end_1: Text = Field(default=None, alias="track-1-end")
    begin_2: Text = Field(default=None, alias="track-2-begin")
    end_2: Text = Field(default=None, alias="track-2-end")


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    seen: set[str] = set()
    surveys = [path for path in source.files if "answer" in head_of(path)]
    for path in source.files:
        if path in surveys:
            continue
        for number, song in read_lines(path, _Song, account):
            if song.id in seen:
                account.fault(path, number, f"id: {song.id} came before; expected one row a song.")
                continue
            seen.add(song.id)
            yield _song(song.id, song.model, song.description, song.audio, source.folder)
    for path in surveys:
        for number, answer in read_lines(path, _Answer, account):
            sides = ((answer.track_1, answer.model_1), (answer.track_2, answer.model_2))
            for track, model in sides:
                if track not in seen:  # the table of songs is elsewhere
                    seen.add(track)
                    yield _song(track, model, answer.description, None, source.folder)
            prompt = _words(answer.description)
            yield BattleRow(
                corpus=_FACTS.name,
                battle_id=f"{path.stem}/{number}",
                first=answer.track_1,
                second=answer.track_2,
                outcome=answer.answer,
                prompt_id=prompt_key(prompt),
                prompt=prompt,
                criterion=answer.kind.lower(),
            )


def _song(
    track: str, model: str | None, description: object, sound: str | None, folder: Path
) -> SongRow:
    words = _words(description)
    path = folder / "audio" / (sound or f"{track}.wav")
    inside = "the sound is inside the Parquet file; see `plaudit data unpack`"
    return SongRow(
        corpus=_FACTS.name,
        song_id=track,
        path=path,
        system=model,
        prompt_id=prompt_key(words),
        prompt=words,
        withheld=None if is_file(path) else inside,
    )


def _words(value: object) -> str | None:
    """Return a description that may be a list of tags."""
    return ", ".join(map(str, value)) if isinstance(value, list) else (str(value or "") or None)


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    songs = [
        {
            "id": f"{10 * prompt + model:05d}",
            "model": ("invented", "made-up")[model],
            "description": f"tag {prompt}, made-up",
            "audio": {"bytes": b"", "path": f"{10 * prompt + model:05d}.wav"},
        }
        for prompt in range(3)
        for model in range(2)
    ]
    survey = [
        {
            "question-type": ("Music Quality", "Text Alignment")[number % 2],
            "description": f"tag {number % 3}, made-up",
            "model-1": "invented",
            "track-1-id": 10 * (number % 3),
            "track-1-begin": "00:00:00",
            "track-1-end": "00:00:10",
            "model-2": "made-up",
            "track-2-id": 10 * (number % 3) + 1,
            "track-2-begin": "00:00:05",
            "track-2-end": "00:00:15",
            "answer": int(rng.integers(1, 3)),
        }
        for number in range(6)
    ]
    for name, rows in (("AIME", songs), ("AIME-survey", survey)):
        write_parquet(folder / name / "data" / "train-00000-of-00001.parquet", rows)


READER = Reader(_FACTS, read, _sample)
