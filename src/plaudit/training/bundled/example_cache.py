"""All examples of the bundled judge, made in parallel, kept on disk, and gone on with after a stop.

A block of `BLOCK` recordings is one file, written whole or not at all; a block that is there is not
made again. What is kept is named by everything that decides it: settings, measurements and code, so
that blocks of another making are never taken for these.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import PlauditError
from plaudit.core.file import write_atomic
from plaudit.encoders.measured import voice_detector
from plaudit.training.bundled.code_digest import code_digest
from plaudit.training.bundled.composed_example import USUAL_S, Example, Role, make_examples

BLOCK = 10


class HarvestError(PlauditError, RuntimeError):
    """A recording could not be made."""


class _Task(NamedTuple):
    role: Role
    block: int
    n: int
    path: Path


def harvest(
    wanted: dict[Role, int],
    seed: int,
    rule: SegmentRule,
    cache: Path,
    workers: int,
    progress: Callable[[int, int], None],
    usual_s: float = USUAL_S,
) -> dict[Role, list[Example]]:
    """Make the examples of each role, or read those that are there.

    Parameters
    ----------
    wanted : dict of role to int
        Recordings of each role.
    seed : int
        Seed of everything.
    rule : SegmentRule
        Cutting rule of the judge.
    cache : Path
        Folder of the blocks.
    workers : int
        Processes; the result does not depend on it.
    progress : callable
        Called with the recordings that are done and those that were to be made in this run.
    usual_s : float, default 30
        Length of most songs, in seconds.

    Returns
    -------
    dict of role to list of Example
        In order of number; damaged copies follow their songs.

    Raises
    ------
    HarvestError
        A recording could not be made; those made before are kept.
    """
    from plaudit.core.pool import share_out

    folder = cache / _fingerprint(seed, rule, usual_s)
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [
        _Task(role, block, min(BLOCK, n - block * BLOCK), folder / f"{role}-{block:05d}.npz")
        for role, n in wanted.items()
        for block in range(-(-n // BLOCK))
    ]
    missing = [task for task in tasks if not _whole(task)]
    total, done = sum(task.n for task in missing), 0
    work = partial(_make_block, seed=seed, rule=rule, usual_s=usual_s)
    for task, outcome in share_out(work, iter(missing), workers):
        if isinstance(outcome, BaseException):
            raise HarvestError(
                f"Recordings {task.block * BLOCK} to {task.block * BLOCK + task.n - 1} of role"
                f" '{task.role}' could not be made ({outcome}); run the same command to go on."
            ) from outcome
        done += task.n
        progress(done, total)
    return {
        role: [one for task in tasks if task.role == role for one in _read(task.path)]
        for role in wanted
    }


def _make_block(task: _Task, seed: int, rule: SegmentRule, usual_s: float) -> None:
    import torch

    torch.set_num_threads(1)
    numbers = range(task.block * BLOCK, task.block * BLOCK + task.n)
    examples = [
        one for number in numbers for one in make_examples(task.role, number, seed, rule, usual_s)
    ]
    columns: dict[str, Any] = {"recordings": np.array(task.n)}
    lengths = np.array([len(one.segments) for one in examples])
    for field in fields(Example):
        values = [getattr(one, field.name) for one in examples]
        ragged = field.name in _RAGGED
        columns[field.name] = np.concatenate(values) if ragged else np.array(values)
    file = io.BytesIO()
    np.savez_compressed(file, lengths=lengths, **columns)
    write_atomic(task.path, file.getvalue())


_RAGGED = ("segments", "duration_s", "music_s")


def _whole(task: _Task) -> bool:
    """Whether a block is there and holds all of its recordings."""
    if not task.path.is_file():
        return False
    try:
        with np.load(task.path, allow_pickle=False) as file:
            return int(file["recordings"]) == task.n
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False


def _read(path: Path) -> Iterator[Example]:
    with np.load(path, allow_pickle=False) as file:
        columns = {name: file[name] for name in file.files}
    ends = np.cumsum(columns["lengths"])
    for row, (start, end) in enumerate(zip(ends - columns["lengths"], ends, strict=True)):
        values = {
            field.name: columns[field.name][start:end]
            if field.name in _RAGGED
            else columns[field.name][row]
            for field in fields(Example)
        }
        for name in ("number", "strength"):
            values[name] = int(values[name])
        for name in ("system", "style", "damage"):
            values[name] = str(values[name])
        values["music"] = bool(values["music"])
        yield Example(**values)


def _fingerprint(seed: int, rule: SegmentRule, usual_s: float) -> str:
    """Return a name for everything that decides an example: settings, code and weights."""
    key = hashlib.sha256(f"{seed} {usual_s} {rule.model_dump_json()}".encode())
    key.update(code_digest(make_examples.__module__).encode())
    key.update(Path(voice_detector.__file__).with_name(voice_detector.WEIGHTS).read_bytes())
    return key.hexdigest()[:16]
