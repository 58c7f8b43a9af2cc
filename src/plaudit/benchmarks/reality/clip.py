"""Clips of a manifest with the ranks of their systems, and the pairs that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from plaudit.benchmarks.reality.rank_table import RankTable
from plaudit.benchmarks.reality.record import ALL, LeftOut
from plaudit.core.errors import InputError
from plaudit.core.file import is_file
from plaudit.datasets.corpora.own_table import path_column
from plaudit.datasets.manifest.songs import FORMS, Manifest, read_manifest
from plaudit.datasets.reading.line import head_of
from plaudit.datasets.reading.table import read_table

GROUP = "group"


@dataclass(frozen=True)
class Clip:
    """One recording of a system that has a rank."""

    path: Path  #: Audio file.
    system: str
    rank: float  #: Of the system; 1 is the best.
    prompt: str  #: What tells its prompt from others: equal for clips that are compared.
    text: str = ""  #: The prompt as the manifest has it.
    asked: str | None = None  #: The same for judges, where the manifest has words and no names.
    group: str | None = None  #: Such as "instrumental"; None where nothing is known.


class Pair(NamedTuple):
    """Two clips of one prompt by systems of different rank, as places in a list of clips."""

    better: int
    worse: int
    prompt: str
    group: str | None  #: Of both clips, "a + b" where they differ; None where one is unknown.


class Pairs(NamedTuple):
    """All pairs, and how many were left out because their ranks are equal or not comparable."""

    pairs: tuple[Pair, ...]
    equal: int
    of_two_groups: int


def manifest_at(place: Path) -> Path:
    """Return the manifest: a table as it is, or ``manifest.csv`` (or such) of a folder."""
    if not place.is_dir():
        return place
    there = [place / f"manifest{form}" for form in FORMS if (place / f"manifest{form}").is_file()]
    if len(there) != 1:
        found = ", ".join(path.name for path in there) or "none"
        raise InputError(
            f"Expected manifest.csv (or {', '.join(FORMS[1:])}) with columns path, system and"
            f" prompt in {place}, and found {found}; give the table itself."
        )
    return there[0]


def read_clips(path: Path, ranks: RankTable) -> tuple[list[Clip], list[LeftOut]]:
    """Read the clips of a manifest, and those that cannot be used, with the reason.

    Raises
    ------
    InputError
        The manifest is wrong as a whole, or no clip of it can be used.
    """
    table = read_manifest(path)
    systems, prompts = table.column("system"), _prompts(table)
    texts = _texts(table)
    for name, values in (("system", systems), ("prompt", prompts)):
        if all(value is None for value in values):
            raise InputError(f"{path} names no {name} of its clips; its column '{name}' has to.")
    in_words = any(text is not None and len(text.split()) > 1 for text in texts)
    groups = _groups(path)
    clips, left = [], []
    rows = zip(table.audio_paths(), table.column("path"), systems, prompts, texts, strict=True)
    for file, cell, system, prompt, text in rows:
        made = _clip(file, system, prompt, groups.get(str(cell)), ranks)
        if isinstance(made, str):
            left.append(LeftOut(path=str(file or "a row without a path"), reason=made))
        else:
            asked = text if in_words else None
            clips.append(replace(made, text=text or made.prompt, asked=asked))
    if not clips:
        raise InputError(
            f"None of the {len(table)} clips of {path} can be used; the first, {left[0].path}:"
            f" {left[0].reason}."
        )
    if any(clip.group == ALL for clip in clips):
        raise InputError(f"'{ALL}' is the name of all pairs, so no group can have it; rename it.")
    return clips, left


def pairs_of(clips: Sequence[Clip], ranks: RankTable) -> Pairs:
    """Return all pairs of clips that answer one prompt by systems of different rank."""
    by_prompt: dict[str, list[int]] = {}
    for place, clip in enumerate(clips):
        by_prompt.setdefault(clip.prompt, []).append(place)
    pairs, equal, across = [], 0, 0
    for prompt, places in by_prompt.items():
        for a, b in combinations(places, 2):
            first, second = clips[a], clips[b]
            if first.system == second.system:
                continue
            if ranks.by_group and first.group != second.group:
                across += 1
            elif first.rank == second.rank:
                equal += 1
            else:
                better, worse = (a, b) if first.rank < second.rank else (b, a)
                pairs.append(Pair(better, worse, prompt, _group_of(first, second)))
    return Pairs(tuple(pairs), equal, across)


def _group_of(first: Clip, second: Clip) -> str | None:
    if first.group is None or second.group is None:
        return None
    return " + ".join(sorted({first.group, second.group}))


def _clip(
    file: Path | None, system: str | None, prompt: str | None, group: str | None, ranks: RankTable
) -> Clip | str:
    """Return the clip of a row, or why it cannot be used."""
    if file is None:
        return "the row names no audio file"
    if system is None or prompt is None:
        return f"the row names no {'prompt' if system else 'system'}"
    ranked = ranks.rank_of(system, group)
    if ranked is None:
        where = f" in group '{group}'" if ranks.by_group else ""
        return f"the table of ranks has no rank of system '{system}'{where}"
    if not is_file(file):
        return "the audio file is missing"
    return Clip(file, system, ranked[0], prompt, group=ranked[1])


def _prompts(table: Manifest) -> list[str | None]:
    """Return what tells prompts apart: their ids, else their texts."""
    ids = table.column("prompt_id")
    return [own or text for own, text in zip(ids, _texts(table), strict=True)]


def _texts(table: Manifest) -> list[str | None]:
    for name in ("prompt_text", "prompt"):
        if name in table.table.column_names:
            return [None if value is None else str(value) for value in table.column(name)]
    return [None] * len(table)


def _groups(path: Path) -> Mapping[str, str]:
    """Return the column ``group`` by the path of each row, where the manifest has one."""
    head = head_of(path)
    where = path_column(head)
    if GROUP not in head or where is None:
        return {}
    rows = read_table(path, "a manifest")
    return {
        str(row[where]).strip(): str(row[GROUP]).strip()
        for row in rows
        if row.get(where) is not None and row.get(GROUP) is not None
    }
