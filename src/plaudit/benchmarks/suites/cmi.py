"""CMI-RewardBench: its tasks from ``all_test.jsonl``, and the slices of its toolkit.

Songs of PAM and MusicEval are correlated with mean opinions; pairs of Music Arena and CMI-Pref are
predicted by the higher score. Where we differ from the toolkit: equal scores are worth one half
unless ``--ties toolkit`` is given, and months of Music Arena are predicted by musicality, as the
total is (the toolkit adds musicality and alignment there, and only there).

References
----------
CMI-RewardBench: Evaluating Music Reward Models with Compositional Multimodal Instruction, arXiv
2603.00610v3.
"""

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from plaudit.benchmarks.suites.promise import (
    Item,
    Losses,
    Pair,
    PairTask,
    Slices,
    SongTask,
    Suite,
    SuiteData,
    SuiteFacts,
)
from plaudit.benchmarks.suites.rating import SOURCE, published_alignment, published_srcc
from plaudit.benchmarks.suites.record import Published
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.datasets.corpora.cmi_rewardbench import ARENA, CMI, FACTS, SINGLES, TestRow
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import read_lines
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.spelling import prompt_key, song_id_of

_PEOPLE = {"musicality": 0.752, "alignment": 0.750}
MUSICALITY, ALIGNMENT = ("musicality", "score"), ("alignment",)
_PREFERENCE = {  # Music Arena and CMI-Pref musicality, in percent
    "PAM score": (63.13, 65.40),
    "audiobox CE": (64.25, 71.80),
    "audiobox CU": (67.76, 71.40),
    "audiobox PC": (58.73, 59.00),
    "audiobox PQ": (67.54, 73.80),
    "SongEval-RM": (73.88, 72.40),
    "Gemini 2.5 Pro": (69.75, 70.00),
    "Gemini 3 Pro": (68.85, 65.80),
    "CMI-RM, distilled only": (64.25, 70.80),
    "CMI-RM, CMI-Pref": (71.41, 77.80),
    "CMI-RM, CMI-Pref + MusicEval": (73.43, 78.20),
    "MuQ-Eval A1 (recomputed)": (67.61, 66.00),
}
_MODALITIES = ("text", "text+lyrics", "text+ref", "text+lyrics+ref")
_ALIGNMENT: dict[str, tuple[float | None, ...]] = {
    "CLAP music": (67.2, 73.6, None, None),
    "Qwen3-Omni": (67.2, 60.0, 64.8, 63.2),
    "CMI-RM, CMI-Pref + MusicEval": (67.6, 72.8, 76.4, 79.2),
}


def _accuracy(judge: str, task: str, percent: float, slice_: str = "all") -> Published:
    return Published(
        judge=judge, task=task, slice=slice_, measure="accuracy", value=percent / 100,
        source=SOURCE,
    )  # fmt: skip


_PUBLISHED = (
    *published_srcc("pam-musicality", 0),
    *published_alignment("pam-alignment"),
    *published_srcc("musiceval-musicality", 1),
    *(_accuracy(judge, "music-arena", row[0]) for judge, row in _PREFERENCE.items()),
    *(_accuracy(judge, "cmi-pref-musicality", row[1]) for judge, row in _PREFERENCE.items()),
    *(
        _accuracy(judge, "cmi-pref-alignment", value, f"modality={modality}")
        for judge, row in _ALIGNMENT.items()
        for modality, value in zip(_MODALITIES, row, strict=True)
        if value is not None
    ),
)


def _load(path: Path, losses: Losses) -> SuiteData:
    """Read ``all_test.jsonl``; a side of a row is an item, because each row has its own prompt."""
    source = open_source(path, FACTS)
    account = Account(strict=False)
    items: dict[str, Item] = {}
    singles: dict[str, list[tuple[Item, TestRow]]] = {name: [] for name in SINGLES}
    pairs: dict[str, list[Pair]] = {}
    for file in source.files:
        for number, row in read_lines(file, TestRow, account):
            place = f"{file.stem}/{number}"
            first = _item(f"{place}/a", row.first, row, file.parent)
            if row.source in singles:
                items[first.id] = first
                singles[row.source].append((first, row))
            elif row.second is None or not (row.source == CMI or row.source.startswith(ARENA)):
                losses.lose("a row of no known source, or a pair without a second song", place)
            else:
                second = _item(f"{place}/b", row.second, row, file.parent)
                items |= {first.id: first, second.id: second}
                for task, pair in _pairs(place, first.id, second.id, row, losses):
                    pairs.setdefault(task, []).append(pair)
    for fault in account.faults:
        losses.lose("a faulty row of the data", str(fault))
    if not items:
        first_fault = f" ({account.faults[0]})" if account.faults else ""
        raise InputError(
            f"{path} holds no row of {FACTS.title}{first_fault}; give its data/all_test.jsonl."
        )
    tasks: tuple[SongTask | PairTask, ...] = (
        *_song_tasks(singles),
        *(_pair_task(name, own) for name, own in pairs.items()),
    )
    return SuiteData(items, tuple(sorted(tasks, key=_place)), source.files)


