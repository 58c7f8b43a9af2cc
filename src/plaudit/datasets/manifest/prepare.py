"""From a corpus to a manifest: rows, targets, split, leak test, and one file with all of it.

Ratings and counts become targets as `plaudit.targets` does it: the mean of the raters, and the
percentile of plays and likes among songs of one platform and age. The reference for plays and likes
are the training songs alone; the other songs are scored against them.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from plaudit.core.choice import TargetSource
from plaudit.core.errors import InputError
from plaudit.core.file import is_file, sha256_of
from plaudit.core.parse import parse_json
from plaudit.core.settings import Record
from plaudit.datasets.corpora.catalogue import find_reader, rows_of
from plaudit.datasets.inspect.recording import recordings_of
from plaudit.datasets.manifest.gather import Songs, columns_of, gather, table_of
from plaudit.datasets.manifest.group import Objects
from plaudit.datasets.manifest.leak import KEYS, Key, Leak, leaks
from plaudit.datasets.manifest.songs import Manifest, write_manifest
from plaudit.datasets.manifest.split import SplitReport, SplitRule, read_rule, split_songs
from plaudit.datasets.manifest.target import TargetRule, targets_of
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.promise import open_mapped

OnProgress = Callable[[str], None]


class LeakError(InputError):
    """A split separates songs that share a key, so no manifest was written."""


class Recipe(Record):
    """The settings by which a corpus becomes a manifest."""

    split: SplitRule  #: How songs are split.
    #: Of train, validation and test; when not given .8, .1, .1, or .9, .1, 0 where the corpus has
    #: test songs of its own.
    shares: tuple[float, float, float] | None = None
    targets: TargetRule = TargetRule()  #: How labels become targets.
    #: Of one's own table: name that Plaudit gives a column to the column that is read for it.
    columns: dict[str, str] = {}  # noqa: RUF012 (pydantic copies it)


class Prepared(Record):
    """Counts of a new manifest, for a user to read before training."""

    corpus: str  #: Name in the catalogue.
    songs: int  #: Rows of the manifest.
    without_audio: int  #: Songs whose file is not there.
    targets: dict[str, int]  #: Axis to the number of songs with a target.
    split: SplitReport  #: Songs by side.
    copies: int  #: Songs whose file has the bytes of one that came before.
    near_duplicates: int | None  #: Songs that sound like another; None where there is no audio.
    left_out: dict[str, int]  #: Rows that the reader leaves out, by reason.
    unread: dict[str, tuple[str, ...]]  #: File to columns that are not read.
    other_leaks: tuple[Leak, ...]  #: Leaks by keys that the recipe does not split by.


def read_recipe(
    *,
    split_by: str,
    shares: str | None = None,
    seed: int = 0,
    hold_out: tuple[str, ...] = (),
    own: bool = True,
    target: TargetSource = "ratings",
    axes: Sequence[str] = (),
    exponent: float | None = None,
    smallest: int | None = None,
    columns: Sequence[str] = (),
) -> Recipe:
    """Check the options of a command line and make a recipe of them.

    ``split_by`` and ``shares`` (three numbers) are separated by commas, ``axes`` are ``AXIS=LABEL``
    and ``columns`` ``NAME=COLUMN`` each; the others are as in `SplitRule` and `TargetRule`.
    """
    try:
        parts = [float(part) for part in (shares or "1,0,0").split(",")]
    except ValueError as error:
        raise InputError(f"Expected shares such as .8,.1,.1, got '{shares}'.") from error
    by = [key.strip() for key in split_by.split(",") if key.strip()]
    rule = read_rule(by, parts, seed=seed, hold_out=hold_out, own=own)
    taken = _pairs(axes, "AXIS=LABEL such as musicality=overall_quality")
    if exponent is not None and not 0 < exponent <= 1:
        raise InputError(f"Expected an exponent above 0 and at most 1, got {exponent:g}.")
    return Recipe(
        split=rule,
        shares=rule.shares if shares else None,
        targets=TargetRule(target=target, axes=taken, exponent=exponent, smallest=smallest),
        columns=read_columns(columns),
    )


def read_columns(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``NAME=COLUMN`` of a command line."""
    return _pairs(pairs, "NAME=COLUMN such as path=audio_file")


def _pairs(pairs: Sequence[str], expected: str) -> dict[str, str]:
    taken = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise InputError(f"Expected {expected}, got '{pair}'.")
        taken[name] = value
    return taken


