"""What a bundled judge was made from: its settings, and ``training.json`` beside its card."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from plaudit.core.errors import MissingFileError
from plaudit.core.settings import Record, load_json
from plaudit.model.card import TRAINING as RECORD
from plaudit.training.bundled.composed_example import TYPICAL_S

__all__ = ["RECORD", "BundledSettings", "TrainingRecord", "read_settings"]


class BundledSettings(Record):
    """What the bundled judge is made from."""

    #: Recordings to learn from; to fit bias and intervals to, before they are learned from too; and
    #: to test on, by the eleven held-out systems.
    train: int = Field(default=5200, ge=12, validation_alias="learn")
    validation: int = Field(default=600, ge=6, validation_alias="check")
    test: int = Field(default=440, ge=4)
    #: Length of most songs, in seconds.
    typical_s: float = Field(default=TYPICAL_S, ge=10, validation_alias="usual_s")
    seed: int = Field(default=1, ge=0)  #: Seed of everything.
    members: int = Field(default=8, ge=1)  #: Networks that are averaged.
    epochs: int = Field(default=25, ge=1)  #: Passes over the songs.
    #: Noise on embeddings in their standard deviations; Beta parameter of mixing songs.
    noise: float = Field(default=0.25, ge=0)
    mixup: float = Field(default=0.0, ge=0)


class TrainingRecord(Record):
    """Content of ``training.json``: settings, versions, machine, and the lines it printed."""

    schema_version: Literal[2] = 2
    settings: BundledSettings
    python: str
    torch: str
    numpy: str
    cores: int
    log: tuple[str, ...]


def read_settings(path: Path | None, **changes: int | None) -> BundledSettings:
    """Return the settings in a ``training.json``, or the defaults, with those changes given."""
    given = {name: value for name, value in changes.items() if value is not None}
    if path is None:
        return BundledSettings(**given)
    if not path.is_file():
        raise MissingFileError(f"Expected {RECORD} of a judge, found nothing at {path}.")
    known = load_json(TrainingRecord, path).settings
    return known.model_copy(update=given)
