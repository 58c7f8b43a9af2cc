"""The songs of a test: from a table, from a folder a system, and from what systems made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plaudit.arena.definition.location import TestFolder
from plaudit.arena.definition.record import Contestants
from plaudit.audio.decode import AUDIO_SUFFIXES
from plaudit.benchmarks.votes.cell import flag_of, name_of
from plaudit.core.errors import InputError
from plaudit.datasets.reading.table import read_table

REFERENCE = "reference"
"""What stands for a system where a sound is the reference."""


@dataclass(frozen=True)
class Prompt:
    """What a song answers."""

    prompt_id: str
    prompt: str | None = None
    lyrics: str | None = None
    instrumental: bool | None = None

    @property
    def item(self) -> str:
        """Songs of one item stand beside each other; vocal and instrumental ones never do."""
        kind = {None: "", True: " (instrumental)", False: " (vocal)"}[self.instrumental]
        return f"{self.prompt_id}{kind}"


@dataclass(frozen=True)
class Entry(Prompt):
    """A song or a reference of a test."""

    system: str = ""
    path: Path = Path()
    role: str = "song"  #: song or reference.


def read_prompts(contestants: Contestants, folder: TestFolder) -> dict[str, Prompt]:
    """Read the prompts that systems are asked for, by id; none where the test has no table."""
    if contestants.prompts is None:
        return {}
    path = folder.beside(contestants.prompts)
    prompts: dict[str, Prompt] = {}
    for line, row in enumerate(read_table(path, "a table of prompts"), start=2):
        prompt = _prompt(row, f"{path}, line {line}")
        if prompt.prompt_id in prompts:
            raise InputError(f"{path}, line {line}: '{prompt.prompt_id}' is there twice.")
        prompts[prompt.prompt_id] = prompt
    return prompts


def read_entries(contestants: Contestants, folder: TestFolder) -> list[Entry]:
    """Read what a test's table and folders name; files are not opened.

    Raises
    ------
    MissingFileError
        The table is not there.
    InputError
        A row names no system, prompt or path, a folder is none, or an item has two references.
    """
    prompts = read_prompts(contestants, folder)
    entries: dict[tuple[str, str, Path], Entry] = {}
    for entry in [*_listed(contestants, folder), *_in_folders(contestants, folder, prompts)]:
        entries.setdefault((entry.system, entry.item, entry.path), entry)
    references: dict[str, Path] = {}
    for entry in entries.values():
        if entry.role == REFERENCE:
            other = references.setdefault(entry.item, entry.path)
            if other != entry.path:
                raise InputError(
                    f"Expected one reference of '{entry.item}', got {other} and {entry.path}."
                )
    return list(entries.values())


def _listed(contestants: Contestants, folder: TestFolder) -> list[Entry]:
    if contestants.manifest is None:
        return []
    path = folder.beside(contestants.manifest)
    entries = []
    for line, row in enumerate(read_table(path, "a table of songs"), start=2):
        where = f"{path}, line {line}"
        prompt = _prompt(row, where)
        system, song = name_of(row.get("system")), name_of(row.get("path"))
        reference = name_of(row.get(REFERENCE))
        if system is None or song is None:
            missing = "system" if system is None else "path"
            raise InputError(f"{where}: expected a {missing} in each row, got none; add it.")
        entries.append(_entry(prompt, system, path.parent / song))
        if reference is not None:
            entries.append(_entry(prompt, REFERENCE, path.parent / reference))
    return entries


def _entry(prompt: Prompt, system: str, path: Path) -> Entry:
    role = REFERENCE if system == REFERENCE else "song"
    return Entry(**vars(prompt), system=system, path=path, role=role)


def _prompt(row: Mapping[str, Any], where: str) -> Prompt:
    words = {name: name_of(row.get(name)) for name in ("prompt_id", "prompt", "lyrics")}
    prompt_id = words["prompt_id"] or words["prompt"]
    if prompt_id is None:
        raise InputError(f"{where}: expected a prompt or a prompt_id in each row, got neither.")
    try:
        instrumental = flag_of(row.get("instrumental"))
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error
    return Prompt(prompt_id, words["prompt"], words["lyrics"], instrumental)


def _in_folders(
    contestants: Contestants, folder: TestFolder, prompts: Mapping[str, Prompt]
) -> list[Entry]:
    """Songs of a folder a system: files of one name without its suffix answer one prompt."""
    entries = []
    for system, name in contestants.folders.items():
        place = folder.beside(name)
        if not place.is_dir():
            raise InputError(f"Expected the songs of '{system}' in the folder {place}, found none.")
        songs = sorted(p for p in place.iterdir() if p.suffix.lower() in AUDIO_SUFFIXES)
        entries += [_entry(prompts.get(p.stem) or Prompt(p.stem), system, p) for p in songs]
    return entries
