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

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import AliasChoices, Field

from plaudit.datasets.corpora.pair import Side, Vote, pair_rows
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Grade, Line, OptionalKey, Positive, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source
from plaudit.datasets.reading.row import Row
from plaudit.datasets.reading.sample import write_jsonl
from plaudit.datasets.reading.spelling import OutcomeOf, prompt_key, song_id_of, split_of

CITATION = "CMI-RewardBench: Evaluating Music Reward Models, arXiv 2603.00610"
LABELS = (
    Label(name="musicality", kind="battle", meaning="Which song is better music."),
    Label(name="alignment", kind="battle", meaning="Which song is closer to the prompt."),
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


class Pair(Line):
    """A vote as the CMI files spell it; see the top of this file."""

    first: str = Field(
        min_length=1, validation_alias=AliasChoices("audio-path", "audio-a", "audio")
    )
    second: str = Field(min_length=1, validation_alias=AliasChoices("audio2", "audio-b"))
    prompt: Text = Field(default=None, validation_alias=AliasChoices("prompt", "text"))
    lyrics: Text = None
    reference: Text = Field(
        default=None, validation_alias=AliasChoices("ref-audio-path", "ref-audio")
    )
    prompt_id: OptionalKey = Field(
        default=None, validation_alias=AliasChoices("prompt id", "prompt_id", "prompt-id")
    )
    voter: OptionalKey = Field(
        default=None, validation_alias=AliasChoices("user id", "user_id", "user-id")
    )
    system_first: Text = Field(default=None, validation_alias="model_a")
    system_second: Text = Field(default=None, validation_alias="model_b")
    musicality: OutcomeOf = Field(validation_alias="preference-musicality")
    alignment: OutcomeOf = Field(validation_alias="preference-alignment")
    sure_of_musicality: Grade = Field(
        default=None, validation_alias="confidence_preference-musicality"
    )
    sure_of_alignment: Grade = Field(
        default=None, validation_alias="confidence_preference-alignment"
    )
    listened_first: Positive = Field(default=None, validation_alias="total_listening_time_a")
    listened_second: Positive = Field(default=None, validation_alias="total_listening_time_b")
    split: Text = None


def vote_rows(
    corpus: str, path: Path, number: int, pair: Pair, seen: set[str], *, pseudo: bool = False
) -> Iterator[Row]:
    """Yield the rows of a vote: its songs unless they came before, and a battle a criterion."""
    return pair_rows(
        corpus,
        f"{path.stem}/{number}",
        (
            Side(song_id_of(pair.first), path.parent / pair.first, pair.system_first),
            Side(song_id_of(pair.second), path.parent / pair.second, pair.system_second),
        ),
        (
            Vote("musicality", pair.musicality, pair.sure_of_musicality),
            Vote("alignment", pair.alignment, pair.sure_of_alignment),
        ),
        seen,
        # Lyrics and reference belong to the request: the same words with others are another prompt.
        prompt_id=prompt_key(pair.prompt, pair.lyrics, pair.reference),
        prompt=pair.prompt,
        voter=pair.voter,
        listened_s=(pair.listened_first, pair.listened_second),
        split=split_of(pair.split, path),
        pseudo=pseudo,
    )


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    names = {path.name for path in source.files}
    seen: set[str] = set()
    for path in source.files:
        if path.name == "cmi_data.jsonl" and {"cmi_train.jsonl", "cmi_test.jsonl"} <= names:
            continue  # the same votes again
        for number, pair in read_lines(path, Pair, account):
            yield from vote_rows(_FACTS.name, path, number, pair, seen)


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
        write_jsonl(folder / f"cmi_{split}.jsonl", (row | {"split": split} for row in part))


READER = Reader(_FACTS, read, _sample)
