"""The head of a store (``store.json``), and the key that its settings give to a song.

Two embeddings are the same thing when the bytes of the file, the encoder, its layers, the cutting
rule and the precision are the same. All of that is in the key, so nothing else has to be compared.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from plaudit.audio.segment import SegmentRule
from plaudit.core.choice import Precision
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import write_atomic
from plaudit.core.remote import free_of
from plaudit.core.settings import Record, load_json
from plaudit.encoders.spec import EncoderSpec

_HEAD = "store.json"
_LIBRARIES = ("plaudit", "torch", "transformers", "numpy", "av", "pyarrow")


class StoreSettings(Record):
    """How songs were embedded, besides the encoder and its layers, which its spec states."""

    segment: SegmentRule = SegmentRule()
    precision: Precision = "exact"


class StoreHead(Record):
    """Content of ``store.json``."""

    schema_version: Literal[1] = 1  #: Of the store's files.
    encoder: EncoderSpec  #: Encoder of the songs, with the layers that are kept.
    settings: StoreSettings  #: Cutting rule and precision.
    versions: dict[str, str]  #: Versions of the libraries that the store was begun with.

    def key(self, sha256: str) -> str:
        """Return the key of a file's content: 32 hexadecimal digits, also over the settings."""
        settings = json.dumps(self.decisive(), sort_keys=True)
        return hashlib.sha256(f"{sha256}\n{settings}".encode(errors="surrogateescape")).hexdigest()[
            :32
        ]

    def decisive(self) -> dict[str, object]:
        """Return everything that can change an embedding, by name, as plain values."""
        return {
            "encoder kind": self.encoder.kind,
            "encoder hash": self.encoder.hash,
            "encoder config": self.encoder.config,
            "layers": list(self.encoder.layers),
            "segment length (s)": self.settings.segment.length_s,
            "tail": self.settings.segment.tail,
            "shortest tail (s)": self.settings.segment.min_tail_s,
            "precision": self.settings.precision,
        }


def new_head(spec: EncoderSpec, settings: StoreSettings) -> StoreHead:
    """Return the head of a store that this process would begin."""
    return StoreHead(
        encoder=spec, settings=settings, versions={name: version(name) for name in _LIBRARIES}
    )


def read_head(folder: Path) -> StoreHead:
    """Read ``store.json``; `MissingFileError` if the folder is not a store."""
    path = folder / _HEAD
    if not path.is_file():
        raise MissingFileError(
            f"Expected a store of embeddings, but {folder} has no {_HEAD};"
            " `plaudit embed` makes one."
        )
    return load_json(StoreHead, path)


def begin(folder: Path, head: StoreHead) -> StoreHead:
    """Begin a store in a new or empty folder, or go on with one of the same settings.

    Returns the head in the folder. An `InputError` names the setting that differs.
    """
    free_of(folder)
    if (folder / _HEAD).is_file():
        there = read_head(folder)
        agree(there, head, str(folder))
        return there
    if folder.exists() and not folder.is_dir():
        raise InputError(f"Expected a folder for the store, got the file {folder}.")
    # Files with a dot may come from other machines that begin the same store now.
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise InputError(
            f"{folder} holds other files and no store of embeddings; give a new or empty folder."
        )
    write_atomic(folder / _HEAD, head.model_dump_json(indent=1) + "\n")
    return head


def agree(there: StoreHead, other: StoreHead, where: str) -> None:
    """Raise InputError that names the first difference, if two heads would give other keys."""
    then, now = there.decisive(), other.decisive()
    for name in then:
        if then[name] != now[name]:
            raise InputError(
                f"{where} holds embeddings made with {name} {_shown(then[name])}, not"
                f" {_shown(now[name])}; give the same settings to go on with it, or another folder."
            )


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value[:12]
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
