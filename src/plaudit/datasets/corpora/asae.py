"""ASAE lists: scores of songs as the Automatic Song Aesthetics Evaluation challenge writes them.

An ``.scp`` list has one song a line: in track 1 ``utterance score`` (musicality), in track 2
``utterance s1 s2 s3 s4 s5`` in the order coherence, musicality, memorability, clarity, naturalness.
A ``wav.scp`` beside them, with ``utterance path`` on each line, names the audio.

References
----------
Automatic Song Aesthetics Evaluation Challenge, ICASSP 2026.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.core.file import write_atomic
from plaudit.core.parse import read_text
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.promise import Facts, Reader, Source, aesthetic_labels
from plaudit.datasets.reading.row import Row, SongRow

_AUDIO_LIST = "wav.scp"
LISTS = {1: ("musicality",), len(AESTHETICS): AESTHETICS}  # axes of a list, by scores a line
SIDE_LIST = "utt2sys"  # in Kaldi's way of naming: utterance and system on each line
FACTS = Facts(
    name="asae",
    title="ASAE lists",
    rows="200 validation songs in the challenge; any list of the same form",
    where="https://aslp-lab.github.io/Automatic-Song-Aesthetics-Evaluation-Challenge/",
    licence="that of the list's author; the challenge's songs are SongEval's (CC-BY-NC-SA-4.0)",
    citation="Automatic Song Aesthetics Evaluation Challenge, ICASSP 2026",
    audio="named by wav.scp, where there is one",
    labels=aesthetic_labels("score"),
    files=("*.scp",),
    layout="one .scp list a track, and wav.scp for the audio",
    known_faults=(
        "A list does not say whether it holds people's scores or a submission's.",
        "wav.scp is read as Kaldi writes it; the challenge may name its audio otherwise.",
    ),
)


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs, both tracks of a song as one; see `plaudit.datasets.reading.promise`."""
    audio: dict[str, Path] = {}
    scores: dict[str, dict[str, float]] = {}
    for path in sorted(source.files, key=lambda file: file.name != _AUDIO_LIST):
        seen: set[str] = set()
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            name, _, rest = line.decode(errors="replace").strip().partition(" ")
            if not name:
                continue
            if name in seen:
                account.fault(path, number, f"expected one line for {name}, got another.")
                continue
            seen.add(name)
            if path.name == _AUDIO_LIST:
                audio[name] = source.folder / rest.strip()
            else:
                read_scores = _scores(rest.split())
                if isinstance(read_scores, str):
                    account.fault(path, number, read_scores)
                    continue
                known = scores.setdefault(name, {})
                if any(known.get(axis, value) != value for axis, value in read_scores.items()):
                    account.fault(
                        path,
                        number,
                        f"expected the score of {name} in the other list, got another.",
                    )
                    continue
                known.update(read_scores)
    for name, by_axis in scores.items():
        yield SongRow(corpus=FACTS.name, song_id=name, path=audio.get(name), scores=by_axis)


def _scores(words: list[str]) -> dict[str, float] | str:
    """Read the scores of a line, or say what is wrong with them."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        return f"expected numbers after the utterance, got {' '.join(words)!r}."
    if len(values) not in LISTS:
        return f"expected 1 score (track 1) or 5 (track 2), got {len(values)}."
    if not all(1 <= value <= 5 for value in values):
        return f"expected scores in 1-5, got {' '.join(words)}."
    return dict(zip(LISTS[len(values)], values, strict=True))


def systems_of(folder: Path) -> dict[str, str]:
    """Return the system of each utterance, from ``utt2sys``; empty where there is no such file."""
    path = folder / SIDE_LIST
    if not path.is_file():
        return {}
    words = (line.split(maxsplit=1) for line in read_text(path).split("\n"))
    return {pair[0]: pair[1].strip() for pair in words if len(pair) == 2}


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    points = rng.uniform(1, 5, (5, len(AESTHETICS))).round(4)
    names = [f"utt{number:04d}" for number in range(5)]
    lists = {
        "track1.scp": [f"{name} {row[1]}" for name, row in zip(names, points, strict=True)],
        "track2.scp": [
            f"{name} {' '.join(map(str, row))}" for name, row in zip(names, points, strict=True)
        ],
        _AUDIO_LIST: [f"{name} wav/{name}.wav" for name in names],
    }
    for file, lines in lists.items():
        write_atomic(folder / file, "\n".join(lines) + "\n")


READER = Reader(FACTS, read, _sample)
