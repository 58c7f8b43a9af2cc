"""PAM (music): 500 clips of text-to-music, with mean opinions of musicality and alignment.

What is known: 500 clips, each with a mean opinion of the music and of its closeness to the text,
points 1-5, and that CMI-RewardBench spells them ``audio-path``, ``prompt``, ``musicality`` and
``text-music alignment``. What is assumed: that a table made from the archive (CSV, JSON Lines) has
these columns, or ``file``, ``quality`` (or ``ovl``) and ``alignment`` (or ``rel``). The archive's
own files are not known here; other columns are refused, with a list of them.

References
----------
PAM: Prompting Audio-Language Models for Audio Quality Assessment, arXiv 2402.00282.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from pydantic import AliasChoices, Field

from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Grade, Line, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Reader, Source, opinion
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_csv
from plaudit.datasets.reading.spelling import prompt_key

_FACTS = Facts(
    name="pam",
    title="PAM (music)",
    rows="500 clips with mean opinions of musicality and alignment",
    where="https://zenodo.org/records/10737388",
    licence="see the source",
    citation="PAM: Prompting Audio-Language Models for Audio Quality Assessment, arXiv 2402.00282",
    audio="in the archive, human_eval/music/<system>/",
    labels=(
        opinion("overall_musicality", "Mean opinion of the music."),
        opinion("text_alignment", "Mean opinion of how close it is to the text."),
    ),
    files=("pam_music.csv", "pam_music.jsonl", "*pam*.csv", "*pam*.jsonl"),
    layout="a table (CSV or JSON Lines, pam in its name) with audio-path, musicality and"
    " text-music alignment, beside the audio it names",
    known_faults=(
        "The archive's own label files are not known to Plaudit: make a table as said above, or"
        " take its rows from CMI-RewardBench.",
        "Clips last about 10 s, and none is a whole song.",
    ),
)


class _Clip(Line):
    audio: str = Field(
        min_length=1, validation_alias=AliasChoices("audio-path", "audio_path", "file", "path")
    )
    prompt: Text = Field(default=None, validation_alias=AliasChoices("prompt", "text", "caption"))
    system: Text = Field(default=None, validation_alias=AliasChoices("system", "model"))
    overall: Grade = Field(validation_alias=AliasChoices("musicality", "quality", "ovl", "OVL"))
    closeness: Grade = Field(
        validation_alias=AliasChoices("text-music alignment", "alignment", "rel", "REL")
    )


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its clips; see `plaudit.datasets.reading.promise`."""
    for path in source.files:
        for _, clip in read_lines(path, _Clip, account):
            place = PurePosixPath(clip.audio)
            inside = place.parts[-3:]
            named = inside[1] if len(inside) == 3 and inside[0] == "music" else None
            values = {"overall_musicality": clip.overall, "text_alignment": clip.closeness}
            yield SongRow(
                corpus=_FACTS.name,
                song_id=str(place.with_suffix("")),
                path=source.folder / place,
                system=clip.system or named,
                prompt_id=prompt_key(clip.prompt) or place.stem,
                prompt=clip.prompt,
                scores={name: value for name, value in values.items() if value is not None},
            )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    columns = ["audio-path", "prompt", "musicality", "text-music alignment"]
    rows = [
        [
            f"human_eval/music/{('invented', 'made-up')[number % 2]}/{number // 2}.wav",
            f"prompt {number // 2}",
            *rng.uniform(1, 5, 2).round(2),
        ]
        for number in range(4)
    ]
    write_csv(folder / "pam_music.csv", columns, rows)


READER = Reader(_FACTS, read, _sample)