_ORDER = (
    "pam-musicality", "pam-alignment", "musiceval-musicality", "musiceval-alignment",
    "music-arena", "cmi-pref-musicality", "cmi-pref-alignment",
)  # fmt: skip


def _place(task: SongTask | PairTask) -> int:
    return _ORDER.index(task.name)


def _item(name: str, audio: str, row: TestRow, folder: Path) -> Item:
    song = song_id_of(audio)
    return Item(
        name,
        names=(song, audio, PurePosixPath(audio).name),
        path=folder / audio,
        text=row.prompt or "",
        lyrics=row.lyrics or "",
        reference=folder / row.reference if row.reference else None,
    )


def _modality_of(row: TestRow) -> str:
    """Return the modality of a row, inferred from what it holds where it does not say."""
    if row.modality:
        return row.modality
    return "+".join(
        ["text", *(["lyrics"] if row.lyrics else []), *(["ref"] if row.reference else [])]
    )


def _song_tasks(singles: dict[str, list[tuple[Item, TestRow]]]) -> list[SongTask]:
    tasks = []
    for source, short in zip(SINGLES, ("pam", "musiceval"), strict=True):
        for what, wants in (("musicality", MUSICALITY), ("alignment", ALIGNMENT)):
            own = [
                (item, row, value)
                for item, row in singles[source]
                if (value := row.overall if what == "musicality" else row.closeness) is not None
            ]
            if own:
                systems = tuple(row.system_first or _system(row.first) for _, row, _ in own)
                tasks.append(
                    SongTask(
                        f"{short}-{what}", wants, tuple(item.id for item, _, _ in own),
                        np.array([value for _, _, value in own], np.float64),
                        tuple(_group(row, item.id) for item, row, _ in own), systems,
                        tuple({"generator": (s,)} if s else {} for s in systems),
                    )
                )  # fmt: skip
    return tasks


def _group(row: TestRow, name: str) -> str:
    return prompt_key(row.prompt, row.lyrics, row.reference) or name


def _system(audio: str) -> str | None:
    """Return the generator that a path of PAM or MusicEval names."""
    from plaudit.datasets.corpora.musiceval import NAME

    match = NAME.search(audio)
    if match:
        return match[1]
    parts = PurePosixPath(audio).parts
    return parts[-2] if len(parts) >= 3 and parts[-3] == "music" else None


def _pairs(
    place: str, first: str, second: str, row: TestRow, losses: Losses
) -> list[tuple[str, Pair]]:
    arena = row.source.startswith(ARENA)
    votes: list[tuple[str, Outcome | None, float | None]] = (
        [("music-arena", row.preference, None)]
        if arena
        else [
            ("cmi-pref-musicality", row.musicality, row.sure_of_musicality),
            ("cmi-pref-alignment", row.alignment, row.sure_of_alignment),
        ]
    )
    pairs = []
    for task, vote, sure in votes:
        if vote is None or (arena and not vote.decided):
            losses.lose(
                "nobody voted" if vote is None else f"Music Arena vote {vote}: left out",
                f"{place} ({task})",
            )
            continue
        slices = _slices(row, arena, sure)
        pairs.append(
            (task, Pair(f"{place}/{task}", first, second, vote, _group(row, place),
                        (row.system_first, row.system_second), slices))
        )  # fmt: skip
    return pairs


def _slices(row: TestRow, arena: bool, sure: float | None) -> Slices:
    slices: Slices = {}
    if arena:
        parts = PurePosixPath(row.first).parts
        at = parts.index("MusicArena_data") + 2 if "MusicArena_data" in parts else len(parts)
        slices["month"] = (parts[at],) if at < len(parts) - 1 else ("unknown",)
    else:
        slices["modality"] = (_modality_of(row),)
    if sure is not None:
        slices["confidence"] = ("<3" if sure < 3 else ">3" if sure > 3 else "=3",)
    named = tuple(dict.fromkeys(s for s in (row.system_first, row.system_second) if s))
    return {**slices, "generator": named} if named else slices


