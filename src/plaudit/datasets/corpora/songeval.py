"""SongEval: 2,399 generated songs, each rated by four experts on the five aesthetic axes.

One line of ``metadata.jsonl`` is one song; the score of an axis is the mean of its raters::

    {"file_name": "mp3/0.mp3", "gender": "male", "annotation": [{"Coherence": 4.0,
     "Musicality": 3.0, "Memorability": 3.0, "Clarity": 4.0, "Naturalness": 3.0}, ... 4 raters]}

References
----------
SongEval: A Benchmark Dataset for Song Aesthetics Evaluation, arXiv 2505.10793.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from plaudit.core.axes import AESTHETICS
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Line, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Reader, Source, aesthetic_labels
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_jsonl

_FACTS = Facts(
    name="songeval",
    title="SongEval",
    rows="2,399 songs, 140 hours, 4 raters for each on 5 axes",
    hub="ASLP-lab/SongEval",
    where="https://huggingface.co/datasets/ASLP-lab/SongEval",
    licence="CC-BY-NC-SA-4.0",
    citation="SongEval: A Benchmark Dataset for Song Aesthetics Evaluation, arXiv 2505.10793",
    audio="in the folder, mp3/",
    labels=aesthetic_labels("ratings"),
    files=("metadata.jsonl",),
    layout="metadata.jsonl beside a folder mp3/ with the songs",
    known_faults=(
        "It names neither the generator nor the prompt of a song, so it cannot be split by either.",
        "Raters have no names: the four places of two songs may be eight people.",
        "Its licence forbids commercial use, and binds what is made from it to the same terms.",
        "Others count 2,400 audio files, one of them without a row; `plaudit data check` counts"
        " yours.",
    ),
)
_Points = Annotated[float, Field(ge=1, le=5)]


class _Rating(Line):
    coherence: _Points = Field(alias="Coherence")
    musicality: _Points = Field(alias="Musicality")
    memorability: _Points = Field(alias="Memorability")
    clarity: _Points = Field(alias="Clarity")
    naturalness: _Points = Field(alias="Naturalness")


class _Song(Line):
    file_name: str = Field(min_length=1)
    gender: Text = None
    annotation: list[_Rating]


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs; see `plaudit.datasets.reading.promise`."""
    for path in source.files:
        for _, song in read_lines(path, _Song, account):
            yield SongRow(
                corpus=_FACTS.name,
                song_id=Path(song.file_name).stem,
                path=source.folder / song.file_name,
                ratings={
                    axis: tuple(getattr(rating, axis) for rating in song.annotation)
                    for axis in AESTHETICS
                },
            )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    lines = [
        {
            "file_name": f"mp3/{number}.mp3",
            "gender": ("male", "female")[number % 2],
            "annotation": [
                {axis.capitalize(): float(rng.integers(1, 6)) for axis in AESTHETICS}
                for _ in range(4)
            ],
        }
        for number in range(6)
    ]
    write_jsonl(folder / "metadata.jsonl", lines)


READER = Reader(_FACTS, read, _sample)
