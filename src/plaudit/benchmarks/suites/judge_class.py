"""A class with ``sr`` and ``score_batch`` as a contestant, by the interface of CMI-RewardBench.

``score_batch(inputs, batch_size, max_dur, **kw)`` returns (n, 2): column 0 alignment, column 1
musicality. Inputs have ``audio`` (a path), ``text``, ``lyrics`` and ``ref_audio``.
"""

import importlib
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.benchmarks.suites.contestant import ItemPredictions, Scores, Sound, by_path
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import is_file

BATCH, MAX_DUR_S = 8, 30.0


@dataclass
class _Input:
    """The input of a class; also a mapping, and a dict by ``to_dict``."""

    audio: str
    text: str = ""
    lyrics: str = ""
    ref_audio: str | None = None

    def __getitem__(self, key: str) -> str | None:
        """Return a field by name."""
        return self.to_dict()[key]

    def to_dict(self) -> dict[str, str | None]:
        """Return all fields."""
        return {
            "audio": self.audio,
            "text": self.text,
            "lyrics": self.lyrics,
            "ref_audio": self.ref_audio,
        }


class JudgeClass:
    """A contestant made from a class.

    Parameters
    ----------
    place : str
        ``module:Class``; the module may lie in the working folder.
    arguments : mapping
        Arguments of its constructor.
    max_dur : float
        Passed to ``score_batch``: seconds to hear at most.

    Raises
    ------
    InputError
        There is no such class, its constructor fails, or it lacks ``sr`` or ``score_batch``.
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
        self.training = TrainingList(reason=f"the class {place} keeps no list of its songs")
        version = getattr(self._judge, "version", None)
        self.info = Contender(
            kind="class", name=place, version=None if version is None else str(version)
        )

    def predict(self, items: Mapping[str, Item], losses: Losses) -> ItemPredictions:
        """Score the items with audio in batches; after an error the batch item by item."""
        ready = [item for own in by_path(items, losses).values() for item in own]
        inputs = [
            _Input(
                str(item.path), item.text, item.lyrics,
                str(item.reference) if item.reference and is_file(item.reference) else None,
            )
            for item in ready
        ]  # fmt: skip
        predictions = ItemPredictions()
        for item, scores in zip(ready, self._all(inputs), strict=True):
            if isinstance(scores, str):
                losses.lose(f"{self._place}: {scores}", str(item.path))
            else:
                predictions.scores[item.id] = scores
        return predictions

    def score_sounds(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:
        """Score sounds in one batch, through files, since the class takes paths."""
        import soundfile

        with tempfile.TemporaryDirectory() as folder:
            inputs = []
            for number, (sound, rate) in enumerate(sounds):
                path = Path(folder) / f"{number}.wav"
                sound_file = io.BytesIO()  # a full disk is then an error of the system
                soundfile.write(sound_file, sound.T, rate, format="WAV", subtype="FLOAT")
                path.write_bytes(sound_file.getvalue())
                inputs.append(_Input(str(path)))
            return self._scored(inputs)

    def _all(self, inputs: Sequence[_Input]) -> Iterator[Scores | str]:
        for start in range(0, len(inputs), BATCH):
            batch = inputs[start : start + BATCH]
            try:
                yield from self._scored(batch)
            except Exception:  # noqa: BLE001 - an error of the class costs only its items
                for single in batch:
                    try:
                        yield self._scored([single])[0]
                    except Exception as error:  # noqa: BLE001
                        yield f"{type(error).__name__}: {' '.join(str(error).split())}"

    def _scored(self, inputs: Sequence[_Input]) -> list[Scores]:
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