def prepare(
    name: str,
    place: Path,
    out: Path,
    recipe: Recipe,
    *,
    workers: int | None = None,
    on_progress: OnProgress,
) -> Prepared:
    """Make a manifest of the corpus in a folder or label file.

    ``workers`` processes look for near-duplicates, one a core when not given; ``on_progress`` gets
    lines of text.

    Raises
    ------
    RowError
        A row of the corpus is faulty.
    LeakError
        The split separates songs that the recipe keeps together.
    """
    reader = find_reader(name)
    targets, columns_read = recipe.targets, recipe.columns
    if reader.mapped:  # its labels are the axes: a label of another name is a column
        columns_read = columns_read | targets.axes
        targets = targets.model_copy(update={"axes": {}})
    source = open_mapped(place, reader, columns_read)
    account = Account()
    songs = gather(rows_of(reader, source, account))
    _check_files(songs, account)
    recipe = _with_shares(recipe, songs)
    columns = _columns(songs, out.parent)
    paths = [None if path is None else out.parent / path for path in columns["path"]]
    compared = _compare(columns, paths, workers, on_progress)
    keys: dict[Key, Objects] = {key: columns[column] for key, column in KEYS.items()}
    splitting = split_songs(
        columns["song_id"],
        keys,
        recipe.split,
        systems=columns["system"],
        own=songs.columns["split"],
    )
    columns["split"] = splitting.sides
    training = splitting.sides == "train"
    scores, about = targets_of(songs, training, targets, reader.facts.labels)
    table = table_of(songs, columns, scores)
    about = {
        "corpus": reader.facts.name,
        "licence": reader.facts.licence,
        "citation": reader.facts.citation,
        "plaudit": version("plaudit"),
        "table": out.name,
        "label_files": _digest_of(source.files),
        "recipe": recipe.model_dump(),
        "split": splitting.report.model_dump(),
        **about,
    }
    about = parse_json(json.dumps(about, default=str))
    manifest = Manifest(table, out.parent, about)
    all_leaks = leaks(manifest)
    broken = [leak for leak in all_leaks if leak.key in recipe.split.by]
    if broken:
        raise LeakError(
            f"The split of {name} leaks, so {out} was not written:"
            f" {'; '.join(map(str, broken))}. If it is the corpus's own split that leaks, split"
            " anew, or name in --split-by only what it keeps apart."
        )
    write_manifest(out, table, about)
    return Prepared(
        corpus=name,
        songs=len(songs),
        without_audio=paths.count(None),
        targets={axis: int((~np.isnan(values)).sum()) for axis, values in scores.items()},
        split=splitting.report,
        copies=len(songs) - len(np.unique(recordings_of(columns["sha256"]))),
        near_duplicates=sum(n is not None for n in columns["near_duplicate"]) if compared else None,
        left_out=dict(account.left_out),
        unread={file: tuple(sorted(names)) for file, names in account.unread.items()},
        other_leaks=tuple(leak for leak in all_leaks if leak.key not in recipe.split.by),
    )


def _check_files(songs: Songs, account: Account) -> None:
    """Refuse a file that is not there, where a song's line is known: there it can be mended."""
    named = zip(songs.columns["song_id"], songs.columns["path"], strict=True)
    missing = [
        (*account.lines[song], path)
        for song, path in named
        if song in account.lines and path is not None and not is_file(path)
    ]
    if missing:
        table, line, path = missing[0]
        others = ", ".join(str(number) for _, number, _ in missing[1:6])
        more = f", nor are those of {len(missing) - 1} more songs (line {others}" if others else ""
        more += ", ...)" if len(missing) > 6 else ")" if others else ""
        account.fault(
            table,
            line,
            f"{path} is not there{more}. A path starts at the table's folder; correct it, or leave"
            " the cell empty where there is no audio.",
        )


def _with_shares(recipe: Recipe, songs: Songs) -> Recipe:
    tested = recipe.split.own and any(side == "test" for side in songs.columns["split"])
    shares = recipe.shares or ((0.9, 0.1, 0.0) if tested else (0.8, 0.1, 0.1))
    split = recipe.split.model_copy(update={"shares": shares})
    return recipe.model_copy(update={"split": split, "shares": shares})


def _columns(songs: Songs, folder: Path) -> dict[str, Objects]:
    """Return the columns that are taken from rows; paths only where a file is."""
    columns = columns_of(songs)
    paths = np.empty(len(songs), dtype=object)
    home = folder.resolve()
    for at, path in enumerate(songs.columns["path"]):
        if path is not None and is_file(path):
            whole = path.resolve()
            inside = whole.is_relative_to(home)
            paths[at] = str(whole.relative_to(home) if inside else whole)
    columns["path"] = paths
    return columns


def _digest_of(files: Sequence[Path]) -> dict[str, Any]:
    """Return how many files there are, and one SHA-256 over the names and bytes of all of them."""
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.name}\0{sha256_of(path)}\n".encode())
    return {"files": len(files), "sha256": total.hexdigest()}


def _compare(
    columns: dict[str, Objects],
    paths: list[Path | None],
    workers: int | None,
    on_progress: OnProgress,
) -> bool:
    """Fill the columns that come from the audio itself; return whether songs were compared."""
    for at, path in enumerate(paths):
        if path is not None and columns["sha256"][at] is None:
            columns["sha256"][at] = sha256_of(path)
    columns["near_duplicate"] = np.full(len(paths), None, dtype=object)
    if not any(paths):
        return False
    from plaudit.datasets.inspect.duplicate import near_duplicates

    columns["near_duplicate"] = near_duplicates(
        columns["song_id"], paths, workers=workers, on_progress=on_progress
    )
    return True
