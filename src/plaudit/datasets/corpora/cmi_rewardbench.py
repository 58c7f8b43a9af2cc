"""CMI-RewardBench: 2,753 test rows over PAM, MusicEval, Music Arena and CMI-Pref.

A line of ``data/all_test.jsonl`` is a clip with mean opinion scores, or a pair with votes. Columns:
``split, source, audio-path, audio2`` (pairs), ``ref-audio-path, prompt, lyrics, modality,
musicality, text-music alignment, preference`` ("A" or "B"; of CMI-Pref a dict, which repeats the
next two), ``preference-musicality, preference-alignment`` ("model_a" or "model_b") and
``confidence_preference-...``. Where ``modality`` is absent the suite infers it.

References
----------
CMI-RewardBench: Evaluating Music Reward Models with Compositional Multimodal Instruction, arXiv
2603.00610.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from plaudit.core.outcome import Outcome
from plaudit.datasets.corpora.cmi_pref import CITATION, LABELS
from plaudit.datasets.corpora.pair import Side, Vote, pair_rows
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Grade, Line, OptionalKey, Text, read_lines
from plaudit.datasets.reading.promise import Facts, Label, Reader, Source, opinion
from plaudit.datasets.reading.row import Row, SongRow
from plaudit.datasets.reading.sample import write_jsonl
from plaudit.datasets.reading.spelling import OutcomeOf, outcome_of, prompt_key, song_id_of

ARENA = "Music Arena"
CMI = "cmi-arena-annotation"
SINGLES = ("PAM (music)", "MusicEval")
FACTS = Facts(
    name="cmi-rewardbench",
    title="CMI-RewardBench",
    rows="2,753 test rows: PAM 500, MusicEval 413, CMI-Pref 500, Music Arena 1,340",
    where="https://github.com/Haiwen-Xia/CMI-RewardBench, data/all_test.jsonl",
    licence="README: not for commercial use; LICENSE file: Apache-2.0",
    citation=CITATION,
    audio="not in it: each source from its own place, in the folders that the rows name",
    labels=(
        opinion("overall_musicality", "Mean opinion of the music (PAM, MusicEval)."),
        opinion("text_alignment", "Mean opinion of how close it is to the text (PAM)."),
        Label(name="preference", kind="battle", meaning="Which song was preferred (Music Arena)."),
        *LABELS,
    ),
    files=("all_test.jsonl", "data/all_test.jsonl"),
    layout="data/all_test.jsonl, with the folders of its sources beside it",
    known_faults=(
        "The two statements of its licence contradict each other.",
        "It is a test set, and its rows are also in the corpora it was taken from: training on"
        " those needs its battles and clips taken out.",
        "Ties and both-bad votes of Music Arena are already left out; the constant answer B gets"
        " 51.04 % of those pairs.",
    ),
)


def _overall(value: object) -> Outcome | None:
    """Read the overall vote; the dict of CMI-Pref repeats what has columns of its own."""
    return None if isinstance(value, dict) else outcome_of(value)


class TestRow(Line):
    """A row as its authors spell it; see the top of this file."""

    source: str = Field(min_length=1)
    first: str = Field(alias="audio-path", min_length=1)
    second: Text = Field(default=None, alias="audio2")
    reference: Text = Field(default=None, alias="ref-audio-path")
    prompt: Text = None
    lyrics: Text = None
    modality: Text = None
    split: Text = None
    prompt_id: OptionalKey = Field(default=None, alias="prompt id")
    voter: OptionalKey = Field(default=None, alias="user id")
    system_first: Text = Field(default=None, alias="model_a")
    system_second: Text = Field(default=None, alias="model_b")
    overall: Grade = Field(default=None, alias="musicality")
    closeness: Grade = Field(default=None, alias="text-music alignment")
    preference: Annotated[Outcome | None, BeforeValidator(_overall)] = None
    musicality: OutcomeOf = Field(default=None, alias="preference-musicality")
    alignment: OutcomeOf = Field(default=None, alias="preference-alignment")
    sure_of_musicality: Grade = Field(default=None, alias="confidence_preference-musicality")
    sure_of_alignment: Grade = Field(default=None, alias="confidence_preference-alignment")


def read(source: Source, account: Account) -> Iterator[Row]:
    """Yield its songs and battles; see `plaudit.datasets.reading.promise`."""
    seen: set[str] = set()
    for path in source.files:
        folder = path.parent
        for number, item in read_lines(path, TestRow, account):
            pair = item.source == CMI or item.source.startswith(ARENA)
            if not pair and item.source not in SINGLES:
                account.fault(
                    path,
                    number,
                    f"source: expected {', '.join(SINGLES)}, {CMI} or {ARENA} [...], got"
                    f" {item.source!r}.",
                )
            elif pair and item.second is None:
                account.fault(path, number, "audio2: expected the second song of a pair, got none.")
            elif not pair and song_id_of(item.first) in seen:
                account.fault(
                    path, number, f"audio-path: {item.first} came before; expected one row a clip."
                )
            else:
                place = f"{path.stem}/{number}"
                yield from (_pair(item, place, folder, seen) if pair else _clip(item, folder, seen))


def _clip(item: TestRow, folder: Path, seen: set[str]) -> Iterator[Row]:
    song = song_id_of(item.first)
    seen.add(song)
    values = {"overall_musicality": item.overall, "text_alignment": item.closeness}
    yield SongRow(
        corpus=FACTS.name,
        song_id=song,
        path=folder / item.first,
        prompt_id=prompt_key(item.prompt, item.lyrics),
        prompt=item.prompt,
        scores={name: value for name, value in values.items() if value is not None},
        split="test",
    )


def _pair(item: TestRow, place: str, folder: Path, seen: set[str]) -> Iterator[Row]:
    second = item.second or ""
    votes = (
        (Vote("preference", item.preference),)
        if item.source.startswith(ARENA)
        else (
            Vote("musicality", item.musicality, item.sure_of_musicality),
            Vote("alignment", item.alignment, item.sure_of_alignment),
        )
    )
    return pair_rows(
        FACTS.name,
        place,
        (
            Side(song_id_of(item.first), folder / item.first, item.system_first),
            Side(song_id_of(second), folder / second, item.system_second),
        ),
        votes,
        seen,
        prompt_id=prompt_key(item.prompt, item.lyrics, item.reference),
        prompt=item.prompt,
        voter=item.voter,
        split="test",
    )


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write a made-up corpus of the same shape; see `plaudit.datasets.reading.promise`."""
    empty: dict[str, Any] = {"split": "test", "ref-audio-path": "", "lyrics": ""}
    rows: list[dict[str, Any]] = [
        empty
        | {
            "source": source,
            "audio-path": f"{source[:3]}/{number}.wav",
            "prompt": f"made-up {number}",
            "musicality": float(rng.uniform(1, 5)),
            "text-music alignment": float(rng.uniform(1, 5)) if source == SINGLES[0] else "",
        }
        for source in SINGLES
        for number in range(2)
    ]
    rows += [
        empty
        | {
            "source": f"{ARENA} [2025_09]",
            "audio-path": f"MusicArena_data/audio/2025_09/{number}_a.mp3",
            "audio2": f"MusicArena_data/audio/2025_09/{number}_b.mp3",
            "prompt": f"arena {number}",
            "preference": "AB"[number],
        }
        for number in range(2)
    ]
    votes = {"preference-musicality": "model_a", "preference-alignment": "model_b"}
    rows.append(
        empty
        | {
            "source": CMI,
            "audio-path": "cmi-pref/gen-audio/a.mp3",
            "audio2": "cmi-pref/gen-audio/b.mp3",
            "prompt": "made-up pair",
            "modality": "text",
            "preference": dict(votes),
            "confidence_preference-musicality": 2.5,
            "confidence_preference-alignment": "4.0",
            **votes,
        }
    )
    write_jsonl(folder / "data" / "all_test.jsonl", rows)


READER = Reader(FACTS, read, _sample)
