"""MusicEval: 2,748 clips of 31 text-to-music models, five experts each.

Two layouts are read. The hub's: ``data/<split>-*.parquet`` with ``audio``, ``overall quality`` and
``textual alignment``. The download of its authors: ``sets/train_mos_list.txt`` (``dev``, ``test``)
with ``<file>,<overall>,<alignment>`` on each line, and ``wav/audiomos2025-track1-S001_P001.wav``,
where S is the model and P the prompt. Scores are means of the experts, 1-5.

References
----------
MusicEval: A Generative Music Dataset with Expert Ratings, arXiv 2501.10811.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import Field

from plaudit.core.file import is_file, write_atomic
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Grade, Line, Sound, parse, read_lines
from plaudit.datasets.reading.promise import Facts, Reader, Source, opinion
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.spelling import song_id_of, split_of

NAME = re.compile(r"(S\d+)_(P\d+)")
_FACTS = Facts(
    name="musiceval",
    title="MusicEval",
    rows="2,748 clips of 31 models, 13,740 ratings; split 1,923 / 412 / 413",
    hub="BAAI/MusicEval",
    where="https://huggingface.co/datasets/BAAI/MusicEval",
    licence="CC-BY-NC-4.0",
    citation="MusicEval: A Generative Music Dataset with Expert Ratings, arXiv 2501.10811",
    audio="inside the hub's Parquet files, or in wav/ of the authors' download",
    labels=(
        opinion("overall_quality", "Mean opinion of the music as a whole."),
        opinion("text_alignment", "Mean opinion of how close it is to the text."),
    ),
    files=("data/*.parquet", "*.parquet", "sets/*_mos_list.txt", "*_mos_list.txt"),
    layout="data/train-*.parquet and so on, or sets/*_mos_list.txt beside wav/",
    known_faults=(
        "All clips are 16 kHz mono.",
        "The hub's files name a clip only by the name of its audio file; model and prompt are read"
        " from that name where it has them.",
        "The hub's files hold the means only; the ratings of each expert are elsewhere.",
        "Its split is by clip: models and prompts stand on both sides.",
        "Its licence forbids commercial use.",
    ),
)


class _Clip(Line):
    audio: Sound
    overall: Grade = Field(alias="overall quality")
    alignment: Grade = Field(alias="textual alignment")


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its clips; see `plaudit.datasets.reading.promise`."""
    lists = [path for path in source.files if path.name != "total_mos_list.txt"]
    for path in lists or source.files:  # the total repeats the three others
        if path.suffix == ".parquet":
            inside = "the sound is inside the Parquet file; see `plaudit data unpack`"
            for number, clip in read_lines(path, _Clip, account):
                name = clip.audio or f"{path.stem}-{number}.wav"
                yield _row(clip, name, source.folder / "audio" / name, path, inside)
        else:
            for number, clip in _listed(path, account):
                home = path.parent.parent if path.parent.name == "sets" else path.parent
                name = clip.audio or f"{path.stem}-{number}.wav"
                yield _row(clip, name, home / "wav" / name, path, None)


def _listed(path: Path, account: Account) -> Iterator[tuple[int, _Clip]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        fields = line.decode(errors="replace").strip().split(",")
        if fields == [""]:
            continue
        if len(fields) != 3:
            account.fault(
                path, number, f"expected file,overall,alignment, got {len(fields)} fields."
            )
            continue
        names = ("audio", "overall quality", "textual alignment")
        clip = parse(path, number, dict(zip(names, fields, strict=True)), _Clip, account)
        if clip is not None:
            yield number, clip


def _row(clip: _Clip, name: str, sound: Path, path: Path, withheld: str | None) -> Row:
    parts = NAME.search(name)
    values = {"overall_quality": clip.overall, "text_alignment": clip.alignment}
    return SongRow(
        corpus=_FACTS.name,
        song_id=song_id_of(name),
        path=sound,
        system=parts[1] if parts else None,
        prompt_id=parts[2] if parts else None,
        scores={name: value for name, value in values.items() if value is not None},
        split=split_of(None, path),
        withheld=None if withheld is None or is_file(sound) else withheld,
    )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    for split, numbers in (("train", range(4)), ("dev", range(4, 6)), ("test", range(6, 8))):
        lines = [
            f"audiomos2025-track1-S{1 + number % 3:03d}_P{number:03d}.wav,"
            f"{rng.uniform(1, 5):.1f},{rng.uniform(1, 5):.1f}"
            for number in numbers
        ]
        write_atomic(folder / "sets" / f"{split}_mos_list.txt", "\n".join(lines) + "\n")


READER = Reader(_FACTS, read, _sample)
