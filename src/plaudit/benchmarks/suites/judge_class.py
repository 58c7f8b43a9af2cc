"""Any class as a contestant: one with ``sr`` and ``score_batch``, as CMI-RewardBench takes them.

``score_batch(inputs, batch_size, max_dur, **kw)`` returns (n, 2): column 0 alignment, column 1
musicality. Inputs have ``audio`` (a path), ``text``, ``lyrics`` and ``ref_audio``.
"""

import importlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plaudit.benchmarks.suites.contestant import Answers, Scores, Sound, by_path
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.core.errors import InputError, PlauditError

BATCH, MAX_DUR_S = 8, 30.0


@dataclass
class Input:
    """What a class is asked about; also read as a mapping, and as a dict by ``to_dict``."""

    audio: str
    text: str = ""
    lyrics: str = ""
    ref_audio: str | None = None

    def __getitem__(self, key: str) -> str | None:
        """Return a field by name."""
        found: str | None = self.to_dict()[key]
        return found

    def to_dict(self) -> dict[str, str | None]:
        """Return all fields."""
        return {
            "audio": self.audio,
            "text": self.text,
            "lyrics": self.lyrics,
            "ref_audio": self.ref_audio,
        }


class JudgeClass:
    """Any class with ``sr`` and ``score_batch``, as the toolkit of CMI-RewardBench takes them.

    Parameters
    ----------
    place : str
        ``module:Class``; the module may lie in the working folder.
    arguments : mapping
        What its constructor takes.
    max_dur : float
        Seconds that it is told to hear at most.

    Raises
    ------
    InputError
        There is no such class, it cannot be made, or lacks ``sr`` or ``score_batch``.
    """

    def __init__(
        self, place: str, arguments: Mapping[str, Any] | None = None, max_dur: float = MAX_DUR_S
    ) -> None:
        module, _, name = place.partition(":")
        if not module or not name:
            raise InputError(f"Expected --judge-class module:Class, got '{place}'.")
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.insert(0, here)
        try:
            kind = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise InputError(
                f"Expected a class at '{place}', but {error}; start from the folder of the module."
            ) from error
        try:
            self._judge = kind(**(arguments or {}))
        except Exception as error:
            raise InputError(
                f"{place} could not be made: {type(error).__name__}: {error}; give what it needs"
                " with --class-args '{\"name\": value}'."
            ) from error
        for part in ("sr", "score_batch"):
            if not hasattr(self._judge, part):
                raise InputError(f"Expected {place} to have '{part}', and it has none.")
        self._place, self._max_dur = place, max_dur
        version = getattr(self._judge, "version", None)
        self.info = Contender(
            kind="class", name=place, version=None if version is None else str(version)
        )

    def answer(self, items: Mapping[str, Item], losses: Losses) -> Answers:
        """Score the items that have audio; after an error its batch is tried one by one."""
        ready = [one for own in by_path(items, losses).values() for one in own]
        inputs = [
            Input(
                str(one.path), one.text, one.lyrics,
                str(one.reference) if one.reference and one.reference.is_file() else None,
            )
            for one in ready
        ]  # fmt: skip
        answers = Answers()
        for one, found in zip(ready, self._all(inputs), strict=True):
            if isinstance(found, str):
                losses.lose(f"{self._place}: {found}", str(one.path))
            else:
                answers.scores[one.id] = found
        return answers

    def hear(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:
        """Score sounds in one batch, through files, as the class takes paths."""
        import soundfile

        with tempfile.TemporaryDirectory() as folder:
            inputs = []
            for number, (sound, rate) in enumerate(sounds):
                path = Path(folder) / f"{number}.wav"
                soundfile.write(path, sound.T, rate, subtype="FLOAT")
                inputs.append(Input(str(path)))
            return self._scored(inputs)

    def _all(self, inputs: Sequence[Input]) -> Iterator[Scores | str]:
        for start in range(0, len(inputs), BATCH):
            batch = inputs[start : start + BATCH]
            try:
                yield from self._scored(batch)
            except Exception:  # noqa: BLE001 - whatever a stranger's class does, the others go on
                for one in batch:
                    try:
                        yield self._scored([one])[0]
                    except Exception as error:  # noqa: BLE001
                        yield f"{type(error).__name__}: {' '.join(str(error).split())}"

    def _scored(self, inputs: Sequence[Input]) -> list[Scores]:
        table = self._judge.score_batch(
            inputs=list(inputs), batch_size=len(inputs), max_dur=self._max_dur
        )
        if hasattr(table, "detach"):
            table = table.detach().cpu().numpy()
        table = np.asarray(table, np.float64)
        if table.shape != (len(inputs), 2):
            raise PlauditError(f"expected scores of shape ({len(inputs)}, 2), got {table.shape}")
        rows = [{"alignment": float(row[0]), "musicality": float(row[1])} for row in table]
        return [{name: value for name, value in row.items() if np.isfinite(value)} for row in rows]
