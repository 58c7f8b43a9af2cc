"""Writing into a store: songs are kept until there are enough, then saved whole.

A save writes the rows first and then the songs they belong to. A job that dies in between leaves
rows that no song names; the next run finds them by their key. What was not saved yet is made again.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import sweep, write_atomic
from plaudit.core.folder import check_links
from plaudit.core.lock import Lock
from plaudit.core.printable import from_arrow, to_arrow
from plaudit.embeddings.store.header import StoreHead, StoreSettings, begin, new_head
from plaudit.embeddings.store.shard import (
    META,
    SONGS,
    Family,
    all_shards,
    read_shards,
    read_whole,
    row_table,
    save_shard,
    shard_path,
    shard_rows,
    shards,
    song_states,
)
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.encoders.spec import EncoderSpec

ERRORS = "errors.jsonl"
SHARD_ROWS = 16_384
SAVE_EVERY_S = 30.0
FLOAT16_MAX = float(np.finfo(np.float16).max)  # 65504
_SMALL_SHARDS = 8  # so many small ones in a row are merged
_STALE_S = 3600.0


class OverflowFloat16Error(InputError):
    """An embedding does not fit into float16: it would have become infinite."""


class StoreWriteError(PlauditError, OSError):
    """The disk refuses what a job made; what was saved before stays."""

    def __str__(self) -> str:
        """Return the sentence alone, without errno decoration."""
        return str(self.args[0]) if self.args else ""


class StoreWriter:
    """Adds songs to a store; use as a context manager, which locks this part of the store.

    ``folder`` is new, empty, or a store of the same settings; several parts of a job (``part``,
    such as "1of1") may write into it at a time. A shard is written after ``shard_rows`` rows, up to
    which small shards are merged, or after ``save_every_s`` seconds, however few rows there are.
    ``on_saved`` is called after each save.
    """

    def __init__(
        self,
        folder: Path,
        head: StoreHead,
        *,
        part: str = "1of1",
        shard_rows: int = SHARD_ROWS,
        save_every_s: float = SAVE_EVERY_S,
        on_saved: Callable[[], None] | None = None,
    ) -> None:
        self.folder, self.head = folder, begin(folder, head)
        self._part, self._shard_rows, self._save_every_s = part, shard_rows, save_every_s
        self._on_saved = on_saved
        self._lock = Lock(
            folder / f".{part}.lock",
            f"Another process is embedding into {folder}; wait for it, give each of several"
            " machines its own --part, or give another folder.",
        )
        self._rows: list[pa.Table] = []
        self._songs: list[dict[str, Any]] = []
        self._n_rows = 0
        self._saved = time.monotonic()
        self._next = 0
        self.known: set[str] = set()

    def __enter__(self) -> Self:
        """Lock, clean up after a job that died, and read the keys that are there."""
        check_links(self.folder, ["rows", "songs"])
        self._lock.take()
        try:
            self._clean()
            mine = [
                shard.last
                for family in ("rows", "songs")
                for shard in shards(self.folder, family)
                if shard.part == self._part
            ]
            self._next = max(mine, default=-1) + 1
            keys = read_shards(shards(self.folder, "rows"), META, ["key"])
            self.known = set(pc.unique(keys["key"]).to_pylist())
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Save what is left, merge small shards, and unlock."""
        try:
            if not isinstance(error, StoreWriteError):
                with self._writing():
                    self._save()
                    self._merge("rows", least=2)
                    self._merge("songs", least=2)
                    self._write_errors()
        finally:
            self._lock.release()

    def state(self) -> pa.Table:
        """Return the state of each song, in all parts."""
        return song_states([shards(self.folder, "songs")])

    def add_rows(self, table: pa.Table) -> None:
        """Take the rows of whole songs (`plaudit.embeddings.store.shard.row_table`)."""
        self._rows.append(table)
        self._n_rows += table.num_rows
        self.known.update(pc.unique(table["key"]).to_pylist())

    def add_song(self, row: dict[str, Any]) -> None:
        """Take the state of a song: a row of `plaudit.embeddings.store.shard.SONGS`."""
        self._songs.append(row)

    def save_if_due(self) -> None:
        """Save if there is enough, or if the last save was long ago."""
        late = time.monotonic() - self._saved > self._save_every_s
        if self._n_rows >= self._shard_rows or (late and (self._songs or self._rows)):
            self.save()

    def save(self) -> None:
        """Write what was taken since the last save.

        `StoreWriteError` if the disk refuses; what was saved before stays.
        """
        with self._writing():
            self._save()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreWriteError(
                f"Could not write into {self.folder} ({error.strerror or error}); make room, and"
                " run the same command again to go on."
            ) from error

    def _save(self) -> None:
        if self._rows:
            rows = pa.concat_tables(self._rows)
            save_shard(self._path("rows", self._next, self._next), rows)
        if self._songs:
            songs = pa.Table.from_pylist(self._songs, schema=SONGS)
            save_shard(self._path("songs", self._next, self._next), songs)
        if self._rows or self._songs:
            self._next += 1
            self._rows, self._songs, self._n_rows = [], [], 0
            self._merge("rows", least=_SMALL_SHARDS)
            self._merge("songs", least=_SMALL_SHARDS)
            if self._on_saved is not None:
                self._on_saved()
        self._saved = time.monotonic()

    def _path(self, family: Family, first: int, last: int) -> Path:
        return shard_path(self.folder, family, self._part, first, last)

    def _merge(self, family: Family, least: int) -> None:
        """Merge the small shards at the end of this part, if there are at least so many."""
        mine = [shard for shard in shards(self.folder, family) if shard.part == self._part]
        small = []
        total = 0
        while mine and total < self._shard_rows:
            rows = shard_rows(mine[-1])
            if 2 * rows > self._shard_rows:
                break
            total += rows
            small.append(mine.pop())
        if len(small) < least:
            return
        small.reverse()
        save_shard(self._path(family, small[0].first, small[-1].last), read_whole(small))
        for shard in small:
            shard.path.unlink(missing_ok=True)

    def _clean(self) -> None:
        """Remove what a job that died left: half-written files, and shards that were replaced."""
        now = time.time()
        for place in (self.folder, *(self.folder / family for family in ("rows", "songs"))):
            sweep(place)
        for path in self.folder.rglob(".*.tmp"):
            # Temporaries of other parts may be at work; nobody writes a file for an hour.
            if path.name.startswith(f".{self._part}-") or now - path.stat().st_mtime > _STALE_S:
                path.unlink(missing_ok=True)
        for family in ("rows", "songs"):
            kept = set(shards(self.folder, family))
            for shard in all_shards(self.folder, family):
                if shard.part == self._part and shard not in kept:
                    shard.path.unlink(missing_ok=True)

    def _write_errors(self) -> None:
        """Write the table of errors for people and other programs."""
        state = self.state()
        failed = state.filter(pc.is_null(state["key"]))
        lines = [
            json.dumps(
                {"song_id": from_arrow(r["song_id"]), "path": from_arrow(r["path"]),
                 "type": r["error_type"], "message": from_arrow(r["error"])},
                ensure_ascii=False,
            )
            for r in failed.to_pylist()
        ]  # fmt: skip
        path = self.folder / ERRORS
        if lines or path.exists():
            write_atomic(path, "".join(f"{line}\n" for line in lines))


