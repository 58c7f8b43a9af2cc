"""CMI-Pref: 4,027 votes on pairs of generated songs, on musicality and on alignment.

A line of ``cmi_train.jsonl`` and ``cmi_test.jsonl`` (or of ``cmi_data.jsonl``, which holds both) is
one vote of one person::

    {"audio-path": "gen-audio/a.mp3", "audio2": "gen-audio/b.mp3", "prompt": "...", "lyrics": "",
     "ref-audio-path": "", "prompt id": "905", "user id": "604", "model_a": "songgen", "model_b":
     "yue", "preference-musicality": "model_b", "confidence_preference-musicality": "2.0",
     "preference-alignment": "model_a", "confidence_preference-alignment": "1.0", "split": "train"}

What is known: these columns, as CMI-RewardBench has them. What is assumed: that the release may
spell them as its authors' own table does (``audio-a``, ``audio-b``, ``text``, ``ref-audio``,
``user_id``, ``total_listening_time_a``). One line gives two battles, one for each criterion.

References
----------
CMI-RewardBench: Evaluating Music Reward Models with Compositional Multimodal Instruction, arXiv
2603.00610.
"""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

import numpy as np
from pydantic import AliasChoices, BeforeValidator, Field

from plaudit.core.file import write_atomic
from plaudit.core.outcome import Outcome
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Grade, Line, OptionalKey, Positive, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import BattleRow, Row, SongRow, Split
from plaudit.datasets.reading.spelling import outcome_of, prompt_key

CITATION = "CMI-RewardBench: Evaluating Music Reward Models, arXiv 2603.00610"
_CRITERIA = ("musicality", "alignment")
LABELS = (
    Label(name="musicality", kind="battle", meaning="Which song is better music."),
    Label(name="alignment", kind="battle", meaning="Which song is closer to what was asked."),
)
_FACTS = Facts(
    name="cmi-pref",
    title="CMI-Pref",
    rows="4,027 votes (500 of them the test split) by 31 people on songs of 23 models",
    hub="HaiwenXia/cmi-pref",
    where="https://huggingface.co/datasets/HaiwenXia/cmi-pref",
    licence="CC-BY-NC-SA-4.0",
    citation=CITATION,
    audio="in the folder, gen-audio/",
    labels=LABELS,
    files=("cmi_*.jsonl", "cmi-pref/cmi_*.jsonl"),
    layout="cmi_train.jsonl and cmi_test.jsonl beside gen-audio/ and ref-audio/",
    known_faults=(
        "Several people may have voted on one pair: split by prompt, never by line.",
        "Training and test share some lyrics; the prompt id here tells which.",
        "A vote may lack one of the two answers; it is counted as a row without a label.",
        "Column names are known from CMI-RewardBench and the authors' table, not from the files"
        " themselves.",
        "Its licence forbids commercial use.",
    ),
)
Vote = Annotated[Outcome | None, BeforeValidator(outcome_of)]


