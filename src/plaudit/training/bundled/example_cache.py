"""All examples of the bundled judge, made in parallel and cached on disk.

A block of ten recordings is one file, written whole or not at all; a block that exists is not made
again, so a stopped run continues. The folder is named by everything that decides an example:
settings, code and weights.
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
from plaudit.core.file import sweep, write_atomic, writing
from plaudit.encoders.measured import voice_detector
from plaudit.training.bundled.code_digest import code_digest
from plaudit.training.bundled.composed_example import TYPICAL_S, Example, Role, make_examples

_BLOCK = 10
_RAGGED = ("segments", "duration_s", "music_s")  # fields with one row per segment


class ExampleError(PlauditError, RuntimeError):
    """A recording could not be made."""


class _Task(NamedTuple):
    role: Role
    block: int
    n: int
    path: Path


def cached_examples(
    counts: dict[Role, int],
    seed: int,
    rule: SegmentRule,
    cache: Path,
    workers: int,
    on_progress: Callable[[int, int], None],
    typical_s: float = TYPICAL_S,
) -> dict[Role, list[Example]]:
    """Return the examples of each role, in order of number; make those that are not cached."""
    from plaudit.core.pool import share_out

    folder = cache / _key(seed, rule, typical_s)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    tasks = [
        _Task(role, block, min(_BLOCK, n - block * _BLOCK), folder / f"{role}-{block:05d}.npz")
        for role, n in counts.items()
        for block in range(-(-n // _BLOCK))
    ]
    missing = [task for task in tasks if not _is_whole(task)]
    total, done = sum(task.n for task in missing), 0
    work = partial(_make_block, seed=seed, rule=rule, typical_s=typical_s)
    for task, outcome in share_out(work, iter(missing), workers):
        if isinstance(outcome, BaseException):
            raise ExampleError(
                f"Recordings {task.block * _BLOCK} to {task.block * _BLOCK + task.n - 1} of role"
                f" '{task.role}' could not be made ({outcome}); run the same command to go on."
            ) from outcome
        done += task.n
        on_progress(done, total)
    return {
        role: [example for task in tasks if task.role == role for example in _read(task.path)]
        for role in counts
    }


def _make_block(task: _Task, seed: int, rule: SegmentRule, typical_s: float) -> None:
    import torch

    torch.set_num_threads(1)
    numbers = range(task.block * _BLOCK, task.block * _BLOCK + task.n)
    examples = [
        example
        for number in numbers
        for example in make_examples(task.role, number, seed, rule, typical_s)
    ]
    columns: dict[str, Any] = {"recordings": np.array(task.n)}
    lengths = np.array([len(example.segments) for example in examples])
    for field in fields(Example):
        values = [getattr(example, field.name) for example in examples]
        ragged = field.name in _RAGGED
        columns[field.name] = np.concatenate(values) if ragged else np.array(values)
    file = io.BytesIO()
    np.savez_compressed(file, lengths=lengths, **columns)
    write_atomic(task.path, file.getvalue())


def _is_whole(task: _Task) -> bool:
    """Return whether a block exists and holds all of its recordings."""
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


def _key(seed: int, rule: SegmentRule, typical_s: float) -> str:
    """Return a name for everything that decides an example: settings, code and weights."""
    key = hashlib.sha256(f"{seed} {typical_s} {rule.model_dump_json()}".encode())
    key.update(code_digest(make_examples.__module__).encode())
    key.update(Path(voice_detector.__file__).with_name(voice_detector.WEIGHTS).read_bytes())
    return key.hexdigest()[:16]
