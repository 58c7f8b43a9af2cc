"""The reader promise, which every reader of a corpus keeps.

A reader is four things: facts about the corpus, a way to find its label files in what the user
names, a generator of rows, and a made-up sample of the same shape. `tests/contracts` holds every
reader of the catalogue to it.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from plaudit.core.axes import AESTHETICS, AXIS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.settings import Record
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.row import Row

_OURS = ("index.json",)  # files that Plaudit writes beside a corpus


class Label(Record):
    """One kind of label, under one name."""

    #: Key in ``ratings`` or ``scores`` of a row, "plays", "likes", or the criterion of battles.
    name: str
    #: One value a rater; one value summed up; a count; who won.
    kind: Literal["ratings", "score", "count", "battle"]
    #: Range; None for battles, and no ``high`` for counts.
    low: float | None = None
    high: float | None = None
    meaning: str  #: The question that people were asked.


def opinion(name: str, meaning: str) -> Label:
    """Return a label of mean opinion scores, 1-5."""
    return Label(name=name, kind="score", low=1, high=5, meaning=meaning)


def aesthetic_labels(kind: Literal["ratings", "score"]) -> tuple[Label, ...]:
    """Return a label of 1-5 for each aesthetic axis."""
    return tuple(
        Label(name=axis, kind=kind, low=1, high=5, meaning=AXIS[axis].meaning)
        for axis in AESTHETICS
    )


class Facts(Record):
    """The facts of a corpus that a user needs before using it."""

    name: str  #: Name in the catalogue and on the command line.
    title: str  #: Name as its authors write it.
    rows: str  #: What there is, with numbers.
    hub: str | None = None  #: Id on the Hugging Face hub.
    where: str  #: Where to get it.
    licence: str  #: Licence that its authors state.
    citation: str  #: Publication.
    audio: str  #: Where its audio is, in a few words: "in the folder", "none", "links only".
    labels: tuple[Label, ...]  #: Its labels.
    files: tuple[str, ...]  #: Label files, as patterns below the folder.
    layout: str  #: What a folder looks like, and which spellings are read.
    known_faults: tuple[str, ...]  #: What is known to be wrong, missing or uncertain, in sentences.

    def label(self, name: str) -> Label | None:
        """Return a label by name, or None."""
        return next((label for label in self.labels if label.name == name), None)


@dataclass(frozen=True)
class Source:
    """A corpus on this machine: its folder, and its label files, in order of name."""

    folder: Path
    files: tuple[Path, ...]
    #: Name that a reader gives a column to the column that is read for it; only of `Reader.mapped`.
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """The reader of one corpus."""

    facts: Facts  #: Description.
    #: Yields the rows of a source, and reports to the account those that it cannot yield.
    read: Callable[[Source, Account], Iterator[Row]]
    #: Writes a tiny made-up corpus of the same shape into a folder. Nothing in it is real.
    sample: Callable[[Path, np.random.Generator], None]
    mapped: bool = False  #: Whether the user says which column is which.


def open_source(path: Path, facts: Facts) -> Source:
    """Find the label files of a corpus.

    Parameters
    ----------
    path : Path
        Its folder, or one label file in it.
    facts : Facts
        Names of its label files.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        The folder holds no label file of this corpus.
    """
    if path.is_file():
        return Source(path.parent, (path,))
    if not path.is_dir():
        raise MissingFileError(
            f"Expected a folder with {facts.title}, but {path} is not there. Get it from"
            f" {facts.where} and give the folder it lies in."
        )
    try:
        os.scandir(path).close()
    except OSError as error:
        raise InputError(
            f"Expected to read the folder {path}, but the system refuses it ({error.strerror});"
            " check its permissions."
        ) from error
    files = sorted(
        {
            file
            for name in facts.files
            for file in path.glob(name)
            if file.is_file() and file.name not in _OURS
        }
    )
    if not files:
        raise InputError(
            f"{path} holds no label file of {facts.title}; expected {' or '.join(facts.files)}"
            f" (from {facts.where})."
        )
    return Source(path, tuple(files))


def open_mapped(path: Path, reader: Reader, columns: Mapping[str, str]) -> Source:
    """Find label files as `open_source` does; columns are an `InputError` unless the user maps."""
    if columns and not reader.mapped:
        raise InputError(
            f"The columns of {reader.facts.title} have fixed names; --column is for a table of your"
            " own (csv)."
        )
    return replace(open_source(path, reader.facts), columns=columns)