def _pair_task(name: str, pairs: list[Pair]) -> PairTask:
    arena = name == "music-arena"
    criterion = name.rpartition("-")[2]
    return PairTask(
        name,
        ("preference", *MUSICALITY) if arena else
        MUSICALITY if criterion == "musicality" else ALIGNMENT,
        tuple(pairs),
        half_ties=not arena,
        ceiling=None if arena else _PEOPLE[criterion],
    )  # fmt: skip


def _sample(folder: Path, rng: np.random.Generator) -> None:
    """Write 24 made-up songs and 36 made-up pairs of the same shape."""
    import json

    from plaudit.core.file import write_atomic

    rows: list[dict[str, Any]] = []
    rows += [
        {"source": source, "audio-path": f"{home.format(k % 3)}/{k}.wav",
         "prompt": f"made-up {k // 3}", "musicality": float(rng.integers(2, 10)) / 2,
         "text-music alignment": float(rng.integers(2, 10)) / 2 if "PAM" in source else ""}
        for source, home in zip(SINGLES, ("human_eval/music/{}", "MusicEval/S{}"), strict=True)
        for k in range(12)
    ]  # fmt: skip
    for k in range(16):
        where = f"MusicArena_data/audio/2025_{8 + k % 2:02d}/{k}"
        rows.append(
            {"source": f"{ARENA} [2025]", "audio-path": f"{where}_a.mp3",
             "audio2": f"{where}_b.mp3", "prompt": f"arena {k // 2}",
             "model_a": f"m{k % 3}", "model_b": f"m{(k + 1) % 3}",
             "preference": "AB"[int(rng.integers(2))]}
        )  # fmt: skip
    for k in range(20):
        votes = ["model_a", "model_b", "both"]
        music, text = (votes[int(rng.integers(3 if k % 5 == 0 else 2))] for _ in range(2))
        rows.append(
            {"source": CMI, "audio-path": f"cmi-pref/gen-audio/{k}a.mp3",
             "audio2": f"cmi-pref/gen-audio/{k}b.mp3", "prompt": f"pair {k}",
             "lyrics": "la la" if k % 2 else "",
             "ref-audio-path": f"cmi-pref/ref-audio/{k}.mp3" if k % 4 > 1 else "",
             "preference": {"preference-musicality": music, "preference-alignment": text},
             "preference-musicality": music, "preference-alignment": text,
             "confidence_preference-musicality": 1.0 + k % 5,
             "confidence_preference-alignment": 5.0 - k % 5}
        )  # fmt: skip
    empty = {"split": "test", "ref-audio-path": "", "lyrics": ""}
    lines = "".join(json.dumps({**empty, **row}) + "\n" for row in rows)
    write_atomic(folder / "data" / "all_test.jsonl", lines)


SUITE = Suite(
    SuiteFacts(
        name="cmi-rewardbench",
        title=FACTS.title,
        version="1",
        citation=f"{FACTS.citation}v3",
        licence=FACTS.licence,
        where=FACTS.where,
        data="data/all_test.jsonl, with the audio in the folders that its rows name",
        protocol=(
            "PAM (musicality, alignment) and MusicEval (musicality) by LCC, SRCC and KTAU; Music"
            " Arena and CMI-Pref (musicality, alignment) by accuracy.",
            "Music Arena is predicted by the score called preference, else by musicality; ties and"
            " both-bad votes are not in it. CMI-Pref votes for both or neither are worth one half"
            " to a judge that decides.",
            "Equal scores are worth one half by default; --ties toolkit gives them to B, as the"
            " toolkit silently does (its total of Music Arena, made by another function, gives them"
            " to A), and --ties drop leaves them out.",
            "Slices: modality (inferred where absent), confidence of the voter below, at and above"
            " 3, month, generator, and duration where the judge gives it (mean of both songs).",
            "People who voted again on CMI-Pref agreed in 75.2 % (musicality) and 75.0 %"
            " (alignment); with 500 pairs an interval is about 3.6 points to either side.",
            "Months of Music Arena are predicted like its total; the toolkit's own months add"
            " alignment to musicality.",
        ),
        published=_PUBLISHED,
    ),
    _sample,
    load=_load,
)
