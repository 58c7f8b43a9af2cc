"""MusicPrefs: 2,520 pairs of clips by seven models, compared in musicality and in fidelity.

``human_preference.csv`` has a line a pair. What is known: that pairs were judged on musicality and
on fidelity, that there is a prompt, and that clips are named by file. The spelling of its columns
is NOT known here. Accepted are ``audio_a`` or ``audio_1`` (also ``file_``, ``path_``), ``model_a``
or ``model_1`` (also ``system_``), ``musicality`` and ``fidelity`` (also with ``preference`` or
``winner`` before or behind), ``prompt`` (or ``text``); votes as `plaudit.datasets.reading.spelling`
reads them. Other columns are refused with the names found.

References
----------
Aligning Text-to-Music Evaluation with Human Preferences, arXiv 2503.16669.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import numpy as np
from pydantic import AliasChoices, BeforeValidator, Field

from plaudit.core.file import write_atomic
from plaudit.core.outcome import Outcome
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Line, OptionalKey, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import BattleRow, Row, SongRow
from plaudit.datasets.reading.spelling import outcome_of, prompt_key

_FACTS = Facts(
    name="musicprefs",
    title="MusicPrefs",
    rows="2,520 pairs of clips by 7 models",
    hub="i-need-sleep/musicprefs",
    where="https://huggingface.co/datasets/i-need-sleep/musicprefs (named by mad_metric)",
    licence="none stated: ask before you use it",
    citation="Aligning Text-to-Music Evaluation with Human Preferences, arXiv 2503.16669",
    audio="inside the hub's Parquet files",
    labels=(
        Label(name="musicality", kind="battle", meaning="Which clip is better music."),
        Label(name="fidelity", kind="battle", meaning="Which clip sounds cleaner."),
    ),
    files=("human_preference.csv", "*preference*.csv"),
    layout="human_preference.csv beside the clips",
    known_faults=(
        "No licence is stated.",
        "The spelling of its columns is assumed; a file that spells them otherwise is refused with"
        " the names found.",
        "Its licence and its clips come from seven models, whose own terms may bind too.",
    ),
)
_Vote = Annotated[Outcome | None, BeforeValidator(outcome_of)]


def _either(*names: str) -> AliasChoices:
    return AliasChoices(*names)


def _vote(name: str) -> AliasChoices:
    around = ("preference", "winner")
    spelled = [f"{word}{joint}{name}" for word in around for joint in "-_"]
    spelled += [f"{name}{joint}{word}" for word in around for joint in "-_"]
    return AliasChoices(name, *spelled)


class _Pair(Line):
    first: str = Field(
        min_length=1, validation_alias=_either("audio_a", "audio_1", "file_a", "file_1", "path_a")
    )
    second: str = Field(
        min_length=1, validation_alias=_either("audio_b", "audio_2", "file_b", "file_2", "path_b")
    )
    system_first: Text = Field(
        default=None, validation_alias=_either("model_a", "model_1", "system_a", "system_1")
    )
    system_second: Text = Field(
        default=None, validation_alias=_either("model_b", "model_2", "system_b", "system_2")
    )
    prompt: Text = Field(default=None, validation_alias=_either("prompt", "text", "caption"))
    voter: OptionalKey = Field(
        default=None, validation_alias=_either("user", "user_id", "worker_id", "annotator")
    )
    musicality: _Vote = Field(validation_alias=_vote("musicality"))
    fidelity: _Vote = Field(validation_alias=_vote("fidelity"))


def read(source: Source, account: Account) -> Iterator[Row]:
    """Give its songs and battles; see `plaudit.datasets.reading.promise`."""
    seen: set[str] = set()
    for path in source.files:
        for number, pair in read_lines(path, _Pair, account):
            request = prompt_key(pair.prompt)
            sides = ((pair.first, pair.system_first), (pair.second, pair.system_second))
            names = []
            for name, system in sides:
                song = str(PurePosixPath(name).with_suffix(""))
                names.append(song)
                if song not in seen:
                    seen.add(song)
                    yield SongRow(
                        corpus=_FACTS.name,
                        song_id=song,
                        path=source.folder / name,
                        system=system,
                        prompt_id=request,
                        prompt=pair.prompt,
                    )
            for criterion, vote in (("musicality", pair.musicality), ("fidelity", pair.fidelity)):
                yield BattleRow(
                    corpus=_FACTS.name,
                    battle_id=f"{path.stem}/{number}/{criterion}",
                    first=names[0],
                    second=names[1],
                    outcome=vote,
                    prompt_id=request,
                    prompt=pair.prompt,
                    voter=pair.voter,
                    criterion=criterion,
                )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["audio_a", "audio_b", "model_a", "model_b", "prompt", "musicality", "fidelity"]
    )
    for number in range(4):
        votes = ["ab"[int(draw)] for draw in rng.integers(0, 2, 2)]
        clips = [f"clips/{number}_{side}.wav" for side in "ab"]
        writer.writerow([*clips, "invented", "made-up", f"a made-up prompt {number}", *votes])
    write_atomic(folder / "human_preference.csv", text.getvalue())


READER = Reader(_FACTS, read, _sample)