def _either(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Pair(Line):
    """A vote as the CMI files spell it; see the top of this file."""

    first: str = Field(min_length=1, validation_alias=_either("audio-path", "audio-a", "audio"))
    second: str = Field(min_length=1, validation_alias=_either("audio2", "audio-b"))
    prompt: Text = Field(default=None, validation_alias=_either("prompt", "text"))
    lyrics: Text = None
    reference: Text = Field(default=None, validation_alias=_either("ref-audio-path", "ref-audio"))
    prompt_id: OptionalKey = Field(
        default=None, validation_alias=_either("prompt id", "prompt_id", "prompt-id")
    )
    voter: OptionalKey = Field(
        default=None, validation_alias=_either("user id", "user_id", "user-id")
    )
    system_first: Text = Field(default=None, validation_alias="model_a")
    system_second: Text = Field(default=None, validation_alias="model_b")
    musicality: Vote = Field(validation_alias="preference-musicality")
    alignment: Vote = Field(validation_alias="preference-alignment")
    sure_of_musicality: Grade = Field(
        default=None, validation_alias="confidence_preference-musicality"
    )
    sure_of_alignment: Grade = Field(
        default=None, validation_alias="confidence_preference-alignment"
    )
    listened_first: Positive = Field(default=None, validation_alias="total_listening_time_a")
    listened_second: Positive = Field(default=None, validation_alias="total_listening_time_b")
    split: Text = None


def song_id_of(name: str) -> str:
    """Return the id of a song from the name of its file."""
    return str(PurePosixPath(name).with_suffix(""))


def pair_rows(
    corpus: str,
    folder: Path,
    place: str,
    pair: Pair,
    seen: set[str],
    split: Split | None,
    *,
    pseudo: bool = False,
) -> Iterator[Row]:
    """Give the rows of a vote: its songs unless they came before, and a battle a criterion."""
    # Lyrics and reference belong to the request: the same words with others are another prompt.
    request = prompt_key(pair.prompt, pair.lyrics, pair.reference)
    first, second = song_id_of(pair.first), song_id_of(pair.second)
    for song, name, system in (
        (first, pair.first, pair.system_first),
        (second, pair.second, pair.system_second),
    ):
        if song not in seen:
            seen.add(song)
            yield SongRow(
                corpus=corpus,
                song_id=song,
                path=folder / name,
                system=system,
                prompt_id=request,
                prompt=pair.prompt,
                split=split,
            )
    for criterion, vote, sure in (
        ("musicality", pair.musicality, pair.sure_of_musicality),
        ("alignment", pair.alignment, pair.sure_of_alignment),
    ):
        yield BattleRow(
            corpus=corpus,
            battle_id=f"{place}/{criterion}",
            first=first,
            second=second,
            outcome=vote,
            prompt_id=request,
            prompt=pair.prompt,
            voter=pair.voter,
            criterion=criterion,
            confidence=sure,
            listened_first_s=pair.listened_first,
            listened_second_s=pair.listened_second,
            split=split,
            pseudo=pseudo,
        )


def split_of(word: str | None, path: Path) -> Split | None:
    """Return the split of a line, from its column or the name of its file."""
    for text in (word or "", path.stem):
        for name, split in _SPLITS.items():
            if name in text.lower():
                return split
    return None


_SPLITS: dict[str, Split] = {"train": "train", "val": "validation", "dev": "validation"}
_SPLITS["test"] = "test"


def read(source: Source, account: Account) -> Iterator[Row]:
    """Give its songs and battles; see `plaudit.datasets.reading.promise`."""
    names = {path.name for path in source.files}
    seen: set[str] = set()
    for path in source.files:
        if path.name == "cmi_data.jsonl" and {"cmi_train.jsonl", "cmi_test.jsonl"} <= names:
            continue  # the same votes again
        for number, pair in read_lines(path, Pair, account):
            split = split_of(pair.split, path)
            yield from pair_rows(
                _FACTS.name, path.parent, f"{path.stem}/{number}", pair, seen, split
            )


def sample_line(number: int, rng: np.random.Generator) -> dict[str, object]:
    """Return a made-up vote in the spelling of the release."""
    votes = ("model_a", "model_b")
    prompt = number // 2
    return {
        "audio-path": f"gen-audio/{prompt}-a.mp3",
        "audio2": f"gen-audio/{prompt}-b.mp3",
        "prompt": f"made-up prompt {prompt}",
        "lyrics": "la la" if prompt % 2 else "",
        "ref-audio-path": "",
        "prompt id": str(900 + prompt),
        "model_a": "invented",
        "model_b": "made-up",
        "preference-musicality": votes[int(rng.integers(2))],
        "confidence_preference-musicality": str(float(rng.integers(2, 11)) / 2),
        "preference-alignment": votes[int(rng.integers(2))] if number else "",
        "confidence_preference-alignment": str(float(rng.integers(2, 11)) / 2) if number else "",
    }


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    rows = [sample_line(number, rng) | {"user id": str(600 + number)} for number in range(8)]
    for split, part in (("train", rows[:6]), ("test", rows[6:])):
        text = "".join(json.dumps(row | {"split": split}) + "\n" for row in part)
        write_atomic(folder / f"cmi_{split}.jsonl", text)


READER = Reader(_FACTS, read, _sample)