def as_float16(values: NDArray[np.floating[Any]], where: str) -> NDArray[np.float16]:
    """Return layer means rounded to float16: relative error at most 2**-11 above 6e-5.

    `OverflowFloat16Error`, which names the song (``where``), for a value beyond 65504 or nan.
    """
    peak = float(np.max(np.abs(values), initial=0.0))  # nan if a value is
    if not peak <= FLOAT16_MAX:
        raise OverflowFloat16Error(
            f"Expected embeddings within +-65504, which float16 can hold, but {where} gave"
            f" {peak:g}; leave out that layer (--layers)."
        )
    return values.astype(np.float16)


def write_shard(
    folder: Path,
    spec: EncoderSpec,
    songs: SongEmbeddings,
    *,
    settings: StoreSettings | None = None,
    sha256: list[str] | None = None,
) -> None:
    """Write embeddings that are in memory into a store: for tests, benches and conversions."""
    expected = (len(spec.layers), spec.dim)
    if songs.values.shape[1:] != expected:
        raise InputError(
            f"Expected values (n_segments, {expected[0]}, {expected[1]}) for encoder '{spec.name}',"
            f" got {songs.values.shape}."
        )
    head = new_head(spec, settings or StoreSettings())
    ids = [to_arrow(song_id) for song_id in songs.song_ids.tolist()]
    contents = sha256 or [hashlib.sha256(song_id.encode()).hexdigest() for song_id in ids]
    keys = [head.key(content) for content in contents]
    owner = songs.owner
    first = songs.offsets[:-1]
    end = np.cumsum(songs.duration_s, dtype=np.float64)
    start = end - songs.duration_s
    shift = np.repeat(np.append(start, 0.0)[first], songs.counts)
    meta = pa.table(
        {
            "key": pa.array(keys).take(pa.array(owner)),
            "song_id": pa.array(ids).take(pa.array(owner)),
            "sha256": pa.array(contents).take(pa.array(owner)),
            "segment": np.arange(len(owner)) - first[owner],
            "start_s": start - shift,
            "end_s": end - shift,
            "music_s": songs.music_s,
            "warnings": [""] * len(owner),
        }
    )
    with StoreWriter(folder, head) as writer:
        position = writer.state().num_rows
        writer.add_rows(row_table(meta, songs.values))
        for place, (song_id, content, key) in enumerate(zip(ids, contents, keys, strict=True)):
            row = {"song_id": song_id, "position": position + place, "sha256": content, "key": key}
            writer.add_song(row)
