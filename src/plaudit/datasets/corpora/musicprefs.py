"""MusicPrefs: 2,520 pairs of clips by seven models, compared in musicality and in fidelity.

``human_preference.csv`` has a line a pair. What is known: that pairs were judged on musicality and
on fidelity, that there is a prompt, and that clips are named by file. The spelling of its columns
is NOT known here. Accepted are ``audio_a`` or ``audio_1`` (also ``file_``, ``path_``), ``model_a``
or ``model_1`` (also ``system_``), ``musicality`` and ``fidelity`` (also with ``preference`` or
``winner`` before or behind), ``prompt`` (or ``text``); votes as `plaudit.datasets.reading.spelling`
reads them. Other columns are refused, with a list of them.

References
----------
Aligning Text-to-Music Evaluation with Human Preferences, arXiv 2503.16669.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import AliasChoices, Field

from plaudit.datasets.corpora.pair import Side, Vote, pair_rows
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Line, OptionalKey, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row
from plaudit.datasets.reading.sample import write_csv
from plaudit.datasets.reading.spelling import OutcomeOf, prompt_key, song_id_of

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


def _vote(name: str) -> AliasChoices:
    around = ("preference", "winner")
    spelled = [f"{word}{joint}{name}" for word in around for joint in "-_"]
    spelled += [f"{name}{joint}{word}" for word in around for joint in "-_"]
    return AliasChoices(name, *spelled)


class _Pair(Line):
    first: str = Field(
        min_length=1,
        validation_alias=AliasChoices("audio_a", "audio_1", "file_a", "file_1", "path_a"),
    )
    second: str = Field(
        min_length=1,
        validation_alias=AliasChoices("audio_b", "audio_2", "file_b", "file_2", "path_b"),
    )
    system_first: Text = Field(
        default=None, validation_alias=AliasChoices("model_a", "model_1", "system_a", "system_1")
    )
    system_second: Text = Field(
        default=None, validation_alias=AliasChoices("model_b", "model_2", "system_b", "system_2")
    )
    prompt: Text = Field(default=None, validation_alias=AliasChoices("prompt", "text", "caption"))
    voter: OptionalKey = Field(
        default=None, validation_alias=AliasChoices("user", "user_id", "worker_id", "annotator")
    )
    musicality: OutcomeOf = Field(validation_alias=_vote("musicality"))
    fidelity: OutcomeOf = Field(validation_alias=_vote("fidelity"))


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    seen: set[str] = set()
    for path in source.files:
        for number, pair in read_lines(path, _Pair, account):
            yield from pair_rows(
                _FACTS.name,
                f"{path.stem}/{number}",
                (
                    Side(song_id_of(pair.first), source.folder / pair.first, pair.system_first),
                    Side(song_id_of(pair.second), source.folder / pair.second, pair.system_second),
                ),
                (Vote("musicality", pair.musicality), Vote("fidelity", pair.fidelity)),
                seen,
                prompt_id=prompt_key(pair.prompt),
                prompt=pair.prompt,
                voter=pair.voter,
            )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    columns = ["audio_a", "audio_b", "model_a", "model_b", "prompt", "musicality", "fidelity"]
    rows = []
    for number in range(4):
        votes = ["ab"[int(draw)] for draw in rng.integers(0, 2, 2)]
        clips = [f"clips/{number}_{side}.wav" for side in "ab"]
        rows.append([*clips, "invented", "made-up", f"a made-up prompt {number}", *votes])
    write_csv(folder / "human_preference.csv", columns, rows)


READER = Reader(_FACTS, read, _sample)
