"""From a corpus to a manifest: rows, targets, split, leak test, and one file with all of it.

Ratings and counts become targets as `plaudit.targets` does it: the mean of the raters, and the
percentile of plays and likes among songs of one platform and age. The reference for plays and likes
are the training songs alone; the other songs are scored against them.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plaudit.core.axes import AXIS
from plaudit.core.choice import TargetSource
from plaudit.core.errors import InputError
from plaudit.core.file import is_file, sha256_of
from plaudit.core.parse import parse_json
from plaudit.core.printable import to_arrow
from plaudit.core.settings import Record
from plaudit.datasets.corpora.catalogue import find_reader, rows_of
from plaudit.datasets.inspect.recording import recordings_of
from plaudit.datasets.manifest.gather import Songs, gather, text_of
from plaudit.datasets.manifest.group import Objects
from plaudit.datasets.manifest.leak import KEYS, Key, Leak, leaks
from plaudit.datasets.manifest.songs import Manifest, write_manifest
from plaudit.datasets.manifest.split import SplitReport, SplitRule, read_rule, split_songs
from plaudit.datasets.manifest.target import TargetRule, targets_of
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.promise import open_source

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
) -> Recipe:
    """Check the options of a command line and make a recipe of them.

    ``split_by`` and ``shares`` (three numbers) are separated by commas, ``axes`` are ``AXIS=LABEL``
    each; the others are as in `SplitRule` and `TargetRule`.
    """
    try:
        parts = [float(part) for part in (shares or "1,0,0").split(",")]
    except ValueError as error:
        raise InputError(f"Expected shares such as .8,.1,.1, got '{shares}'.") from error
    by = [key.strip() for key in split_by.split(",") if key.strip()]
    rule = read_rule(by, parts, seed=seed, hold_out=hold_out, own=own)
    taken = {}
    for pair in axes:
        axis, equals, label = pair.partition("=")
        if not equals:
            raise InputError(
                f"Expected AXIS=LABEL such as musicality=overall_quality, got '{pair}'."
            )
        taken[axis] = label
    if exponent is not None and not 0 < exponent <= 1:
        raise InputError(f"Expected an exponent above 0 and at most 1, got {exponent:g}.")
    return Recipe(
        split=rule,
        shares=rule.shares if shares else None,
        targets=TargetRule(target=target, axes=taken, exponent=exponent, smallest=smallest),
    )


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
    source = open_source(place, reader.facts)
    account = Account()
    songs = gather(rows_of(reader, source, account))
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
    scores, about = targets_of(songs, training, recipe.targets, reader.facts.labels)
    table = _table(songs, columns, scores)
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
        other_leaks=tuple(leak for leak in all_leaks if leak.key not in recipe.split.by),
    )


def _with_shares(recipe: Recipe, songs: Songs) -> Recipe:
    tested = recipe.split.own and any(side == "test" for side in songs.columns["split"])
    shares = recipe.shares or ((0.9, 0.1, 0.0) if tested else (0.8, 0.1, 0.1))
    split = recipe.split.model_copy(update={"shares": shares})
    return recipe.model_copy(update={"split": split, "shares": shares})


def _columns(songs: Songs, folder: Path) -> dict[str, Objects]:
    """Return the columns that are taken from rows; paths only where a file is."""
    columns = dict(songs.columns)
    paths = np.empty(len(songs), dtype=object)
    home = folder.resolve()
    for at, path in enumerate(songs.columns["path"]):
        if path is not None and is_file(path):
            whole = path.resolve()
            inside = whole.is_relative_to(home)
            paths[at] = str(whole.relative_to(home) if inside else whole)
    columns["path"] = paths
    columns["created"] = text_of(columns["created"])
    # The manifest's own ``likes`` is a score: the counts go by other names.
    columns["count_plays"], columns["count_likes"] = columns.pop("plays"), columns.pop("likes")
    columns["prompt_text"] = columns.pop("prompt")
    lengths = columns["duration_s"]
    columns["duration_s"] = np.array([s or None for s in lengths], dtype=object)  # 0 s is unknown
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


def _table(
    songs: Songs, columns: Mapping[str, Objects], scores: Mapping[str, NDArray[np.float64]]
) -> pa.Table:
    """Return the manifest's table: columns, targets, and the corpus's other labels."""
    kinds = {"duration_s": pa.float64(), "instrumental": pa.bool_(), "age_days": pa.int64()}
    kinds |= {"count_plays": pa.int64(), "count_likes": pa.int64()}
    table: dict[str, pa.Array] = {}
    for name, values in columns.items():
        held = [to_arrow(value) if isinstance(value, str) else value for value in values]
        column = pa.array(held, kinds.get(name, pa.string()))
        if name in {"song_id", "path", "split"} or column.null_count < len(column):
            table[name] = column
    for axis, targets in scores.items():
        table[axis] = pa.array(targets, from_pandas=True)
    for name, numbers in songs.scores.items():
        table.setdefault(name, pa.array(numbers, from_pandas=True))
    for name, points in songs.ratings.items():
        if name not in AXIS:  # their means are targets already
            means = [
                np.mean(known) if (known := [v for v in row if v is not None]) else None
                for row in points
            ]
            table.setdefault(f"mean_{name}", pa.array(means, pa.float64()))
    return pa.table(table)
