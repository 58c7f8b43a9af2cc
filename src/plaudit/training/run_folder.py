"""The folder of a run.

``run.json`` holds settings, versions, code revision and the hash of the data; a folder that was
begun with other settings or data is refused. ``log.jsonl`` has a line per epoch, ``tensorboard``
the same as events, ``state`` what a stopped run continues from.
"""

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, JsonValue

from plaudit.core.errors import InputError
from plaudit.core.file import sweep, write_atomic, writing
from plaudit.core.folder import check_links
from plaudit.core.lock import Lock
from plaudit.core.option_source import OptionSources, sourced
from plaudit.core.optional import require
from plaudit.core.parse import load_values
from plaudit.core.settings import Record, load_json, read_record
from plaudit.training.result import RESULT, RunResult
from plaudit.training.settings import TrainSettings

_RUN, LOG, _STATE, _TENSORBOARD, JUDGE = "run.json", "log.jsonl", "state", "tensorboard", "judge"
PREDICTIONS = "predictions.parquet"
# Paths, texts of the card and its list of songs: they change no number.
COSMETIC = {
    "out", "manifest", "store", "battles", "encoder", "name", "licence", "citation", "preset",
    "fingerprints",
}  # fmt: skip
_LIBRARIES = ("plaudit", "torch", "numpy", "accelerate", "pyarrow")


class _RunRecord(Record):
    """Content of ``run.json``."""

    schema_version: Literal[1] = 1
    settings: dict[str, JsonValue]
    data: str
    versions: dict[str, str]
    revision: str | None
    option_sources: OptionSources = Field(default_factory=dict)


class MemberSummary(Record):
    """What a finished member leaves: its epochs, the best of them, its loss, a record an epoch."""

    epochs: int = Field(ge=0)
    best_epoch: int = Field(ge=0)
    validation_loss: float
    log: list[dict[str, Any]]


class RunFolder:
    """The folder of a run; the context manager makes and locks it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / _STATE
        self._lock = Lock(self.state / "lock")
        self._writer: Any = None

    def __enter__(self) -> "RunFolder":
        """Make the folder and take its lock."""
        held = {path.name for path in self.path.iterdir()} if self.path.is_dir() else set()
        if not (held <= {_STATE} or (_STATE in held and (self.path / _RUN).is_file())):
            raise InputError(f"{self.path} holds other files and no run; give a new folder as out.")
        check_links(self.path, [_STATE, _TENSORBOARD, LOG])
        with writing(self.path):
            self.state.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        sweep(self.path)
        sweep(self.state)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the events and release the lock."""
        self.close_events()
        self._lock.release()

    def begin(self, settings: TrainSettings, data: str) -> None:
        """Write ``run.json``, or check that it holds the same settings and data."""
        values = settings.model_dump(mode="json")
        path = self.path / _RUN
        if path.is_file():
            begun = load_json(_RunRecord, path)
            keys = [
                k for k, v in values.items() if k not in COSMETIC and begun.settings.get(k) != v
            ]
            if begun.data != data:
                keys.append("the data")
            if keys:
                raise InputError(
                    f"{self.path} holds a run begun with other settings or data"
                    f" ({', '.join(keys)}); give another folder as out, or remove this one."
                )
            return
        record = _RunRecord(
            settings=values,
            data=data,
            versions={"python": platform.python_version()} | {n: version(n) for n in _LIBRARIES},
            revision=code_revision(),
        )
        write_atomic(path, sourced(record).model_dump_json(indent=2) + "\n")

    def result(self) -> RunResult | None:
        """Return the result of the run, None if it is not finished."""
        path = self.path / RESULT
        if not path.is_file():
            return None
        return load_json(RunResult, path)

    def write_log(self, records: list[dict[str, Any]]) -> None:
        """Write the whole log: after a crash it may lack a line or have one too many."""
        write_atomic(self.path / LOG, "".join(map(_line, records)))

    def add_to_log(self, record: dict[str, Any]) -> None:
        """Add the record of an epoch to the log and to the events."""
        with writing(self.path / LOG), (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(_line(record))
        if self._writer is None:
            return
        epoch = record["epoch"]
        for name in ("train_loss", "validation_loss", "learning_rate"):
            self._writer.add_scalar(name, record[name], epoch)
        for name in ("validation_losses", "log_sigma"):
            for axis, value in record.get(name, {}).items():
                self._writer.add_scalar(f"{name}/{axis}", value, epoch)
        for layer, value in enumerate(record.get("mix", ())):
            self._writer.add_scalar(f"mix/{layer}", value, epoch)
        self._writer.flush()

    def open_events(self, member: int, epoch: int) -> None:
        """Open the TensorBoard events of a member that continues after some epochs."""
        self.close_events()
        require("tensorboard", "train", "Training")
        from torch.utils.tensorboard import SummaryWriter

        folder = self.path / _TENSORBOARD / f"member-{member}"
        # Events of epochs that a crash took back are hidden by those that come after.
        self._writer = SummaryWriter(str(folder), purge_step=epoch + 1 if epoch else None)

    def close_events(self) -> None:
        """Close the events, if any are open."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def checkpoint(self, member: int) -> Path:
        """Return the file of a member's checkpoint."""
        return self.state / f"member-{member}.checkpoint"

    def network(self, member: int) -> Path:
        """Return the file of a member's finished network."""
        return self.state / f"member-{member}.safetensors"

    def read_summary(self, member: int) -> MemberSummary:
        """Return what a finished member left."""
        path = self.summary(member)
        return read_record(MemberSummary, load_values(path), str(path))

    def summary(self, member: int) -> Path:
        """Return the file that a finished member leaves: its epochs, loss and log."""
        return self.state / f"member-{member}.json"


def code_revision() -> str | None:
    """Return the git revision of the code, with "-dirty" after changes; None outside a checkout."""
    here, printed = Path(__file__).parent, []
    for command in (
        ["git", "ls-files", "--error-unmatch", "__init__.py"],
        ["git", "describe", "--always", "--abbrev=40"],
        # `describe --dirty` writes the index, and leaves it locked when it is killed.
        ["git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no"],
    ):
        try:
            done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)  # noqa: S603
        except OSError:
            return None  # no git here
        if done.returncode:
            return None
        printed.append(done.stdout.strip())
    return printed[1] + ("-dirty" if printed[2] else "")


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record) + "\n"
