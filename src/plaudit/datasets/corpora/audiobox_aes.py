"""Audiobox AES: clips of PAM and of real music, each rated by ten people on four axes of 0-10.

A line of ``AES_PAM.jsonl`` or ``AES_natural_music.jsonl`` is one clip, with ten points an axis::

    {"data_path": "/your_path/PAM/human_eval/music/musicgen_large/08mf5GxT820.wav",
     "Production_Quality": [8.0, 7.0, ...], "Production_Complexity": [...],
     "Content_Enjoyment": [...], "Content_Usefulness": [...]}

Paths start with ``/your_path/``; below it, PAM has ``human_eval/<audio or music>/<system>/<clip>``,
MUSDB18 ``<train or test>/<artist> - <title>/<stem>`` and MusicCaps the id of a video.

References
----------
Meta Audiobox Aesthetics: Unified Automatic Quality Assessment for Speech, Music, and Sound, arXiv
2502.05139.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import numpy as np
from pydantic import Field

from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Line, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_jsonl

_PREFIX = "/your_path/"
_NOT_MUSIC = "sound effects of PAM, not music"
_LABELS = {
    "production_quality": "How clear, clean and well balanced the recording is.",
    "production_complexity": "How many things sound together.",
    "content_enjoyment": "How much one enjoys it.",
    "content_usefulness": "How useful it is as material for something new.",
}
_FACTS = Facts(
    name="audiobox-aes",
    title="Audiobox AES",
    rows="1,500 clips of music (500 generated, 1,000 real), 10 raters for each on 4 axes;"
    " 500 more are sound effects and are left out",
    where="https://github.com/facebookresearch/audiobox-aesthetics",
    licence="CC-BY-4.0 (labels; the audio is PAM's, MUSDB18's and MusicCaps')",
    citation="Meta Audiobox Aesthetics, arXiv 2502.05139",
    audio="not in it: PAM, MUSDB18 and MusicCaps, each from its own place",
    labels=tuple(
        Label(name=name, kind="ratings", low=0, high=10, meaning=meaning)
        for name, meaning in _LABELS.items()
    ),
    files=("AES_PAM.jsonl", "AES_natural_music.jsonl"),
    layout="the JSON Lines files, beside PAM/, MUSDB18/ and musiccaps/ if you have the audio",
    known_faults=(
        "Points run 0-10, and its axes are not those of SongEval.",
        "Raters have no names, and a place in the list is not one person.",
        "Stems and mixture of one song of MUSDB18 are rows of their own; they share a prompt id"
        " here, so that a split by prompt keeps a song together.",
        "Clips of MusicCaps are named by video; artist and title are not given.",
    ),
)
_Points = Annotated[list[Annotated[float, Field(ge=0, le=10)]], Field(min_length=1)]


class _Clip(Line):
    data_path: str = Field(min_length=1)
    production_quality: _Points = Field(alias="Production_Quality")
    production_complexity: _Points = Field(alias="Production_Complexity")
    content_enjoyment: _Points = Field(alias="Content_Enjoyment")
    content_usefulness: _Points = Field(alias="Content_Usefulness")


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its clips of music; see `plaudit.datasets.reading.promise`."""
    for path in source.files:
        for number, clip in read_lines(path, _Clip, account):
            place = PurePosixPath(clip.data_path.removeprefix(_PREFIX).lstrip("/"))
            parts = place.parts
            system: str | None = None
            artist: str | None = None
            match parts:
                case ("PAM", "human_eval", "audio", _, _):
                    account.leave_out(_NOT_MUSIC)
                    continue
                case ("PAM", "human_eval", "music", generator, _):
                    system = generator
                    prompt = f"musiccaps/{place.stem}"  # its prompts are captions of MusicCaps
                case ("MUSDB18", _, song, _):
                    artist, prompt = song.partition(" - ")[0], f"musdb18/{song}"
                case ("musiccaps", _):
                    prompt = f"musiccaps/{place.stem}"
                case _:
                    account.fault(
                        path,
                        number,
                        "data_path: expected a clip of PAM, MUSDB18 or musiccaps, got"
                        f" {clip.data_path!r}.",
                    )
                    continue
            yield SongRow(
                corpus=_FACTS.name,
                song_id=str(place.with_suffix("")),
                path=source.folder / place,
                system=system,
                artist=artist,
                prompt_id=prompt,
                ratings={name: tuple(getattr(clip, name)) for name in _LABELS},
            )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""

    def write(name: str, *places: str) -> None:
        rows = [
            {"data_path": _PREFIX + place}
            | {
                name.title(): [float(point) for point in rng.integers(0, 11, 10)]
                for name in _LABELS
            }
            for place in places
        ]
        write_jsonl(folder / name, rows)

    pam = "PAM/human_eval"
    write(
        "AES_PAM.jsonl",
        f"{pam}/audio/made_up/index_1.wav",
        f"{pam}/music/made_up/aaaaaaaaaaa.wav",
        f"{pam}/music/invented/aaaaaaaaaaa.wav",
    )
    write(
        "AES_natural_music.jsonl",
        "MUSDB18/test/Nobody - No Song/bass.wav",
        "MUSDB18/test/Nobody - No Song/mixture.wav",
        "musiccaps/bbbbbbbbbbb.wav",
    )


READER = Reader(_FACTS, read, _sample)
